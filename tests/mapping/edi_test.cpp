#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "formats/xml/read.hpp"
#include "mapping/fill_in.hpp"
#include "mapping/observer.hpp"
#include "mapping/print_map.hpp"
#include "mapping/wire.hpp"

using namespace wayleave;
using namespace wayleave::mapping;
using namespace mapping_test;

namespace {

const std::string slip =
  R"(<TS900 xmlns="urn:test:slip:1"><BEG><BEG01>00</BEG01><BEG02>B-1</BEG02><BEG03>20250314</BEG03><BEG04>491231</BEG04><BEG05>2359</BEG05>)"
  R"(<BEG06>1995</BEG06><BEG07>-1.5E2</BEG07><BEG08>0801</BEG08><BEG10>0007</BEG10></BEG><N1><N101>ST</N101><N102>Depot</N102></N1>)"
  R"(<PO1><PO101>1</PO101><PO102>12</PO102><PO103>EA</PO103><PO106>BP</PO106><PO107>SKU-1</PO107><PO108>UP</PO108><PO109>012345678905</PO109></PO1>)"
  R"(<PO1><PO101>2</PO101><PO102>.5</PO102><PO106>UP</PO106><PO107>9</PO107></PO1><CTT><CTT01>2</CTT01></CTT></TS900>)";

std::string note(const std::string& dates) {
  return R"(<TSTNOT xmlns="urn:test:note:1"><BGM><E1004>N-1</E1004></BGM>)" + dates + "<UNS><E0081>S</E0081></UNS></TSTNOT>";
}
std::string dtm(const std::string& qualifier, const std::string& text, const std::string& format) {
  return "<DTM><C507><E2005>" + qualifier + "</E2005>" + (text.empty() ? "" : "<E2380>" + text + "</E2380>") +
         (format.empty() ? "" : "<E2379>" + format + "</E2379>") + "</C507></DTM>";
}

std::string map_between(const std::string& source, const std::string& target, const std::string& ns, const std::string& content, const std::string& head = "") {
  return "<m:map xmlns:m=\"urn:wayleave:map:1\" xmlns=\"" + ns + "\" name=\"t\" source=\"" + source + "\" target=\"" + target + "\">" + head + content + "</m:map>";
}

Mapped run_on(const std::string& text, const std::string& document, const std::string& reference) {
  auto compiled = compile(text);
  for (const auto& finding : compiled.findings) UNSCOPED_INFO(finding.code << " " << finding.line << ":" << finding.column << " " << finding.message);
  REQUIRE(compiled.map);
  auto read_document = read(document, reference);
  return mapping::run(Map(compiled.map), read_document, {});
}

/// The value of one expression over a document of EDI.
std::string value_of(const std::string& expression, const std::string& document, const std::string& reference) {
  Findings findings;
  auto compiled = compile_expression(expression, mapping_test::schema(reference), {}, {"rule", 1, 1}, findings);
  if (!compiled) return "!" + codes(findings);
  findings.clear();
  auto read_document = read(document, reference);
  auto value = compiled->value(read_document, {}, findings);
  if (has_errors(findings)) return "!" + codes(findings);
  return value.value_or("-");
}
std::string of_slip(const std::string& expression, const std::string& document = slip) { return value_of(expression, document, "slip-1.xsd#TS900"); }
std::string of_note(const std::string& expression, const std::string& dates) { return value_of(expression, note(dates), "note-1.xsd#TSTNOT"); }

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string to_slip(const std::string& content) { return map_between("in-1.xsd#In", "slip-1.xsd#TS900", "urn:test:slip:1", "<TS900>" + content + "</TS900>"); }
const std::string st = R"(<N1 m:seg="ST*Depot"/>)";
const std::string beg = R"(<BEG m:seg="00*{Number}*{Day}"/>)";

std::string written(const std::string& content, const std::string& document = sample) {
  auto mapped = run_on(to_slip(content), document, "in-1.xsd#In");
  if (!mapped.ok()) return "!" + codes(mapped.findings);
  auto reading = xml::read(mapped.xml, *mapping_test::schema("slip-1.xsd#TS900"));
  for (const auto& finding : reading.findings) UNSCOPED_INFO(finding.code << " " << finding.message << "\n" << mapped.xml);
  CHECK(reading.valid());
  const std::string root = R"(<TS900 xmlns="urn:test:slip:1">)";
  REQUIRE(mapped.xml.starts_with(root));
  return mapped.xml.substr(root.size(), mapped.xml.size() - root.size() - 8);
}

std::string content(const std::string& element, const std::string& xml) {
  const auto begin = xml.find("<" + element + ">");
  if (begin == std::string::npos) return "-";
  return xml.substr(begin + element.size() + 2, xml.find("</" + element + ">") - begin - element.size() - 2);
}

const std::string ctt = "<CTT><CTT01>0</CTT01><CTT02>0</CTT02></CTT>";

}  // namespace

