#include <iconv.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "formats/edi/charset.hpp"
#include "formats/edi/flaw.hpp"

using namespace wayleave::edi;

namespace {

/// What the C library makes of one byte; empty: no character.
std::string by_iconv(const std::string& name, unsigned char byte) {
  const iconv_t converter = ::iconv_open("UTF-8", name.c_str());
  REQUIRE(converter != iconv_t(-1));
  char in = static_cast<char>(byte), out[8] = {};
  char *from = &in, *to = out;
  std::size_t left = 1, room = sizeof out;
  const auto done = ::iconv(converter, &from, &left, &to, &room);
  ::iconv_close(converter);
  return done == std::size_t(-1) ? std::string() : std::string(out, to);
}

struct Decoded {
  std::optional<std::string> text;
  std::size_t bad = 999;
};
Decoded decoded(CharacterSet set, std::string_view bytes) {
  Decoded out;
  out.text = decode(set, bytes, out.bad);
  return out;
}
Decoded encoded(CharacterSet set, std::string_view text) {
  Decoded out;
  out.text = encode(set, text, out.bad);
  return out;
}

const std::vector<std::pair<CharacterSet, std::string>> single_byte_sets = {
    {CharacterSet::latin1, "ISO-8859-1"}, {CharacterSet::latin2, "ISO-8859-2"}, {CharacterSet::latin3, "ISO-8859-3"},
    {CharacterSet::latin4, "ISO-8859-4"}, {CharacterSet::cyrillic, "ISO-8859-5"}, {CharacterSet::arabic, "ISO-8859-6"},
    {CharacterSet::greek, "ISO-8859-7"}, {CharacterSet::hebrew, "ISO-8859-8"}, {CharacterSet::latin5, "ISO-8859-9"}};

std::string admitted(CharacterSet set) {
  std::string out;
  for (unsigned c = 0; c < 256; ++c)
    if (admits_ascii(set, static_cast<unsigned char>(c))) out += static_cast<char>(c);
  return out;
}

}  // namespace

TEST_CASE("every byte of every ISO 8859 set is what the C library says, there and back", "[edi][charset]") {
  for (const auto& [set, name] : single_byte_sets) {
    for (unsigned c = 0; c < 256; ++c) {
      INFO(name << " byte " << c);
      const std::string byte(1, static_cast<char>(c));
      const auto control = c < 0x20 || (c >= 0x7f && c < 0xa0);
      const auto expected = control ? std::string() : by_iconv(name, static_cast<unsigned char>(c));
      const auto text = decoded(set, byte).text;
      CHECK(text.has_value() == !expected.empty());
      if (!text) continue;
      CHECK(*text == expected);
      CHECK(encoded(set, *text).text == byte);
    }
  }
}

TEST_CASE("what is not of a set is refused, with its place", "[edi][charset]") {
  CHECK(decoded(CharacterSet::latin1, "M\xfcller").text == "Müller");
  CHECK(decoded(CharacterSet::latin1, "M\xfcl\x9bler").bad == 3);
  CHECK(decoded(CharacterSet::arabic, "ab\xa1").bad == 2);
  CHECK(encoded(CharacterSet::latin1, "Müß Ω").bad == 6);
  CHECK(encoded(CharacterSet::greek, "Ω").text == "\xd9");
  CHECK(encoded(CharacterSet::latin2, "Łódź").text == "\xa3\xf3" "d\xbc");
  CHECK(encoded(CharacterSet::latin1, "a\xff").bad == 1);
  CHECK(encoded(CharacterSet::latin3, "a\ufffd").bad == 1);
  CHECK(encoded(CharacterSet::cyrillic, "Ж€").bad == 2);
  CHECK(encoded(CharacterSet::latin1, "😀").bad == 0);
  CHECK(encoded(CharacterSet::latin1, "a\nß").bad == 1);
  CHECK(decoded(CharacterSet::utf8, "Łódź €😀").text == "Łódź €😀");
  CHECK(decoded(CharacterSet::utf8, "a\xc3").bad == 1);
  CHECK(decoded(CharacterSet::utf8, "ab\x01").bad == 2);
  CHECK(decoded(CharacterSet::utf8, "ab\uffff").bad == 2);
  CHECK(encoded(CharacterSet::utf8, "x\xed\xa0\x80").bad == 1);
  for (const auto set : {CharacterSet::unoa, CharacterSet::unob, CharacterSet::keca, CharacterSet::x12_basic, CharacterSet::x12_extended}) {
    CHECK(decoded(set, "AB\xc3\x9c").bad == 2);
    CHECK(encoded(set, "AB\xc3\x9c").bad == 2);
    CHECK(encoded(set, "AB 12").text == "AB 12");
  }
  CHECK(decoded(CharacterSet::unoa, "AbC").bad == 1);
  CHECK(encoded(CharacterSet::x12_basic, "AB#").bad == 2);
  CHECK(decoded(CharacterSet::unsupported, "A").bad == 0);
  CHECK(decoded(CharacterSet::unsupported, "").text == "");
}

