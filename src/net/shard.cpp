#include "net/shard.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"

namespace wayleave::net {

namespace {

using namespace std::chrono_literals;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr int backlog = 1024;
constexpr auto full_pause = 50ms;        // between looks whether a connection has become free
constexpr auto exhausted_pause = 100ms;  // when the system has no descriptors or memory left

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

/// A peer that is gone without a word is noticed after 60 + 3 × 10 s of silence, or 30 s after a write.
void configure(Socket& socket) {
  int handle = socket.native_handle();
  set_option(handle, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(handle, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(handle, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(handle, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(handle, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(handle, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

bool is_exhaustion(const boost::system::error_code& error) {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system || error == boost::system::errc::no_buffer_space ||
         error == boost::system::errc::not_enough_memory;
}

}  // namespace

bool ServerCore::admit(const std::string& peer) {
  std::lock_guard lock(mutex_);
  auto& count = peers_[peer];
  if (count >= options.connections_per_peer) return false;
  ++count;
  ++open;
  return true;
}

void ServerCore::release(const std::string& peer) {
  std::lock_guard lock(mutex_);
  if (auto found = peers_.find(peer); found != peers_.end() && --found->second == 0) peers_.erase(found);
  if (--open == 0) emptied_.notify_all();
}

bool ServerCore::wait_until_empty(std::chrono::milliseconds atMost) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, atMost, [this] { return open == 0; });
}

Result<std::uint16_t> Shard::listen(const Tcp::endpoint& endpoint) {
  acceptor_ = std::make_unique<Acceptor>(executor_);
  boost::system::error_code error;
  acceptor_->open(endpoint.protocol(), error);
  if (!error) {
    set_option(acceptor_->native_handle(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(acceptor_->native_handle(), SOL_SOCKET, SO_REUSEPORT, 1);
    acceptor_->bind(endpoint, error);
  }
  if (!error) acceptor_->listen(backlog, error);
  if (error) return Problem{Errc::unusable, error.message()};
  return acceptor_->local_endpoint().port();
}

void Shard::start(std::shared_ptr<ServerCore> core) {
  pause_ = std::make_unique<Timer>(executor_);
  watch_ = std::make_unique<Timer>(executor_);
  asio::co_spawn(executor_, accept_all(std::move(core)), asio::detached);
}

void Shard::wind_up() {
  if (acceptor_) {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
  }
  if (pause_) pause_->cancel();
  for (auto next = sessions_.begin(); next != sessions_.end();) (next++)->wind_up();
}

void Shard::cut() {
  for (auto next = sessions_.begin(); next != sessions_.end();) (next++)->cut();
}

void Shard::release() {
  acceptor_.reset();
  pause_.reset();
  watch_.reset();
}

void Shard::join(SessionBase& session) {
  sessions_.push_back(session);
  watch();
}

asio::awaitable<void> Shard::pause(std::chrono::milliseconds time) {
  pause_->expires_after(time);
  co_await pause_->async_wait(no_throw);
}

asio::awaitable<void> Shard::accept_all(std::shared_ptr<ServerCore> core) {
  while (acceptor_ && acceptor_->is_open()) {
    if (core_.open >= core_.options.connections) {
      co_await pause(full_pause);
      continue;
    }
    auto [error, socket] = co_await acceptor_->async_accept(no_throw);
    if (!error) {
      exhausted_ = false;
      try {
        greet(core, std::move(socket));
      } catch (const std::exception& failed) {
        // Out of memory or the like: this connection is lost, the next must not be.
        ++counters.escaped_exceptions;
        log::error("accept-exception", {{"listener", core_.options.name}, {"type", typeid(failed).name()}});
      }
    } else if (is_exhaustion(error)) {
      // The connection stays in the backlog; asking again at once would only spin.
      if (!exhausted_) log::warning("accept-paused", {{"listener", core_.options.name}, {"reason", error.message()}});
      exhausted_ = true;
      co_await pause(exhausted_pause);
    }
  }
}

void Shard::greet(const std::shared_ptr<ServerCore>& core, Socket socket) {
  boost::system::error_code error;
  auto peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  std::string address = peer.address().to_string();
  configure(socket);
  if (!core->admit(address)) {
    log::debug("connection-refused", {{"listener", core_.options.name}, {"reason", "too many from one peer"}});
    return;
  }
  ++counters.accepted;
  start_session(core, *this, std::move(socket), std::move(address));
}

/// Looks at the deadlines often enough for the shortest of them to be kept within a quarter.
void Shard::watch() {
  if (watching_ || !watch_) return;
  const auto& o = core_.options;
  auto shortest = std::min({o.header_timeout, o.body_idle, o.write_timeout, o.keep_alive, o.handshake});
  watching_ = true;
  watch_->expires_after(std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, 100ms));
  watch_->async_wait([this, keep = core_.shared_from_this()](const boost::system::error_code& error) {
    watching_ = false;
    if (!error) tick();
  });
}

void Shard::tick() {
  auto now = SteadyClock::now();
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    SessionBase& session = *next++;
    if (session.deadline <= now) {
      session.deadline = SessionBase::never;
      session.expire();
    }
  }
  if (!sessions_.empty()) watch();
}

}  // namespace wayleave::net
