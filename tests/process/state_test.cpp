#include "process/state.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <sstream>

#include "formats/xml/read.hpp"
#include "schema/schema.hpp"

using namespace wayleave;
using process::fold_network;
using process::fold_shipment;

namespace {

const Time now = *parse_iso("2026-11-21T12:00:00.000Z");

const schema::Schema& schema_of(const std::string& reference) {
  static schema::Library library(schema::SearchPath{{std::string(WAYLEAVE_SOURCE_DIR) + "/schemas"}});
  static std::map<std::string, schema::SchemaPtr> loaded;
  auto& schema = loaded[reference];
  if (!schema) schema = library.load(reference).schema;
  REQUIRE(schema);
  return *schema;
}

Document valid(const std::string& xml, const std::string& reference) {
  auto reading = xml::read(xml, schema_of(reference));
  INFO(xml);
  for (const auto& finding : reading.findings) INFO(finding.path + ": " + finding.message);
  REQUIRE(reading.valid());
  return std::move(*reading.document);
}

Document shipment_document(const std::string& xml) { return valid(xml, "canonical/shipment-status-1.xsd#ShipmentStatus"); }

std::string message(const std::string& content, const std::string& attributes = "") {
  return "<ShipmentStatus xmlns=\"urn:wayleave:canonical:1\"" + attributes + "><Shipment>S1</Shipment>" + content + "</ShipmentStatus>";
}

std::string event(
  const std::string& id, const std::string& type, const std::string& occurred, const std::string& more = "", const std::string& attributes = ""
) {
  const auto classifier = attributes.find("classifier=") == std::string::npos ? " classifier=\"actual\"" : "";
  return "<Event id=\"" + id + "\" type=\"" + type + "\"" + classifier + attributes + "><Occurred>" + occurred + "</Occurred>" + more + "</Event>";
}

bool one_line(const std::string& xml) {
  return xml.find_first_of("\r\n") == std::string::npos && xml.rfind("<?xml", 0) != 0;
}

/// Texts of the children of that path from the root: `Event/@id`, `Party`, `Status`.
std::vector<std::string> all(const Document& document, const std::string& name, const std::string& attribute = "") {
  std::vector<std::string> found;
  for (auto child = document.first_child(0); child != Document::none; child = document.next(child)) {
    if (document.local_name(document.node(child).name) != name) continue;
    if (attribute.empty()) {
      found.emplace_back(document.text(child));
      continue;
    }
    for (std::uint16_t i = 0; i < document.node(child).attribute_count; ++i)
      if (document.local_name(document.attributes(child)[i].name) == attribute) found.emplace_back(document.text(document.attributes(child)[i]));
  }
  return found;
}

/// A shipment that is told one message after the other; every state and entry is checked against the schema.
struct Told {
  std::string state;
  process::ShipmentFold last;

  Told& tell(const std::string& xml, Time at = now) {
    std::optional<Document> current;
    if (!state.empty()) current = shipment_document(state);
    last = fold_shipment(current ? &*current : nullptr, shipment_document(xml), at);
    REQUIRE_FALSE(last.steps.empty());
    for (const auto& step : last.steps) {
      CHECK(one_line(step.entry));
      const auto entry = shipment_document(step.entry);
      CHECK(all(entry, "Event", "id").size() == 1);
      CHECK(all(entry, "Status") == (step.status.empty() ? std::vector<std::string>{} : std::vector<std::string>{step.status}));
    }
    state = last.steps.back().state;
    CHECK(one_line(state));
    return *this;
  }
  Document document() const { return shipment_document(state); }
  std::vector<std::string> events() const { return all(document(), "Event", "id"); }
  std::string status() const { return last.steps.back().status; }
  std::string status_event() const {
    const auto found = all(document(), "Status", "event");
    return found.empty() ? "" : found.front();
  }
  std::string entry() const { return last.steps.back().entry; }
  bool has(const std::string& piece) const { return state.find(piece) != std::string::npos; }
};

}  // namespace

