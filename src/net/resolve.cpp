#include "net/resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <thread>

namespace wayleave::net {

namespace {

constexpr std::size_t max_threads = 8;
constexpr std::size_t max_waiting = 4096;

}  // namespace

std::vector<std::string> system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  std::vector<std::string> addresses;
  for (auto* one = found; one != nullptr; one = one->ai_next) {
    char text[INET6_ADDRSTRLEN] = "";
    if (one->ai_family == AF_INET) {
      ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(one->ai_addr)->sin_addr, text, sizeof text);
    } else if (one->ai_family == AF_INET6) {
      ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(one->ai_addr)->sin6_addr, text, sizeof text);
    }
    if (text[0] != '\0') addresses.emplace_back(text);
  }
  ::freeaddrinfo(found);
  return addresses;
}

/// Shared by the resolver and its threads; the last of them frees it.
struct Resolver::State {
  struct Job {
    std::string host;
    std::function<void(std::vector<std::string>)> done;
  };

  Lookup lookup;
  std::mutex mutex;
  std::condition_variable more;
  std::deque<Job> waiting;
  std::size_t threads = 0, idle = 0;
  bool stopped = false;

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      more.wait(lock, [this] { return stopped || !waiting.empty(); });
      --idle;
      if (stopped) return;
      Job job = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      job.done(lookup(job.host));
      job = {};
      lock.lock();
    }
  }
};

Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>()) {
  state_->lookup = std::move(lookup);
}

Resolver::~Resolver() {
  std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->waiting.clear();
  state_->more.notify_all();
}

void Resolver::resolve(std::string host, std::function<void(std::vector<std::string>)> done) {
  std::unique_lock lock(state_->mutex);
  if (state_->waiting.size() >= max_waiting) {
    lock.unlock();
    done({});
    return;
  }
  state_->waiting.push_back({std::move(host), std::move(done)});
  if (state_->idle < state_->waiting.size() && state_->threads < max_threads) {
    ++state_->threads;
    std::thread([state = state_] { state->work(); }).detach();
  }
  state_->more.notify_one();
}

}  // namespace wayleave::net
