#pragma once

#include "mapping/parse_map.hpp"

namespace wayleave::mapping {

/// Lays an overlay upon a base: lets and code lists overridden, patches done, heads and rules added. `base` becomes the
/// merged map; findings M501 to M509 in the overlay's file. The merged map is then checked as a whole.
void merge(MapSource& base, MapSource& overlay, Compilation& compilation);

/// Says beside each finding in a patch, or in what a patch changed, which file and line lies above which.
void name_both_files(const MapSource& map, Compilation& compilation);

/// The addresses of all elements that a template writes, in order; at most `limit`.
std::vector<std::string> addresses(const MapSource& map, std::size_t limit = 5'000);

}  // namespace wayleave::mapping
