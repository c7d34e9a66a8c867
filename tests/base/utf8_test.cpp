#include "base/utf8.hpp"

#include <catch2/catch.hpp>

using namespace wayleave;

TEST_CASE("the first bytes of a text end with a whole character", "[base]") {
  const std::string text = "a\u00e9\u20ac\U0001f69b!";   // 1, 2, 3, 4 and 1 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t most = 0; most < std::size(expected); ++most) {
    INFO(most);
    CHECK(utf8_head(text, most).size() == expected[most]);
    CHECK(is_utf8(utf8_head(text, most)));
  }
}

TEST_CASE("bytes that are no UTF-8 are cut where they are asked to be", "[base]") {
  const std::string text(10, '\x80');
  for (std::size_t most = 0; most <= 10; ++most) CHECK(utf8_head(text, most).size() == most);
}

TEST_CASE("what is added as a character reads as one", "[base]") {
  for (const char32_t c : {U'a', U'\u007f', U'\u0080', U'\u07ff', U'\u0800', U'\uffff', U'\U00010000', U'\U0010ffff'}) {
    std::string out;
    append_utf8(out, c);
    INFO(static_cast<std::uint32_t>(c));
    CHECK(utf8_sequence(out) == out.size());
  }
  for (const char* no : {"", "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"}) {
    INFO(no);
    CHECK(utf8_sequence(no) == 0);
  }
}
