#include <set>
#include <tuple>

#include "guide_fixture.hpp"

using namespace guides;

TEST_CASE("an X12 guide compiles into places, segments, values and rules", "[edi][guide]") {
  const auto compiled = compile(guide(
    beg + R"x(
<xs:element name="REF" type="REF" minOccurs="0" maxOccurs="unbounded" edi:pos="1/050" edi:others="ignore"><xs:annotation>
 <xs:documentation>A number of the buyer.</xs:documentation><xs:appinfo>
 <edi:variant name="Order" when="REF01='CO'" min="1" max="1"/><edi:variant name="Any" when="REF01 = 'DP' and REF02='x' or REF02='a'" max="2"/>
</xs:appinfo></xs:annotation></xs:element>
<xs:element name="N1" type="N1" maxOccurs="200" edi:pos="1/310" edi:loop="N1"/>
<xs:element name="PO1" type="PO1" maxOccurs="100000" edi:pos="2/010" edi:loop="PO1"/>
<xs:element name="CTT" edi:pos="3/010"><xs:complexType><xs:sequence>
 <xs:element name="CTT01" edi:de="354" type="edi:N0" edi:auto="count(/TS850/PO1)"/>
 <xs:element name="CTT02" edi:de="347" type="edi:R" edi:auto="sum(/TS850/PO1/PO102)"/>
 <xs:element name="CTT03" edi:de="347" type="edi:N2" minOccurs="0" edi:auto="sum(/TS850/PO1/PO104/PO10402)"/>
 <xs:element name="CTT04" edi:de="347" type="edi:N0" minOccurs="0" edi:auto="count(//REF)"/></xs:sequence></xs:complexType></xs:element>)x",
    R"(<xs:complexType name="N1" edi:rule="R0203 P0304"><xs:sequence>
 <xs:element name="N101" edi:de="98" type="edi:ID"/>
 <xs:element name="N104" edi:de="67" minOccurs="0" type="Code"/>
 <xs:element name="REF_330" type="REF" minOccurs="0" maxOccurs="3" edi:pos="1/330"/></xs:sequence></xs:complexType>
<xs:simpleType name="Code" edi:known="ZZ B"><xs:restriction base="edi:AN"><xs:minLength value="2"/><xs:maxLength value="80"/>
<xs:pattern value="[A-Z]+"/></xs:restriction></xs:simpleType>
<xs:complexType name="PO1" edi:pairs="06-25" edi:elements="25"><xs:sequence>
 <xs:element name="PO102" edi:de="330" minOccurs="0" edi:minLength="1" edi:maxLength="9" type="edi:R"/>
 <xs:element name="PO103" edi:de="355" minOccurs="0" edi:known="BX PK"><xs:simpleType><xs:restriction base="edi:ID"><xs:length value="2"/>
  <xs:enumeration value="EA"/><xs:enumeration value="CA"/></xs:restriction></xs:simpleType></xs:element>
 <xs:element name="PO104" edi:de="C001" minOccurs="0"><xs:complexType edi:rule="P0102" edi:elements="5"><xs:sequence>
  <xs:element name="PO10402" edi:de="1018" type="edi:N3"/></xs:sequence></xs:complexType></xs:element>
 <xs:element name="PO105" edi:de="373" type="edi:DT8" minOccurs="0"/></xs:sequence></xs:complexType>)",
    x12_head + R"( edi:guide="Test 1" edi:known="TD5
 FOB" edi:unused="ignore")"));
  INFO(compiled.told());
  REQUIRE(compiled.guide);
  CHECK(compiled.count("E617") == 1);   // known codes of an open element
  CHECK(compiled.findings.size() == 1);
  const auto& g = *compiled.guide;
  CHECK(g.standard == Standard::x12);
  CHECK(g.version == "004010");
  CHECK(g.set == "850");
  CHECK(g.group == "PO");
  CHECK(g.name == "Test 1");
  CHECK(g.ignore_unused);
  CHECK(g.known == std::vector<Tag>{tag_of("FOB"), tag_of("TD5")});
  CHECK(g.plan);

  REQUIRE(g.spots.size() == 7);
  CHECK(name(g.spots[0]) == "TS850");
  CHECK(g.spots[0].first_child == 1);
  CHECK(g.spots[0].child_count == 5);
  CHECK(name(g.spots[6]) == "REF_330");
  CHECK(g.spots[6].parent == 3);
  CHECK(g.spots[3].first_child == 6);
  CHECK(g.spots[3].child_count == 1);
  CHECK(g.spots[6].tag == tag_of("REF"));
  CHECK(g.spots[6].max == 3);
  CHECK(g.spots[2].segment == g.spots[6].segment);
  CHECK(g.spots[2].min == 0);
  CHECK(g.spots[2].max == unbounded);
  CHECK(g.spots[2].pos == "1/050");
  CHECK(g.spots[3].loop == "N1");
  CHECK(g.documentation(g.spots[2].declared) == "A number of the buyer.");

  REQUIRE(g.spots[2].variant_count == 2);
  CHECK(g.spots[2].others == Spot::Others::ignore);
  const auto& order = g.variants[g.spots[2].first_variant];
  CHECK(order.name == "Order");
  CHECK(order.min == 1);
  CHECK(order.max == 1);
  REQUIRE(order.tests.size() == 1);
  CHECK(order.tests[0].element == 1);
  CHECK(order.tests[0].component == 0);
  CHECK(order.tests[0].values == std::vector<std::string>{"CO"});
  const auto& any = g.variants[g.spots[2].first_variant + 1];
  REQUIRE(any.tests.size() == 2);
  CHECK(any.tests[1].element == 2);
  CHECK(any.tests[1].values == std::vector<std::string>{"a", "x"});

  const auto& n1 = g.segments[g.spots[3].segment];
  CHECK(n1.id == "N1");
  CHECK(n1.element_count == 4);
  CHECK(n1.standard_elements == 4);
  REQUIRE(n1.rule_count == 2);
  CHECK(g.rules[n1.first_rule].kind == Rule::Kind::required);
  CHECK(g.rules[n1.first_rule].all == 0b110);
  CHECK(g.rules[n1.first_rule].first == 0b10);
  CHECK(g.rules[n1.first_rule + 1].text == "P0304");
  CHECK(element_at(g, g.spots[3].segment, 2).use == Element::Use::unlisted);
  const auto& n104 = element_at(g, g.spots[3].segment, 4);
  CHECK(n104.use == Element::Use::optional);
  CHECK(n104.de == "67");
  const auto& code = g.values[n104.value];
  CHECK(code.form == Form::text);
  CHECK(code.min == 2);
  CHECK(code.max == 80);
  CHECK(code.patterns.size() == 1);
  CHECK(code.known == std::vector<std::string>{"B", "ZZ"});

  const auto po1 = g.spots[4].segment;
  CHECK(g.segments[po1].pairs_from == 6);
  CHECK(g.segments[po1].pairs_to == 25);
  CHECK(g.segments[po1].standard_elements == 25);
  CHECK(g.segments[po1].element_count == 5);
  const auto& quantity = g.values[element_at(g, po1, 2).value];
  CHECK(quantity.form == Form::decimal);
  CHECK(quantity.max == 9);
  CHECK(quantity.patterns.empty());
  const auto& unit = g.values[element_at(g, po1, 3).value];
  CHECK(unit.codes == std::vector<std::string>{"CA", "EA"});
  CHECK(unit.known == std::vector<std::string>{"BX", "PK"});
  CHECK(unit.min == 2);
  CHECK(unit.max == 2);
  const auto& composite = element_at(g, po1, 4);
  CHECK(composite.value == none);
  CHECK(composite.component_count == 2);
  CHECK(composite.standard_components == 5);
  CHECK(composite.rule_count == 1);
  const auto& component = g.elements[composite.first_component + 1];
  CHECK(component.de == "1018");
  CHECK(component.use == Element::Use::mandatory);
  CHECK(g.values[component.value].decimals == 3);
  CHECK(g.elements[composite.first_component].use == Element::Use::unlisted);
  const auto& date = g.values[element_at(g, po1, 5).value];
  CHECK(date.form == Form::date8);
  CHECK(date.min == 8);
  CHECK(date.max == 8);
  CHECK(date.patterns.empty());

  const auto ctt = g.spots[5].segment;
  const auto automatic = [&](unsigned position) { return g.autos.at(element_at(g, ctt, position).automatic); };
  CHECK(automatic(1).kind == Auto::Kind::count);
  CHECK(automatic(1).spot == 4);
  CHECK(automatic(2).kind == Auto::Kind::sum);
  CHECK(automatic(2).element == 2);
  CHECK(automatic(2).component == 0);
  CHECK(automatic(3).element == 4);
  CHECK(automatic(3).component == 2);
  CHECK(automatic(4).spot == none);
  CHECK(automatic(4).tag == tag_of("REF"));
}

