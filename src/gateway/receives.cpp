#include "gateway/receives.hpp"

#include <algorithm>

#include "config/envelope.hpp"
#include "config/site_file.hpp"
#include "formats/edi/charset.hpp"
#include "formats/edi/interchange_xml.hpp"

namespace wayleave::gateway {
namespace {

using pipeline::Receiving;

void add(Findings& findings, const Where& where, std::string code, std::string message, std::string fix) {
  findings.push_back(config::finding_at(where, std::move(code), std::move(message), std::move(fix)));
}

edi::Identity identity_of(const std::vector<config::Identity>& identities, const std::string& format) {
  const auto* identity = config::envelope_identity(identities, format);
  edi::Identity said;
  if (identity) said.qualifier = *config::envelope_qualifier(*identity, format), said.id = identity->id;
  return said;
}

std::string shown(NameId name) { return std::string(names::local(name)) + " of " + std::string(names::ns(name)); }

void check_map(const Receiving& receiving, Findings& findings) {
  const auto& config = *receiving.config;
  const auto& map = receiving.map;
  if (!map) return;
  const auto name = "map " + config.map.value;
  if (receiving.source && map->source()->root_name() != receiving.source->root_name())
    add(findings, config.map.where, "C171",
        name + " reads " + shown(map->source()->root_name()) + ", and the feed " + config.feed + " has " + shown(receiving.source->root_name()),
        "name a map whose source is what the feed has");
  if (receiving.guide && map->target()->root_name() != receiving.guide->root().name)
    add(findings, config.map.where, "C171",
        name + " makes " + shown(map->target()->root_name()) + ", and the guide describes " + shown(receiving.guide->root().name), "name a map whose target is the guide");
  if (map->splits())
    add(findings, config.map.where, "C171", name + " makes several documents, and an entry becomes one", "name a map without m:messages");
}

/// A longer version, 004010VICS, is of the guide for 004010.
void check_guide(const Receiving& receiving, Findings& findings) {
  const auto& config = *receiving.config;
  if (!receiving.guide || config.version.starts_with(receiving.guide->version)) return;
  add(findings, config.guide.where, "C171", config.guide.value + " is a guide of version " + receiving.guide->version + ", not " + config.version,
      "name the guide of that version, or write version=\"" + receiving.guide->version + "\"");
}

void set_separators(Receiving& receiving, Findings& findings) {
  const auto& text = receiving.config->separators;
  if (text.empty()) return;
  receiving.policy.delimiters = edi::parse_delimiters(text.value, receiving.guide->standard);
  if (!receiving.policy.delimiters)
    add(findings, text.where, "C173", "'" + text.value + "' are no separators: six that differ, each a character, xHH, or none, and no letter, digit or blank",
        receiving.config->format == "x12" ? "write such as ~ * : ^ none ." : "write such as ' + : none ? .");
}

/// `UNOC`, `UNOC:3`.
void set_syntax(Receiving& receiving, Findings& findings) {
  auto& head = receiving.head;
  head.syntax = "UNOC";
  head.version = "3";
  const auto& text = receiving.config->syntax;
  if (text.empty()) return;
  const auto colon = text.value.find(':');
  head.syntax = text.value.substr(0, colon);
  if (colon != std::string::npos) head.version = text.value.substr(colon + 1);
  const bool version = head.version.size() == 1 && head.version[0] >= '1' && head.version[0] <= '4';
  if (version && edi::edifact_character_set(head.syntax) != edi::CharacterSet::unsupported) return;
  add(findings, text.where, "C173", "'" + text.value + "' is no syntax that can be written",
      "write a character set UNOA to UNOY and a version 1 to 4, such as UNOC:3");
}

}  // namespace

std::string schema_of_feed(std::string_view feed) {
  if (feed == "acknowledgments") return {};
  if (feed == "documents") return "wayleave/document-1.xsd#document";
  const auto* kind = pipeline::find_kind(feed);
  return kind ? kind->schema : "";
}

void complete(Receiving& receiving, const config::Site& site, const config::Partner& partner, Findings& findings) {
  const auto& config = *receiving.config;
  receiving.folder = config.path.value;
  check_map(receiving, findings);
  if (!receiving.guide) return;
  check_guide(receiving, findings);
  set_separators(receiving, findings);
  receiving.policy.newline = config.newline.value == "yes";
  auto& head = receiving.head;
  head.standard = receiving.guide->standard;
  head.sender = identity_of(site.gateway.self, config.format);
  head.receiver = identity_of(partner.identities, config.format);
  if (head.standard == edi::Standard::edifact) set_syntax(receiving, findings);
  else head.version = config.version.substr(0, 5);
  // X12 has no release character. A name with a colon in it must not keep a status from its reader, unless they say so.
  const bool replace = config.unfit.empty() ? head.standard == edi::Standard::x12 : config.unfit.value == "replace";
  receiving.policy.unfit = replace ? edi::WritePolicy::Unfit::blank : edi::WritePolicy::Unfit::refuse;
}

const Receiving* receiving_of(const pipeline::LiveSite& site, const std::string& partner, const std::string& subscription) {
  const auto all = site.receives.find(partner);
  if (all == site.receives.end()) return nullptr;
  const auto found = std::ranges::find(all->second, subscription, &Receiving::id);
  return found == all->second.end() ? nullptr : &*found;
}

const Receiving* shape_of(const pipeline::LiveSite& site, const std::string& partner, std::string_view feed, std::string_view format) {
  const auto all = site.receives.find(partner);
  if (all == site.receives.end()) return nullptr;
  for (const auto& receiving : all->second) {
    const auto& config = *receiving.config;
    if (!receiving.by_directory() && config.feed == feed && (format.empty() || config.format == format)) return &receiving;
  }
  return nullptr;
}

}  // namespace wayleave::gateway
