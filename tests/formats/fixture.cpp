#include "fixture.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "formats/xml/read.hpp"

namespace fs = std::filesystem;

namespace fixture {
namespace {

const fs::path root = WAYLEAVE_SOURCE_DIR;

wayleave::schema::SchemaPtr load_from(wayleave::schema::Library& library, const std::string& reference) {
  auto loaded = library.load(reference);
  if (!loaded.schema) FAIL(reference << ": " << (loaded.findings.empty() ? "" : loaded.findings[0].message));
  return loaded.schema;
}

}  // namespace

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) FAIL("cannot read " << file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

wayleave::schema::SchemaPtr load(const std::string& reference) {
  static wayleave::schema::Library library(wayleave::schema::SearchPath{{root / "schemas"}});
  return load_from(library, reference);
}

wayleave::schema::SchemaPtr schema_of(const std::string& xsd, const std::string& name) {
  std::string folder = (fs::temp_directory_path() / "wayleave-formats-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()));
  std::ofstream(folder + "/test.xsd") << xsd;
  wayleave::schema::Library library(wayleave::schema::SearchPath{{folder}});
  auto schema = load_from(library, "test.xsd#" + name);
  fs::remove_all(folder);
  return schema;
}

std::vector<std::pair<fs::path, std::string>> canonical_instances() {
  std::vector<std::pair<fs::path, std::string>> out;
  static const std::map<std::string, std::string> files = {
      {"Order", "order-1"}, {"OrderChange", "order-change-1"}, {"OrderResponse", "order-response-1"},
      {"RerouteRequest", "reroute-request-1"}, {"RerouteResponse", "reroute-response-1"},
      {"ShipmentStatus", "shipment-status-1"}, {"NetworkStatus", "network-status-1"}};
  for (const auto& entry : fs::directory_iterator(root / "schemas/canonical/instances")) {
    const auto name = wayleave::xml::sniff_root(contents(entry.path()));
    REQUIRE(name);
    out.emplace_back(entry.path(), "canonical/" + files.at(name->local) + ".xsd#" + name->local);
  }
  REQUIRE(out.size() > 10);
  return out;
}

fs::path ubl() {
  const char* told = std::getenv("WAYLEAVE_UBL");
  const fs::path path = told ? fs::path(told) : root.parent_path() / "shared/data/ubl-2.4";
  return fs::exists(path / "xml") ? path : fs::path();
}

std::vector<std::pair<fs::path, wayleave::schema::SchemaPtr>> ubl_examples() {
  std::vector<std::pair<fs::path, wayleave::schema::SchemaPtr>> out;
  if (ubl().empty()) return out;
  static wayleave::schema::Library library(wayleave::schema::SearchPath{{ubl()}});
  for (const auto& entry : fs::directory_iterator(ubl() / "xml")) {
    const auto name = wayleave::xml::sniff_root(contents(entry.path()));
    if (!name) continue;
    for (const char* folder : {"xsdrt/maindoc/", "xsd/maindoc/"}) {
      const std::string file = folder + ("UBL-" + name->local) + "-2.4.xsd";
      if (!fs::exists(ubl() / file)) continue;
      out.emplace_back(entry.path(), load_from(library, file + "#" + name->local));
      break;
    }
  }
  return out;
}

}  // namespace fixture
