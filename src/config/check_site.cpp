#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/nearest.hpp"
#include "config/envelope.hpp"
#include "config/read_drops.hpp"
#include "config/site_file.hpp"
#include "schema/schema.hpp"

namespace wayleave::config {
namespace {

namespace fs = std::filesystem;

std::string at(const Where& where) { return where.file + (where.line ? ":" + std::to_string(where.line) : ""); }

// ------------------------------------------------------------------------------------------------------- references

/// Files that the site names: found, and neither outside it nor the product.
class References {
 public:
  References(const Site& site, const Surroundings& around, Problems& problems) : site_(site), around_(around), problems_(problems) {
    allow(site.directory);
    for (const auto& root : around.schema_roots) allow(root);
    for (const auto& root : around.map_roots) allow(root);
  }

  void check_schema(Text& text, const fs::path& from) { check(text, from, around_.schema_roots, "schema", "schemas/"); }
  void check_map(Text& text, const fs::path& from) { check(text, from, around_.map_roots, "map", "mappings/"); }

 private:
  void allow(const fs::path& folder) {
    std::error_code error;
    const auto real = fs::weakly_canonical(folder, error);
    if (!error) allowed_.push_back(real);
  }

  bool is_allowed(const fs::path& file) const {
    std::error_code error;
    const auto real = fs::weakly_canonical(file, error);
    if (error) return false;
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const fs::path& root) {
      return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
    });
  }

  void check(Text& text, const fs::path& from, const std::vector<fs::path>& roots, const char* what, const char* folder) {
    if (text.empty()) return;
    const auto hash = text.value.find('#');
    const auto path = text.value.substr(0, hash);
    const auto rest = hash == std::string::npos ? std::string() : text.value.substr(hash);
    const bool relative = path.rfind("./", 0) == 0 || path.rfind("../", 0) == 0;
    const auto found = schema::SearchPath{roots}.find(path, from.parent_path());
    std::error_code error;
    if (!found || !fs::is_regular_file(*found, error)) {
      auto& finding = problems_.error(
        "C129", text.where, std::string("there is no ") + what + " " + path,
        relative ? std::string("paths with ./ and ../ begin at the file that says them") : std::string("put it into the site's ") + folder + ", or correct the path"
      );
      finding.found = text.value;
      return;
    }
    // OASIS's schemas are not ours to ship; they are where the operator's environment says.
    const bool standard = path.rfind("ubl-2.4/", 0) == 0 && path.find("..") == std::string::npos;
    if (!standard && !is_allowed(*found)) {
      problems_.error("C134", text.where, std::string("this ") + what + " lies outside the site and the product",
                      std::string("copy it into the site's ") + folder).found = text.value;
      return;
    }
    if (relative) {
      text.value = found->lexically_normal().string() + rest;
      return;
    }
    if (!told_.insert(path).second || roots.size() < 2 || found->lexically_normal() != (roots.front() / path).lexically_normal()) return;
    for (std::size_t i = 1; i < roots.size(); ++i)
      if (fs::is_regular_file(roots[i] / path, error)) {
        problems_.info("C135", text.where, std::string("the site's own ") + what + " " + path + " takes the place of the product's");
        return;
      }
  }

  const Site& site_;
  const Surroundings& around_;
  Problems& problems_;
  std::vector<fs::path> allowed_;
  std::set<std::string> told_;
};

void check_references(Site& site, const Surroundings& around, Problems& problems) {
  References references(site, around, problems);
  for (auto& partner : site.partners) {
    for (auto& accepts : partner.accepts) {
      references.check_schema(accepts.schema, partner.file);
      references.check_schema(accepts.guide, partner.file);
      references.check_map(accepts.map, partner.file);
    }
    for (auto& receives : partner.receives) {
      references.check_schema(receives.schema, partner.file);
      references.check_schema(receives.guide, partner.file);
      references.check_map(receives.map, partner.file);
    }
  }
  for (auto& backend : site.backends)
    for (auto& sends : backend.sends) {
      references.check_schema(sends.schema, backend.file);
      references.check_map(sends.map, backend.file);
    }
  for (auto& process : site.processes) {
    references.check_schema(process.accepts, process.file);
    for (auto& step : process.steps) {
      references.check_map(step.map, process.file);
      references.check_map(step.answer_map, process.file);
    }
  }
}

