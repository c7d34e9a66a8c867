#include "formats/edi/guide_notation.hpp"

#include <algorithm>
#include <charconv>

namespace wayleave::edi::notation {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.'; }

std::optional<Rule::Kind> kind_of(std::string_view letters) {
  using Kind = Rule::Kind;
  static constexpr std::pair<std::string_view, Kind> known[] = {
      {"P", Kind::paired}, {"R", Kind::required}, {"E", Kind::exclusive}, {"C", Kind::conditional}, {"L", Kind::list_conditional},
      {"D1", Kind::exactly_one}, {"D2", Kind::paired}, {"D3", Kind::required}, {"D4", Kind::exclusive}, {"D5", Kind::conditional},
      {"D6", Kind::list_conditional}, {"D7", Kind::first_excludes}};
  for (const auto& [name, kind] : known)
    if (name == letters) return kind;
  return std::nullopt;
}

/// Reads from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : left_(text) {}
  void blank() {
    const auto from = left_.find_first_not_of(blanks);
    left_.remove_prefix(from == left_.npos ? left_.size() : from);
  }
  bool done() {
    blank();
    return left_.empty();
  }
  bool take(std::string_view text) {
    blank();
    if (!left_.starts_with(text)) return false;
    left_.remove_prefix(text.size());
    return true;
  }
  bool take_word(std::string_view word) {
    blank();
    if (!left_.starts_with(word) || (left_.size() > word.size() && is_name(left_[word.size()]))) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  std::string name() {
    blank();
    std::size_t size = 0;
    while (size < left_.size() && is_name(left_[size])) ++size;
    std::string out(left_.substr(0, size));
    left_.remove_prefix(size);
    return out;
  }
  std::optional<std::string> quoted() {
    blank();
    if (left_.empty() || (left_[0] != '\'' && left_[0] != '"')) return std::nullopt;
    const auto end = left_.find(left_[0], 1);
    if (end == left_.npos) return std::nullopt;
    std::string out(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return out;
  }
  std::string rest() const { return left_.empty() ? "its end" : "'" + std::string(left_.substr(0, 30)) + "'"; }

 private:
  std::string_view left_;
};

bool read_one(Cursor& cursor, Test& test, std::string& problem) {
  test.path = {cursor.name()};
  while (cursor.take("/")) test.path.push_back(cursor.name());
  if (test.path.size() > 2 || std::any_of(test.path.begin(), test.path.end(), [](const auto& step) { return step.empty(); })) {
    problem = "a test begins with an element, or an element and its component: N101, C507/E2005";
    return false;
  }
  auto value = cursor.take("=") ? cursor.quoted() : std::nullopt;
  if (!value) {
    problem = "behind the path stands ='value', not " + cursor.rest();
    return false;
  }
  test.values = {std::move(*value)};
  return true;
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!(text = trimmed(text)).empty()) {
    const auto end = std::min(text.find_first_of(blanks), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

std::optional<Rule> read_rule(std::string_view word, std::string& problem) {
  Rule rule;
  rule.text = word;
  const std::size_t letters = word.starts_with('D') ? 2 : 1;
  const auto kind = kind_of(word.substr(0, letters));
  if (!kind) {
    problem = "a rule begins with P, R, E, C, L or D1 to D7";
    return std::nullopt;
  }
  rule.kind = *kind;
  std::string digits;
  for (char c : word.substr(letters))
    if (c != '(' && c != ')' && c != ',') digits += c;
  if (digits.size() % 2 || digits.size() < 4 || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    problem = "behind its letter come two or more positions of two digits each";
    return std::nullopt;
  }
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned position = static_cast<unsigned>(digits[i] - '0') * 10 + static_cast<unsigned>(digits[i + 1] - '0');
    if (position == 0 || position > 64) {
      problem = "positions go from 01 to 64";
      return std::nullopt;
    }
    const auto bit = std::uint64_t{1} << (position - 1);
    if (rule.all & bit) {
      problem = "it names position " + digits.substr(i, 2) + " twice";
      return std::nullopt;
    }
    rule.all |= bit;
    if (i == 0) rule.first = bit;
  }
  return rule;
}

std::optional<std::pair<unsigned, unsigned>> read_pairs(std::string_view text, std::string& problem) {
  text = trimmed(text);
  const auto dash = text.find('-');
  const auto from = read_number(text.substr(0, dash));
  const auto to = dash == text.npos ? std::nullopt : read_number(text.substr(dash + 1));
  if (!from || !to) problem = "it is written 06-25: the first qualifier's position and the last value's";
  else if (*from == 0 || *to > 99) problem = "positions go from 01 to 99";
  else if (*from >= *to) problem = "the second position must be behind the first";
  else if ((*to - *from) % 2 == 0) problem = "qualifiers and values come in twos, and this is an odd number of positions";
  else return std::pair(*from, *to);
  return std::nullopt;
}

std::optional<std::vector<Test>> read_when(std::string_view text, std::string& problem) {
  Cursor cursor(text);
  std::vector<Test> out;
  if (cursor.done()) {
    problem = "it is empty";
    return std::nullopt;
  }
  do {
    Test test;
    if (!read_one(cursor, test, problem)) return std::nullopt;
    while (cursor.take_word("or")) {
      Test other;
      if (!read_one(cursor, other, problem)) return std::nullopt;
      if (other.path != test.path) {
        problem = "'or' joins values of one element only";
        return std::nullopt;
      }
      test.values.push_back(std::move(other.values[0]));
    }
    std::sort(test.values.begin(), test.values.end());
    test.values.erase(std::unique(test.values.begin(), test.values.end()), test.values.end());
    out.push_back(std::move(test));
  } while (cursor.take_word("and"));
  if (!cursor.done()) {
    problem = "'or', 'and' or the end is expected, not " + cursor.rest();
    return std::nullopt;
  }
  return out;
}

std::optional<Call> read_auto(std::string_view text, std::string& problem) {
  Cursor cursor(text);
  Call call;
  const auto name = cursor.name();
  using Kind = Auto::Kind;
  call.kind = name == "count" ? Kind::count : name == "sum" ? Kind::sum : name == "position" ? Kind::position : name == "fixed" ? Kind::fixed
      : Kind::none;
  const bool open = call.kind != Kind::none && cursor.take("(");
  if (!open) {
    problem = "it is one of count(/path), sum(/path), position() and fixed('value')";
    return std::nullopt;
  }
  if (call.kind == Kind::fixed) {
    auto value = cursor.quoted();
    if (!value || value->empty()) {
      problem = "fixed takes a text between quotes";
      return std::nullopt;
    }
    call.value = std::move(*value);
  } else if (call.kind != Kind::position) {
    call.anywhere = cursor.take("//");
    if (!call.anywhere && !cursor.take("/")) {
      problem = "its path begins with / at the message, as /TS850/PO1";
      return std::nullopt;
    }
    do {
      call.path.push_back(cursor.name());
    } while (cursor.take("/"));
    if (call.path.back().empty()) {
      problem = "its path has names and / only, and here is " + cursor.rest();
      return std::nullopt;
    }
    if (call.anywhere && (call.kind != Kind::count || call.path.size() > 1)) {
      problem = "// goes with count and one segment id: count(//HL)";
      return std::nullopt;
    }
  }
  if (!cursor.take(")") || !cursor.done()) {
    problem = "')' and the end are expected, not " + cursor.rest();
    return std::nullopt;
  }
  return call;
}

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value > 0x7fffffffu) return std::nullopt;
  return value;
}

bool is_segment_id(Standard standard, std::string_view text) {
  const bool shaped = text.size() >= 2 && text.size() <= 3 && is_upper(text[0]) &&
                      std::all_of(text.begin(), text.end(), [](char c) { return is_upper(c) || is_digit(c); });
  return shaped && (standard == Standard::x12 || text.size() == 3);
}

std::pair<std::string_view, std::string_view> split_suffix(std::string_view name) {
  const auto at = name.find('_');
  if (at == name.npos) return {name, {}};
  return {name.substr(0, at), name.substr(at + 1)};
}

}  // namespace wayleave::edi::notation
