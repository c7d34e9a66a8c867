#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "crypto/digest.hpp"
#include "formats/xml/read.hpp"
#include "partners/directory.hpp"

using namespace wayleave;
using namespace wayleave::partners;

namespace {

config::Credential token(const std::string& secret, const std::string& expires = {}) {
  config::Credential credential;
  credential.kind = "token";
  credential.sha256 = crypto::sha256_hex(secret);
  credential.expires = expires;
  credential.label = "erp";
  return credential;
}

config::Identity identity(const std::string& kind, const std::string& qualifier, const std::string& id) { return {kind, qualifier, id, {}}; }

/// acme: account ACME-0031, sees shipments as consignee. globex: duns 123456789, sees shipments in any role. initech: sees nothing.
const config::Site& site() {
  static const config::Site made = [] {
    config::Site site;
    config::Partner acme;
    acme.id = "acme";
    acme.identities = {identity("account", "", "ACME-0031"), identity("x12", "01", "123456789")};
    acme.credentials = {token("wl_acme"), token("wl_old", "2026-01-31")};
    config::Credential certificate;
    certificate.kind = "certificate";
    certificate.sha256 = crypto::sha256_hex("der");
    acme.credentials.push_back(certificate);
    acme.sees = {{"shipment-status", {"consignee", "bill-to"}, {}}, {"network-status", {}, {}}};
    acme.services = {"OW-1", "OW-SHARED"};
    config::Partner globex;
    globex.id = "globex";
    globex.identities = {identity("duns", "", "123456789"), identity("account", "", "G-1")};
    globex.credentials = {token("wl_globex")};
    globex.sees = {{"shipment-status", {}, {}}, {"network-status", {}, {}}};
    globex.services = {"OW-2", "OW-SHARED"};
    config::Partner initech;
    initech.id = "initech";
    initech.services = {"OW-3"};
    site.partners = {acme, globex, initech};
    config::Backend tms;
    tms.id = "tms";
    tms.credentials = {token("wl_tms")};
    site.backends = {tms};
    return site;
  }();
  return made;
}

const Directory& directory() {
  static const Directory made(site());
  return made;
}

Document parse(const std::string& xml) {
  directory();
  auto reading = xml::read_wellformed(xml);
  REQUIRE(reading.document);
  return std::move(*reading.document);
}

Document instance(const std::string& name) {
  std::ifstream in(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas/canonical/instances/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return parse(text.str());
}

Document shipment(const std::string& content) { return parse("<ShipmentStatus xmlns=\"urn:wayleave:canonical:1\">" + content + "</ShipmentStatus>"); }
Document network(const std::string& content) { return parse("<NetworkStatus xmlns=\"urn:wayleave:canonical:1\">" + content + "</NetworkStatus>"); }

const Time now = *parse_iso("2026-11-21T09:12:04Z");

std::string named(const std::string& party) {
  const auto document = shipment(party);
  return directory().named_by(document, document.first_child(document.root()));
}

}  // namespace

TEST_CASE("a token tells who is calling", "[partners]") {
  CHECK(directory().by_token("wl_acme", now)->partner == "acme");
  CHECK(directory().by_token("wl_acme", now)->backend.empty());
  CHECK(directory().by_token("wl_tms", now)->backend == "tms");
  CHECK(directory().by_token("wl_tms", now)->partner.empty());
  std::string why;
  for (const std::string wrong : {"", "wl_acm", "wl_acme ", "WL_ACME", "acme"}) {
    CHECK_FALSE(directory().by_token(wrong, now, &why));
    CHECK(why == "unknown credential");
  }
  // The digest is not the token, nor is the certificate's.
  CHECK_FALSE(directory().by_token(crypto::sha256_hex("wl_acme"), now));
  CHECK_FALSE(directory().by_token("der", now));
}

TEST_CASE("a credential is good until the end of its last day in UTC", "[partners]") {
  CHECK(directory().by_token("wl_old", *parse_iso("2026-01-31T23:59:59Z")));
  std::string why;
  CHECK_FALSE(directory().by_token("wl_old", *parse_iso("2026-02-01T00:00:00Z"), &why));
  CHECK(why == "credential 'erp' of acme expired on 2026-01-31");
}

TEST_CASE("Basic takes the partner's id and its own token only", "[partners]") {
  CHECK(directory().by_password("acme", "wl_acme", now)->partner == "acme");
  CHECK(directory().by_password("tms", "wl_tms", now)->backend == "tms");
  std::string why;
  CHECK_FALSE(directory().by_password("globex", "wl_acme", now, &why));
  CHECK_FALSE(why.empty());
  CHECK_FALSE(directory().by_password("", "wl_acme", now));
  CHECK_FALSE(directory().by_password("acme", "", now));
}

TEST_CASE("a certificate is known by the SHA-256 of its DER form", "[partners]") {
  CHECK(directory().by_certificate(crypto::sha256_hex("der"), now)->partner == "acme");
  CHECK_FALSE(directory().by_certificate(crypto::sha256_hex("other"), now));
  CHECK_FALSE(directory().by_certificate(crypto::sha256_hex("wl_acme"), now));
}

TEST_CASE("a party names a partner by its attribute or by an identity, compared exactly", "[partners]") {
  CHECK(named("<Party role='consignee' partner='acme'/>") == "acme");
  CHECK(named("<Party role='consignee' partner='Acme'/>") == "");
  CHECK(named("<Party role='consignee'><Id scheme='account'>ACME-0031</Id></Party>") == "acme");
  CHECK(named("<Party role='consignee'><Id scheme='account'>acme-0031</Id></Party>") == "");
  CHECK(named("<Party role='consignee'><Id scheme='account'>0031</Id></Party>") == "");
  CHECK(named("<Party role='consignee'><Id scheme='gln'>ACME-0031</Id></Party>") == "");
  CHECK(named("<Party role='consignee'><Name>ACME-0031</Name></Party>") == "");
}

TEST_CASE("the same number in two schemes names two partners", "[partners]") {
  CHECK(named("<Party role='consignee'><Id scheme='duns'>123456789</Id></Party>") == "globex");
  CHECK(named("<Party role='consignee'><Id scheme='x12-01'>123456789</Id></Party>") == "acme");
  CHECK(named("<Party role='consignee'><Id scheme='x12'>123456789</Id></Party>") == "");
}

TEST_CASE("an attribute that names nobody does not hide the identifiers", "[partners]") {
  CHECK(named("<Party role='consignee' partner='unheard-of'><Id scheme='duns'>123456789</Id></Party>") == "globex");
}

TEST_CASE("roles are found at the top of a shipment and within its events", "[partners]") {
  const auto document = shipment(
    "<Shipment>1</Shipment><Party role='shipper' partner='globex'/><Party role='consignee'><Id scheme='account'>ACME-0031</Id></Party>"
    "<Event id='e'><Party role='previous-consignee' partner='initech'/></Event>"
  );
  CHECK(directory().roles_in(document) == std::set<Role>{{"globex", "shipper"}, {"acme", "consignee"}, {"initech", "previous-consignee"}});
}

TEST_CASE("parties of other namespaces and within extensions name nobody", "[partners]") {
  CHECK(directory().roles_in(shipment("<x:Party xmlns:x='urn:other' role='shipper' partner='acme'/>")).empty());
  CHECK(directory().roles_in(shipment("<Extensions><Party role='shipper' partner='acme'/></Extensions>")).empty());
  CHECK(directory().roles_in(shipment("<Party x:role='shipper' xmlns:x='urn:other' partner='acme'/>")) == std::set<Role>{{"acme", ""}});
}

TEST_CASE("only partners that see shipments in the role get them", "[partners]") {
  using Audience = std::vector<std::string>;
  CHECK(directory().shipment_audience({{"acme", "consignee"}}) == Audience{"acme"});
  CHECK(directory().shipment_audience({{"acme", "shipper"}}).empty());
  CHECK(directory().shipment_audience({{"acme", "shipper"}, {"acme", "bill-to"}}) == Audience{"acme"});
  CHECK(directory().shipment_audience({{"globex", "carrier"}, {"acme", "consignee"}, {"initech", "consignee"}}) == Audience{"acme", "globex"});
  CHECK(directory().shipment_audience({{"unheard-of", "consignee"}}).empty());
}

TEST_CASE("news on a network concerns the owners of services, accounts and the parties named", "[partners]") {
  using Concerned = std::set<std::string>;
  CHECK(directory().concerned_by(network("<Affected><Service>OW-1</Service></Affected>")) == Concerned{"acme"});
  CHECK(directory().concerned_by(network("<Affected><Service>OW-SHARED</Service></Affected>")) == Concerned{"acme", "globex"});
  CHECK(directory().concerned_by(network("<Affected><Service account='G-1'>OW-9</Service></Affected>")) == Concerned{"globex"});
  CHECK(directory().concerned_by(network("<Affected><Service partner='globex'>OW-1</Service></Affected>")) == Concerned{"globex"});
  CHECK(directory().concerned_by(network("<Affected><Service partner='unheard-of'>OW-1</Service></Affected>")) == Concerned{"acme"});
  CHECK(directory().concerned_by(network("<Affected><Party role='customer'><Id scheme='account'>G-1</Id></Party></Affected>")) == Concerned{"globex"});
  CHECK(directory().concerned_by(network("<Party role='addressee' partner='initech'/>")) == Concerned{"initech"});
  CHECK(directory().concerned_by(network("<Ticket partner='acme'/>")) == Concerned{"acme"});
  CHECK(directory().concerned_by(network("<Scope>public</Scope><Affected><Service>OW-10</Service></Affected>")).empty());
}

TEST_CASE("of those concerned, only partners that see network news get it", "[partners]") {
  CHECK(directory().network_audience({"acme", "globex", "initech"}) == std::vector<std::string>{"acme", "globex"});
  CHECK(directory().network_audience({}).empty());
}

TEST_CASE("every partner sees its own documents, and other feeds by its file", "[partners]") {
  CHECK(directory().sees("initech", "documents"));
  CHECK_FALSE(directory().sees("initech", "shipment-status"));
  CHECK(directory().sees("acme", "shipment-status"));
  CHECK_FALSE(directory().sees("acme", "invented"));
  CHECK_FALSE(directory().sees("unheard-of", "documents"));
}

TEST_CASE("the canonical instances name their partners", "[partners]") {
  CHECK(directory().roles_in(instance("shipment-status-log-entry.xml")) == std::set<Role>{{"acme", "consignee"}});
  CHECK(directory().concerned_by(instance("network-status.xml")) == std::set<std::string>{"acme"});
}

TEST_CASE("a new token lets its owner in once its element stands in the file", "[partners]") {
  const auto first = new_token("erp \"2\" <a&b>", "2099-12-31");
  const auto second = new_token("", "");
  CHECK(first.token != second.token);
  CHECK(first.token.rfind("wl_", 0) == 0);
  CHECK(first.token.size() == 3 + 43);
  CHECK(first.token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
  CHECK(first.element.find(crypto::sha256_hex(first.token)) != std::string::npos);
  CHECK(first.element.find(first.token) == std::string::npos);
  CHECK(second.element == "<credential kind=\"token\" sha256=\"" + crypto::sha256_hex(second.token) + "\"/>");
  const auto name = names::intern("", "label");
  const auto element = parse(first.element);
  const auto* label = element.attribute(element.root(), name);
  CHECK((label ? element.text(*label) : "") == "erp \"2\" <a&b>");
}