// ------------------------------------------------------------------------------------------------------------ names

/// Reports a name that no file has; `unreadable` ones may well exist.
void check_name(
  const Text& text, const std::set<std::string>& names, const std::set<std::string>& unreadable, const char* code, const std::string& what,
  const std::string& folder, Problems& problems
) {
  if (text.empty() || names.count(text.value) || unreadable.count(text.value)) return;
  const std::vector<std::string> candidates(names.begin(), names.end());
  const auto close = nearest(text.value, candidates);
  auto& finding = problems.error(
    code, text.where, "there is no " + what + " " + text.value + (close.empty() ? "" : "; did you mean " + close + "?"),
    close.empty() ? "add " + folder + "/" + text.value + ".xml" : "write " + close
  );
  finding.found = text.value;
  if (!close.empty()) finding.expected = close;
}

void check_names(const Site& site, const Surroundings& around, Problems& problems) {
  std::set<std::string> processes, backends;
  for (const auto& process : site.processes) processes.insert(process.name);
  for (const auto& backend : site.backends) backends.insert(backend.id);
  for (const auto& partner : site.partners)
    for (const auto& accepts : partner.accepts)
      check_name(accepts.process, processes, around.unreadable_processes, "C120", "process", "processes", problems);
  for (const auto& process : site.processes)
    for (const auto& step : process.steps)
      if (const auto option = step.options.find("backend"); option != step.options.end())
        check_name(option->second, backends, around.unreadable_backends, "C153", "back end", "backends", problems);
}

// ------------------------------------------------------------------------------------------- identities, credentials

void check_identities(const Site& site, Problems& problems) {
  struct Owner {
    const Partner* partner;
    Where where;
  };
  std::map<std::pair<std::string, std::string>, Owner> owners;
  for (const auto& partner : site.partners)
    for (const auto& identity : partner.identities) {
      const auto [owner, first] = owners.try_emplace({identity.scheme(), identity.id}, Owner{&partner, identity.where});
      if (first || identity.id.empty()) continue;
      const bool same = owner->second.partner == &partner;
      problems
        .error(
          "C121", identity.where,
          identity.scheme() + " " + identity.id + (same ? " is there twice" : " is an identity of " + owner->second.partner->id + ", too") + " (" +
            at(owner->second.where) + ")",
          same ? "remove one of them" : "a number may name one partner only: remove it from one of the two files"
        )
        .found = identity.id;
    }
}

void check_credentials(const Site& site, Problems& problems) {
  struct Owner {
    std::string id;
    Where where;
  };
  std::map<std::pair<std::string, std::string>, Owner> owners;
  const auto check = [&](const std::vector<Credential>& credentials, const std::string& id) {
    for (const auto& credential : credentials) {
      const auto [owner, first] = owners.try_emplace({credential.kind, credential.sha256}, Owner{id, credential.where});
      if (first || credential.sha256.empty()) continue;
      problems.error(
        "C122", credential.where,
        "this credential is there already, for " + owner->second.id + " (" + at(owner->second.where) + "): nobody could tell who is calling",
        "make a new one with `wayleave token`"
      );
    }
  };
  for (const auto& partner : site.partners) check(partner.credentials, partner.id);
  for (const auto& backend : site.backends) check(backend.credentials, backend.id);
}

// ------------------------------------------------------------------------------------------------------- agreements

bool usages_meet(const Agreement& a, const Agreement& b) { return a.usage.empty() || b.usage.empty() || a.usage == b.usage; }

