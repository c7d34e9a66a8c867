#pragma once

#include <optional>
#include <string>
#include <vector>

#include "desk/outline.hpp"

namespace wayleave::desk {

/// Which entry of one list is which of another: by name, and among those of one name by m:id, by what is the same, by the
/// literal attributes that tell them apart, and at last by order.
struct Matching {
  std::vector<std::optional<std::size_t>> to;     ///< for each entry of the first list
  std::vector<bool> taken;                        ///< for each entry of the second
  std::vector<bool> moved;                        ///< for each of the first: its partner stands elsewhere among its neighbours
};
Matching match(const std::vector<Entry>& before, const std::vector<Entry>& after);

/// What each entry of a list is called among its neighbours: `Line`, `Reference[@kind='quote']`, `Street[2]`.
std::vector<std::string> labels(const std::vector<Entry>& entries);

}  // namespace wayleave::desk
