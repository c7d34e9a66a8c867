#include "cli/workbench.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "cli/commands.hpp"
#include "config/site.hpp"
#include "config/site_file.hpp"
#include "formats/xml/read.hpp"
#include "gateway/build_site.hpp"
#include "gateway/overlays.hpp"

namespace wayleave::cli {

namespace fs = std::filesystem;

namespace {

bool same_file(const fs::path& a, const fs::path& b) { return a.lexically_normal() == b.lexically_normal(); }

/// The partners of a site as far as their files can be read: what else is wrong with it is `check`'s to tell, and a map can
/// be worked at where the environment that the site runs in is not set.
std::vector<config::Partner> partners_of(const fs::path& site) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::directory_iterator at(site / "partners", ec), end; !ec && at != end; at.increment(ec))
    if (at->path().extension() == ".xml") files.push_back(at->path());
  std::ranges::sort(files);
  std::vector<config::Partner> partners;
  config::Problems problems;
  for (const auto& file : files) {
    auto text = read_file(file.string());
    auto reading = text ? xml::read_wellformed(std::move(*text)) : xml::Reading{};
    if (!reading.document || reading.document->empty()) continue;
    partners.push_back(config::read_partner({"partners/" + file.filename().string(), file, std::move(*reading.document), {}, problems}));
  }
  return partners;
}

/// What the agreements of a site say of one map: the guides that they use it with, and who says so.
class Uses {
 public:
  Uses(Workbench& bench, const mapping::Map& map) : bench_(bench), map_(map), roots_(gateway::mapping_path(bench.site)) {
    for (const auto& partner : partners_of(bench.site)) {
      for (const auto& accepts : partner.accepts) add(partner.id, accepts.map, accepts.guide.empty() ? accepts.schema : accepts.guide, true);
      for (const auto& receives : partner.receives) add(partner.id, receives.map, receives.guide, false);
    }
  }

  struct Guide {
    schema::SchemaPtr schema;
    std::string reference, in;             ///< as it is named, and by which file
  };
  std::map<std::string, Guide> read, made;   ///< by file

 private:
  void add(const std::string& partner, const config::Text& map, const config::Text& guide, bool reads) {
    if (map.empty() || guide.empty()) return;
    const auto folder = (bench_.site / map.where.file).parent_path();
    const auto file = roots_.find(map.value, folder);
    if (!file || !is_used(partner, *file)) return;
    const auto schema = bench_.schemas->load(guide.value, folder).schema;
    const auto& own = reads ? map_.source() : map_.target();
    if (!schema || schema->root_name() != own->root_name()) return;
    (reads ? read : made).try_emplace(schema->file().string(), Guide{schema, guide.value, guide.where.file});
  }

  /// An agreement that names `file` runs this map: it is that file, or the partner's overlay of it.
  bool is_used(const std::string& partner, const fs::path& file) {
    if (!same_file(file, map_.file())) return map_.partner() == partner && gateway::lies_on(map_, file);
    if (!overlays_) {
      overlays_.emplace();
      for (const auto& overlay : gateway::overlay_files(bench_.site / "mappings"))
        if (auto compiled = bench_.maps->load(overlay.string()); compiled.map) overlays_->push_back(compiled.map);
    }
    return std::ranges::none_of(*overlays_, [&](const auto& overlay) { return overlay->partner() == partner && gateway::lies_on(*overlay, file); });
  }

  Workbench& bench_;
  const mapping::Map& map_;
  schema::SearchPath roots_;
  std::optional<std::vector<mapping::MapPtr>> overlays_;
};

/// The one guide that all use, where it is not `own`; else nothing, with what there is in `note`.
schema::SchemaPtr only(const std::map<std::string, Uses::Guide>& guides, const schema::SchemaPtr& own, const std::string& name, Workbench::Used& used) {
  if (guides.empty()) return nullptr;
  if (guides.size() > 1) {
    std::vector<std::string> all;
    for (const auto& [file, guide] : guides) all.push_back(guide.reference);
    used.note = fmt::format("{} is used over {}; here over its own, {}, unless --guide names another", name, fmt::join(all, " and "), own->label());
    return nullptr;
  }
  const auto& guide = guides.begin()->second;
  if (same_file(guide.schema->file(), own->file())) return nullptr;
  used.over.push_back(guide.reference);
  used.note = fmt::format("{} over {}, as {} has it", name, guide.reference, guide.in);
  return guide.schema;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code ec;
  const auto relative = fs::weakly_canonical(file, ec).lexically_relative(fs::weakly_canonical(folder, ec));
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

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

Workbench::Used Workbench::load_used(const std::string& name, const schema::SchemaPtr& guide) {
  Used used;
  used.compiled = load(name);
  // What does not hold by itself is told by itself: the gateway does not take it either.
  if (!used.compiled.map) return used;
  const auto map = used.compiled.map;
  schema::SchemaPtr source, target;
  if (guide) {
    if (map->source()->root_name() == guide->root_name()) source = guide;
    else if (map->target()->root_name() == guide->root_name()) target = guide;
    used.fits = source || target;
    if (used.fits) used.over.push_back(guide->label());
  } else if (!site.empty() && lies_in(map->file(), site)) {
    const Uses uses(*this, *map);
    source = only(uses.read, map->source(), name, used);
    target = only(uses.made, map->target(), name, used);
  }
  if (source || target) used.compiled = maps->load_over(*map, source, target);
  return used;
}

void tell(const Workbench::Used& used) {
  if (!used.note.empty()) std::cerr << "wayleave: " << used.note << '\n';
}

int unfit(const std::string& guide, const std::string& map) { return fail("--guide: " + guide + " describes neither what " + map + " reads nor what it makes"); }

void add_guide(CLI::App& command, std::string& guide) {
  command.add_option("--guide", guide, "a guide in the place of the one that the map reads or makes; default: the one that the site's agreements use it with");
}

bool load_guide(Workbench& bench, const std::string& reference, schema::SchemaPtr& guide) {
  if (reference.empty()) return true;
  guide = load_schema(bench, reference);
  if (!guide) std::cerr << "wayleave: --guide: there is no schema " << reference << " that can be used\n";
  return guide != nullptr;
}

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
