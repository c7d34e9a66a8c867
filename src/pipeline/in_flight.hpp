#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace wayleave::pipeline {

/// Documents above so many bytes are read and judged on the pool of workers.
inline constexpr std::size_t big = 256u << 10;

/// Submissions being answered right now, by partner and idempotency key: a second one waits for the first, so that it
/// gets the first's answer instead of racing it. Any thread.
class InFlight {
 public:
  /// Held by the one who is answering; its end wakes those who wait.
  class Turn {
   public:
    Turn(InFlight& owner, std::string key) : owner_(&owner), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept : owner_(other.owner_), key_(std::move(other.key_)) { other.owner_ = nullptr; }
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    InFlight* owner_;
    std::string key_;
  };

  /// A turn, at once or after those before; null when `patience` ran out.
  boost::asio::awaitable<std::unique_ptr<Turn>> enter(std::string key, std::chrono::milliseconds patience);

 private:
  struct Waiter;
  void leave(const std::string& key);
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Waiter>>> waiting_;
};

}  // namespace wayleave::pipeline
