#include <algorithm>

#include "formats/xml/read.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::pipeline {
namespace {

std::shared_ptr<const Document> parse(const std::string& xml) {
  auto reading = xml::read_wellformed(xml);
  if (!reading.document || !reading.findings.empty()) return nullptr;
  return std::make_shared<const Document>(std::move(*reading.document));
}

/// Roles in which a partner may act on objects: those of all its agreements. To anybody else an object does not exist.
std::vector<std::string> acting_roles(const LiveSite& site, const std::string& partner) {
  std::vector<std::string> roles;
  if (const auto* config = site.partner(partner))
    for (const auto& agreement : config->accepts)
      for (const auto& role : agreement.as) roles.push_back(role);
  return roles;
}

/// The newest document of the partner's own that was neither rejected nor refused.
std::shared_ptr<const Document> find_document(
  store::Store& store, const std::string& partner, std::string_view kind, std::string_view key, bool test
) {
  store::DocumentQuery query;
  query.partner = partner;
  query.kind = kind;
  query.key = key;
  query.test = test;
  query.without = {store::Status::rejected, store::Status::refused};
  query.limit = 1;
  auto found = store.documents(query);
  if (!found || found->empty()) return nullptr;
  auto canonical = store.document_canonical(found->front().id);
  return canonical && *canonical ? parse(**canonical) : nullptr;
}

std::shared_ptr<const Document> find_state(
  store::Store& store, const std::string& partner, const std::vector<std::string>& roles, bool test, std::string_view kind, std::string_view id
) {
  if (kind == "shipment") {
    auto object = store.object("shipment", std::string(id));
    if (!object || !*object) return nullptr;
    for (const auto& party : (*object)->parties)
      if (party.partner == partner && std::find(roles.begin(), roles.end(), party.role) != roles.end()) return parse(*(*object)->body);
    return nullptr;
  }
  // What is real never rests on a test; a test may rest on either.
  if (test)
    if (auto own = find_document(store, partner, kind, id, true)) return own;
  return find_document(store, partner, kind, id, false);
}

/// The kind whose canonical documents have that root element.
const Kind* kind_of(std::string_view root) {
  for (const auto& kind : kinds()) {
    const std::string_view schema = kind.schema;
    if (schema.substr(schema.find('#') + 1) == root) return &kind;
  }
  return nullptr;
}

mapping::Context base_context(const LiveSite& site, const std::string& partner, bool test, store::Store& store) {
  mapping::Context context;
  const auto properties = site.properties.find(partner);
  if (properties != site.properties.end()) context.partner = properties->second;
  context.state = [&store, partner, test, roles = acting_roles(site, partner)](std::string_view kind, std::string_view id) {
    return find_state(store, partner, roles, test, kind, id);
  };
  context.linked = [state = context.state](std::string_view, std::string_view root, std::string_view id) -> std::shared_ptr<const Document> {
    const auto* kind = kind_of(root);
    return kind ? state(std::string_view(kind->name) == "shipment-status" ? "shipment" : kind->name, id) : nullptr;
  };
  return context;
}

}  // namespace

mapping::Context make_context(const Inbound& inbound, store::Store& store) {
  auto context = base_context(*inbound.site, inbound.partner, inbound.test, store);
  context.now = inbound.received;
  context.message = {{"receipt", inbound.receipt}, {"sender", inbound.partner}, {"received", to_iso(inbound.received)},
                     {"test", inbound.test ? "true" : "false"}};
  return context;
}

mapping::Context make_context(const LiveSite& site, const store::DocumentRecord& document, store::Store& store) {
  auto context = base_context(site, document.partner, document.test, store);
  context.now = document.received;
  context.message = {{"id", document.id}, {"receipt", document.receipt}, {"kind", document.kind}, {"key", document.key},
                     {"sender", document.partner}, {"received", to_iso(document.received)}, {"test", document.test ? "true" : "false"}};
  return context;
}

}  // namespace wayleave::pipeline
