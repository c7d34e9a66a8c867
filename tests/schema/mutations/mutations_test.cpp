// Valid documents, broken in one place in every way of the table of codes. Of the mutants that Xerces finds invalid at
// least 99 % must get a finding on the right line and at most two findings; beyond that, 99 % must be called what they
// are, and 98 % get exactly one finding. Of all mutants, the valid ones included, our own judgement has to be Xerces'.
//
// That the harness can fail is shown by a control that runs with it: findings put where Xerces-C++ itself stopped reading
// miss the mark. Breaking the classification by hand was seen to fail it too: without the call of `misspelt` in
// src/schema/content.cpp 89 % (canonical) and 85 % (UBL) are called what they are, without looking for the misplaced
// sibling and without lookahead 97 % and 98 %, with two findings for every seventh pair of swapped siblings.

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "formats/xml/read.hpp"
#include "formats/xml/verdict.hpp"
#include "mutate.hpp"
#include "schema/schema.hpp"

using namespace wayleave;
namespace fs = std::filesystem;

namespace {

struct Sample {
  fs::path file;
  std::string reference;
};

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return std::move(all).str();
}

fs::path ubl() {
  if (const char* named = std::getenv("WAYLEAVE_UBL")) return named;
  return fs::path(WAYLEAVE_SOURCE_DIR) / "../shared/data/ubl-2.4";
}

std::vector<Sample> ubl_samples() {
  std::vector<Sample> out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(ubl() / "xml", ec)) {
    const auto root = xml::sniff_root(slurp(entry.path()));
    if (!root) continue;
    const auto schema = fs::weakly_canonical(ubl() / "xsdrt/maindoc" / ("UBL-" + root->local + "-2.4.xsd"));
    if (fs::exists(schema)) out.push_back({entry.path(), schema.string() + "#" + root->local});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return out;
}

std::vector<Sample> canonical_samples() {
  static const std::map<std::string, std::string> files{
    {"Order", "order-1"}, {"OrderChange", "order-change-1"}, {"OrderResponse", "order-response-1"}, {"RerouteRequest", "reroute-request-1"},
    {"RerouteResponse", "reroute-response-1"}, {"ShipmentStatus", "shipment-status-1"}, {"NetworkStatus", "network-status-1"}};
  std::vector<Sample> out;
  for (const auto& entry : fs::directory_iterator(fs::path(WAYLEAVE_SOURCE_DIR) / "schemas/canonical/instances")) {
    const auto root = xml::sniff_root(slurp(entry.path()));
    if (root && files.contains(root->local)) out.push_back({entry.path(), "canonical/" + files.at(root->local) + ".xsd#" + root->local});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return out;
}

struct Score {
  std::size_t mutants = 0, line = 0, few = 0, good = 0, one = 0, place = 0, code = 0, disagreements = 0;
};
using Table = std::map<std::string, Score>;

bool on_a_right_line(const mutations::Mutant& mutant, const LineIndex& lines, const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    const auto at = [&](std::size_t offset) { return lines.at(static_cast<std::uint32_t>(offset)).line; };
    if (mutant.until && f.line >= at(mutant.places.front()) && f.line <= at(mutant.until)) return true;
    return std::any_of(mutant.places.begin(), mutant.places.end(), [&](auto place) { return at(place) == f.line; });
  });
}

bool at_a_right_place(const mutations::Mutant& mutant, const LineIndex& lines, const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return std::any_of(mutant.places.begin(), mutant.places.end(), [&](auto place) {
      const auto at = lines.at(static_cast<std::uint32_t>(place));
      return at.line == f.line && at.column == f.column;
    });
  });
}

bool rightly_called(const mutations::Mutant& mutant, const Findings& findings) {
  return std::all_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return std::find(mutant.codes.begin(), mutant.codes.end(), f.code) != mutant.codes.end();
  });
}

void print(const char* title, const Table& table, const Score& all) {
  std::printf("%s\n%-24s %8s %8s %8s %8s %8s %8s %8s\n", title, "broken by", "mutants", "line %", "<=2 %", "both %", "one %", "column %", "code %");
  const auto row = [](const std::string& name, const Score& s) {
    const auto share = [&](std::size_t n) { return s.mutants ? 100.0 * static_cast<double>(n) / static_cast<double>(s.mutants) : 100.0; };
    std::printf("%-24s %8zu %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f\n", name.c_str(), s.mutants, share(s.line), share(s.few),
                share(s.good), share(s.one), share(s.place), share(s.code));
  };
  for (const auto& [kind, score] : table) row(kind, score);
  row("all", all);
}

