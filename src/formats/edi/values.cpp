#include "formats/edi/values.hpp"

namespace wayleave::edi {
namespace {

bool digits(std::string_view text) {
  for (char c : text)
    if (c < '0' || c > '9') return false;
  return true;
}

unsigned two(std::string_view text, std::size_t at) {
  return static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
}

bool day_exists(unsigned year, unsigned month, unsigned day) {
  static constexpr unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

std::uint32_t characters(std::string_view text) {
  std::uint32_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

Measured integer(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return {text.empty() || !digits(text) ? Misfit::number : Misfit::none, static_cast<std::uint32_t>(text.size())};
}

Measured decimal(std::string_view text, bool edifact) {
  std::size_t i = 0;
  std::uint32_t count = 0;
  if (i < text.size() && text[i] == '-') ++i;
  bool point = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') ++count;
    else if (!point && (c == '.' || (edifact && c == ','))) point = true;
    else break;
  }
  if (count == 0) return {Misfit::number, static_cast<std::uint32_t>(text.size())};
  if (i < text.size() && text[i] == 'E' && !edifact) {
    const auto power = integer(text.substr(i + 1));
    if (power.misfit != Misfit::none) return {Misfit::number, count};
    return {Misfit::none, count + power.length};
  }
  return {i == text.size() ? Misfit::none : Misfit::number, count};
}

Misfit time_of_day(std::string_view text) {
  if (text.size() < 4 || text.size() > 8 || text.size() == 5 || !digits(text)) return Misfit::time;
  if (two(text, 0) > 23 || two(text, 2) > 59) return Misfit::time;
  return text.size() >= 6 && two(text, 4) > 59 ? Misfit::time : Misfit::none;
}

}  // namespace

bool is_date(std::string_view text) {
  return text.size() == 8 && digits(text) && day_exists(two(text, 0) * 100 + two(text, 2), two(text, 4), two(text, 6));
}

Measured measure(Form form, std::string_view text, bool wide, bool edifact) {
  const auto size = static_cast<std::uint32_t>(text.size());
  switch (form) {
    case Form::text:
    case Form::code:
    case Form::binary: return {Misfit::none, wide && form != Form::binary ? characters(text) : size};
    case Form::integer: return integer(text);
    case Form::decimal: return decimal(text, edifact);
    case Form::date8: return {is_date(text) ? Misfit::none : Misfit::date, size};
    case Form::date6: {
      const bool good = size == 6 && digits(text) && day_exists(2000 + two(text, 0), two(text, 2), two(text, 4));
      return {good ? Misfit::none : Misfit::date, size};
    }
    case Form::time: return {time_of_day(text), size};
  }
  return {};
}

}  // namespace wayleave::edi
