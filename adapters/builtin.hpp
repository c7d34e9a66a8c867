#pragma once

#include <span>
#include <string_view>

#include "adapter/adapter.hpp"

namespace wayleave::adapter {

/// Every adapter there is: the one list. Not self-registering: a static library drops unreferenced objects, and an empty
/// registry is silent.
std::span<const AdapterType* const> builtin();
/// nullptr when there is none of that name.
const AdapterType* find(std::string_view name);

}  // namespace wayleave::adapter
