#include <algorithm>

#include "base/nearest.hpp"
#include "config/read_drops.hpp"
#include "config/site_file.hpp"
#include "config/values.hpp"

namespace wayleave::config {
namespace {

std::string listed(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ", ") + value;
  return out;
}

/// Reports a value that no list knows; `x-…` is always somebody's own where the list is open.
void check_known(
  const SiteFile& file, const Text& text, const std::string& value, const std::vector<std::string>& known, bool open, const char* code,
  const std::string& what
) {
  if (value.empty() || (open && value.rfind("x-", 0) == 0) || std::find(known.begin(), known.end(), value) != known.end()) return;
  const auto close = nearest(value, known);
  auto& finding = file.problems().error(
    code, text.where, "'" + value + "' is no " + what + (close.empty() ? "" : "; did you mean " + close + "?"),
    close.empty() ? "write one of " + listed(known) + (open ? ", or one of your own that begins with x-" : "") : "write " + close
  );
  finding.found = value;
  finding.expected = "one of " + listed(known);
}

std::vector<std::string> read_roles(const SiteFile& file, Document::Index node) {
  const auto roles = file.words(node, "as");
  for (const auto& role : roles) check_known(file, file.token(node, "as"), role, known_roles(), true, "C124", "role of a party");
  return roles;
}

/// What each format needs, and what has no meaning with it.
void check_format(const SiteFile& file, Document::Index node, const std::string& format, bool accepts) {
  const auto need = [&](const char* attribute) {
    if (!file.token(node, attribute).empty() || file.is_misspelt(node)) return;
    file.problems()
      .error("C127", file.where(node), "format=\"" + format + "\" needs the attribute " + attribute, std::string("add ") + attribute + "=\"…\"")
      .expected = attribute;
  };
  const auto forbid = [&](const char* attribute) {
    if (!file.has(node, attribute)) return;
    file.problems().error(
      "C127", file.token(node, attribute).where, std::string(attribute) + " means nothing with format=\"" + format + "\"",
      std::string("remove ") + attribute + ", or write another format"
    );
  };
  if (format == "xml") {
    if (accepts) need("schema");
    for (const char* attribute : {"set", "version", "guide", "acknowledge"}) forbid(attribute);
  } else if (format == "x12" || format == "edifact") {
    for (const char* attribute : {"set", "version", "guide"}) need(attribute);
    forbid("schema");
  }
}

Agreement read_accepts(const SiteFile& file, Document::Index node) {
  Agreement agreement;
  agreement.where = file.where(node);
  agreement.document = file.token(node, "document").value;
  check_known(file, file.token(node, "document"), agreement.document, known_kinds(), true, "C126", "kind of document");
  agreement.format = file.token(node, "format").value;
  check_format(file, node, agreement.format, true);
  // What does not go with the format is reported once, not looked for as well.
  if (agreement.format == "xml") agreement.schema = file.token(node, "schema");
  else agreement.guide = file.token(node, "guide");
  agreement.map = file.token(node, "map");
  agreement.process = file.token(node, "process");
  agreement.when = file.raw(node, "when");
  agreement.source_key = file.raw(node, "source-key");
  agreement.set = file.token(node, "set").value;
  agreement.version = file.token(node, "version").value;
  const auto acknowledge = file.token(node, "acknowledge");
  agreement.acknowledge = acknowledge.value;
  if (agreement.format != "xml") check_known(file, acknowledge, acknowledge.value, {"997", "999", "contrl"}, false, "C127", "acknowledgment");
  agreement.as = read_roles(file, node);
  agreement.usage = file.token(node, "usage").value;
  const auto duplicates = file.token(node, "duplicates").value;
  if (duplicates == "refuse") agreement.duplicates = Duplicates::refuse;
  if (duplicates == "allow") agreement.duplicates = Duplicates::allow;
  agreement.parameters = read_parameters(file, node);
  return agreement;
}

Sees read_sees(const SiteFile& file, Document::Index node) {
  Sees sees;
  sees.where = file.where(node);
  const auto feed = file.token(node, "feed");
  sees.feed = feed.value;
  check_known(file, feed, feed.value, known_feeds(), false, "C125", "feed");
  sees.as = read_roles(file, node);
  return sees;
}

/// Acknowledgments are EDI already: nothing says how they are written, only which of them are wanted.
void check_acknowledgments(const SiteFile& file, Document::Index node) {
  for (const char* attribute : {"schema", "set", "version", "guide", "map", "separators", "newline", "syntax", "unfit"}) {
    if (!file.has(node, attribute)) continue;
    file.problems().error(
      "C127", file.token(node, attribute).where, std::string(attribute) + " means nothing for acknowledgments: they are sent as they were made",
      std::string("remove ") + attribute
    );
  }
}

/// Of interchanges that we write: what is written, and how.
void check_writing(const SiteFile& file, Document::Index node, const Receives& receives) {
  check_format(file, node, receives.format, false);
  if (receives.edi() && receives.map.empty() && !file.is_misspelt(node))
    file.problems()
      .error("C127", receives.where, "format=\"" + receives.format + "\" needs the attribute map", "add map=\"…\", a map to the guide")
      .expected = "map";
  for (const char* attribute : {"separators", "newline", "syntax", "unfit"}) {
    const bool fits = receives.edi() && (receives.format == "edifact" || std::string_view(attribute) != "syntax");
    if (fits || !file.has(node, attribute)) continue;
    file.problems().error(
      "C127", file.token(node, attribute).where, std::string(attribute) + " means nothing with format=\"" + receives.format + "\"",
      std::string("remove ") + attribute
    );
  }
}

void check_delivery(const SiteFile& file, Document::Index node, const Receives& receives) {
  const auto via = file.token(node, "via");
  check_known(file, via, receives.via, {"directory", "webhook"}, false, "C172", "way to a partner");
  if (receives.via == "directory" && receives.path.empty() && !file.is_misspelt(node))
    file.problems().error("C172", receives.where, "via=\"directory\" needs a folder", "add path=\"…\", such as outbox/acme").expected = "path";
  if (receives.via == "webhook" && file.has(node, "path"))
    file.problems().error(
      "C172", receives.path.where, "path means nothing with via=\"webhook\": the partner's subscriptions say where to", "remove path"
    );
}

Receives read_receives(const SiteFile& file, Document::Index node) {
  Receives receives;
  receives.where = file.where(node);
  const auto feed = file.token(node, "feed");
  receives.feed = feed.value;
  check_known(file, feed, feed.value, known_feeds(), false, "C125", "feed");
  receives.format = file.token(node, "format").value;
  receives.set = file.token(node, "set").value;
  receives.version = file.token(node, "version").value;
  receives.via = file.token(node, "via").value;
  // What does not go with the format is reported once, not looked for as well.
  if (receives.edi()) receives.guide = file.token(node, "guide");
  else receives.schema = file.token(node, "schema");
  receives.map = file.token(node, "map");
  receives.path = file.token(node, "path");
  receives.path.value = with_environment(receives.path, file.problems());
  receives.separators = file.token(node, "separators");
  receives.newline = file.token(node, "newline");
  receives.unfit = file.token(node, "unfit");
  receives.syntax = file.token(node, "syntax");
  receives.parameters = read_parameters(file, node);
  if (receives.feed == "acknowledgments") check_acknowledgments(file, node);
  else check_writing(file, node, receives);
  check_delivery(file, node, receives);
  return receives;
}

}  // namespace

