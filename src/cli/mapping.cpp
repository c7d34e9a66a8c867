#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "config/site.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

int lint(const std::vector<std::string>& files, const std::string& site, bool json) {
  Verdicts verdicts(json);
  Workbench bench(site, files.front());
  for (const auto& file : files) {
    auto compiled = bench.load(file);
    std::error_code ec;
    const auto absolute = fs::absolute(file, ec).lexically_normal().string();
    for (auto& finding : compiled.findings)
      if (finding.in == absolute || finding.in == file) finding.in.clear();
    // What a map says about itself is a judgement (1); a schema or list it cannot be judged without is not (2).
    auto status = Verdicts::Status::valid;
    if (!fs::exists(file, ec) || (!compiled.map && !has_errors(compiled.findings))) status = Verdicts::Status::unusable;
    else if (has_errors(compiled.findings)) status = Verdicts::Status::invalid;
    for (const auto& finding : compiled.findings)
      if (finding.severity == Severity::error && finding.code.substr(0, 1) == "S") status = Verdicts::Status::unusable;
    verdicts.add(file, status, compiled.findings, read_file(file).value_or(""));
  }
  return verdicts.finish();
}

struct MapArguments {
  std::string map, document, site, partner, out, format = "text";
};

/// What partner() gives; nullopt, with the reason told, when that partner cannot be had.
std::optional<mapping::Context> context_for(const Workbench& bench, const std::string& partner) {
  mapping::Context context;
  context.now = Clock::system().now();
  if (partner.empty()) return context;
  if (bench.site.empty()) {
    std::cerr << "wayleave: --partner needs a site (--site)\n";
    return std::nullopt;
  }
  auto reading = config::read_site(bench.site, bench.schemas);
  if (!reading.site) {
    for (const auto& finding : reading.findings)
      if (finding.severity == Severity::error) std::cerr << render_text(finding, finding.in, "");
    std::cerr << "wayleave: the site " << bench.site.string() << " has errors, so its partner " << partner << " cannot be read\n";
    return std::nullopt;
  }
  for (const auto& each : reading.site->partners)
    if (each.id == partner) {
      context.partner = each.properties;
      context.partner["id"] = each.id;
      context.partner["name"] = each.name;
      return context;
    }
  std::cerr << "wayleave: the site " << bench.site.string() << " has no partner " << partner << '\n';
  return std::nullopt;
}

/// Findings on what the map made get the R9 numbers: the map is at fault, not the document.
Findings as_output(Findings findings) {
  for (auto& finding : findings) finding.code = "R9" + finding.code.substr(std::min<std::size_t>(2, finding.code.size()));
  return findings;
}

int run_map(const MapArguments& given) {
  Verdicts verdicts(given.format == "json");
  Workbench bench(given.site, given.map);
  auto compiled = bench.load(given.map);
  if (!compiled.map || has_errors(compiled.findings)) {
    verdicts.add(given.map, Verdicts::Status::unusable, compiled.findings, read_file(given.map).value_or(""));
    return verdicts.finish();
  }
  auto bytes = read_file(given.document);
  if (!bytes) {
    std::cerr << "wayleave: cannot open " << given.document << '\n';
    verdicts.add(given.document, Verdicts::Status::unusable, {}, "");
    return verdicts.finish();
  }
  auto reading = xml::read(*bytes, *compiled.map->source());
  if (!reading.valid()) {
    verdicts.add(given.document, Verdicts::Status::invalid, reading.findings, *bytes);
    return verdicts.finish();
  }
  const auto context = context_for(bench, given.partner);
  if (!context) return 2;
  auto mapped = mapping::run(*compiled.map, *reading.document, *context);
  if (mapped.ok()) {
    auto output = xml::read(mapped.xml, *compiled.map->target());
    for (auto& finding : as_output(std::move(output.findings))) mapped.findings.push_back(std::move(finding));
  }
  if (!mapped.ok()) {
    verdicts.add(given.document, Verdicts::Status::invalid, mapped.findings, *bytes);
    return verdicts.finish();
  }
  for (const auto& finding : mapped.findings) std::cerr << render_text(finding, given.document, *bytes);
  if (given.out.empty()) {
    std::cout << mapped.xml << '\n';
    return 0;
  }
  std::ofstream file(given.out, std::ios::binary);
  file << mapped.xml << '\n';
  file.close();
  if (!file) std::cerr << "wayleave: cannot write " << given.out << '\n';
  return file ? 0 : 2;
}

}  // namespace

void add_lint(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("lint", "check maps against both their schemas");
  auto files = std::make_shared<std::vector<std::string>>();
  auto site = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("MAP", *files, "map files")->required();
  command->add_option("--site", *site, "the site they belong to; default: the enclosing folder that has a gateway.xml");
  add_format(*command, *format);
  command->callback([files, site, format, &outcome] { outcome.code = lint(*files, *site, *format == "json"); });
}

void add_map(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("map", "validate a document, run a map over it, validate and print the result");
  auto given = std::make_shared<MapArguments>();
  command->add_option("MAP", given->map, "map file")->required();
  command->add_option("DOC", given->document, "document; - is stdin")->required();
  command->add_option("--site", given->site, "the site the map belongs to");
  command->add_option("--partner", given->partner, "whose properties partner() gives");
  command->add_option("-o", given->out, "write the result here instead of stdout");
  add_format(*command, given->format);
  command->callback([given, &outcome] { outcome.code = run_map(*given); });
}

}  // namespace wayleave::cli
