#include "gateway/build_site.hpp"

#include <algorithm>

#include "adapter/adapter.hpp"
#include "adapters/builtin.hpp"
#include "base/nearest.hpp"
#include "config/site.hpp"
#include "config/site_file.hpp"
#include "gateway/overlays.hpp"
#include "gateway/receives.hpp"

namespace wayleave::gateway {
namespace {

using pipeline::LiveSite;

/// Schemas that the running gateway needs whatever the site says: our own answers, and the canonical documents.
const std::vector<std::string>& own_schemas() {
  static const std::vector<std::string> all{
    "wayleave/receipt-1.xsd#receipt", "wayleave/report-1.xsd#report", "wayleave/document-1.xsd#document",
    "wayleave/events-1.xsd#events", "wayleave/accepted-1.xsd#accepted", "wayleave/result-1.xsd#result",
    "wayleave/subscription-1.xsd#subscription", "wayleave/acknowledgment-1.xsd#acknowledgment",
  };
  return all;
}

class Builder {
 public:
  Builder(const std::filesystem::path& directory, boost::asio::any_io_executor executor)
      : directory_(directory),
        library_(std::make_shared<schema::Library>(schema_path(directory))),
        site_(std::make_shared<LiveSite>()) {
    around_.executor = std::move(executor);
    around_.site = directory;
  }

  BuiltSite build() {
    auto reading = config::read_site(directory_, library_);
    built_.findings = std::move(reading.findings);
    if (!reading.site) return std::move(built_);
    site_->config = std::move(*reading.site);
    library_->vet(all_references());
    load_own();
    maps_ = std::make_unique<mapping::Maps>(library_, mapping_path(directory_), site_->states);
    overlays_ = std::make_unique<Overlays>(directory_, site_->config, *maps_, built_.findings);
    for (const auto& process : site_->config.processes) add_process(process);
    for (const auto& partner : site_->config.partners) add_partner(partner);
    for (const auto& backend : site_->config.backends) add_backend(backend);
    drop_moot();
    site_->directory = std::make_unique<partners::Directory>(site_->config);
    if (!has_errors(built_.findings)) built_.site = site_;
    return std::move(built_);
  }

 private:
  std::vector<std::string> all_references() const {
    auto all = own_schemas();
    for (const auto& kind : pipeline::kinds()) all.push_back(kind.schema);
    for (const auto& partner : site_->config.partners)
      for (const auto& accepts : partner.accepts)
        if (!accepts.schema.empty()) all.push_back(accepts.schema.value);
        else if (!accepts.guide.empty()) all.push_back(accepts.guide.value);
    for (const auto& partner : site_->config.partners)
      for (const auto& receives : partner.receives)
        if (!receives.guide.empty()) all.push_back(receives.guide.value);
    for (const auto& backend : site_->config.backends)
      for (const auto& sends : backend.sends)
        if (!sends.schema.empty()) all.push_back(sends.schema.value);
    return all;
  }

  /// Relative to the site where it lies inside.
  std::string in_site(const std::filesystem::path& file) const {
    auto relative = file.lexically_relative(directory_);
    return relative.empty() || *relative.begin() == ".." ? file.string() : relative.string();
  }

  std::filesystem::path folder_of(const Where& where) const { return (directory_ / where.file).parent_path(); }

  schema::SchemaPtr load(const std::string& reference, const Where& where) {
    if (auto known = site_->schema_of(reference)) return known;
    auto loaded = library_->load(reference, folder_of(where));
    for (auto& finding : loaded.findings) {
      if (finding.in.empty()) finding.in = where.file, finding.line = where.line, finding.column = where.column;
      built_.findings.push_back(std::move(finding));
    }
    if (loaded.schema) {
      site_->schemas[reference] = loaded.schema;
    } else if (loaded.findings.empty()) {
      add(where, "C140", "schema " + reference + " could not be loaded");
    }
    return loaded.schema;
  }

