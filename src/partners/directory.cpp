#include "partners/directory.hpp"

#include <algorithm>
#include <unordered_map>

#include "crypto/digest.hpp"

namespace wayleave::partners {
namespace {

constexpr std::string_view canonical = "urn:wayleave:canonical:1";

/// The names of canonical documents that decide who is who.
struct Vocabulary {
  NameId party = names::intern(canonical, "Party");
  NameId id = names::intern(canonical, "Id");
  NameId event = names::intern(canonical, "Event");
  NameId affected = names::intern(canonical, "Affected");
  NameId service = names::intern(canonical, "Service");
  NameId ticket = names::intern(canonical, "Ticket");
  NameId role = names::intern("", "role");
  NameId partner = names::intern("", "partner");
  NameId scheme = names::intern("", "scheme");
  NameId account = names::intern("", "account");
};

const Vocabulary& vocabulary() {
  static const Vocabulary names;
  return names;
}

/// Calls `visit` for each child of `node` with that name.
template <class Visit>
void each_child(const Document& document, Document::Index node, NameId name, Visit visit) {
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child))
    if (document.node(child).name == name) visit(child);
}

std::string_view attribute(const Document& document, Document::Index node, NameId name) {
  const auto* found = document.attribute(node, name);
  return found ? document.text(*found) : std::string_view();
}

struct Holder {
  Caller caller;
  const config::Credential* credential = nullptr;
};
using Holders = std::unordered_map<std::string, Holder>;

/// A scheme has no blanks, so the blank keeps (scheme, id) pairs apart.
std::string identity_key(std::string_view scheme, std::string_view id) {
  std::string key(scheme);
  key += ' ';
  key += id;
  return key;
}

std::optional<Caller> admit(const Holders& holders, const std::string& sha256, Time now, std::string* why) {
  const auto found = holders.find(sha256);
  if (found == holders.end() || !crypto::equal_secrets(found->first, sha256)) {
    if (why) *why = "unknown credential";
    return std::nullopt;
  }
  const auto& credential = *found->second.credential;
  if (!credential.expires.empty() && to_iso(now).substr(0, 10) > credential.expires) {
    if (why) *why = "credential " + (credential.label.empty() ? std::string() : "'" + credential.label + "' ") + "of " +
                    found->second.caller.partner + found->second.caller.backend + " expired on " + credential.expires;
    return std::nullopt;
  }
  return found->second.caller;
}

}  // namespace

struct Directory::Tables {
  std::unordered_map<std::string, const config::Partner*> partners;
  std::unordered_map<std::string, const config::Backend*> backends;
  Holders tokens, certificates;
  std::unordered_map<std::string, std::string> identities;                 // (scheme, id) → partner
  std::unordered_map<std::string, std::vector<std::string>> services;      // id → partners, mostly one

  void add(const std::vector<config::Credential>& credentials, const Caller& caller) {
    for (const auto& credential : credentials)
      (credential.kind == "certificate" ? certificates : tokens).try_emplace(credential.sha256, Holder{caller, &credential});
  }

  /// Every partner that the Party names: by its attribute, by its identifiers.
  std::vector<std::string> named_by(const Document& document, Document::Index party) const {
    const auto& name = vocabulary();
    std::vector<std::string> named;
    const auto add_partner = [&](const std::string& partner) {
      if (std::find(named.begin(), named.end(), partner) == named.end()) named.push_back(partner);
    };
    const std::string stated(attribute(document, party, name.partner));
    if (partners.count(stated)) add_partner(stated);
    each_child(document, party, name.id, [&](Document::Index id) {
      const auto found = identities.find(identity_key(attribute(document, id, name.scheme), document.text(id)));
      if (found != identities.end()) add_partner(found->second);
    });
    return named;
  }
};

Directory::Directory(const config::Site& site) {
  vocabulary();
  auto tables = std::make_unique<Tables>();
  for (const auto& partner : site.partners) {
    tables->partners[partner.id] = &partner;
    tables->add(partner.credentials, {partner.id, {}});
    for (const auto& identity : partner.identities) tables->identities.try_emplace(identity_key(identity.scheme(), identity.id), partner.id);
    for (const auto& service : partner.services) tables->services[service].push_back(partner.id);
  }
  for (const auto& backend : site.backends) {
    tables->backends[backend.id] = &backend;
    tables->add(backend.credentials, {{}, backend.id});
  }
  tables_ = std::move(tables);
}

Directory::~Directory() = default;

std::optional<Caller> Directory::by_token(std::string_view token, Time now, std::string* why) const {
  return admit(tables_->tokens, crypto::sha256_hex(token), now, why);
}

