#pragma once

#include <optional>
#include <string>

#include "desk/outline.hpp"
#include "document/document.hpp"

namespace wayleave::desk {

/// What the first case beside a map, by name, that makes a document has made.
struct Sample {
  std::string name;
  Document document;
};
std::optional<Sample> first_sample(const mapping::Map& map);

/// The element below `parent` that the `i`th of these entries has written: the first of its name with its literal
/// attributes. None where another entry may have written it too.
Document::Index written_by(const std::vector<Entry>& entries, std::size_t i, const Document& document, Document::Index parent);
std::string attribute_of(const Document& document, Document::Index element, std::string_view name);

}  // namespace wayleave::desk
