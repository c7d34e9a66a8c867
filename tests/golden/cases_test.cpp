#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "mapping/cases.hpp"
#include "mapping/map.hpp"

namespace fs = std::filesystem;
using namespace wayleave;

namespace {

std::vector<fs::path> shipped_maps(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(".map.xml")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The OASIS schemas lie beside the source tree or where WAYLEAVE_UBL says; without them UBL maps cannot be judged.
bool needs_missing_ubl(const fs::path& map, const fs::path& source) {
  if (map.string().find("ubl-") == std::string::npos) return false;
  const char* told = std::getenv("WAYLEAVE_UBL");
  const auto folder = told && *told ? fs::path(told) : source.parent_path() / "shared/data/ubl-2.4/xsdrt";
  return !fs::exists(folder / "maindoc");
}

}  // namespace

TEST_CASE("every shipped map is clean, and its cases come out as expected", "[golden]") {
  const fs::path source = WAYLEAVE_SOURCE_DIR;
  schema::SearchPath schemas, mappings;
  schemas.roots.push_back(source / "schemas");
  mappings.roots.push_back(source / "mappings");
  auto library = std::make_shared<schema::Library>(schemas);
  mapping::States states;
  states["shipment"] = library->load("canonical/shipment-status-1.xsd#ShipmentStatus").schema;
  mapping::Maps maps(library, mappings, std::move(states));
  std::size_t judged = 0;
  for (const auto& file : shipped_maps(source / "mappings")) {
    INFO(fs::relative(file, source).string());
    if (needs_missing_ubl(file, source)) {
      WARN("skipped, the UBL schemas are not here: " << fs::relative(file, source).string());
      continue;
    }
    auto loaded = maps.load(fs::relative(file, source / "mappings").string());
    for (const auto& finding : loaded.findings) UNSCOPED_INFO(finding.code << " " << finding.line << ":" << finding.column << " " << finding.message);
    // M203 stays where a message has room for fewer than our document: the map cannot know how many there will be.
    for (const auto& finding : loaded.findings) CHECK(finding.code == "M203");
    REQUIRE(loaded.map);
    const auto cases = mapping::cases_of(file);
    CHECK_FALSE(cases.empty());
    for (const auto& folder : cases) {
      INFO("case " << folder.filename().string());
      auto outcome = mapping::run_case(*loaded.map, folder);
      INFO(outcome.why);
      CHECK(outcome.passed);
      ++judged;
    }
  }
  CHECK(judged >= 10);
}
