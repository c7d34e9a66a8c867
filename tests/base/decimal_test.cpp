#include "base/decimal.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using namespace wayleave;
using Rounding = Decimal::Rounding;

namespace {

Decimal dec(std::string_view text) {
  auto value = Decimal::parse(text);
  if (!value) throw std::invalid_argument(std::string(text));
  return *value;
}

std::string shown(const std::optional<Decimal>& value) {
  return value ? value->to_string() : "none";
}
std::string parsed(std::string_view text) {
  return shown(Decimal::parse(text));
}

const std::string nines(38, '9');

}  // namespace

TEST_CASE("a decimal keeps its value and its scale as written", "[base]") {
  CHECK(parsed("227.65") == "227.65");
  CHECK(parsed("1.50") == "1.50");
  CHECK(dec("1.50").to_string(false) == "1.5");
  CHECK(dec("100.00").to_string(false) == "100");
  CHECK(dec("100").to_string(false) == "100");
  CHECK(parsed("-0.05") == "-0.05");
  CHECK(parsed("+.5") == "0.5");
  CHECK(parsed("5.") == "5");
  CHECK(parsed("007") == "7");
  CHECK(parsed("0") == "0");
  CHECK(parsed("-0") == "0");
  CHECK(parsed("0.000") == "0.000");
  CHECK(dec("0.000").to_string(false) == "0");
}

TEST_CASE("what is no xs:decimal is refused", "[base]") {
  for (const char* text :
       {"", "+", "-", ".", "-.", "1e5", "1,5", " 1", "1 ", "1..2", "1.2.3", "--1", "0x10", "NaN", "INF", "1_0",
        "\xD9\xA1"}) {
    INFO(text);
    CHECK(parsed(text) == "none");
  }
}

TEST_CASE("38 digits are held exactly and 39 are refused", "[base]") {
  CHECK(parsed(nines) == nines);
  CHECK(parsed("-" + nines) == "-" + nines);
  CHECK(parsed("9" + nines) == "none");
  CHECK(parsed("0." + nines) == "0." + nines);
  CHECK(parsed("0.9" + nines) == "none");
  CHECK(parsed("0." + std::string(38, '0') + "1") == "none");
  CHECK(parsed(std::string(1000, '0') + nines) == nines);
  CHECK(parsed("1." + std::string(1000, '0')) == "1." + std::string(37, '0'));
  CHECK(parsed("12345678901234567890.123456789012345678") == "12345678901234567890.123456789012345678");
}

TEST_CASE("a million digits are refused at once", "[base]") {
  auto start = std::chrono::steady_clock::now();
  CHECK(parsed(std::string(1'000'000, '7')) == "none");
  CHECK(parsed("0." + std::string(1'000'000, '7')) == "none");
  CHECK(parsed("-" + std::string(500'000, '0') + "." + std::string(500'000, '0')) == "0." + std::string(38, '0'));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds{500});
}

TEST_CASE("sums and differences are exact", "[base]") {
  CHECK(shown(Decimal::add(dec("0.1"), dec("0.2"))) == "0.3");
  CHECK(shown(Decimal::add(dec("227.65"), dec("-227.65"))) == "0.00");
  CHECK(shown(Decimal::add(dec("1"), dec("-1.5"))) == "-0.5");
  CHECK(shown(Decimal::subtract(dec("1.00"), dec("0.999"))) == "0.001");
  CHECK(shown(Decimal::subtract(dec("-1"), dec("-3"))) == "2");
  CHECK(shown(Decimal::add(dec("99999999999999999999999999999999999998"), dec("1"))) == nines);
}

TEST_CASE("a sum that does not fit is absent, one that fits without its zeros is kept", "[base]") {
  CHECK(shown(Decimal::add(dec(nines), dec("1"))) == "none");
  CHECK(shown(Decimal::add(dec(nines), dec(nines))) == "none");
  CHECK(shown(Decimal::subtract(dec("-" + nines), dec("1"))) == "none");
  CHECK(shown(Decimal::add(dec(nines), dec("0.1"))) == "none");
  CHECK(shown(Decimal::add(dec(nines), dec("0.000"))) == nines);
  CHECK(
      shown(Decimal::add(dec("9.9999999999999999999999999999999999999"), dec("0.0000000000000000000000000000000000001"))
      ) == "10." + std::string(36, '0')
  );
}

