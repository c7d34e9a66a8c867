#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "mapping/characters.hpp"

using namespace mapping_test;

namespace {

struct Case {
  const char* expression;
  const char* result;
};

void check(std::initializer_list<Case> cases, const std::string& document = sample) {
  for (const auto& c : cases) {
    INFO(c.expression);
    CHECK(value(c.expression, document) == c.result);
  }
}

}  // namespace

TEST_CASE("functions of presence", "[mapping]") {
  check({{"default(Name, 'none')", "Anna  Lee"}, {"default(Count, 3)", "7"}, {"choose(Kind = 'rush', 'R', 'P')", "R"},
         {"first(Tag)", "tx"}, {"first(Tag/@key)", "x"}, {"count(Line)", "2"}, {"count(Line/Text)", "2"}, {"count(Tag/@key)", "5"},
         {"exists(Place/City)", "true"}, {"require(Name, 'E-1', 'no name')", "Anna  Lee"}});
  check({{"default(Name, 'none')", "none"}, {"default(Name, Loose, 'none')", "none"}, {"default(Count, Amount)", "0"}, {"default(Name, '')", ""},
         {"choose(Name = 'x', 'yes', 'no')", "no"}, {"first(Tag)", "-"}, {"count(Tag)", "0"}, {"exists(Place)", "false"},
         {"require(Name, 'E-1', 'no name in {Number}')", "!E-1"}, {"upper(Name)", "-"}, {"concat(Number, Name)", "-"}, {"sum(Line/Price)", "0"},
         {"min(Line/Price)", "-"}, {"join(Tag, ',')", "-"}, {"count(Line/Price) + 1", "1"}},
        minimal());
}

TEST_CASE("choose, default, and, or ask only for what they need", "[mapping]") {
  check({{"choose(Kind = 'rush', 'R', require(Nil, 'E-2', 'never'))", "R"}, {"default(Number, require(Nil, 'E-2', 'never'))", "N-1"},
         {"choose(Kind = 'rush' or require(Nil, 'E-2', 'never') = 1, 'a', 'b')", "a"},
         {"choose(Kind = 'plain' and require(Nil, 'E-2', 'never') = 1, 'a', 'b')", "b"}});
}

TEST_CASE("functions of text", "[mapping]") {
  check({{"concat(Number, '/', Count, '/', Day)", "N-1/7/2024-02-28"}, {"join(Line/Text, ', ')", "first, second"}, {"join(Tag, '')", "txtyt1t2"},
         {"join(Line/Text)", "firstsecond"}, {"join(Line/Qty, '+')", "12+2.5"},
         {"substring('abcdef', 2)", "bcdef"}, {"substring('abcdef', 2, 3)", "bcd"}, {"substring('abcdef', 0, 3)", "ab"},
         {"substring('abcdef', -1, 3)", "a"}, {"substring('abcdef', 9)", ""}, {"substring('äöü', 2, 1)", "ö"}, {"substring('abc', 2, -5)", ""},
         {"before('2024-02', '-')", "2024"}, {"after('2024-02', '-')", "02"}, {"before('abc', 'x')", "-"}, {"after('abc', '')", "-"},
         {"upper('straße éñ жук')", "STRAßE ÉÑ ЖУК"}, {"lower('ÀÉÎ ŁÓDŹ ΑΒ')", "àéî łódź αβ"}, {"trim('  a  b ')", "a  b"}, {"collapse(' a   b ')", "a b"},
         {"collapse(Name)", "Anna Lee"}, {"replace('a-b-c', '-', '')", "abc"}, {"replace('aaa', 'aa', 'b')", "ba"},
         {"matches(Number, '^N-[0-9]+$')", "true"}, {"matches(Number, 'Z')", "false"},
         {"extract('PO 4711 of 2024', '([0-9]+) of ([0-9]+)', 2)", "2024"}, {"extract('PO 4711', '[0-9]+', 0)", "4711"}, {"extract('PO', '[0-9]+', 0)", "-"},
         {"extract('ac', 'a(b)?c', 1)", "-"},
         {"pad-left('7', 3, '0')", "007"}, {"pad-right('é', 3, '.')", "é.."}, {"pad-left('1234', 3, '0')", "1234"},
         {"truncate('äöüß', 2)", "äö"}, {"truncate('ab', 5)", "ab"}, {"fits('äöü', 3)", "äöü"}, {"fits('abcd', 3)", "!R805"},
         {"digits('+1 (312) 555-0142')", "13125550142"}, {"charset('Straße – “Łódź” 5€', 'x12-basic')", "STRASSE - \"LODZ\" 5EUR"},
         {"charset('Straße', 'UNOC')", "Straße"}, {"charset('日本', 'ascii')", "??"}, {"charset('a~b', 'UNOB')", "a?b"}});
  CHECK(codes(problems("matches(Number, '(a')")) == "M004");
  CHECK(codes(problems("extract(Number, 'a', 1)")) == "M004");
  CHECK(codes(problems("charset(Number, 'ebcdic')")) == "M004");
  CHECK(codes(problems("replace(Number, '', 'x')")) == "M004");
  CHECK(codes(problems("truncate(Number, Count)")) == "M301");
  CHECK(codes(problems("pad-left(Number, 3, '')")) == "M004");
}