TEST_CASE("the first event makes a complete state and an entry with that event", "[state]") {
  Told told;
  told.tell(message(event("e1", "picked-up", "2026-11-20T08:00:00-05:00")));
  CHECK(told.status() == "picked-up");
  CHECK(told.status_event() == "e1");
  CHECK(told.last.steps[0].key == "S1");
  CHECK(told.last.event_ids == std::vector<std::string>{"e1"});
  CHECK(told.has("complete=\"true\""));
  CHECK(told.has("<Status event=\"e1\">picked-up</Status><Occurred>2026-11-20T08:00:00-05:00</Occurred>"));
  CHECK(told.entry().find("complete") == std::string::npos);
}

TEST_CASE("what the publisher did not record is recorded when it was received", "[state]") {
  Told told;
  told.tell(message(event("e1", "picked-up", "2026-11-20T08:00:00Z")));
  CHECK(told.has("</Occurred><Recorded>2026-11-21T12:00:00.000Z</Recorded>"));
  told.tell(message(event("e2", "delivered", "2026-11-20T09:00:00Z", "<Recorded>2026-11-20T09:01:00Z</Recorded>")), now + std::chrono::hours(1));
  CHECK(told.has("<Recorded>2026-11-20T09:01:00Z</Recorded>"));
  CHECK_FALSE(told.has("2026-11-21T13:00:00.000Z</Recorded>"));
}

TEST_CASE("a late event is logged and never moves the state back", "[state]") {
  Told told;
  told.tell(message(event("e1", "delivered", "2026-11-20T09:52:00-04:00", "<Status code=\"D1\" list=\"x12-1650\">delivered</Status>")));
  told.tell(message(event("e2", "departed-terminal", "2026-11-19T21:00:00-04:00")));
  CHECK(told.status() == "delivered");
  CHECK(told.status_event() == "e1");
  CHECK(told.events() == std::vector<std::string>{"e1", "e2"});
  CHECK(told.entry().find("<Status event=\"e1\" code=\"D1\" list=\"x12-1650\">delivered</Status><Occurred>2026-11-20T09:52:00-04:00</Occurred>") != std::string::npos);
  CHECK(told.entry().find("id=\"e2\"") != std::string::npos);
}

TEST_CASE("times are compared as instants, whatever their offsets and fractions", "[state]") {
  Told told;
  told.tell(message(event("e1", "loaded", "2026-11-20T10:00:00+02:00")));
  told.tell(message(event("e2", "in-transit", "2026-11-20T09:00:00+00:00")));
  CHECK(told.status_event() == "e2");
  told.tell(message(event("e3", "delayed", "2026-11-20T10:59:59.9999+02:00")));
  CHECK(told.status_event() == "e2");
  told.tell(message(event("e4", "held", "2026-11-20T09:00:00.00021Z")));
  told.tell(message(event("e5", "released", "2026-11-20T09:00:00.0002Z")));
  CHECK(told.status_event() == "e4");
  told.tell(message(event("e6", "in-transit", "2026-11-20T24:00:00Z")));
  told.tell(message(event("e7", "held", "2026-11-20T23:59:00Z")));
  CHECK(told.status_event() == "e6");
}

TEST_CASE("ties go to the later arrival", "[state]") {
  Told told;
  told.tell(message(event("e1", "loaded", "2026-11-20T10:00:00Z")));
  told.tell(message(event("e2", "picked-up", "2026-11-20T05:00:00-05:00")));
  CHECK(told.status_event() == "e2");
}

TEST_CASE("planned, estimated and requested events never count", "[state]") {
  Told told;
  told.tell(message(event("e1", "delivered", "2026-11-25T10:00:00Z", "", " classifier=\"planned\"")));
  CHECK(told.status().empty());
  CHECK(all(told.document(), "Status").empty());
  told.tell(message(event("e2", "picked-up", "2026-11-20T10:00:00Z")));
  told.tell(message(event("e3", "delivered", "2026-11-26T10:00:00Z", "", " classifier=\"estimated\"")));
  told.tell(message(event("e4", "returned", "2026-11-27T10:00:00Z", "", " classifier=\"requested\"")));
  CHECK(told.status() == "picked-up");
  CHECK(told.events().size() == 4);
}

TEST_CASE("news alone are no status, a Status of theirs is", "[state]") {
  Told told;
  for (const auto* type : {"eta-changed", "appointment-set", "appointment-changed", "unmapped"})
    told.tell(message(event(std::string("e-") + type, type, "2026-11-20T10:00:00Z")));
  CHECK(told.status().empty());
  told.tell(message(event("e9", "unmapped", "2026-11-20T11:00:00Z", "<Status code=\"ZZ\" list=\"x12-1650\">in-transit</Status>")));
  CHECK(told.status() == "in-transit");
}

