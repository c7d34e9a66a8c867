#pragma once

#include <cstdint>
#include <string_view>

#include "document/names.hpp"

namespace wayleave {

/// The hash of a name in two steps, so that a reader hashes a namespace once and not for every name in it. Seeded once
/// a process: a sender cannot choose names that collide.
std::uint64_t namespace_hash(std::string_view ns);
std::uint64_t name_hash(std::uint64_t namespace_hash, std::string_view local);

namespace names {
/// find() with the hash at hand.
NameId find(std::uint64_t name_hash, std::string_view ns, std::string_view local);
}  // namespace names

}  // namespace wayleave
