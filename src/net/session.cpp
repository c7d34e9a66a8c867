#include "net/session.hpp"

#include <algorithm>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crash.hpp"
#include "base/log.hpp"
#include "net/answer.hpp"

namespace wayleave::net {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_size = 4 * 1024;
constexpr std::size_t body_step = 64 * 1024;      // first piece of memory for a body; doubled as it arrives
constexpr std::uint64_t drain_limit = 64 * 1024;  // of a body nobody read; more is cheaper to cut off
constexpr std::size_t linger_limit = 8 << 20;
constexpr auto linger_time = 2s;
constexpr std::uint64_t least_rate = 500;  // bytes a second that a body or an answer must move on average
constexpr auto longest_body = 15min;
constexpr std::size_t flatten_limit = 16 * 1024;  // an answer that fits one TLS record is sent as one

/// Time that moving `bytes` may take in all when `pause` is allowed for silence.
SteadyClock::duration allowance(SteadyClock::duration pause, std::uint64_t bytes) {
  SteadyClock::duration rated = pause + std::chrono::seconds{bytes / least_rate};
  return std::min<SteadyClock::duration>(rated, longest_body);
}

}  // namespace

template <class T>
Session<T>::Session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer)
    : core_(std::move(core)), shard_(shard), transport_(std::move(socket)), peer_(std::move(peer)) {
  shard_.join(*this);
}

template <class T>
Session<T>::Session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer, TlsContext tls)
    : core_(std::move(core)),
      shard_(shard),
      tls_(std::move(tls)),
      transport_(std::move(socket), *tls_),
      peer_(std::move(peer)) {
  shard_.join(*this);
}

template <class T>
Session<T>::~Session() {
  core_->release(peer_);
}

template <class T>
Socket& Session<T>::socket() {
  if constexpr (is_tls) {
    return transport_.next_layer();
  } else {
    return transport_;
  }
}

// ---- deadlines and closing

template <class T>
void Session<T>::arm(SteadyClock::duration from_now) {
  timed_out_ = false;
  deadline = SteadyClock::now() + from_now;
}

template <class T>
void Session<T>::expire() {
  timed_out_ = true;
  error_code ignored;
  socket().cancel(ignored);
}

template <class T>
void Session<T>::wind_up() {
  last_ = true;
  if (phase_ == Phase::idle || phase_ == Phase::streaming) cut();
}

template <class T>
void Session<T>::cut() {
  last_ = true;
  error_code ignored;
  socket().close(ignored);
  mark_closed();
}

template <class T>
void Session<T>::mark_closed() {
  if (closed_) return;
  closed_ = true;
  tell();
}

/// Posted: whoever is told may go on to end this or other sessions. Forgotten when the handler has returned meanwhile,
/// because what it gave us to call may refer to what it had.
template <class T>
void Session<T>::tell() {
  if (!told_) return;
  asio::post(shard_.executor(), [self = this->shared_from_this()] {
    if (auto told = std::exchange(self->told_, nullptr)) told();
  });
}

/// After a refusal bytes may still be on their way: closing at once would reset the connection and the answer with it.
template <class T>
asio::awaitable<void> Session<T>::close_gently() {
  phase_ = Phase::closing;
  error_code ignored;
  if constexpr (is_tls) {
    // A stream still listens for its client; the farewell would wait for that to end.
    if (answer_ == Answer::streamed) socket().cancel(ignored);
    arm(linger_time);
    co_await transport_.async_shutdown(no_throw);
  }
  socket().shutdown(Socket::shutdown_send, ignored);
  if (linger_ || in_.size() > 0) {
    arm(linger_time);
    // One deadline for all of it, so that a trickle does not keep us.
    auto last_moment = deadline;
    for (std::size_t discarded = 0; discarded < linger_limit && SteadyClock::now() < last_moment;) {
      in_.clear();
      auto space = in_.prepare(in_.max_size());
      deadline = last_moment;
      auto [error, count] = co_await socket().async_read_some(space, no_throw);
      if (error) break;
      discarded += count;
    }
  }
  disarm();
  socket().close(ignored);
}

// ---- the life of a connection

template <class T>
asio::awaitable<void> Session<T>::run() {
  auto self = this->shared_from_this();
  bool usable = co_await handshake();
  while (usable) usable = co_await serve_one();
  if (socket().is_open()) co_await close_gently();
  mark_closed();
}