TEST_CASE("text outside the basic plane counts as one character each", "[mapping]") {
  check({{"truncate('😀😁😂', 2)", "😀😁"}, {"substring('😀😁😂', 3)", "😂"}, {"fits('😀😁😂', 3)", "😀😁😂"}, {"pad-left('😀', 2, '_')", "_😀"}});
}

TEST_CASE("regular expressions take linear time", "[mapping]") {
  std::string long_name = sample;
  const std::string as(50'000, 'a');
  long_name.replace(long_name.find("Anna  Lee"), 9, as);
  CHECK(value("matches(Name, '^(a+)+$')", long_name) == "true");
  CHECK(value("matches(Name, '^(a|aa)+b$')", long_name) == "false");
}

TEST_CASE("chunk breaks texts between words", "[mapping]") {
  auto chunks = [](const std::string& text, std::uint32_t length) {
    std::string all;
    wayleave::mapping::chunk(text, length, [&](std::string_view piece) { all += "[" + std::string(piece) + "]"; });
    return all;
  };
  CHECK(chunks("one two three", 7) == "[one two][three]");
  CHECK(chunks("one two three", 8) == "[one two][three]");
  CHECK(chunks("one two three", 100) == "[one two three]");
  CHECK(chunks("abcdefgh ij", 3) == "[abc][def][gh][ij]");
  CHECK(chunks("  a   b  ", 1) == "[a][b]");
  CHECK(chunks("äöü äöü", 3) == "[äöü][äöü]");
  CHECK(chunks("", 5).empty());
  CHECK(chunks("   ", 5).empty());
}

TEST_CASE("functions of numbers are exact", "[mapping]") {
  check({{"Amount * 100", "22765.00"}, {"227.55 + 0.10", "227.65"}, {"10000000 * 1.1158", "11158000.0000"}, {"round(10000000 * 1.1158, 0, 'floor')", "11158000"},
         {"round(2.345, 2)", "2.35"}, {"round(-2.345, 2)", "-2.35"}, {"round(2.345, 2, 'half-even')", "2.34"}, {"round(2.355, 2, 'half-even')", "2.36"},
         {"round(2.349, 2, 'down')", "2.34"}, {"round(-2.341, 2, 'up')", "-2.35"}, {"round(-2.341, 2, 'floor')", "-2.35"}, {"round(-2.349, 2, 'ceiling')", "-2.34"},
         {"round(1 div 3, 4)", "0.3333"}, {"round(2 div 3, 4)", "0.6667"}, {"round(-2 div 3, 2)", "-0.67"}, {"round(2 div 3, 2, 'down')", "0.66"},
         {"round(1 div 8, 2, 'half-even')", "0.12"}, {"round(3 div 8, 2, 'half-even')", "0.38"}, {"round(-1 div 3, 2, 'floor')", "-0.34"},
         {"round(1 div 3, 2, 'up')", "0.34"}, {"round(1 div 3, 2, 'ceiling')", "0.34"}, {"round(5 div 1, 2, 'up')", "5.00"},
         {"round(1 div Count, 3)", "0.143"}, {"round(1 div (Count - 7), 3)", "!R806"}, {"Count mod (Count - 7)", "!R806"},
         {"abs(-3.5)", "3.5"}, {"sum(Line/Qty)", "14.5"}, {"min(Line/Qty)", "2.5"}, {"max(Line/Qty)", "12"},
         {"number('12.50')", "12.50"}, {"number('1.234,50', '0.000,00')", "1234.50"}, {"number('12,5', '0,0')", "12.5"}, {"number('-7')", "-7"},
         {"number('x')", "!R803"}, {"number('1,2,3', '0,00')", "!R803"}, {"number('')", "!R803"}, {"default(number('x'), 0)", "0"},
         {"format(7, '000000')", "000007"}, {"format(7.005, '0.00')", "7.01"}, {"format(1234567.5, '#,##0.00')", "1,234,567.50"}, {"format(-0.001, '0.00')", "0.00"},
         {"format(0.5, '#.##')", ".5"}, {"format(12345678, '000')", "12345678"}, {"format(-7, '000')", "-007"},
         {"99999999999999999999999999999999999999 * 10", "!R806"}});
  CHECK(codes(problems("round(Amount div 0, 2)")) == "M301");
  CHECK(codes(problems("round(Amount, 2, 'sideways')")) == "M004");
  CHECK(codes(problems("format(Amount, 'abc')")) == "M004");
  CHECK(codes(problems("format(Amount, '0#')")) == "M004");
  CHECK(codes(problems("sum(Line/Text)")) == "M301");
}

TEST_CASE("units are converted exactly", "[mapping]") {
  check({{"unit(1, 'LBR', 'KGM')", "0.45359237"}, {"unit(1000, 'GRM', 'KGM')", "1"}, {"unit(1, 'STN', 'LBR')", "2000"}, {"unit(16, 'ONZ', 'LBR')", "1"},
         {"unit(1, 'FOT', 'INH')", "12"}, {"unit(2.54, 'CMT', 'INH')", "1"}, {"unit(1, 'GLL', 'MLT')", "3785.411784"}, {"unit(5, 'KGM', 'KGM')", "5"},
         {"round(unit(1240, 'LBR', 'KGM'), 1)", "562.5"}, {"round(unit(1, 'KGM', 'LBR'), 6)", "2.204623"},
         {"unit(1, Kind, 'KGM')", "!R807"}, {"default(unit(1, Kind, 'KGM'), 0)", "0"}});
  CHECK(codes(problems("unit(Amount, 'KGM', 'MTR')")) == "M401");
  CHECK(codes(problems("unit(Amount, 'KGN', 'LBR')")) == "M401");
}

TEST_CASE("functions of dates", "[mapping]") {
  check({{"add-days(Day, 1)", "2024-02-29"}, {"add-days(Day, 2)", "2024-03-01"}, {"add-days(Day, -59)", "2023-12-31"}, {"add-days('2023-02-28', 1)", "2023-03-01"},
         {"add-days('1900-02-28', 1)", "1900-03-01"}, {"add-days('2000-02-28', 1)", "2000-02-29"}, {"add-days(Stamp, 1)", "2025-03-10T12:00:00-06:00"},
         {"add-workdays('2025-03-14', 1)", "2025-03-17"}, {"add-workdays('2025-03-15', 1)", "2025-03-17"}, {"add-workdays('2025-03-17', -1)", "2025-03-14"},
         {"add-workdays('2025-03-14', 10)", "2025-03-28"}, {"add-workdays('2025-03-14', 0)", "2025-03-14"},
         {"days-between('2024-02-28', '2024-03-01')", "2"}, {"days-between('2025-03-01', '2025-02-28')", "-1"},
         {"date(Stamp)", "2025-03-09"}, {"time(Stamp)", "12:00:00"}, {"datetime(Day, Clock, 'UTC')", "2024-02-28T23:30:00Z"},
         {"datetime(Day, '08:00:00', 'America/Chicago')", "2024-02-28T08:00:00-06:00"}, {"datetime('2024-07-01', '08:00:00', 'Europe/Berlin')", "2024-07-01T08:00:00+02:00"},
         {"to-zone(Stamp, 'UTC')", "2025-03-09T18:00:00Z"}, {"to-zone(Stamp, 'America/Chicago')", "2025-03-09T13:00:00-05:00"},
         {"to-zone(Stamp, 'Asia/Kolkata')", "2025-03-09T23:30:00+05:30"}, {"to-zone(Stamp, '+09:00')", "2025-03-10T03:00:00+09:00"},
         {"to-zone('2060-07-01T12:00:00Z', 'America/New_York')", "2060-07-01T08:00:00-04:00"}, {"to-zone('2060-01-01T12:00:00Z', 'America/New_York')", "2060-01-01T07:00:00-05:00"},
         {"to-zone('1960-01-01T00:00:00.5Z', 'UTC')", "1960-01-01T00:00:00.5Z"},
         {"date(to-zone(Stamp, Place/Zone))", "2025-03-09"}, {"to-zone(Stamp, Kind)", "!R803"}, {"default(to-zone(Stamp, Kind), Stamp)", "2025-03-09T12:00:00-06:00"},
         {"parse-date('20250314', 'CCYYMMDD')", "2025-03-14"}, {"parse-date('14.03.2025', 'DD.MM.YYYY')", "2025-03-14"}, {"parse-date('250314', 'YYMMDD')", "2025-03-14"},
         {"parse-date('991231', 'YYMMDD')", "1999-12-31"}, {"parse-date('202503141230', 'CCYYMMDDhhmm')", "2025-03-14T12:30:00"},
         {"parse-date('2025-03-14T12:30:00+01:00', 'CCYY-MM-DDThh:mm:ssZZ')", "2025-03-14T12:30:00+01:00"},
         {"parse-date('20250231', 'CCYYMMDD')", "!R803"}, {"parse-date('2025031', 'CCYYMMDD')", "!R803"}, {"default(parse-date('x', 'CCYYMMDD'), Day)", "2024-02-28"},
         {"format-date(Day, 'CCYYMMDD')", "20240228"}, {"format-date(Day, 'DD/MM/YY')", "28/02/24"}, {"format-date(Stamp, 'CCYYMMDDhhmm')", "202503091200"},
         {"format-date(Stamp, 'hh:mm:ssZZ')", "12:00:00-06:00"}, {"format-date(Clock, 'hhmm')", "2330"}, {"min(Line/Price)", "9.95"}});
  CHECK(codes(problems("parse-date(Number, 'CCYY')")) .substr(0, 4) == "M004");
  CHECK(codes(problems("format-date(Day, 'hh:mm')")) == "M301");
  CHECK(codes(problems("format-date(Number, 'CCYY')")) == "M301");
  CHECK(codes(problems("add-days(Day, 1.5)")) == "M301");
  CHECK(codes(problems("to-zone(Stamp, 'Mars/Base')")) == "M004");
  CHECK(codes(problems("to-zone(Stamp, '../../etc/passwd')")) == "M004");
  CHECK(codes(problems("date(Day)")) == "M301");
  CHECK(codes(problems("add-days(Number, 1)")) == "M301");
  CHECK(value("add-days(Day, 999999999999)") == "!R806");
  CHECK(value("add-workdays(Day, 99999999)") == "!R806");
}

TEST_CASE("numbers of GS1", "[mapping]") {
  check({{"gtin14('4000862141404')", "04000862141404"}, {"gtin14('00012345678905')", "00012345678905"}, {"gtin14('4000862141405')", "!R808"}, {"gtin14('123')", "!R808"},
         {"gtin14('96385074')", "00000096385074"}, {"default(gtin14('x'), 'none')", "none"}, {"check-digit-ok('4000862141404')", "true"}, {"check-digit-ok('4000862141405')", "false"},
         {"check-digit-ok('x')", "false"}, {"sscc('0376104250', '21234')", "037610425000212340"}, {"sscc('037610425', 'x')", "!R808"}, {"sscc('037610425', '123456789')", "!R808"}});
}

TEST_CASE("what stands beside the document", "[mapping]") {
  wayleave::mapping::Context context;
  context.now = *wayleave::parse_iso("2026-11-21T09:12:04.118Z");
  context.partner = {{"erpCustomer", "0000104700"}, {"blank", " "}};
  context.message = {{"id", "01JDB3"}};
  CHECK(value("partner('erpCustomer')", sample, context) == "0000104700");
  CHECK(value("partner('none')", sample, context) == "-");
  CHECK(value("partner('blank')", sample, context) == "-");
  CHECK(value("message('id')", sample, context) == "01JDB3");
  CHECK(value("now()", sample, context) == "2026-11-21T09:12:04.118Z");
  CHECK(value("date(now())", sample, context) == "2026-11-21");
  CHECK(codes(problems("position()")) == "M019");
  CHECK(codes(problems("seq('n')")) == "M014");
  CHECK(codes(problems("paired('BP')")) == "M301");
  CHECK(codes(problems("string-length(Number)")) == "M012");
}

TEST_CASE("what may fail and is not handled is told once", "[mapping]") {
  CHECK(codes(problems("number(Number)")) == "M310");
  CHECK(codes(problems("default(number(Number), 0)")) == "");
  CHECK(codes(problems("require(number(Number), 'E', 'x')")) == "");
  CHECK(codes(problems("exists(number(Number))")) == "");
  CHECK(codes(problems("round(number(Number), 2)")) == "M310");
  CHECK(codes(problems("default(round(number(Number), 2), 0)")) == "");
}

TEST_CASE("what is handled twice over or never used is told", "[mapping]") {
  CHECK(codes(problems("default(Number, 'x')")) == "M702");
  CHECK(codes(problems("require(Number, 'E', 'x')")) == "M702");
  CHECK(codes(problems("first(Number)")) == "M702");
  CHECK(codes(problems("number(Amount)")) == "M702 M310");
}
