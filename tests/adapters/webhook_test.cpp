#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include "adapters/retry_after.hpp"
#include "adapters/webhook/poster.hpp"
#include "net/server.hpp"
#include "tests/net/scripted_server.hpp"

using namespace wayleave;
using namespace wayleave::webhook;
using net::test::RawSocket;
using net::test::ScriptedServer;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

Policy listening() {
  Policy policy;
  policy.own = {{"127.0.0.1", 8080}, {"0.0.0.0", 8443}};
  policy.allow = {"127.0.0.1:9000", "hooks.lan:8080", "127.0.0.1:8080", "[::1]:9000"};
  return policy;
}

feed::Post post_to(const std::string& url, std::chrono::milliseconds timeout = 5s) {
  feed::Post post;
  post.url = url;
  post.headers = {{"Content-Type", "application/xml; charset=utf-8"}, {"webhook-id", "msg_1"}};
  post.body = std::make_shared<const std::string>("<a>\xC3\xA9</a>");
  post.timeout = timeout;
  return post;
}

asio::awaitable<feed::Posted> send_with(feed::Poster poster, feed::Post post) { co_return co_await poster(std::move(post)); }

struct Sender {
  explicit Sender(Policy p = {}, PosterOptions options = {})
      : policy(std::move(p)), poster(make_poster(threads.executor(0), [this] { return policy; }, std::move(options))) {}
  feed::Posted send(feed::Post post) { return asio::co_spawn(threads.next(), send_with(poster, std::move(post)), asio::use_future).get(); }

  net::IoThreads threads{2};
  Policy policy;
  feed::Poster poster;
};

Policy allowing(const ScriptedServer& server) {
  Policy policy;
  policy.allow = {"127.0.0.1:" + std::to_string(server.port())};
  return policy;
}

ScriptedServer::Script replies(const std::string& bytes) {
  return [bytes](RawSocket& socket, int) {
    socket.receive_until("</a>");
    socket.send(bytes);
  };
}

}  // namespace

