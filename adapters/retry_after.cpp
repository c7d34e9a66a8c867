#include "adapters/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

// RFC 9110, 5.6.7. A sender writes the first; whoever reads must take all three:
//   IMF-fixdate  Sun, 06 Nov 1994 08:49:37 GMT
//   rfc850-date  Sunday, 06-Nov-94 08:49:37 GMT
//   asctime-date Sun Nov  6 08:49:37 1994

namespace wayleave::adapter {
namespace {

constexpr std::chrono::milliseconds longest = std::chrono::hours(24);

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || problem != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, std::string_view marks) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(marks), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<Time> moment(std::string_view day, std::string_view month, int year, std::string_view clock) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(months.begin(), months.end(), month);
  const auto d = number(day);
  const auto hms = split(clock, ":");
  if (found == months.end() || !d || hms.size() != 3) return std::nullopt;
  const auto h = number(hms[0]), m = number(hms[1]), s = number(hms[2]);
  const std::chrono::year_month_day date{
    std::chrono::year(year), std::chrono::month(static_cast<unsigned>(found - months.begin()) + 1), std::chrono::day(static_cast<unsigned>(*d))};
  if (!date.ok() || !h || !m || !s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*h) + std::chrono::minutes(*m) + std::chrono::seconds(*s);
}

/// Two digits mean the year nearest to this one that ends with them; in doubt 50 years ahead.
int full_year(int two_digits, Time now) {
  const int this_year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  const int year = this_year - this_year % 100 + two_digits;
  if (year > this_year + 50) return year - 100;
  return year <= this_year - 50 ? year + 100 : year;
}

std::optional<Time> parse_date(std::string_view text, Time now) {
  const auto parts = split(text, " ");
  if (parts.size() == 6 && parts[5] == "GMT" && parts[0].ends_with(',')) {
    const auto year = number(parts[3]);
    return year ? moment(parts[1], parts[2], *year, parts[4]) : std::nullopt;
  }
  if (parts.size() == 4 && parts[3] == "GMT" && parts[0].ends_with(',')) {
    const auto date = split(parts[1], "-");
    const auto year = date.size() == 3 && date[2].size() == 2 ? number(date[2]) : std::nullopt;
    return year ? moment(date[0], date[1], full_year(*year, now), parts[2]) : std::nullopt;
  }
  if (parts.size() == 5) {
    const auto year = number(parts[4]);
    return year ? moment(parts[2], parts[1], *year, parts[3]) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Time now) {
  using std::chrono::milliseconds;
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t seconds = 0;
    const auto problem = std::from_chars(value.data(), value.data() + value.size(), seconds).ec;
    return problem != std::errc{} ? longest : std::min<milliseconds>(longest, std::chrono::seconds(std::min<std::int64_t>(seconds, 86'400)));
  }
  const auto date = parse_date(value, now);
  if (!date) return std::nullopt;
  return std::clamp<milliseconds>(*date - now, milliseconds(0), longest);
}

}  // namespace wayleave::adapter
