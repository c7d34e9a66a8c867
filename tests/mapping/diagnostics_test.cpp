#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/finding.hpp"
#include "fixture.hpp"

namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

// Each diagnostics/NAME.map.xml and NAME.overlay.xml is compiled; what is told about it, as `lint` renders it, is in NAME.txt.
// WAYLEAVE_ACCEPT=1 in the environment writes the .txt files anew: read what changed before you commit it.
TEST_CASE("every diagnosis reads as it is written down", "[mapping]") {
  const auto folder = fs::path(WAYLEAVE_SOURCE_DIR) / "tests/mapping/diagnostics";
  const char* accept = std::getenv("WAYLEAVE_ACCEPT");
  std::map<std::string, std::string> lists;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".xml" || entry.path().extension() == ".xsl") lists["./" + entry.path().filename().string()] = slurp(entry.path());
  }
  std::size_t judged = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(".map.xml") && !name.ends_with(".overlay.xml")) continue;
    ++judged;
    const auto text = slurp(entry.path());
    auto compiled = mapping_test::compile(text, lists, {});
    std::string told;
    for (const auto& finding : compiled.findings) {
      const auto& file = finding.in.empty() ? name : finding.in;
      told += wayleave::render_text(finding, file, finding.in.empty() ? text : lists[finding.in]) + "\n";
    }
    if (told.empty()) told = "nothing\n";
    const auto golden = folder / (name.substr(0, name.find('.')) + ".txt");
    if (accept && *accept) {
      std::ofstream(golden, std::ios::binary) << told;
      continue;
    }
    INFO(name);
    CHECK(told == slurp(golden));
  }
  CHECK(judged >= 20);
}
