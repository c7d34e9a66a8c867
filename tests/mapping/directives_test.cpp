#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace wayleave;
using namespace wayleave::mapping;
using namespace mapping_test;

namespace {

const std::string heads = "<Key>k</Key><Free>f</Free>";

std::string document(int lines) {
  std::string text = R"(<In xmlns="urn:test:in:1" id="i"><Number>N</Number><Loose/><Amount>0</Amount><Day>2025-01-31</Day><Tag key="x">1</Tag><Tag key="y">2</Tag>)";
  for (int i = 0; i < lines; ++i) {
    text += "<Line><No>" + std::to_string(i % 3) + "</No><Qty unit=\"EA\">" + std::to_string(i + 1) + "</Qty></Line>";
  }
  return text + "</In>";
}

std::string text_of(const Findings& findings) {
  std::string text;
  for (const auto& finding : findings) text += finding.code + " " + finding.message + "\n";
  return text;
}

}  // namespace

TEST_CASE("m:group puts together what has one value, in the order in which it first comes", "[mapping]") {
  const auto map = map_text("<Out>" + heads + R"(<m:group each="Line" by="No" as="g"><Row n="{position()}"><Id>{No}-{count($g)}</Id><Value>{sum($g/Qty)}</Value>
    <Say m:each="$g">{Qty}</Say></Row></m:group></Out>)");
  CHECK(run(map, document(5)).xml ==
        R"(<Out xmlns="urn:test:out:1"><Key>k</Key><Free>f</Free><Row n="1"><Id>0-2</Id><Value>5</Value><Say>1</Say><Say>4</Say></Row>)"
        R"(<Row n="2"><Id>1-2</Id><Value>7</Value><Say>2</Say><Say>5</Say></Row><Row n="3"><Id>2-1</Id><Value>3</Value><Say>3</Say></Row></Out>)");
}

TEST_CASE("items without a value are a group of their own, not lost", "[mapping]") {
  const auto map = map_text("<Out>" + heads + R"(<m:group each="Line" by="Place/City" as="g"><Row><Id>{default(Place/City,'none')}</Id><Value>{count($g)}</Value></Row></m:group></Out>)");
  auto mapped = run(map, sample);
  CHECK(mapped.xml.find("<Row><Id>none</Id><Value>1</Value></Row><Row><Id>Toronto</Id><Value>1</Value></Row>") != std::string::npos);
}

TEST_CASE("m:key finds elements by a value: nothing, one, several", "[mapping]") {
  const auto map = map_text("<Out>" + heads + R"x(<Maybe>{join(key('line','0')/Qty,'+')}|{join(key('line',Number)/Qty,'+')}</Maybe>
    <Row m:each="Tag"><Id>{.}</Id><Value>{sum(key('line',.)/Qty)}</Value></Row></Out>)x",
                            R"(<m:key name="line" match="Line" use="No"/>)");
  CHECK(run(map, document(4)).xml == R"(<Out xmlns="urn:test:out:1"><Key>k</Key><Free>f</Free><Row><Id>1</Id><Value>2</Value></Row><Row><Id>2</Id><Value>3</Value></Row></Out>)");
}

TEST_CASE("a numeric key compares by value", "[mapping]") {
  const auto map = map_text("<Out>" + heads + R"(<Maybe>{first(key('qty',2))/No}</Maybe></Out>)", R"(<m:key name="qty" match="Line" use="Qty"/>)");
  CHECK(run(map, R"(<In xmlns="urn:test:in:1" id="i"><Number>N</Number><Loose/><Amount>0</Amount><Day>2025-01-31</Day><Line><No>a</No><Qty unit="EA">2.00</Qty></Line></In>)")
          .xml.find("<Maybe>a</Maybe>") != std::string::npos);
}

