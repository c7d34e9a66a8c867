#include "schema/value.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <map>

#include "fixture.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;
using namespace wayleave::schema;

namespace {

struct TypeCase {
  const char* type;                       ///< built-in name, or a restriction's content after "name|"
  std::vector<std::string> values;
};

const std::vector<std::string> dates{"2025-03-14", "2025-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "2025-13-01", "2025-00-10", "2025-04-31", "0000-01-01",
  "-0001-01-01", "12025-01-01", "012025-01-01", "2025-3-14", "2025-03-14Z", "2025-03-14+14:00", "2025-03-14+14:01", "2025-03-14-13:59", "2025-03-14+1:00",
  "03/14/2025", "", " 2025-03-14 ", "2025-03-14T00:00:00", "20250314", "2025-03-14z"};

const std::vector<TypeCase> builtin{
  {"date", dates},
  {"dateTime", {"2025-03-14T09:12:04", "2025-03-14T24:00:00", "2025-03-14T24:00:01", "2025-03-14T23:59:60", "2025-03-14T09:12", "2025-03-14 09:12:04", "2025-03-14T09:12:04.118Z",
    "2025-03-14T09:12:04.", "2025-02-30T09:12:04", "2025-03-14T25:00:00", "2025-03-14T09:60:00", "2025-03-14T09:12:04+02:00", "2025-03-14T9:12:04", "2025-03-14"}},
  {"time", {"09:12:04", "24:00:00", "24:00:00.1", "9:30", "09:30", "09:30:00Z", "09:30:00.5-05:00", "09:30:61", "0930"}},
  {"gYear", {"2025", "25", "-2025", "0000", "12025", "2025Z", "2025+01:00", "2025-"}},
  {"gYearMonth", {"2025-03", "2025-13", "2025-3", "2025-03Z"}},
  {"gMonth", {"--03", "--13", "--03--", "--3", "--03Z"}},
  {"gDay", {"---31", "---32", "---1", "---01Z"}},
  {"gMonthDay", {"--02-29", "--02-30", "--12-31", "--12-31Z", "--1-1"}},
  {"duration", {"P1Y", "P1Y2M3DT4H5M6S", "PT0S", "P", "PT", "-P1D", "P-1D", "P1.5D", "PT1.5S", "PT1.S", "P1H", "P1M1Y", "1Y", "P1YT", "PT36H", "P1DT"}},
  {"decimal", {"1", "1.0", ".5", "5.", "+1", "-1.50", "1,5", "1e5", "", "0", "-0", " 12 ", "1 2", "--1", "12.3.4", "00012", "INF"}},
  {"integer", {"1", "+1", "-1", "1.0", "1.", "", "00", "12345678901234567890123", "1 "}},
  {"nonNegativeInteger", {"0", "-0", "-1", "+5"}},
  {"positiveInteger", {"0", "1", "-1"}},
  {"negativeInteger", {"0", "-1"}},
  {"byte", {"127", "128", "-128", "-129"}},
  {"unsignedByte", {"255", "256", "-1"}},
  {"long", {"9223372036854775807", "9223372036854775808", "-9223372036854775809"}},
  {"unsignedLong", {"18446744073709551615", "18446744073709551616"}},
  {"double", {"1", "1.5E10", "1e-5", "INF", "-INF", "+INF", "NaN", "1e", "e5", ".5", "5.", "1.5E+3", "0x1", "inf"}},
  {"boolean", {"true", "false", "1", "0", "TRUE", "yes", "", " true ", "2"}},
  {"hexBinary", {"0aF9", "0aF", "", "xy"}},
  {"base64Binary", {"TWFu", "TWE=", "TQ==", "TWF", "T===", "TWF=", "TR==", "TWFu TWFu", "*", ""}},
  {"NMTOKEN", {"abc", "a b", "", "-a.1:x", "ä"}},
  {"Name", {"abc", "1a", ":a", "a:b"}},
  {"NCName", {"abc", "a:b", "_x"}},
  {"language", {"de", "en-GB", "x-verylongpart", "a_b", ""}},
  {"token", {"a  b", " a ", "a"}},
  {"normalizedString", {"a\tb"}},
  {"NMTOKENS", {"a b", "", "a  b"}},
  {"anyURI", {"https://example.org/a?b=c#d", "a b", "%zz", "#a#b", "../x", "", "urn:x:y", "http://ex ample.org", "ä", "http://[::1]/"}},
  {"QName", {"a", ":a", "a b", "1"}},
};

/// Whether ours and Xerces' verdict agree on every value of a type.
void compare(const std::string& declaration, const std::vector<std::string>& values) {
  const auto schema = test::compile(declaration, "E");
  for (const auto& value : values) {
    std::string escaped;
    xml::escape_text(escaped, value);
    INFO(declaration << " \"" << value << "\"");
    const auto document = "<E>" + escaped + "</E>";
    CHECK(test::findings_of(*schema, document).empty() == test::xerces_accepts(*schema, document));
  }
}

std::string restricted(const std::string& base, const std::string& facets) {
  return "<xs:element name='E'><xs:simpleType><xs:restriction base='xs:" + base + "'>" + facets + "</xs:restriction></xs:simpleType></xs:element>";
}

std::string facet(const std::string& name, const std::string& value) { return "<xs:" + name + " value='" + value + "'/>"; }

}  // namespace