TEST_CASE("a publisher's own top-level Status is not believed", "[state]") {
  Told told;
  told.tell(message("<Status event=\"e1\">delivered</Status><Occurred>2026-11-20T10:00:00Z</Occurred>" + event("e1", "loaded", "2026-11-19T10:00:00Z"), " complete=\"true\""));
  CHECK(told.status() == "loaded");
  CHECK_FALSE(told.has("delivered"));
  CHECK(told.entry().find("delivered") == std::string::npos);
}

TEST_CASE("an event replaces the one it corrects, in the state at once, while the log keeps both", "[state]") {
  Told told;
  told.tell(message(event("e1", "loaded", "2026-11-19T10:00:00Z")));
  told.tell(message(event("e2", "delivered", "2026-11-20T10:00:00Z")));
  told.tell(message(event("e3", "attempted", "2026-11-19T20:00:00Z", "", " corrects=\"e2\"")));
  CHECK(told.events() == std::vector<std::string>{"e1", "e3"});
  CHECK(told.status() == "attempted");
  CHECK(told.entry().find("corrects=\"e2\"") != std::string::npos);
}

TEST_CASE("a correction may come before the event it names", "[state]") {
  Told told;
  told.tell(message(event("e3", "attempted", "2026-11-19T20:00:00Z", "", " corrects=\"e2\"")));
  told.tell(message(event("e2", "delivered", "2026-11-20T10:00:00Z")));
  CHECK(told.events() == std::vector<std::string>{"e3"});
  CHECK(told.status() == "attempted");
  CHECK(told.entry().find("<Status event=\"e3\">attempted</Status>") != std::string::npos);
  CHECK(told.entry().find("id=\"e2\"") != std::string::npos);
}

TEST_CASE("a retracted event did not happen, whichever comes first", "[state]") {
  const auto loaded = message(event("e1", "loaded", "2026-11-19T10:00:00Z"));
  const auto delivered = message(event("e2", "delivered", "2026-11-20T10:00:00Z"));
  const auto retracted = message(event("e3", "retracted", "2026-11-20T11:00:00Z", "", " corrects=\"e2\""));
  Told after, before;
  after.tell(loaded).tell(delivered).tell(retracted);
  before.tell(retracted).tell(delivered).tell(loaded);
  CHECK(after.events() == std::vector<std::string>{"e1", "e3"});
  CHECK(before.events() == std::vector<std::string>{"e3", "e1"});
  CHECK(after.status() == "loaded");
  CHECK(before.status() == "loaded");
}

TEST_CASE("an event that was replaced stays replaced when its replacement was replaced before it came", "[state]") {
  Told told;
  told.tell(message(event("c", "held", "2026-11-19T12:00:00Z", "", " corrects=\"b\"")));
  told.tell(message(event("b", "attempted", "2026-11-19T11:00:00Z", "", " corrects=\"a\"")));
  told.tell(message(event("a", "delivered", "2026-11-20T10:00:00Z")));
  CHECK(told.events() == std::vector<std::string>{"c"});
  CHECK(told.status() == "held");
}

TEST_CASE("events that correct themselves or each other leave a valid state", "[state]") {
  Told told;
  told.tell(message(event("a", "loaded", "2026-11-19T10:00:00Z", "", " corrects=\"a\"")));
  CHECK(told.events() == std::vector<std::string>{"a"});
  Told ring;
  ring.tell(message(event("a", "loaded", "2026-11-19T10:00:00Z", "", " corrects=\"b\"")));
  ring.tell(message(event("b", "held", "2026-11-19T11:00:00Z", "", " corrects=\"a\"")));
  CHECK(ring.events().size() == 1);
}

