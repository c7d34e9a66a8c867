#pragma once

#include <optional>
#include <string>

#include "desk/specimen_values.hpp"
#include "schema/schema.hpp"

namespace wayleave::desk {

/// A valid document with a few of its elements and attributes left out, still valid; nullopt when it is not valid itself or
/// nothing could be left out. What people write, but with gaps, finds its way further into a map than what nobody wrote.
std::optional<std::string> thinned(const std::string& xml, const schema::Schema& schema, Chance& chance);

}  // namespace wayleave::desk
