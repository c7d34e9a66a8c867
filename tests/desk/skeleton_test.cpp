#include <catch2/catch.hpp>

#include <algorithm>

#include "desk/skeleton.hpp"
#include "fixture.hpp"

using namespace wayleave;

namespace {

struct Drafted {
  desk::Skeleton skeleton;
  mapping::Maps::Compiled compiled;
};

Drafted draft(const std::string& from, const std::string& to) {
  desk_test::Folder folder;
  Drafted made;
  made.skeleton = desk::skeleton(*desk_test::schema(from), *desk_test::schema(to), {"draft", from, to});
  made.compiled = desk_test::load(folder.write("draft.map.xml", made.skeleton.text));
  return made;
}

std::string line_of(const std::string& text, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < line && at != std::string::npos; ++i) at = text.find('\n', at) + 1;
  return text.substr(at, text.find('\n', at) - at);
}

const std::vector<std::string>& canonical() {
  static const std::vector<std::string> schemas{
    "canonical/order-1.xsd#Order", "canonical/order-change-1.xsd#OrderChange", "canonical/order-response-1.xsd#OrderResponse",
    "canonical/shipment-status-1.xsd#ShipmentStatus", "canonical/network-status-1.xsd#NetworkStatus",
    "canonical/reroute-request-1.xsd#RerouteRequest", "canonical/reroute-response-1.xsd#RerouteResponse",
  };
  return schemas;
}

void check_findings_are_todos(const Drafted& drafted) {
  INFO(drafted.skeleton.text);
  for (const auto& finding : drafted.compiled.findings) {
    INFO(desk_test::told({finding}));
    CHECK(line_of(drafted.skeleton.text, finding.line).find("TODO") != std::string::npos);
  }
  CHECK(drafted.compiled.findings.empty() == (drafted.skeleton.todo == 0));
}

}  // namespace

TEST_CASE("a map from a schema to itself is filled and clean", "[desk]") {
  for (const auto& schema : canonical()) {
    if (schema.find("request") != std::string::npos) continue;   // offers a choice, and somebody has to choose
    INFO(schema);
    auto drafted = draft(schema, schema);
    INFO(drafted.skeleton.text);
    INFO(desk_test::told(drafted.compiled.findings));
    CHECK(drafted.compiled.findings.empty());
    CHECK(drafted.compiled.map);
    CHECK(drafted.skeleton.todo == 0);
    CHECK(drafted.skeleton.filled > 0);
  }
}

TEST_CASE("between two schemas, lint finds nothing but the places that are to be done", "[desk]") {
  for (const auto& from : canonical())
    for (const auto& to : canonical()) {
      INFO(from << " to " << to);
      check_findings_are_todos(draft(from, to));
    }
  check_findings_are_todos(draft("in-1.xsd#In", "out-1.xsd#Out"));
  check_findings_are_todos(draft("out-1.xsd#Out", "in-1.xsd#In"));
  check_findings_are_todos(draft("canonical/order-1.xsd#Order", (desk_test::source_tree() / "mappings/order_to_erp/erp-order-1.xsd").string() + "#ErpOrder"));
}

TEST_CASE("UBL's schemas make a skeleton", "[desk]") {
  if (!desk_test::has_ubl()) {
    WARN("skipped, the UBL schemas are not here");
    return;
  }
  const std::string ubl = "ubl-2.4/maindoc/UBL-Order-2.4.xsd#Order";
  check_findings_are_todos(draft(ubl, ubl));
  check_findings_are_todos(draft(ubl, "canonical/order-1.xsd#Order"));
  check_findings_are_todos(draft("canonical/order-1.xsd#Order", ubl));
}

TEST_CASE("a skeleton reads as it is written down", "[desk]") {
  desk_test::check_golden("in-to-out.map.xml", draft("in-1.xsd#In", "out-1.xsd#Out").skeleton.text);
  desk_test::check_golden("order-to-response.map.xml", draft("canonical/order-1.xsd#Order", "canonical/order-response-1.xsd#OrderResponse").skeleton.text);
  desk_test::check_golden("order-to-order.map.xml", draft("canonical/order-1.xsd#Order", "canonical/order-1.xsd#Order").skeleton.text);
}
