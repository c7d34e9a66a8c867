#include "adapters/http/http.hpp"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "adapters/retry_after.hpp"
#include "run_call.hpp"

using namespace wayleave;
using namespace wayleave::adapter;
using namespace wayleave::adapter::testing;
using asio::ip::tcp;

namespace {

/// A back end of raw bytes: reads whole requests and answers each by `answer`; an empty answer closes the connection.
class RawServer {
 public:
  explicit RawServer(std::function<std::string(const std::string& request)> answer) : answer_(std::move(answer)) {
    accept_thread_ = std::thread([this] { accept(); });
  }
  ~RawServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket knock(io_);
    knock.connect(acceptor_.local_endpoint(), ignored);
    accept_thread_.join();
    for (auto& thread : threads_) thread.join();
  }
  std::string url(const std::string& path = "/orders") const { return "http://127.0.0.1:" + std::to_string(port()) + path; }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::atomic<int> connections{0};

 private:
  void accept() {
    for (;;) {
      auto socket = std::make_shared<tcp::socket>(io_);
      boost::system::error_code problem;
      acceptor_.accept(*socket, problem);
      if (stopping_ || problem) return;
      ++connections;
      threads_.emplace_back([this, socket] { serve(*socket); });
    }
  }
  void serve(tcp::socket& socket) {
    std::string buffer;
    boost::system::error_code problem;
    for (;;) {
      const auto head = asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", problem);
      if (problem) return;
      const auto at = buffer.find("Content-Length: ");
      const std::size_t length = at < head ? std::stoul(buffer.substr(at + 16)) : 0;
      if (buffer.size() < head + length) asio::read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(head + length - buffer.size()), problem);
      if (problem) return;
      const auto request = buffer.substr(0, head + length);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      buffer.erase(0, head + length);
      const auto text = answer_(request);
      if (text.empty()) return;
      asio::write(socket, asio::buffer(text), problem);
      if (problem) return;
    }
  }

  std::function<std::string(const std::string&)> answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::atomic<bool> stopping_{false};
  std::thread accept_thread_;
  std::vector<std::thread> threads_;
};

std::string reply(int status, const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Said So\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}

struct Caller {
  std::shared_ptr<Sender> sender(Options given) {
    Findings findings;
    auto made = find("http")->make_sender(given, {}, {io.get_executor(), "/nowhere"}, findings);
    REQUIRE(made);
    return made;
  }
  Reply call(const std::string& url, const Call& call = order()) {
    const auto made = sender(options({{"url", url}}));
    return run(io, *made, call);
  }
  asio::io_context io;
};

std::string field(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "(none)";
  const auto from = at + name.size() + 4;
  return request.substr(from, request.find("\r\n", from) - from);
}

}  // namespace

TEST_CASE("a document is one POST with its identity in header fields") {
  RawServer server([](const auto&) { return reply(201, "<ok/>", "Content-Type: application/xml\r\n"); });
  Caller caller;
  const auto answered = caller.call(server.url("/orders?x=1"), order("<Order>ü</Order>"));
  CHECK(answered.kind == Reply::Kind::answered);
  CHECK(answered.sent);
  CHECK(answered.status == 201);
  CHECK(answered.body == "<ok/>");
  CHECK(answered.content_type == "application/xml");
  CHECK(answered.detail.empty());
  REQUIRE(server.requests().size() == 1);
  const auto request = server.requests()[0];
  CHECK(request.starts_with("POST /orders?x=1 HTTP/1.1\r\n"));
  CHECK(field(request, "Idempotency-Key") == "01JDB40000000000000000000A.place");
  CHECK(field(request, "Wayleave-Document") == "01JDB40000000000000000000A");
  CHECK(field(request, "Wayleave-Partner") == "acme");
  CHECK(field(request, "Wayleave-Kind") == "order");
  CHECK(field(request, "Wayleave-Key") == "PO-4711");
  CHECK(field(request, "Content-Type") == "application/xml; charset=utf-8");
  CHECK(field(request, "Host") == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(request.ends_with("\r\n\r\n<Order>ü</Order>"));
}

TEST_CASE("method, own header fields and JSON go out as the site says") {
  RawServer server([](const auto&) { return reply(200, ""); });
  Caller caller;
  const auto sender = caller.sender(options({{"url", server.url()}, {"method", "PUT"}, {"header-x-api-key", "s3cret key"}}));
  auto call = order("{}");
  call.content_type = "application/json";
  CHECK(run(caller.io, *sender, call).status == 200);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].starts_with("PUT "));
  CHECK(field(server.requests()[0], "x-api-key") == "s3cret key");
  CHECK(field(server.requests()[0], "Content-Type") == "application/json");
  CHECK(sender->target() == "http://127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("any key can stand in a header field and be read back") {
  CHECK(http::header_safe("PO-4711/a.b:c") == "PO-4711/a.b:c");
  CHECK(http::header_safe("50% off") == "50%25%20off");
  CHECK(http::header_safe("Größe\r\nX-Evil: 1") == "Gr%C3%B6%C3%9Fe%0D%0AX-Evil:%201");
  CHECK(http::header_safe(std::string("\0\x7f", 2)) == "%00%7F");
  RawServer server([](const auto&) { return reply(200, ""); });
  Caller caller;
  auto call = order();
  call.key = "注文\r\nX-Evil: 1";
  CHECK(caller.call(server.url(), call).status == 200);
  CHECK(field(server.requests().at(0), "Wayleave-Key") == "%E6%B3%A8%E6%96%87%0D%0AX-Evil:%201");
  CHECK(field(server.requests().at(0), "X-Evil") == "(none)");
}

