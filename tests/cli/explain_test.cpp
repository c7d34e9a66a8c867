#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "cli/explain.hpp"

using namespace wayleave::cli;

namespace fs = std::filesystem;

namespace {

struct Printed {
  int code;
  std::string out, err;
};

Printed run(const std::string& code) {
  std::ostringstream out, err;
  const int result = explain(code, out, err);
  return {result, out.str(), err.str()};
}

/// Codes that stand as literals in our sources, with the file they were seen in.
std::map<std::string, std::string> emitted_codes() {
  static const std::regex literal("\"([XMRSCDE][0-9]{3})\"");
  std::map<std::string, std::string> codes;
  for (const char* folder : {"src", "adapters"})
    for (fs::recursive_directory_iterator it(fs::path(WAYLEAVE_SOURCE_DIR) / folder), end; it != end; ++it) {
      const auto extension = it->path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      std::ifstream in(it->path());
      std::ostringstream text;
      text << in.rdbuf();
      const auto source = text.str();
      for (std::sregex_iterator match(source.begin(), source.end(), literal), none; match != none; ++match)
        codes.emplace((*match)[1], it->path().filename().string());
    }
  codes.erase("C507");                   // a composite of EDIFACT
  return codes;
}

}  // namespace

TEST_CASE("explain prints the section of a code", "[explain]") {
  const auto printed = run("X110");
  CHECK(printed.code == 0);
  CHECK(printed.out.rfind("## X110 element missing\n", 0) == 0);
  CHECK(printed.out.find("Mend: ") != std::string::npos);
  CHECK(printed.out.find("X111") == std::string::npos);
  CHECK(printed.err.empty());
  CHECK(run("x110").out == printed.out);
}

TEST_CASE("a range explains the codes that have no section of their own", "[explain]") {
  CHECK(run("R910").out.rfind("## R9xx", 0) == 0);
  CHECK(run("R801").out.rfind("## R801", 0) == 0);
  CHECK(run("M099").out.rfind("## M0xx", 0) == 0);
}

TEST_CASE("the last section ends with the page", "[explain]") { CHECK(run(explained_codes().back()).code == 0); }

TEST_CASE("an unknown code is answered with the nearest and exit code 2", "[explain]") {
  const auto printed = run("X1100");
  CHECK(printed.code == 2);
  CHECK(printed.out.empty());
  CHECK(printed.err.find("did you mean X110?") != std::string::npos);
  CHECK(run("").code == 2);
  CHECK(run("TOO-LATE").err.find("site's own") != std::string::npos);
}

TEST_CASE("no code has two sections, and each section says what, why, example and how to mend it", "[explain]") {
  std::set<std::string> seen;
  for (const auto& code : explained_codes()) {
    INFO(code);
    CHECK(seen.insert(code).second);
    const auto text = explanation(code).value();
    for (const char* part : {"\n- What: ", "\n- Why: ", "\n- Example: ", "\n- Mend: "}) CHECK(text.find(part) != std::string::npos);
    const auto lines = std::count(text.begin(), text.end(), '\n');
    CHECK(lines >= 4);
    CHECK(lines <= 8);
  }
}

TEST_CASE("every code that our sources give is explained", "[explain]") {
  const auto codes = emitted_codes();
  CHECK(codes.size() > 40);
  for (const auto& [code, file] : codes) {
    INFO(code << " in " << file << " has no section in docs/codes.md");
    CHECK(explanation(code).has_value());
  }
}
