#include "mapping/dates.hpp"

#include <catch2/catch.hpp>

#include "mapping/measures.hpp"
#include "mapping/numbers.hpp"
#include "mapping/zones.hpp"

using namespace wayleave;
using namespace wayleave::mapping;

TEST_CASE("days and calendar agree over four centuries", "[mapping]") {
  std::int32_t day = *days_from_civil(1900, 1, 1);
  for (std::int32_t year = 1900; year < 2300; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (unsigned d = 1; d <= 31; ++d) {
        auto days = days_from_civil(year, month, d);
        if (!days) continue;
        REQUIRE(*days == day);
        auto civil = civil_from_days(day);
        REQUIRE((civil.year == year && civil.month == month && civil.day == d));
        ++day;
      }
    }
  }
  CHECK(*days_from_civil(1970, 1, 1) == 0);
  CHECK(weekday(0) == 3);
  CHECK(weekday(-4) == 6);
  CHECK_FALSE(days_from_civil(2025, 2, 29));
  CHECK_FALSE(days_from_civil(2025, 13, 1));
  CHECK_FALSE(days_from_civil(2025, 4, 31));
}

TEST_CASE("dates and times are read as XML Schema writes them, and written back the same", "[mapping]") {
  auto date = [](std::string_view text) {
    auto moment = Moment::parse_date(text);
    std::string out = "-";
    if (moment) out.clear(), moment->append_date(out);
    return out;
  };
  CHECK(date("2025-03-14") == "2025-03-14");
  CHECK(date("2025-03-14Z") == "2025-03-14Z");
  CHECK(date("2025-03-14-05:00") == "2025-03-14-05:00");
  CHECK(date("-0044-03-15") == "-0044-03-15");
  CHECK(date("12025-03-14") == "12025-03-14");
  for (const char* wrong : {"", "2025", "2025-3-14", "2025-02-30", "02025-01-01", "2025-03-14+15:00", "2025-03-14T", " 2025-03-14", "20250314"}) {
    INFO(wrong);
    CHECK(date(wrong) == "-");
  }
  auto datetime = [](std::string_view text) {
    auto moment = Moment::parse_datetime(text);
    std::string out = "-";
    if (moment) out.clear(), moment->append_datetime(out);
    return out;
  };
  CHECK(datetime("2025-03-14T09:10:00.250-05:00") == "2025-03-14T09:10:00.250-05:00");
  CHECK(datetime("2025-12-31T24:00:00Z") == "2026-01-01T00:00:00Z");
  CHECK(datetime("2025-03-14T24:00:01Z") == "-");
  CHECK(datetime("2025-03-14T09:10") == "-");
  CHECK(datetime("2025-03-14T09:10:60") == "-");
  CHECK(datetime("2025-03-14 09:10:00") == "-");
  auto time = Moment::parse_time("24:00:00");
  REQUIRE(time);
  std::string midnight;
  time->append_time(midnight);
  CHECK(midnight == "00:00:00");
}

TEST_CASE("a zone knows its changes before and after the end of its table", "[mapping]") {
  auto chicago = Zone::find("America/Chicago");
  REQUIRE(chicago);
  auto at = [&](const char* text) { return chicago->offset_at(Moment::parse_datetime(text)->instant()); };
  CHECK(at("2025-03-09T07:59:59Z") == -360);
  CHECK(at("2025-03-09T08:00:00Z") == -300);
  CHECK(at("2025-11-02T06:59:59Z") == -300);
  CHECK(at("2025-11-02T07:00:00Z") == -360);
  CHECK(at("2090-07-01T00:00:00Z") == -300);
  CHECK(at("2090-12-01T00:00:00Z") == -360);
  auto local = [&](const char* text) { return chicago->offset_of_local(Moment::parse_datetime(text)->instant()); };
  CHECK(local("2025-03-09T01:30:00") == -360);
  CHECK(local("2025-03-09T02:30:00") == -360);   // in the gap: as before it
  CHECK(local("2025-03-09T03:30:00") == -300);
  CHECK(local("2025-11-02T01:30:00") == -300);   // twice: the earlier
  auto sydney = Zone::find("Australia/Sydney");
  REQUIRE(sydney);
  CHECK(sydney->offset_at(Moment::parse_datetime("2070-01-01T00:00:00Z")->instant()) == 660);
  CHECK(sydney->offset_at(Moment::parse_datetime("2070-07-01T00:00:00Z")->instant()) == 600);
  CHECK_FALSE(Zone::find("Mars/Base"));
  CHECK_FALSE(Zone::find("../passwd"));
  CHECK_FALSE(Zone::find("/etc/passwd"));
  CHECK_FALSE(Zone::find(""));
  CHECK(Zone::find("-03:30"));
}

TEST_CASE("numbers are written without exponent and with the digits that they have", "[mapping]") {
  auto text = [](const Decimal& number) {
    std::array<char, number_text_size> buffer;
    return std::string(write_number(buffer, number));
  };
  CHECK(text(Decimal(0)) == "0");
  CHECK(text(Decimal(-5)) == "-5");
  CHECK(text(*Decimal::parse("0.05")) == "0.05");
  CHECK(text(*Decimal::parse("-0.050")) == "-0.050");
  CHECK(text(*Decimal::parse("123.45")) == "123.45");
  CHECK(text(*Decimal::parse("12345678901234567890.5")) == "12345678901234567890.5");
  CHECK(text(Decimal(__int128(7), 3)) == "0.007");
  CHECK(text(*Decimal::parse("9223372036854775807")) == "9223372036854775807");
}
