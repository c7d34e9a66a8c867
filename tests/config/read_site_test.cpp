#include <catch2/catch.hpp>

#include "sites.hpp"

using namespace wayleave;
using namespace wayleave::config;
using namespace std::chrono_literals;

namespace {

const Site& good_site() {
  static const Site site = [] {
    auto reading = read_test_site(test_site("good"));
    INFO(told(reading.findings));
    REQUIRE(reading.site);
    return std::move(*reading.site);
  }();
  return site;
}

const Process& process_named(const std::string& name) {
  for (const auto& process : good_site().processes)
    if (process.name == name) return process;
  FAIL("no process " << name);
  std::abort();
}

}  // namespace

TEST_CASE("a good site is read without findings", "[config]") {
  auto reading = read_test_site(test_site("good"));
  CHECK(told(reading.findings) == "");
  REQUIRE(reading.site);
  CHECK(reading.site->directory == test_site("good"));
  REQUIRE(reading.site->partners.size() == 2);
  CHECK(reading.site->partners[0].id == "acme");
  CHECK(reading.site->partners[1].id == "globex");
  CHECK(reading.site->backends.size() == 1);
  CHECK(reading.site->processes.size() == 2);
}

TEST_CASE("gateway.xml gives listeners, store, limits and retention", "[config]") {
  const auto& gateway = good_site().gateway;
  REQUIRE(gateway.self.size() == 2);
  CHECK(gateway.self[0].scheme() == "x12-ZZ");
  CHECK(gateway.self[1].scheme() == "scac");
  CHECK(gateway.public_listener.address == "0.0.0.0");
  CHECK(gateway.public_listener.port == 8080);
  CHECK(gateway.public_listener.behind_proxy);
  CHECK(gateway.public_listener.names == std::vector<std::string>{"gateway.northway.example", "localhost"});
  CHECK(gateway.internal_listener.address == "::1");
  CHECK(gateway.internal_listener.port == 8081);
  CHECK(gateway.store == test_site("data"));
  CHECK(gateway.limits.document == 10u << 20);
  CHECK(gateway.limits.requests == 1.5);
  CHECK(gateway.limits.subscriptions == 5);
  CHECK(gateway.limits.streams == 7);
  CHECK(gateway.keep_documents == 24h * 90);
  CHECK(gateway.keep_feeds == 36h);
  CHECK(gateway.webhook_allow == std::vector<std::string>{"127.0.0.1:9000", "hooks.example.com:443"});
}

TEST_CASE("a partner file gives identities, credentials, agreements and what the partner sees", "[config]") {
  const auto& acme = good_site().partners[0];
  CHECK(acme.name == "Acme Industrial Supply");
  REQUIRE(acme.identities.size() == 2);
  CHECK(acme.identities[0].scheme() == "x12-01");
  CHECK(acme.identities[0].id == "123456789");
  CHECK(acme.identities[0].where.file == "partners/acme.xml");
  CHECK(acme.identities[0].where.line == 2);
  CHECK(acme.identities[0].where.column == 3);
  CHECK(acme.properties.at("erpCustomer") == "0000104711");
  REQUIRE(acme.credentials.size() == 2);
  CHECK(acme.credentials[0].label == "erp");
  CHECK(acme.credentials[0].expires == "2099-12-31");
  CHECK(acme.credentials[1].kind == "certificate");
  CHECK(acme.services == std::vector<std::string>{"MIS-DAL-0042"});
  REQUIRE(acme.sees.size() == 2);
  CHECK(acme.sees[0].as == std::vector<std::string>{"shipper", "consignee", "bill-to", "x-broker"});
  CHECK(acme.sees[1].as.empty());

  REQUIRE(acme.accepts.size() == 3);
  const auto& first = acme.accepts[0];
  CHECK(first.document == "order");
  CHECK(first.schema.value == "acme/po.xsd#PurchaseOrder");
  CHECK(first.process.value == "place-order");
  CHECK(first.source_key.value == "Header/Number");
  CHECK(first.duplicates == Duplicates::replay);
  CHECK(acme.accepts[1].duplicates == Duplicates::refuse);
  CHECK(acme.accepts[1].usage == "test");
  CHECK(acme.accepts[2].as == std::vector<std::string>{"shipper", "bill-to"});
  CHECK(good_site().partners[1].name == "globex");
}