/// Agreements that certainly share a root element, as far as their texts tell: exactly one may match.
void check_agreements(const Partner& partner, Problems& problems) {
  for (std::size_t i = 0; i < partner.accepts.size(); ++i)
    for (std::size_t k = i + 1; k < partner.accepts.size(); ++k) {
      const auto& first = partner.accepts[i];
      const auto& second = partner.accepts[k];
      if (first.format != second.format || !usages_meet(first, second)) continue;
      const bool share = first.format == "xml" ? !first.schema.empty() && first.schema.value == second.schema.value
                                               : std::tie(first.set, first.version) == std::tie(second.set, second.version);
      if (!share || (!first.when.empty() && !second.when.empty() && first.when.value != second.when.value)) continue;
      problems.error(
        "C123", second.where, "two agreements of " + partner.id + " take the same document (the other is at " + at(first.where) + ")",
        "give each a when=\"…\" that tells them apart, or remove one"
      );
    }
}

// --------------------------------------------------------------------------------------------------------- receives

/// Every interchange says from whom to whom it goes. Acknowledgments turn round what the partner's own interchange said.
void check_addresses(const Site& site, const Partner& partner, const Receives& receives, Problems& problems) {
  if (!receives.edi() || receives.format.empty() || receives.feed == "acknowledgments") return;
  const auto none = "no identity that stands in " + std::string(receives.format == "x12" ? "an ISA" : "a UNB") + ": nobody could be named as the ";
  const auto example = "add <identity kind=\"" + receives.format + "\" qualifier=\"…\" id=\"…\"/>";
  if (!envelope_identity(partner.identities, receives.format))
    problems.error("C170", receives.where, partner.id + " has " + none + "receiver", example);
  if (!envelope_identity(site.gateway.self, receives.format))
    problems.error("C170", receives.where, "we have " + none + "sender", example + " to <self> in gateway.xml");
}

/// Names of files have numbers of one partner: in a folder of two they would meet.
void check_folders(const Site& site, Problems& problems) {
  struct User {
    const Partner* partner;
    Where where;
  };
  std::map<fs::path, User> users;
  for (const auto& partner : site.partners)
    for (const auto& receives : partner.receives) {
      if (receives.path.empty()) continue;
      const auto folder = (site.directory / receives.path.value / "").lexically_normal();
      const auto [user, first] = users.try_emplace(folder, User{&partner, receives.path.where});
      if (first || user->second.partner == &partner) continue;
      problems
        .error("C172", receives.path.where, "the folder " + receives.path.value + " is that of " + user->second.partner->id + " (" + at(user->second.where) + ")",
               "give each partner a folder of its own")
        .found = receives.path.value;
    }
}

void check_receives(const Site& site, const Partner& partner, Problems& problems) {
  static const std::set<std::string, std::less<>> own_feeds{"documents", "order-response", "acknowledgments"};
  std::map<std::pair<std::string, std::string>, Where> shaped;     // what webhooks carry
  for (const auto& receives : partner.receives) {
    check_addresses(site, partner, receives, problems);
    const auto seen = std::ranges::any_of(partner.sees, [&](const Sees& sees) { return sees.feed == receives.feed; });
    const bool known = std::ranges::find(known_feeds(), receives.feed) != known_feeds().end();
    if (!seen && known && !own_feeds.contains(receives.feed))
      problems.warning("C175", receives.where, partner.id + " does not see the feed " + receives.feed + ": nothing would ever be sent",
                       "add <sees feed=\"" + receives.feed + "\" as=\"…\"/>");
    if (receives.via != "webhook") continue;
    // Acknowledgments of both standards may go the same way: each entry is of one.
    const auto what = std::pair(receives.feed, receives.feed == "acknowledgments" ? receives.format : std::string());
    const auto [first, fresh] = shaped.try_emplace(what, receives.where);
    if (fresh) continue;
    problems.error("C174", receives.where, "webhooks of the feed " + receives.feed + " have a form already (" + at(first->second) + ")",
                   "remove one of them, or bring one of them via a directory");
  }
}

