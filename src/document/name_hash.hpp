#pragma once

#include <cstdint>
#include <string_view>

namespace wayleave {

/// The hash of a name: seeded once a process, so that a sender cannot choose names that collide.
std::uint64_t name_hash(std::string_view ns, std::string_view local);

}  // namespace wayleave