TEST_CASE("a join that multiplies ends in R801 and not in memory", "[mapping]") {
  const auto map = map_text("<Out>" + heads + R"x(<m:for each="Line"><Row m:each="key('line',No)"><Id>{No}</Id></Row></m:for></Out>)x",
                            R"(<m:key name="line" match="Line" use="No"/>)");
  auto compiled = compile(map);
  REQUIRE(compiled.map);
  auto read_document = read(document(3'000));
  Budget budget;
  budget.nodes = 1'000'000;
  auto mapped = mapping::run(Map(compiled.map), read_document, {}, budget);
  CHECK(codes(mapped.findings) == "R801");
}

TEST_CASE("m:messages makes one document for each item, and for each group", "[mapping]") {
  const auto each = map_text(R"(<m:messages><m:message each="Line" as="l"><m:let name="no" value="No"/><Out><Key>{$no}</Key><Free>{$l/Qty} of {/In/Number}</Free></Out></m:message></m:messages>)");
  auto mapped = run(each, document(2));
  CHECK(mapped.xml.empty());
  CHECK(mapped.messages == std::vector<std::string>{R"(<Out xmlns="urn:test:out:1"><Key>0</Key><Free>1 of N</Free></Out>)",
                                                    R"(<Out xmlns="urn:test:out:1"><Key>1</Key><Free>2 of N</Free></Out>)"});
  const auto groups = map_text(R"(<m:messages><m:message group="Line" by="No" as="g"><Out><Key>{No}</Key><Free>{count($g)}</Free></Out></m:message><m:message><Out><Key>end</Key><Free>x</Free></Out></m:message></m:messages>)");
  CHECK(run(groups, document(4)).messages.size() == 4);
}

TEST_CASE("a refusal in one message refuses all of them; no message at all is a refusal", "[mapping]") {
  const auto map = map_text(R"(<m:messages><m:message each="Line[No='0']"><m:reject test="Qty &gt; 3" code="T-1">too many</m:reject><Out><Key>{No}</Key><Free>x</Free></Out></m:message></m:messages>)");
  auto mapped = run(map, document(5));
  CHECK(codes(mapped.findings) == "T-1");
  CHECK(mapped.messages.empty());
  CHECK(run(map, document(2)).messages.size() == 1);
  CHECK(codes(run(map_text(R"(<m:messages><m:message each="Line[No='9']"><Out><Key>{No}</Key><Free>x</Free></Out></m:message></m:messages>)"), document(1)).findings) == "R802");
}

TEST_CASE("m:copy copies what both schemas say alike, and its namespaces", "[mapping]") {
  const std::string head = "<m:map xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:test:in:1\" name=\"t\" source=\"in-1.xsd#In\" target=\"in-1.xsd#In\">";
  const auto map = head + R"(<In id="{@id}"><Number>{Number}</Number><Loose>l</Loose><Amount>{Amount}</Amount><Day>{Day}</Day><m:copy select="Tag"/><m:copy select="Place"/><m:copy select="Line"/></In></m:map>)";
  auto mapped = run(map, sample);
  CHECK(mapped.ok());
  CHECK(mapped.xml.find(R"(<Tag key="x">tx</Tag><Tag key="y">ty</Tag>)") != std::string::npos);
  CHECK(mapped.xml.find(R"(<Line><No>2</No><Qty unit="KGM">2.5</Qty><Place><City>Toronto</City></Place></Line></In>)") != std::string::npos);
  CHECK_NOTHROW(read(mapped.xml));
}

TEST_CASE("parameters come from where the map is used, are typed, and have defaults", "[mapping]") {
  const auto map = map_text("<Out>" + heads + "<On>{add-days(Day,$days)}</On><Total>{$days}</Total></Out>", R"(<m:param name="days" type="integer" default="3"/>)");
  CHECK(run(map, document(1)).xml.find("<On>2025-02-03</On><Total>3</Total>") != std::string::npos);
  Context context;
  context.parameters["days"] = "1";
  CHECK(run(map, document(1), {}, context).xml.find("<On>2025-02-01</On>") != std::string::npos);
  context.parameters["days"] = "soon";
  CHECK(codes(run(map, document(1), {}, context).findings) == "R809");
  const auto demanding = map_text("<Out>" + heads + "<Total>{$days}</Total></Out>", R"(<m:param name="days" type="integer"/>)");
  CHECK(codes(run(demanding, document(1)).findings) == "R809");
}

TEST_CASE("linked() reads an earlier document by the key that m:linked computes", "[mapping]") {
  const auto map = map_text("<Out>" + heads + "<Maybe>{linked('before')/Name}</Maybe></Out>", R"x(<m:linked name="before" schema="in-1.xsd#In" by="concat(Number,'-0')"/>)x");
  auto earlier = std::make_shared<const Document>(read(sample));
  std::vector<std::string> asked;
  Context context;
  context.linked = [&](std::string_view name, std::string_view root, std::string_view key) {
    asked = {std::string(name), std::string(root), std::string(key)};
    return earlier;
  };
  CHECK(run(map, document(1), {}, context).xml.find("<Maybe>Anna  Lee</Maybe>") != std::string::npos);
  CHECK(asked == std::vector<std::string>{"before", "In", "N-0"});
  CHECK(run(map, document(1)).xml.find("Maybe") == std::string::npos);
}

TEST_CASE("m:use takes in definitions, code lists and variables of a library", "[mapping]") {
  const std::map<std::string, std::string> files{
    {"./lib.xml", R"(<m:library xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="lib"><m:use href="./more.xml"/><m:def name="row" of="Line" gives="Row"><Id>{code(No,'names')}</Id></m:def><m:def name="spare" of="Line" gives="Row"><Id>{No}</Id></m:def></m:library>)"},
    {"./more.xml", R"(<m:library xmlns:m="urn:wayleave:map:1" name="more"><m:codes name="names"><c from="0" to="zero"/></m:codes><m:let name="who" value="'library'"/></m:library>)"}};
  const auto map = map_text(R"(<Out><Key>{$who}</Key><Free>f</Free><Row m:each="Line" m:call="row"/></Out>)", R"(<m:use href="./lib.xml"/>)");
  CHECK(run(map, document(1), files).xml == R"(<Out xmlns="urn:test:out:1"><Key>library</Key><Free>f</Free><Row><Id>zero</Id></Row></Out>)");
  auto refused = run(map, document(2), files);
  CHECK(codes(refused.findings) == "R804");
}

TEST_CASE("m:xslt transforms with nothing to reach", "[mapping]") {
  const std::string map = "<m:map xmlns:m=\"urn:wayleave:map:1\" name=\"t\" source=\"in-1.xsd#In\" target=\"out-1.xsd#Out\"><m:xslt href=\"./t.xsl\"/></m:map>";
  auto sheet = [](const std::string& body) {
    return std::map<std::string, std::string>{{"./t.xsl", "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" xmlns:i=\"urn:test:in:1\">" + body + "</xsl:stylesheet>"}};
  };
  const auto good = sheet("<xsl:template match=\"/\"><Out xmlns=\"urn:test:out:1\"><Key><xsl:value-of select=\"i:In/i:Number\"/></Key></Out></xsl:template>");
  CHECK(run(map, document(1), good).xml.find("<Key>N</Key>") != std::string::npos);
  for (const std::string what : {"document('/etc/passwd')", "document('http://127.0.0.1:1/')"}) {
    auto mapped = run(map, document(1), sheet("<xsl:template match=\"/\"><Out xmlns=\"urn:test:out:1\"><Key><xsl:value-of select=\"count(" + what + "/*)\"/></Key></Out></xsl:template>"));
    INFO(what << " " << mapped.xml << text_of(mapped.findings));
    CHECK(mapped.xml.find("<Key>1</Key>") == std::string::npos);
  }
  auto endless = run(map, document(1), sheet("<xsl:template match=\"/\"><Out><xsl:call-template name=\"t\"/></Out></xsl:template><xsl:template name=\"t\"><xsl:call-template name=\"t\"/></xsl:template>"));
  CHECK(codes(endless.findings) == "R810");
  auto doubling = run(map, document(200), sheet("<xsl:template match=\"/\"><Out><xsl:for-each select=\"//*\"><xsl:for-each select=\"//*\"><xsl:for-each select=\"//*\"><x/></xsl:for-each></xsl:for-each></xsl:for-each></Out></xsl:template>"));
  CHECK(codes(doubling.findings) == "R810");
  CHECK_FALSE(compile(map, sheet("<xsl:import href=\"/etc/passwd\"/>")).map);
  CHECK_FALSE(compile(map, sheet("<xsl:include href=\"other.xsl\"/>")).map);
}

// ---- semantics that a slower evaluator found out about

TEST_CASE("a predicate over a repeated child holds when one of them fits", "[mapping]") {
  CHECK(in_element("first(Line[Text='second']/No)", sample) == "1");
  CHECK(in_element("count(Line[Text='third'])", sample) == "0");
}

TEST_CASE("predicates compare by type: booleans, dates, variables", "[mapping]") {
  const auto flagged = map_text("<Out>" + heads + "<m:let name=\"n\" value=\"2.50\"/><Maybe>{count(Line[Qty=$n])}</Maybe></Out>");
  CHECK(run(flagged, sample).xml.find("<Maybe>1</Maybe>") != std::string::npos);
}

TEST_CASE("a refusal behind an absent argument is heard", "[mapping]") {
  CHECK(in_element("concat(Nil,require(Nil,'F','x'))") == "!F");
  CHECK(codes(run(map_text("<Out>" + heads + "<Maybe>{Nil} {require(Nil,'F','x')}</Maybe></Out>"), sample).findings) == "F");
  CHECK(in_element("default(Nil,require(Nil,'F','x'))") == "!F");
  CHECK(in_element("choose(exists(Nil),require(Nil,'F','x'),'no')") == "no");
}

TEST_CASE("attributes of an element that is left out refuse nothing", "[mapping]") {
  const std::string row = R"x(<Row n="{require(Count,'A','x')}"><Id>{Name}</Id></Row>)x";
  auto mapped = run(map_text("<Out>" + heads + row + "</Out>"), minimal());
  CHECK(mapped.ok());
  CHECK(mapped.xml.find("<Row") == std::string::npos);
}

TEST_CASE("in-list of nothing is nothing, zero has a digit, and one refusal has one finding", "[mapping]") {
  const std::string list = "<m:codes name=\"u\"><c from=\"a\" to=\"b\"/></m:codes>";
  CHECK(run(map_text("<Out>" + heads + "<Maybe>{in-list(Nil,'u')}</Maybe></Out>", list), sample).xml.find("Maybe") == std::string::npos);
  CHECK(in_element("format(0,'#.##')") == "0");
  CHECK(codes(run(map_text("<Out><m:let name=\"n\" value=\"require(Nil,'T-N','no N')\"/><Key>{$n}</Key><Free>f</Free></Out>"), sample).findings) == "T-N");
}

TEST_CASE("a target that collapses white space gets it collapsed", "[mapping]") {
  auto mapped = run(map_text("<Out><Key>{truncate(default(Name,'x'),20)}</Key><Free>{Name}</Free></Out>"), sample);
  CHECK(mapped.xml.find("<Key>Anna Lee</Key><Free>Anna  Lee</Free>") != std::string::npos);
}
