#include <algorithm>
#include <catch2/catch.hpp>

#include "formats/xml/read.hpp"
#include "partners/directory.hpp"

using namespace wayleave;
using namespace wayleave::partners;

namespace {

/// How a party may say who it is, for partner number `n`; and whether that names the partner.
struct Naming {
  const char* what;
  bool names;
};
const Naming namings[] = {
  {"attribute", true}, {"account", true}, {"x12", true}, {"name only", false}, {"other scheme", false}, {"other case", false}, {"blank within", false},
};
const char* const roles[] = {"shipper", "consignee", "bill-to", "carrier"};
constexpr int partners_made = 4;

std::string id_of(int n) { return "partner-" + std::to_string(n); }
std::string account_of(int n) { return "Account-" + std::to_string(n); }

std::string party(const Naming& naming, int n, const std::string& role) {
  const std::string what = naming.what;
  const auto with_id = [&](const std::string& scheme, const std::string& id) {
    return "<Party role='" + role + "'><Id scheme='" + scheme + "'>" + id + "</Id></Party>";
  };
  if (what == "attribute") return "<Party role='" + role + "' partner='" + id_of(n) + "'/>";
  if (what == "account") return with_id("account", account_of(n));
  if (what == "x12") return with_id("x12-01", std::to_string(n));
  if (what == "other scheme") return with_id("gln", account_of(n));
  if (what == "other case") return with_id("account", "account-" + std::to_string(n));
  if (what == "blank within") return with_id("account", "Account- " + std::to_string(n));
  return "<Party role='" + role + "'><Name>" + account_of(n) + "</Name></Party>";
}

/// Partner n sees shipments in the roles whose bits its number has, and all of them network news but the first.
config::Site site() {
  config::Site site;
  for (int n = 0; n < partners_made; ++n) {
    config::Partner partner;
    partner.id = id_of(n);
    partner.identities = {{"account", "", account_of(n), {}}, {"x12", "01", std::to_string(n), {}}};
    config::Sees sees{"shipment-status", {"x-none"}, {}};
    for (int bit = 0; bit < 4; ++bit)
      if ((n * 5 + 3) >> bit & 1) sees.as.emplace_back(roles[bit]);
    partner.sees.push_back(sees);
    if (n) partner.sees.push_back({"network-status", {}, {}});
    site.partners.push_back(partner);
  }
  return site;
}

bool contains(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

}  // namespace

TEST_CASE("a shipment reaches those it names in a role they see it in, and nobody else", "[partners]") {
  const auto made = site();
  const Directory directory(made);
  int cases = 0;
  for (const auto& naming : namings)
    for (int n = 0; n < partners_made; ++n)
      for (const std::string role : roles)
        for (const bool within_event : {false, true}) {
          const auto body = party(naming, n, role);
          const auto text = "<ShipmentStatus xmlns='urn:wayleave:canonical:1'><Shipment>1</Shipment>" +
                            (within_event ? "<Event id='e'>" + body + "</Event>" : body) + "</ShipmentStatus>";
          auto reading = xml::read_wellformed(text);
          REQUIRE(reading.document);
          const auto audience = directory.shipment_audience(directory.roles_in(*reading.document));
          for (int other = 0; other < partners_made; ++other) {
            const auto& as = made.partners[static_cast<std::size_t>(other)].sees[0].as;
            const bool expected = naming.names && other == n && contains(as, role);
            INFO(text << " for " << id_of(other));
            CHECK(contains(audience, id_of(other)) == expected);
            ++cases;
          }
        }
  CHECK(cases == 7 * 4 * 4 * 2 * 4);
}

TEST_CASE("network news reaches those it names that see it, and nobody else", "[partners]") {
  const auto made = site();
  const Directory directory(made);
  for (const auto& naming : namings)
    for (int n = 0; n < partners_made; ++n)
      for (const bool affected : {false, true}) {
        const auto body = party(naming, n, "customer");
        const auto text =
          "<NetworkStatus xmlns='urn:wayleave:canonical:1'>" + (affected ? "<Affected>" + body + "</Affected>" : body) + "</NetworkStatus>";
        auto reading = xml::read_wellformed(text);
        REQUIRE(reading.document);
        const auto audience = directory.network_audience(directory.concerned_by(*reading.document));
        INFO(text);
        CHECK(audience == (naming.names && n ? std::vector<std::string>{id_of(n)} : std::vector<std::string>{}));
      }
}
