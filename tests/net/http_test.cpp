#include "net/http.hpp"

#include <catch2/catch.hpp>

#include "net/answer.hpp"

using namespace wayleave::net;

TEST_CASE("header names compare without case and the first of several is given", "[net]") {
  Headers headers;
  headers.add("Content-Type", "text/xml");
  headers.add("Prefer", "wait=10");
  headers.add("PREFER", "other");
  CHECK(headers.get("content-TYPE") == "text/xml");
  CHECK(headers.get("prefer") == "wait=10");
  CHECK(headers.get("missing").empty());
  CHECK(headers.has("PrEfEr"));
  CHECK_FALSE(headers.has("Pref"));
  headers.set("prefer", "one");
  CHECK(headers.get("Prefer") == "one");
  CHECK(headers.all().size() == 2);
}

TEST_CASE("segments are decoded after the path is split", "[net]") {
  RequestHead head;
  head.target = "/v1/orders/PO%2F47%2011?x=1/2";
  CHECK(head.segments() == std::vector<std::string>{"v1", "orders", "PO/47 11"});
  head.target = "/";
  CHECK(head.segments() == std::vector<std::string>{""});
  head.target = "/a//b/";
  CHECK(head.segments() == std::vector<std::string>{"a", "", "b", ""});
}

TEST_CASE("percent decoding wants two hex digits", "[net]") {
  CHECK(percent_decode("a%20b+c") == "a b+c");
  CHECK(percent_decode("a%20b+c", true) == "a b c");
  CHECK(percent_decode("%e2%82%AC") == "€");
  CHECK_FALSE(percent_decode("%").has_value());
  CHECK_FALSE(percent_decode("%4").has_value());
  CHECK_FALSE(percent_decode("%4g").has_value());
  CHECK_FALSE(percent_decode("a%").has_value());
}

TEST_CASE("no value can add a header field to an answer", "[net]") {
  Response response;
  response.status = 201;
  response.headers.add("Location", "/a\r\nSet-Cookie: x=1");
  std::string out;
  append_head(out, response, 5, true);
  CHECK(
      out == "HTTP/1.1 201 Created\r\nLocation: /a  Set-Cookie: x=1\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
  );
}

TEST_CASE("a problem is told in XML", "[net]") {
  auto response = problem_answer(400, "a < b & c");
  CHECK(response.content_type == "application/problem+xml");
  CHECK(response.body.find("<status>400</status><detail>a &lt; b &amp; c</detail>") != std::string::npos);
  CHECK(reason(422) == "Unprocessable Content");
  CHECK(reason(299) == "Unknown");
}