  /// A guide for a set; compiled once, told once.
  edi::GuidePtr load_guide(const config::Text& text, const std::string& format, const std::string& set) {
    const auto schema = load(text.value, text.where);
    if (!schema) return nullptr;
    auto [at, fresh] = guides_.try_emplace(schema.get());
    if (fresh) {
      if (edi::is_guide(*schema)) {
        auto compiled = edi::compile_guide(schema);
        at->second = compiled.guide;
        for (auto& finding : compiled.findings) {
          if (finding.in.empty()) finding.in = in_site(schema->file());
          built_.findings.push_back(std::move(finding));
        }
      } else {
        add(text.where, "C165", text.value + " is no guide: its xs:schema has no edi:standard", "name a guide such as x12/004010/850.xsd");
      }
    }
    if (at->second && ((format == "x12") != (at->second->standard == edi::Standard::x12) || at->second->set != set)) {
      add(text.where, "C165", text.value + " is a guide for " + at->second->set + ", not for " + format + " " + set, "name the guide of " + set);
      return nullptr;
    }
    return at->second;
  }

  mapping::MapPtr load_map(const config::Text& text) {
    if (text.empty()) return nullptr;
    auto compiled = maps_->load(text.value, folder_of(text.where));
    bool said = false;
    const auto file = mapping_path(directory_).find(text.value, folder_of(text.where));
    for (auto& finding : compiled.findings) {
      if (finding.in.empty() && file) finding.in = in_site(*file);
      if (finding.in.empty()) finding.in = text.where.file, finding.line = text.where.line, finding.column = text.where.column;
      said |= finding.severity == Severity::error;
      // A map that several agreements use is reported once.
      if (reported_maps_.count(text.value) == 0) built_.findings.push_back(std::move(finding));
    }
    reported_maps_.insert(text.value);
    if (!compiled.map && !said) add(text.where, "C141", "map " + text.value + " could not be loaded");
    return compiled.map;
  }

  static bool among(const Findings& all, const Finding& finding) {
    return std::ranges::any_of(all, [&](const Finding& other) {
      return other.code == finding.code && other.in == finding.in && other.line == finding.line && other.column == finding.column && other.message == finding.message;
    });
  }

  /// The map as it is over what a partner's file names for what it reads (`source`) or makes (`target`), where that is not
  /// what it was written for: what does not fit is told here and not at night. Null: told.
  mapping::MapPtr over(const mapping::MapPtr& map, const schema::SchemaPtr& source, const schema::SchemaPtr& target, const config::Text& judged_by) {
    const auto before = maps_->load(map->file().string());
    auto compiled = maps_->load_over(*map, source, target);
    auto& used = uses_[map->file().string()];
    for (auto& finding : compiled.findings) {
      used.push_back(finding);
      if (among(before.findings, finding)) continue;
      if (finding.in.empty()) finding.in = in_site(map->file());
      finding.message += "; by " + judged_by.value + ", which " + judged_by.where.file + " names";
      built_.findings.push_back(std::move(finding));
    }
    if (compiled.map) return compiled.map;
    if (source) add(judged_by.where, "C167", "map " + map->name() + " cannot read what " + judged_by.value + " lets in", "mend what is said of the map, or lay an overlay over it");
    else add(judged_by.where, "C167", "map " + map->name() + " does not make what " + judged_by.value + " asks for", "mend what is said of the map, or lay an overlay over it");
    return nullptr;
  }

  /// The map is used as it is.
  void note_use(const mapping::MapPtr& map) {
    if (!map) return;
    auto& used = uses_[map->file().string()];
    for (const auto& finding : maps_->load(map->file().string()).findings) used.push_back(finding);
  }

  /// A map that runs over partners' own guides only is not warned of by the one that it was written for.
  void drop_moot() {
    for (const auto& [file, used] : uses_) {
      for (auto finding : maps_->load(file).findings) {
        if (finding.severity == Severity::error || among(used, finding)) continue;
        if (finding.in.empty()) finding.in = in_site(file);
        std::erase_if(built_.findings, [&](const Finding& told) { return among({finding}, told); });
      }
    }
  }