Partner read_partner(const SiteFile& file) {
  Partner partner;
  const auto root = file.root();
  partner.file = file.path();
  partner.id = read_own_name(file, "id");
  partner.name = file.token(root, "name").value;
  if (partner.name.empty()) partner.name = partner.id;
  for (const auto node : file.children(root)) {
    const auto kind = file.local_name(node);
    if (kind == "identity") partner.identities.push_back(read_identity(file, node));
    if (kind == "credential") partner.credentials.push_back(read_credential(file, node));
    if (kind == "accepts") partner.accepts.push_back(read_accepts(file, node));
    if (kind == "sees") partner.sees.push_back(read_sees(file, node));
    if (kind == "receives") partner.receives.push_back(read_receives(file, node));
    if (kind == "drops") partner.drops.push_back(read_drops(file, node));
    if (kind == "service") partner.services.push_back(file.token(node, "id").value);
    if (kind == "property") {
      const auto name = file.token(node, "name");
      if (!partner.properties.emplace(name.value, file.raw(node, "value").value).second)
        file.problems().error("C105", name.where, "property " + name.value + " is there twice", "remove one of them").found = name.value;
    }
  }
  return partner;
}

Backend read_backend(const SiteFile& file) {
  Backend backend;
  const auto root = file.root();
  backend.file = file.path();
  backend.id = read_own_name(file, "id");
  for (const auto node : file.children(root, "credential")) backend.credentials.push_back(read_credential(file, node));
  for (const auto node : file.children(root, "sends")) {
    Sends sends;
    sends.where = file.where(node);
    const auto event = file.token(node, "event");
    sends.event = event.value;
    check_known(file, event, event.value, {"shipment-status", "network-status"}, false, "C125", "feed that back ends publish to");
    sends.schema = file.token(node, "schema");
    sends.map = file.token(node, "map");
    backend.sends.push_back(std::move(sends));
  }
  return backend;
}

}  // namespace wayleave::config
