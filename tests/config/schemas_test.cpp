#include <catch2/catch.hpp>
#include <set>

#include "formats/xml/read.hpp"
#include "sites.hpp"

using namespace wayleave;
using namespace wayleave::config;

namespace {

schema::Library& library() {
  static const auto made = library_for(test_site("good"));
  return *made;
}

schema::SchemaPtr load(const std::string& reference) {
  auto loaded = library().load(reference);
  INFO(reference << "\n" << told(loaded.findings));
  REQUIRE(loaded.schema);
  CHECK(loaded.findings.empty());
  return loaded.schema;
}

/// Every element and attribute that can be reached from `element` and has no documentation.
void undocumented(const schema::Model& model, schema::ElementId element, const std::string& path, std::set<schema::ElementId>& seen, std::string& out) {
  if (!seen.insert(element).second) return;
  const auto& type = model.type_of(element);
  if (model.element(element).documentation.empty()) out += path + "\n";
  for (const auto& attribute : type.attributes)
    if (attribute.documentation.empty()) out += path + "/@" + std::string(names::local(attribute.name)) + "\n";
  for (const auto& child : type.children)
    undocumented(model, child.element, path + "/" + std::string(names::local(model.element(child.element).name)), seen, out);
}

const char* const roots[] = {
  "gateway-1.xsd#gateway", "partner-1.xsd#partner", "backend-1.xsd#backend", "process-1.xsd#process", "receipt-1.xsd#receipt",
  "report-1.xsd#report", "document-1.xsd#document", "document-1.xsd#documents", "events-1.xsd#events", "accepted-1.xsd#accepted",
  "result-1.xsd#result", "subscription-1.xsd#subscription", "subscription-1.xsd#subscriptions", "subscription-1.xsd#test",
  "subscription-1.xsd#replayed", "subscription-1.xsd#removed",
  "agreements-1.xsd#agreements", "messages-1.xsd#messages", "messages-1.xsd#message-detail", "messages-1.xsd#replayed",
  "messages-1.xsd#discarded", "messages-1.xsd#parked", "shipments-1.xsd#shipments", "network-1.xsd#network", "test-1.xsd#test",
};

struct Sample {
  const char* root;
  const char* text;
};
const Sample samples[] = {
  {"receipt-1.xsd#receipt",
   R"(<receipt xmlns="urn:wayleave:receipt:1" id="01JDB30000000000000000000A" received="2026-11-21T09:12:04.118Z" status="accepted"><document id="01JDB40000000000000000000B" kind="order" key="PO-4711" status="accepted"/></receipt>)"},
  {"report-1.xsd#report",
   R"(<report xmlns="urn:wayleave:report:1" id="01JDB50000000000000000000C" status="rejected" findings="1"><document kind="order" key="PO-4711"><finding code="X201" severity="error" line="3" column="9" path="/Order/Date"><found>03/14/2025</found><expected>a date</expected><fix>write 2025-03-14 (YYYY-MM-DD)</fix></finding></document></report>)"},
  {"report-1.xsd#report",
   R"(<report xmlns="urn:wayleave:report:1" status="accepted" findings="0"><document kind="order" key="1"><canonical><Order xmlns="urn:wayleave:canonical:1"/></canonical></document></report>)"},
  {"document-1.xsd#document",
   R"(<document xmlns="urn:wayleave:document:1" id="01JDB40000000000000000000B" receipt="01JDB30000000000000000000A" partner="acme" kind="order" key="PO-4711" status="confirmed" test="false"><stage name="received" at="2026-11-21T09:12:04.118Z" outcome="ok"/><stage name="step" step="book" at="2026-11-21T09:12:05Z" outcome="waiting" attempt="1" detail="no connection"/><verdict status="accepted" code="OK" at="2026-11-21T09:13:00Z">booked</verdict></document>)"},
  {"events-1.xsd#events",
   R"(<events xmlns="urn:wayleave:events:1" next="e:2"><event cursor="e:1" id="tms-1" recorded="2026-11-21T09:12:04Z"><ShipmentStatus xmlns="urn:wayleave:canonical:1"/></event></events>)"},
  {"events-1.xsd#events", R"(<events xmlns="urn:wayleave:events:1" next="e:0"/>)"},
  {"events-1.xsd#events",
   R"(<events xmlns="urn:wayleave:events:1"><ShipmentStatus xmlns="urn:wayleave:canonical:1"/><Event xmlns="">x</Event><event><Event xmlns="urn:tms:1"/></event></events>)"},
  {"accepted-1.xsd#accepted", R"(<accepted xmlns="urn:wayleave:accepted:1"><event id="tms-1" audience="3" duplicate="no"/></accepted>)"},
  {"result-1.xsd#result", R"(<result xmlns="urn:wayleave:result:1" status="refused" code=""><reason/></result>)"},
  {"result-1.xsd#result", R"(<result xmlns="urn:wayleave:result:1" status="accepted"/>)"},
  {"subscription-1.xsd#subscription",
   R"(<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed><endpoint>https://example.com/hook</endpoint><start>now</start></subscription>)"},
  {"subscription-1.xsd#subscription",
   R"(<subscription xmlns="urn:wayleave:subscription:1"><endpoint>https://example.com/hook</endpoint><feed>network-status</feed></subscription>)"},
};

}  // namespace

