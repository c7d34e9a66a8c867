#include "schema/temporal.hpp"

#include <algorithm>

// dateTime   ::= date 'T' time zone?          date ::= year '-' MM '-' DD zone?      time ::= hh ':' mm ':' ss ('.' d+)? zone?
// gYearMonth ::= year '-' MM zone?            gYear ::= year zone?                   gMonthDay ::= '--' MM '-' DD zone?
// gDay       ::= '---' DD zone?               gMonth ::= '--' MM '--'? zone?         (XML Schema 1.0 part 2, with its errata)
// year       ::= '-'? (dddd | [1-9]d{4,})     zone ::= 'Z' | ('+'|'-') hh ':' mm     24:00:00 ends a day, second 60 is a leap second
// duration   ::= '-'? 'P' (nY)? (nM)? (nD)? ('T' (nH)? (nM)? (n('.'d+)?S)?)?

namespace wayleave::schema {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_end()) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  bool two(int& out) {
    if (at_ + 2 > text_.size() || !is_digit(text_[at_]) || !is_digit(text_[at_ + 1])) return false;
    out = (text_[at_] - '0') * 10 + (text_[at_ + 1] - '0');
    at_ += 2;
    return true;
  }
  std::string_view digits() {
    const auto start = at_;
    while (is_digit(peek())) ++at_;
    return text_.substr(start, at_ - start);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Saturates: what has so many digits is only ever compared with bounds that have few.
std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (char c : digits) {
    if (value > 900'000'000'000'000) break;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string_view without_trailing_zeros(std::string_view digits) {
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  return digits;
}

TemporalFault read_year(Reader& in, Temporal& out) {
  const bool negative = in.take('-');
  const auto digits = in.digits();
  if (digits.size() < 4 || (digits.size() > 4 && digits.front() == '0')) return TemporalFault::form;
  out.year = number(digits);
  if (out.year == 0) return TemporalFault::year_zero;
  if (negative) out.year = -out.year;
  return TemporalFault::none;
}

TemporalFault read_month(Reader& in, Temporal& out) {
  if (!in.two(out.month)) return TemporalFault::form;
  return out.month < 1 || out.month > 12 ? TemporalFault::month : TemporalFault::none;
}

TemporalFault read_day(Reader& in, Temporal& out, int longest) {
  if (!in.two(out.day)) return TemporalFault::form;
  return out.day < 1 || out.day > longest ? TemporalFault::day : TemporalFault::none;
}

TemporalFault read_date(Reader& in, Temporal& out) {
  if (const auto fault = read_year(in, out); fault != TemporalFault::none) return fault;
  if (!in.take('-')) return TemporalFault::form;
  const auto month = read_month(in, out);
  if (month == TemporalFault::form || !in.take('-')) return TemporalFault::form;
  const auto day = read_day(in, out, month == TemporalFault::none ? days_in_month(out.year, out.month) : 31);
  return day == TemporalFault::form ? day : month != TemporalFault::none ? month : day;
}

TemporalFault read_time(Reader& in, Temporal& out) {
  int hour = 0, minute = 0, second = 0;
  if (!in.two(hour) || !in.take(':') || !in.two(minute) || !in.take(':') || !in.two(second)) return TemporalFault::form;
  if (in.take('.')) {
    const auto digits = in.digits();
    if (digits.empty()) return TemporalFault::form;
    out.fraction = without_trailing_zeros(digits);
  }
  out.seconds = hour * 3600 + minute * 60 + second;
  const bool end_of_day = hour == 24 && minute == 0 && second == 0 && out.fraction.empty();
  if (hour > 23 && !end_of_day) return TemporalFault::hour;
  if (minute > 59) return TemporalFault::minute;
  if (second > 60) return TemporalFault::second;   // a leap second
  return TemporalFault::none;
}

TemporalFault read_zone(Reader& in, Temporal& out) {
  if (in.at_end()) return TemporalFault::none;
  if (in.take('Z')) {
    out.zone = 0;
    return in.at_end() ? TemporalFault::none : TemporalFault::form;
  }
  const bool east = in.take('+');
  int hours = 0, minutes = 0;
  if ((!east && !in.take('-')) || !in.two(hours) || !in.take(':') || !in.two(minutes) || !in.at_end()) return TemporalFault::form;
  if (hours > 14 || minutes > 59 || (hours == 14 && minutes != 0)) return TemporalFault::zone;
  out.zone = (east ? 1 : -1) * (hours * 60 + minutes);
  return TemporalFault::none;
}

TemporalFault read_body(Primitive primitive, Reader& in, Temporal& out) {
  switch (primitive) {
    case Primitive::date: return read_date(in, out);
    case Primitive::time: return read_time(in, out);
    case Primitive::date_time: {
      const auto date = read_date(in, out);
      if (date == TemporalFault::form || !in.take('T')) return TemporalFault::form;
      const auto time = read_time(in, out);
      return date != TemporalFault::none ? date : time;
    }
    case Primitive::g_year: return read_year(in, out);
    case Primitive::g_year_month: {
      if (const auto year = read_year(in, out); year != TemporalFault::none) return year;
      return in.take('-') ? read_month(in, out) : TemporalFault::form;
    }
    case Primitive::g_month: {
      if (!in.take("--")) return TemporalFault::form;
      const auto month = read_month(in, out);
      in.take("--");
      return month;
    }
    case Primitive::g_day: return in.take("---") ? read_day(in, out, 31) : TemporalFault::form;
    case Primitive::g_month_day: {
      if (!in.take("--")) return TemporalFault::form;
      if (const auto month = read_month(in, out); month != TemporalFault::none) return month;
      return in.take('-') ? read_day(in, out, days_in_month(2000, out.month)) : TemporalFault::form;
    }
    default: return TemporalFault::form;
  }
}

/// Days since some day long ago, proleptic Gregorian; year 1 BC is −1 in the text and 0 here.
std::int64_t day_number(std::int64_t year, int month, int day) {
  if (year < 0) ++year;
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = year - era * 400;
  const auto of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

std::int64_t instant(const Temporal& t, int zone) { return day_number(t.year, t.month, t.day) * 86400 + t.seconds - zone * 60; }

std::partial_ordering order(std::int64_t a, std::string_view fraction_a, std::int64_t b, std::string_view fraction_b) {
  if (a != b) return a < b ? std::partial_ordering::less : std::partial_ordering::greater;
  return fraction_a <=> fraction_b;   // without trailing zeros, so the order of text is the order of value
}

}  // namespace

std::int64_t instant_of(const Temporal& value) { return instant(value, value.zone.value_or(0)); }

int days_in_month(std::int64_t year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month != 2) return days[month - 1];
  if (year < 0) ++year;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return leap ? 29 : 28;
}

TemporalFault parse_temporal(Primitive primitive, std::string_view text, Temporal& out) {
  Reader in(text);
  const auto body = read_body(primitive, in, out);
  if (body == TemporalFault::form) return body;
  const auto zone = read_zone(in, out);
  if (zone == TemporalFault::form) return zone;
  return body != TemporalFault::none ? body : zone;
}

std::partial_ordering compare(const Temporal& a, const Temporal& b) {
  if (a.zone.has_value() == b.zone.has_value()) return order(instant(a, a.zone.value_or(0)), a.fraction, instant(b, b.zone.value_or(0)), b.fraction);
  if (!a.zone) return 0 <=> compare(b, a);
  constexpr int furthest = 14 * 60;
  const auto at = instant(a, *a.zone);
  if (order(at, a.fraction, instant(b, furthest), b.fraction) == std::partial_ordering::less) return std::partial_ordering::less;
  if (order(at, a.fraction, instant(b, -furthest), b.fraction) == std::partial_ordering::greater) return std::partial_ordering::greater;
  return std::partial_ordering::unordered;
}

bool parse_duration_value(std::string_view text, Duration& out) {
  Reader in(text);
  out.negative = in.take('-');
  if (!in.take('P')) return false;
  bool any = false, in_time = false;
  std::string_view order = "YMD";
  while (!in.at_end()) {
    if (!in_time && in.take('T')) {
      in_time = true;
      order = "HMS";
      any = false;
    }
    const auto digits = in.digits();
    if (digits.empty()) return false;
    std::string_view fraction;
    const bool point = in.take('.');
    if (point && (fraction = in.digits()).empty()) return false;
    const char unit = in.peek();
    const auto place = order.find(unit);
    if (in.at_end() || place == order.npos || (point && unit != 'S')) return false;
    in.take(unit);
    order.remove_prefix(place + 1);
    const auto value = number(digits);
    if (!in_time) (unit == 'D' ? out.seconds : out.months) += value * (unit == 'Y' ? 12 : unit == 'M' ? 1 : 86400);
    else out.seconds += value * (unit == 'H' ? 3600 : unit == 'M' ? 60 : 1);
    if (point) out.fraction = without_trailing_zeros(fraction);
    any = true;
  }
  return any;
}

}  // namespace wayleave::schema
