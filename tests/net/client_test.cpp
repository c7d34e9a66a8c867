#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "certificates.hpp"
#include "net/client.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

using namespace wayleave;
using namespace wayleave::net;
using namespace wayleave::net::test;
using namespace std::chrono_literals;

namespace {

using Answer = ClientResult<ClientResponse>;

asio::awaitable<Answer> send_with(std::shared_ptr<Client> client, ClientRequest request) {
  co_return co_await client->send(std::move(request));
}

struct Caller {
  explicit Caller(ClientOptions options = {}) : client(make_client(threads.executor(0), std::move(options))) {}

  std::future<Answer> begin(ClientRequest request) {
    return asio::co_spawn(threads.next(), send_with(client, std::move(request)), asio::use_future);
  }
  Answer send(ClientRequest request) { return begin(std::move(request)).get(); }

  IoThreads threads{2};
  std::shared_ptr<Client> client;
};

ClientRequest get_of(const std::string& url, std::chrono::milliseconds timeout = 5s) {
  ClientRequest request;
  request.method = "GET";
  request.url = url;
  request.timeout = timeout;
  return request;
}

ClientRequest post_to(const std::string& url, const std::string& body, std::chrono::milliseconds timeout = 5s) {
  ClientRequest request;
  request.url = url;
  request.body = std::make_shared<const std::string>(body);
  request.timeout = timeout;
  return request;
}

ScriptedServer::Script replies(const std::string& bytes) {
  return [bytes](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send(bytes);
  };
}

}  // namespace