TEST_CASE("what is no success brings its beginning for the operator, on one line") {
  RawServer server([](const auto&) { return reply(500, "no\r\n\x01 luck \xff today" + std::string(1000, '!')); });
  Caller caller;
  const auto answered = caller.call(server.url());
  CHECK(answered.status == 500);
  CHECK(answered.detail.starts_with("no luck ? today!!!"));
  CHECK(answered.detail.size() <= 200);
}

TEST_CASE("a redirect is an answer, not an order") {
  RawServer other([](const auto&) { return reply(200, ""); });
  RawServer server([&](const auto&) { return reply(307, "", "Location: " + other.url() + "\r\n"); });
  Caller caller;
  CHECK(caller.call(server.url()).status == 307);
  CHECK(other.connections == 0);
}

TEST_CASE("Retry-After is read as seconds or as a date, within a day") {
  using namespace std::chrono_literals;
  const Time now = *parse_iso("2026-11-21T09:00:00Z");
  const auto read = [&](std::string_view value) { return parse_retry_after(value, now); };
  CHECK(read("120") == std::chrono::milliseconds(120s));
  CHECK(read("0") == std::chrono::milliseconds(0));
  CHECK(read("999999999999999999999999") == std::chrono::milliseconds(24h));
  CHECK(read("Sat, 21 Nov 2026 09:05:00 GMT") == std::chrono::milliseconds(5min));
  CHECK(read("Fri, 20 Nov 2026 09:05:00 GMT") == std::chrono::milliseconds(0));
  CHECK(read("Mon, 21 Nov 2033 09:05:00 GMT") == std::chrono::milliseconds(24h));
  for (const char* garbage : {"", "soon", "-5", "1.5", "Sat, 21 Nov 2026", "Sat, 99 Nov 2026 09:05:00 GMT", "Sat, 21 Foo 2026 09:05:00 GMT", "Sat, 21 Nov 2026 25:05:00 GMT"}) {
    CAPTURE(garbage);
    CHECK(read(garbage) == std::nullopt);
  }
  RawServer server([](const auto&) { return reply(503, "", "Retry-After: 17\r\n"); });
  Caller caller;
  CHECK(caller.call(server.url()).retry_after == std::chrono::milliseconds(17s));
}

