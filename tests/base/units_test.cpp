#include "base/units.hpp"

#include <catch2/catch.hpp>

using namespace wayleave;
using std::chrono::milliseconds;

TEST_CASE("durations are read with their unit", "[base]") {
  CHECK(parse_duration("200ms") == milliseconds{200});
  CHECK(parse_duration("5s") == milliseconds{5'000});
  CHECK(parse_duration("2m") == milliseconds{120'000});
  CHECK(parse_duration("1h") == milliseconds{3'600'000});
  CHECK(parse_duration("3d") == milliseconds{259'200'000});
  CHECK(parse_duration("0s") == milliseconds{0});
  for (const char* text :
       {"", "5", "s", "-5s", "+5s", "5 s", "1.5s", "5S", "5sec", "99999999999999999999s", "9223372036854775807d",
        "5s "}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a list of durations is separated by blanks", "[base]") {
  using List = std::vector<milliseconds>;
  CHECK(parse_durations("1s 5s  30s") == List{milliseconds{1'000}, milliseconds{5'000}, milliseconds{30'000}});
  CHECK(parse_durations(" 1s\n") == List{milliseconds{1'000}});
  CHECK_FALSE(parse_durations("").has_value());
  CHECK_FALSE(parse_durations("1s,5s").has_value());
}

TEST_CASE("sizes are plain bytes or have a binary unit", "[base]") {
  CHECK(parse_size("0") == 0u);
  CHECK(parse_size("512") == 512u);
  CHECK(parse_size("64KiB") == 65'536u);
  CHECK(parse_size("50MiB") == 52'428'800u);
  CHECK(parse_size("4GiB") == 4'294'967'296u);
  for (const char* text : {"", "KiB", "64KB", "64kib", "-1", "64 KiB", "99999999999GiB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("rates are told per second", "[base]") {
  CHECK(parse_rate("200/s") == 200.0);
  CHECK(parse_rate("90/m") == 1.5);
  CHECK(parse_rate("3600/h") == 1.0);
  for (const char* text : {"", "200", "/s", "200/d", "x/s", "2.5/s", "-1/s", "200/s/s"}) {
    INFO(text);
    CHECK_FALSE(parse_rate(text).has_value());
  }
}

TEST_CASE("sizes and durations are written so that they are read back", "[base]") {
  CHECK(format_size(52'428'800) == "50MiB");
  CHECK(format_size(1'000) == "1000");
  CHECK(format_size(0) == "0");
  CHECK(format_duration(milliseconds{90'000}) == "90s");
  CHECK(format_duration(milliseconds{259'200'000}) == "3d");
  CHECK(format_duration(milliseconds{1'500}) == "1500ms");
  CHECK(format_duration(milliseconds{0}) == "0s");
}
