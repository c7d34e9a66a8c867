#include <catch2/catch.hpp>
#include <thread>

#include "raw_socket.hpp"
#include "running_server.hpp"

using namespace wayleave;
using namespace wayleave::net;
using namespace wayleave::net::test;
using namespace std::chrono_literals;

namespace {

/// One whole answer off the socket, its body measured by Content-Length.
std::string one_answer(RawSocket& socket) {
  std::string head = socket.receive_until("\r\n\r\n");
  auto at = head.find("Content-Length: ");
  if (at == std::string::npos) return head;
  return head + socket.receive(std::stoul(head.substr(at + 16)));
}

}  // namespace

TEST_CASE("a connection serves one request after the other", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  for (int i = 0; i < 3; ++i) {
    socket.send(post("/echo", "body " + std::to_string(i)));
    CHECK(
        one_answer(socket) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nbody " + std::to_string(i)
    );
  }
  CHECK(running.server->counters().requests == 3);
  CHECK(running.server->counters().accepted == 1);
  CHECK(running.server->counters().open == 1);
}

TEST_CASE("a thousand pipelined requests are answered in order", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  std::thread writer([&] {
    std::string all;
    for (int i = 0; i < 1'000; ++i) all += post("/echo", std::to_string(i));
    socket.send(all);
  });
  std::string wrong;
  for (int i = 0; i < 1'000; ++i) {
    std::string answer = one_answer(socket);
    if (!answer.ends_with("\r\n\r\n" + std::to_string(i))) wrong += answer;
  }
  writer.join();
  CHECK(wrong.empty());
}

TEST_CASE("a request in pieces is put together", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  const std::string bytes = post("/echo", "hello");
  for (char c : bytes) socket.send(std::string_view(&c, 1));
  CHECK(one_answer(socket).ends_with("\r\n\r\nhello"));
}

TEST_CASE("a chunked body is joined and the connection goes on", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" + get("/")
  );
  CHECK(one_answer(socket).ends_with("\r\n\r\nabcde"));
  CHECK(one_answer(socket).ends_with("\r\n\r\nok"));
}

TEST_CASE("a large body and a large answer pass whole", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  std::string body(1 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  socket.send(post("/echo", body));
  std::string answer = one_answer(socket);
  CHECK(answer.substr(answer.size() - body.size()) == body);
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n80000\r\n" +
                        body.substr(0, 0x80000) + "\r\n80000\r\n" + body.substr(0x80000) + "\r\n0\r\n\r\n";
  socket.send(chunked);
  answer = one_answer(socket);
  CHECK(answer.substr(answer.size() - body.size()) == body);
  socket.send(get("/big"));
  answer = one_answer(socket);
  CHECK(answer.ends_with(std::string(8 << 20, 'b')));
}

TEST_CASE("HEAD gets the length and no body, 204 neither", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/none") + get("/"));
  CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n");
  CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n");
  CHECK(one_answer(socket).ends_with("\r\n\r\nok"));
}

TEST_CASE("the connection is closed when the client asks for it", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send(get("/", "Connection: close\r\n"));
  CHECK(
      socket.receive_all() ==
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
  );
}

TEST_CASE("a client that closed its sending side still gets its answer", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send(post("/echo", "hello"));
  socket.shutdown_send();
  CHECK(socket.receive_all().ends_with("\r\n\r\nhello"));
}

TEST_CASE("the number of requests a connection is bounded", "[net]") {
  ServerOptions options;
  options.requests_per_connection = 2;
  RunningServer running(options);
  RawSocket socket(running.port);
  socket.send(get("/") + get("/") + get("/"));
  std::string all = socket.receive_all();
  CHECK(answers_in(all) == 2);
  CHECK(all.find("Connection: close") != std::string::npos);
}

TEST_CASE("100 Continue is sent only when the body is wanted", "[net]") {
  RunningServer running;
  const std::string expecting = "Expect: 100-continue\r\n";
  SECTION("wanted") {
    RawSocket socket(running.port);
    socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + expecting + "\r\n");
    CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("hello");
    CHECK(one_answer(socket).ends_with("\r\n\r\nhello"));
    socket.send(get("/"));
    CHECK(one_answer(socket).ends_with("ok"));
  }
  SECTION("not wanted") {
    RawSocket socket(running.port);
    socket.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + expecting + "\r\n");
    std::string all = socket.receive_until("ok");
    CHECK(answers_in(all) == 1);
    CHECK(status_of(all) == 200);
    CHECK(all.find("Connection: close") != std::string::npos);
  }
  SECTION("too long to be wanted") {
    RawSocket socket(running.port);
    socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n" + expecting + "\r\n");
    std::string all = socket.receive_until("\r\n\r\n");
    CHECK(status_of(all) == 413);
  }
  SECTION("sent without waiting") {
    RawSocket socket(running.port);
    socket.send(post("/echo", "hello", expecting));
    CHECK(one_answer(socket).ends_with("hello"));
  }
  SECTION("something else expected") {
    RawSocket socket(running.port);
    socket.send(post("/echo", "hello", "Expect: 200-ok\r\n"));
    std::string all = socket.receive_all();
    CHECK(status_of(all) == 417);
    CHECK(answers_in(all) == 1);
  }
}

