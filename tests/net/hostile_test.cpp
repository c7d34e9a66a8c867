// What reliability.md calls oversized, smuggled and slow, over raw sockets: one precise answer, then the end of the
// connection, and the next client is served as if nothing had been.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "raw_socket.hpp"
#include "running_server.hpp"

using namespace wayleave::net;
using namespace wayleave::net::test;
using namespace std::chrono_literals;

namespace {

/// Sends `bytes` and a second request behind them; the status of the only answer, or -1 when there is not exactly one.
int only_status(std::uint16_t port, const std::string& bytes) {
  RawSocket socket(port);
  socket.send(bytes + get("/hidden"));
  std::string all = socket.receive_all();
  if (answers_in(all) != 1) return -1;
  if (all.find("Connection: close") == std::string::npos) return -2;
  return status_of(all);
}

bool still_serves(std::uint16_t port) {
  RawSocket socket(port);
  socket.send(get("/", "Connection: close\r\n"));
  return socket.receive_all().ends_with("ok");
}

std::string chunked(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

/// True when, within some seconds, `accepted` connections have come and all are gone.
bool all_gone(RunningServer& running, std::uint64_t accepted) {
  auto deadline = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < deadline) {
    auto counters = running.server->counters();
    if (counters.accepted >= accepted && counters.open == 0) return true;
    std::this_thread::yield();
  }
  return false;
}

ServerOptions impatient() {
  ServerOptions options;
  options.header_timeout = 100ms;
  options.body_idle = 100ms;
  options.keep_alive = 100ms;
  options.write_timeout = 200ms;
  options.handshake = 100ms;
  return options;
}

}  // namespace

