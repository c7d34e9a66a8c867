#pragma once

#include <cstdint>
#include <string_view>

namespace wayleave {

/// A name (namespace and local part) as a number; equal numbers, equal names.
/// Ids with the high bit belong to one Document only: names that no schema or map of ours knows, so that senders cannot
/// grow the process.
using NameId = std::uint32_t;
inline constexpr NameId no_name = 0xffffffffu;
inline constexpr NameId local_name_bit = 0x80000000u;

/// The process-wide table of names that schemas and maps know. Append-only; ids and views live as long as the process.
/// Any thread; finding takes no lock.
namespace names {
NameId intern(std::string_view ns, std::string_view local);
/// no_name when it was never interned.
NameId find(std::string_view ns, std::string_view local);
std::string_view local(NameId id);
std::string_view ns(NameId id);
}  // namespace names

}  // namespace wayleave