TEST_CASE("syntax identifiers name their sets", "[edi][charset]") {
  CHECK(edifact_character_set("UNOA") == CharacterSet::unoa);
  CHECK(edifact_character_set("UNOB") == CharacterSet::unob);
  CHECK(edifact_character_set("UNOC") == CharacterSet::latin1);
  CHECK(edifact_character_set("UNOD") == CharacterSet::latin2);
  CHECK(edifact_character_set("UNOE") == CharacterSet::cyrillic);
  CHECK(edifact_character_set("UNOF") == CharacterSet::greek);
  CHECK(edifact_character_set("UNOG") == CharacterSet::latin3);
  CHECK(edifact_character_set("UNOH") == CharacterSet::latin4);
  CHECK(edifact_character_set("UNOI") == CharacterSet::arabic);
  CHECK(edifact_character_set("UNOJ") == CharacterSet::hebrew);
  CHECK(edifact_character_set("UNOK") == CharacterSet::latin5);
  CHECK(edifact_character_set("UNOY") == CharacterSet::utf8);
  CHECK(edifact_character_set("UNOW") == CharacterSet::utf8);
  CHECK(edifact_character_set("KECA") == CharacterSet::keca);
  CHECK(edifact_character_set("UNOX") == CharacterSet::unsupported);
  CHECK(edifact_character_set("unoa") == CharacterSet::unsupported);
  CHECK(edifact_character_set("") == CharacterSet::unsupported);
}

TEST_CASE("the repertoires that are less than ASCII", "[edi][charset]") {
  const std::string digits = "0123456789", upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower = "abcdefghijklmnopqrstuvwxyz";
  CHECK(admitted(CharacterSet::unoa) == " !\"%&'()*+,-./" + digits + ":;<=>?" + upper);
  CHECK(admitted(CharacterSet::unob) == " !\"%&'()*+,-./" + digits + ":;<=>?" + upper + lower);
  CHECK(admitted(CharacterSet::x12_basic) == " !\"&'()*+,-./" + digits + ":;=?" + upper);
  CHECK(admitted(CharacterSet::x12_extended).size() == 95);
  CHECK(admitted(CharacterSet::utf8).size() == 95);
  CHECK(admitted(CharacterSet::latin1).size() == 95);
  CHECK(admitted(CharacterSet::unsupported).empty());
}

TEST_CASE("what a report shows of data is printable, whole characters, and no longer than asked", "[formats][edi]") {
  CHECK(printable("A\x01" "B\x7f\t") == "A.B..");
  CHECK(printable("Z\xc3\xbcrich") == "Z\xc3\xbcrich");
  CHECK(printable("Z\xfcrich") == "Z.rich");
  CHECK(printable("Z\xc3\xbcrich", 2) == "Z");
  CHECK(printable(std::string(200, 'x'), 99).size() == 99);
  CHECK(printable(std::string("a\0b", 3)) == "a.b");
}