TEST_CASE("the state does not depend on the order of arrival", "[state]") {
  struct One {
    std::string id, xml;
  };
  std::mt19937 random(7);
  const std::vector<std::string> types{"loaded", "picked-up", "in-transit", "held", "released", "out-for-delivery", "delivered"};
  for (int round = 0; round < 40; ++round) {
    std::vector<One> messages;
    for (int i = 0; i < 9; ++i) {
      std::string attributes;
      auto type = types[random() % types.size()];
      if (i > 2 && random() % 3 == 0) {
        attributes = " corrects=\"e" + std::to_string(random() % static_cast<unsigned>(i)) + "\"";
        if (random() % 3 == 0) type = "retracted";
      }
      const auto minute = 10 + static_cast<int>(random() % 50);
      messages.push_back({"e" + std::to_string(i), message(event("e" + std::to_string(i), type, "2026-11-20T10:" + std::to_string(minute) + ":0" + std::to_string(i) + "Z", "", attributes))});
    }
    std::set<std::pair<std::string, std::set<std::string>>> outcomes;
    for (int order = 0; order < 6; ++order) {
      Told told;
      for (const auto& one : messages) told.tell(one.xml);
      const auto events = told.events();
      outcomes.insert({told.status_event(), std::set<std::string>(events.begin(), events.end())});
      std::shuffle(messages.begin(), messages.end(), random);
    }
    CHECK(outcomes.size() == 1);
  }
}

TEST_CASE("several events of a message are told one by one, each on the one before", "[state]") {
  Told told;
  told.tell(message(event("e1", "loaded", "2026-11-19T10:00:00Z") + event("e2", "picked-up", "2026-11-19T11:00:00Z") + event("e3", "arrived-pickup", "2026-11-19T09:00:00Z")));
  REQUIRE(told.last.steps.size() == 3);
  CHECK(told.last.event_ids == std::vector<std::string>{"e1", "e2", "e3"});
  CHECK(told.last.steps[0].status == "loaded");
  CHECK(told.last.steps[1].status == "picked-up");
  CHECK(told.last.steps[2].status == "picked-up");
  CHECK(told.events() == std::vector<std::string>{"e1", "e2", "e3"});
}

TEST_CASE("references are joined, the latest word wins, nothing known is lost", "[state]") {
  Told told;
  told.tell(message("<Reference kind=\"pro-number\">P1</Reference><Reference kind=\"purchase-order\">PO-1</Reference>" + event("e1", "loaded", "2026-11-19T10:00:00Z")));
  told.tell(message("<Reference kind=\"purchase-order\" issued=\"2026-11-01\">PO-1</Reference><Reference kind=\"purchase-order\">PO-2</Reference><Reference kind=\"pro-number\">P2</Reference>" +
                    event("e2", "picked-up", "2026-11-19T11:00:00Z", "<Reference kind=\"customs-entry\">B3</Reference>")));
  CHECK(all(told.document(), "Reference") == std::vector<std::string>{"P2", "PO-1", "PO-2"});
  CHECK(told.has("issued=\"2026-11-01\""));
  using Reference = store::Object::Reference;
  CHECK(told.last.steps.back().references ==
        std::vector<Reference>{{"customs-entry", "B3"}, {"pro-number", "P2"}, {"purchase-order", "PO-1"}, {"purchase-order", "PO-2"}});
  // A late event only adds.
  told.tell(message("<Reference kind=\"pro-number\">P0</Reference><Reference kind=\"load\">L1</Reference>" + event("e3", "arrived-pickup", "2026-11-19T09:00:00Z")));
  CHECK(all(told.document(), "Reference") == std::vector<std::string>{"P2", "PO-1", "PO-2", "L1"});
  // An entry tells by which numbers the shipment is known, even when the publisher did not repeat them.
  told.tell(message(event("e4", "delivered", "2026-11-20T09:00:00Z")));
  CHECK(told.entry().find(">PO-2</Reference>") != std::string::npos);
}

