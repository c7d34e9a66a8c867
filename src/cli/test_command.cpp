#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "desk/coverage.hpp"
#include "desk/map_test.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::vector<std::string> paths;
  std::string site, guide, format = "text", keep;
  bool accept = false, coverage = false;
  std::uint64_t generated = 20, seed = 1;
};

// What became of one map.
struct Report {
  std::string map;
  std::string problem;                     ///< why it could not be tried; empty: it could
  std::vector<std::string> over;           ///< guides in the place of its own
  std::string note;                        ///< on them
  bool fits = true;                        ///< false: --guide has nothing to do with it
  std::vector<desk::CaseResult> cases;
  desk::Generated generated;
  std::unique_ptr<desk::Coverage> coverage;
  std::size_t failed() const {
    const auto cases_failed = std::count_if(cases.begin(), cases.end(), [](const auto& each) { return !each.passed; });
    return static_cast<std::size_t>(cases_failed) + generated.failures.size() + (problem.empty() ? 0 : 1);
  }
};

std::string indented(const std::string& lines, const std::string& by) {
  std::string out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) out += by + line + "\n";
  return out;
}

Report try_map(Workbench& bench, const fs::path& file, const schema::SchemaPtr& guide, const Arguments& given) {
  Report report;
  report.map = file.string();
  auto used = bench.load_used(report.map, guide);
  report.over = std::move(used.over);
  report.note = std::move(used.note);
  report.fits = used.fits;
  const auto& compiled = used.compiled;
  if (!compiled.map || has_errors(compiled.findings)) {
    for (const auto& finding : compiled.findings) {
      if (finding.severity == Severity::error) report.problem += render_text(finding, finding.in.empty() ? report.map : finding.in, "");
    }
    if (report.problem.empty()) report.problem = "it cannot be read\n";
    return report;
  }
  report.coverage = std::make_unique<desk::Coverage>(*compiled.map);
  report.cases = desk::run_cases(*compiled.map, given.accept, given.coverage ? report.coverage.get() : nullptr);
  if (given.generated) report.generated = desk::run_generated(*compiled.map, given.generated, given.seed, given.keep);
  return report;
}

void print_generated(const Report& report, const Arguments& given) {
  const auto& generated = report.generated;
  if (!given.generated) return;
  std::string refused;
  for (const auto& [code, times] : generated.refused) refused += fmt::format(", {} refused with {}", times, code);
  std::cout << fmt::format("  {} generated documents: {} mapped{}\n", given.generated - generated.unmade, generated.mapped, refused);
  if (generated.unmade) std::cout << fmt::format("  {} documents could not be made up from the source's schema\n", generated.unmade);
  for (const auto& failure : generated.failures) {
    std::cout << fmt::format("  FAILED generated document {} of seed {}: the output is not valid; the document is {}\n", failure.number, given.seed, failure.kept.string());
    for (const auto& finding : failure.findings) std::cout << fmt::format("    {} {}: {}\n", finding.code, finding.path, finding.message);
  }
}

void print(const Report& report, const Arguments& given) {
  const auto passed = std::count_if(report.cases.begin(), report.cases.end(), [](const auto& each) { return each.passed; });
  std::cout << report.map << "\n";
  if (!report.over.empty()) std::cout << fmt::format("  over {}\n", fmt::join(report.over, " and "));
  else if (!report.note.empty()) std::cout << "  " << report.note << "\n";
  if (!report.problem.empty()) {
    std::cout << indented(report.problem, "  ");
    return;
  }
  for (const auto& each : report.cases) {
    if (!each.passed) std::cout << "  FAILED " << each.name << "\n" << indented(each.why, "    ");
    for (const auto& file : each.wrote) std::cout << fmt::format("  {}: wrote {}\n", each.name, file);
  }
  std::cout << (report.cases.empty() ? "  no cases\n" : fmt::format("  {} of {} cases passed\n", passed, report.cases.size()));
  print_generated(report, given);
  if (given.coverage) std::cout << indented(desk::render(*report.coverage), "  ");
}

std::string list(const std::vector<std::string>& items) { return "[" + fmt::format("{}", fmt::join(items, ",")) + "]"; }

