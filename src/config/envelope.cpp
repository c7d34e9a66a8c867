#include "config/envelope.hpp"

namespace wayleave::config {

std::optional<std::string> envelope_qualifier(const Identity& identity, std::string_view format) {
  const bool x12 = format == "x12";
  if (identity.kind == format) return identity.qualifier;
  if (identity.kind == "duns") return x12 ? "01" : "1";
  if (identity.kind == "gln") return x12 ? "UL" : "14";
  if (identity.kind == "scac" && x12) return "02";
  return std::nullopt;
}

const Identity* envelope_identity(const std::vector<Identity>& identities, std::string_view format) {
  const Identity* other = nullptr;
  for (const auto& identity : identities) {
    if (identity.kind == format) return &identity;
    if (!other && envelope_qualifier(identity, format)) other = &identity;
  }
  return other;
}

}  // namespace wayleave::config
