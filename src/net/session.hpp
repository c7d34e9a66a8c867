#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "net/chunked.hpp"
#include "net/head_check.hpp"
#include "net/shard.hpp"

namespace wayleave::net {

/// One connection over `Transport`, a Socket or TLS over it: reads request after request, hands each to the handler as
/// an Exchange, turns into a Stream when asked to. Lives on its shard's thread, kept alive by its own coroutine.
///
/// Waiting for the other end is bounded by `deadline`, which the shard watches; expire() then cancels, and the
/// operation waiting sees `timed_out_`.
template <class Transport>
class Session final : public SessionBase,
                      public Exchange,
                      public Stream,
                      public std::enable_shared_from_this<Session<Transport>> {
 public:
  Session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer);
  /// The context must outlive the session; it is kept.
  Session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer, TlsContext tls);
  ~Session() override;

  asio::awaitable<void> run();

  // SessionBase
  void expire() override;
  void wind_up() override;
  void cut() override;

  // Exchange
  const RequestHead& head() const override { return checked_.head; }
  asio::awaitable<Result<std::string>> read_body(std::uint64_t limit) override;
  asio::awaitable<void> respond(Response response) override;
  asio::awaitable<Result<std::shared_ptr<Stream>>> stream(Response head) override;

  // Stream
  asio::awaitable<Result<std::size_t>> write(std::shared_ptr<const std::string> bytes) override;
  bool closed() const override { return closed_; }
  void on_close(std::function<void()> told) override;

 private:
  static constexpr bool is_tls = !std::is_same_v<Transport, Socket>;
  enum class Phase : std::uint8_t { idle, head, busy, streaming, closing };
  enum class Body : std::uint8_t { none, unread, read, failed };
  enum class Answer : std::uint8_t { none, sent, streamed };

  Socket& socket();
  asio::awaitable<bool> handshake();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_head();
  asio::awaitable<bool> call_handler();
  asio::awaitable<bool> drain();
  asio::awaitable<void> refuse(HeadFault fault);
  asio::awaitable<void> close_gently();

  asio::awaitable<boost::system::error_code> fill();
  asio::awaitable<Result<std::string>> read_sized_body();
  asio::awaitable<Result<std::string>> read_chunked_body(std::uint64_t limit);
  asio::awaitable<bool> send_continue();
  /// Sends both buffers whole. False: the other end is gone or too slow.
  asio::awaitable<bool> write_all(std::string_view first, std::string_view second);

  Problem body_failed(const boost::system::error_code& error);
  void watch_for_close();
  void mark_closed();
  void tell();
  void arm(SteadyClock::duration from_now);
  void disarm() { deadline = never; }
  bool drainable() const;
  std::string_view unread() const;

  std::shared_ptr<ServerCore> core_;
  Shard& shard_;
  TlsContext tls_;
  Transport transport_;
  const std::string peer_;
  std::string certificate_;
  boost::beast::flat_buffer in_{max_head};
  std::string out_;
  CheckedHead checked_;
  std::function<void()> told_;
  SteadyClock::time_point body_start_;
  std::uint64_t body_received_ = 0;
  std::size_t served_ = 0;
  Phase phase_ = Phase::idle;
  Body body_ = Body::none;
  Answer answer_ = Answer::none;
  bool timed_out_ = false;
  bool last_ = false;    // no further request on this connection
  bool linger_ = false;  // bytes may be under way to us: read them before closing, or they take our answer with them
  bool closed_ = false;
};

}  // namespace wayleave::net
