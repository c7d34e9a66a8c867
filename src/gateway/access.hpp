#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "partners/directory.hpp"

namespace wayleave::gateway {

/// Who calls, by what the request proves: Authorization first, else the client certificate. nullopt: nobody we know.
std::optional<partners::Caller> authenticate(const net::RequestHead& head, const partners::Directory& directory, Time now);
/// The token of `Authorization: Bearer`; empty when there is none.
std::string bearer(const net::RequestHead& head);

/// A bucket of requests a partner, refilled at `rate` a second, holding two seconds' worth (at least 10). Any thread.
class RateLimit {
 public:
  /// Seconds to wait; 0: go on.
  int take(const std::string& partner, double rate);

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::steady_clock::time_point filled;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

/// Open streams a partner; at most `most`. Any thread.
class StreamCount {
 public:
  bool enter(const std::string& partner, std::uint32_t most);
  void leave(const std::string& partner);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> open_;
};

}  // namespace wayleave::gateway