TEST_CASE("what is known of a party stays when the next message says less", "[state]") {
  Told told;
  told.tell(message(
    "<Party role=\"consignee\" partner=\"acme\"><Id scheme=\"account\">A-31</Id><Name>ACME Toronto</Name><Address><City>Toronto</City></Address></Party>" +
    event("e1", "loaded", "2026-11-19T10:00:00Z")
  ));
  told.tell(message("<Party role=\"consignee\"><Id scheme=\"account\">A-31</Id><Id scheme=\"gln\">4000001000005</Id><Name>ACME Toronto Inc</Name></Party><Party role=\"notify\"><Name>Desk</Name></Party>" +
                    event("e2", "picked-up", "2026-11-19T11:00:00Z")));
  CHECK(told.has("<Party role=\"consignee\" partner=\"acme\"><Id scheme=\"account\">A-31</Id><Id scheme=\"gln\">4000001000005</Id><Name>ACME Toronto Inc</Name>"
                 "<Address><City>Toronto</City></Address></Party>"));
  CHECK(told.has("<Party role=\"notify\"><Name>Desk</Name></Party>"));
  // Another party in that role takes nothing over from the one before.
  told.tell(message("<Party role=\"consignee\"><Id scheme=\"account\">B-1</Id></Party>" + event("e3", "in-transit", "2026-11-19T12:00:00Z")));
  CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">B-1</Id></Party>"));
  CHECK_FALSE(told.has("A-31"));
}

TEST_CASE("a reconsigned shipment has its new consignee and remembers the one before", "[state]") {
  Told told;
  told.tell(message("<Party role=\"consignee\" partner=\"acme\"><Id scheme=\"account\">A-12</Id><Name>DC 12</Name></Party>" + event("e1", "picked-up", "2026-11-19T10:00:00Z")));
  told.tell(message(event("e2", "reconsigned", "2026-11-19T14:00:00Z", "<Party role=\"consignee\"><Id scheme=\"account\">B-7</Id></Party>", " causedBy=\"01J\"")));
  CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">B-7</Id></Party>"));
  CHECK(told.has("<Party role=\"previous-consignee\" partner=\"acme\"><Id scheme=\"account\">A-12</Id><Name>DC 12</Name></Party>"));

  SECTION("a late event does not bring the old one back") {
    told.tell(message("<Party role=\"consignee\"><Id scheme=\"account\">A-12</Id></Party>" + event("e3", "arrived-terminal", "2026-11-19T12:00:00Z")));
    CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">B-7</Id></Party>"));
  }
  SECTION("a second change makes the first new consignee the previous one") {
    told.tell(message(event("e3", "rerouted", "2026-11-19T16:00:00Z", "<Party role=\"consignee\"><Id scheme=\"account\">C-9</Id></Party>")));
    CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">C-9</Id></Party>"));
    CHECK(told.has("<Party role=\"previous-consignee\"><Id scheme=\"account\">B-7</Id></Party>"));
    SECTION("and withdrawn, the first one holds again") {
      told.tell(message(event("e4", "retracted", "2026-11-19T17:00:00Z", "", " corrects=\"e3\"")));
      CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">B-7</Id></Party>"));
      CHECK(told.status() == "reconsigned");
    }
  }
  SECTION("withdrawn, the old consignee is the consignee again") {
    told.tell(message(event("e3", "retracted", "2026-11-19T15:00:00Z", "", " corrects=\"e2\"")));
    CHECK(told.has("<Party role=\"consignee\" partner=\"acme\"><Id scheme=\"account\">A-12</Id><Name>DC 12</Name></Party>"));
    CHECK_FALSE(told.has("B-7"));
    CHECK(told.status() == "picked-up");
  }
  SECTION("corrected, the wrong one leaves no trace at the top") {
    told.tell(message(event("e3", "reconsigned", "2026-11-19T14:00:00Z", "<Party role=\"consignee\"><Id scheme=\"account\">D-2</Id></Party>", " corrects=\"e2\"")));
    CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">D-2</Id></Party>"));
    CHECK(told.has("<Party role=\"previous-consignee\" partner=\"acme\">"));
    CHECK_FALSE(told.has("B-7"));
  }
  SECTION("only what happened changes the consignee") {
    told.tell(message(event("e3", "rerouted", "2026-11-22T14:00:00Z", "<Party role=\"consignee\"><Id scheme=\"account\">X-1</Id></Party>", " classifier=\"requested\"")));
    CHECK(told.has("<Party role=\"consignee\"><Id scheme=\"account\">B-7</Id></Party>"));
  }
}

