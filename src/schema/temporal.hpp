#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/model.hpp"

namespace wayleave::schema {

/// Why a date or time is none.
enum class TemporalFault : std::uint8_t { none, form, month, day, hour, minute, second, zone, year_zero };

/// A value of one of XML Schema's date and time types. Years are not limited to four digits.
struct Temporal {
  std::int64_t year = 2000;
  int month = 1, day = 1;
  std::int64_t seconds = 0;              ///< of the day
  std::string_view fraction;             ///< digits after the second's point, without trailing zeros; a view of the text
  std::optional<int> zone;               ///< minutes east of Greenwich
};

/// Parses `text` (white space collapsed) as that primitive; exact, by the calendar, leap years included.
TemporalFault parse_temporal(Primitive primitive, std::string_view text, Temporal& out);

/// unordered: one has a zone, the other has not, and they are less than 14 hours apart.
std::partial_ordering compare(const Temporal& a, const Temporal& b);

/// Seconds since some day long ago; in Greenwich where the value has a zone.
std::int64_t instant_of(const Temporal& value);

int days_in_month(std::int64_t year, int month);

/// xs:duration.
struct Duration {
  std::int64_t months = 0;
  std::int64_t seconds = 0;
  std::string_view fraction;
  bool negative = false;
};
bool parse_duration_value(std::string_view text, Duration& out);

}  // namespace wayleave::schema