TEST_CASE("values of every built-in type are judged as Xerces judges them", "[schema][value]") {
  for (const auto& c : builtin) compare("<xs:element name='E' type='xs:" + std::string(c.type) + "'/>", c.values);
}

TEST_CASE("a lone point is no number, though Xerces takes it for one", "[schema][value]") {
  const auto schema = test::compile("<xs:element name='E' type='xs:decimal'/>");
  CHECK(test::codes(test::findings_of(*schema, "<E>.</E>")) == "X203");
}

TEST_CASE("facets are judged as Xerces judges them, by value", "[schema][value]") {
  compare(restricted("decimal", facet("totalDigits", "4") + facet("fractionDigits", "2")), {"1.20", "1.200", "12.34", "123.45", "0.05", "00012.3", "0.005", "12345", "1234.0", "-1.25"});
  compare(restricted("decimal", facet("totalDigits", "1")), {"0.7", "0.07", "7", "70", "0"});
  compare(restricted("decimal", facet("minInclusive", "-1.50") + facet("maxExclusive", "10.0")), {"-1.5", "-1.51", "9.999", "10", "10.00", "0009", "-0"});
  compare(restricted("integer", facet("enumeration", "1") + facet("enumeration", "10")), {"1", "01", "+1", "10", "2"});
  compare(restricted("decimal", facet("enumeration", "1.0")), {"1", "1.00", "1.01"});
  compare(restricted("date", facet("minInclusive", "2025-01-01") + facet("maxInclusive", "2025-12-31")), {"2025-01-01", "2024-12-31", "2025-12-31", "2026-01-01", "12025-01-01"});
  compare(restricted("dateTime", facet("minInclusive", "2025-01-01T00:00:00Z")), {"2025-01-01T00:00:00Z", "2025-01-01T00:59:59+01:00", "2025-01-01T01:00:00+01:00", "2024-12-31T23:59:59.999Z"});
  compare(restricted("date", facet("enumeration", "2025-03-14")), {"2025-03-14", "2025-03-15"});
  compare(restricted("time", facet("maxInclusive", "12:00:00")), {"11:59:59", "12:00:00", "12:00:00.001"});
  compare(restricted("double", facet("maxInclusive", "1e3")), {"1000", "1000.0001", "NaN", "-INF", "INF", "1E3"});
  compare(restricted("string", facet("length", "3")), {"abc", "äöü", "ab", "abcd", ""});
  compare(restricted("string", facet("minLength", "1") + facet("maxLength", "3")), {"", "a", "abc", "abcd", " ", "äöüß"});
  compare(restricted("token", facet("maxLength", "3")), {" abc ", "a  b", "a  bc"});
  compare(restricted("string", facet("enumeration", "EA") + facet("enumeration", "CS")), {"EA", "ea", " EA", "CS", ""});
  compare(restricted("token", facet("enumeration", "EA")), {" EA ", "EA"});
  compare(restricted("hexBinary", facet("length", "2")), {"0aF9", "0a"});
  compare(restricted("base64Binary", facet("maxLength", "2")), {"TWE=", "TWFu"});
  compare(restricted("string", facet("pattern", "[A-Z]+") + facet("pattern", "[0-9]+")), {"A", "1", "A1", ""});
  compare(restricted("duration", facet("maxInclusive", "P1D")), {"PT24H", "PT25H", "P1D"});
  compare(restricted("boolean", facet("pattern", "true|false")), {"true", "1"});
}

