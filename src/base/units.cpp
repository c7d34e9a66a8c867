#include "base/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace wayleave {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, so that formatting takes the largest that fits.
constexpr std::array<Unit, 5> duration_units{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};
constexpr std::array<Unit, 5> size_units{{
    {"TiB", 1ull << 40},
    {"GiB", 1ull << 30},
    {"MiB", 1ull << 20},
    {"KiB", 1ull << 10},
    {"", 1},
}};

template <std::size_t N>
std::optional<std::uint64_t> parse_with(std::string_view text, const std::array<Unit, N>& units) {
  std::uint64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    // The signed maximum, because durations are signed.
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor) return std::nullopt;
    return count * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format_with(std::uint64_t value, const std::array<Unit, N>& units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto value = parse_with(text, duration_units);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::optional<std::vector<std::chrono::milliseconds>> parse_durations(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::chrono::milliseconds> all;
  for (;;) {
    auto start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    auto word = text.substr(0, text.find_first_of(blanks));
    auto duration = parse_duration(word);
    if (!duration) return std::nullopt;
    all.push_back(*duration);
    text.remove_prefix(word.size());
  }
  if (all.empty()) return std::nullopt;
  return all;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with(text, size_units);
}

std::optional<double> parse_rate(std::string_view text) {
  auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::uint64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + slash, count);
  if (error != std::errc{} || end != text.data() + slash) return std::nullopt;
  auto per = text.substr(slash + 1);
  double seconds = per == "s" ? 1 : per == "m" ? 60 : per == "h" ? 3600 : 0;
  if (seconds == 0) return std::nullopt;
  return static_cast<double>(count) / seconds;
}

std::string format_size(std::uint64_t bytes) {
  return format_with(bytes, size_units, "0");
}

std::string format_duration(std::chrono::milliseconds duration) {
  auto count = duration.count();
  if (count < 0) return "-" + format_with(0 - static_cast<std::uint64_t>(count), duration_units, "0s");
  return format_with(static_cast<std::uint64_t>(count), duration_units, "0s");
}

}  // namespace wayleave
