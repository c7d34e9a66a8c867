#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "schema/schema.hpp"

namespace wayleave::json {

/// JSON back to the XML it is the twin of, guided by the schema (order of members is free). Bounded: depth 64, 1 MiB.
/// Problem::detail names the member that does not fit. The result still has to be validated.
Result<std::string> to_xml(std::string_view json, const schema::Schema& schema);

}  // namespace wayleave::json
