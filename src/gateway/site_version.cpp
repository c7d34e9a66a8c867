#include "gateway/site_version.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "config/site.hpp"
#include "crypto/digest.hpp"

namespace wayleave::gateway {
namespace {

namespace fs = std::filesystem;

class Digest {
 public:
  void file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    add(path.string());
    add(bytes);
  }
  /// In an order that does not depend on the file system.
  void folder(const fs::path& folder) {
    std::set<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (it->is_regular_file(ignored)) files.insert(it->path());
    }
    for (const auto& path : files) file(path);
  }
  /// Large, and not ours: its size and time will do.
  void stamp(const fs::path& path) {
    std::error_code error;
    add(path.string());
    add(std::to_string(fs::file_size(path, error)));
    add(std::to_string(fs::last_write_time(path, error).time_since_epoch().count()));
  }
  std::uint64_t number() { return std::max<std::uint64_t>(1, std::stoull(digest_.finish_hex().substr(0, 15), nullptr, 16)); }

 private:
  void add(const std::string& text) {
    digest_.add(std::to_string(text.size()) + ":");
    digest_.add(text);
  }
  crypto::Sha256 digest_;
};

}  // namespace

std::uint64_t site_version(const fs::path& site) {
  Digest digest;
  digest.file(site / "gateway.xml");
  for (const char* name : {"backends", "mappings", "partners", "processes", "schemas"}) digest.folder(site / name);
  for (const char* name : {"mappings", "schemas"}) digest.folder(config::product_home() / name);
  if (const char* ubl = std::getenv("WAYLEAVE_UBL"); ubl && *ubl) digest.stamp(fs::path(ubl) / "maindoc");
  digest.stamp("/proc/self/exe");
  return digest.number();
}

}  // namespace wayleave::gateway