TEST_CASE("an EDIFACT guide compiles by edi:at", "[edi][guide]") {
  const auto compiled = compile(guide(R"x(<xs:element name="DTM" type="DTM" edi:pos="0030" maxOccurs="35"><xs:annotation><xs:appinfo>
<edi:variant name="OrderDate" when="C507/E2005='137'" min="1" max="1"/></xs:appinfo></xs:annotation></xs:element>
<xs:element name="NAD" edi:group="SG2" maxOccurs="99"><xs:complexType><xs:sequence>
 <xs:element name="E3035" edi:at="01" type="edi:ID"/><xs:element name="C080" edi:at="04" minOccurs="0"><xs:complexType edi:rule="D5(01,02)">
<xs:sequence>
  <xs:element name="E3036" edi:at="1" type="edi:AN"/><xs:element name="E3036_2" edi:at="2" type="xs:token" minOccurs="0"/></xs:sequence>
</xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="UNS" edi:auto="fixed('S')"><xs:complexType><xs:sequence><xs:element name="E0081" edi:at="01" type="edi:ID"/></xs:sequence>
</xs:complexType></xs:element>
<xs:element name="CNT" edi:auto="fixed('D')"><xs:complexType><xs:sequence><xs:element name="C270" edi:at="1"><xs:complexType><xs:sequence>
 <xs:element name="E6069" edi:at="01" type="edi:ID"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>)x",
    R"(<xs:complexType name="DTM"><xs:sequence><xs:element name="C507" edi:at="01"><xs:complexType><xs:sequence>
 <xs:element name="E2005" edi:at="1" type="edi:ID"/><xs:element name="E2380" edi:at="2" type="xs:string" minOccurs="0"/></xs:sequence>
</xs:complexType></xs:element></xs:sequence></xs:complexType>)",
    edifact_head, "ORDERS"));
  INFO(compiled.told());
  REQUIRE(compiled.guide);
  CHECK(compiled.findings.empty());
  const auto& g = *compiled.guide;
  CHECK(g.standard == Standard::edifact);
  CHECK(g.agency == "UN");
  REQUIRE(g.variants.size() == 1);
  CHECK(g.variants[0].tests[0].element == 1);
  CHECK(g.variants[0].tests[0].component == 1);
  const auto nad = g.spots[2].segment;
  CHECK(g.spots[2].loop == "SG2");
  CHECK(g.segments[nad].element_count == 4);
  CHECK(element_at(g, nad, 1).de == "3035");
  const auto& c080 = element_at(g, nad, 4);
  CHECK(c080.de == "C080");
  CHECK(c080.component_count == 2);
  CHECK(g.elements[c080.first_component + 1].de == "3036");
  CHECK(g.values[g.elements[c080.first_component + 1].value].form == Form::code);
  CHECK(g.rules[c080.first_rule].kind == Rule::Kind::conditional);
  CHECK(g.rules[c080.first_rule].all == 3);
  CHECK(g.autos[element_at(g, g.spots[3].segment, 1).automatic].value == "S");
  const auto& c270 = element_at(g, g.spots[4].segment, 1);
  CHECK(g.autos[g.elements[c270.first_component].automatic].value == "D");
}

