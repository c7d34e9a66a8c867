#include "base/clock.hpp"

#include <catch2/catch.hpp>

using namespace wayleave;

namespace {
std::string again(std::string_view text) {
  auto time = parse_iso(text);
  return time ? to_iso(*time) : "none";
}
}  // namespace

TEST_CASE("a time is written in UTC with milliseconds", "[base]") {
  CHECK(to_iso(Time{}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_iso(Time{std::chrono::milliseconds{1'795'252'324'118}}) == "2026-11-21T09:12:04.118Z");
  CHECK(to_iso(Time{std::chrono::milliseconds{-1}}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time with an offset is the same instant in UTC", "[base]") {
  CHECK(again("2026-11-21T09:12:04.118Z") == "2026-11-21T09:12:04.118Z");
  CHECK(again("2026-11-21T01:12:04-08:00") == "2026-11-21T09:12:04.000Z");
  CHECK(again("2026-01-01T00:30:00+05:45") == "2025-12-31T18:45:00.000Z");
  CHECK(again("2026-11-21T09:12:04.5Z") == "2026-11-21T09:12:04.500Z");
  CHECK(again("2026-11-21T09:12:04.1189999999Z") == "2026-11-21T09:12:04.118Z");
  CHECK(again("2024-02-29t00:00:00z") == "2024-02-29T00:00:00.000Z");
}

TEST_CASE("what is no RFC 3339 time is refused", "[base]") {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T09:12Z", "2026-11-21T09:12:04", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:04Z",
        "2026-11-21T09:12:60Z", "2026-11-21T09:12:04.Z", "2026-11-21T09:12:04+24:00", "2026-11-21T09:12:04+0800",
        "2026-11-21T09:12:04Z ", "2026-11-21 09:12:04Z", "+026-11-21T09:12:04Z", "2026-11-21T09:12:04,1Z"}) {
    INFO(text);
    CHECK_FALSE(parse_iso(text).has_value());
  }
}

TEST_CASE("the system clock tells a time of this century", "[base]") {
  CHECK(Clock::system().now() > *parse_iso("2025-01-01T00:00:00Z"));
}