template <class T>
asio::awaitable<bool> Session<T>::handshake() {
  if constexpr (is_tls) {
    arm(core_->options.handshake);
    auto [error] = co_await transport_.async_handshake(asio::ssl::stream_base::server, no_throw);
    disarm();
    if (error) {
      ++shard_.counters.handshake_failures;
      log::debug("handshake-failed", {{"listener", core_->options.name}, {"peer", peer_}, {"reason", error.message()}});
      socket().close(error);
      co_return false;
    }
    certificate_ = peer_certificate_sha256(transport_.native_handle());
  }
  co_return true;
}

/// True when another request may follow.
template <class T>
asio::awaitable<bool> Session<T>::serve_one() {
  bool complete = co_await read_head();
  if (!complete) co_return false;
  checked_.head.peer = peer_;
  checked_.head.certificate_sha256 = certificate_;
  body_ = checked_.head.has_body ? Body::unread : Body::none;
  answer_ = Answer::none;
  phase_ = Phase::busy;
  ++shard_.counters.requests;
  ++served_;
  if (checked_.close || served_ >= core_->options.requests_per_connection) last_ = true;

  bool fine = co_await call_handler();
  told_ = nullptr;
  if (answer_ == Answer::none) {
    // Nobody answered: the handler threw, or forgot.
    last_ = true;
    Response failed = problem_answer(500, "The gateway failed to answer this request.");
    co_await respond(std::move(failed));
  }
  if (!fine || closed_ || last_ || answer_ == Answer::streamed) co_return false;
  if (body_ == Body::unread) co_return co_await drain();
  co_return true;
}

template <class T>
asio::awaitable<bool> Session<T>::call_handler() {
  try {
    co_await core_->handler(*this);
    co_return true;
  } catch (const std::exception& error) {
    // Not what(): it may quote a document.
    log::error("handler-exception", {{"listener", core_->options.name}, {"type", typeid(error).name()}});
  } catch (...) {
    log::error("handler-exception", {{"listener", core_->options.name}, {"type", "unknown"}});
  }
  ++shard_.counters.escaped_exceptions;
  co_return false;
}

// ---- reading