TEST_CASE("the schemas of our own formats compile, and describe every element and attribute", "[config]") {
  std::string missing;
  for (const std::string root : roots) {
    const auto schema = load("wayleave/" + root);
    std::set<schema::ElementId> seen;
    undocumented(schema->model(), schema->root(), root, seen, missing);
  }
  CHECK(missing == "");
  const auto result = load("wayleave/result-1.xsd#result");
  const auto* status = result->model().attribute(result->model().element(result->root()).type, "status");
  REQUIRE(status);
  CHECK(status->documentation == "Yes or no.");
}

TEST_CASE("samples of our own formats are valid", "[config]") {
  for (const auto& sample : samples) {
    const auto schema = load(std::string("wayleave/") + sample.root);
    const auto reading = xml::read(sample.text, *schema);
    INFO(sample.text << "\n" << told(reading.findings));
    CHECK(reading.valid());
  }
}

TEST_CASE("values that mean nothing are not valid", "[config]") {
  const Sample wrong[] = {
    {"result-1.xsd#result", R"(<result xmlns="urn:wayleave:result:1" status="maybe"/>)"},
    {"result-1.xsd#result", R"(<result xmlns="urn:wayleave:result:1"/>)"},
    {"accepted-1.xsd#accepted", R"(<accepted xmlns="urn:wayleave:accepted:1"><event id="tms-1" audience="-1" duplicate="no"/></accepted>)"},
    {"subscription-1.xsd#subscription", R"(<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed></subscription>)"},
    {"events-1.xsd#events", R"(<events xmlns="urn:wayleave:events:1"><event/></events>)"},
  };
  for (const auto& sample : wrong) {
    INFO(sample.text);
    CHECK_FALSE(xml::read(sample.text, *load(std::string("wayleave/") + sample.root)).valid());
  }
}

TEST_CASE("the files shown in docs/operations.md are valid", "[config]") {
  std::ifstream in(std::string(WAYLEAVE_SOURCE_DIR) + "/docs/operations.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  int shown = 0;
  for (auto at = page.find("```xml\n"); at != std::string::npos; at = page.find("```xml\n", at + 1)) {
    auto text = page.substr(at + 7, page.find("\n```", at + 7) - at - 7);
    for (auto gap = text.find("sha256=\"…\""); gap != std::string::npos; gap = text.find("sha256=\"…\""))
      text.replace(gap + 8, std::string("…").size(), std::string(64, 'a'));
    if (text.substr(0, text.find('>')).find("xmlns") == std::string::npos) continue;    // a piece of a file
    auto root = text.substr(1, text.find(' ') - 1);
    auto file = root;
    if (root.starts_with("m:")) root.erase(0, 2), file = "map";
    const auto reading = xml::read(text, *load("wayleave/" + file + "-1.xsd#" + root));
    INFO(text << "\n" << told(reading.findings));
    CHECK(reading.valid());
    ++shown;
  }
  CHECK(shown == 5);
}
