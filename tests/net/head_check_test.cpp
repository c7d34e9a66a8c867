#include "net/head_check.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <catch2/catch.hpp>

using namespace wayleave::net;

namespace {

/// The status a head is refused with; 0 when it is taken.
int verdict(const std::string& bytes, CheckedHead* checked = nullptr) {
  HeadScan scan;
  // Byte by byte, as it may arrive.
  for (std::size_t seen = 0; seen < bytes.size() && scan.size == 0 && !scan.fault; ++seen) {
    scan = scan_head(std::string_view(bytes).substr(0, seen + 1), seen);
  }
  auto at_once = scan_head(bytes, 0);
  REQUIRE(at_once.size == scan.size);
  REQUIRE(at_once.fault.has_value() == scan.fault.has_value());
  if (scan.fault) return scan.fault->status;
  if (scan.size == 0) return -1;  // needs more
  CheckedHead mine;
  auto fault = check_head(std::string_view(bytes).substr(0, scan.size), checked != nullptr ? *checked : mine);
  return fault ? fault->status : 0;
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields) {
  return "POST /v1/documents HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a plain request is read whole", "[net]") {
  CheckedHead checked;
  CHECK(
      verdict(
          "POST /v1/documents/caf%C3%A9?test=1&q=a+b%26c&&flag HTTP/1.1\r\nHost: gateway.example:8080\r\n"
          "Content-Length: 12\r\nX-Empty:\r\nX-Padded: \t value \t\r\nConnection: keep-alive, Close\r\n"
          "Expect: 100-Continue\r\n\r\n",
          &checked
      ) == 0
  );
  const RequestHead& head = checked.head;
  CHECK(head.method == "POST");
  CHECK(head.target == "/v1/documents/caf%C3%A9?test=1&q=a+b%26c&&flag");
  CHECK(head.path == "/v1/documents/café");
  CHECK(head.query == std::vector<std::pair<std::string, std::string>>{{"test", "1"}, {"q", "a b&c"}, {"flag", ""}});
  CHECK(*head.parameter("q") == "a b&c");
  CHECK(head.parameter("missing") == nullptr);
  CHECK(head.headers.all().size() == 6);
  CHECK(head.headers.get("x-padded") == "value");
  CHECK(head.headers.has("X-Empty"));
  CHECK(head.content_length == 12);
  CHECK(head.has_body);
  CHECK_FALSE(head.chunked);
  CHECK(checked.close);
  CHECK(checked.expects_continue);
}

TEST_CASE("a chunked request and one without a body are told apart", "[net]") {
  CheckedHead chunked, none, zero;
  CHECK(verdict(post("Transfer-Encoding: Chunked\r\n"), &chunked) == 0);
  CHECK(chunked.head.chunked);
  CHECK(chunked.head.has_body);
  CHECK(verdict(get(""), &none) == 0);
  CHECK_FALSE(none.head.has_body);
  CHECK_FALSE(none.close);
  CHECK(verdict(post("Content-Length: 0\r\n"), &zero) == 0);
  CHECK_FALSE(zero.head.has_body);
}

TEST_CASE("a head whose body could end in two places is refused", "[net]") {
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\ncontent-length: 6\r\n",
        "Content-Length: 5,5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: \r\n",
        "Content-Length: 5;\r\n",
        "Content-Length: 1e3\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked,\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        "Transfer-Encoding: chun\r\n ked\r\n",
        "X: 1\r\n Transfer-Encoding: chunked\r\n",
        "Transfer_Encoding: chunked\r\n",
        "Content_Length: 5\r\n",
        "Transfer-Encoding: \x0b"
        "chunked\r\n",
        "Transfer-Encoding: chunked\x7f\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        ": chunked\r\n",
        "no colon\r\n",
        "X-\xc3\xa9: 1\r\n",
        "X(1): 1\r\n",
        "X: a\rb\r\n"}) {
    INFO(fields);
    CHECK(verdict(post(fields)) == 400);
  }
  CHECK(verdict(post(std::string("X: a\0b\r\n", 8))) == 400);
  CHECK(verdict(post("Content-Length: 9999999999999999999\r\n")) == 413);
  CHECK(verdict(post("Content-Length: 18446744073709551621\r\n")) == 413);
}