TEST_CASE("a body that nobody read is drained when small, else the connection is closed", "[net]") {
  RunningServer running;
  RawSocket small(running.port);
  small.send(post("/ignore", std::string(60'000, 'x')) + get("/"));
  CHECK(one_answer(small).ends_with("ok"));
  CHECK(one_answer(small).ends_with("ok"));
  RawSocket large(running.port);
  large.send(post("/ignore", std::string(200'000, 'x')) + get("/"));
  std::string all = large.receive_all();
  CHECK(answers_in(all) == 1);
  CHECK(status_of(all) == 200);
}

TEST_CASE("a handler that throws or forgets is answered 500 and the server lives", "[net]") {
  RunningServer running;
  for (const char* path : {"/throw", "/forget"}) {
    INFO(path);
    RawSocket socket(running.port);
    socket.send(get(path) + get("/"));
    std::string all = socket.receive_all();
    CHECK(status_of(all) == 500);
    CHECK(answers_in(all) == 1);
    CHECK(all.find("secret") == std::string::npos);
  }
  CHECK(running.server->counters().escaped_exceptions == 1);
  RawSocket next(running.port);
  next.send(get("/"));
  CHECK(one_answer(next).ends_with("ok"));
}

TEST_CASE("the head tells peer and target", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send(get("/head?a=1"));
  CHECK(one_answer(socket).ends_with("\r\n\r\nGET /head?a=1 peer=127.0.0.1 certificate="));
}

TEST_CASE("two servers do not share a port", "[net]") {
  RunningServer running;
  ServerOptions options;
  options.port = running.port;
  IoThreads threads(1);
  auto second = make_server(threads, options, answer);
  auto started = second->start();
  REQUIRE(started.has_error());
  CHECK(started.error().code == Errc::unusable);
  CHECK(started.error().detail.find(std::to_string(running.port)) != std::string::npos);
}

TEST_CASE("an address that is none, or not ours, does not start", "[net]") {
  IoThreads threads(1);
  for (const char* address : {"localhost", "", "192.0.2.1"}) {
    ServerOptions options;
    options.address = address;
    INFO(address);
    CHECK(make_server(threads, options, answer)->start().has_error());
  }
}

TEST_CASE("a port is free again after the server stopped", "[net]") {
  std::uint16_t port;
  {
    RunningServer running;
    port = running.port;
    RawSocket socket(port);
    socket.send(get("/"));
    one_answer(socket);
  }
  ServerOptions options;
  options.port = port;
  RunningServer again(options);
  CHECK(again.port == port);
}

TEST_CASE("stopping lets requests under way finish and closes idle connections", "[net]") {
  RunningServer running;
  RawSocket idle(running.port), busy(running.port), half(running.port);
  idle.send(get("/"));
  one_answer(idle);
  half.send("GET / HTTP/1.1\r\nHost:");
  busy.send(get("/wait"));
  while (running.server->counters().requests < 2) std::this_thread::yield();
  std::thread stopper([&] { running.server->stop(5s); });
  CHECK(idle.receive_all().empty());
  std::string answer = busy.receive_all();
  CHECK(answer.ends_with("waited"));
  CHECK(answer.find("Connection: close") != std::string::npos);
  half.send(" a\r\n\r\n");
  CHECK(half.receive_all().ends_with("ok"));
  stopper.join();
  CHECK(running.server->counters().open == 0);
  CHECK_THROWS(RawSocket(running.port));
}

TEST_CASE("stopping cuts what is not done within the grace", "[net]") {
  RunningServer running;
  RawSocket busy(running.port);
  busy.send(get("/wait"));
  while (running.server->counters().requests < 1) std::this_thread::yield();
  auto start = std::chrono::steady_clock::now();
  running.server->stop(20ms);
  CHECK(std::chrono::steady_clock::now() - start < 2s);
  CHECK(busy.receive_all().empty());
}