TEST_CASE("values of data elements are what edi:as says", "[mapping][edi]") {
  CHECK(of_slip("BEG/BEG03") == "2025-03-14");
  CHECK(of_slip("BEG/BEG04") == "2049-12-31");
  CHECK(of_slip("BEG/BEG04", with(slip, "491231", "500101")) == "1950-01-01");
  CHECK(of_slip("BEG/BEG05") == "23:59:00");
  CHECK(of_slip("BEG/BEG05", with(slip, "2359", "23595812")) == "23:59:58.12");
  CHECK(of_slip("BEG/BEG06") == "19.95");
  CHECK(of_slip("BEG/BEG06 * 2") == "39.90");
  CHECK(of_slip("BEG/BEG07") == "-150");
  CHECK(of_slip("BEG/BEG07", with(slip, "-1.5E2", "1.5E-3")) == "0.0015");
  CHECK(of_slip("BEG/BEG10 + 1") == "8");
  CHECK(of_slip("BEG/BEG02") == "B-1");
  CHECK(of_slip("add-days(BEG/BEG03, 3)") == "2025-03-17");
  CHECK(of_slip("format-date(BEG/BEG04, 'DD.MM.YY')") == "31.12.49");
  CHECK(of_slip("datetime(BEG/BEG03, BEG/BEG05, 'UTC')") == "2025-03-14T23:59:00Z");
  CHECK(of_slip("sum(PO1/PO102)") == "12.5");
  CHECK(of_slip("max(PO1/PO102)") == "12");
  CHECK(of_slip("join(PO1/PO102, '+')") == "12+.5");
  CHECK(of_slip("BEG/BEG03 = '2025-03-14'") == "true");
  CHECK(of_slip("BEG/BEG06 = 19.95") == "true");
  CHECK(of_slip("BEG/BEG06 > 1994") == "false");
  CHECK(of_slip("first(PO1[PO102=0.5]/PO107)") == "9");
  CHECK(of_slip("default(REF[REF01='DP']/REF02, 'none')") == "none");
  CHECK(of_slip("N1[N101='ST']/N102") == "Depot");
  CHECK(of_slip("N1[N101='BT']/N102") == "-");
}

TEST_CASE("a day that is none is refused once, at its place", "[mapping][edi]") {
  const auto text = map_between("slip-1.xsd#TS900", "out-1.xsd#Out", "urn:test:out:1",
                                "<Out><Key>k</Key><Free>{BEG/BEG03}</Free><Maybe>{format-date(BEG/BEG03,'CCYY')}</Maybe><On>{BEG/BEG03}</On></Out>");
  auto mapped = run_on(text, with(slip, "20250314", "20250231"), "slip-1.xsd#TS900");
  CHECK(codes(mapped.findings) == "R803");
  CHECK(mapped.findings.at(0).found == "20250231");
  CHECK(mapped.findings.at(0).path == "/TS900/BEG/BEG03");
  CHECK(mapped.origins.at(0).line == 1);
}

TEST_CASE("paired() finds the value behind a qualifier", "[mapping][edi]") {
  const auto text = map_between("slip-1.xsd#TS900", "out-1.xsd#Out", "urn:test:out:1", R"x(<Out><Key>k</Key><Free>f</Free>
    <Row m:each="PO1"><Id>{default(paired('BP'),'none')}</Id><Say m:if="exists(paired('UP'))">{require(gtin14(paired('UP')),'GTIN','line {position()}')}</Say></Row></Out>)x");
  auto mapped = run_on(text, with(slip, "<PO107>9</PO107>", "<PO107>12345670</PO107>"), "slip-1.xsd#TS900");
  CHECK(mapped.xml.find("<Row><Id>SKU-1</Id><Say>00012345678905</Say></Row><Row><Id>none</Id><Say>00000012345670</Say></Row>") != std::string::npos);
  mapped = run_on(text, slip, "slip-1.xsd#TS900");
  CHECK(codes(mapped.findings) == "GTIN");
  CHECK(mapped.findings.at(0).path == "/TS900/PO1[2]/PO107");
  CHECK(of_slip("paired('BP')") == "!M301");
}

