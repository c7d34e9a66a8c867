#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayleave::mapping {

/// A time zone of the system's zone database (RFC 8536, TZif). Immutable; any thread.
class Zone {
 public:
  /// By IANA name (`America/Chicago`), `UTC`, or an offset (`+01:00`). Null when there is none. Each file is read once a
  /// process; a name that could leave the database's folder is refused.
  static std::shared_ptr<const Zone> find(std::string_view name);

  /// Minutes east of UTC at a moment (seconds since 1970).
  std::int32_t offset_at(std::int64_t instant) const;
  /// The offset for a local time; the earlier of two where clocks go back, that before the gap where they go forward.
  std::int32_t offset_of_local(std::int64_t local) const;

 private:
  friend struct ZoneReader;
  struct Rule {                            ///< POSIX TZ, for times after the last transition
    std::int32_t standard = 0, daylight = 0;   ///< seconds east of UTC
    bool has_daylight = false;
    struct Day {
      char kind = 'M';                     ///< M month.week.day, J day 1..365 without leap day, N day 0..365
      int month = 0, week = 0, day = 0;
      std::int32_t time = 7200;
    } start, end;
  };
  std::int32_t seconds_at(std::int64_t instant) const;
  std::vector<std::int64_t> transitions_;
  std::vector<std::int32_t> offsets_;      ///< after each transition
  std::int32_t first_ = 0;
  std::optional<Rule> rule_;
};

}  // namespace wayleave::mapping
