#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "gateway/overlays.hpp"
#include "mapping/cases.hpp"
#include "mapping/compiled.hpp"
#include "mapping/print_map.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

std::string flat_text(const mapping::Map& map) { return print_map(*map.impl().tree, *map.impl().compilation); }

/// The overlays that may lie upon a map: of the site, and below the map's own folder.
std::vector<fs::path> overlays_around(const Workbench& bench, const fs::path& map) {
  std::set<fs::path> files;
  if (!bench.site.empty()) {
    for (auto& file : gateway::overlay_files(fs::absolute(bench.site).lexically_normal() / "mappings")) files.insert(std::move(file));
  }
  for (auto& file : gateway::overlay_files(map.parent_path())) files.insert(std::move(file));
  return {files.begin(), files.end()};
}

int tell_errors(const std::string& name, const mapping::Maps::Compiled& compiled) {
  for (auto finding : compiled.findings) {
    if (finding.severity != Severity::error) continue;
    const auto& file = finding.in.empty() ? compiled.file.string() : finding.in;
    const auto text = compiled.sources.find(file);
    const auto shown = finding.in.empty() ? name : finding.in;
    finding.in.clear();
    std::cerr << render_text(finding, shown, text == compiled.sources.end() ? "" : text->second);
  }
  return 2;
}

int flat(const std::string& name, const std::string& partner, const std::string& site) {
  Workbench bench(site, name);
  auto compiled = bench.load(name);
  if (!compiled.map) return tell_errors(name, compiled);
  if (partner.empty()) {
    std::cout << flat_text(*compiled.map);
    return 0;
  }
  mapping::MapPtr found;
  for (const auto& file : overlays_around(bench, compiled.file)) {
    auto overlay = bench.load(file.string());
    if (!overlay.map || overlay.map->partner() != partner || !gateway::lies_on(*overlay.map, compiled.file)) continue;
    if (!found || gateway::lies_on(*overlay.map, found->file())) found = overlay.map;
  }
  if (!found) std::cerr << "wayleave: no overlay of " << name << " is for partner " << partner << "; this is the base\n";
  std::cout << flat_text(found ? *found : *compiled.map);
  return 0;
}

std::string counted(int count, const std::string& what, const std::string& plural) {
  return std::to_string(count) + " " + (count == 1 ? what : plural);
}

/// As a person in this folder would write it.
std::string shown(const fs::path& file) {
  std::error_code ec;
  const auto relative = file.lexically_relative(fs::current_path(ec));
  return relative.empty() || *relative.begin() == ".." ? file.string() : relative.string();
}

struct Impact {
  int changed = 0, broken = 0;
};

/// One overlay on the map as it is, beside what it was on the text before, if there is one.
void tell_impact(const fs::path& file, Workbench& now, Workbench* before, Impact& impact) {
  auto compiled = now.load(file.string());
  if (!compiled.map) {
    ++impact.broken;
    std::cout << shown(file) << ": does not fit any more\n";
    tell_errors(shown(file), compiled);
    return;
  }
  auto old = before ? before->load(file.string()) : mapping::Maps::Compiled{};
  const bool same = old.map && flat_text(*old.map) == flat_text(*compiled.map);
  if (same) return;
  ++impact.changed;
  std::cout << shown(file) << (before ? old.map ? ": merges to another map" : ": did not fit before, and does now" : "");
  int cases = 0, failed = 0;
  for (const auto& folder : mapping::cases_of(file)) {
    ++cases;
    auto outcome = mapping::run_case(*compiled.map, folder);
    if (outcome.passed) continue;
    ++failed;
    std::cout << (failed == 1 ? "\n" : "") << "  case " << folder.filename().string() << ": " << outcome.why;
  }
  if (failed == 0) std::cout << ", " << (cases == 0 ? "no cases" : cases == 1 ? "its case passes" : "its " + std::to_string(cases) + " cases pass") << '\n';
  impact.broken += failed;
}

int impact(const std::string& name, const std::string& old, const std::string& site) {
  Workbench now(site, name);
  auto compiled = now.load(name);
  if (!compiled.map) return tell_errors(name, compiled);
  std::unique_ptr<Workbench> before;
  if (!old.empty()) {
    auto text = read_file(old);
    if (!text) {
      std::cerr << "wayleave: cannot open " << old << '\n';
      return 2;
    }
    before = std::make_unique<Workbench>(site, name);
    before->maps->suppose(compiled.file, std::move(*text));
  }
  Impact impact;
  int all = 0;
  for (const auto& file : overlays_around(now, compiled.file)) {
    auto overlay = now.load(file.string());
    const auto base = compiled.file.filename().string();
    const bool meant = overlay.map ? gateway::lies_on(*overlay.map, compiled.file) : overlay.sources.contains(compiled.file.string());
    if (!meant) continue;
    ++all;
    tell_impact(file, now, before.get(), impact);
  }
  std::cerr << counted(all, "overlay lies upon ", "overlays lie upon ") << name << (before ? ", " + counted(impact.changed, "changes", "change") : std::string())
            << (impact.broken ? ", " + counted(impact.broken, "failure", "failures") : std::string()) << '\n';
  return impact.broken ? 1 : 0;
}

}  // namespace

void add_overlays(CLI::App& app, Outcome& outcome) {
  auto* print = app.add_subcommand("flat", "print a map with its overlays laid upon it, and where each part comes from");
  auto map = std::make_shared<std::string>(), partner = std::make_shared<std::string>(), site = std::make_shared<std::string>();
  print->add_option("MAP", *map, "map or overlay")->required();
  print->add_option("--partner", *partner, "with the overlay that takes its place for this partner");
  print->add_option("--site", *site, "the site they belong to");
  print->callback([map, partner, site, &outcome] { outcome.code = flat(*map, *partner, *site); });

  auto* list = app.add_subcommand("impact", "list the overlays that lie upon a map, check them and run their cases");
  auto base = std::make_shared<std::string>(), before = std::make_shared<std::string>(), where = std::make_shared<std::string>();
  list->add_option("MAP", *base, "the map as it is now")->required();
  list->add_option("--before", *before, "the map as it was: only overlays that merge to another map are listed");
  list->add_option("--site", *where, "the site they belong to");
  list->callback([base, before, where, &outcome] { outcome.code = impact(*base, *before, *where); });
}

}  // namespace wayleave::cli
