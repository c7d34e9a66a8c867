#include "mapping/dates.hpp"

#include <array>

namespace wayleave::mapping {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Exactly `digits` digits at the front, taken off.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// XML Schema part 2, 3.2.9.1: '-'? yyyy+ '-' mm '-' dd. Years of more than six digits are refused.
bool take_date(std::string_view& text, Moment& moment) {
  bool negative = take(text, '-');
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits < 4 || digits > 6 || (digits > 4 && text[0] == '0')) return false;
  auto year = take_number(text, digits);
  if (!year || !take(text, '-')) return false;
  auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return false;
  auto day = take_number(text, 2);
  if (!day) return false;
  auto signed_year = static_cast<std::int32_t>(*year);
  auto days = days_from_civil(negative ? -signed_year : signed_year, *month, *day);
  if (!days) return false;
  moment.days = *days;
  return true;
}

// 3.2.8.1: hh ':' mm ':' ss ('.' s+)?; 24:00:00 is the first moment of the next day.
bool take_time(std::string_view& text, Moment& moment) {
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return false;
  auto minutes = take_number(text, 2);
  if (!minutes || !take(text, ':')) return false;
  auto seconds = take_number(text, 2);
  if (!seconds || *minutes > 59 || *seconds > 59) return false;
  if (take(text, '.')) {
    std::uint32_t scale = 100'000'000;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
      if (digits >= 9) continue;
      moment.nanos += static_cast<std::uint32_t>(text.front() - '0') * scale;
      scale /= 10;
    }
    if (digits == 0) return false;
    moment.fraction_digits = static_cast<std::uint8_t>(digits > 9 ? 9 : digits);
  }
  if (*hours == 24 && *minutes == 0 && *seconds == 0 && moment.nanos == 0) {
    ++moment.days;
    return true;
  }
  if (*hours > 23) return false;
  moment.seconds = static_cast<std::int32_t>(*hours * 3600 + *minutes * 60 + *seconds);
  return true;
}

// 3.2.7.3: 'Z' or ('+' | '-') hh ':' mm, at most 14 hours; may be missing.
bool take_offset(std::string_view& text, Moment& moment) {
  if (text.empty()) return true;
  moment.has_offset = true;
  if (take(text, 'Z')) return true;
  const bool negative = text.front() == '-';
  if (!negative && text.front() != '+') return false;
  text.remove_prefix(1);
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return false;
  auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59 || *hours > 14 || (*hours == 14 && *minutes > 0)) return false;
  auto total = static_cast<std::int16_t>(*hours * 60 + *minutes);
  moment.offset = negative ? static_cast<std::int16_t>(-total) : total;
  return true;
}

void append_number(std::string& out, unsigned value, unsigned digits) {
  std::array<char, 10> buffer;
  auto i = buffer.size();
  while (digits > 0 || value > 0) {
    buffer[--i] = static_cast<char>('0' + value % 10);
    value /= 10;
    if (digits > 0) --digits;
  }
  out.append(buffer.data() + i, buffer.size() - i);
}

void append_offset(std::string& out, const Moment& moment) {
  if (!moment.has_offset) return;
  if (moment.offset == 0) {
    out += 'Z';
    return;
  }
  unsigned minutes = static_cast<unsigned>(moment.offset < 0 ? -moment.offset : moment.offset);
  out += moment.offset < 0 ? '-' : '+';
  append_number(out, minutes / 60, 2);
  out += ':';
  append_number(out, minutes % 60, 2);
}

void append_day(std::string& out, const Moment& moment) {
  auto civil = civil_from_days(moment.days);
  if (civil.year < 0) out += '-';
  append_number(out, static_cast<unsigned>(civil.year < 0 ? -civil.year : civil.year), 4);
  out += '-';
  append_number(out, civil.month, 2);
  out += '-';
  append_number(out, civil.day, 2);
}

void append_clock(std::string& out, const Moment& moment) {
  auto seconds = static_cast<unsigned>(moment.seconds);
  append_number(out, seconds / 3600, 2);
  out += ':';
  append_number(out, seconds / 60 % 60, 2);
  out += ':';
  append_number(out, seconds % 60, 2);
  if (moment.fraction_digits == 0) return;
  out += '.';
  std::uint32_t scale = 100'000'000;
  for (unsigned i = 0; i < moment.fraction_digits; ++i, scale /= 10) {
    out += static_cast<char>('0' + moment.nanos / scale % 10);
  }
}

enum class Field : std::uint8_t { literal, year, year2, month, day, hour, minute, second, millis, offset };

// The field at the front of a pattern and its length.
std::pair<Field, std::size_t> next_field(std::string_view pattern) {
  if (pattern.starts_with("CCYY") || pattern.starts_with("YYYY")) return {Field::year, 4};
  if (pattern.starts_with("YY")) return {Field::year2, 2};
  if (pattern.starts_with("MM")) return {Field::month, 2};
  if (pattern.starts_with("DD")) return {Field::day, 2};
  if (pattern.starts_with("hh") || pattern.starts_with("HH")) return {Field::hour, 2};
  if (pattern.starts_with("mm")) return {Field::minute, 2};
  if (pattern.starts_with("SSS")) return {Field::millis, 3};
  if (pattern.starts_with("ss")) return {Field::second, 2};
  if (pattern.starts_with("ZZ")) return {Field::offset, 2};
  return {Field::literal, 1};
}

template <class F>
void each_field(std::string_view pattern, F&& f) {
  while (!pattern.empty()) {
    auto [field, length] = next_field(pattern);
    f(field, pattern.substr(0, length));
    pattern.remove_prefix(length);
  }
}

}  // namespace