// -------------------------------------------------------------------------------------------------------- listeners

bool is_loopback(const std::string& address) { return address == "::1" || address.rfind("127.", 0) == 0 || address.rfind("::ffff:127.", 0) == 0; }
bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// Whether a connection to `host` may end at a listener on `address`.
bool may_meet(const std::string& host, const std::string& address) {
  const auto loopback = [](const std::string& name) { return name == "localhost" || is_loopback(name); };
  return host == address || is_any(address) || is_any(host) || (loopback(host) && loopback(address));
}

void check_plain(const Listener& listener, bool is_public, Problems& problems) {
  if (is_loopback(listener.address) || listener.tls || listener.behind_proxy) return;
  const std::string name = is_public ? "public" : "internal";
  const std::string message = "the " + name + " listener is beyond this machine without TLS: tokens and documents could be read on the way";
  const std::string fix = "add <tls certificate=\"…\" key=\"…\"/>, or write behind-proxy=\"yes\" when a proxy before it does TLS";
  is_public ? problems.error("C130", listener.where, message, fix) : problems.warning("C130", listener.where, message, fix);
}

void check_webhooks(const Gateway& gateway, Problems& problems) {
  for (const auto& pair : gateway.webhook_allow) {
    const auto where = gateway.webhook_where;
    const auto colon = pair.rfind(':');
    unsigned port = 0;
    const auto digits = colon == std::string::npos ? std::string_view() : std::string_view(pair).substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (colon == std::string::npos || colon == 0 || digits.empty() || error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
      problems.error("C132", where, "'" + pair + "' is no host:port", "write pairs such as 127.0.0.1:9000").found = pair;
      continue;
    }
    auto host = pair.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    for (const auto* listener : {&gateway.public_listener, &gateway.internal_listener})
      if (listener->port == port && may_meet(host, listener->address))
        problems.error("C132", where, pair + " is a listener of our own: webhooks never reach those", "remove it").found = pair;
  }
}

void check_listeners(const Gateway& gateway, Problems& problems) {
  const auto& outer = gateway.public_listener;
  const auto& inner = gateway.internal_listener;
  check_plain(outer, true, problems);
  check_plain(inner, false, problems);
  if (outer.port != 0 && outer.port == inner.port && (outer.address == inner.address || is_any(outer.address) || is_any(inner.address)))
    problems.error("C133", inner.where, "both listeners are at port " + std::to_string(inner.port), "give the internal listener a port of its own");
  check_webhooks(gateway, problems);
}

}  // namespace

void check_site(Site& site, const Surroundings& around, Problems& problems) {
  check_listeners(site.gateway, problems);
  check_identities(site, problems);
  check_credentials(site, problems);
  check_names(site, around, problems);
  check_references(site, around, problems);
  check_folders(site, problems);
  for (const auto& partner : site.partners) {
    check_agreements(partner, problems);
    check_receives(site, partner, problems);
  }
  check_drops(site, problems);
}

const std::vector<std::string>& known_roles() {
  static const std::vector<std::string> all{
    "buyer", "seller", "ship-to", "ship-from", "bill-to", "remit-to", "shipper", "consignee", "previous-consignee", "carrier",
    "previous-carrier", "next-carrier", "freight-payer", "freight-forwarder", "broker", "notify", "return-to", "manufacturer",
    "end-customer", "customer", "service-provider", "addressee", "unmapped",
  };
  return all;
}

const std::vector<std::string>& known_feeds() {
  static const std::vector<std::string> all{"shipment-status", "network-status", "documents", "order-response", "acknowledgments"};
  return all;
}

const std::vector<std::string>& known_kinds() {
  static const std::vector<std::string> all{
    "order", "order-change", "order-response", "reroute", "reroute-response", "shipment-status", "network-status",
  };
  return all;
}

}  // namespace wayleave::config
