#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace wayleave::adapter {

/// Retry-After (RFC 9110, 10.2.3) as seconds or in any of the three date forms; nullopt when it is none of them. Never
/// negative, at most 24 h.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Time now);

}  // namespace wayleave::adapter
