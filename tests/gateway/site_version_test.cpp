#include "gateway/site_version.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace wayleave::gateway;
namespace fs = std::filesystem;

TEST_CASE("a site has another version when one of its files is another, and only then") {
  std::string name = (fs::temp_directory_path() / "wayleave-site-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path site = name;
  const auto write = [&](const char* file, const char* text) { std::ofstream(site / file) << text; };
  fs::create_directories(site / "partners");
  fs::create_directories(site / "mappings/own");
  fs::create_directories(site / "data");
  write("gateway.xml", "<gateway/>");
  write("partners/acme.xml", "<partner/>");
  const auto first = site_version(site);
  CHECK(first != 0);
  CHECK(first >> 63 == 0);
  write("partners/acme.xml", "<partner/>");
  write("data/wayleave.db", "rows");
  CHECK(site_version(site) == first);
  write("partners/acme.xml", "<partner id='acme'/>");
  const auto second = site_version(site);
  CHECK(second != first);
  write("mappings/own/x.map.xml", "<map/>");
  CHECK(site_version(site) != second);
  fs::remove(site / "mappings/own/x.map.xml");
  CHECK(site_version(site) == second);
  write("partners/acme.xml", "<partner/>");
  CHECK(site_version(site) == first);
  fs::remove_all(site);
}