TEST_CASE("oversized heads are refused and the process lives", "[net]") {
  RunningServer running;
  CHECK(only_status(running.port, get("/", "X: " + std::string(66'000, 'x') + "\r\n")) == 431);
  CHECK(only_status(running.port, get("/", "X: " + std::string(1'000'000, 'x') + "\r\n")) == 431);
  CHECK(only_status(running.port, get("/", "X: " + std::string(17 * 1024, 'x') + "\r\n")) == 431);
  CHECK(only_status(running.port, get("/" + std::string(9 * 1024, 'x'))) == 414);
  CHECK(only_status(running.port, get("/" + std::string(70'000, 'x'))) == 414);
  CHECK(only_status(running.port, std::string(70'000, 'A')) == 414);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
  CHECK(only_status(running.port, get("/", many)) == 431);
  CHECK(running.server->counters().refused_heads == 7);
  CHECK(running.server->counters().requests == 0);
  CHECK(still_serves(running.port));
}

TEST_CASE("trailers and chunk extensions of any size are refused and the process lives", "[net]") {
  RunningServer running;
  CHECK(only_status(running.port, chunked("3\r\nabc\r\n0\r\nX: " + std::string(66'000, 'x') + "\r\n\r\n")) == 400);
  CHECK(only_status(running.port, chunked("3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n")) == 400);
  std::string trailers;
  for (int i = 0; i < 2'000; ++i) trailers += "X" + std::to_string(i) + ": 1\r\n";
  CHECK(only_status(running.port, chunked("3\r\nabc\r\n0\r\n" + trailers + "\r\n")) == 400);
  CHECK(only_status(running.port, chunked("3;x=" + std::string(65'536, 'x') + "\r\nabc\r\n0\r\n\r\n")) == 400);
  CHECK(only_status(running.port, chunked(std::string(1'000, '0') + "3\r\nabc\r\n0\r\n\r\n")) == 400);
  CHECK(only_status(running.port, chunked("FFFFFFFFFFFFFFFF\r\nabc")) == 413);
  CHECK(only_status(running.port, chunked("100001\r\nabc")) == 413);
  CHECK(running.threads.escaped_exceptions() == 0);
  CHECK(still_serves(running.port));
}

TEST_CASE("bodies beyond the limit are refused before they are read", "[net]") {
  RunningServer running;
  RawSocket announced(running.port);
  announced.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
  CHECK(status_of(announced.receive_until("\r\n\r\n")) == 413);
  CHECK(only_status(running.port, post("/echo", std::string((1 << 20) + 1, 'x'))) == 413);
  CHECK(
      only_status(running.port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n") == 413
  );
  CHECK(still_serves(running.port));
}

TEST_CASE("what two readers could take differently gets exactly one answer", "[net]") {
  RunningServer running;
  const std::string line = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& head :
       {line + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        line + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        line + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        line + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        line + "Content-Length: 5,5\r\n\r\nhello",
        line + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        line + "Content-Length: +5\r\n\r\nhello",
        line + "Content-Length: 0x5\r\n\r\nhello",
        line + "Content-Length: -1\r\n\r\n",
        line + "Content-Length : 5\r\n\r\nhello",
        line + "Host: b\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + "X: a\nContent-Length: 5\r\n\r\nhello",
        line + "Transfer_Encoding: chunked\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
        line + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
        std::string("POST /echo HTTP/1.1\r\n\r\n"),
        std::string("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET / HTTP/1.1\nHost: a\n\n"),
        std::string("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)}) {
    INFO(head);
    CHECK(only_status(running.port, head) == 400);
  }
  CHECK(only_status(running.port, "GET / HTTP/1.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(
      only_status(running.port, "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 505
  );
  CHECK(only_status(running.port, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(only_status(running.port, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(only_status(running.port, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(only_status(running.port, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(still_serves(running.port));
}

TEST_CASE("a refusal is a problem document that quotes nothing of the request", "[net]") {
  RunningServer running;
  RawSocket socket(running.port);
  socket.send("GET /canary-target HTTP/1.1\r\nHost: a\r\nAuthorization: canary\r\nAuthorization: canary\r\n\r\n");
  std::string all = socket.receive_all();
  CHECK(all.find("Content-Type: application/problem+xml") != std::string::npos);
  CHECK(all.find("<status>400</status>") != std::string::npos);
  CHECK(all.find("canary") == std::string::npos);
}

TEST_CASE("slow heads are closed in time, with 408 when something had come", "[net]") {
  RunningServer running(impatient());
  RawSocket silent(running.port), slow(running.port), trickling(running.port);
  slow.send("GET / HTTP/1.1\r\nHos");
  std::thread trickle([&] {
    for (int i = 0; i < 30; ++i) {
      trickling.send("G");
      std::this_thread::sleep_for(10ms);
    }
  });
  CHECK(silent.receive_all(2s).empty());
  CHECK(status_of(slow.receive_all(2s)) == 408);
  CHECK(status_of(trickling.receive_all(2s)) == 408);
  trickle.join();
  CHECK(still_serves(running.port));
}

TEST_CASE("slow bodies are closed in time", "[net]") {
  RunningServer running(impatient());
  RawSocket stopped(running.port), trickling(running.port), chunks(running.port);
  stopped.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  chunks.send(chunked("3\r\nab"));
  trickling.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
  std::thread trickle([&] {
    for (int i = 0; i < 50; ++i) {
      trickling.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  CHECK(status_of(stopped.receive_all(5s)) == 408);
  CHECK(status_of(chunks.receive_all(5s)) == 408);
  // Never silent for 100 ms, but slower than 500 bytes a second.
  CHECK(status_of(trickling.receive_all(5s)) == 408);
  trickle.join();
  CHECK(still_serves(running.port));
}

TEST_CASE("an idle kept-alive connection is closed in time", "[net]") {
  RunningServer running(impatient());
  RawSocket socket(running.port);
  socket.send(get("/"));
  socket.receive_until("ok");
  auto start = std::chrono::steady_clock::now();
  CHECK(socket.receive_all(2s).empty());
  CHECK(std::chrono::steady_clock::now() - start > 50ms);
}

TEST_CASE("a client that does not read its answer is given up", "[net]") {
  RunningServer running(impatient());
  RawSocket socket(running.port, 4096);
  socket.send(get("/big"));
  CHECK(all_gone(running, 1));
  CHECK(still_serves(running.port));
}

TEST_CASE("resets at any point leave nothing behind", "[net]") {
  RunningServer running(ServerOptions{}, answer, 1);
  const std::string whole = post("/echo", std::string(1'000, 'x'));
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{30}, whole.size() - 500, whole.size()}) {
    RawSocket socket(running.port);
    socket.send(std::string_view(whole).substr(0, size));
    socket.reset();
  }
  // One thread accepts in order: when this one has been served, the others have been seen.
  CHECK(still_serves(running.port));
  CHECK(all_gone(running, 1));
}

TEST_CASE("connections beyond the limit wait, and are served when one becomes free", "[net]") {
  ServerOptions options;
  options.connections = 2;
  RunningServer running(options, answer, 1);
  RawSocket first(running.port), second(running.port);
  first.send(get("/"));
  first.receive_until("ok");
  second.send(get("/"));
  second.receive_until("ok");
  RawSocket third(running.port);
  third.send(get("/"));
  CHECK(third.silent_for(150ms));
  first.close();
  CHECK(status_of(third.receive_until("ok")) == 200);
}

TEST_CASE("one peer cannot take all connections", "[net]") {
  ServerOptions options;
  options.connections_per_peer = 2;
  RunningServer running(options);
  RawSocket first(running.port), second(running.port);
  for (RawSocket* one : {&first, &second}) {
    one->send(get("/"));
    one->receive_until("ok");
  }
  RawSocket third(running.port);
  CHECK(third.receive_all().empty());
}

TEST_CASE("without descriptors accepting pauses and recovers, without spinning", "[net]") {
  RunningServer running(ServerOptions{}, answer, 1);
  CHECK(still_serves(running.port));
  // That session's descriptor must be free before the next free one is asked for.
  for (int i = 0; i < 200 && running.server->counters().open > 0; ++i) std::this_thread::sleep_for(10ms);
  int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  int next_free = ::dup(waiting);
  ::close(next_free);
  rlimit none{static_cast<rlim_t>(next_free), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(running.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(waiting, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  RawSocket client(waiting);
  client.send(get("/"));
  std::timespec start{}, end{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  CHECK(client.silent_for(400ms));
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  ::setrlimit(RLIMIT_NOFILE, &before);
  auto used = std::chrono::seconds{end.tv_sec - start.tv_sec} + std::chrono::nanoseconds{end.tv_nsec - start.tv_nsec};
  CHECK(used < 100ms);
  CHECK(status_of(client.receive_until("ok")) == 200);
}