TEST_CASE("everybody concerned is among the parties of a step", "[state]") {
  Told told;
  told.tell(message("<Party role=\"shipper\" partner=\"sam\"/>" + event("e1", "loaded", "2026-11-19T10:00:00Z", "<Party role=\"consignee\" partner=\"acme\"/>")));
  CHECK(told.last.steps[0].parties.find("<Party role=\"shipper\" partner=\"sam\"/>") != std::string::npos);
  CHECK(told.last.steps[0].parties.find("<Party role=\"consignee\" partner=\"acme\"/>") != std::string::npos);
}

TEST_CASE("the forecast and the appointment follow the events", "[state]") {
  const auto estimate = [](const char* from) { return "<Estimate><Window><From>" + std::string(from) + "</From></Window></Estimate>"; };
  Told told;
  told.tell(message(event("e1", "eta-changed", "2026-11-19T10:00:00Z", estimate("2026-11-22T09:00:00Z"), " classifier=\"estimated\"")));
  told.tell(message(event("e2", "eta-changed", "2026-11-19T12:00:00Z", estimate("2026-11-23T09:00:00Z"), " classifier=\"estimated\"")));
  told.tell(message(event("e3", "eta-changed", "2026-11-19T11:00:00Z", estimate("2026-11-24T09:00:00Z"), " classifier=\"estimated\"")));
  CHECK(told.has(estimate("2026-11-23T09:00:00Z") + "<Event"));
  told.tell(message(event("e4", "retracted", "2026-11-19T13:00:00Z", "", " corrects=\"e2\"")));
  CHECK(told.has(estimate("2026-11-24T09:00:00Z") + "<Event"));

  const auto appointment = [](const char* status, const char* from) {
    return "<Appointment><Status>" + std::string(status) + "</Status><Window><From>" + from + "</From></Window></Appointment>";
  };
  told.tell(message(event("e5", "appointment-set", "2026-11-19T14:00:00Z", appointment("set", "2026-11-23T08:00:00Z"), " classifier=\"planned\"")));
  told.tell(message(event("e6", "appointment-changed", "2026-11-19T15:00:00Z", appointment("proposed", "2026-11-23T18:00:00Z"), " classifier=\"planned\"")));
  CHECK(told.has(appointment("set", "2026-11-23T08:00:00Z") + "<Event"));
  told.tell(message(event("e7", "appointment-changed", "2026-11-19T16:00:00Z", appointment("cancelled", "2026-11-23T08:00:00Z"), " classifier=\"planned\"")));
  CHECK(all(told.document(), "Appointment").empty());
}

TEST_CASE("line breaks, extensions and notes survive on one line", "[state]") {
  Told told;
  told.tell(message(
    event("e1", "loaded", "2026-11-19T10:00:00Z", "<Text lang=\"fr\">deux\nlignes &amp; \xC3\xA9t\xC3\xA9</Text>") + "<Text kind=\"headline\" lang=\"en\">Loaded</Text><Text>first note</Text>" +
    "<Extensions><n:Shift xmlns:n=\"urn:northway:1\">night</n:Shift></Extensions>"
  ));
  told.tell(message(event("e2", "delivered", "2026-11-20T10:00:00Z") + "<Text kind=\"headline\" lang=\"en\">Delivered</Text><Text>second note</Text>"));
  const auto document = told.document();
  CHECK(all(document, "Text") == std::vector<std::string>{"first note", "Delivered", "second note"});
  CHECK(told.has("urn:northway:1"));
  CHECK(told.has("deux&#10;lignes &amp; \xC3\xA9t\xC3\xA9"));
}

