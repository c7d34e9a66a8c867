#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace wayleave::net {

/// Addresses of a host name as text; empty when there are none. May block. Called on threads of its own.
using Lookup = std::function<std::vector<std::string>(const std::string& host)>;

/// The system's: getaddrinfo, IPv4 and IPv6.
std::vector<std::string> system_lookup(const std::string& host);

/// Looks names up on a few threads of its own, so that a slow name server holds up nobody else. Any thread.
class Resolver {
 public:
  explicit Resolver(Lookup lookup);
  /// Does not wait for look-ups under way: their threads end by themselves.
  ~Resolver();
  /// Calls `done` with the addresses, on a thread of the resolver. Names beyond what waits already are dropped: `done`
  /// is called at once with none.
  void resolve(std::string host, std::function<void(std::vector<std::string>)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wayleave::net
