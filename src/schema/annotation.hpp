#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/model.hpp"
#include "schema/source.hpp"

namespace wayleave::schema {

/// What an xs:annotation says that concerns us.
struct Annotation {
  std::string documentation;                                  ///< all xs:documentation, white space collapsed
  std::vector<Variant> variants;                              ///< edi:variant
  std::vector<std::pair<std::string, std::string>> notes;     ///< foreign attributes, `{ns}local` → value
};

/// Reads the text of an annotation as Xerces hands it out: an element with its namespaces declared, on which the foreign
/// attributes of the annotated component stand too.
Annotation read_annotation(std::string text);

/// The attributes of one element that have a prefix: `{ns}local` → value.
std::vector<std::pair<std::string, std::string>> read_notes(const SourceFile& source, SourceFile::Index element);

/// xs:documentation of the enumerations of a simpleType's definition: value → words.
std::vector<std::pair<std::string, std::string>> read_labels(const SourceFile& source, SourceFile::Index type);

}  // namespace wayleave::schema
