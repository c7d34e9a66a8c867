#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "net/server.hpp"

namespace wayleave::net::test {

/// Answers by path: `/echo` the body (limit 1 MiB, refusals by kind), `/ignore` without reading it, `/throw` not at
/// all,
/// `/forget` not at all either, `/wait` when 300 ms have passed, `/big` 8 MiB, `/head` what was read of the head.
inline asio::awaitable<void> answer(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  Response response;
  response.content_type = "text/plain";
  if (head.path == "/echo") {
    auto body = co_await exchange.read_body(1 << 20);
    if (body.has_value()) {
      response.body = std::move(*body);
    } else {
      auto code = body.error().code;
      response.status = code == Errc::too_large ? 413 : code == Errc::timeout ? 408 : 400;
      response.body = body.error().detail;
    }
  } else if (head.path == "/throw") {
    throw std::runtime_error("secret of a document");
  } else if (head.path == "/forget") {
    co_return;
  } else if (head.path == "/wait") {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds{300});
    co_await timer.async_wait(asio::use_awaitable);
    response.body = "waited";
  } else if (head.path == "/big") {
    response.shared_body = std::make_shared<const std::string>(8 << 20, 'b');
  } else if (head.path == "/none") {
    response.status = 204;
  } else if (head.path == "/head") {
    response.body = head.method + " " + head.target + " peer=" + head.peer + " certificate=" + head.certificate_sha256;
  } else {
    response.body = "ok";
  }
  co_await exchange.respond(std::move(response));
}

struct RunningServer {
  explicit RunningServer(ServerOptions options = {}, Handler handler = answer, unsigned count = 2)
      : threads(count), server(make_server(threads, std::move(options), std::move(handler))) {
    auto started = server->start();
    if (!started) throw std::runtime_error(started.error().detail);
    port = *started;
  }

  IoThreads threads;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

}  // namespace wayleave::net::test
