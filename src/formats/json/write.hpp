#pragma once

#include <string>

#include "document/document.hpp"
#include "schema/schema.hpp"

namespace wayleave::json {

/// The JSON twin of a tree: local names as members; what may repeat by the schema is always an array; attributes like
/// elements; text beside attributes is `value`; booleans and numbers typed by the schema, numbers as written.
std::string write(const Document& document, const schema::Schema& schema);

}  // namespace wayleave::json