  /// C164: a parameter that none of the maps has, is not of its type, or lacks. `maps`: one, and its partners' overlays.
  void check_parameters(const std::vector<mapping::MapPtr>& maps, const config::Parameters& given, const Where& where) {
    std::vector<std::string> names;
    for (const auto& map : maps) {
      for (const auto& each : map->parameters()) {
        names.push_back(each.name);
        const auto value = given.find(each.name);
        if (value == given.end() && each.mandatory)
          add(where, "C164", "map " + map->name() + " needs a value for its parameter " + each.name, "add <param name=\"" + each.name + "\" value=\"…\"/>");
        if (value != given.end() && !mapping::reads_as(value->second.value, each.kind))
          add(value->second.where, "C164", "parameter " + each.name + " of map " + map->name() + " is to be " + mapping::words(each.kind));
      }
    }
    for (const auto& [name, text] : given) {
      if (std::ranges::find(names, name) == names.end()) add(text.where, "C164", "no map here has a parameter " + name, nearest(name, names));
    }
  }

  /// C176: a property without which the map refuses all that is this partner's. Told once.
  void check_properties(const config::Partner& partner, const mapping::MapPtr& map, const Where& where) {
    if (!map) return;
    for (const auto& name : map->needed_properties()) {
      const auto given = site_->properties[partner.id].find(name);
      const bool there = given != site_->properties[partner.id].end() && given->second.find_first_not_of(" \t\r\n") != std::string::npos;
      if (there || !lacking_.insert(partner.id + "\n" + map->name() + "\n" + name).second) continue;
      auto finding = config::finding_at(where, "C176", partner.id + " has no property " + name + ", without which map " + map->name() + " refuses",
                                        "add <property name=\"" + name + "\" value=\"…\"/> to " + partner.id);
      finding.severity = Severity::warning;
      built_.findings.push_back(std::move(finding));
    }
  }

  void load_own() {
    for (const auto& reference : own_schemas()) load(reference, {"gateway.xml", 1, 1});
    site_->states = load_states(*library_, built_.findings);
    for (const auto& kind : pipeline::kinds()) load(kind.schema, {"gateway.xml", 1, 1});
  }

  mapping::TextAt at(const config::Text& text) const { return {text.where.file, text.where.line, text.where.column}; }

  std::shared_ptr<const mapping::Template> text_template(const config::Text& text, const schema::SchemaPtr& schema) {
    if (text.empty() || !schema) return nullptr;
    return mapping::compile_template(text.value, schema, site_->states, at(text), built_.findings);
  }
  std::shared_ptr<const mapping::Expression> expression(const config::Text& text, const schema::SchemaPtr& schema) {
    if (text.empty() || !schema) return nullptr;
    return mapping::compile_expression(text.value, schema, site_->states, at(text), built_.findings);
  }

  void add_process(const config::Process& config) {
    auto process = std::make_shared<process::Process>();
    process->name = config.name;
    process->ordered = config.ordered;
    process->accepts = load(config.accepts.value, config.accepts.where);
    process->key = text_template(config.key, process->accepts);
    process->lane = text_template(config.lane, process->accepts);
    for (const auto& rule : config.rules) {
      process::Rule compiled;
      compiled.code = rule.code;
      compiled.negated = rule.when.empty();
      compiled.condition = expression(compiled.negated ? rule.unless : rule.when, process->accepts);
      compiled.message = text_template(rule.message, process->accepts);
      process->rules.push_back(std::move(compiled));
    }
    for (const auto& step : config.steps) add_step(*process, step);
    site_->processes[config.name] = std::move(process);
  }

  void add_step(process::Process& process, const config::Step& config) {
    process::Step step;
    step.config = config;
    step.map = load_map(config.map);
    step.overlays = overlays_->of(step.map, built_.findings);
    std::vector<mapping::MapPtr> maps;
    if (step.map) maps.push_back(step.map);
    for (const auto& [partner, overlay] : step.overlays) maps.push_back(overlay);
    for (const auto& map : maps) note_use(map);
    check_parameters(maps, config.parameters, config.map.where);
    step.answer_map = load_map(config.answer_map);
    note_use(step.answer_map);
    if (step.answer_map) step.answer_schema = step.answer_map->source();
    if (step.map && process.accepts && step.map->source()->root_name() != process.accepts->root_name())
      add(config.map.where, "C142", "map " + config.map.value + " reads another document than process " + process.name + " accepts");
    for (const auto* map : {&step.map, &step.answer_map}) {
      if (*map && (*map)->splits())
        add(config.map.where, "C163", "map " + (*map)->name() + " makes several documents, and a step sends one", "split where the document comes in: in the agreement's map");
    }
    const auto* type = adapter::find(config.adapter);
    if (!type) {
      std::vector<std::string> known;
      for (const auto* each : adapter::builtin()) known.emplace_back(each->name);
      add(config.where, "C143", "there is no adapter '" + config.adapter + "'", nearest(config.adapter, known));
      return;
    }
    adapter::Options options;
    for (const auto& [name, text] : config.options) {
      if (name == "format" || name == "backend") continue;
      options[name] = {text.value, text.where};
    }
    const auto format = config.options.find("format");
    step.json = format != config.options.end() && format->second.value == "json";
    step.sender = type->make_sender(options, config.where, around_, built_.findings);
    process.steps.push_back(std::move(step));
  }

