#include <catch2/catch.hpp>

#include "desk/coverage.hpp"
#include "desk/map_test.hpp"
#include "desk/thinned.hpp"
#include "fixture.hpp"
#include "formats/xml/read.hpp"
#include "mapping/cases.hpp"
#include "mapping/difference.hpp"

using namespace wayleave;

namespace {

namespace fs = std::filesystem;

// A map with a case that is to be accepted, one that refuses, and one that cannot be read.
struct Bench {
  desk_test::Folder folder;
  Bench() {
    fs::create_directories(folder.path() / "cases/good");
    fs::create_directories(folder.path() / "cases/refused");
    fs::create_directories(folder.path() / "cases/spoilt");
    write("t.map.xml", R"(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="t" source="in-1.xsd#In" target="out-1.xsd#Out">
  <Out ref="r"><Key>{Number}</Key><Free>f</Free><Maybe>{Name}</Maybe><Row m:each="Line" n="{position()}"><Id>{No}</Id></Row></Out>
  <m:reject test="Amount &lt; 0" code="T-AMOUNT" at="Amount">no amount</m:reject>
</m:map>)");
    write("cases/good/in.xml", input("5"));
    write("cases/refused/in.xml", input("-5"));
    write("cases/refused/case.xml", "<case xmlns=\"urn:wayleave:case:1\">\n  <partner name=\"id\" value=\"p\"/>\n  <finding code=\"OLD\"/>\n</case>\n");
    write("cases/spoilt/in.xml", "<In/>");
  }
  static std::string input(const std::string& amount) {
    return "<In xmlns=\"urn:test:in:1\" id=\"i\"><Number>N</Number><Loose>l</Loose><Amount>" + amount +
           "</Amount><Day>2024-02-28</Day><Line><No>1</No><Qty unit=\"EA\">1</Qty></Line></In>";
  }
  void write(const std::string& name, const std::string& text) const { folder.write(name, text); }
  mapping::MapPtr map() const { return desk_test::map(folder.path() / "t.map.xml"); }
};

std::string differences(const std::string& made, const std::string& expected) {
  const auto a = xml::read_wellformed(made), b = xml::read_wellformed(expected);
  std::string all;
  for (const auto& line : mapping::differences(*a.document, *b.document)) all += line + "\n";
  return all;
}

}  // namespace

TEST_CASE("what no case does is listed with the line of the map", "[desk]") {
  const auto map = desk_test::map(desk_test::source_tree() / "tests/desk/maps/table.map.xml");
  desk::Coverage coverage(*map);
  const auto results = desk::run_cases(*map, false, &coverage);
  REQUIRE(results.size() == 1);
  CHECK(results[0].why == "there is no expect.xml, or it cannot be read\n");
  desk_test::check_golden("coverage.txt", desk::render(coverage));
  CHECK(coverage.taken() < coverage.ways());
}

TEST_CASE("a way that a case takes is no longer missing", "[desk]") {
  const Bench bench;
  const auto map = bench.map();
  desk::Coverage coverage(*map);
  desk::run_cases(*map, false, &coverage);
  CHECK(desk::render(coverage) == "the cases take 4 of 5 ways (80 %)\n  t.map.xml:2  Maybe {Name}: never with a value\n");
}

TEST_CASE("accepting writes what is made and what is refused, and the cases pass from then on", "[desk]") {
  const Bench bench;
  const auto map = bench.map();
  auto results = desk::run_cases(*map, false, nullptr);
  REQUIRE(results.size() == 3);
  CHECK_FALSE(results[0].passed);
  CHECK(results[1].why.find("the map says T-AMOUNT at 1:") != std::string::npos);
  CHECK_FALSE(fs::exists(bench.folder.path() / "cases/good/expect.xml"));

  results = desk::run_cases(*map, true, nullptr);
  CHECK(results[0].passed);
  CHECK(results[0].wrote == std::vector<std::string>{"expect.xml"});
  CHECK(desk_test::slurp(bench.folder.path() / "cases/good/expect.xml") ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Out xmlns=\"urn:test:out:1\" ref=\"r\">\n  <Key>N</Key>\n  <Free>f</Free>\n  <Row n=\"1\">\n    <Id>1</Id>\n  </Row>\n</Out>\n");
  CHECK(results[1].passed);
  CHECK(results[1].wrote == std::vector<std::string>{"case.xml"});
  CHECK(desk_test::slurp(bench.folder.path() / "cases/refused/case.xml") ==
        "<case xmlns=\"urn:wayleave:case:1\">\n  <partner name=\"id\" value=\"p\"/>\n  <finding code=\"T-AMOUNT\" line=\"1\" path=\"/In/Amount\"/>\n</case>\n");
  CHECK_FALSE(results[2].passed);
  CHECK(results[2].wrote.empty());
  for (const auto& result : desk::run_cases(*map, true, nullptr)) CHECK(result.wrote.empty());
}

TEST_CASE("a difference is told element by element", "[desk]") {
  CHECK(differences("<a x='1'><b>2</b></a>", "<a x='1'><b>2</b></a>").empty());
  CHECK(differences("<a x='1' z='1'><b>2</b></a>", "<a x='2' y='1'><b>3</b></a>") ==
        "/a/@x: '1', expected '2'\n/a/@z: '1' is not expected\n/a/@y is missing, expected '1'\n/a/b: '2', expected '3'\n");
  CHECK(differences("<a><l>1</l><l>3</l><t/></a>", "<a><l>1</l><l>2</l><l>3</l><u>9</u></a>") ==
        "/a/l[2] is missing\n/a/u is missing: '9'\n/a/t is not expected\n");
  CHECK(differences("<a><c/><b/></a>", "<a><b/><c/></a>") == "/a: c stands before b, expected the other way round\n");
  CHECK(differences("<a/>", "<b/>") == "{}a is made, {}b is expected\n");
}

