#pragma once

#include <string>
#include <string_view>

#include "adapter/adapter.hpp"

namespace wayleave::adapter::directory {

/// The whole file under a name that nobody looks for, then renamed to a name that must be free, both durable. A reader
/// sees all of it or nothing; a second attempt finds the first one's file and is content. Nothing is ever overwritten.
/// Blocks, on a hung network drive for ever: on a thread that can wait. `delivered`, `misconfigured` (a path or name that
/// repeating does not mend), or `broken`.
Reply put_file(const std::string& folder, const std::string& name, std::string_view bytes);
/// The same in an open folder; `path` is what reasons call it.
Reply put_file_in(int directory, const std::string& path, const std::string& name, std::string_view bytes);

}  // namespace wayleave::adapter::directory
