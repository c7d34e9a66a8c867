#pragma once

#include <string_view>

#include "store/store.hpp"

namespace wayleave::store {

/// How long a receipt is known by its key. What the gateway itself calls a submission by, the identity of an interchange
/// (it begins with \x01), holds as long as a document's number.
inline std::chrono::days known_for(std::string_view key) { return key.starts_with('\x01') ? duplicate_window : idempotency_window; }

}  // namespace wayleave::store
