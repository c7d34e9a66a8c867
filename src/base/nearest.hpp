#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace wayleave {

/// Optimal-string-alignment distance in bytes (a swap of neighbours costs 1); case counts.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `wrong`, empty when none is within max(1, length/3) edits. Any number of differences in
/// case together count as one edit. Ties: the earlier one.
std::string nearest(std::string_view wrong, std::span<const std::string> candidates);

}  // namespace wayleave