TEST_CASE("the example instance comes out of its own events", "[state]") {
  std::ifstream in(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas/canonical/instances/shipment-status.xml");
  std::stringstream text;
  text << in.rdbuf();
  Told told;
  told.tell(text.str());
  CHECK(told.last.steps.size() == 8);
  CHECK(told.status() == "delivered");
  CHECK(told.has("<Status event=\"tms-9109\" code=\"D1\" list=\"x12-1650\" listVersion=\"004010\" agency=\"x12\">delivered</Status>"
                 "<Occurred precision=\"minute\">2025-04-02T09:22:00-04:00</Occurred>"));
  CHECK(told.has("<Party role=\"consignee\" partner=\"acme\"><Id scheme=\"account\">ACME-0031</Id><Name>ACME Toronto</Name>"));
  CHECK(told.has("<Party role=\"previous-consignee\"><Id scheme=\"account\">ACME-0012</Id><Name>ACME DC 12</Name></Party>"));
  // Told again by itself it does not change.
  const auto before = told.state;
  told.tell(before);
  CHECK(told.state == before);
}

TEST_CASE("folding takes time in proportion to the events", "[.bench]") {
  for (const int count : {100, 200, 400, 800}) {
    std::string events;
    for (int i = 0; i < count; ++i) events += event("e" + std::to_string(i), "in-transit", "2026-11-19T10:00:00Z", "<Text>some note of the usual length about what happened</Text>");
    const auto whole = shipment_document(message(events));
    const auto started = std::chrono::steady_clock::now();
    const auto fold = fold_shipment(nullptr, whole, now);
    const auto all_at_once = std::chrono::steady_clock::now();
    const auto current = shipment_document(fold.steps.back().state);
    const auto next = shipment_document(message(event("x", "delivered", "2026-11-20T10:00:00Z")));
    const auto again = std::chrono::steady_clock::now();
    const auto one = fold_shipment(&current, next, now);
    const auto ended = std::chrono::steady_clock::now();
    std::cout << count << " events: all at once " << std::chrono::duration<double, std::micro>(all_at_once - started).count() << " us, one more "
              << std::chrono::duration<double, std::micro>(ended - again).count() << " us, state " << one.steps.back().state.size() << " bytes\n";
  }
}

// ------------------------------------------------------------------------------------------------------------- network

namespace {

std::string situation(const std::string& id, const std::string& version, const std::string& kind, const std::string& more = "", const std::string& status = "") {
  return "<NetworkStatus xmlns=\"urn:wayleave:canonical:1\" id=\"" + id + "\"><Situation version=\"" + version +
         "\" publisher=\"noc.example\">7801</Situation><MessageKind>" + kind + "</MessageKind><Lifecycle>actual</Lifecycle>" + status +
         "<Category>infrastructure</Category><EventType>outage</EventType><Severity>major</Severity><Planned>false</Planned>"
         "<ServiceAffecting>true</ServiceAffecting><Raised>2026-11-20T03:12:00Z</Raised>" + more + "</NetworkStatus>";
}

Document network_document(const std::string& xml) { return valid(xml, "canonical/network-status-1.xsd#NetworkStatus"); }

}  // namespace

TEST_CASE("a situation is at its highest version, among equals the last to arrive", "[state]") {
  const auto first = fold_network(nullptr, network_document(situation("m1", "2", "new")), now);
  CHECK(first.key == "noc.example/7801");
  CHECK(first.status == "open");
  CHECK(first.state == first.entry);
  CHECK(one_line(first.state));
  const auto at_first = network_document(first.state);

  const auto late = fold_network(&at_first, network_document(situation("m0", "1", "clear")), now);
  CHECK(late.state == first.state);
  CHECK(late.status == "open");
  CHECK(late.entry.find("id=\"m0\"") != std::string::npos);

  const auto equal = fold_network(&at_first, network_document(situation("m2", "02", "update", "", "<Status>in-progress</Status>")), now);
  CHECK(equal.state.find("id=\"m2\"") != std::string::npos);
  CHECK(equal.status == "in-progress");

  const auto cleared = fold_network(&at_first, network_document(situation("m3", "10", "clear")), now);
  CHECK(cleared.status == "cleared");
  const auto at_cleared = network_document(cleared.state);
  CHECK(fold_network(&at_cleared, network_document(situation("m4", "9", "update")), now).status == "cleared");
  CHECK(fold_network(&at_cleared, network_document(situation("m5", "100000000000000000000", "update")), now).status == "open");
}

TEST_CASE("a situation is found by its references, tickets and services", "[state]") {
  const auto folded = fold_network(
    nullptr,
    network_document(situation(
      "m1", "1", "new",
      "<Reference kind=\"incident\">INC1</Reference><Affected impact=\"down\"><Service kind=\"ethernet\">EVC-1</Service></Affected>"
      "<Ticket><Ours>TT-1</Ours><Theirs>INC7</Theirs></Ticket>"
    )),
    now
  );
  using Reference = store::Object::Reference;
  CHECK(folded.references == std::vector<Reference>{{"incident", "INC1"}, {"service", "EVC-1"}, {"ticket", "INC7"}, {"ticket", "TT-1"}});
}
