#pragma once

#include <cstdint>
#include <filesystem>

namespace wayleave::gateway {

/// A number that two loads have in common when the site's files, what the product brings and the program are the same, over
/// restarts too: what was refused under one is judged anew under another. Never 0. Take it before the site is built, so that
/// a file that changes meanwhile is at worst judged again.
std::uint64_t site_version(const std::filesystem::path& site);

}  // namespace wayleave::gateway