TEST_CASE("patterns of several derivation steps must all match", "[schema][value]") {
  compare("<xs:simpleType name='A'><xs:restriction base='xs:string'><xs:pattern value='[A-Z]+'/></xs:restriction></xs:simpleType>"
          "<xs:simpleType name='B'><xs:restriction base='t:A'><xs:pattern value='.{2}'/><xs:pattern value='(X|Y)Z+'/></xs:restriction></xs:simpleType><xs:element name='E' type='t:B'/>",
          {"AB", "ab", "ABC", "XZZZ", "A", "12"});
}

TEST_CASE("bounds and lists of values are inherited", "[schema][value]") {
  compare("<xs:simpleType name='A'><xs:restriction base='xs:int'><xs:minInclusive value='5'/></xs:restriction></xs:simpleType>"
          "<xs:simpleType name='B'><xs:restriction base='t:A'><xs:maxInclusive value='9'/></xs:restriction></xs:simpleType><xs:element name='E' type='t:B'/>", {"4", "5", "9", "10"});
  compare("<xs:simpleType name='A'><xs:restriction base='xs:string'><xs:enumeration value='EA'/><xs:enumeration value='CS'/></xs:restriction></xs:simpleType>"
          "<xs:simpleType name='B'><xs:restriction base='t:A'><xs:maxLength value='9'/></xs:restriction></xs:simpleType><xs:element name='E' type='t:B'/>", {"EA", "XX"});
}

TEST_CASE("lists and unions are judged as Xerces judges them", "[schema][value]") {
  compare("<xs:simpleType name='L'><xs:list itemType='xs:int'/></xs:simpleType><xs:element name='E'><xs:simpleType><xs:restriction base='t:L'><xs:maxLength value='2'/></xs:restriction></xs:simpleType></xs:element>",
          {"1 2", "1 2 3", "1 x", "", " 1\n2 "});
  compare("<xs:simpleType name='U'><xs:union memberTypes='xs:int xs:date'><xs:simpleType><xs:restriction base='xs:string'><xs:enumeration value='none'/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>"
          "<xs:element name='E' type='t:U'/>", {"1", "2025-03-14", "none", "other", "", " 1 "});
}

TEST_CASE("default and fixed values are judged as Xerces judges them", "[schema][value]") {
  compare("<xs:element name='E' type='xs:decimal' fixed='1.0'/>", {"1", "1.00", "2", ""});
  compare("<xs:element name='E' type='xs:int' default='1'/>", {"", "x", "5"});
}

TEST_CASE("a number of a million digits is judged in no time", "[schema][value]") {
  const auto schema = test::compile(restricted("decimal", facet("totalDigits", "2000000") + facet("minInclusive", "1")));
  const auto start = std::chrono::steady_clock::now();
  const auto& facets = schema->model().type_of(schema->root()).facets;
  CHECK(check_value(schema->model(), facets, std::string(1'000'000, '9') + "." + std::string(900'000, '1')) == ValueFault::none);
  CHECK(check_value(schema->model(), facets, "-" + std::string(1'000'000, '9')) == ValueFault::too_small);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("decimals compare by value", "[schema][value]") {
  CHECK(compare_decimals("1.0", "1") == 0);
  CHECK(compare_decimals("-0", "0") == 0);
  CHECK(compare_decimals("-2", "-10") > 0);
  CHECK(compare_decimals("0.09", "0.1") < 0);
  CHECK(compare_decimals("00100", "99.9999") > 0);
}
