#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.hpp"

namespace wayleave::mapping {

/// One element that was added to a document, or an empty tag that was opened for one (`<CTT/>`).
struct Addition {
  std::size_t at = 0;                      ///< offset in the document as it was
  std::size_t removed = 0;                 ///< bytes of it that gave way
  std::string text;
};

/// Whether a schema is an EDI guide with something to count, to number or to fix.
bool fills_in(const schema::Schema& guide);

/// Adds to a document of a guide what the writer fills in and is not there: edi:auto (count, sum, position, fixed) and the
/// numbers of edi:hierarchy; a segment too that must stand and says nothing else. A document that is not well-formed stays
/// as it is. `told`, where given, takes what was added, by offset.
std::string fill_in(const schema::Schema& guide, std::string xml, std::vector<Addition>* told = nullptr);

}  // namespace wayleave::mapping
