#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "mapping/print_map.hpp"

using namespace wayleave;
using namespace wayleave::mapping;
using namespace mapping_test;

namespace {

const std::string doc = R"(<In xmlns="urn:test:in:1" id="i"><Number>N</Number><Name>Ann</Name><Loose>loose</Loose><Amount>1.50</Amount><Day>2025-01-31</Day><Kind>rush</Kind>
<Line><No>1</No><Qty unit="EA">2</Qty><Text>first</Text></Line><Line><No>2</No><Qty unit="EA">3</Qty></Line></In>)";

const std::string base = R"(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="base" source="in-1.xsd#In" target="out-1.xsd#Out">
  <m:codes name="mode"><c from="rush" to="R"/><c from="plain" to="P"/><c from="other" to="P"/></m:codes>
  <m:let name="key" value="Number"/>
  <m:def name="row" of="Line" gives="Row"><Id>{No}</Id><Say>{first(Text)}</Say></m:def>
  <Out>
    <Key>{$key}</Key>
    <Free>f</Free>
    <m:if test="Name"><Maybe>{Name}</Maybe></m:if>
    <Mode>{default(code(Kind,'mode'),'P')}</Mode>
    <Row m:each="Line" m:call="row"/>
    <Mark a="1"/>
  </Out>
</m:map>)";

std::string overlay(const std::string& body, const std::string& extends = "./base.xml") {
  return "<m:overlay xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:test:out:1\" name=\"o\" extends=\"" + extends + "\">" + body + "</m:overlay>";
}

std::string made(const std::string& body) { return run(overlay(body), doc, {{"./base.xml", base}}).xml; }

constexpr auto start = R"(<Out xmlns="urn:test:out:1">)";

}  // namespace

TEST_CASE("an overlay without patches is its base", "[mapping]") {
  CHECK(made("") == run(base, doc).xml);
}

TEST_CASE("patches replace, stand before and after, at the end, and take out", "[mapping]") {
  CHECK(made(R"(<m:replace at="Out/Maybe"><Maybe>{Loose}</Maybe></m:replace>)").find("<Maybe>loose</Maybe>") != std::string::npos);
  CHECK(made(R"(<m:after at="Out/Maybe"><Sum>{Amount}</Sum></m:after>)").find("<Maybe>Ann</Maybe><Sum>1.50</Sum><Mode>") != std::string::npos);
  CHECK(made(R"(<m:before at="Out/Mode"><Sum>{Amount}</Sum></m:before>)").find("<Maybe>Ann</Maybe><Sum>1.50</Sum><Mode>") != std::string::npos);
  CHECK(made(R"(<m:append at="Out"><Mark a="2"/></m:append>)").find(R"(<Mark a="1"/><Mark a="2"/></Out>)") != std::string::npos);
  CHECK(made(R"(<m:remove at="Out/Mark"/><m:remove at="Out/Maybe"/>)") ==
        std::string(start) + R"(<Key>N</Key><Free>f</Free><Mode>R</Mode><Row><Id>1</Id><Say>first</Say></Row><Row><Id>2</Id></Row></Out>)");
  CHECK(made(R"(<m:replace at="Out/Mark"><m:base/><Mark a="2"/><m:if test="Kind = 'rush'"><Mark b="{Number}"/></m:if></m:replace>)")
          .find(R"(<Mark a="1"/><Mark a="2"/><Mark b="N"/></Out>)") != std::string::npos);
}

TEST_CASE("two patches beside each other do not depend on their order", "[mapping]") {
  const std::string a = R"(<m:after at="Out/Maybe"><Sum>{Amount}</Sum></m:after>)", b = R"(<m:replace at="Out/Mode"><Mode>P</Mode></m:replace>)",
                    c = R"(<m:remove at="Out/Mark"/>)";
  CHECK(made(a + b + c) == made(c + b + a));
}

TEST_CASE("a patch inside a definition changes the one call that was addressed", "[mapping]") {
  auto two = base;
  two.replace(two.find("<Mark a"), 0, "<m:if test=\"Loose\"><m:for each=\"Line\"><Row n=\"7\" m:call=\"row\"/></m:for></m:if>");
  const auto text = overlay(R"(<m:replace at="Out/Row[@n='7']/Say"><Say>patched</Say></m:replace>)");
  auto xml = run(text, doc, {{"./base.xml", two}}).xml;
  CHECK(xml.find(R"(<Row><Id>1</Id><Say>first</Say></Row><Row><Id>2</Id></Row><Row n="7"><Id>1</Id><Say>patched</Say></Row><Row n="7"><Id>2</Id><Say>patched</Say></Row>)") !=
        std::string::npos);
}

TEST_CASE("variables and code lists are overridden; a variable may use one that the overlay adds", "[mapping]") {
  CHECK(made(R"x(<m:let name="key" override="yes" value="$mine"/><m:let name="mine" value="truncate(concat('X',Number),5)"/>)x").find("<Key>XN</Key>") != std::string::npos);
  CHECK(made(R"(<m:codes name="mode" override="merge"><c from="rush" to="P"/></m:codes>)").find("<Mode>P</Mode>") != std::string::npos);
  CHECK(made(R"(<m:codes name="mode" override="replace"><c from="plain" to="R"/></m:codes>)").find("<Mode>P</Mode>") != std::string::npos);
}

TEST_CASE("overlays lie three deep, and no deeper", "[mapping]") {
  std::map<std::string, std::string> files{{"./base.xml", base},
                                           {"./region.xml", overlay(R"(<m:after at="Out/Maybe"><Sum>{Amount}</Sum></m:after><m:replace at="Out/Mark"><Mark a="region"/></m:replace>)")}};
  const auto customer = overlay(R"(<m:remove at="Out/Sum"/><m:replace at="Out/Mark"><m:base/><Mark a="customer"/></m:replace>)", "./region.xml");
  auto xml = run(customer, doc, files).xml;
  CHECK(xml.find("Sum") == std::string::npos);
  CHECK(xml.find(R"(<Mark a="region"/><Mark a="customer"/>)") != std::string::npos);
  files["./customer.xml"] = customer;
  CHECK(codes(compile(overlay("", "./customer.xml"), files).findings) == "M508");
}

TEST_CASE("what flat prints compiles to the same map", "[mapping]") {
  const auto text = overlay(R"x(<m:codes name="mode" override="merge"><c from="rush" to="P"/></m:codes><m:let name="key" override="yes" value="default(Name,'&lt;none&gt;')"/>
    <m:replace at="Out/Key"><Key>{truncate($key,20)}</Key></m:replace><m:replace at="Out/Row/Say"><m:base/><Say lang-less="" m:if="exists(Text)">more &amp; more</Say></m:replace>)x");
  auto fixed = text;
  fixed.replace(fixed.find(" lang-less=\"\""), 13, "");
  auto compiled = compile(fixed, {{"./base.xml", base}});
  REQUIRE(compiled.map);
  const auto flat = print_map(*compiled.map->tree, *compiled.map->compilation);
  INFO(flat);
  CHECK(flat.find("<!-- from t.map.xml:") != std::string::npos);
  CHECK(run(flat, doc).xml == run(fixed, doc, {{"./base.xml", base}}).xml);
}
