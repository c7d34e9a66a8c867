#include "cli/workbench.hpp"

#include <iostream>

#include <fstream>
#include <iostream>

#include "config/site.hpp"
#include "gateway/build_site.hpp"

namespace wayleave::cli {

namespace fs = std::filesystem;

Workbench::Workbench(const std::string& given, const std::string& map) {
  if (!given.empty()) {
    site = given;
  } else {
    std::error_code ec;
    const auto absolute = fs::absolute(map, ec);
    site = config::enclosing_site(absolute.parent_path()).value_or(config::enclosing_site(fs::current_path()).value_or(""));
  }
  schemas = std::make_shared<schema::Library>(gateway::schema_path(site));
  auto states = gateway::load_states(*schemas, findings);
  maps = std::make_unique<mapping::Maps>(schemas, gateway::mapping_path(site), std::move(states));
}

mapping::Maps::Compiled Workbench::load(const std::string& name) { return maps->load(located(name)); }

std::string located(const std::string& name) {
  std::error_code ec;
  return fs::exists(name, ec) ? fs::absolute(name, ec).lexically_normal().string() : name;
}

int fail(const std::string& why) {
  std::cerr << "wayleave: " << why << '\n';
  return 2;
}

int put(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::cout << text;
    return 0;
  }
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return stream ? 0 : fail("cannot write " + file);
}

schema::SchemaPtr load_schema(Workbench& bench, const std::string& reference) {
  const auto hash = reference.rfind('#');
  const auto file = located(reference.substr(0, hash));
  auto loaded = bench.schemas->load(hash == std::string::npos ? file : file + reference.substr(hash));
  if (!loaded.schema)
    for (const auto& finding : loaded.findings) std::cerr << render_text(finding, finding.in.empty() ? reference : finding.in, "");
  return loaded.schema;
}

mapping::MapPtr load_map(Workbench& bench, const std::string& name) {
  auto compiled = bench.load(name);
  if (compiled.map && !has_errors(compiled.findings)) return compiled.map;
  for (auto& finding : compiled.findings) {
    if (finding.severity != Severity::error) continue;
    const auto& file = finding.in.empty() ? name : finding.in;
    const auto text = compiled.sources.find(finding.in.empty() ? compiled.file.string() : finding.in);
    finding.in.clear();
    std::cerr << render_text(finding, file, text == compiled.sources.end() ? "" : text->second);
  }
  return nullptr;
}

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

}  // namespace wayleave::cli