TEST_CASE("how far a failed call got is told apart") {
  Caller caller;
  SECTION("nobody listens") {
    std::uint16_t port = 0;
    {
      tcp::acceptor gone(caller.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
      port = gone.local_endpoint().port();
    }
    const auto failed = caller.call("http://127.0.0.1:" + std::to_string(port) + "/");
    CHECK(failed.kind == Reply::Kind::no_connection);
    CHECK_FALSE(failed.sent);
  }
  SECTION("the reply is lost") {
    RawServer server([](const auto&) { return std::string(); });
    const auto failed = caller.call(server.url());
    CHECK(failed.kind == Reply::Kind::broken);
    CHECK(failed.sent);
    CHECK(server.requests().size() == 1);
  }
  SECTION("the reply is cut off") {
    RawServer server([first = true](const auto&) mutable {
      return std::exchange(first, false) ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf" : std::string();
    });
    auto call = order();
    call.timeout = std::chrono::milliseconds(300);
    const auto failed = caller.call(server.url(), call);
    CHECK(failed.kind != Reply::Kind::answered);
    CHECK(failed.sent);
  }
  SECTION("the reply is garbage") {
    RawServer server([](const auto&) { return std::string("220 mail.example ESMTP\r\n\r\n"); });
    const auto failed = caller.call(server.url());
    CHECK(failed.kind == Reply::Kind::broken);
    CHECK(failed.sent);
  }
  SECTION("no reply in time") {
    std::promise<void> done;
    RawServer server([wait = done.get_future().share()](const auto&) {
      wait.wait_for(std::chrono::seconds(10));
      return std::string();
    });
    auto call = order();
    call.timeout = std::chrono::milliseconds(200);
    const auto failed = caller.call(server.url(), call);
    CHECK(failed.kind == Reply::Kind::timeout);
    CHECK(failed.sent);
    done.set_value();
  }
}

TEST_CASE("an answer longer than a megabyte is cut off and counts by its status alone") {
  RawServer server([](const auto&) { return reply(200, std::string(3u << 20, 'x')); });
  Caller caller;
  const auto answered = caller.call(server.url());
  CHECK(answered.kind == Reply::Kind::answered);
  CHECK(answered.status == 200);
  CHECK(answered.body.empty());
  CHECK(answered.detail.find("1 MiB") != std::string::npos);
}

TEST_CASE("connections are kept alive, but not for what must not be repeated") {
  RawServer server([](const auto&) { return reply(200, ""); });
  Caller caller;
  const auto sender = caller.sender(options({{"url", server.url()}}));
  for (int i = 0; i < 3; ++i) CHECK(run(caller.io, *sender, order()).status == 200);
  CHECK(server.connections == 1);
  auto once = order();
  once.repeatable = false;
  CHECK(run(caller.io, *sender, once).status == 200);
  CHECK(server.connections == 2);
}

TEST_CASE("options that cannot work are found when the site is checked") {
  const auto code = [](const Options& given) { return codes("http", given); };
  CHECK(code(options({{"url", "https://erp.example/orders"}, {"method", "PUT"}, {"header-authorization", "Bearer x"}})).empty());
  const std::vector<std::string> wrong{"C149"};
  CHECK(code(options({{"url", "ftp://erp/"}})) == wrong);
  CHECK(code(options({{"url", "orders"}})) == wrong);
  CHECK(code(options({{"url", "http://me:secret@erp/"}})) == wrong);
  CHECK(code(options({{"url", "http://erp/"}, {"method", "GET"}})) == wrong);
  for (const char* taken : {"header-Host", "header-content-length", "header-idempotency-key", "header-wayleave-key", "header-a b", "header-Transfer-Encoding"}) {
    CAPTURE(taken);
    CHECK(code(options({{"url", "http://erp/"}, {taken, "x"}})) == wrong);
  }
  CHECK(code(options({{"url", "http://erp/"}, {"header-x", "a\r\nEvil: 1"}})) == wrong);
  CHECK(code(options({{"url", "http://erp/"}, {"header-", "x"}})) == std::vector<std::string>{"C148"});
  CHECK(code(options({{"url", "http://erp/"}, {"timeoutt", "x"}})) == std::vector<std::string>{"C148"});
}

TEST_CASE("steps to one origin share a breaker, whatever their paths") {
  Findings findings;
  const auto target = [&](const char* url) { return find("http")->make_sender(options({{"url", url}}), {}, {}, findings)->target(); };
  CHECK(target("http://erp.example/orders") == "http://erp.example:80");
  CHECK(target("http://erp.example:80/reroutes") == "http://erp.example:80");
  CHECK(target("https://erp.example/orders") == "https://erp.example:443");
  CHECK(target("http://[::1]:9000/") == "http://[::1]:9000");
}
