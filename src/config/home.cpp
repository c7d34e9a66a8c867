#include <cstdlib>

#include "config/site.hpp"

namespace wayleave::config {

namespace fs = std::filesystem;

fs::path product_home() {
  if (const char* home = std::getenv("WAYLEAVE_HOME"); home && *home) return fs::path(home).lexically_normal();
  std::error_code error;
  const auto binary = fs::read_symlink("/proc/self/exe", error);
  const auto installed = (binary.parent_path() / ".." / "share" / "wayleave").lexically_normal();
  if (!error && fs::is_directory(installed / "schemas", error)) return installed;
  const fs::path source = WAYLEAVE_SOURCE_DIR;
  if (fs::is_directory(source / "schemas", error)) return source;
  return installed;
}

std::optional<fs::path> enclosing_site(const fs::path& start) {
  std::error_code error;
  auto folder = fs::absolute(start, error).lexically_normal();
  if (error) return std::nullopt;
  for (;; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / "gateway.xml", error)) return folder;
    if (folder == folder.root_path() || folder.empty()) return std::nullopt;
  }
}

}  // namespace wayleave::config