template <class T>
std::string_view Session<T>::unread() const {
  auto data = in_.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

/// Reads what there is into `in_`, which has room.
template <class T>
asio::awaitable<error_code> Session<T>::fill() {
  auto space = in_.prepare(std::min(read_size, in_.max_size() - in_.size()));
  auto [error, count] = co_await transport_.async_read_some(space, no_throw);
  in_.commit(count);
  co_return error;
}

template <class T>
asio::awaitable<bool> Session<T>::read_head() {
  const auto& options = core_->options;
  std::size_t scanned = 0;
  phase_ = in_.size() == 0 ? Phase::idle : Phase::head;
  arm(served_ == 0 || in_.size() > 0 ? options.header_timeout : options.keep_alive);
  for (;;) {
    HeadScan scan = scan_head(unread(), scanned);
    scanned = in_.size();
    if (scan.fault || scan.size > 0) checked_ = CheckedHead{};
    if (!scan.fault && scan.size > 0) {
      scan.fault = check_head(unread().substr(0, scan.size), checked_);
      in_.consume(scan.size);
    }
    if (scan.fault) {
      co_await refuse(*scan.fault);
      co_return false;
    }
    if (scan.size > 0) break;
    if (phase_ == Phase::idle && (last_ || core_->stopping)) co_return false;
    error_code error = co_await fill();
    if (error) {
      bool tell = timed_out_ && in_.size() > 0 && !is_tls;
      HeadFault late{408, "The head of the request did not arrive in time."};
      if (tell) co_await refuse(late);
      co_return false;
    }
    if (phase_ == Phase::idle) {
      phase_ = Phase::head;
      if (served_ > 0) arm(options.header_timeout);
    }
  }
  disarm();
  co_return true;
}

template <class T>
asio::awaitable<void> Session<T>::refuse(HeadFault fault) {
  disarm();
  ++shard_.counters.refused_heads;
  phase_ = Phase::busy;
  last_ = linger_ = true;
  body_ = Body::failed;
  answer_ = Answer::none;
  Response answer = problem_answer(fault.status, fault.detail);
  if (fault.status == 405) answer.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
  co_await respond(std::move(answer));
}

template <class T>
bool Session<T>::drainable() const {
  return !checked_.head.chunked && !checked_.expects_continue && checked_.head.content_length <= drain_limit;
}

/// Reads and forgets the body that the handler left.
template <class T>
asio::awaitable<bool> Session<T>::drain() {
  if (!drainable()) co_return false;
  auto body = co_await read_body(drain_limit);
  co_return body.has_value();
}

template <class T>
Problem Session<T>::body_failed(const error_code& error) {
  disarm();
  body_ = Body::failed;
  last_ = linger_ = true;
  if (timed_out_) return {Errc::timeout, "The body did not arrive in time."};
  return {Errc::unreachable, "The connection broke within the body: " + error.message()};
}

template <class T>
asio::awaitable<Result<std::string>> Session<T>::read_body(std::uint64_t limit) {
  if (body_ == Body::none || body_ == Body::read) co_return std::string{};
  if (body_ == Body::failed) co_return Problem{Errc::invalid, "The body could not be read."};
  if (checked_.head.content_length > limit) {
    body_ = Body::failed;
    last_ = linger_ = true;
    co_return Problem{Errc::too_large, "The body is longer than allowed."};
  }
  bool invited = co_await send_continue();
  if (!invited) co_return body_failed(asio::error::connection_reset);
  body_start_ = SteadyClock::now();
  body_received_ = 0;
  if (checked_.head.chunked) co_return co_await read_chunked_body(limit);
  co_return co_await read_sized_body();
}

/// `100 Continue`, when the client waits for it.
template <class T>
asio::awaitable<bool> Session<T>::send_continue() {
  if (!std::exchange(checked_.expects_continue, false) || in_.size() > 0) co_return true;
  co_return co_await write_all("HTTP/1.1 100 Continue\r\n\r\n", {});
}

template <class T>
asio::awaitable<Result<std::string>> Session<T>::read_sized_body() {
  const auto size = static_cast<std::size_t>(checked_.head.content_length);
  std::size_t have = std::min(size, in_.size());
  std::string body(unread().substr(0, have));
  in_.consume(have);
  crash_point("mid-body");
  while (have < size) {
    // Memory follows what has arrived, not what was announced.
    if (have == body.size()) body.resize(std::min(size, std::max(body_step, have * 2)));
    auto whole = allowance(core_->options.body_idle, have) - (SteadyClock::now() - body_start_);
    arm(std::min<SteadyClock::duration>(whole, core_->options.body_idle));
    auto space = asio::buffer(body.data() + have, body.size() - have);
    auto [error, count] = co_await transport_.async_read_some(space, no_throw);
    if (error) co_return body_failed(error);
    have += count;
  }
  disarm();
  body_ = Body::read;
  co_return body;
}

template <class T>
asio::awaitable<Result<std::string>> Session<T>::read_chunked_body(std::uint64_t limit) {
  std::string body;
  ChunkReader chunks(limit);
  for (;;) {
    std::string_view bytes = unread();
    auto state = chunks.take(bytes, body);
    in_.consume(in_.size() - bytes.size());
    if (state == ChunkReader::State::done) break;
    if (state != ChunkReader::State::more) {
      disarm();
      body_ = Body::failed;
      last_ = linger_ = true;
      if (state == ChunkReader::State::too_large) {
        co_return Problem{Errc::too_large, "The body is longer than allowed."};
      }
      co_return Problem{Errc::invalid, chunks.detail()};
    }
    auto whole = allowance(core_->options.body_idle, body.size()) - (SteadyClock::now() - body_start_);
    arm(std::min<SteadyClock::duration>(whole, core_->options.body_idle));
    auto space = in_.prepare(in_.max_size());
    auto [error, count] = co_await transport_.async_read_some(space, no_throw);
    in_.commit(count);
    if (error) co_return body_failed(error);
  }
  disarm();
  body_ = Body::read;
  co_return body;
}

// ---- writing

template <class T>
asio::awaitable<bool> Session<T>::write_all(std::string_view first, std::string_view second) {
  if constexpr (is_tls) {
    // One record instead of two, where that is cheap. (`first` is all of out_ whenever there is a second.)
    if (!second.empty() && first.size() + second.size() <= flatten_limit) {
      out_ += second;
      first = out_;
      second = {};
    }
  }
  const auto start = SteadyClock::now();
  std::uint64_t sent = 0;
  bool tried = is_tls;
  while (!first.empty() || !second.empty()) {
    std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    error_code error;
    std::size_t count = 0;
    if constexpr (!is_tls) {
      // The socket nearly always has room: asking it directly saves the round through the reactor.
      if (!tried) {
        count = transport_.write_some(buffers, error);
        tried = true;
        if (error == asio::error::would_block || error == asio::error::try_again) error = {};
      }
    }
    if (count == 0 && !error) {
      auto pause = core_->options.write_timeout;
      auto whole = allowance(pause, sent) - (SteadyClock::now() - start);
      arm(std::min<SteadyClock::duration>(whole, pause));
      std::tie(error, count) = co_await transport_.async_write_some(buffers, no_throw);
      disarm();
    }
    if (error) co_return false;
    sent += count;
    auto of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  co_return true;
}

template <class T>
asio::awaitable<void> Session<T>::respond(Response response) {
  if (answer_ != Answer::none) {
    log::error("answered-twice", {{"listener", core_->options.name}, {"status", response.status}});
    co_return;
  }
  answer_ = Answer::sent;
  if (body_ == Body::unread && !drainable()) last_ = linger_ = true;
  if (core_->stopping) last_ = true;
  const std::string& body = response.shared_body ? *response.shared_body : response.body;
  bool bodyless = response.status == 204 || response.status == 304;
  out_.clear();
  append_head(out_, response, bodyless ? std::nullopt : std::optional<std::uint64_t>(body.size()), last_);
  bool only_head = bodyless || checked_.head.method == "HEAD";
  bool sent = co_await write_all(out_, only_head ? std::string_view{} : std::string_view(body));
  if (!sent) mark_closed();
}

// ---- streams

template <class T>
asio::awaitable<Result<std::shared_ptr<Stream>>> Session<T>::stream(Response head) {
  if (answer_ != Answer::none) co_return Problem{Errc::invalid, "The request has been answered."};
  answer_ = Answer::streamed;
  last_ = true;
  // The end of the connection is the end of the stream: no framing around each event.
  out_.clear();
  append_head(out_, head, std::nullopt, true);
  bool sent = co_await write_all(out_, {});
  if (!sent || core_->stopping) {
    mark_closed();
    co_return Problem{Errc::unreachable, "The client is gone."};
  }
  phase_ = Phase::streaming;
  in_.clear();
  in_.shrink_to_fit();
  out_ = {};
  watch_for_close();
  co_return std::shared_ptr<Stream>(this->shared_from_this());
}

/// Nothing more is expected from the client: whatever it sends is dropped, the end of it ends the stream.
template <class T>
void Session<T>::watch_for_close() {
  auto space = in_.prepare(64);
  transport_.async_read_some(space, [self = this->shared_from_this()](const error_code& error, std::size_t count) {
    self->body_received_ += count;
    if (error || self->closed_ || self->body_received_ > max_head) {
      self->mark_closed();
    } else {
      self->watch_for_close();
    }
  });
}

template <class T>
asio::awaitable<Result<std::size_t>> Session<T>::write(std::shared_ptr<const std::string> bytes) {
  if (closed_) co_return Problem{Errc::unreachable, "The client is gone."};
  bool sent = co_await write_all(*bytes, {});
  if (sent) co_return bytes->size();
  bool slow = timed_out_;
  cut();
  if (slow) co_return Problem{Errc::timeout, "The client reads too slowly."};
  co_return Problem{Errc::unreachable, "The client is gone."};
}

template <class T>
void Session<T>::on_close(std::function<void()> told) {
  told_ = std::move(told);
  if (closed_) tell();
}

namespace {

template <class S>
void spawn(Shard& shard, std::shared_ptr<S> session) {
  S& started = *session;
  asio::co_spawn(shard.executor(), started.run(), [session, &shard](std::exception_ptr error) {
    if (!error) return;
    ++shard.counters.escaped_exceptions;
    log::error("session-exception");
  });
}

}  // namespace

void start_session(std::shared_ptr<ServerCore> core, Shard& shard, Socket socket, std::string peer) {
  TlsContext tls = core->tls.load();
  if (tls) {
    using Tls = Session<asio::ssl::stream<Socket>>;
    spawn(shard, std::make_shared<Tls>(std::move(core), shard, std::move(socket), std::move(peer), std::move(tls)));
    return;
  }
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  spawn(shard, std::make_shared<Session<Socket>>(std::move(core), shard, std::move(socket), std::move(peer)));
}

}  // namespace wayleave::net