std::string json(const Report& report, const Arguments& given) {
  std::vector<std::string> cases, failures, refused, uncovered, over;
  for (const auto& guide : report.over) over.push_back(json_quoted(guide));
  for (const auto& each : report.cases) {
    std::vector<std::string> wrote;
    for (const auto& file : each.wrote) wrote.push_back(json_quoted(file));
    cases.push_back(fmt::format("{{\"name\":{},\"passed\":{},\"why\":{},\"wrote\":{}}}", json_quoted(each.name), each.passed, json_quoted(each.why), list(wrote)));
  }
  for (const auto& failure : report.generated.failures) {
    failures.push_back(fmt::format("{{\"number\":{},\"document\":{},\"findings\":{}}}", failure.number, json_quoted(failure.kept.string()),
                                   findings_json(failure.kept.string(), "invalid", failure.findings)));
  }
  for (const auto& [code, times] : report.generated.refused) refused.push_back(fmt::format("{}:{}", json_quoted(code), times));
  std::string coverage = "null";
  if (given.coverage && report.coverage) {
    for (const auto& branch : report.coverage->branches()) {
      for (const auto& way : branch.ways) {
        if (!way.taken) uncovered.push_back(fmt::format("{{\"map\":{},\"branch\":{},\"never\":{}}}", json_quoted(branch.map), json_quoted(branch.what), json_quoted(way.name)));
      }
    }
    coverage = fmt::format("{{\"ways\":{},\"taken\":{},\"never\":{}}}", report.coverage->ways(), report.coverage->taken(), list(uncovered));
  }
  return fmt::format("{{\"map\":{},\"over\":{},\"problem\":{},\"cases\":{},\"generated\":{{\"seed\":{},\"mapped\":{},\"unmade\":{},\"refused\":{{{}}},\"failures\":{}}},\"coverage\":{}}}",
                     json_quoted(report.map), list(over), json_quoted(report.problem), list(cases), given.seed, report.generated.mapped, report.generated.unmade,
                     fmt::format("{}", fmt::join(refused, ",")), list(failures), coverage);
}

int run_test(Arguments given) {
  std::vector<fs::path> maps;
  std::error_code ec;
  if (given.keep.empty()) given.keep = (fs::temp_directory_path(ec) / "wayleave-test").string();
  for (const auto& path : given.paths) {
    if (!fs::exists(path, ec)) {
      std::cerr << "wayleave: there is no " << path << '\n';
      return 2;
    }
    for (auto& map : desk::maps_below(path)) maps.push_back(std::move(map));
  }
  if (maps.empty()) {
    std::cerr << "wayleave: there is no map (*.map.xml, *.overlay.xml) below " << given.paths.front() << '\n';
    return 2;
  }
  Workbench bench(given.site, maps.front().string());
  schema::SchemaPtr guide;
  if (!load_guide(bench, given.guide, guide)) return 2;
  std::vector<std::string> reports;
  std::size_t failed = 0;
  bool fits = false;
  for (const auto& map : maps) {
    const auto report = try_map(bench, map, guide, given);
    fits |= report.fits;
    failed += report.failed();
    if (given.format == "json") reports.push_back(json(report, given));
    else print(report, given);
  }
  if (given.format == "json") std::cout << list(reports) << '\n';
  else std::cout << fmt::format("{} map{}, {}\n", maps.size(), maps.size() == 1 ? "" : "s", failed ? fmt::format("{} failed", failed) : "all is well");
  if (!fits) return unfit(given.guide, given.paths.front());
  return failed ? 1 : 0;
}

}  // namespace

void add_test(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("test", "run the cases beside maps, and documents made from their source schemas");
  auto given = std::make_shared<Arguments>();
  command->add_option("PATH", given->paths, "map files, or folders that have some")->required();
  command->add_flag("--accept", given->accept, "what the maps do now is what the cases expect from now on");
  command->add_flag("--coverage", given->coverage, "list the branches of each map that no case takes");
  command->add_option("--generated", given->generated, "how many documents to make from the source schema of each map");
  command->add_option("--seed", given->seed, "what they are made from");
  command->add_option("--keep", given->keep, "folder for generated documents that a map fails on");
  add_guide(*command, given->guide);
  command->add_option("--site", given->site, "the site the maps belong to");
  add_format(*command, given->format);
  command->callback([given, &outcome] { outcome.code = run_test(*given); });
}

}  // namespace wayleave::cli
