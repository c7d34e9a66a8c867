#pragma once

#include <cstddef>
#include <vector>

#include "schema/model.hpp"

namespace wayleave::json {

/// In which order these children may stand in an element of that type: their indices. Children of one declaration keep
/// their order. When no order fits, or none is found in bounded time, that of first mention in the schema.
std::vector<std::size_t> schema_order(
    const schema::Model& model, schema::TypeId type, const std::vector<schema::ElementId>& children
);

}  // namespace wayleave::json
