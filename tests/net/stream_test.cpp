#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "raw_socket.hpp"
#include "running_server.hpp"

using namespace wayleave;
using namespace wayleave::net;
using namespace wayleave::net::test;
using namespace std::chrono_literals;

namespace {

using Bytes = std::shared_ptr<const std::string>;

/// Waits until told or until `most` have passed.
asio::awaitable<void> until(asio::steady_timer& timer) {
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const boost::system::system_error&) {
  }
}

Response sse() {
  Response head;
  head.content_type = "text/event-stream";
  return head;
}

bool eventually(const std::function<bool()>& condition) {
  auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return condition();
}

}  // namespace

TEST_CASE("a stream sends shared bytes until the handler ends it", "[net]") {
  Handler handler = [](Exchange& exchange) -> asio::awaitable<void> {
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    Bytes event = std::make_shared<const std::string>("data: 1\n\n");
    for (int i = 0; i < 3; ++i) {
      auto written = co_await (*stream)->write(event);
      if (!written) co_return;
    }
  };
  RunningServer running({}, handler);
  RawSocket socket(running.port);
  socket.send(get("/"));
  CHECK(
      socket.receive_all() ==
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\ndata: 1\n\ndata: 1\n\n"
  );
}

TEST_CASE("a stream is told when its client goes away", "[net]") {
  std::atomic<int> told{0}, failed{0};
  Handler handler = [&](Exchange& exchange) -> asio::awaitable<void> {
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    asio::steady_timer waiting(co_await asio::this_coro::executor, 30s);
    (*stream)->on_close([&] {
      ++told;
      waiting.cancel();
    });
    co_await until(waiting);
    Bytes event = std::make_shared<const std::string>("data: 1\n\n");
    auto written = co_await (*stream)->write(event);
    if (!written && (*stream)->closed()) ++failed;
  };
  RunningServer running({}, handler);
  SECTION("orderly") {
    RawSocket socket(running.port);
    socket.send(get("/"));
    socket.receive_until("\r\n\r\n");
  }
  SECTION("by a reset") {
    RawSocket socket(running.port);
    socket.send(get("/"));
    socket.receive_until("\r\n\r\n");
    socket.reset();
  }
  CHECK(eventually([&] { return failed == 1; }));
  CHECK(told == 1);
  CHECK(eventually([&] { return running.server->counters().open == 0; }));
}

TEST_CASE("a stream whose client reads too slowly is cut", "[net]") {
  std::atomic<int> timeouts{0};
  Handler handler = [&](Exchange& exchange) -> asio::awaitable<void> {
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    Bytes event = std::make_shared<const std::string>(1 << 20, 'x');
    for (;;) {
      auto written = co_await (*stream)->write(event);
      if (written) continue;
      if (written.error().code == Errc::timeout) ++timeouts;
      co_return;
    }
  };
  ServerOptions options;
  options.write_timeout = 100ms;
  RunningServer running(options, handler);
  RawSocket socket(running.port, 4096);
  socket.send(get("/"));
  CHECK(eventually([&] { return timeouts == 1; }));
}

TEST_CASE("stopping the server ends streams at once", "[net]") {
  std::atomic<int> streaming{0}, told{0};
  Handler handler = [&](Exchange& exchange) -> asio::awaitable<void> {
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    asio::steady_timer waiting(co_await asio::this_coro::executor, 30s);
    (*stream)->on_close([&] {
      ++told;
      waiting.cancel();
    });
    ++streaming;
    co_await until(waiting);
  };
  RunningServer running({}, handler);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.emplace_back(running.port);
    sockets.back().send(get("/"));
  }
  REQUIRE(eventually([&] { return streaming == 20; }));
  auto start = std::chrono::steady_clock::now();
  running.server->stop(10s);
  CHECK(std::chrono::steady_clock::now() - start < 2s);
  CHECK(told == 20);
  CHECK(running.server->counters().open == 0);
  for (auto& socket : sockets) CHECK(socket.receive_all().ends_with("\r\n\r\n"));
}

TEST_CASE("a stream can only be had once and not after an answer", "[net]") {
  std::atomic<int> refused{0};
  Handler handler = [&](Exchange& exchange) -> asio::awaitable<void> {
    Response plain;
    co_await exchange.respond(std::move(plain));
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    if (!stream) ++refused;
    Response again;
    co_await exchange.respond(std::move(again));
  };
  RunningServer running({}, handler);
  RawSocket socket(running.port);
  socket.send(get("/", "Connection: close\r\n"));
  CHECK(answers_in(socket.receive_all()) == 1);
  CHECK(refused == 1);
}

TEST_CASE("what a stream was to tell is forgotten when its handler has returned", "[net]") {
  std::atomic<int> told{0}, returned{0};
  Handler handler = [&](Exchange& exchange) -> asio::awaitable<void> {
    Response head = sse();
    auto stream = co_await exchange.stream(std::move(head));
    (*stream)->on_close([&] { ++told; });
    ++returned;
  };
  RunningServer running({}, handler);
  RawSocket socket(running.port);
  socket.send(get("/"));
  CHECK(socket.receive_all().ends_with("\r\n\r\n"));
  socket.close();
  CHECK(eventually([&] { return running.server->counters().open == 0; }));
  CHECK(returned == 1);
  CHECK(told == 0);
}
