#include "base/clock.hpp"

#include <fmt/format.h>

namespace wayleave {

namespace {

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

/// Takes exactly `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// Digits after the point, cut to milliseconds.
std::optional<int> take_fraction(std::string_view& text) {
  int milliseconds = 0, digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) milliseconds = milliseconds * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) milliseconds *= 10;
  return milliseconds;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes{0};
  int sign = 1;
  if (take(text, '-')) {
    sign = -1;
  } else if (!take(text, '+')) {
    return std::nullopt;
  }
  auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

std::string to_iso(Time time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss<std::chrono::milliseconds> clock{time - day};
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
      clock.subseconds().count()
  );
}

// RFC 3339, section 5.6: full-date "T" partial-time time-offset; no leap second, which no clock of ours could hold.
std::optional<Time> parse_iso(std::string_view text) {
  auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  auto day = take_digits(text, 2);
  if (!day || !(take(text, 'T') || take(text, 't'))) return std::nullopt;
  auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  int milliseconds = 0;
  if (take(text, '.')) {
    auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    milliseconds = *fraction;
  }
  auto offset = take_offset(text);
  if (!offset || !text.empty() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::chrono::year_month_day date{
      std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + std::chrono::milliseconds{milliseconds} - *offset;
}

}  // namespace wayleave