  void add_partner(const config::Partner& partner) {
    auto& properties = site_->properties[partner.id];
    properties = partner.properties;
    properties["id"] = partner.id;
    properties["name"] = partner.name;
    auto& agreements = site_->agreements[partner.id];
    for (const auto& accepts : partner.accepts) add_agreement(partner, accepts, agreements);
    for (const auto& receives : partner.receives) add_receiving(partner, receives);
  }

  void add_receiving(const config::Partner& partner, const config::Receives& receives) {
    auto& all = site_->receives[partner.id];
    const auto before = std::ranges::count_if(all, [&](const auto& each) { return each.config->feed == receives.feed; });
    pipeline::Receiving receiving;
    receiving.config = &receives;
    receiving.id = "receives-" + partner.id + "-" + receives.feed + "-" + std::to_string(before + 1);
    if (const auto schema = schema_of_feed(receives.feed); !schema.empty()) receiving.source = load(schema, receives.where);
    if (receives.feed != "acknowledgments") {
      receiving.map = load_map(receives.map);
      if (auto own = overlays_->of(receiving.map, built_.findings); own.contains(partner.id)) receiving.map = own[partner.id];
      check_parameters(receiving.map ? std::vector{receiving.map} : std::vector<mapping::MapPtr>{}, receives.parameters, receives.map.where);
      check_properties(partner, receiving.map, receives.map.where);
      if (receives.edi()) receiving.guide = load_guide(receives.guide, receives.format, receives.set);
    }
    complete(receiving, site_->config, partner, built_.findings);
    const auto made = receiving.guide ? receiving.guide->schema : nullptr;
    if (receiving.map && made && receiving.map->target()->root_name() == made->root_name() && receiving.map->target()->file() != made->file())
      receiving.map = over(receiving.map, nullptr, made, receives.guide);
    else
      note_use(receiving.map);
    all.push_back(std::move(receiving));
  }

  void add_agreement(const config::Partner& partner, const config::Agreement& accepts, std::vector<pipeline::Agreement>& agreements) {
    pipeline::Agreement agreement;
    agreement.config = &accepts;
    agreement.id = partner.id + "/" + std::to_string(agreements.size());
    if (accepts.format == "xml") {
      agreement.schema = load(accepts.schema.value, accepts.schema.where);
    } else {
      agreement.guide = load_guide(accepts.guide, accepts.format, accepts.set);
      if (!agreement.guide) return;
      agreement.schema = agreement.guide->schema;
      site_->guides[partner.id].add(agreement.guide);
    }
    agreement.map = load_map(accepts.map);
    if (auto own = overlays_->of(agreement.map, built_.findings); own.contains(partner.id)) agreement.map = own[partner.id];
    check_parameters(agreement.map ? std::vector{agreement.map} : std::vector<mapping::MapPtr>{}, accepts.parameters, accepts.map.where);
    agreement.canonical = agreement.map ? agreement.map->target() : agreement.schema;
    if (!accepts.process.empty()) {
      const auto it = site_->processes.find(accepts.process.value);
      if (it != site_->processes.end()) agreement.process = it->second;
    }
    if (agreement.process && agreement.canonical && agreement.process->accepts &&
        agreement.process->accepts->root_name() != agreement.canonical->root_name())
      add(accepts.where, "C145", "process " + agreement.process->name + " accepts another document than this agreement makes",
          "give the agreement a map to the document that the process accepts");
    if (agreement.map && agreement.schema && agreement.map->source()->root_name() != agreement.schema->root_name())
      add(accepts.map.where, "C146", "map " + accepts.map.value + " reads another document than " + accepts.schema.value);
    else if (agreement.map && agreement.schema && agreement.map->source()->file() != agreement.schema->file())
      agreement.map = over(agreement.map, agreement.schema, nullptr, accepts.guide.empty() ? accepts.schema : accepts.guide);
    else
      note_use(agreement.map);
    check_properties(partner, agreement.map, accepts.map.where);
    if (agreement.process)
      for (const auto& step : agreement.process->steps) {
        const auto own = step.overlays.find(partner.id);
        check_properties(partner, own == step.overlays.end() ? step.map : own->second, accepts.process.where);
      }
    agreement.when = expression(accepts.when, agreement.schema);
    agreement.source_key = expression(accepts.source_key, agreement.schema);
    if (const auto* kind = pipeline::find_kind(accepts.document); kind && agreement.canonical) {
      const auto canonical = site_->schema_of(kind->schema);
      if (canonical && canonical->root_name() == agreement.canonical->root_name()) {
        agreement.key = text_template({kind->key, {}}, agreement.canonical);
        agreement.lane = text_template({kind->lane, {}}, agreement.canonical);
      }
    }
    agreements.push_back(std::move(agreement));
  }

