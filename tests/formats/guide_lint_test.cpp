#include "guide_fixture.hpp"

using namespace guides;

TEST_CASE("E601: a guide says what it is for", "[edi][guide]") {
  const auto head = [](const std::string& text, const std::string& root = "TS850") { return compile(guide(beg, {}, text, root)); };
  only(head(R"(edi:standard="TRADACOMS" edi:version="004010" edi:set="850" edi:group="PO")"), "E601", error, "", "X12 or EDIFACT");
  only(head(R"(edi:standard="X12" edi:set="850" edi:group="PO")"), "E601", error, "", "no edi:version");
  only(head(R"(edi:standard="X12" edi:version="4010" edi:set="850" edi:group="PO")"), "E601", error, "", "six digits");
  only(head(R"(edi:standard="X12" edi:version="004010" edi:group="PO")"), "E601", error, "", "no edi:set");
  only(head(R"(edi:standard="X12" edi:version="004010" edi:set="ORDERS" edi:group="PO")", "TSORDERS"), "E601", error, "", "three digits");
  only(head(R"(edi:standard="X12" edi:version="004010" edi:set="850")"), "E601", error, "", "no edi:group");
  only(head(x12_head + " edi:unused=\"drop\""), "E601", error, "", "reject or ignore");
  only(head(x12_head, "PO850"), "E601", warning, "name=\"PO850\"", "TS850");
  CHECK(head(R"(edi:standard="EDIFACT" edi:version="96A" edi:set="ORDERS")", "ORDERS").count("E601") == 1);
}

TEST_CASE("E602: edi: attributes that mean nothing", "[edi][guide]") {
  only(with_element("edi:de=\"1\" edi:maxLenght=\"3\" type=\"edi:N0\""), "E602", error, "name=\"TST01\"", "write edi:maxLength");
  only(with_element("edi:de=\"1\" edi:rule=\"P0102\" type=\"edi:N0\""), "E602", error, "name=\"TST01\"", "on the complexType");
  only(with_segment_type("edi:pos=\"1\""), "E602", error, "name=\"TST\" edi:p", "on a segment's element");
  only(compile(guide(beg, {}, x12_head + " edi:loop=\"N1\"")), "E602", error, "", "edi:loop");
  only(with_element("edi:de=\"1\"", restricted("edi:AN", "", "edi:at=\"1\"")), "E602", error, "name=\"TST01\"", "on a data element");
}

TEST_CASE("E603: only sequences of elements", "[edi][guide]") {
  const auto with = [](const std::string& content) {
    return compile(guide(beg + R"(<xs:element name="TST" type="TST" minOccurs="0"/>)",
                         "<xs:complexType name=\"TST\">" + content + "</xs:complexType>"));
  };
  const std::string one = R"(<xs:element name="TST01" edi:de="1" type="edi:AN"/>)", two = R"(<xs:element name="TST02" edi:de="2" type="edi:AN"/>)";
  only(with("<xs:choice>" + one + two + "</xs:choice>"), "E603", error, "complexType name=\"TST\"", "the content of TST has a group");
  only(with("<xs:all>" + one + two + "</xs:all>"), "E603", error, "complexType name=\"TST\"", "xs:all");
  CHECK(with("<xs:sequence maxOccurs=\"2\">" + one + two + "</xs:sequence>").count("E603") == 1);
  CHECK(with("<xs:sequence>" + one + "<xs:sequence minOccurs=\"0\" maxOccurs=\"unbounded\">" + two + one +
             "</xs:sequence></xs:sequence>").count("E603") == 1);
  only(with("<xs:sequence minOccurs=\"0\">" + one + two + "</xs:sequence>"), "E603", error, "complexType name=\"TST\"", "optional");
  only(with("<xs:sequence>" + one + "<xs:any namespace=\"##other\" minOccurs=\"0\"/></xs:sequence>"), "E603", error, "complexType name=\"TST\"",
       "xs:any");
  only(with("<xs:sequence>" + one + "</xs:sequence><xs:attribute name=\"a\"/>"), "E603", error, "complexType name=\"TST\"", "attributes");
  only(compile(guide("<xs:choice>" + beg + R"(<xs:element name="REF" type="REF"/></xs:choice>)")), "E603", error, "name=\"TS850\"", "group");
  only(with_element("edi:de=\"1\" type=\"edi:AN\" fixed=\"x\""), "E603", error, "name=\"TST01\"", "edi:auto");
  CHECK(with("<xs:sequence>" + one + "<xs:sequence>" + two + "</xs:sequence></xs:sequence>").findings.empty());
}

