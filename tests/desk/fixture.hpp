#pragma once

#include <filesystem>
#include <string>

#include "mapping/map.hpp"

namespace desk_test {

/// A folder of this test's own, gone afterwards.
class Folder {
 public:
  Folder();
  ~Folder();
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::filesystem::path source_tree();
std::string slurp(const std::filesystem::path& file);
/// False where the OASIS schemas do not lie beside the source tree and WAYLEAVE_UBL does not say where they are.
bool has_ubl();

/// Schemas and maps as shipped, and tests/mapping/schemas.
wayleave::schema::SchemaPtr schema(const std::string& reference);
wayleave::mapping::Maps::Compiled load(const std::filesystem::path& map);
/// Fails the test when the map has errors.
wayleave::mapping::MapPtr map(const std::filesystem::path& file);
std::string told(const wayleave::Findings& findings);

/// Compares with tests/desk/golden/NAME; WAYLEAVE_ACCEPT=1 in the environment writes it anew.
void check_golden(const std::string& name, const std::string& text);

}  // namespace desk_test
