#pragma once

#include <string>
#include <vector>

#include "mapping/map.hpp"

namespace wayleave::desk {

/// One thing in which two maps differ. `of` says what kind of thing, `at` which: `target` Order/Line[2]/@no, `let` $currency,
/// `codes` unit, `def` party, `rule` reject ERP-UNIT, `head` source.
struct Difference {
  enum class Kind : std::uint8_t { added, removed, changed, moved } kind = Kind::changed;
  std::string of, at;
  std::string what;                        ///< of `changed`: value, each, if …
  std::string before, after;               ///< empty: not there
  std::string before_at, after_at;         ///< file:line
};

/// What two maps say differently. White space, comments, brackets and quotes that mean nothing, and the order of
/// declarations make no difference.
std::vector<Difference> compare(const mapping::Map& before, const mapping::Map& after);

std::string render_text(const std::vector<Difference>& differences);
std::string render_json(const std::vector<Difference>& differences, std::string_view before, std::string_view after);

}  // namespace wayleave::desk