TEST_CASE("a request is sent whole and its answer read whole", "[net]") {
  std::string seen;
  ScriptedServer server([&](RawSocket& socket, int) {
    seen = socket.receive_until("hello");
    socket.send(
        "HTTP/1.1 202 Accepted\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    );
  });
  Caller caller;
  auto request = post_to(server.url("/in?a=b"), "hello");
  request.headers.add("Idempotency-Key", "d1.s1");
  auto answer = caller.send(request);
  REQUIRE(answer.has_value());
  CHECK(answer->status == 202);
  CHECK(answer->headers.get("x-one") == "1");
  CHECK(answer->body == "abcde");
  CHECK_FALSE(answer->truncated);
  CHECK(
      seen == "POST /in?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                  "\r\nIdempotency-Key: d1.s1\r\nUser-Agent: wayleave\r\nContent-Length: 5\r\n\r\nhello"
  );
}

TEST_CASE("connections are kept alive and many requests go at once", "[net]") {
  RunningServer server;
  Caller caller;
  auto url = "http://127.0.0.1:" + std::to_string(server.port) + "/echo";
  for (int i = 0; i < 5; ++i) CHECK(caller.send(post_to(url, std::to_string(i)))->body == std::to_string(i));
  CHECK(server.server->counters().accepted == 1);
  std::vector<std::future<Answer>> all;
  for (int i = 0; i < 100; ++i) all.push_back(caller.begin(post_to(url, std::string(10'000, 'x') + std::to_string(i))));
  int right = 0;
  for (int i = 0; i < 100; ++i) right += all[i].get()->body.ends_with("x" + std::to_string(i)) ? 1 : 0;
  CHECK(right == 100);
  auto fresh = get_of("http://127.0.0.1:" + std::to_string(server.port) + "/");
  auto before = server.server->counters().accepted;
  fresh.fresh_connection = true;
  CHECK(caller.send(fresh).has_value());
  CHECK(server.server->counters().accepted == before + 1);
}

TEST_CASE("a connection that the other end closed is not used again", "[net]") {
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));  // closes after each
  Caller caller;
  for (int i = 0; i < 5; ++i) {
    auto answer = caller.send(post_to(server.url(), "x"));
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
  }
  CHECK(server.connections() == 5);
}

TEST_CASE("a kept-alive connection that breaks is tried again only for a request without effect", "[net]") {
  // The second request on the first connection is swallowed and the connection closed without a word.
  ScriptedServer server([](RawSocket& socket, int number) {
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (number == 1) socket.receive_until("\r\n\r\n");
  });
  SECTION("GET") {
    Caller caller;
    REQUIRE(caller.send(get_of(server.url())).has_value());
    CHECK(caller.send(get_of(server.url()))->body == "ok");
    CHECK(server.connections() == 2);
  }
  SECTION("POST") {
    Caller caller;
    REQUIRE(caller.send(get_of(server.url())).has_value());
    auto answer = caller.send(post_to(server.url(), "order"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::unreachable);
    CHECK(answer.error().sent == Sent::maybe);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("how far a failed request got is told truthfully", "[net]") {
  Caller caller;
  SECTION("connection refused") {
    std::uint16_t port;
    {
      ScriptedServer gone([](RawSocket&, int) {});
      port = gone.port();
    }
    auto answer = caller.send(post_to("http://127.0.0.1:" + std::to_string(port) + "/", "x"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::unreachable);
    CHECK(answer.error().sent == Sent::nothing);
    CHECK(answer.error().refused_connection);
  }
  SECTION("closed after the request") {
    ScriptedServer server([](RawSocket& socket, int) { socket.receive_until("order"); });
    auto answer = caller.send(post_to(server.url(), "order"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::unreachable);
    CHECK(answer.error().sent == Sent::maybe);
    CHECK_FALSE(answer.error().refused_connection);
  }
  SECTION("reset after the request") {
    ScriptedServer server([](RawSocket& socket, int) {
      socket.receive_until("order");
      socket.reset();
    });
    auto answer = caller.send(post_to(server.url(), "order"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::unreachable);
    CHECK(answer.error().sent == Sent::maybe);
  }
  SECTION("cut within the answer") {
    ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"));
    auto answer = caller.send(post_to(server.url(), "x"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::unreachable);
    CHECK(answer.error().sent == Sent::maybe);
  }
  SECTION("no answer in time") {
    ScriptedServer server([](RawSocket& socket, int) { socket.receive_all(5s); });
    auto start = std::chrono::steady_clock::now();
    auto answer = caller.send(post_to(server.url(), "x", 100ms));
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::timeout);
    CHECK(answer.error().sent == Sent::maybe);
  }
  SECTION("an answer that trickles beyond the deadline") {
    ScriptedServer server([](RawSocket& socket, int) {
      socket.receive_until("order");
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      for (int i = 0; i < 1'000 && socket.silent_for(10ms); ++i) socket.send("x");
    });
    auto answer = caller.send(post_to(server.url(), "order", 150ms));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::timeout);
    CHECK(answer.error().sent == Sent::maybe);
  }
}

TEST_CASE("garbage instead of an answer is told as such", "[net]") {
  Caller caller;
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    INFO(bytes);
    ScriptedServer server(replies(bytes));
    auto answer = caller.send(post_to(server.url(), "x"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::invalid);
    CHECK(answer.error().sent == Sent::maybe);
  }
}

TEST_CASE("an oversized head, trailer or chunk extension of an answer ends the request, not the process", "[net]") {
  Caller caller;
  const std::string ok = "HTTP/1.1 200 OK\r\n", big(66'000, 'x');
  for (const std::string& bytes :
       {ok + "X: " + big + "\r\nContent-Length: 0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: " + big + "\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\n1;x=" + big + "\r\na\r\n0\r\n\r\n"}) {
    INFO(bytes.substr(0, 60));
    ScriptedServer server(replies(bytes));
    auto answer = caller.send(post_to(server.url(), "x"));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::too_large);
  }
  CHECK(caller.threads.escaped_exceptions() == 0);
}

TEST_CASE("the body of an answer is cut at the limit", "[net]") {
  ScriptedServer server([](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 500 Broken\r\nContent-Length: 1073741824\r\n\r\n");
    for (int i = 0; i < 64; ++i) socket.send(std::string(65'536, 'x'));
  });
  Caller caller;
  auto request = get_of(server.url());
  request.response_limit = 1000;
  auto answer = caller.send(request);
  REQUIRE(answer.has_value());
  CHECK(answer->status == 500);
  CHECK(answer->body == std::string(1000, 'x'));
  CHECK(answer->truncated);
}

TEST_CASE("redirects are answers like others", "[net]") {
  ScriptedServer server(replies("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
  );
  Caller caller;
  auto answer = caller.send(get_of(server.url()));
  REQUIRE(answer.has_value());
  CHECK(answer->status == 302);
  CHECK(server.connections() == 1);
}

TEST_CASE("interim answers are skipped and a body may end with the connection", "[net]") {
  ScriptedServer server(replies(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end"
  ));
  Caller caller;
  auto answer = caller.send(get_of(server.url()));
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK_FALSE(answer->headers.has("Link"));
  CHECK(answer->body == "to the end");
}

TEST_CASE("HEAD and 204 have no body and leave the connection usable", "[net]") {
  RunningServer server;
  Caller caller;
  auto url = "http://127.0.0.1:" + std::to_string(server.port);
  auto head = get_of(url + "/big");
  head.method = "HEAD";
  CHECK(caller.send(head)->headers.get("Content-Length") == std::to_string(8 << 20));
  CHECK(caller.send(get_of(url + "/none"))->status == 204);
  CHECK(caller.send(get_of(url + "/"))->body == "ok");
  CHECK(server.server->counters().accepted == 1);
}

TEST_CASE("every address of a name is judged before any is connected", "[net]") {
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  std::mutex mutex;
  std::vector<std::vector<std::string>> answers;
  ClientOptions options;
  options.lookup = [&](const std::string&) {
    std::lock_guard lock(mutex);
    auto next = answers.front();
    if (answers.size() > 1) answers.erase(answers.begin());
    return next;
  };
  options.policy = [](const std::string&, const std::string& address, std::uint16_t) {
    return address == "127.0.0.1" ? std::string{} : forbidden_address(address);
  };
  Caller caller(options);
  auto url = "http://hooks.example:" + std::to_string(server.port()) + "/";
  auto refusal = [&](std::vector<std::vector<std::string>> told) {
    answers = std::move(told);
    auto answer = caller.send(get_of(url));
    return answer.has_value() ? "" : answer.error().problem.code == Errc::refused ? "refused" : "failed";
  };
  CHECK(refusal({{"127.0.0.1"}}) == std::string(""));
  CHECK(server.connections() == 1);
  CHECK(refusal({{"127.0.0.1", "10.0.0.1"}}) == std::string("refused"));
  CHECK(refusal({{"169.254.169.254"}}) == std::string("refused"));
  CHECK(refusal({{"::ffff:127.0.0.1"}}) == std::string("refused"));
  CHECK(refusal({{}}) == std::string("failed"));
  CHECK(server.connections() == 1);
  // The second answer of a rebinding name server is never asked for: what was judged is what is connected.
  CHECK(refusal({{"127.0.0.1"}, {"10.0.0.1"}}) == std::string(""));
  CHECK(server.connections() == 2);
}

TEST_CASE("a literal address is judged without a look-up", "[net]") {
  ClientOptions options;
  options.lookup = [](const std::string&) -> std::vector<std::string> { return {"1.1.1.1"}; };
  options.policy = [](const std::string&, const std::string& address, std::uint16_t) {
    return forbidden_address(address);
  };
  Caller caller(options);
  for (const char* url :
       {"http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:7f00:1]:9/", "http://169.254.169.254/"}) {
    INFO(url);
    auto answer = caller.send(get_of(url));
    REQUIRE(answer.has_error());
    CHECK(answer.error().problem.code == Errc::refused);
    CHECK(answer.error().sent == Sent::nothing);
  }
}

TEST_CASE("a slow name server costs the deadline of its request and delays nobody else", "[net]") {
  std::promise<void> release;
  auto released = release.get_future().share();
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  ClientOptions options;
  options.lookup = [released](const std::string& host) -> std::vector<std::string> {
    if (host == "slow.example") released.wait();
    return {"127.0.0.1"};
  };
  Caller caller(options);
  auto port = std::to_string(server.port());
  auto slow = caller.begin(get_of("http://slow.example:" + port + "/", 200ms));
  CHECK(caller.send(get_of("http://quick.example:" + port + "/"))->body == "ok");
  auto answer = slow.get();
  release.set_value();
  REQUIRE(answer.has_error());
  CHECK(answer.error().problem.code == Errc::timeout);
  CHECK(answer.error().sent == Sent::nothing);
}

TEST_CASE("the system's look-up finds the local host", "[net]") {
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  Caller caller;
  CHECK(caller.send(get_of("http://localhost:" + std::to_string(server.port()) + "/"))->body == "ok");
}

TEST_CASE("a request that cannot be written safely is not sent", "[net]") {
  Caller caller;
  auto request = get_of("http://127.0.0.1:9/");
  SECTION("field value") {
    request.headers.add("X", "a\r\nY: b");
  }
  SECTION("field name") {
    request.headers.add("X: a\r\nY", "b");
  }
  SECTION("method") {
    request.method = "GET / HTTP/1.1\r\nX:";
  }
  SECTION("URL") {
    request.url = "http://127.0.0.1:9/ HTTP/1.1\r\nX: a";
  }
  SECTION("scheme") {
    request.url = "file:///etc/passwd";
  }
  auto answer = caller.send(request);
  REQUIRE(answer.has_error());
  CHECK(answer.error().problem.code == Errc::refused);
  CHECK(answer.error().sent == Sent::nothing);
}

TEST_CASE("TLS is verified by chain, name and time", "[net]") {
  PemFolder folder;
  auto ca = make_identity({.name = "Test CA", .is_ca = true});
  auto other_ca = make_identity({.name = "Other CA", .is_ca = true});
  ClientOptions options;
  options.ca_file = folder.certificate("ca.pem", ca);
  options.lookup = [](const std::string&) -> std::vector<std::string> { return {"127.0.0.1"}; };
  Caller caller(options);
  auto call = [&](const Wish& wish, const std::string& host) {
    auto identity = make_identity(wish);
    ServerOptions served;
    served.tls = TlsOptions{folder.certificate("s.pem", identity), folder.key("s.key", identity), ""};
    RunningServer server(served, answer, 1);
    auto answer = caller.send(post_to("https://" + host + ":" + std::to_string(server.port) + "/echo", "over TLS"));
    if (answer.has_value()) return answer->body;
    CHECK(answer.error().sent == Sent::nothing);
    CHECK(answer.error().problem.code == Errc::unreachable);
    return answer.error().problem.detail;
  };
  CHECK(call({.name = "backend.example", .issuer = &ca}, "backend.example") == "over TLS");
  CHECK(call({.name = "backend.example", .issuer = &ca}, "127.0.0.1") == "over TLS");
  CHECK(call({.name = "other.example", .issuer = &ca}, "backend.example").find("mismatch") != std::string::npos);
  CHECK(
      call({.name = "backend.example", .issuer = &ca, .starts = -7200, .ends = -3600}, "backend.example")
          .find("expired") != std::string::npos
  );
  CHECK(call({.name = "backend.example", .issuer = &other_ca}, "backend.example").find("refused") != std::string::npos);
  CHECK(call({.name = "backend.example"}, "backend.example").find("self-signed") != std::string::npos);
}

TEST_CASE("TLS connections are kept alive and large bodies pass both ways", "[net]") {
  PemFolder folder;
  auto identity = make_identity({.name = "localhost"});
  ServerOptions served;
  served.tls = TlsOptions{folder.certificate("s.pem", identity), folder.key("s.key", identity), ""};
  RunningServer server(served);
  ClientOptions options;
  options.ca_file = folder.certificate("ca.pem", identity);
  Caller caller(options);
  auto url = "https://127.0.0.1:" + std::to_string(server.port);
  const std::string body(900'000, 'x');
  for (int i = 0; i < 3; ++i) CHECK(caller.send(post_to(url + "/echo", body))->body == body);
  CHECK(server.server->counters().accepted == 1);
}

TEST_CASE("a CA file that does not load is told when the client is made", "[net]") {
  IoThreads threads(1);
  ClientOptions options;
  options.ca_file = "missing.pem";
  CHECK_THROWS_AS(make_client(threads.executor(0), options), ProblemError);
}

TEST_CASE("a closed client refuses further requests", "[net]") {
  Caller caller;
  caller.client->close();
  auto answer = caller.send(get_of("http://127.0.0.1:9/"));
  REQUIRE(answer.has_error());
  CHECK(answer.error().problem.code == Errc::stopping);
}
