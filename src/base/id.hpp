#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace wayleave {

/// A new id: 26 characters of Crockford base32, 48 bits of milliseconds then 80 random bits, so that ids sort by time.
/// Ids of one process never repeat and never go backwards within a thread. Any thread.
std::string new_id(Time now);

/// True for a text that new_id could have made; cheap guard before a look-up.
bool is_id(std::string_view text);

}  // namespace wayleave
