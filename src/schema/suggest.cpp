#include "schema/suggest.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "schema/temporal.hpp"

namespace wayleave::schema {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

/// Runs of digits and of letters, in order; everything else separates.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto kind = is_digit(text[i]) ? is_digit : is_letter(text[i]) ? is_letter : nullptr;
    if (!kind) {
      ++i;
      continue;
    }
    const auto start = i;
    while (i < text.size() && kind(text[i])) ++i;
    out.emplace_back(text.substr(start, i - start));
  }
  return out;
}

int month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto head = lower(name.substr(0, 3));
  for (int i = 0; i < 12; ++i) {
    if (name.size() >= 3 && head == months[static_cast<std::size_t>(i)]) return i + 1;
  }
  return 0;
}

std::optional<std::string> date(int year, int month, int day) {
  if (month < 1 || month > 12 || year < 1900 || year > 2999 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
  return text;
}

int value(const std::string& digits) { return digits.size() > 4 ? -1 : std::atoi(digits.c_str()); }

std::optional<std::string> date_of(std::string_view text) {
  const auto parts = words(text);
  if (parts.empty() || parts.size() > 9) return std::nullopt;
  if (is_digit(parts[0][0]) && parts[0].size() == 8) {
    return date(value(parts[0].substr(0, 4)), value(parts[0].substr(4, 2)), value(parts[0].substr(6, 2)));
  }
  if (parts.size() < 3) return std::nullopt;
  if (is_letter(parts[0][0])) return date(value(parts[2]), month_of(parts[0]), value(parts[1]));   // March 14, 2025
  if (is_letter(parts[1][0])) return date(value(parts[2]), month_of(parts[1]), value(parts[0]));   // 14 Mar 2025
  if (!is_digit(parts[2][0])) return std::nullopt;
  const int a = value(parts[0]), b = value(parts[1]), c = value(parts[2]);
  if (parts[0].size() == 4) return date(a, b, c);                                                   // 2025/3/14
  if (parts[2].size() != 4) return std::nullopt;
  if (text.find('.') != text.npos) return date(c, b, a);                                            // 14.03.2025
  if (a > 12) return date(c, b, a);
  if (b > 12) return date(c, a, b);
  return a == b ? date(c, a, b) : std::nullopt;
}

std::optional<std::string> time_of(std::string_view text) {
  const auto marks = lower(text);
  const bool pm = marks.find("pm") != marks.npos, am = marks.find("am") != marks.npos;
  auto parts = words(text);
  if (parts.empty() || !is_digit(parts[0][0])) return std::nullopt;
  if (parts[0].size() == 4 || parts[0].size() == 6) {   // 0912, 091230
    const auto all = parts[0];
    parts = {all.substr(0, 2), all.substr(2, 2)};
    if (all.size() == 6) parts.push_back(all.substr(4, 2));
  }
  if (parts.size() < 2 || !is_digit(parts[1][0])) return std::nullopt;
  int hour = value(parts[0]), minute = value(parts[1]);
  const int second = parts.size() > 2 && is_digit(parts[2][0]) ? value(parts[2]) : 0;
  if (pm && hour < 12) hour += 12;
  if (am && hour == 12) hour = 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  char out[40];
  std::snprintf(out, sizeof out, "%02d:%02d:%02d", hour, minute, second);
  return out;
}

std::optional<std::string> date_time_of(std::string_view text) {
  const auto split = text.find_first_of(" T");
  if (split == text.npos) {
    const auto day = date_of(text);
    return day ? std::optional(*day + "T00:00:00") : std::nullopt;
  }
  const auto rest = text.substr(split + 1);
  const auto day = date_of(text.substr(0, split));
  const auto zone = rest.ends_with('Z') ? std::string("Z") : std::string();
  const auto time = rest.find_first_of("+-") == rest.npos ? time_of(rest) : std::nullopt;
  return day && time ? std::optional(*day + "T" + *time + zone) : std::nullopt;
}

std::optional<std::string> number_of(std::string_view text, bool integer) {
  std::string kept;
  std::size_t letters = 0;
  for (char c : text) {
    if (is_digit(c) || c == '.' || c == ',' || ((c == '-' || c == '+') && kept.empty())) kept += c;
    else if (is_letter(c) || static_cast<unsigned char>(c) >= 0x80) ++letters;
    else if (c != ' ' && c != '\'' && c != '$' && c != '%') return std::nullopt;
  }
  if (letters > 3) return std::nullopt;   // a currency or unit may stand beside it, words may not
  const auto point = kept.rfind('.'), comma = kept.rfind(',');
  const auto commas = std::count(kept.begin(), kept.end(), ','), points = std::count(kept.begin(), kept.end(), '.');
  if (comma != kept.npos && point != kept.npos) {
    const char thousands = point > comma ? ',' : '.';
    kept.erase(std::remove(kept.begin(), kept.end(), thousands), kept.end());
  } else if (commas == 1 && kept.size() - comma != 4) {
    kept[comma] = '.';
    kept.erase(std::remove(kept.begin(), kept.end(), ','), kept.end());
  } else if (commas > 1) {
    kept.erase(std::remove(kept.begin(), kept.end(), ','), kept.end());
  } else if (commas == 1 || points > 1) {
    return std::nullopt;   // 1,234 is read in two ways
  }
  std::replace(kept.begin(), kept.end(), ',', '.');
  if (std::none_of(kept.begin(), kept.end(), is_digit)) return std::nullopt;
  if (integer) {
    const auto at = kept.find('.');
    if (at != kept.npos && kept.find_first_not_of('0', at + 1) != kept.npos) return std::nullopt;
    kept = kept.substr(0, at);
  }
  return kept;
}

std::optional<std::string> boolean_of(std::string_view text) {
  const auto word = lower(text);
  for (const auto* yes : {"true", "yes", "y", "t", "on", "x"}) {
    if (word == yes) return "true";
  }
  for (const auto* no : {"false", "no", "n", "f", "off"}) {
    if (word == no) return "false";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> suggest_value(Primitive primitive, bool integer, std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  switch (primitive) {
    case Primitive::date: return date_of(text);
    case Primitive::time: return time_of(text);
    case Primitive::date_time: return date_time_of(text);
    case Primitive::decimal: case Primitive::floating: return number_of(text, integer);
    case Primitive::boolean: return boolean_of(text);
    default: return std::nullopt;
  }
}

}  // namespace wayleave::schema