TEST_CASE("an endpoint is public, https, on 443 and named", "[adapters]") {
  const auto policy = listening();
  for (const auto* url : {
         "https://hooks.acme.example/", "https://hooks.acme.example", "https://hooks.acme.example:443/in?x=1", "https://xn--bcher-kva.example/in",
         "https://HOOKS.acme.example./in",
       }) {
    INFO(url);
    CHECK(check_endpoint(url, policy).empty());
  }
  for (const auto* url : {
         "", "hooks.acme.example", "/in", "//hooks.acme.example/", "ftp://hooks.acme.example/", "file:///etc/passwd", "https:///in", "javascript:alert(1)",
         "http://hooks.acme.example/", "https://hooks.acme.example:8443/", "https://hooks.acme.example:22/", "https://hooks.acme.example:25/",
         "https://hooks.acme.example:0/", "https://hooks.acme.example:99999/", "https://user@hooks.acme.example/", "https://user:pw@hooks.acme.example/",
         "https://127.0.0.1@hooks.acme.example/", "https://hooks.acme.example@127.0.0.1/", "https://b\xC3\xBC" "cher.example/", "https://a b.example/",
         "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0/", "https://10.0.0.1/",
         "https://93.184.216.34/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[2606:2800:220:1::1]/", "https://localhost/",
         "https://intranet/", "https://db.internal/", "https://printer.local/", "https://a.localhost/", "https://0x7f.1/", "https://127.0.0.1./",
       }) {
    INFO(url);
    CHECK_FALSE(check_endpoint(url, policy).empty());
  }
  CHECK(check_endpoint("https://a.example/" + std::string(2'030, 'x'), policy).empty());
  CHECK(check_endpoint("https://a.example/" + std::string(2'031, 'x'), policy).find("2,048") != std::string::npos);
}

TEST_CASE("the reason is one that a customer understands", "[adapters]") {
  CHECK(check_endpoint("http://hooks.acme.example/", {}) == "it must begin with https://");
  CHECK(check_endpoint("https://10.0.0.1/", {}) == "it must name a host, not an IP address");
  CHECK(check_endpoint("https://hooks.acme.example:8443/", {}) == "it must use port 443 (leave the port out)");
  CHECK(check_endpoint("https://user@hooks.acme.example/", {}) == "it must not contain a user name or password; verify webhook-signature instead");
}

TEST_CASE("allowed pairs of host and port are exempt, our own listeners never", "[adapters]") {
  const auto policy = listening();
  CHECK(check_endpoint("http://127.0.0.1:9000/in", policy).empty());
  CHECK(check_endpoint("http://hooks.lan:8080/in", policy).empty());
  CHECK(check_endpoint("http://[::1]:9000/in", policy).empty());
  CHECK_FALSE(check_endpoint("http://127.0.0.1:9001/in", policy).empty());
  CHECK_FALSE(check_endpoint("http://127.0.0.2:9000/in", policy).empty());
  for (const auto* url : {"http://127.0.0.1:8080/", "http://0.0.0.0:8080/", "http://[::ffff:127.0.0.1]:8080/", "https://localhost:8080/", "https://127.0.0.1:8443/", "https://127.8.9.1:8443/"}) {
    INFO(url);
    CHECK(check_endpoint(url, policy) == "it is one of the gateway's own addresses");
  }
}

TEST_CASE("every address that a name leads to is checked again", "[adapters]") {
  const auto policy = listening();
  CHECK(check_address("hooks.acme.example", "93.184.216.34", 443, policy).empty());
  CHECK(check_address("hooks.acme.example", "2606:2800:220:1:248:1893:25c8:1946", 443, policy).empty());
  for (const auto* address : {
         "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1",
         "255.255.255.255", "::1", "::", "fc00::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "100::1", "nonsense",
       }) {
    INFO(address);
    CHECK_FALSE(check_address("hooks.acme.example", address, 443, policy).empty());
  }
  CHECK(check_address("127.0.0.1", "127.0.0.1", 9000, policy).empty());
  CHECK(check_address("hooks.lan", "192.168.1.7", 8080, policy).empty());
  // A name of ours that was allowed by mistake still leads to us.
  CHECK_FALSE(check_address("hooks.lan", "127.0.0.1", 8080, policy).empty());
  CHECK_FALSE(check_address("127.0.0.1", "127.0.0.1", 8080, policy).empty());
  CHECK_FALSE(check_address("hooks.lan", "127.0.0.1", 8443, policy).empty());
}

TEST_CASE("a post arrives with its headers and bytes, the answer comes back", "[adapters]") {
  std::string request;
  ScriptedServer server([&](RawSocket& socket, int) {
    request = socket.receive_until("</a>");
    socket.send("HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nfine\n");
  });
  Sender sender(allowing(server));
  const auto posted = sender.send(post_to(server.url("/in?a=1")));
  CHECK(posted.status == 202);
  CHECK(posted.detail == "fine\n");
  CHECK_FALSE(posted.address_refused);
  CHECK(request.rfind("POST /in?a=1 HTTP/1.1\r\n", 0) == 0);
  CHECK(request.find("webhook-id: msg_1\r\n") != std::string::npos);
  CHECK(request.find("\r\n\r\n<a>\xC3\xA9</a>") != std::string::npos);
}

TEST_CASE("a name that leads to a forbidden address is never connected to, not even beside a public one", "[adapters]") {
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  std::atomic<int> looked_up{0};
  std::vector<std::string> addresses;
  PosterOptions options;
  options.lookup = [&](const std::string&) {
    ++looked_up;
    return addresses;
  };
  Sender sender({}, options);
  for (const auto& set : {std::vector<std::string>{"127.0.0.1"}, {"93.184.216.34", "127.0.0.1"}, {"::ffff:127.0.0.1"}, {"169.254.169.254"}}) {
    addresses = set;
    const auto before = looked_up.load();
    const auto posted = sender.send(post_to("https://rebind.example/"));
    CHECK(posted.status == 0);
    CHECK(posted.address_refused);
    CHECK_FALSE(posted.detail.empty());
    CHECK(looked_up == before + 1);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("what may not be saved is not posted to either, and our own listeners stay out of reach when allowed", "[adapters]") {
  ScriptedServer server(replies("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  auto policy = allowing(server);
  policy.own = {{"127.0.0.1", server.port()}};
  Sender sender(policy);
  for (const auto& url : {server.url(), std::string("http://hooks.acme.example/"), std::string("https://10.0.0.1/"), std::string("not a url")}) {
    const auto posted = sender.send(post_to(url));
    CHECK(posted.address_refused);
    CHECK(posted.detail.rfind("the endpoint is not allowed: ", 0) == 0);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("redirects are not followed", "[adapters]") {
  ScriptedServer other(replies("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  for (const auto* status : {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"}) {
    ScriptedServer server(replies("HTTP/1.1 " + std::string(status) + "\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n"));
    Sender sender(allowing(server));
    sender.policy.allow.push_back("127.0.0.1:" + std::to_string(other.port()));
    CHECK(sender.send(post_to(server.url())).status / 100 == 3);
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("an endless answer is cut and a hanging one given up", "[adapters]") {
  ScriptedServer big([](RawSocket& socket, int) {
    socket.receive_until("</a>");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    const std::string piece(64u << 10, 'x');
    for (int i = 0; i < 64; ++i) socket.send(piece);
  });
  Sender to_big(allowing(big));
  const auto cut = to_big.send(post_to(big.url()));
  CHECK(cut.status == 200);
  CHECK(cut.detail.size() == 1'024);

  ScriptedServer hanging([](RawSocket& socket, int) { socket.receive_all(10s); });
  Sender to_hanging(allowing(hanging));
  const auto given_up = to_hanging.send(post_to(hanging.url(), 200ms));
  CHECK(given_up.status == 0);
  CHECK_FALSE(given_up.address_refused);
}

TEST_CASE("a kept connection that the endpoint closes meanwhile costs no attempt", "[adapters]") {
  ScriptedServer server([](RawSocket& socket, int) {
    socket.receive_until("</a>");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");   // and closes, without having said so
  });
  Sender sender(allowing(server));
  for (int i = 0; i < 10; ++i) CHECK(sender.send(post_to(server.url())).status == 200);
}

TEST_CASE("Retry-After is told", "[adapters]") {
  ScriptedServer server(replies("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"));
  Sender sender(allowing(server));
  const auto posted = sender.send(post_to(server.url()));
  CHECK(posted.status == 503);
  CHECK(posted.retry_after == std::optional<std::chrono::milliseconds>(120s));
}

TEST_CASE("Retry-After takes seconds and three forms of date, a day at most", "[adapters]") {
  using adapter::parse_retry_after;
  const auto now = *parse_iso("1994-11-06T08:00:00Z");
  using Delay = std::optional<std::chrono::milliseconds>;
  CHECK(parse_retry_after("0", now) == Delay(0ms));
  CHECK(parse_retry_after(" 120 ", now) == Delay(120s));
  CHECK(parse_retry_after("99999999999999999999", now) == Delay(24h));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == Delay(49min + 37s));
  CHECK(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now) == Delay(49min + 37s));
  CHECK(parse_retry_after("Sun Nov  6 08:49:37 1994", now) == Delay(49min + 37s));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 07:00:00 GMT", now) == Delay(0ms));
  CHECK(parse_retry_after("Sun, 06 Nov 2094 07:00:00 GMT", now) == Delay(24h));
  CHECK(parse_retry_after("Wednesday, 06-Nov-13 07:00:00 GMT", now) == Delay(24h));
  for (const auto* wrong : {"", "soon", "-5", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov", "06 Nov 1994 08:49:37 GMT", "a b c d e f g"}) {
    INFO(wrong);
    CHECK_FALSE(parse_retry_after(wrong, now));
  }
}
