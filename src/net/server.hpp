#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/http.hpp"

namespace wayleave::net {

namespace asio = boost::asio;

/// Long-lived answer (SSE). Lives inside the handler; write() fails once the client is gone or too slow.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Sends these bytes; done when the kernel took them. Fails after the write deadline (30 s).
  virtual asio::awaitable<Result<std::size_t>> write(std::shared_ptr<const std::string> bytes) = 0;
  /// True once the client has closed its side.
  virtual bool closed() const = 0;
  /// Called (on the stream's executor) when the client goes away while nothing is being written.
  virtual void on_close(std::function<void()> told) = 0;
};

/// One request. Owned by the session; valid until the handler returns. Use it on the session's executor only.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const RequestHead& head() const = 0;
  /// Reads the body, sending `100 Continue` first when the client waits for it: call it only after authentication.
  /// Errc::too_large beyond `limit` (by length before anything is read, or while reading), Errc::timeout,
  /// Errc::invalid for a broken body or a trailer. After a failure answer and return: the connection is closed.
  virtual asio::awaitable<Result<std::string>> read_body(std::uint64_t limit) = 0;
  /// Exactly one of respond and stream, once. Unread bodies are drained when small, else the connection is closed.
  virtual asio::awaitable<void> respond(Response response) = 0;
  virtual asio::awaitable<Result<std::shared_ptr<Stream>>> stream(Response head) = 0;
};

/// Answers one request. An exception that escapes is logged, counted and answered 500.
using Handler = std::function<asio::awaitable<void>(Exchange&)>;

struct TlsOptions {
  std::string certificate, key;  ///< PEM files
  std::string ca;                ///< PEM bundle that client certificates must chain to
  enum class Clients : std::uint8_t { none, offered, required } clients = Clients::none;
};

struct ServerOptions {
  std::string name;  ///< public, internal: in logs and metrics
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::optional<TlsOptions> tls;
  std::size_t connections = 10'000;
  std::size_t connections_per_peer = 2'048;
  std::chrono::milliseconds header_timeout{10'000}, body_idle{30'000}, write_timeout{30'000}, keep_alive{60'000},
      handshake{10'000};
  std::size_t requests_per_connection = 1'000'000;
};

/// What the server saw; monotonic counters. Any thread.
struct ServerCounters {
  std::uint64_t accepted = 0, open = 0, requests = 0, refused_heads = 0, escaped_exceptions = 0, handshake_failures = 0;
};

/// One io_context a thread, each with its own listening socket (SO_REUSEPORT). Every request head is checked strictly
/// (head_check.hpp) before the handler sees it.
class Server {
 public:
  virtual ~Server() = default;
  /// Binds and starts accepting on all `contexts`. Problem when the address cannot be bound or TLS files do not load.
  virtual Result<std::uint16_t> start() = 0;  ///< the port
  /// Replaces certificate and key for new connections; a broken pair leaves the old in force.
  virtual Result<bool> reload_tls(const TlsOptions& tls) = 0;
  /// Stops accepting, lets requests under way finish within `grace`, closes the rest. Blocks. Streams are closed at
  /// once.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual ServerCounters counters() const = 0;
};

/// The threads that do I/O: one io_context each, run() wrapped so that nothing thrown inside ends the process.
class IoThreads {
 public:
  explicit IoThreads(unsigned threads);
  ~IoThreads();
  unsigned size() const;
  asio::any_io_executor executor(unsigned index) const;
  /// Round robin.
  asio::any_io_executor next();
  /// Ends all threads; handlers not yet run are dropped.
  void stop();
  std::uint64_t escaped_exceptions() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::unique_ptr<Server> make_server(IoThreads& threads, ServerOptions options, Handler handler);

}  // namespace wayleave::net
