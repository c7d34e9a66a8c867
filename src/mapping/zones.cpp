#include "mapping/zones.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "mapping/dates.hpp"

namespace wayleave::mapping {
namespace {

constexpr std::size_t file_limit = 1u << 20;
constexpr std::size_t zones_limit = 2'000;

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < length; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  if (length == 4) return static_cast<std::int32_t>(value);
  return static_cast<std::int64_t>(value);
}

bool safe_name(std::string_view name) {
  if (name.empty() || name.size() > 40 || name.front() == '/' || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' ||
           c == '+';
  });
}

// Where a POSIX rule's day begins, as seconds since 1970 in that day's local time.
template <class Day>
std::int64_t day_start(const Day& rule, std::int32_t year) {
  std::int32_t days = 0;
  if (rule.kind == 'M') {
    auto first = *days_from_civil(year, static_cast<unsigned>(rule.month), 1);
    auto first_weekday = static_cast<int>((weekday(first) + 1) % 7);   // 0 Sunday
    days = first + (rule.day - first_weekday + 7) % 7 + (rule.week - 1) * 7;
    auto next_month = rule.month == 12 ? *days_from_civil(year + 1, 1, 1)
                                       : *days_from_civil(year, static_cast<unsigned>(rule.month) + 1, 1);
    while (days >= next_month) days -= 7;
  } else {
    days = *days_from_civil(year, 1, 1) + rule.day - (rule.kind == 'J' ? 1 : 0);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (rule.kind == 'J' && leap && rule.day >= 60) ++days;
  }
  return std::int64_t(days) * 86'400;
}

}  // namespace

/// Reads TZif version 2 and later; version 1 data is skipped.
struct ZoneReader {
  static std::shared_ptr<const Zone> read(const std::string& bytes) {
    constexpr std::size_t header = 44;
    if (bytes.size() < header || bytes.compare(0, 4, "TZif") != 0 || bytes[4] < '2') return nullptr;
    auto counts = [&](std::size_t at, std::size_t i) { return static_cast<std::size_t>(big_endian(bytes, at + 20 + i * 4, 4)); };
    auto block = [&](std::size_t at, std::size_t time) {
      return counts(at, 3) * (time + 1) + counts(at, 4) * 6 + counts(at, 5) + counts(at, 2) * (time + 4) + counts(at, 1) +
             counts(at, 0);
    };
    auto second = header + block(0, 4);
    if (second > file_limit || second + header > bytes.size()) return nullptr;
    auto data = second + header;
    auto times = counts(second, 3), types = counts(second, 4);
    auto end = data + block(second, 8);
    if (end > bytes.size() || types == 0) return nullptr;
    auto zone = std::make_shared<Zone>();
    auto type_at = data + times * 9;
    auto offset = [&](std::size_t type) {
      return type < types ? static_cast<std::int32_t>(big_endian(bytes, type_at + type * 6, 4)) : 0;
    };
    zone->first_ = offset(0);
    for (std::size_t i = 0; i < times; ++i) {
      zone->transitions_.push_back(big_endian(bytes, data + i * 8, 8));
      zone->offsets_.push_back(offset(static_cast<unsigned char>(bytes[data + times * 8 + i])));
    }
    auto footer = std::string_view(bytes).substr(end);
    if (footer.starts_with('\n')) footer.remove_prefix(1);
    zone->rule_ = rule(footer.substr(0, footer.find('\n')));
    return zone;
  }

  // POSIX.1 TZ: std offset [dst [offset] [,start[/time],end[/time]]]
  static std::optional<Zone::Rule> rule(std::string_view text) {
    Zone::Rule rule;
    std::int32_t offset = 0;
    if (!take_name(text) || !take_time(text, offset)) return std::nullopt;
    rule.standard = -offset;
    if (text.empty()) return rule;
    rule.has_daylight = true;
    rule.daylight = rule.standard + 3600;
    if (!take_name(text)) return std::nullopt;
    if (!text.empty() && text.front() != ',') {
      if (!take_time(text, offset)) return std::nullopt;
      rule.daylight = -offset;
    }
    if (!take_day(text, rule.start) || !take_day(text, rule.end)) return std::nullopt;
    return rule;
  }

  static bool take_name(std::string_view& text) {
    auto end = text.starts_with('<') ? text.find('>') : text.find_first_of("+-0123456789,");
    if (end == 0 || text.empty()) return false;
    if (end == std::string_view::npos) {
      if (text.front() == '<') return false;
      end = text.size();
    }
    text.remove_prefix(text.front() == '<' ? end + 1 : end);
    return true;
  }

