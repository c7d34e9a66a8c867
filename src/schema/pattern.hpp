#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model.hpp"

namespace re2 {
class RE2;
}

namespace wayleave::schema {

/// One derivation step's pattern facets. `unsure`: the schema's regular expression uses what RE2 cannot say (a class
/// subtraction over a Unicode property, a repetition beyond RE2's bounds); it then matches everything here and Xerces
/// alone judges it.
struct Pattern {
  std::string text;                          ///< the schema's own expressions, joined with '|'
  std::unique_ptr<re2::RE2> re;              ///< null: unsure
  ~Pattern();
  bool matches(std::string_view value) const;
};

/// The alternatives of one derivation step as one pattern.
std::shared_ptr<const Pattern> compile_pattern(const std::vector<std::string>& alternatives);

/// One XSD regular expression in RE2's syntax, not anchored; empty: unsure. Exposed for its tests.
std::string translate_pattern(std::string_view xsd);

/// True when a backtracking matcher may need exponential time for it: two ways through a repetition for the same text,
/// as in (a+)+ or (a|a?)*. An expression we cannot read is not ambiguous; Xerces then reports it.
bool is_ambiguous_pattern(std::string_view xsd);

}  // namespace wayleave::schema
