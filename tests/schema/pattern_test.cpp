#include "schema/pattern.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace wayleave;
using namespace wayleave::schema;

TEST_CASE("patterns that can read one text in two ways are told from those that repeat harmlessly", "[schema][pattern]") {
  for (const auto* bad : {"(a+)+", "(a+)+b", "((a|aa|a?)*)*b", "(a*)*", "([A-Z]+-?)*", "(a|a)*", "(\\w+\\s?)*x", "(a{1,100}){1,100}", "(.*)*", "(a|ab|b)*c",
                          "([a-z]|[a-m])+", "(\\d+)*", "(x+x+)+y", "((a?){30})*"}) {
    INFO(bad);
    CHECK(is_ambiguous_pattern(bad));
  }
  for (const auto* good : {"[A-Z]+(-[A-Z]+)*", "a+b+c+", "(ab)*", "[0-9]{1,3}(,[0-9]{3})*", "x-[a-z0-9]+(-[a-z0-9]+)*", "(a{1,3}){1,3}", "(\\p{L}|\\p{N})+",
                           "[\\i-[:]][\\c-[:]]*", "([A-Z]{2}[0-9]+)*", "(a|b)*c", "[^ ]+( [^ ]+)*", "\\d{4}-\\d{2}", ".*", "(.)*", "((a|b)|(c|d))*"}) {
    INFO(good);
    CHECK_FALSE(is_ambiguous_pattern(good));
  }
}

TEST_CASE("an expression we cannot read is left to Xerces", "[schema][pattern]") {
  for (const auto* text : {"(", "a{2", "[a", "a**b", "\\p{L"}) {
    CHECK(translate_pattern(text).empty());
    CHECK_FALSE(is_ambiguous_pattern(text));
  }
}

TEST_CASE("patterns match whole values as Xerces does", "[schema][pattern]") {
  struct Case {
    const char* pattern;
    std::vector<std::string> values;
  };
  const std::vector<Case> cases{
    {"[A-Z]{3}", {"ABC", "AB", "ABCD", "abc"}},
    {"a.c", {"abc", "a.c", "ac", "a\tc"}},
    {"a^b$", {"a^b$", "ab"}},
    {"\\d+", {"12", "1a", "٣", ""}},
    {"\\w+", {"abc_1", "a-b", "ä", "a b"}},
    {"\\i\\c*", {"a1", "1a", ":x", "-a", "_"}},
    {"[\\i-[:]][\\c-[:]]*", {"a1", "a:b", ":a"}},
    {"[a-z-[aeiou]]+", {"xyz", "axe"}},
    {"[^a-z-[m]]+", {"ABC", "abc", "m"}},
    {"\\p{Lu}\\p{Ll}*", {"Ab", "ab", "Äb"}},
    {"\\p{IsBasicLatin}*", {"abc", "ä"}},
    {"\\P{IsBasicLatin}+", {"ä", "a"}},
    {"a|bc", {"a", "bc", "abc", "ac"}},
    {"(a|b)?c{2,3}", {"acc", "bccc", "c", "cc", "cccc"}},
    {"[0-9]{1,3}(,[0-9]{3})*", {"1,234", "1234", "12,345,678"}},
    {"\\.\\\\\\?", {".\\?", "x"}},
    {"[\\-x]+", {"-x", "y"}},
    {"[x-]+", {"-x", "y"}},
    {"\\s*x\\S", {"xy", "x"}},
    {"", {"", "a"}},
  };
  for (const auto& c : cases) {
    std::string escaped;
    for (const char* p = c.pattern; *p; ++p) escaped += *p == '&' ? "&amp;" : std::string(1, *p);
    const auto schema = test::compile("<xs:element name='E'><xs:simpleType><xs:restriction base='xs:string'><xs:pattern value='" + escaped +
                                      "'/></xs:restriction></xs:simpleType></xs:element>");
    const auto pattern = compile_pattern({c.pattern});
    for (const auto& value : c.values) {
      INFO(c.pattern << " on \"" << value << "\"");
      CHECK(pattern->matches(value) == test::xerces_accepts(*schema, "<E>" + value + "</E>"));
    }
  }
}

TEST_CASE("a pattern that RE2 cannot say is marked and matches everything", "[schema][pattern]") {
  CHECK_FALSE(compile_pattern({"[\\w-[\\d]]+"})->re);
  CHECK(compile_pattern({"[\\w-[\\d]]+"})->matches("anything"));
  CHECK_FALSE(compile_pattern({".{0,5000}"})->re);
}

TEST_CASE("matching is linear in the value", "[schema][pattern]") {
  const auto pattern = compile_pattern({"[a-z]+(-[a-z]+)*!"});
  CHECK_FALSE(pattern->matches(std::string(1'000'000, 'a')));
}
