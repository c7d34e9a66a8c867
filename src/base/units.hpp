#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayleave {

/// `200ms 5s 2m 1h 3d`; nothing else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// A list separated by blanks: `1s 5s 30s`.
std::optional<std::vector<std::chrono::milliseconds>> parse_durations(std::string_view text);
/// `64KiB 50MiB 4GiB`, or plain bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// `200/s` → 200 per second; also `/m` and `/h`.
std::optional<double> parse_rate(std::string_view text);
std::string format_size(std::uint64_t bytes);
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace wayleave