TEST_CASE("a DTM is a date, in every format that is known", "[mapping][edi]") {
  const std::string day = "DTM[C507/E2005='137']", moment = "edifact-date(DTM[C507/E2005='137']/C507)";
  struct Case {
    const char *text, *format, *day, *moment;
  };
  for (const auto& c : std::initializer_list<Case>{
         {"20250314", "102", "2025-03-14", "2025-03-14T00:00:00"},
         {"250314", "101", "2025-03-14", "2025-03-14T00:00:00"},
         {"140325", "2", "2025-03-14", "2025-03-14T00:00:00"},
         {"25115", "103", "2025-03-14", "2025-03-14T00:00:00"},
         {"202503141230", "203", "2025-03-14", "2025-03-14T12:30:00"},
         {"20250314123059", "204", "2025-03-14", "2025-03-14T12:30:59"},
         {"2503141230", "201", "2025-03-14", "2025-03-14T12:30:00"},
         {"202503141230-0500", "205", "2025-03-14", "2025-03-14T12:30:00-05:00"},
         {"202503141230UTC", "303", "2025-03-14", "2025-03-14T12:30:00Z"},
         {"20250314123059GMT", "304", "2025-03-14", "2025-03-14T12:30:59Z"},
         {"20250314-20250320", "718", "2025-03-14", "2025-03-14T00:00:00"},
         {"2025031420250320", "718", "2025-03-14", "2025-03-14T00:00:00"},
         {"202503141230-202503141300", "719", "2025-03-14", "2025-03-14T12:30:00"},
         {"20250231", "102", "!R803", "!R803"},
         {"20250314", "203", "!R803", "!R803"},
         {"2025031412", "102", "!R803", "!R803"},
         {"202503141230EST", "303", "!R803", "!R803"},
         {"20250314-2025032", "718", "!R803", "!R803"},
         {"20250314", "999", "!R803", "!R803"},
         {"20250314", "", "!R803", "!R803"},
         {"", "102", "-", "-"},
       }) {
    INFO(c.format << " " << c.text);
    CHECK(of_note(day, dtm("137", c.text, c.format)) == c.day);
    CHECK(of_note(moment, dtm("137", c.text, c.format)) == c.moment);
  }
  const auto both = dtm("2", "20250401", "102") + dtm("137", "20250314", "102");
  CHECK(of_note("days-between(DTM[C507/E2005='137'], DTM[C507/E2005='2'])", both) == "18");
  CHECK(of_note("DTM[C507/E2005='2'] > '2025-03-31'", both) == "true");
  CHECK(of_note("count(DTM)", both) == "2");
  CHECK(of_note("min(DTM)", both) == "2025-03-14");
  CHECK(of_note("default(DTM[C507/E2005='2'], DTM[C507/E2005='137'])", dtm("2", "", "102") + dtm("137", "20250314", "102")) == "2025-03-14");
  CHECK(of_note("date(edifact-date(DTM[C507/E2005='137']))", dtm("137", "202503141230", "203")) == "2025-03-14");
  CHECK(of_note("edifact-date(BGM)", both) == "!M301");
}

TEST_CASE("m:seg writes data elements by position", "[mapping][edi]") {
  CHECK(written(beg + R"x(<REF m:seg="DP*{Number}*a{{b}}^{Name}^\*\:\^\\*CO:{concat('*:',Number)}::tail"/>)x" + st) ==
        "<BEG><BEG01>00</BEG01><BEG02>N-1</BEG02><BEG03>20240228</BEG03></BEG>"
        R"(<REF><REF01>DP</REF01><REF02>N-1</REF02><REF03>a{b}</REF03><REF03>Anna  Lee</REF03><REF03>*:^\</REF03><REF04><REF0401>CO</REF0401><REF0402>*:N-1</REF0402>)"
        "<REF0404>tail</REF0404></REF04></REF><N1><N101>ST</N101><N102>Depot</N102></N1>" + ctt);
  // Empty places write nothing, and elements may follow.
  CHECK(written(beg + R"(<N1 m:seg=" ST * Depot ** ">
      <N3 m:seg="{Place/City}*"/></N1>)") == "<BEG><BEG01>00</BEG01><BEG02>N-1</BEG02><BEG03>20240228</BEG03></BEG>"
                                                   "<N1><N101>ST</N101><N102>Depot</N102><N3><N301>Joliet</N301></N3></N1>" + ctt);
  // What has no value leaves its segment out.
  CHECK(written(beg + R"(<N1 m:seg="ST*Depot"><N3 m:seg="{Place/City}"/></N1>)", minimal()) ==
        "<BEG><BEG01>00</BEG01><BEG02>N-2</BEG02><BEG03>20250131</BEG03></BEG><N1><N101>ST</N101><N102>Depot</N102></N1>" + ctt);
}