TEST_CASE("products are exact or absent", "[base]") {
  CHECK(shown(Decimal::multiply(dec("19.99"), dec("3"))) == "59.97");
  CHECK(shown(Decimal::multiply(dec("-0.05"), dec("0.2"))) == "-0.010");
  CHECK(shown(Decimal::multiply(dec("0"), dec("-5"))) == "0");
  CHECK(
      shown(Decimal::multiply(dec("9999999999999999999"), dec("9999999999999999999"))) ==
      "99999999999999999980000000000000000001"
  );
  CHECK(shown(Decimal::multiply(dec(nines), dec(nines))) == "none");
  CHECK(shown(Decimal::multiply(dec("0.0000000000000000001"), dec("0.00000000000000000001"))) == "none");
  CHECK(shown(Decimal::multiply(dec(nines), dec("1.000"))) == nines);
}

TEST_CASE("a quotient is rounded half away from zero at the scale asked for", "[base]") {
  CHECK(shown(Decimal::divide(dec("1"), dec("3"), 4)) == "0.3333");
  CHECK(shown(Decimal::divide(dec("2"), dec("3"), 4)) == "0.6667");
  CHECK(shown(Decimal::divide(dec("-1"), dec("8"), 2)) == "-0.13");
  CHECK(shown(Decimal::divide(dec("1"), dec("8"), 2)) == "0.13");
  CHECK(shown(Decimal::divide(dec("10"), dec("4"), 0)) == "3");
  CHECK(shown(Decimal::divide(dec("1"), dec("3"), 38)) == "0." + std::string(38, '3'));
  CHECK(shown(Decimal::divide(dec("0.00000000000000000000000000000000000001"), dec("2"), 2)) == "0.00");
  CHECK(shown(Decimal::divide(dec("5"), dec("0"), 2)) == "none");
  CHECK(shown(Decimal::divide(dec("1"), dec("3"), 39)) == "none");
  CHECK(shown(Decimal::divide(dec(nines), dec("0." + nines), 0)) == "none");
  CHECK(shown(Decimal::divide(dec("5"), dec("0.10000000000000000000000000000000000000"), 2)) == "50.00");
}

TEST_CASE("a remainder has the sign of the dividend", "[base]") {
  CHECK(shown(Decimal::remainder(dec("5"), dec("3"))) == "2");
  CHECK(shown(Decimal::remainder(dec("-5"), dec("3"))) == "-2");
  CHECK(shown(Decimal::remainder(dec("5"), dec("-3"))) == "2");
  CHECK(shown(Decimal::remainder(dec("5.5"), dec("0.4"))) == "0.3");
  CHECK(shown(Decimal::remainder(dec(nines), dec("0.7"))) == "0.3");
  CHECK(shown(Decimal::remainder(dec("1"), dec("0.0"))) == "none");
}

TEST_CASE("every rounding mode rounds as it says", "[base]") {
  struct Case {
    const char* value;
    Rounding mode;
    const char* rounded;
  };
  for (const Case& c : {
           Case{"2.5", Rounding::half_up, "3"},
           Case{"-2.5", Rounding::half_up, "-3"},
           Case{"2.49", Rounding::half_up, "2"},
           Case{"2.5", Rounding::half_even, "2"},
           Case{"3.5", Rounding::half_even, "4"},
           Case{"-2.5", Rounding::half_even, "-2"},
           Case{"2.51", Rounding::half_even, "3"},
           Case{"2.9", Rounding::down, "2"},
           Case{"-2.9", Rounding::down, "-2"},
           Case{"2.1", Rounding::up, "3"},
           Case{"-2.1", Rounding::up, "-3"},
           Case{"2.0", Rounding::up, "2"},
           Case{"2.9", Rounding::floor, "2"},
           Case{"-2.1", Rounding::floor, "-3"},
           Case{"2.1", Rounding::ceiling, "3"},
           Case{"-2.9", Rounding::ceiling, "-2"},
       }) {
    INFO(c.value << " mode " << static_cast<int>(c.mode));
    CHECK(shown(dec(c.value).round(0, c.mode)) == c.rounded);
  }
  CHECK(shown(dec("227.655").round(2)) == "227.66");
  CHECK(shown(dec("1.5").round(2)) == "1.5");
  CHECK(shown(dec("0.999").round(2)) == "1.00");
  CHECK(shown(dec("9." + std::string(37, '9')).round(0)) == "10");
}

TEST_CASE("comparison is by value, not by scale", "[base]") {
  CHECK(dec("1.0") == dec("1.00"));
  CHECK(dec("-0") == dec("0.0"));
  CHECK(dec("1.01") > dec("1.009"));
  CHECK(dec("-1.01") < dec("-1.009"));
  CHECK(dec("-1") < dec("0.5"));
  CHECK(dec(nines) > dec("0." + nines));
  CHECK(dec("-" + nines) < dec("-0." + nines));
  CHECK(Decimal(3) == dec("3.000"));
}
