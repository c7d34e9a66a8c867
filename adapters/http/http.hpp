#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "adapter/adapter.hpp"
#include "base/clock.hpp"

namespace wayleave::adapter::http {

/// `adapter="http"`: one request a document; README.md beside this file is its manual.
const AdapterType& type();

/// What a header can carry of a text: visible ASCII as it is, everything else and `%` as %XX of its UTF-8 bytes.
std::string header_safe(std::string_view text);

/// Retry-After as seconds or as an HTTP date; nullopt when it is neither. Never negative, at most 24 h.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Time now);

}  // namespace wayleave::adapter::http
