#pragma once

#include "adapter/adapter.hpp"

namespace wayleave::adapter::directory {

/// `adapter="directory"`: one file a document, whole or not at all; README.md beside this file is its manual.
const AdapterType& type();

}  // namespace wayleave::adapter::directory
