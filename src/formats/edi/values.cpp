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

bool is_edifact_date(std::string_view value, std::string_view form) {
  auto century = [](std::string_view yymmdd) { return "20" + std::string(yymmdd); };
  auto clock = [](std::string_view text) { return time_of_day(text) == Misfit::none; };
  auto moment = [&](std::string_view text) { return is_date(text.substr(0, 8)) && clock(text.substr(8)); };
  if (!value.empty() && form != "303" && form != "205" && form != "402" && form != "718" && form != "711" && form != "713" && form != "719" && !digits(value)) {
    static constexpr std::string_view judged[] = {"101", "102", "103", "201", "203", "204", "301", "401", "609", "610", "616"};
    for (const auto known : judged)
      if (form == known) return false;
  }
  if (form == "101") return value.size() == 6 && is_date(century(value));
  if (form == "102") return is_date(value);
  if (form == "201") return value.size() == 10 && is_date(century(value.substr(0, 6))) && clock(value.substr(6));
  if (form == "301") return value.size() >= 10 && is_date(century(value.substr(0, 6))) && clock(value.substr(6, 4));
  if (form == "203") return value.size() == 12 && moment(value);
  if (form == "204") return value.size() == 14 && moment(value);
  if (form == "205" || form == "303") return value.size() >= 12 && moment(value.substr(0, 12));
  if (form == "401") return value.size() == 4 && clock(value);
  if (form == "609") return value.size() == 4 && two(value, 2) >= 1 && two(value, 2) <= 12;
  if (form == "610") return value.size() == 6 && two(value, 4) >= 1 && two(value, 4) <= 12;
  if (form == "616") return value.size() == 6 && two(value, 4) >= 1 && two(value, 4) <= 53;
  if (form == "711") return value.size() == 16 && is_date(value.substr(0, 8)) && is_date(value.substr(8));
  if (form == "718") return value.size() == 17 && value[8] == '-' ? is_date(value.substr(0, 8)) && is_date(value.substr(9)) : value.size() == 16 && is_date(value.substr(0, 8)) && is_date(value.substr(8));
  if (form == "719") return value.size() >= 24 && moment(value.substr(0, 12));
  return true;
}

Measured measure_form(Form form, std::string_view text, bool wide, bool edifact) {
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