TEST_CASE("m:seg is the same as the long form", "[mapping][edi]") {
  CHECK(written(beg + st) == written(R"(<BEG><BEG01>00</BEG01><BEG02>{Number}</BEG02><BEG03>{Day}</BEG03></BEG><N1><N101>ST</N101><N102>Depot</N102></N1>)"));
}

TEST_CASE("m:seg goes by edi:at in EDIFACT", "[mapping][edi]") {
  const auto text = map_between("in-1.xsd#In", "note-1.xsd#TSTNOT", "urn:test:note:1",
                                R"x(<TSTNOT><BGM m:seg="220*{Number}"/><DTM m:seg="137:{format-date(Day,'CCYYMMDD')}:102"/><NAD m:seg="BY*4711:160:92**Main St 1:Dock"/></TSTNOT>)x");
  const auto made = run_on(text, sample, "in-1.xsd#In");
  CHECK(made.xml == R"(<TSTNOT xmlns="urn:test:note:1"><BGM><C002><E1001>220</E1001></C002><E1004>N-1</E1004></BGM>)"
                    "<DTM><C507><E2005>137</E2005><E2380>20240228</E2380><E2379>102</E2379></C507></DTM>"
                    "<NAD><E3035>BY</E3035><C082><E3039>4711</E3039><E1131>160</E1131><E3055>92</E3055></C082><C080><E3036>Main St 1</E3036><E3036_2>Dock</E3036_2></C080></NAD>"
                    "<UNS><E0081>S</E0081></UNS></TSTNOT>");
  CHECK(xml::read(made.xml, *mapping_test::schema("note-1.xsd#TSTNOT")).valid());
}

TEST_CASE("values are written as the data element wants them", "[mapping][edi]") {
  auto one = [](const std::string& slots, const std::string& element) {
    const auto xml = written("<BEG m:seg=\"00*n*{Day}" + slots + "\"/>" + st);
    return xml.starts_with('!') ? xml : content(element, xml);
  };
  CHECK(one("*{Day}", "BEG04") == "240228");
  CHECK(one("*{add-days(Day,10000)}", "BEG04") == "!R811");
  CHECK(one("**{Clock}", "BEG05") == "2330");
  CHECK(one("**{time(add-days(Stamp,1))}", "BEG05") == "1200");
  CHECK(written("<BEG m:seg=\"00*n*{Day}**{Clock}***{Clock}\"/>" + st, with(sample, "23:30:00", "23:30:05")).find("<BEG05>233005</BEG05><BEG08>2330</BEG08>") != std::string::npos);
  CHECK(one("***{round(Amount,2)}", "BEG06") == "22765");
  CHECK(one("***{round(Amount,1)}", "BEG06") == "22770");
  CHECK(one("***{round(Count,2)}", "BEG06") == "700");
  CHECK(one("***{Line[1]/Price}", "BEG06") == "995");
  CHECK(one("***{Amount * 0.5}", "BEG06") == "!R811");        // 113.825
  CHECK(one("***{round(Amount * 100,2)}", "BEG06") == "!R811");   // 7 digits, and 6 are the most
  CHECK(one("****{Amount * -1}", "BEG07") == "-227.65");
  CHECK(one("*******{Count}", "BEG10") == "7");
}

TEST_CASE("numbers go into whole ones when they are whole", "[mapping][edi]") {
  CHECK(content("BEG10", written(R"(<BEG><BEG01>00</BEG01><BEG02>n</BEG02><BEG03>{Day}</BEG03><BEG10>{Amount}</BEG10></BEG>)" + st, with(sample, "227.65", "12.00"))) == "12");
  CHECK(written(R"(<BEG><BEG01>00</BEG01><BEG02>n</BEG02><BEG03>{Day}</BEG03><BEG10>{Amount}</BEG10></BEG>)" + st) == "!R811");
}

