#pragma once

#include <xercesc/framework/psvi/XSSimpleTypeDefinition.hpp>

#include "schema/model.hpp"

namespace wayleave::schema {

/// The facets of a simple type with everything it inherits; `item` and `members` are left to the caller.
Facets compile_facets(xercesc::XSSimpleTypeDefinition& type);

}  // namespace wayleave::schema