TEST_CASE("E604: what is no segment", "[edi][guide]") {
  const auto with = [](const std::string& segment) { return compile(guide(beg + "\n" + segment)); };
  only(with(R"(<xs:element name="Refs" type="REF"/>)"), "E604", error, "name=\"Refs\"", "no segment");
  only(with(R"(<xs:element name="ref" type="REF"/>)"), "E604", error, "name=\"ref\"", "no segment id");
  only(with(R"(<xs:element name="SE" type="BEG"/>)"), "E604", error, "name=\"SE\"", "envelope");
  only(with(R"(<xs:element name="REF" type="edi:AN"/>)"), "E604", error, "name=\"REF\"", "without data elements");
  CHECK(with(R"(<xs:element name="BEG" type="BEG"/>)").count("E603") == 1);   // a name twice
  only(compile(guide(beg, {}, x12_head + " edi:known=\"FOB fob\"")), "E604", error, "", "'fob'");
  only(compile(guide(beg + R"(<xs:element name="TST" type="TST" edi:loop="T"/>)", R"(<xs:complexType name="TST"><xs:sequence>
<xs:element name="TST01" edi:de="1" type="edi:AN"/>
<xs:element name="TST" type="TST" minOccurs="0" edi:loop="T"/></xs:sequence></xs:complexType>)")), "E604", error, "", "contains itself");
}

TEST_CASE("E605: positions of data elements", "[edi][guide]") {
  const auto with = [](const std::string& elements, const std::string& attributes = {}) {
    return compile(guide(beg + R"(<xs:element name="TST" type="TST" minOccurs="0" edi:loop="T"/>)",
                         "<xs:complexType name=\"TST\" " + attributes + "><xs:sequence>\n" + elements + "</xs:sequence></xs:complexType>"));
  };
  const auto element = [](const std::string& name) { return "<xs:element name=\"" + name + "\" edi:de=\"1\" type=\"edi:AN\" minOccurs=\"0\"/>\n"; };
  only(with(element("TST01") + element("BEG02")), "E605", error, "name=\"BEG02\"", "not TST and two digits");
  only(with(element("TST1")), "E605", error, "name=\"TST1\"", "two digits");
  only(with(element("TST00")), "E605", error, "name=\"TST00\"", "two digits");
  only(with(element("TST02") + element("TST01")), "E605", error, "name=\"TST01\"", "before");
  only(with(element("TST01") + R"(<xs:element name="REF" type="REF"/>)" + element("TST02")), "E605", error, "name=\"TST02\"", "behind segments");
  only(with(element("TST03"), "edi:elements=\"2\""), "E605", error, "name=\"TST\" edi:e", "edi:elements");
  only(with(element("TST03"), "edi:elements=\"many\""), "E605", error, "name=\"TST\" edi:e", "edi:elements");
  CHECK(with(element("TST02") + element("TST07")).findings.empty());

  const auto edifact = [](const std::string& elements) {
    return compile(guide("<xs:element name=\"TST\" edi:group=\"SG1\"><xs:complexType><xs:sequence>" + elements +
                         "</xs:sequence></xs:complexType></xs:element>", {}, edifact_head, "ORDERS"));
  };
  only(edifact(R"(<xs:element name="E3035" type="edi:ID"/>)"), "E605", error, "name=\"E3035\"", "no edi:at");
  only(edifact(R"(<xs:element name="E3035" edi:at="1" type="edi:ID"/>
<xs:element name="E3036" edi:at="01" type="edi:ID"/>)"), "E605", error, "", "that of the element before");
  only(edifact(R"(<xs:element name="C035" edi:at="1" type="edi:ID"/>)"), "E605", error, "", "has components");
  only(edifact(R"(<xs:element name="TST01" edi:at="1" type="edi:ID"/>)"), "E605", error, "", "E3035 or C082");
}

TEST_CASE("E606 and E607: types and lengths", "[edi][guide]") {
  only(with_element("edi:de=\"1\" type=\"xs:date\""), "E606", error, "name=\"TST01\"", "none of EDI");
  only(with_element("edi:de=\"1\"", "<xs:simpleType><xs:list itemType=\"edi:ID\"/></xs:simpleType>"), "E606", error, "name=\"TST01\"", "none of EDI");
  only(with_element("edi:de=\"1\"", restricted("edi:R", "<xs:maxLength value=\"9\"/>")), "E607", warning, "name=\"TST01\"", "edi:maxLength=\"9\"");
  only(with_element("edi:de=\"1\" type=\"edi:N0\" edi:maxLength=\"nine\""), "E607", error, "name=\"TST01\"", "number");
  only(with_element("edi:de=\"1\" type=\"edi:N0\" edi:minLength=\"5\" edi:maxLength=\"3\""), "E607", error, "name=\"TST01\"", "at least 5");
  const auto own = with_element("edi:de=\"1\"", restricted("edi:TM", "", "edi:maxLength=\"4\""));
  REQUIRE(own.guide);
  CHECK(own.guide->values.back().max == 4);
}

TEST_CASE("E608 and E609: rules and pairs", "[edi][guide]") {
  const std::string at = "name=\"TST\" edi:";
  only(with_segment_type("edi:rule=\"X0102\""), "E608", error, at, "P, R, E, C, L");
  only(with_segment_type("edi:rule=\"P01\""), "E608", error, at, "two or more positions");
  only(with_segment_type("edi:rule=\"P010\""), "E608", error, at, "two or more positions");
  only(with_segment_type("edi:rule=\"P0001\""), "E608", error, at, "from 01 to 64");
  only(with_segment_type("edi:rule=\"P0202\""), "E608", error, at, "twice");
  only(with_segment_type("edi:rule=\"P0204\" edi:elements=\"3\""), "E608", error, at, "beyond the last one, 3");
  only(with_segment_type("edi:rule=\"P0203 P0302\""), "E608", warning, at, "stands twice");
  CHECK(with_segment_type("edi:rule=\"P0204\"").findings.empty());
  only(with_segment_type("edi:pairs=\"6\""), "E609", error, at, "written 06-25");
  only(with_segment_type("edi:pairs=\"03-02\""), "E609", error, at, "behind the first");
  only(with_segment_type("edi:pairs=\"01-03\""), "E609", error, at, "odd number");
  only(with_segment_type("edi:pairs=\"02-05\" edi:elements=\"4\""), "E609", error, at, "beyond the 4 positions");
  const auto all = with_segment_type("edi:rule=\"E0102 C0102 L010203 D10102 D20103 D30102 D40103 D7(02,03) D60203\"");
  INFO(all.told());
  REQUIRE(all.guide);
  using Kind = Rule::Kind;
  std::vector<Kind> kinds;
  for (const auto& rule : all.guide->rules) kinds.push_back(rule.kind);
  CHECK(kinds == std::vector<Kind>{Kind::exclusive, Kind::conditional, Kind::list_conditional, Kind::exactly_one, Kind::paired, Kind::required,
                                   Kind::exclusive,
                                   Kind::first_excludes, Kind::list_conditional});
}

TEST_CASE("E610 and E611: variants", "[edi][guide]") {
  const auto variant = [](const std::string& when, const std::string& more = {}, const std::string& name = "A") {
    return "<edi:variant name=\"" + name + "\" when=\"" + when + "\" " + more + "/>";
  };
  const std::string at = "name=\"REF\" type";
  only(with_variants(variant("")), "E610", error, at, "empty");
  only(with_variants(variant("REF01")), "E610", error, at, "='value'");
  only(with_variants(variant("REF01=CO")), "E610", error, at, "='value'");
  only(with_variants(variant("REF03='x'")), "E610", error, at, "REF has no REF03; did you mean REF01");
  only(with_variants(variant("REF01/X='x'")), "E610", error, at, "no components");
  only(with_variants(variant("REF01='CO' or REF02='x'")), "E610", error, at, "one element only");
  only(with_variants(variant("REF01='CO' xor REF01='DP'")), "E610", error, at, "'or', 'and' or the end");
  only(with_variants(variant("starts-with(REF01,'C')")), "E610", error, at, "='value'");

  only(with_variants(variant("REF01='CO'") + variant("REF01='CO'", "", "B")), "E611", error, at, "A and B ask for the same");
  only(with_variants(variant("REF01='CO'") + variant("REF01='CO' and REF02='x'", "", "B")), "E611", warning, at, "may both hold");
  only(with_variants(variant("REF01='CO'") + variant("REF01='DP'")), "E611", error, at, "two variants are named A");
  only(with_variants(variant("REF01='CO'", "min=\"2\" max=\"1\"")), "E611", error, at, "more often than it may");
  only(with_variants(variant("REF01='CO'", "min=\"1\"") + variant("REF01='DP'", "min=\"1\"", "B"), "maxOccurs=\"1\""), "E611", error, at,
       "2 times in all");
  only(with_variants(variant("REF01='ZZ'", "min=\"1\"")), "E611", error, at, "ZZ");
  only(with_variants(variant("REF01='ZZ'")), "E611", warning, at, "ZZ");
  only(with_variants(variant("REF01='CO'"), "minOccurs=\"0\" edi:others=\"drop\""), "E611", error, at, "reject, ignore or accept");
  only(with_variants("", "minOccurs=\"0\" edi:others=\"reject\""), "E611", warning, at, "there are none");
  CHECK(with_variants(variant("REF01='CO'", "min=\"1\"") + variant("REF01='DP'", "", "B")).findings.empty());
}

TEST_CASE("E612: edi:auto", "[edi][guide]") {
  const auto with = [](const std::string& text, const std::string& type = "edi:N0") { return with_element("edi:de=\"1\" edi:auto=\"" + text +
      "\" type=\"" + type + "\""); };
  const std::string at = "name=\"TST01\"";
  only(with("today()"), "E612", error, at, "one of count");
  only(with("count(PO1)"), "E612", error, at, "begins with /");
  only(with("count(/TS850/PO1)"), "E612", error, at, "no segment PO1");
  only(with("count(/TS850)"), "E612", error, at, "must name a segment");
  only(with("count(/ORDERS/BEG)"), "E612", error, at, "begins with /TS850");
  only(with("count(/TS850/BEG/BEG01)"), "E612", error, at, "no segment BEG01");
  only(with("count(//HL)"), "E612", error, at, "no segment HL");
  only(with("count(/TS850/BEG[1])"), "E612", error, at, "')'");
  only(with("sum(/TS850/BEG)"), "E612", error, at, "data element");
  only(with("sum(/TS850/BEG/BEG01)"), "E612", error, at, "no number");
  only(with("sum(//BEG)"), "E612", error, at, "count(//HL)");
  only(with("fixed(S)"), "E612", error, at, "quotes");
  only(with("position"), "E612", error, at, "one of count");
  CHECK(with("position()").findings.empty());
  CHECK(with("fixed('x y')", "edi:AN").findings.empty());
  only(with_element("edi:de=\"1\" edi:auto=\"fixed('X')\"", restricted("edi:ID", "<xs:enumeration value=\"S\"/>")), "E612", error, at,
       "X is not among its codes");
  only(compile(guide(beg + "\n" + R"x(<xs:element name="REF" type="REF" edi:auto="fixed('x')"/>)x")), "E612", error, "name=\"REF\" type",
       "which of its data elements");
}

TEST_CASE("E614 and E615: a segment that may be two things, and a place that nothing reaches", "[edi][guide]") {
  const std::string ref = R"(<xs:element name="REF" type="REF" minOccurs="0" maxOccurs="3"/>)",
                    dtm = R"(<xs:element name="DTM" type="DTM" minOccurs="0"/>)", dtm_must = R"(<xs:element name="DTM" type="DTM"/>)",
                    again = "\n<xs:element name=\"REF_2\" type=\"REF\" minOccurs=\"0\"/>";
  const std::string types = R"(<xs:complexType name="DTM"><xs:sequence><xs:element name="DTM01" edi:de="374" type="edi:ID"/></xs:sequence>
</xs:complexType>
<xs:complexType name="N1"><xs:sequence><xs:element name="N101" edi:de="98" type="edi:ID"/><xs:element name="DTM" type="DTM" minOccurs="0"/>
</xs:sequence></xs:complexType>)";
  only(compile(guide(beg + ref + dtm + again, types)), "E614", warning, "REF_2", "after /TS850/BEG a segment REF may be /TS850/REF or /TS850/REF_2");
  CHECK(compile(guide(beg + ref + dtm_must + again, types)).findings.empty());
  const std::string loop = R"(<xs:element name="N1" type="N1" minOccurs="0" maxOccurs="9" edi:loop="N1"/>)";
  const auto inner = compile(guide(beg + loop + "\n<xs:element name=\"DTM\" type=\"DTM\" minOccurs=\"0\"/>", types));
  INFO(inner.told());
  CHECK(inner.count("E614") == 1);
  CHECK(inner.find("E614")->message.find("/TS850/N1/DTM or /TS850/DTM") != std::string::npos);
  CHECK(inner.find("E615") == nullptr);   // without an N1 before it, it is reached

  const std::string many = R"(<xs:element name="REF" type="REF" minOccurs="0" maxOccurs="unbounded"/>)";
  const auto lost = compile(guide(beg + many + again, types));
  CHECK(lost.count("E614") == 1);
  REQUIRE(lost.count("E615") == 1);
  CHECK(lost.find("E615")->severity == warning);
  CHECK(lost.find("E615")->line == lost.line_of("REF_2"));
  const auto never = compile(guide(beg + many + "\n<xs:element name=\"REF_2\" type=\"REF\"/>", types));
  REQUIRE(never.find("E615"));
  CHECK(never.find("E615")->severity == error);
  CHECK(compile(guide(beg + many + dtm + again, types)).find("E615") == nullptr);
}

TEST_CASE("E616: repetitions of data elements", "[edi][guide]") {
  only(with_element("edi:de=\"1\" type=\"edi:AN\" maxOccurs=\"3\""), "E616", error, "name=\"TST01\"", "004020");
  const auto later = R"(edi:standard="X12" edi:version="005010" edi:set="850" edi:group="PO")";
  const auto with = [&](const std::string& occurs, const std::string& part = {}) {
    return compile(guide(beg + R"(<xs:element name="TST"><xs:complexType><xs:sequence><xs:element name="TST01" edi:de="1" )" + occurs + R"(>
<xs:complexType><xs:sequence>
<xs:element name="TST0101" edi:de="2" type="edi:AN" )" + part +
                             "/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>",
                         {}, later));
  };
  const auto good = with("maxOccurs=\"5\"");
  REQUIRE(good.guide);
  CHECK(element_at(*good.guide, good.guide->spots[2].segment, 1).repeat == 5);
  only(with("", "maxOccurs=\"2\""), "E616", error, "name=\"TST0101\"", "cannot repeat");
  only(with("minOccurs=\"2\" maxOccurs=\"2\""), "E616", error, "name=\"TST01\"", "several times");
}

TEST_CASE("E617, E618, E619: codes, facts for acknowledgments, patterns", "[edi][guide]") {
  const std::string codes = "<xs:enumeration value=\"EA\"/><xs:enumeration value=\"CASE\"/>";
  only(with_element("edi:de=\"1\" edi:known=\"BX EA\"", restricted("edi:ID", codes)), "E617", warning, "name=\"TST01\"", "names EA");
  only(with_element("edi:de=\"1\" edi:known=\"BX\" type=\"edi:ID\""), "E617", warning, "name=\"TST01\"", "no enumeration");
  only(with_element("edi:de=\"1\" edi:maxLength=\"3\"", restricted("edi:ID", codes)), "E617", warning, "name=\"TST01\"", "longer");
  only(compile(guide(beg, {}, x12_head + " edi:known=\"BEG FOB\"")), "E617", warning, "name=\"BEG\"", "names BEG");

  only(with_element("type=\"edi:ID\""), "E618", warning, "name=\"TST01\"", "data element number");
  only(compile(guide(beg + "\n" + R"(<xs:element name="REF" type="REF" edi:pos="1/010"/>)")), "E618", warning, "name=\"REF\" type",
       "behind position 1/020");
  only(compile(guide(beg + R"(<xs:element name="TST" type="TST"/>)", R"(<xs:complexType name="TST"><xs:sequence>
<xs:element name="TST01" edi:de="1" type="edi:AN"/>
<xs:element name="REF" type="REF" minOccurs="0"/></xs:sequence></xs:complexType>)")), "E618", warning, "name=\"TST\"", "edi:loop=");

  only(with_element("edi:de=\"1\"", restricted("edi:AN", "<xs:pattern value=\"a{2000}\"/>")), "E619", warning, "name=\"TST01\"",
       "only be checked in XML");
}

TEST_CASE("one thing wrong in a shared type is told once", "[edi][guide]") {
  const auto compiled = compile(guide(beg + R"(<xs:element name="TST" type="TST"/><xs:element name="REF" type="REF"/>
<xs:element name="TST_2" type="TST"/>)",
                                      R"(<xs:complexType name="TST" edi:rule="X01"><xs:sequence>
<xs:element name="TST01" edi:de="1" edi:nothing="1" type="xs:date"/></xs:sequence></xs:complexType>)"));
  INFO(compiled.told());
  CHECK(compiled.count("E608") == 1);
  CHECK(compiled.count("E602") == 1);
  CHECK(compiled.count("E606") == 1);
  CHECK_FALSE(compiled.guide);
}
