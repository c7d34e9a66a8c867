#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace wayleave::net {

/// Appends status line and fields, the empty line included. `length`: Content-Length, absent for none. Line ends inside
/// a field become blanks, so that no value can add a field.
void append_head(std::string& out, const Response& response, std::optional<std::uint64_t> length, bool close);

/// `application/problem+xml` (RFC 9457) that says `detail`.
Response problem_answer(int status, std::string_view detail);

}  // namespace wayleave::net
