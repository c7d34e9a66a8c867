#pragma once

#include <string>
#include <vector>

#include "document/document.hpp"

namespace wayleave::mapping {

/// What is different in two documents, element by element, a line each: `ErpOrder/Position[2]/Quantity: 5, expected 4`.
/// Order of attributes and white space between elements do not count. At most `limit` lines, and one that says so.
std::vector<std::string> differences(const Document& made, const Document& expected, std::size_t limit = 20);

}  // namespace wayleave::mapping
