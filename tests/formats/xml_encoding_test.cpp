#include <catch2/catch.hpp>
#include <string>

#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace std::string_literals;

namespace {

std::string utf16(std::u16string_view text, bool big_endian, bool mark = true) {
  std::string bytes;
  auto put = [&](char16_t c) {
    const char high = static_cast<char>(c >> 8), low = static_cast<char>(c & 0xFF);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  };
  if (mark) put(0xFEFF);
  for (const char16_t c : text) put(c);
  return bytes;
}

std::string text_of(const std::string& bytes) {
  const auto reading = xml::read_wellformed(bytes);
  if (!reading.document) return "refused: " + reading.findings.at(0).message;
  return std::string(reading.document->text(0));
}

}  // namespace

TEST_CASE("every encoding of the allow-list becomes UTF-8", "[formats][xml]") {
  CHECK(text_of("<a>\xE2\x82\xAC</a>") == "\xE2\x82\xAC");
  CHECK(text_of("\xEF\xBB\xBF<a>\xC3\xA9</a>") == "\xC3\xA9");
  CHECK(text_of("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><a>x</a>") == "x");
  CHECK(text_of("<?xml version='1.0' encoding='US-ASCII'?><a>x</a>") == "x");
  CHECK(text_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9\x80</a>") == "\xC3\xA9\xC2\x80");
  CHECK(text_of("<?xml version='1.0' encoding='windows-1252'?><a>\xE9\x80</a>") == "\xC3\xA9\xE2\x82\xAC");
  for (const bool big : {true, false}) {
    CHECK(text_of(utf16(u"<a>\u20AC\U0001F600</a>", big)) == "\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK(text_of(utf16(u"<?xml version='1.0' encoding='UTF-16'?><a>x</a>", big)) == "x");
  }
  CHECK(text_of(utf16(u"<?xml version='1.0' encoding='utf-16le'?><a>x</a>", false)) == "x");
  CHECK(text_of(utf16(u"<?xml version='1.0' encoding='utf-16be'?><a>x</a>", true)) == "x");
}

TEST_CASE("positions in a transcoded document count its characters", "[formats][xml]") {
  const auto reading = xml::read_wellformed("<?xml version='1.0' encoding='ISO-8859-1'?>\n<a>\xE9\xE9</b>");
  REQUIRE(reading.findings.size() == 1);
  CHECK(reading.findings[0].line == 2);
  CHECK(reading.findings[0].column == 6);
}

TEST_CASE("bytes that are no text of an accepted encoding are refused where they stand", "[formats][xml]") {
  struct Case {
    const char* name;
    std::string bytes, code;
    std::uint32_t line, column;
    std::string found;
  };
  for (const Case& c : {
           Case{"UTF-7", "<?xml version='1.0' encoding='UTF-7'?><a/>", "X002", 1, 31, "UTF-7"},
           {"EBCDIC name", "<?xml version='1.0' encoding='IBM037'?><a/>", "X002", 1, 31, "IBM037"},
           {"UTF-32 name", "<?xml version='1.0' encoding='UTF-32'?><a/>", "X002", 1, 31, "UTF-32"},
           {"EBCDIC bytes", "\x4C\x6F\xA7\x94\x93\x40", "X002", 1, 1, ""},
           {"UTF-32 big", "\0\0\xFE\xFF\0\0\0<"s, "X002", 1, 1, ""},
           {"UTF-32 little", "\xFF\xFE\0\0<\0\0\0"s, "X002", 1, 1, ""},
           {"UTF-32 unmarked", "<\0\0\0a\0\0\0"s, "X002", 1, 1, ""},
           {"UTF-16 unmarked", utf16(u"<?xml version='1.0'?><a/>", true, false), "X002", 1, 1, ""},
           {"UTF-16 unmarked, little", utf16(u"<a/>", false, false), "X002", 1, 1, ""},
           {"mark UTF-8, declared Latin", "\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "X003", 1, 31,
            "ISO-8859-1"},
           {"mark UTF-8, declared UTF-16", "\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-16'?><a/>", "X003", 1, 31,
            "UTF-16"},
           {"no mark, declared UTF-16", "<?xml version='1.0' encoding='UTF-16'?><a/>", "X003", 1, 31, "UTF-16"},
           {"mark UTF-16, declared UTF-8", utf16(u"<?xml version='1.0' encoding='UTF-8'?><a/>", true), "X003", 1, 31,
            "UTF-8"},
           {"mark big, declared little", utf16(u"<?xml version='1.0' encoding='UTF-16LE'?><a/>", true), "X003", 1, 31,
            "UTF-16LE"},
           {"invalid byte", "<a>\n\xC3\xA9\xFFx</a>", "X004", 2, 2, "0xFF"},
           {"cut character", "<a>\xE2\x82</a>", "X004", 1, 4, "0xE2"},
           {"overlong slash", "<a>\xC0\xAF</a>", "X004", 1, 4, "0xC0"},
           {"overlong in three", "<a>\xE0\x80\xAF</a>", "X004", 1, 4, "0xE0"},
           {"overlong in four", "<a>\xF0\x80\x80\xAF</a>", "X004", 1, 4, "0xF0"},
           {"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", "X004", 1, 4, "0xED"},
           {"above U+10FFFF", "<a>\xF4\x90\x80\x80</a>", "X004", 1, 4, "0xF4"},
           {"lone surrogate", utf16(u"<a>\xD800x</a>", true), "X004", 1, 4, "0xD800"},
           {"low surrogate first", utf16(u"<a>\xDC00</a>", false), "X004", 1, 4, "0xDC00"},
           {"half a UTF-16 unit", utf16(u"<a/>", true) + "x", "X004", 1, 5, "0x78"},
           {"not ASCII", "<?xml version='1.0' encoding='US-ASCII'?><a>\xE9</a>", "X004", 1, 45, "0xE9"},
           {"hole in Windows-1252", "<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>", "X004", 1, 49, "0x81"},
           {"NUL", "<a>x\0</a>"s, "X005", 1, 5, "U+0000"},
           {"control", "<a>\n\x01</a>", "X005", 2, 1, "U+0001"},
           {"control after 40 bytes", "<a>" + std::string(40, 'x') + "\x1F</a>", "X005", 1, 44, "U+001F"},
           {"U+FFFE", "<a>\xEF\xBF\xBE</a>", "X005", 1, 4, "U+FFFE"},
           {"U+FFFF in UTF-16", utf16(u"<a>\xFFFF</a>", true), "X005", 1, 4, "U+FFFF"},
           {"control in Latin", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\x02</a>", "X005", 1, 47, "U+0002"},
       }) {
    INFO(c.name);
    const auto reading = xml::read_wellformed(c.bytes);
    REQUIRE(reading.findings.size() == 1);
    INFO(reading.findings[0].message);
    CHECK_FALSE(reading.document);
    CHECK(reading.findings[0].code == c.code);
    CHECK(reading.findings[0].line == c.line);
    CHECK(reading.findings[0].column == c.column);
    CHECK(reading.findings[0].found == c.found);
  }
}

TEST_CASE("a flaw is found at every place of a vectorised block", "[formats][xml]") {
  for (std::size_t before = 0; before < 40; ++before)
    for (const char* flaw : {"\x08", "\xC3(", "\xEF\xBF\xBF"}) {
      const auto reading =
          xml::read_wellformed("<a>" + std::string(before, 'x') + flaw + std::string(20, 'y') + "</a>");
      REQUIRE(reading.findings.size() == 1);
      CHECK(reading.findings[0].column == before + 4);
    }
}

TEST_CASE("the root is told without reading the rest", "[formats][xml]") {
  const auto root = xml::sniff_root("<?xml version='1.0'?><!-- x --><p:Order xmlns:p='urn:p' a='1'><broken");
  REQUIRE(root);
  CHECK(root->ns == "urn:p");
  CHECK(root->local == "Order");
  const auto cut = xml::sniff_root("<a>" + std::string(300000, 'x') + "\xC3\xA9" + std::string(300000, 'x'));
  REQUIRE(cut);
  CHECK(cut->local == "a");
  std::string two_bytes = "<b>";
  while (two_bytes.size() < 600000) two_bytes += "\xC3\xA9";
  CHECK(xml::sniff_root(two_bytes));
  CHECK(xml::sniff_root("x" + two_bytes) == std::nullopt);
  CHECK(xml::sniff_root(utf16(u"<Order xmlns='urn:o'/>", true))->ns == "urn:o");
  CHECK_FALSE(xml::sniff_root(""));
  CHECK_FALSE(xml::sniff_root("ISA*00*"));
  CHECK_FALSE(xml::sniff_root("<!DOCTYPE a><a/>"));
  CHECK_FALSE(xml::sniff_root("<Order"));
}