TEST_CASE("a document with gaps is valid, and smaller", "[desk]") {
  const auto map = desk_test::map(desk_test::source_tree() / "mappings/order_to_erp/base.map.xml");
  const auto whole = desk_test::slurp(desk_test::source_tree() / "mappings/order_to_erp/cases/full/in.xml");
  const auto size = xml::read_wellformed(whole).document->size();
  std::size_t smaller = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    desk::Chance chance(seed);
    const auto made = desk::thinned(whole, *map->source(), chance);
    REQUIRE(made);
    const auto reading = xml::read(*made, *map->source());
    INFO(*made);
    REQUIRE(reading.valid());
    smaller += reading.document->size() < size;
  }
  CHECK(smaller > 20);
}

TEST_CASE("documents made from the schema find a map that writes what its target does not take", "[desk]") {
  desk_test::Folder folder;
  folder.write("t.xsl", R"(<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:i="urn:test:in:1"><xsl:template match="/">
<Out xmlns="urn:test:out:1"><Key><xsl:value-of select="i:In/i:Name"/></Key></Out></xsl:template></xsl:stylesheet>)");
  const auto file = folder.write("t.map.xml", R"(<m:map xmlns:m="urn:wayleave:map:1" name="t" source="in-1.xsd#In" target="out-1.xsd#Out"><m:xslt href="./t.xsl"/></m:map>)");
  const auto map = desk_test::map(file);
  const auto result = desk::run_generated(*map, 20, 3, folder.path() / "kept");
  REQUIRE_FALSE(result.failures.empty());
  CHECK(result.mapped + result.failures.size() == 20);
  CHECK(result.failures[0].findings[0].code.starts_with("R9"));
  CHECK(xml::read(desk_test::slurp(result.failures[0].kept), *map->source()).valid());
  CHECK(desk::run_generated(*map, 20, 3, folder.path() / "kept").failures.size() == result.failures.size());
}

TEST_CASE("no shipped map makes what its target does not take out of whatever its source allows", "[desk]") {
  desk_test::Folder folder;
  for (const auto& file : desk::maps_below(desk_test::source_tree() / "mappings")) {
    if (file.string().find("ubl") != std::string::npos && !desk_test::has_ubl()) continue;
    const auto result = desk::run_generated(*desk_test::map(file), 30, 11, folder.path() / "kept");
    std::uint64_t refused = 0;
    for (const auto& [code, times] : result.refused) refused += times;
    INFO(file);
    for (const auto& failure : result.failures) CHECK(desk_test::told(failure.findings) + desk_test::slurp(failure.kept) == "");
    CHECK(result.unmade == 0);
    CHECK(result.mapped + refused + result.failures.size() == 30);
    CHECK(result.mapped > 0);
  }
}

TEST_CASE("a case gives the map its parameters, and may be a file as the customer sent it", "[desk]") {
  desk_test::Folder folder;
  const auto write = [&](const std::string& name, const std::string& text) { folder.write(name, text); };
  for (const char* name : {"one", "two", "broken", "plain"}) fs::create_directories(folder.path() / "cases" / name);
  write("t.map.xml", R"(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="t" source="x12/004010/997.xsd#TS997" target="out-1.xsd#Out">
  <m:param name="site" type="string"/>
  <Out ref="{$site}"><Key>{AK1/AK102}</Key><Free>f</Free></Out>
</m:map>)");
  const std::string set = "ST*997*0001~AK1*PO*17~AK9*A*1*1*1~SE*4*0001~";
  const auto interchange = [](const std::string& sets, unsigned count) {
    return "ISA*00*          *00*          *ZZ*ACME           *ZZ*NORTHWAY       *251121*0912*U*00401*000000905*0*P*>~GS*FA*ACME*NORTHWAY*20251121*0912*905*X*004010~" +
           sets + "GE*" + std::to_string(count) + "*905~IEA*1*000000905~";
  };
  const std::string parameters = R"(<case xmlns="urn:wayleave:case:1"><param name="site" value="west"/></case>)";
  write("cases/one/in.edi", interchange(set, 1));
  write("cases/one/case.xml", parameters);
  write("cases/one/expect.xml", R"(<Out xmlns="urn:test:out:1" ref="west"><Key>17</Key><Free>f</Free></Out>)");
  write("cases/two/in.edi", interchange(set + "ST*997*0002~AK1*PO*18~AK9*A*1*1*1~SE*4*0002~", 2));
  write("cases/two/case.xml", parameters);
  write("cases/broken/in.edi", interchange(set, 7));
  const auto map = desk_test::map(folder.path() / "t.map.xml");
  const auto outcome = [&](const char* name) { return mapping::run_case(*map, folder.path() / "cases" / name); };
  const auto one = outcome("one");
  INFO(one.why);
  CHECK(one.passed);
  CHECK(outcome("two").why == "in.edi has 2 messages, and a case is about one\n");
  CHECK(outcome("broken").why.find("in.edi is not valid:\n  E143 ") == 0);
  CHECK(outcome("plain").why == "there is no in.xml");
}
