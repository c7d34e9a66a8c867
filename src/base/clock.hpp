#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wayleave {

/// Wall time in milliseconds since 1970-01-01T00:00:00Z. What is stored and shown; never used to measure a delay.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Tells the time; tests hand in their own.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Any thread.
  virtual Time now() const = 0;
  static const Clock& system();
};

/// `2026-11-21T09:12:04.118Z`
std::string to_iso(Time time);
/// RFC 3339 with `Z` or an offset; fraction optional.
std::optional<Time> parse_iso(std::string_view text);

}  // namespace wayleave
