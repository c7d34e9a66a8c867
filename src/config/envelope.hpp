#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/site.hpp"

namespace wayleave::config {

/// The qualifier by which a number is known in an ISA (X12, data element I05) or UNB (EDIFACT, 0007); absent: it stands in
/// none. `format` is x12 or edifact. D-U-N-S and GLN have qualifiers of their own in both, SCAC in X12.
std::optional<std::string> envelope_qualifier(const Identity& identity, std::string_view format);

/// The number by which a company says who it is: one of the format's own kind, or else the first that has a qualifier.
const Identity* envelope_identity(const std::vector<Identity>& identities, std::string_view format);

}  // namespace wayleave::config
