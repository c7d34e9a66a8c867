#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"

namespace wayleave::desk {

/// One line of a document that is printed an element a line.
struct PrettyLine {
  std::string text;                        ///< indented by two spaces a level
  Document::Index node;
  bool end = false;                        ///< an end tag
};
/// The document has to be one that we wrote: no comments, no white space that matters.
std::vector<PrettyLine> pretty_lines(const Document& document);

/// Past the '>' of the tag that begins there; one inside a value is no end.
std::size_t tag_end(std::string_view source, std::size_t begin);

/// A file: declaration, lines, a line end at the end. Gives what is not well-formed back as it is.
std::string pretty(const std::string& xml);

}  // namespace wayleave::desk
