#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "schema/schema.hpp"

namespace wayleave::desk {

/// What a schema says of one place, for `wayleave explain order-1.xsd#Order/Line/@unit`: how often, what type, which codes, what it
/// means, what stands in it. `path` begins behind the root element. Errc::not_found names the nearest there.
Result<std::string> place_page(const schema::Schema& schema, std::string_view path);

}  // namespace wayleave::desk
