#pragma once

#include <cstdint>
#include <string_view>

#include "schema/schema.hpp"

namespace wayleave::xml {

/// What Xerces-C++ says: valid or not, and near which place it first was not (the end of a token; 0: unknown).
struct Verdict {
  bool valid = false;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool about_length = false;             ///< it was a length facet that was not kept
};

/// Judges well-formed UTF-8 without a DOCTYPE by the schema's grammar pool. Opens nothing, whatever the text says.
/// Any thread: each keeps its own few parsers, one a pool; a parser whose schemas are gone is dropped.
Verdict judge(std::string_view text, const schema::Schema& schema);

}  // namespace wayleave::xml
