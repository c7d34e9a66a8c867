#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/edi.hpp"
#include "cli/workbench.hpp"
#include "mapping/compiled.hpp"
#include "formats/edi/read_documents.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

/// M703: what the source always brings and the map never reads.
Finding unmapped(const std::string& path) {
  Finding finding;
  finding.code = "M703";
  finding.severity = Severity::info;
  finding.path = path;
  finding.message = path + " is there whenever its parent is, and this map does not read it";
  return finding;
}

int lint(const std::vector<std::string>& files, const std::string& site, const std::string& named, bool json, bool all) {
  Verdicts verdicts(json);
  Workbench bench(site, files.front());
  schema::SchemaPtr guide;
  if (!load_guide(bench, named, guide)) return 2;
  bool fits = false;
  for (const auto& file : files) {
    auto used = bench.load_used(file, guide);
    tell(used);
    fits |= used.fits;
    auto& compiled = used.compiled;
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
    if (all && compiled.map)
      for (const auto& path : compiled.map->impl().tree->unmapped) compiled.findings.push_back(unmapped(path));
    verdicts.add(file, status, compiled.findings, read_file(file).value_or(""));
  }
  const int code = verdicts.finish();
  return fits ? code : unfit(named, files.front());
}

struct MapArguments {
  std::string map, document, site, partner, guide, out, format = "text";
  bool edi = false;
  std::vector<std::string> parameters;     ///< name=value
};

/// name=value of --param; false, told, when one is neither.
bool add_parameters(const std::vector<std::string>& given, mapping::Context& context) {
  for (const auto& each : given) {
    const auto equals = each.find('=');
    if (equals == 0 || equals == std::string::npos) {
      std::cerr << "wayleave: --param takes name=value, and got " << each << '\n';
      return false;
    }
    context.parameters[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return true;
}

/// Findings on what the map made get the R9 numbers: the map is at fault, not the document.
Findings as_output(Findings findings) {
  for (auto& finding : findings) finding.code = "R9" + finding.code.substr(std::min<std::size_t>(2, finding.code.size()));
  return findings;
}

int run_map(const MapArguments& given) {
  Verdicts verdicts(given.format == "json");
  Workbench bench(given.site, given.map);
  schema::SchemaPtr guide;
  if (!load_guide(bench, given.guide, guide)) return 2;
  const auto used = bench.load_used(given.map, guide);
  if (!used.fits) return unfit(given.guide, given.map);
  tell(used);
  const auto& compiled = used.compiled;
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
  const auto source = edi::read_documents(*bytes, compiled.map->source());
  if (source.documents.empty()) {
    verdicts.add(given.document, Verdicts::Status::invalid, source.findings, *bytes);
    return verdicts.finish();
  }
  auto context = context_for(bench, given.partner);
  if (!context || !add_parameters(given.parameters, *context)) return 2;
  mapping::Mapped mapped;
  for (const auto& document : source.documents) {
    auto made = mapping::run(*compiled.map, document, *context);
    if (!compiled.map->splits() && made.ok()) made.messages.push_back(std::move(made.xml));
    for (auto& message : made.messages) mapped.messages.push_back(std::move(message));
    for (auto& finding : made.findings) mapped.findings.push_back(std::move(finding));
  }
  for (const auto& message : mapped.messages) {
    auto output = xml::read(message, *compiled.map->target());
    for (auto& finding : as_output(std::move(output.findings))) mapped.findings.push_back(std::move(finding));
  }
  if (given.edi) {
    if (!edi::is_guide(*compiled.map->target())) {
      std::cerr << "wayleave: --edi: the target of " << given.map << " is no EDI guide\n";
      return 2;
    }
    std::string written;
    if (mapped.ok())
      for (auto& finding : write_messages(mapped.messages, compiled.map->target(), *bench.schemas, written)) mapped.findings.push_back(std::move(finding));
    if (!written.empty() && written.back() == '\n') written.pop_back();
    mapped.messages = {std::move(written)};
  }
  if (!mapped.ok()) {
    verdicts.add(given.document, Verdicts::Status::invalid, mapped.findings, *bytes);
    return verdicts.finish();
  }
  for (const auto& finding : mapped.findings) std::cerr << render_text(finding, given.document, *bytes);
  if (given.out.empty()) {
    for (const auto& message : mapped.messages) std::cout << message << '\n';
    return 0;
  }
  std::ofstream file(given.out, std::ios::binary);
  for (const auto& message : mapped.messages) file << message << '\n';
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
  auto all = std::make_shared<bool>(false);
  auto guide = std::make_shared<std::string>();
  command->add_flag("--unmapped", *all, "list what every document of the source has and the map does not read");
  command->add_option("MAP", *files, "map files")->required();
  command->add_option("--site", *site, "the site they belong to; default: the enclosing folder that has a gateway.xml");
  add_guide(*command, *guide);
  add_format(*command, *format);
  command->callback([files, site, guide, format, all, &outcome] { outcome.code = lint(*files, *site, *guide, *format == "json", *all); });
}

void add_map(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("map", "validate a document, run a map over it, validate and print the result");
  auto given = std::make_shared<MapArguments>();
  command->add_option("MAP", given->map, "map file")->required();
  command->add_option("DOC", given->document, "document; - is stdin")->required();
  command->add_option("--site", given->site, "the site the map belongs to");
  add_guide(*command, given->guide);
  command->add_option("--partner", given->partner, "whose properties partner() gives");
  command->add_option("--param", given->parameters, "name=value, for the map's m:param");
  command->add_flag("--edi", given->edi, "print EDI: where the target is a guide, the interchange instead of its tree");
  command->add_option("-o", given->out, "write the result here instead of stdout");
  add_format(*command, given->format);
  command->callback([given, &outcome] { outcome.code = run_map(*given); });
}

}  // namespace wayleave::cli