  static bool take_int(std::string_view& text, int& value) {
    std::size_t digits = 0;
    value = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') value = value * 10 + (text[digits++] - '0');
    text.remove_prefix(digits);
    return digits > 0;
  }

  static bool take_time(std::string_view& text, std::int32_t& seconds) {
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    int part = 0;
    if (!take_int(text, part)) return false;
    seconds = part * 3600;
    for (int unit : {60, 1}) {
      if (!text.starts_with(':')) break;
      text.remove_prefix(1);
      if (!take_int(text, part)) return false;
      seconds += part * unit;
    }
    if (negative) seconds = -seconds;
    return true;
  }

  static bool take_day(std::string_view& text, Zone::Rule::Day& day) {
    if (!text.starts_with(',')) return false;
    text.remove_prefix(1);
    if (text.starts_with('M')) {
      text.remove_prefix(1);
      if (!take_int(text, day.month) || !text.starts_with('.')) return false;
      text.remove_prefix(1);
      if (!take_int(text, day.week) || !text.starts_with('.')) return false;
      text.remove_prefix(1);
      if (!take_int(text, day.day)) return false;
      if (day.month < 1 || day.month > 12 || day.week < 1 || day.week > 5 || day.day > 6) return false;
    } else {
      day.kind = text.starts_with('J') ? 'J' : 'N';
      if (day.kind == 'J') text.remove_prefix(1);
      if (!take_int(text, day.day)) return false;
    }
    if (!text.starts_with('/')) return true;
    text.remove_prefix(1);
    return take_time(text, day.time);
  }

  static std::shared_ptr<const Zone> fixed(std::int32_t seconds) {
    auto zone = std::make_shared<Zone>();
    zone->first_ = seconds;
    return zone;
  }
};

std::shared_ptr<const Zone> Zone::find(std::string_view name) {
  if (name == "UTC" || name == "Z") return ZoneReader::fixed(0);
  if (name.size() == 6 && (name[0] == '+' || name[0] == '-')) {
    auto moment = Moment::parse_time("00:00:00" + std::string(name));
    return moment ? ZoneReader::fixed(moment->offset * 60) : nullptr;
  }
  if (!safe_name(name)) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>, std::less<>> known;
  std::lock_guard lock(mutex);
  if (auto found = known.find(name); found != known.end()) return found->second;
  // Names come from documents: only what is in the database is kept.
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(std::string(folder && *folder ? folder : "/usr/share/zoneinfo") + "/" + std::string(name), std::ios::binary);
  std::shared_ptr<const Zone> zone;
  if (file) {
    std::string bytes(file_limit, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    zone = ZoneReader::read(bytes);
  }
  if (zone && known.size() < zones_limit) known.emplace(name, zone);
  return zone;
}

std::int32_t Zone::seconds_at(std::int64_t instant) const {
  if (transitions_.empty() || instant < transitions_.front()) return transitions_.empty() && rule_ && !rule_->has_daylight ? rule_->standard : first_;
  auto after = std::upper_bound(transitions_.begin(), transitions_.end(), instant);
  if (after != transitions_.end() || !rule_) return offsets_[static_cast<std::size_t>(after - transitions_.begin()) - 1];
  if (!rule_->has_daylight) return rule_->standard;
  auto civil = civil_from_days(static_cast<std::int32_t>((instant + rule_->standard) / 86'400));
  auto start = day_start(rule_->start, civil.year) + rule_->start.time - rule_->standard;
  auto end = day_start(rule_->end, civil.year) + rule_->end.time - rule_->daylight;
  const bool daylight = start < end ? instant >= start && instant < end : instant >= start || instant < end;
  return daylight ? rule_->daylight : rule_->standard;
}

std::int32_t Zone::offset_at(std::int64_t instant) const { return seconds_at(instant) / 60; }

std::int32_t Zone::offset_of_local(std::int64_t local) const {
  // The offsets a day before and after bracket every change; the first that agrees with itself is the earlier moment.
  for (std::int64_t around : {local - 86'400, local + 86'400}) {
    auto offset = seconds_at(around);
    if (seconds_at(local - offset) == offset) return offset / 60;
  }
  return seconds_at(local - 86'400) / 60;
}

}  // namespace wayleave::mapping
