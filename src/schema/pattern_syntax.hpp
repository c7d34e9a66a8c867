#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wayleave::schema {

/// Characters of one atom of an XSD regular expression.
struct CharacterSet {
  using Range = std::pair<std::uint32_t, std::uint32_t>;
  std::vector<Range> ranges;               ///< sorted, disjoint
  std::vector<std::string> properties;     ///< RE2's words for Unicode properties: \p{L}, \P{Nd}
  bool negated = false;                    ///< everything but these
  bool exact = true;                       ///< false: a block or subtraction that RE2 cannot say

  void add(std::uint32_t first, std::uint32_t last);
  void normalise();
  std::string to_re2() const;
  /// For the ambiguity check: properties of non-ASCII characters count by their main category.
  std::vector<Range> approximate() const;
};

/// An XSD regular expression (XML Schema 1.0 part 2, appendix F) as a tree.
struct PatternNode {
  enum class Kind : std::uint8_t { empty, set, sequence, choice, repeat } kind = Kind::empty;
  CharacterSet set;
  std::vector<PatternNode> parts;
  std::uint32_t min = 1, max = 1;          ///< of repeat; max 0xffffffff: no limit
};

/// nullopt: not an expression we can read.
std::optional<PatternNode> parse_pattern(std::string_view text);

}  // namespace wayleave::schema