TEST_CASE("dates and numbers of one message go into another", "[mapping][edi]") {
  const auto text = map_between("slip-1.xsd#TS900", "slip-1.xsd#TS900", "urn:test:slip:1",
                                R"x(<TS900><BEG m:seg="{BEG/BEG01}*{BEG/BEG02}*{default(BEG/BEG04,BEG/BEG03)}*{BEG/BEG03}*{BEG/BEG05}*{BEG/BEG06}*{BEG/BEG06}"/><N1 m:seg="ST*D"/></TS900>)x");
  const auto made = run_on(text, slip, "slip-1.xsd#TS900");
  CHECK(made.xml.find("<BEG03>20491231</BEG03><BEG04>250314</BEG04><BEG05>2359</BEG05><BEG06>1995</BEG06><BEG07>19.95</BEG07>") != std::string::npos);
}

TEST_CASE("what the writer counts and numbers is filled in", "[mapping][edi]") {
  CHECK(written(beg + st + R"(<PO1 m:each="Line" m:seg="*{Qty}"/>)").ends_with(
    "<PO1><PO101>1</PO101><PO102>12</PO102></PO1><PO1><PO101>2</PO101><PO102>2.5</PO102></PO1><CTT><CTT01>2</CTT01><CTT02>14.5</CTT02></CTT>"));
  CHECK(written(beg + st + R"(<HL_S><HL_O m:each="Line"><PRF m:seg="{No}"/></HL_O></HL_S>)").ends_with(
    "<HL_S><HL01>1</HL01><HL03>S</HL03><HL04>1</HL04><HL_O><HL01>2</HL01><HL02>1</HL02><HL03>O</HL03><HL04>0</HL04><PRF><PRF01>1</PRF01></PRF></HL_O>"
    "<HL_O><HL01>3</HL01><HL02>1</HL02><HL03>O</HL03><HL04>0</HL04><PRF><PRF01>2</PRF01></PRF></HL_O></HL_S>" + ctt));
  CHECK(written(beg + st + "<CTT/>").ends_with("</N1>" + ctt));
}

TEST_CASE("what is there already stays, and what is no tree of the guide too", "[mapping][edi]") {
  const auto kept = mapping_test::schema("slip-1.xsd#TS900");
  const auto& guide = *kept;
  CHECK(fill_in(guide, with(slip, "<CTT01>2</CTT01>", "<CTT01>9</CTT01>")).ends_with("<CTT><CTT01>9</CTT01><CTT02>12.5</CTT02></CTT></TS900>"));
  CHECK(fill_in(guide, "<Other/>") == "<Other/>");
  CHECK(fill_in(guide, "<TS900") == "<TS900");
  CHECK(fill_in(guide, R"(<x:TS900 xmlns:x="urn:test:slip:1"><x:PO1></x:PO1><x:CTT/></x:TS900>)") ==
        R"(<x:TS900 xmlns:x="urn:test:slip:1"><x:PO1><x:PO101>1</x:PO101></x:PO1><x:CTT><x:CTT01>1</x:CTT01><x:CTT02>0</x:CTT02></x:CTT></x:TS900>)");
  CHECK(!fills_in(*mapping_test::schema("in-1.xsd#In")));
  CHECK(fills_in(guide));
}

