#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Texts as people count them: in characters (code points), of valid UTF-8.
namespace wayleave::mapping {

std::uint32_t characters(std::string_view text);
/// The first `count` characters.
std::string_view first_characters(std::string_view text, std::size_t count);
/// From character `from` (counted from 1) on, `count` of them; what lies outside the text is left out.
std::string_view characters_from(std::string_view text, std::int64_t from, std::int64_t count);
std::string_view trimmed(std::string_view text);
inline bool is_blank(std::string_view text) { return trimmed(text).empty(); }
/// True when `text` is what collapsing white space would make of it.
bool is_collapsed(std::string_view text);
void append_collapsed(std::string& out, std::string_view text);
/// Upper and lower case of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic letters; ß stays. Others are kept.
void append_upper(std::string& out, std::string_view text);
void append_lower(std::string& out, std::string_view text);
void append_replaced(std::string& out, std::string_view text, std::string_view what, std::string_view by);
/// Pieces of at most `length` characters, broken at the last blank that leaves none longer; a longer word is cut.
void chunk(std::string_view text, std::uint32_t length, const std::function<void(std::string_view)>& piece);

/// A character set that a message may be bound to.
struct Charset {
  std::string_view name;
  bool upper;                              ///< has no lower-case letters
  bool (*has)(std::uint32_t character);
};
const Charset* find_charset(std::string_view name);
std::vector<std::string> charset_names();
/// Letters that the set lacks become their nearest relatives (é e, ß ss, “ "), what has none becomes '?'.
void append_in_charset(std::string& out, std::string_view text, const Charset& set);

/// GS1 check digit over all digits before the last; false for anything but digits.
bool check_digit_ok(std::string_view digits);
char check_digit_for(std::string_view digits);

/// Why a pattern of format() is unusable; empty: it is usable.
std::string number_pattern_problem(std::string_view pattern);

}  // namespace wayleave::mapping