TEST_CASE("levels of a hierarchy are told by their suffix", "[edi][guide]") {
  const std::string hl = R"( edi:hierarchy="HL01 HL02 HL03"><xs:sequence><xs:element name="HL01" edi:de="628" type="edi:AN"/>
<xs:element name="HL02" edi:de="734" type="edi:AN" minOccurs="0"/><xs:element name="HL03" edi:de="735" type="edi:ID"/>)";
  const auto types = "<xs:complexType name=\"HL_S\"" + hl + R"(<xs:element name="HL_O" type="HL_O" maxOccurs="9" edi:loop="HL"/>
<xs:element name="HL_I" type="HL_I" minOccurs="0" edi:loop="HL"/></xs:sequence></xs:complexType>
<xs:complexType name="HL_O")" + hl + R"(<xs:element name="HL_I" type="HL_I" minOccurs="0" maxOccurs="9" edi:loop="HL"/></xs:sequence></xs:complexType>
<xs:complexType name="HL_I")" + hl + "</xs:sequence></xs:complexType>";
  const auto good = compile(guide(beg + R"(<xs:element name="HL_S" type="HL_S" edi:loop="HL"/>)", types));
  INFO(good.told());
  REQUIRE(good.guide);
  CHECK(good.findings.empty());
  CHECK(good.guide->spots[2].level == "S");
  CHECK(good.guide->spots[2].tag == tag_of("HL"));
  CHECK(good.guide->segments[good.guide->spots[2].segment].hierarchy);

  only(compile(guide(beg + R"(<xs:element name="HL" type="HL_I" edi:loop="HL"/>)", types)), "E613", error, "name=\"HL\"", "which level");
  for (const auto* wrong : {"TST01 TST02", "TST02 TST01 TST03", "TST01 TST02 TST04"}) {
    const auto compiled = with_segment_type("edi:hierarchy=\"" + std::string(wrong) + "\"");
    INFO(compiled.told());
    CHECK(compiled.count("E613") == 2);   // and TST has no suffix
    CHECK(compiled.findings.back().line == compiled.line_of("name=\"TST\" edi:h"));
    CHECK(compiled.findings.back().message.find("edi:hierarchy cannot be used") == 0);
  }
}

