#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "config/site_file.hpp"
#include "sites.hpp"

using namespace wayleave::config;

namespace {

/// The values of a simple type of a schema, by its text: enough for a list that is written one value a line.
std::vector<std::string> enumeration(const std::filesystem::path& schema, const std::string& type) {
  std::ifstream in(schema);
  std::ostringstream text;
  text << in.rdbuf();
  const auto all = text.str();
  const auto begin = all.find("<xs:simpleType name=\"" + type + "\"");
  REQUIRE(begin != std::string::npos);
  const auto end = all.find("</xs:simpleType>", begin);
  std::vector<std::string> values;
  const std::string mark = "<xs:enumeration value=\"";
  for (auto at = all.find(mark, begin); at < end; at = all.find(mark, at + 1)) {
    const auto from = at + mark.size();
    values.push_back(all.substr(from, all.find('"', from) - from));
  }
  return values;
}

}  // namespace

TEST_CASE("the kinds of identities are the schemes of canonical identifiers", "[config]") {
  auto theirs = enumeration(std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas/canonical/common-1.xsd", "KnownIdScheme");
  theirs.erase(std::remove(theirs.begin(), theirs.end(), "unmapped"), theirs.end());
  auto ours = known_identity_kinds();
  for (const char* of_interchanges : {"x12", "edifact", "as2"}) CHECK(std::find(ours.begin(), ours.end(), of_interchanges) != ours.end());
  for (const auto& scheme : theirs) {
    INFO(scheme);
    CHECK(std::find(ours.begin(), ours.end(), scheme) != ours.end());
  }
  CHECK(ours.size() == theirs.size() + 3);
}

TEST_CASE("the roles that files may name are those of canonical parties", "[config]") {
  auto ours = known_roles();
  auto theirs = enumeration(std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas/canonical/common-1.xsd", "KnownPartyRole");
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  CHECK(ours == theirs);
}