  void add_backend(const config::Backend& backend) {
    auto& sources = site_->sources[backend.id];
    for (const auto& sends : backend.sends) {
      pipeline::EventSource source;
      source.event = sends.event;
      source.schema = load(sends.schema.value, sends.schema.where);
      source.map = load_map(sends.map);
      note_use(source.map);
      if (source.schema) sources.push_back(std::move(source));
    }
    for (const char* event : {"shipment-status", "network-status"}) {
      pipeline::EventSource canonical;
      canonical.event = event;
      canonical.schema = site_->schema_of(pipeline::find_kind(event)->schema);
      if (canonical.schema) sources.push_back(std::move(canonical));
    }
  }

  void add(const Where& where, std::string code, std::string message, std::string fix = {}) {
    built_.findings.push_back(config::finding_at(where, std::move(code), std::move(message), std::move(fix)));
  }

  std::filesystem::path directory_;
  std::shared_ptr<schema::Library> library_;
  std::shared_ptr<LiveSite> site_;
  std::unique_ptr<mapping::Maps> maps_;
  std::unique_ptr<Overlays> overlays_;
  adapter::Surroundings around_;
  std::set<std::string> reported_maps_;
  std::set<std::string> lacking_;          ///< partner, map and property that were told
  std::map<const schema::Schema*, edi::GuidePtr> guides_;
  std::map<std::string, Findings> uses_;   ///< of a map, by file: what is found by what it really reads and makes
  BuiltSite built_;
};

}  // namespace

schema::SearchPath schema_path(const std::filesystem::path& site) {
  schema::SearchPath path;
  if (!site.empty()) path.roots.push_back(site / "schemas");
  path.roots.push_back(config::product_home() / "schemas");
  if (!site.empty()) path.roots.push_back(site / "mappings");
  path.roots.push_back(config::product_home() / "mappings");
  return path;
}

schema::SearchPath mapping_path(const std::filesystem::path& site) {
  schema::SearchPath path;
  if (!site.empty()) path.roots.push_back(site / "mappings");
  path.roots.push_back(config::product_home() / "mappings");
  return path;
}

mapping::States load_states(schema::Library& library, Findings& findings) {
  mapping::States states;
  const std::pair<const char*, const char*> wanted[] = {
    {"shipment", "canonical/shipment-status-1.xsd#ShipmentStatus"}, {"order", "canonical/order-1.xsd#Order"},
    {"order-change", "canonical/order-change-1.xsd#OrderChange"}, {"reroute", "canonical/reroute-request-1.xsd#RerouteRequest"}};
  for (const auto& [kind, reference] : wanted) {
    auto loaded = library.load(reference);
    for (auto& finding : loaded.findings) findings.push_back(std::move(finding));
    if (loaded.schema) states[kind] = loaded.schema;
  }
  return states;
}

BuiltSite build_site(const std::filesystem::path& directory, boost::asio::any_io_executor executor) {
  std::error_code ec;
  auto absolute = std::filesystem::absolute(directory, ec).lexically_normal();
  return Builder(absolute, std::move(executor)).build();
}

}  // namespace wayleave::gateway
