#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/server.hpp"
#include "net/tls.hpp"

/// The inside of a Server: what sessions share, and the part of it that belongs to one thread.
namespace wayleave::net {

using Tcp = asio::ip::tcp;
using IoExecutor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Tcp, IoExecutor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, IoExecutor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, IoExecutor>;

/// What a shard knows of a session. Used on the shard's thread only.
class SessionBase
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~SessionBase() = default;
  /// `deadline` passed: give up what is being waited for.
  virtual void expire() = 0;
  /// Finish the request under way; close at once when there is none, or when it is a stream.
  virtual void wind_up() = 0;
  /// Close at once.
  virtual void cut() = 0;

  static constexpr SteadyClock::time_point never = SteadyClock::time_point::max();
  SteadyClock::time_point deadline = never;
};

class Shard;

/// Shared by all shards and sessions; outlives the Server as long as a handler is still busy.
struct ServerCore : std::enable_shared_from_this<ServerCore> {
  ServerOptions options;
  Handler handler;
  std::atomic<TlsContext> tls;  ///< null: plain HTTP
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open{0};
  std::vector<std::unique_ptr<Shard>> shards;

  /// False when that peer has as many connections as it may; else release it later.
  bool admit(const std::string& peer);
  void release(const std::string& peer);
  /// Waits until no session is left; false when some are.
  bool wait_until_empty(std::chrono::milliseconds atMost);

 private:
  std::mutex mutex_;  // connections come and go under it, requests never
  std::condition_variable emptied_;
  std::unordered_map<std::string, std::size_t> peers_;
};

/// One thread's share of a server: its listening socket, its sessions and the one timer that watches their deadlines.
/// (A timer for every read and write would cost more than the read.)
class Shard {
 public:
  Shard(ServerCore& core, IoExecutor executor) : core_(core), executor_(executor) {}

  /// Binds to `endpoint`; Problem with what the system says.
  Result<std::uint16_t> listen(const Tcp::endpoint& endpoint);
  /// Begins to accept. Sessions keep `core` alive.
  void start(std::shared_ptr<ServerCore> core);
  /// On the shard's thread: stops accepting, winds up all sessions.
  void wind_up();
  /// On the shard's thread: closes all sessions.
  void cut();
  /// On the shard's thread: frees the listening socket and the timer.
  void release();

  void join(SessionBase& session);
  IoExecutor executor() const { return executor_; }

  struct Counters {
    std::atomic<std::uint64_t> accepted{0}, requests{0}, refused_heads{0}, escaped_exceptions{0}, handshake_failures{0};
  } counters;

 private:
  asio::awaitable<void> accept_all(std::shared_ptr<ServerCore> core);
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  void greet(const std::shared_ptr<ServerCore>& core, Socket socket);
  void watch();
  void tick();

  ServerCore& core_;
  IoExecutor executor_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Timer> pause_, watch_;
  bool watching_ = false;
  bool exhausted_ = false;
  boost::intrusive::list<SessionBase, boost::intrusive::constant_time_size<false>> sessions_;
};

/// Begins to serve a connection on the shard's thread. `peer` has been admitted; the session releases it.
void start_session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer);

}  // namespace wayleave::net
