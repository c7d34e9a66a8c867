#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace wayleave::mapping {

/// A date, a time of day, or both, as written: local, with its offset from UTC if it has one. Proleptic Gregorian.
struct Moment {
  std::int32_t days = 0;                   ///< since 1970-01-01; 0 for a time of day
  std::int32_t seconds = 0;                ///< of the day
  std::uint32_t nanos = 0;
  std::uint8_t fraction_digits = 0;        ///< digits after the seconds that were written
  bool has_offset = false;
  std::int16_t offset = 0;                 ///< minutes east of UTC

  /// xs:date, xs:time, xs:dateTime, 24:00:00 included; nullopt for anything else, February 29 of a common year too.
  static std::optional<Moment> parse_date(std::string_view text);
  static std::optional<Moment> parse_time(std::string_view text);
  static std::optional<Moment> parse_datetime(std::string_view text);
  static Moment from(Time time);

  /// The forms of XML Schema: `2025-03-14`, `09:10:00`, `2025-03-14T09:10:00-05:00`.
  void append_date(std::string& out) const;
  void append_time(std::string& out) const;
  void append_datetime(std::string& out) const;

  /// Seconds since 1970 in UTC; without an offset the local time is taken as UTC.
  std::int64_t instant() const { return std::int64_t(days) * 86'400 + seconds - (has_offset ? offset * 60 : 0); }
};

struct Civil {
  std::int32_t year;
  unsigned month, day;
};
Civil civil_from_days(std::int32_t days);
/// nullopt when there is no such day.
std::optional<std::int32_t> days_from_civil(std::int32_t year, unsigned month, unsigned day);
/// 0 Monday … 6 Sunday.
unsigned weekday(std::int32_t days);

/// Date patterns of maps: CCYY or YYYY, YY (70–99: 19xx), MM, DD, hh or HH, mm, ss, SSS (thousandths), ZZ (offset `+01:00` or `Z`);
/// everything else stands for itself. `MM` after hours is minutes only as `mm`.
/// `what_is_missing` says why a pattern is unusable for reading or writing; empty: it is usable.
std::string pattern_problem(std::string_view pattern, bool reading);
bool pattern_has_time(std::string_view pattern);
std::optional<Moment> parse_by_pattern(std::string_view text, std::string_view pattern);
void format_by_pattern(std::string& out, const Moment& moment, std::string_view pattern);

}  // namespace wayleave::mapping
