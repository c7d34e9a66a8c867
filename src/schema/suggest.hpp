#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/model.hpp"

namespace wayleave::schema {

/// What a value that is not of its type probably means, written as the type wants it: 03/14/2025 → 2025-03-14.
/// nullopt when it cannot be told; where it can be read in two ways it cannot (03/04/2025).
std::optional<std::string> suggest_value(Primitive primitive, bool integer, std::string_view text);

}  // namespace wayleave::schema