/// What a mutant is judged by: the product, or something worse for the control.
using Judge = std::function<Findings(const std::string&, const schema::Schema&)>;

Score run(const char* title, const std::vector<Sample>& samples, std::size_t each, const Judge& judge, bool show_failures) {
  schema::Library library({{fs::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  std::vector<std::string> references;
  for (const auto& sample : samples) references.push_back(sample.reference);
  library.vet(references);
  Table table;
  Score all;
  std::size_t shown = 0;
  std::uint32_t seed = 20250314;
  for (const auto& sample : samples) {
    const auto loaded = library.load(sample.reference);
    INFO(sample.reference);
    REQUIRE(loaded.schema);
    const auto text = slurp(sample.file);
    {
      INFO(sample.file);
      CHECK(xml::read(text, *loaded.schema).valid());
    }
    for (const auto& mutant : mutations::mutate(text, each, seed++)) {
      const bool valid = xml::judge(mutant.text, *loaded.schema).valid;
      if (valid != xml::read_own(mutant.text, *loaded.schema).findings.empty()) {
        ++all.disagreements;
        std::printf("  %s: %s: %s: Xerces says it is %s, we do not\n", sample.file.filename().c_str(), mutant.kind.c_str(), mutant.what.c_str(),
                    valid ? "valid" : "invalid");
      }
      if (valid) continue;
      const LineIndex lines(mutant.text);
      const auto findings = judge(mutant.text, *loaded.schema);
      const bool line = on_a_right_line(mutant, lines, findings), few = !findings.empty() && findings.size() <= 2;
      for (auto* score : {&table[mutant.kind], &all}) {
        ++score->mutants;
        score->line += line;
        score->few += few;
        score->good += line && few;
        score->code += rightly_called(mutant, findings);
        score->one += findings.size() == 1;
        score->place += at_a_right_place(mutant, lines, findings);
      }
      if ((line && few && findings.size() == 1 && rightly_called(mutant, findings)) || !show_failures || ++shown > 40) continue;
      std::printf("  %s: %s: %s; due on line %u\n", sample.file.filename().c_str(), mutant.kind.c_str(), mutant.what.c_str(),
                  lines.at(static_cast<std::uint32_t>(mutant.places.front())).line);
      for (const auto& f : findings) std::printf("      %u:%u %s %s\n", f.line, f.column, f.code.c_str(), f.message.c_str());
    }
  }
  print(title, table, all);
  return all;
}

Findings by_wayleave(const std::string& text, const schema::Schema& schema) { return xml::read(text, schema).findings; }

Findings by_xerces_position(const std::string& text, const schema::Schema& schema) {
  const auto verdict = xml::judge(text, schema);
  Finding f;
  f.line = verdict.line;
  f.column = verdict.column;
  return {f};
}

double share(std::size_t part, const Score& score) { return static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(score.mutants, 1)); }

void require_good(const Score& score) {
  CHECK(score.mutants > 2000);
  CHECK(share(score.good, score) >= 0.99);
  CHECK(share(score.code, score) >= 0.99);
  CHECK(share(score.one, score) >= 0.98);
  CHECK(score.disagreements == 0);
}

}  // namespace

TEST_CASE("a canonical document broken in one place gets the right line and at most two findings", "[schema][mutations]") {
  const auto score = run("canonical instances", canonical_samples(), 25, by_wayleave, true);
  require_good(score);
}

TEST_CASE("a UBL document broken in one place gets the right line and at most two findings", "[schema][mutations]") {
  const auto samples = ubl_samples();
  if (samples.empty()) {
    WARN("skipped: no UBL 2.4 at " << ubl() << "; set WAYLEAVE_UBL");
    return;
  }
  const auto score = run("UBL 2.4 examples", samples, 60, by_wayleave, true);
  require_good(score);
}

TEST_CASE("the position where Xerces stops reading would fail the mutation test", "[schema][mutations]") {
  const auto score = run("control: Xerces' own position", canonical_samples(), 5, by_xerces_position, false);
  CHECK(score.mutants > 300);
  CHECK(share(score.good, score) < 0.9);
}
