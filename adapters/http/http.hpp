#pragma once

#include <string>
#include <string_view>

#include "adapter/adapter.hpp"

namespace wayleave::adapter::http {

/// `adapter="http"`: one request a document; README.md beside this file is its manual.
const AdapterType& type();

/// What a header can carry of a text: visible ASCII as it is, everything else and `%` as %XX of its UTF-8 bytes.
std::string header_safe(std::string_view text);

}  // namespace wayleave::adapter::http
