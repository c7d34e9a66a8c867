#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wayleave {

/// Optimal-string-alignment distance (a swap of neighbours costs 1), ASCII case folded at cost 0 only when `fold`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `wrong`, empty when none is nearer than max(1, length/3) edits. Ties: the earlier one.
std::string nearest(std::string_view wrong, std::span<const std::string> candidates);

}  // namespace wayleave