TEST_CASE("expressions carry the place of their first character", "[config]") {
  const auto& when = good_site().partners[0].accepts[0].when;
  CHECK(when.value == "Header/Type = 'SO'");
  CHECK(when.where.line == 7);
  CHECK(when.where.column == 18);
  const auto& rules = process_named("reroute-shipment").rules;
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].unless.value == "state('shipment', Shipment)");
  CHECK(rules[0].message.value == "We have no shipment {Shipment} of yours.");
  CHECK(rules[0].message.where.line == 2);
  CHECK(rules[0].message.where.column == 72);
  CHECK(rules[1].message.value == "{Shipment} has been delivered.");
  CHECK(rules[1].message.where.line == 4);
  CHECK(rules[1].message.where.column == 5);
}

TEST_CASE("references relative to their file come out absolute, others as they are written", "[config]") {
  const auto& accepts = good_site().partners[0].accepts;
  CHECK(accepts[0].map.value == "acme/po_to_order.map.xml");
  CHECK(accepts[1].map.value == (test_site("good") / "mappings/acme/po_to_order.map.xml").string());
}

TEST_CASE("a step has its schedule, and its adapter's attributes with the environment put in", "[config]") {
  const auto& process = process_named("place-order");
  CHECK_FALSE(process.ordered);
  CHECK(process.key.value == "{Number}");
  REQUIRE(process.steps.size() == 2);
  const auto& book = process.steps[0];
  CHECK(book.options.at("url").value == "http://127.0.0.1:9200/orders");
  CHECK(book.options.at("url").where.line == 2);
  CHECK(book.options.at("format").value == "json");
  CHECK(book.options.count("timeout") == 0);
  CHECK(book.timeout == 10s);
  CHECK(book.retry == std::vector<std::chrono::milliseconds>{1s, 5s, 30s});
  CHECK(book.give_up == 48h);
  CHECK_FALSE(book.repeat_safe);
  CHECK(book.refused == std::vector<int>{409, 422});
  const auto& file = process.steps[1];
  CHECK(file.timeout == 30s);
  CHECK(file.retry.size() == 6);
  CHECK(file.retry.back() == 1h);
  CHECK(file.give_up == 72h);
  CHECK(file.repeat_safe);
  CHECK(file.refused.empty());
}

TEST_CASE("an empty gateway.xml stands for the defaults", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", "<gateway xmlns=\"urn:wayleave:gateway:1\"/>");
  const auto reading = read_test_site(site.path());
  INFO(told(reading.findings));
  REQUIRE(reading.site);
  const auto& gateway = reading.site->gateway;
  CHECK(gateway.public_listener.address == "127.0.0.1");
  CHECK(gateway.public_listener.port == 8080);
  CHECK(gateway.internal_listener.port == 8081);
  CHECK(gateway.store == site.path() / "data");
  CHECK(gateway.keep_documents == 24h * 400);
  CHECK(gateway.keep_feeds == 24h * 30);
}

TEST_CASE("TLS files are found relative to the site", "[config]") {
  ScratchSite site;
  site.write("tls/cert.pem", "certificate");
  site.write("tls/key.pem", "key");
  site.write("gateway.xml", R"(<gateway xmlns="urn:wayleave:gateway:1">
  <public listen="0.0.0.0:8443"><tls certificate="tls/cert.pem" key="${WAYLEAVE_TEST_KEY}" clients="offered"/></public>
</gateway>)");
  setenv("WAYLEAVE_TEST_KEY", (site.path() / "tls/key.pem").c_str(), 1);
  const auto reading = read_test_site(site.path());
  INFO(told(reading.findings));
  REQUIRE(reading.site);
  const auto& tls = reading.site->gateway.public_listener.tls;
  REQUIRE(tls);
  CHECK(tls->certificate == (site.path() / "tls/cert.pem").string());
  CHECK(tls->key == (site.path() / "tls/key.pem").string());
  CHECK(tls->ca.empty());
  CHECK(tls->clients == Tls::Clients::offered);
}