TEST_CASE("a tag is its text", "[edi][guide]") {
  CHECK(tag_text(tag_of("N1")) == "N1");
  CHECK(tag_text(tag_of("BEG")) == "BEG");
  CHECK(tag_text(0).empty());
  CHECK(tag_of("ABCDE") == 0);
}

TEST_CASE("a reader finds the guide by set and version", "[edi][guide]") {
  Guides guides;
  const auto add = [&](Standard standard, const char* set, const char* version, const char* association = "") {
    auto guide = std::make_shared<Guide>();
    guide->standard = standard;
    guide->set = set;
    guide->version = version;
    guide->association = association;
    guides.add(guide);
    return guide.get();
  };
  const auto* plain = add(Standard::x12, "850", "004010");
  const auto* retail = add(Standard::x12, "850", "004010VICS");
  const auto* later = add(Standard::x12, "850", "005010");
  const auto* ean = add(Standard::edifact, "ORDERS", "D.96A", "EAN008");
  const auto* orders = add(Standard::edifact, "ORDERS", "D.96A");
  CHECK(guides.find(Standard::x12, "850", "004010") == plain);
  CHECK(guides.find(Standard::x12, "850", "004010VICS") == retail);
  CHECK(guides.find(Standard::x12, "850", "004010UCS") == plain);
  CHECK(guides.find(Standard::x12, "850", "005010") == later);
  CHECK(guides.find(Standard::x12, "850", "00401") == nullptr);
  CHECK(guides.find(Standard::x12, "855", "004010") == nullptr);
  CHECK(guides.find(Standard::edifact, "850", "004010") == nullptr);
  CHECK(guides.find(Standard::edifact, "ORDERS", "D.96A", "EAN008") == ean);
  CHECK(guides.find(Standard::edifact, "ORDERS", "D.96A") == orders);
  CHECK(guides.find(Standard::edifact, "ORDERS", "D.96A", "EAN007") == orders);
  CHECK(guides.find(Standard::edifact, "ORDERS", "D.96") == nullptr);
}

TEST_CASE("a schema without edi:standard is no guide", "[edi][guide]") { CHECK_FALSE(is_guide(*fixture::load("canonical/order-1.xsd#Order"))); }

TEST_CASE("the guides that come with the product have no errors, pooled or each for itself", "[edi][guide]") {
  std::vector<std::string> files;
  for (const auto* folder : {"x12", "edifact"})
    for (const auto& entry : fs::recursive_directory_iterator(schemas / folder))
      if (entry.path().extension() == ".xsd" && !entry.path().filename().string().starts_with("elements-")) files.push_back(entry.path().string());
  REQUIRE(files.size() >= 10);
  schema::Library library(schema::SearchPath{{schemas}});
  library.vet(files);
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const auto& file : files) {
    INFO(file);
    const auto loaded = library.load(file);
    REQUIRE(loaded.schema);
    CHECK(is_guide(*loaded.schema));
    const auto compiled = compile_guide(loaded.schema);
    for (const auto& each : compiled.findings) CHECK(each.code + " " + std::to_string(each.line) + " " + each.message == "");
    REQUIRE(compiled.guide);
    const auto& g = *compiled.guide;
    CHECK(seen.emplace(g.version, g.set, g.association).second);
    CHECK(g.spots.size() > 3);
    for (std::uint32_t s = 1; s < g.spots.size(); ++s) {
      CHECK(g.spots[s].parent < s);
      CHECK(g.spots[s].segment < g.segments.size());
    }
  }
}
