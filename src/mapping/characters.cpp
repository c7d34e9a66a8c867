#include "mapping/characters.hpp"

#include <algorithm>
#include <array>

#include "base/relatives.hpp"
#include "base/utf8.hpp"

namespace wayleave::mapping {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The character at the front, taken off; the text is valid UTF-8, a stray byte counts as a character of its own.
std::uint32_t take_character(std::string_view& text) {
  auto first = static_cast<unsigned char>(text.front());
  std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  length = std::min(length, text.size());
  std::uint32_t character = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  text.remove_prefix(length);
  return character;
}

std::uint32_t upper(std::uint32_t c) {
  if (c >= 'a' && c <= 'z') return c - 32;
  if (c < 0xE0) return c;
  if (c <= 0xFE && c != 0xF7) return c - 32;
  if (c == 0xFF) return 0x178;
  if (c == 0x131) return 'I';
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return c & ~1u;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c % 2 == 0 ? c - 1 : c;
  if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) return c - 32;
  if (c == 0x3C2) return 0x3A3;
  if (c == 0x3AC) return 0x386;
  if (c >= 0x3AD && c <= 0x3AF) return c - 37;
  if (c == 0x3CC) return 0x38C;
  if (c == 0x3CD || c == 0x3CE) return c - 63;
  if (c >= 0x430 && c <= 0x44F) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  return c;
}

std::uint32_t lower(std::uint32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c < 0xC0) return c;
  if (c <= 0xDE && c != 0xD7) return c + 32;
  if (c == 0x130) return 'i';
  if (c == 0x178) return 0xFF;
  if ((c >= 0x100 && c <= 0x136) || (c >= 0x14A && c <= 0x176)) return c | 1u;
  if ((c >= 0x139 && c <= 0x147) || (c >= 0x179 && c <= 0x17D)) return c % 2 == 1 ? c + 1 : c;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

template <class F>
void append_mapped(std::string& out, std::string_view text, F&& map) {
  while (!text.empty()) append_utf8(out, map(take_character(text)));
}

bool in_letters_of(std::string_view letters, std::uint32_t c) {
  return c < 0x80 && letters.find(static_cast<char>(c)) != std::string_view::npos;
}

bool upper_or_digit(std::uint32_t c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; }
bool lower_letter(std::uint32_t c) { return c >= 'a' && c <= 'z'; }

// X12.5 basic and extended character sets; ISO 9735 levels A, B, C.
bool in_x12_basic(std::uint32_t c) { return upper_or_digit(c) || in_letters_of("!\"&'()*+,-./:;?=", c); }
bool in_x12_extended(std::uint32_t c) { return in_x12_basic(c) || lower_letter(c) || in_letters_of("%@[]_{}\\|<>~#$^`", c); }
bool in_unoa(std::uint32_t c) { return upper_or_digit(c) || in_letters_of(".,-()/='+:?!\"%&*;<>", c); }
bool in_unob(std::uint32_t c) { return in_unoa(c) || lower_letter(c); }
bool in_ascii(std::uint32_t c) { return c >= 0x20 && c < 0x7F; }
bool in_latin1(std::uint32_t c) { return in_ascii(c) || (c >= 0xA0 && c <= 0xFF); }

constexpr std::array charsets{
  Charset{"x12-basic", true, in_x12_basic}, Charset{"x12-extended", false, in_x12_extended}, Charset{"UNOA", true, in_unoa},
  Charset{"UNOB", false, in_unob},          Charset{"UNOC", false, in_latin1},             Charset{"ascii", false, in_ascii},
  Charset{"latin-1", false, in_latin1},
};

}  // namespace

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_tail)));
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  if (text.size() <= count) return text;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (!is_tail(text[i]) && count-- == 0) break;
  }
  return text.substr(0, i);
}