TEST_CASE("lines end in CR LF and nothing else", "[net]") {
  CHECK(verdict("GET / HTTP/1.1\nHost: a\n\n") == 400);
  CHECK(verdict("GET / HTTP/1.1\r\nHost: a\n\r\n") == 400);
  CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400);
  CHECK(verdict("GET / HTTP/1.1\rHost: a\r\n\r\n") == 400);
  CHECK(verdict("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(verdict("\n") == 400);
  CHECK(verdict(" GET / HTTP/1.1\r\n") == 400);
}

TEST_CASE("what is not HTTP is told at its first byte", "[net]") {
  CHECK(scan_head("\x16\x03\x01", 0).fault->status == 400);  // a TLS greeting
  CHECK(scan_head(std::string_view("\0", 1), 0).fault->status == 400);
  CHECK(scan_head("{", 0).fault->status == 400);
  CHECK(scan_head("<order/>", 0).fault->status == 400);
}

TEST_CASE("exactly one host is named", "[net]") {
  CHECK(verdict("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  CHECK(verdict("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n") == 400);
  for (const char* host : {"", "a b", "a/b", "user@a", "a?b", "a#b", "a\\b", "\"a\"", "a,b", "\xc3\xa9.example"}) {
    INFO(host);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 400);
  }
  for (const char* host : {"a", "a.example:8080", "127.0.0.1", "[::1]:8080", "xn--caf-dma.example"}) {
    INFO(host);
    CHECK(verdict("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 0);
  }
}

TEST_CASE("only HTTP/1.1 with a path and a known method is taken", "[net]") {
  auto line = [](const char* text) { return verdict(text + std::string("\r\nHost: a\r\n\r\n")); };
  CHECK(line("GET / HTTP/1.0") == 505);
  CHECK(line("GET / HTTP/2.0") == 505);
  CHECK(line("PRI * HTTP/2.0") == 505);
  CHECK(line("GET / HTTP/1.2") == 505);
  CHECK(line("GET / http/1.1") == 400);
  CHECK(line("GET / HTTP/11") == 400);
  CHECK(line("GET /") == 400);
  CHECK(line("GET") == 400);
  CHECK(line("GET  / HTTP/1.1") == 400);
  CHECK(line("GET / HTTP/1.1 ") == 400);
  CHECK(line("GET /a b HTTP/1.1") == 400);
  CHECK(line("GET\t/ HTTP/1.1") == 400);
  CHECK(line("GET http://a/ HTTP/1.1") == 400);
  CHECK(line("GET * HTTP/1.1") == 400);
  CHECK(line("GET a HTTP/1.1") == 400);
  CHECK(line("GET /\xc3\xa9 HTTP/1.1") == 400);
  CHECK(line("GET /a#b HTTP/1.1") == 400);
  CHECK(line("GET /% HTTP/1.1") == 400);
  CHECK(line("GET /%00 HTTP/1.1") == 400);
  CHECK(line("GET /%0d%0a HTTP/1.1") == 400);
  CHECK(line("GET /%ff HTTP/1.1") == 400);
  CHECK(line("GET /?a=%zz HTTP/1.1") == 400);
  CHECK(line("GET /?a=%00 HTTP/1.1") == 400);
  CHECK(line("GET /?%ff HTTP/1.1") == 400);
  CHECK(line("OPTIONS / HTTP/1.1") == 405);
  CHECK(line("OPTIONS * HTTP/1.1") == 405);
  CHECK(line("TRACE / HTTP/1.1") == 405);
  CHECK(line("CONNECT a:443 HTTP/1.1") == 405);
  CHECK(line("BREW / HTTP/1.1") == 501);
  CHECK(line("get / HTTP/1.1") == 501);
  CHECK(line("G(T / HTTP/1.1") == 400);
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    INFO(method);
    CHECK(line((std::string(method) + " / HTTP/1.1").c_str()) == 0);
  }
}

TEST_CASE("fields that decide who asks for what appear once and under their own name", "[net]") {
  for (const char* name :
       {"Authorization", "Idempotency-Key", "Content-Type", "Content-Encoding", "Expect", "Origin"}) {
    INFO(name);
    std::string value = name == std::string("Expect") ? "100-continue" : "x";
    std::string field = std::string(name) + ": " + value + "\r\n";
    CHECK(verdict(get(field)) == 0);
    CHECK(verdict(get(field + field)) == 400);
    std::string under = field;
    for (char& c : under) {
      if (c == '-' && &c < &under[std::string(name).size()]) c = '_';
    }
    if (under != field) CHECK(verdict(get(under)) == 400);
  }
  CHECK(verdict(get("X_Forwarded_For: 1.2.3.4\r\n")) == 400);
  CHECK(verdict(get("X_Own: 1\r\nAccept: a\r\nAccept: b\r\n")) == 0);
  CHECK(verdict(get("Expect: 200-ok\r\n")) == 417);
  CHECK(verdict(get("Expect: 100-continue, other\r\n")) == 417);
}

TEST_CASE("size and number of what a head holds are bounded", "[net]") {
  auto padded = [](std::size_t size) {
    std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  CHECK(verdict(padded(max_head)) == 0);
  CHECK(verdict(padded(max_head + 1)) == 431);
  CHECK(verdict(padded(66'000)) == 431);
  auto targeted = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK(verdict(targeted(max_target)) == 0);
  CHECK(verdict(targeted(max_target + 1)) == 414);
  CHECK(verdict(targeted(20'000)) == 414);
  auto fields = [](int count) {
    std::string all;
    for (int i = 1; i < count; ++i) all += "X" + std::to_string(i) + ": 1\r\n";
    return get(all);
  };
  CHECK(verdict(fields(100)) == 0);
  CHECK(verdict(fields(101)) == 431);
}

TEST_CASE("a head that has not ended needs more", "[net]") {
  const std::string whole = get("Accept: */*\r\n");
  for (std::size_t size = 1; size < whole.size(); ++size) CHECK(verdict(whole.substr(0, size)) == -1);
  CHECK(scan_head("", 0).size == 0);
  CHECK(scan_head(whole + "POST", 0).size == whole.size());
}

TEST_CASE("what is taken here Beast reads the same way", "[net]") {
  for (const std::string& bytes :
       {get(""), get("Connection: close\r\n"), get("Accept: a\r\nAccept: b\r\nX-Empty:\r\n"),
        post("Content-Length: 5\r\n"), post("Content-Length: 0\r\n"), post("Transfer-Encoding: chunked\r\n"),
        post("Content-Length: 000000000000000012\r\n"),
        post("X: \xe2\x82\xac\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"),
        std::string("DELETE /a?b=c%20d&e HTTP/1.1\r\nhOsT:\t[::1]:80 \r\n\r\n")}) {
    INFO(bytes);
    CheckedHead checked;
    REQUIRE(verdict(bytes, &checked) == 0);
    boost::beast::http::request_parser<boost::beast::http::empty_body> beast;
    boost::system::error_code error;
    beast.put(boost::asio::buffer(bytes), error);
    REQUIRE_FALSE(error.failed());
    REQUIRE(beast.is_header_done());
    CHECK(beast.get().method_string() == checked.head.method);
    CHECK(beast.get().target() == checked.head.target);
    CHECK(beast.keep_alive() == !checked.close);
    CHECK(beast.chunked() == checked.head.chunked);
    CHECK(beast.content_length().value_or(0) == checked.head.content_length);
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& field : beast.get()) fields.emplace_back(field.name_string(), field.value());
    CHECK(fields == checked.head.headers.all());
  }
}