TEST_CASE("overlays address data elements and qualifiers of segments", "[mapping][edi]") {
  const auto base = to_slip(beg + R"(<N1 m:seg="ST*Depot"/><N1 m:seg="BT*Bill*92*{Number}"/>)");
  auto merged = [&](const std::string& patches) {
    const auto overlay = R"(<m:overlay xmlns:m="urn:wayleave:map:1" xmlns="urn:test:slip:1" name="o" extends="./base.map.xml">)" + patches + "</m:overlay>";
    return compile(overlay, {{"./base.map.xml", base}});
  };
  auto document = read(sample);
  auto compiled = merged(R"(<m:replace at="TS900/N1[N101='BT']/N102"><N102>{Name}</N102></m:replace><m:before at="TS900/N1[N101='ST']"><REF m:seg="DP*{Kind}"/></m:before>)");
  REQUIRE(compiled.map);
  CHECK(mapping::run(Map(compiled.map), document, {}).xml.find("<REF><REF01>DP</REF01><REF02>rush</REF02></REF><N1><N101>ST</N101><N102>Depot</N102></N1>"
                                                             "<N1><N101>BT</N101><N102>Anna  Lee</N102><N103>92</N103>") != std::string::npos);
  // As it was written where nothing changed it, in the long form where something did.
  const auto flat = print_map(*compiled.map->tree, *compiled.map->compilation);
  CHECK(flat.find(R"(<N1 m:seg="ST*Depot"/>)") != std::string::npos);
  CHECK(flat.find(R"(<REF m:seg="DP*{Kind}"/>)") != std::string::npos);
  CHECK(flat.find("<N103>92</N103>") != std::string::npos);
  CHECK(flat.find("<N104>{Number}</N104>") != std::string::npos);
  auto again = compile(flat);
  REQUIRE(again.map);
  CHECK(mapping::run(Map(again.map), document, {}).xml == mapping::run(Map(compiled.map), document, {}).xml);
  CHECK(codes(merged(R"(<m:remove at="TS900/N1"/>)").findings) == "M502");
  CHECK(codes(merged(R"(<m:remove at="TS900/N1[N101='XX']"/>)").findings) == "M501");
  CHECK(codes(merged(R"(<m:remove at="TS900/N1[N101='ST']"/>)").findings) == "M201");
}

TEST_CASE("loops may be bounded, and those over one item are none", "[mapping][edi]") {
  auto told = [](const std::string& content) { return codes(compile(to_slip(beg + content + st)).findings); };
  CHECK(told(R"(<REF m:each="Tag" m:seg="CO*{.}"/>)") == "M203");
  CHECK(told(R"(<REF m:each="Tag" m:if="position() &lt;= 9" m:seg="CO*{.}"/>)") == "");
  CHECK(told(R"(<REF m:each="Tag" m:if="position() &lt;= 10" m:seg="CO*{.}"/>)") == "M203");
  CHECK(told(R"(<REF m:each="Tag" m:if="position() = 1" m:seg="DP*{.}"/>)") == "");
  CHECK(told(R"(<m:for each="Tag"><m:choose><m:when test="position() = 1"><REF m:seg="DP*{.}"/></m:when><m:when test="position() &lt; 9"><REF m:seg="CO*{.}"/></m:when></m:choose></m:for>)") == "M203 M203");   // both of them too often, neither a second department
  CHECK(told(R"(<m:for each="Tag"><m:if test="position() = 2"><REF m:seg="DP*{.}"/></m:if></m:for>)") == "M203 M203");
  const auto levels = [](const std::string& bound) {
    return codes(compile(to_slip(beg + st + "<HL_S><HL_O m:each=\"Line\"" + bound + "><PRF m:seg=\"{No}\"/></HL_O></HL_S>")).findings);
  };
  CHECK(levels("") == "M203");
  CHECK(levels(" m:if=\"position() &lt; 100\"") == "");
  CHECK(levels(" m:if=\"position() &lt;= 100\"") == "M203");
  const auto single = map_between("slip-1.xsd#TS900", "out-1.xsd#Out", "urn:test:out:1",
                                  R"(<Out><m:for each="BEG"><Key>{truncate(BEG02,20)}</Key></m:for><Free>f</Free></Out>)");
  CHECK(codes(compile(single).findings) == "");
  CHECK(run_on(single, slip, "slip-1.xsd#TS900").xml == R"(<Out xmlns="urn:test:out:1"><Key>B-1</Key><Free>f</Free></Out>)");
  const auto maybe = map_between("slip-1.xsd#TS900", "out-1.xsd#Out", "urn:test:out:1",
                                 R"(<Out><m:for each="HL_S"><Key>k</Key></m:for><Free>f</Free></Out>)");
  CHECK(codes(compile(maybe).findings) == "M201");
}

TEST_CASE("an observer is told what was added", "[mapping][edi]") {
  struct : Observer {
    std::vector<Addition> added;
    void filled(std::size_t, const std::vector<Addition>& list) override { added = list; }
  } observer;
  auto compiled = compile(to_slip(beg + st));
  REQUIRE(compiled.map);
  auto document = read(sample);
  const auto made = mapping::run(Map(compiled.map), document, {}, {}, &observer);
  REQUIRE(observer.added.size() == 1);
  CHECK(made.xml.substr(observer.added[0].at, observer.added[0].text.size()) == ctt);
}