// Howard Hinnant's days algorithms (public domain description, "chrono-Compatible Low-Level Date Algorithms").
Civil civil_from_days(std::int32_t days) {
  const std::int64_t z = std::int64_t(days) + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146'097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

std::optional<std::int32_t> days_from_civil(std::int32_t year, unsigned month, unsigned day) {
  static constexpr std::array<unsigned, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day > lengths[month - 1] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  const std::int32_t y = year - (month <= 2 ? 1 : 0);
  const std::int32_t era = (y >= 0 ? y : y - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(y - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int32_t>(day_of_era) - 719'468;
}

unsigned weekday(std::int32_t days) {
  auto day = (std::int64_t(days) + 3) % 7;   // 1970-01-01 was a Thursday
  return static_cast<unsigned>(day < 0 ? day + 7 : day);
}

std::optional<Moment> Moment::parse_date(std::string_view text) {
  Moment moment;
  if (!take_date(text, moment) || !take_offset(text, moment) || !text.empty()) return std::nullopt;
  return moment;
}

std::optional<Moment> Moment::parse_time(std::string_view text) {
  Moment moment;
  if (!take_time(text, moment) || !take_offset(text, moment) || !text.empty()) return std::nullopt;
  moment.days = 0;
  return moment;
}

std::optional<Moment> Moment::parse_datetime(std::string_view text) {
  Moment moment;
  if (!take_date(text, moment) || !take(text, 'T') || !take_time(text, moment)) return std::nullopt;
  if (!take_offset(text, moment) || !text.empty()) return std::nullopt;
  return moment;
}

Moment Moment::from(Time time) {
  const std::int64_t millis = time.time_since_epoch().count();
  std::int64_t seconds = millis / 1000;
  if (millis % 1000 < 0) --seconds;
  Moment moment;
  std::int64_t days = seconds / 86'400;
  if (seconds % 86'400 < 0) --days;
  moment.days = static_cast<std::int32_t>(days);
  moment.seconds = static_cast<std::int32_t>(seconds - days * 86'400);
  moment.nanos = static_cast<std::uint32_t>(millis - seconds * 1000) * 1'000'000;
  moment.fraction_digits = moment.nanos ? 3 : 0;
  moment.has_offset = true;
  return moment;
}

void Moment::append_date(std::string& out) const {
  append_day(out, *this);
  append_offset(out, *this);
}

void Moment::append_time(std::string& out) const {
  append_clock(out, *this);
  append_offset(out, *this);
}

void Moment::append_datetime(std::string& out) const {
  append_day(out, *this);
  out += 'T';
  append_clock(out, *this);
  append_offset(out, *this);
}

std::string pattern_problem(std::string_view pattern, bool reading) {
  bool year = false, month = false, day = false, any = false;
  each_field(pattern, [&](Field field, std::string_view) {
    any = any || field != Field::literal;
    year = year || field == Field::year || field == Field::year2;
    month = month || field == Field::month;
    day = day || field == Field::day;
  });
  if (!any) return "it has no CCYY, MM, DD, hh, mm or ss";
  if (reading && !(year && month && day)) return "a date needs year, month and day";
  return {};
}

bool pattern_has_time(std::string_view pattern) {
  bool time = false;
  each_field(pattern, [&](Field field, std::string_view) { time = time || field >= Field::hour; });
  return time;
}

std::optional<Moment> parse_by_pattern(std::string_view text, std::string_view pattern) {
  Moment moment;
  unsigned year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  bool fits = true;
  each_field(pattern, [&](Field field, std::string_view written) {
    if (!fits) return;
    auto number = [&](unsigned& into) {
      auto value = take_number(text, written.size());
      if (value) into = *value;
      else fits = false;
    };
    switch (field) {
      case Field::literal: fits = take(text, written[0]); break;
      case Field::year: number(year); break;
      case Field::year2:
        number(year);
        year += year >= 70 ? 1900 : 2000;
        break;
      case Field::month: number(month); break;
      case Field::day: number(day); break;
      case Field::hour: number(hour); break;
      case Field::minute: number(minute); break;
      case Field::second: number(second); break;
      case Field::millis: {
        unsigned millis = 0;
        number(millis);
        moment.nanos = millis * 1'000'000;
        moment.fraction_digits = 3;
        break;
      }
      case Field::offset: {
        auto length = text.starts_with('Z') ? 1u : 6u;
        auto zone = text.substr(0, length);
        fits = zone.size() == length && take_offset(zone, moment) && zone.empty();
        if (fits) text.remove_prefix(length);
        break;
      }
    }
  });
  if (!fits || !text.empty() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  auto days = days_from_civil(static_cast<std::int32_t>(year), month, day);
  if (!days) return std::nullopt;
  moment.days = *days;
  moment.seconds = static_cast<std::int32_t>(hour * 3600 + minute * 60 + second);
  return moment;
}

void format_by_pattern(std::string& out, const Moment& moment, std::string_view pattern) {
  auto civil = civil_from_days(moment.days);
  auto year = static_cast<unsigned>(civil.year < 0 ? -civil.year : civil.year);
  auto seconds = static_cast<unsigned>(moment.seconds);
  each_field(pattern, [&](Field field, std::string_view written) {
    switch (field) {
      case Field::literal: out += written; break;
      case Field::year: append_number(out, year, 4); break;
      case Field::year2: append_number(out, year % 100, 2); break;
      case Field::month: append_number(out, civil.month, 2); break;
      case Field::day: append_number(out, civil.day, 2); break;
      case Field::hour: append_number(out, seconds / 3600, 2); break;
      case Field::minute: append_number(out, seconds / 60 % 60, 2); break;
      case Field::second: append_number(out, seconds % 60, 2); break;
      case Field::millis: append_number(out, moment.nanos / 1'000'000, 3); break;
      case Field::offset: append_offset(out, moment); break;
    }
  });
}

}  // namespace wayleave::mapping
