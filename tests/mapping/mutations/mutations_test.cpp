#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "judge.hpp"
#include "mutation.hpp"

namespace fs = std::filesystem;
using namespace wayleave;

namespace {

using Generator = void (*)(const mutations::Subject&, mutations::Collector&);
constexpr Generator generators[] = {mutations::break_names,  mutations::break_content, mutations::break_values,     mutations::break_presence,
                                    mutations::break_codes,  mutations::break_syntax,  mutations::break_directives, mutations::break_overlays};

// The OASIS schemas lie beside the source tree or where WAYLEAVE_UBL says; without them UBL maps cannot be judged.
bool needs_missing_ubl(const fs::path& map, const fs::path& source) {
  if (map.string().find("ubl-") == std::string::npos) return false;
  const char* told = std::getenv("WAYLEAVE_UBL");
  const auto folder = told && *told ? fs::path(told) : source.parent_path() / "shared/data/ubl-2.4/xsdrt";
  return !fs::exists(folder / "maindoc");
}

std::vector<fs::path> shipped_maps(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().string();
    if (name.ends_with(".map.xml") || name.ends_with(".overlay.xml")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

struct Tally {
  std::size_t counted = 0, caught = 0, cascades = 0;
  double share() const { return counted ? static_cast<double>(caught) / static_cast<double>(counted) : 0; }
};

// Of each kind at most so many a map, that every kind comes to every sort of place; more where a map has few places.
std::vector<mutations::Mutation> chosen(const mutations::Collector& collector) {
  const char* told = std::getenv("WAYLEAVE_MUTATIONS");
  if (told && *told) return collector.chosen(std::strtoul(told, nullptr, 10));
  std::vector<mutations::Mutation> found;
  for (std::size_t limit = 8; limit <= 256 && found.size() < 200; limit *= 2) found = collector.chosen(limit);
  return found;
}

}  // namespace

// WAYLEAVE_MUTATIONS=100000 in the environment makes every mutation there is.
TEST_CASE("a shipped map that is broken in any systematic way is found out, at the right line", "[mapping]") {
  const fs::path source = WAYLEAVE_SOURCE_DIR;
  mutations::Judge judge(source / "schemas", source / "mappings");
  Tally all;
  std::map<std::string, Tally> kinds;
  std::map<std::string, std::size_t> legal;
  for (const auto& file : shipped_maps(source / "mappings")) {
    const auto name = file.parent_path().filename().string();
    INFO(name);
    if (needs_missing_ubl(file, source)) {
      WARN("skipped, the UBL schemas are not here: " << name);
      continue;
    }
    auto subject = judge.subject(name, file);
    for (const auto& finding : subject.findings) UNSCOPED_INFO(finding.code << " " << finding.line << ":" << finding.column << " " << finding.message);
    CHECK_FALSE(has_errors(subject.findings));
    if (!subject.subject) {
      CHECK(subject.subject);
      continue;
    }
    mutations::Collector collector(*subject.subject);
    for (auto generate : generators) generate(*subject.subject, collector);
    Tally tally;
    for (const auto& mutation : chosen(collector)) {
      const auto verdict = judge.judge(*subject.subject, mutation);
      ++tally.counted;
      tally.caught += verdict.right_line;
      ++kinds[mutation.kind].counted;
      kinds[mutation.kind].caught += verdict.right_line;
      tally.cascades += verdict.findings > 2 + subject.findings.size();
      if (!verdict.right_line) std::cout << fmt::format("  survived  {}:{}  {}: {}  {}\n", name, verdict.line, mutation.kind, mutation.what, verdict.told);
      if (std::getenv("WAYLEAVE_CASCADES") && verdict.findings > 2) std::cout << fmt::format("  cascade {}  {}:{}  {}: {}\n", verdict.findings, name, verdict.line, mutation.kind, mutation.what);
    }
    std::cout << fmt::format("{}: {} mutations, {} found out at the right line ({:.2f} %), {} with more than two findings\n", name, tally.counted, tally.caught,
                             100 * tally.share(), tally.cascades);
    for (const auto& [reason, times] : collector.legal()) legal[reason] += times;
    CHECK(tally.counted >= 200);
    CHECK(tally.share() >= 0.99);
    all.counted += tally.counted;
    all.caught += tally.caught;
    all.cascades += tally.cascades;
  }
  std::cout << fmt::format("all: {} mutations, {} found out ({:.2f} %), {} ({:.2f} %) with more than two findings\n", all.counted, all.caught, 100 * all.share(),
                           all.cascades, 100.0 * static_cast<double>(all.cascades) / static_cast<double>(std::max<std::size_t>(1, all.counted)));
  std::cout << "not counted, for they are legal maps:\n";
  for (const auto& [reason, times] : legal) std::cout << fmt::format("  {:6}  {}\n", times, reason);
  // No kind of mistake may hide behind the number of the others.
  for (const auto& [kind, tally] : kinds) {
    INFO(kind << ": " << tally.caught << " of " << tally.counted);
    CHECK(tally.share() >= 0.9);
  }
  CHECK(all.share() >= 0.99);
  CHECK(all.cascades * 20 <= all.counted);
}