std::string_view characters_from(std::string_view text, std::int64_t from, std::int64_t count) {
  if (count <= 0) return {};
  if (from < 1) {
    // As XPath: places before the first character count, but hold nothing.
    if (count != INT64_MAX) count += from - 1;
    from = 1;
    if (count <= 0) return {};
  }
  text.remove_prefix(first_characters(text, static_cast<std::size_t>(from - 1)).size());
  return first_characters(text, static_cast<std::size_t>(count));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_collapsed(std::string_view text) {
  bool blank = true;
  for (char c : text) {
    if (static_cast<unsigned char>(c) > ' ') {
      blank = false;
      continue;
    }
    if (!is_blank(c)) {
      blank = false;
      continue;
    }
    if (blank || c != ' ') return false;
    blank = true;
  }
  return !blank || text.empty();
}

void append_collapsed(std::string& out, std::string_view text) {
  text = trimmed(text);
  bool blank = false;
  for (char c : text) {
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
}

void append_upper(std::string& out, std::string_view text) { append_mapped(out, text, upper); }
void append_lower(std::string& out, std::string_view text) { append_mapped(out, text, lower); }

void append_replaced(std::string& out, std::string_view text, std::string_view what, std::string_view by) {
  while (true) {
    auto found = what.empty() ? std::string_view::npos : text.find(what);
    out += text.substr(0, found);
    if (found == std::string_view::npos) return;
    out += by;
    text.remove_prefix(found + what.size());
  }
}

void chunk(std::string_view text, std::uint32_t length, const std::function<void(std::string_view)>& piece) {
  text = trimmed(text);
  while (!text.empty() && length > 0) {
    auto front = first_characters(text, length);
    if (front.size() < text.size() && !is_blank(text[front.size()])) {
      auto blank = front.find_last_of(" \t\r\n");
      if (blank != std::string_view::npos && blank > 0) front = front.substr(0, blank);
    }
    auto rest = text.substr(front.size());
    if (auto shown = trimmed(front); !shown.empty()) piece(shown);
    text = trimmed(rest);
  }
}

const Charset* find_charset(std::string_view name) {
  auto found = std::find_if(charsets.begin(), charsets.end(), [&](const auto& set) { return set.name == name; });
  return found == charsets.end() ? nullptr : &*found;
}

std::vector<std::string> charset_names() {
  std::vector<std::string> names;
  for (const auto& set : charsets) names.emplace_back(set.name);
  return names;
}

void append_in_charset(std::string& out, std::string_view text, const Charset& set) {
  auto put = [&](std::uint32_t c) {
    if (set.upper) c = upper(c);
    if (!set.has(c)) return false;
    append_utf8(out, c);
    return true;
  };
  while (!text.empty()) {
    auto c = take_character(text);
    if (put(c)) continue;
    auto letters = nearest_ascii(c);
    bool known = !letters.empty();
    for (char letter : letters) known = put(static_cast<unsigned char>(letter)) && known;
    if (!known) put('?');
  }
}

char check_digit_for(std::string_view digits) {
  unsigned sum = 0;
  bool three = true;
  for (auto i = digits.rbegin(); i != digits.rend(); ++i) {
    sum += static_cast<unsigned>(*i - '0') * (three ? 3 : 1);
    three = !three;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool check_digit_ok(std::string_view digits) {
  if (digits.size() < 2 || digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return check_digit_for(digits.substr(0, digits.size() - 1)) == digits.back();
}

std::string number_pattern_problem(std::string_view pattern) {
  auto point = pattern.find('.');
  auto whole = pattern.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view() : pattern.substr(point + 1);
  if (pattern.size() > 60) return "this pattern is longer than any number";
  if (whole.find_first_not_of("#,0") != std::string_view::npos || fraction.find_first_not_of("0#") != std::string_view::npos) {
    return "a pattern of numbers has only 0, #, one point and commas between thousands";
  }
  if (pattern.find_first_of("0#") == std::string_view::npos) return "a pattern of numbers has a 0 or # for every digit";
  if (auto zero = whole.find('0'); zero != std::string_view::npos && whole.find('#', zero) != std::string_view::npos) {
    return "before the point # stands left of 0";
  }
  if (auto open = fraction.find('#'); open != std::string_view::npos && fraction.find('0', open) != std::string_view::npos) {
    return "after the point 0 stands left of #";
  }
  return {};
}

}  // namespace wayleave::mapping
