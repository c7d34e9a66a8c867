#include <catch2/catch.hpp>

#include <algorithm>

#include "desk/skeleton.hpp"
#include "desk/table.hpp"
#include "desk/trace.hpp"
#include "fixture.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;

namespace {

const std::string map_text = R"x(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:slip:1" name="slip" source="in-1.xsd#In" target="slip-1.xsd#TS900">
  <TS900>
    <BEG m:seg="00*{Number}*{Day}"/>
    <N1 m:seg="ST*Depot"/>
    <PO1 m:each="Line" m:seg="*{Qty}"/>
    <CTT/>
  </TS900>
</m:map>)x";

const std::string in = R"(<In xmlns="urn:test:in:1" id="i-1"><Number>N-1</Number><Loose/><Amount>1</Amount><Day>2024-02-28</Day>
<Line><No>1</No><Qty unit="EA">12</Qty></Line>
<Line><No>2</No><Qty unit="EA">3</Qty></Line></In>)";

struct Traced {
  mapping::MapPtr map;
  desk::Trace trace;
};

Traced traced() {
  desk_test::Folder folder;
  Traced made{desk_test::map(folder.write("slip.map.xml", map_text)), {}};
  auto reading = xml::read(in, *made.map->source());
  REQUIRE(reading.valid());
  made.trace = desk::trace(*made.map, *reading.document, {});
  return made;
}

const desk::Trace::Line& line(const desk::Trace& trace, const std::string& path) {
  const auto& lines = trace.messages.at(0).lines;
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.path == path; });
  INFO(path);
  REQUIRE(found != lines.end());
  return *found;
}

}  // namespace

TEST_CASE("a trace of a segment points at m:seg and its sources, and says what the writer added", "[desk]") {
  const auto made = traced();
  REQUIRE(made.trace.mapped.ok());
  CHECK(line(made.trace, "/TS900/BEG/BEG03").map == "slip.map.xml:3");
  CHECK(line(made.trace, "/TS900/BEG/BEG03").origins.at(0).what == "/In/Day");
  CHECK(line(made.trace, "/TS900/PO1[2]/PO102").origins.at(0).line == 3);
  CHECK(line(made.trace, "/TS900/PO1[2]/PO102").origins.at(0).what == "/In/Line[2]/Qty");
  for (const auto* path : {"/TS900/PO1[1]/PO101", "/TS900/PO1[2]/PO101", "/TS900/CTT/CTT01", "/TS900/CTT/CTT02"}) {
    INFO(path);
    CHECK(line(made.trace, path).map == "the writer");
    CHECK(line(made.trace, path).origins.empty());
  }
  CHECK(line(made.trace, "/TS900/CTT").map == "slip.map.xml:6");
}

TEST_CASE("the table of a map has a row for every place of a segment", "[desk]") {
  const auto table = desk::tabulate(*traced().map);
  const auto row = [&](const std::string& target) {
    const auto found = std::find_if(table.rows.begin(), table.rows.end(), [&](const auto& r) { return r.target == target; });
    REQUIRE(found != table.rows.end());
    return *found;
  };
  CHECK(row("TS900/BEG/BEG02").sources == std::vector<std::string>{"In/Number"});
  CHECK(row("TS900/PO1/PO102").sources == std::vector<std::string>{"In/Line/Qty"});
  CHECK(row("TS900/N1/N101").sources.empty());
}

TEST_CASE("a map to begin with leaves to the writer what is the writer's", "[desk]") {
  for (const auto* target : {"slip-1.xsd#TS900", "note-1.xsd#TSTNOT"}) {
    const auto made = desk::skeleton(*desk_test::schema("in-1.xsd#In"), *desk_test::schema(target), {"draft", "in-1.xsd#In", target});
    INFO(made.text);
    for (const auto* name : {"<CTT", "<UNS", "<PO101", "<HL01"}) CHECK(made.text.find(name) == std::string::npos);
    desk_test::Folder folder;
    for (const auto& finding : desk_test::load(folder.write("draft.map.xml", made.text)).findings) {
      INFO(desk_test::told({finding}));
      CHECK(finding.message.find("the writer") == std::string::npos);
      CHECK(finding.code != "M201");
    }
  }
}
