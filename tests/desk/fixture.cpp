#include "fixture.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace wayleave;

namespace desk_test {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<wayleave::schema::Library> library() {
  static const auto made = std::make_shared<wayleave::schema::Library>(
    wayleave::schema::SearchPath{{source_tree() / "schemas", source_tree() / "tests/mapping/schemas"}}
  );
  return made;
}

}  // namespace

Folder::Folder() {
  auto pattern = (fs::temp_directory_path() / "wayleave-desk-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

fs::path source_tree() { return WAYLEAVE_SOURCE_DIR; }

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool has_ubl() {
  const char* told = std::getenv("WAYLEAVE_UBL");
  const auto folder = told && *told ? fs::path(told) : source_tree().parent_path() / "shared/data/ubl-2.4/xsdrt";
  return fs::exists(folder / "maindoc");
}

schema::SchemaPtr schema(const std::string& reference) {
  auto loaded = library()->load(reference);
  UNSCOPED_INFO(reference << "\n" << told(loaded.findings));
  REQUIRE(loaded.schema);
  return loaded.schema;
}

mapping::Maps::Compiled load(const fs::path& map) {
  mapping::States states;
  states["shipment"] = library()->load("canonical/shipment-status-1.xsd#ShipmentStatus").schema;
  mapping::Maps maps(library(), schema::SearchPath{{source_tree() / "mappings"}}, std::move(states));
  return maps.load(map.string());
}

mapping::MapPtr map(const fs::path& file) {
  auto compiled = load(file);
  UNSCOPED_INFO(file << "\n" << told(compiled.findings));
  REQUIRE(compiled.map);
  return compiled.map;
}

std::string told(const Findings& findings) {
  std::string list;
  for (const auto& finding : findings)
    list += finding.code + " " + std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.message + "\n";
  return list;
}

void check_golden(const std::string& name, const std::string& text) {
  const auto file = source_tree() / "tests/desk/golden" / name;
  const char* accept = std::getenv("WAYLEAVE_ACCEPT");
  if (accept && *accept) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  INFO(name);
  CHECK(text == slurp(file));
}

}  // namespace desk_test
