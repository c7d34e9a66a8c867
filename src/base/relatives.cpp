#include "base/relatives.hpp"

namespace wayleave {

namespace {

// Nearest relatives in ASCII of Latin-1 and Latin Extended-A letters from U+00C0 on, two bytes each, blank: one letter.
constexpr std::string_view latin1_relatives =
  "A A A A A A AEC E E E E I I I I D N O O O O O ? O U U U U Y THss"
  "a a a a a a aec e e e e i i i i d n o o o o o ? o u u u u y thy ";
constexpr std::string_view latin_a_relatives =
  "A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G g G g H h H h I i I i I i I i I i IJijJ j K k k "
  "L l L l L l L l L l N n N n N n n N n O o O o O o OEoeR r R r R r S s S s S s S s T t T t T t U u U u U u U u U u U u "
  "W w Y y Y Z z Z z Z z s ";
static_assert(latin1_relatives.size() == 64 * 2);
static_assert(latin_a_relatives.size() == 128 * 2);

}  // namespace

std::string_view nearest_ascii(char32_t c) {
  auto from = [](std::string_view table, std::size_t i) {
    auto pair = table.substr(i * 2, 2);
    return pair[1] == ' ' ? pair.substr(0, 1) : pair;
  };
  if (c >= 0xC0 && c <= 0xFF) return from(latin1_relatives, c - 0xC0);
  if (c >= 0x100 && c <= 0x17F) return from(latin_a_relatives, c - 0x100);
  switch (c) {
    case 0x2018: case 0x2019: case 0x201A: case 0x2032: return "'";
    case 0x201C: case 0x201D: case 0x201E: case 0x2033: case 0xAB: case 0xBB: return "\"";
    case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2212: return "-";
    case 0x2026: return "...";
    case 0xA0: case 0x2002: case 0x2003: case 0x2009: case 0x202F: case '\t': case '\n': case '\r': return " ";
    case 0x20AC: return "EUR";
    case 0xD7: return "x";
    default: return {};
  }
}

}  // namespace wayleave
