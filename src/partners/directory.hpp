#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "config/site.hpp"
#include "document/document.hpp"

namespace wayleave::partners {

/// Who is calling. Exactly one of partner and backend is set.
struct Caller {
  std::string partner;
  std::string backend;
};

/// A partner in a role: what lets it see an object, and act on it.
struct Role {
  std::string partner;
  std::string role;
  auto operator<=>(const Role&) const = default;
};

/// Who is who on a site: credentials, identities, roles, audiences. Immutable; any thread; refers to the Site it was made
/// from, which must outlive it. Look-ups of secrets take time that does not depend on the secret.
class Directory {
 public:
  explicit Directory(const config::Site& site);
  ~Directory();

  /// `token` as in `Authorization: Bearer`. nullopt: unknown or expired (`why` says which, for the log only).
  std::optional<Caller> by_token(std::string_view token, Time now, std::string* why = nullptr) const;
  /// Basic: user = partner id, password = one of its tokens.
  std::optional<Caller> by_password(std::string_view user, std::string_view password, Time now, std::string* why = nullptr) const;
  /// Lower-case hex SHA-256 of the client's DER certificate.
  std::optional<Caller> by_certificate(std::string_view sha256, Time now, std::string* why = nullptr) const;

  const config::Partner* partner(std::string_view id) const;
  const config::Backend* backend(std::string_view id) const;

  /// The partner that a canonical Party element names, or empty ("Who a document names").
  std::string named_by(const Document& document, Document::Index party) const;

  /// Every (partner, role) of a canonical shipment state's or event's Party elements, top level and within its events.
  std::set<Role> roles_in(const Document& shipment) const;
  /// Partners that a NetworkStatus concerns: its services, accounts and parties.
  std::set<std::string> concerned_by(const Document& network) const;

  /// Partners of `roles` that see shipment-status in such a role, sorted.
  std::vector<std::string> shipment_audience(const std::set<Role>& roles) const;
  /// Of those concerned, the ones that see network-status, sorted.
  std::vector<std::string> network_audience(const std::set<std::string>& concerned) const;
  /// Whether the partner may read that feed at all. `documents`, `order-response`, `acknowledgments`, its own: always.
  bool sees(std::string_view partner, std::string_view feed) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

/// A new credential: the secret to hand over once, and the element for the partner's file.
struct NewToken {
  std::string token;                     ///< `wl_` + base64url of 32 random bytes
  std::string element;                   ///< `<credential kind="token" sha256="…" …/>`
};
NewToken new_token(const std::string& label, const std::string& expires);

}  // namespace wayleave::partners
