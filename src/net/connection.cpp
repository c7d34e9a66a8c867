#include "net/connection.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace wayleave::net {

namespace {

using namespace std::chrono_literals;

constexpr auto sweep_every = 1s;

}  // namespace

void Connection::close() {
  boost::system::error_code ignored;
  socket().close(ignored);
}

bool Connection::quiet() {
  char byte;
  auto count = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

ConnectionPtr ConnectionPool::take(const std::string& origin) {
  auto now = std::chrono::steady_clock::now();
  drop_expired(now);
  auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  auto& waiting = found->second;
  ConnectionPtr taken;
  while (!taken && !waiting.empty()) {
    ConnectionPtr candidate = std::move(waiting.back());
    waiting.pop_back();
    if (candidate->expires > now && candidate->quiet()) taken = std::move(candidate);
  }
  if (waiting.empty()) idle_.erase(found);
  if (taken) taken->reused = true;
  return taken;
}

void ConnectionPool::keep(const std::string& origin, ConnectionPtr connection, std::chrono::milliseconds idle) {
  auto now = std::chrono::steady_clock::now();
  drop_expired(now);
  auto& waiting = idle_[origin];
  if (waiting.size() >= per_origin_) return;
  connection->expires = now + idle;
  waiting.push_back(std::move(connection));
}

/// Now and then, with the traffic: a timer of its own would keep the context of a short-lived program running.
void ConnectionPool::drop_expired(std::chrono::steady_clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + sweep_every;
  for (auto origin = idle_.begin(); origin != idle_.end();) {
    std::erase_if(origin->second, [now](const ConnectionPtr& one) { return one->expires <= now || !one->quiet(); });
    origin = origin->second.empty() ? idle_.erase(origin) : std::next(origin);
  }
}

}  // namespace wayleave::net
