#include <catch2/catch.hpp>

#include "net/client.hpp"

using namespace wayleave;
using net::parse_url;

TEST_CASE("the parts of a URL are told", "[net]") {
  auto url = parse_url("https://hooks.example.com/in?key=a%20b");
  REQUIRE(url.has_value());
  CHECK(url->scheme == "https");
  CHECK(url->host == "hooks.example.com");
  CHECK(url->port == 443);
  CHECK(url->path_and_query == "/in?key=a%20b");
  CHECK_FALSE(url->has_userinfo);
  CHECK_FALSE(url->host_is_address);

  url = parse_url("HTTP://a:8080");
  REQUIRE(url.has_value());
  CHECK(url->scheme == "http");
  CHECK(url->port == 8080);
  CHECK(url->path_and_query == "/");

  url = parse_url("http://user:secret@a/#fragment");
  REQUIRE(url.has_value());
  CHECK(url->has_userinfo);
  CHECK(url->host == "a");
  CHECK(url->path_and_query == "/");

  CHECK(parse_url("http://[::1]:81/")->host == "::1");
  CHECK(parse_url("http://a/?")->path_and_query == "/?");
}

TEST_CASE("an address is recognised in any notation a resolver takes", "[net]") {
  for (const char* text :
       {"http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://0x7f000001/",
        "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1./", "http://%31%32%37.0.0.1/"}) {
    INFO(text);
    auto url = parse_url(text);
    REQUIRE(url.has_value());
    CHECK(url->host_is_address);
  }
  for (const char* text :
       {"http://a/", "http://127.0.0.1.example/", "http://1.2.3.4.5/", "http://1e100.net/", "http://face/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text)->host_is_address);
  }
}

TEST_CASE("what is no http URL is refused", "[net]") {
  for (const char* text :
       {"",
        "a",
        "/path",
        "//a/",
        "http:",
        "http://",
        "http:///path",
        "http://:80/",
        "ftp://a/",
        "file:///etc/passwd",
        "gopher://a/",
        "javascript:alert(1)",
        "http://a:0/",
        "http://a:65536/",
        "http://a:x/",
        "http://a:/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[127.0.0.1]/",
        "http:a/",
        "http://a b/",
        "http://a/ b",
        "http://\xc3\xa9.example/",
        "http://a/\xc3\xa9",
        "http://a%00b/",
        "http://a%2fb/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://a/\r\nX: 1",
        "http://a\n/",
        " http://a/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text).has_value());
  }
  CHECK(parse_url("http://a/" + std::string(2'000, 'x')).has_value());
  CHECK_FALSE(parse_url("http://a/" + std::string(2'048, 'x')).has_value());
}