std::optional<Caller> Directory::by_password(std::string_view user, std::string_view password, Time now, std::string* why) const {
  auto caller = by_token(password, now, why);
  if (!caller) return std::nullopt;
  const auto& id = caller->partner.empty() ? caller->backend : caller->partner;
  if (id == user) return caller;
  if (why) *why = "the password is another's than the user's";
  return std::nullopt;
}

std::optional<Caller> Directory::by_certificate(std::string_view sha256, Time now, std::string* why) const {
  return admit(tables_->certificates, std::string(sha256), now, why);
}

const config::Partner* Directory::partner(std::string_view id) const {
  const auto found = tables_->partners.find(std::string(id));
  return found == tables_->partners.end() ? nullptr : found->second;
}

const config::Backend* Directory::backend(std::string_view id) const {
  const auto found = tables_->backends.find(std::string(id));
  return found == tables_->backends.end() ? nullptr : found->second;
}

std::string Directory::named_by(const Document& document, Document::Index party) const {
  auto named = tables_->named_by(document, party);
  return named.empty() ? std::string() : std::move(named.front());
}

std::set<Role> Directory::roles_in(const Document& shipment) const {
  const auto& name = vocabulary();
  std::set<Role> roles;
  if (shipment.empty()) return roles;
  const auto add = [&](Document::Index party) {
    const std::string role(attribute(shipment, party, name.role));
    for (auto& partner : tables_->named_by(shipment, party)) roles.insert({std::move(partner), role});
  };
  each_child(shipment, shipment.root(), name.party, add);
  each_child(shipment, shipment.root(), name.event, [&](Document::Index event) { each_child(shipment, event, name.party, add); });
  return roles;
}

std::set<std::string> Directory::concerned_by(const Document& network) const {
  const auto& name = vocabulary();
  std::set<std::string> concerned;
  if (network.empty()) return concerned;
  const auto add_stated = [&](Document::Index node) {
    const std::string stated(attribute(network, node, name.partner));
    const bool known = tables_->partners.count(stated) != 0;
    if (known) concerned.insert(stated);
    return known;
  };
  const auto add_party = [&](Document::Index party) {
    for (auto& partner : tables_->named_by(network, party)) concerned.insert(std::move(partner));
  };
  each_child(network, network.root(), name.party, add_party);
  each_child(network, network.root(), name.ticket, [&](Document::Index ticket) { add_stated(ticket); });
  each_child(network, network.root(), name.affected, [&](Document::Index affected) {
    each_child(network, affected, name.party, add_party);
    each_child(network, affected, name.service, [&](Document::Index service) {
      const auto account = tables_->identities.find(identity_key("account", attribute(network, service, name.account)));
      if (account != tables_->identities.end()) concerned.insert(account->second);
      if (add_stated(service)) return;
      const auto owners = tables_->services.find(std::string(network.text(service)));
      if (owners != tables_->services.end()) concerned.insert(owners->second.begin(), owners->second.end());
    });
  });
  return concerned;
}

std::vector<std::string> Directory::shipment_audience(const std::set<Role>& roles) const {
  std::set<std::string> audience;
  for (const auto& [id, role] : roles) {
    const auto* known = partner(id);
    if (!known) continue;
    for (const auto& sees : known->sees)
      if (sees.feed == "shipment-status" && (sees.as.empty() || std::find(sees.as.begin(), sees.as.end(), role) != sees.as.end()))
        audience.insert(id);
  }
  return {audience.begin(), audience.end()};
}

std::vector<std::string> Directory::network_audience(const std::set<std::string>& concerned) const {
  std::vector<std::string> audience;
  for (const auto& id : concerned)
    if (sees(id, "network-status")) audience.push_back(id);
  return audience;
}

bool Directory::sees(std::string_view id, std::string_view feed) const {
  const auto* known = partner(id);
  if (!known) return false;
  if (feed == "documents" || feed == "order-response" || feed == "acknowledgments") return true;
  return std::any_of(known->sees.begin(), known->sees.end(), [&](const config::Sees& sees) { return sees.feed == feed; });
}

namespace {

std::string base64url(std::string_view bytes) {
  auto text = crypto::base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '"') out += "&quot;";
    else out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

}  // namespace

NewToken new_token(const std::string& label, const std::string& expires) {
  NewToken made;
  made.token = "wl_" + base64url(crypto::random_bytes(32));
  made.element = "<credential kind=\"token\" sha256=\"" + crypto::sha256_hex(made.token) + "\"";
  if (!label.empty()) made.element += " label=\"" + escaped(label) + "\"";
  if (!expires.empty()) made.element += " expires=\"" + escaped(expires) + "\"";
  made.element += "/>";
  return made;
}

}  // namespace wayleave::partners
