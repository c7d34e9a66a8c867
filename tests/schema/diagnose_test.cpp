#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace wayleave;
using test::codes;
using test::findings_of;
using test::places;

namespace {

const std::string order =
  "<xs:element name='Order'><xs:complexType><xs:sequence>"
  "<xs:element name='Number'><xs:simpleType><xs:restriction base='xs:string'><xs:minLength value='1'/><xs:maxLength value='10'/></xs:restriction></xs:simpleType></xs:element>"
  "<xs:element name='Date' type='xs:date'/>"
  "<xs:element name='Note' type='xs:string' minOccurs='0'/>"
  "<xs:element name='Line' maxOccurs='3'><xs:complexType><xs:sequence><xs:element name='Id' type='xs:int'/><xs:element name='Item' type='xs:string'/>"
  "<xs:element name='Quantity'><xs:complexType><xs:simpleContent><xs:extension base='xs:decimal'><xs:attribute name='uom' type='t:Unit' use='required'/></xs:extension></xs:simpleContent></xs:complexType></xs:element>"
  "<xs:element name='Parent' type='xs:int' minOccurs='0'/></xs:sequence></xs:complexType></xs:element>"
  "<xs:element name='Total' type='xs:decimal' minOccurs='0'/>"
  "</xs:sequence><xs:attribute name='test' type='xs:boolean'/></xs:complexType>"
  "<xs:key name='LineId'><xs:selector xpath='t:Line'/><xs:field xpath='t:Id'/></xs:key>"
  "<xs:keyref name='LineParent' refer='t:LineId'><xs:selector xpath='t:Line'/><xs:field xpath='t:Parent'/></xs:keyref></xs:element>"
  "<xs:simpleType name='Unit'><xs:restriction base='xs:string'><xs:enumeration value='EA'/><xs:enumeration value='CS'/><xs:enumeration value='PL'/></xs:restriction></xs:simpleType>";

const schema::Schema& order_schema() {
  static const auto schema = test::compile(order);
  return *schema;
}

std::string line(const std::string& id, const std::string& more = "") {
  return "<Line><Id>" + id + "</Id><Item>A</Item><Quantity uom='EA'>1</Quantity>" + more + "</Line>";
}

Findings judge(const std::string& children, const std::string& attributes = "") {
  const auto document = "<Order" + attributes + ">\n" + children + "\n</Order>";
  auto findings = findings_of(order_schema(), document);
  INFO(document);
  CHECK(findings.empty() == test::xerces_accepts(order_schema(), document));
  return findings;
}

const std::string head = "<Number>1</Number>\n<Date>2025-03-14</Date>\n";

}  // namespace

TEST_CASE("a valid document has no findings", "[schema][diagnose]") { CHECK(judge(head + line("1") + line("2", "<Parent>1</Parent>")).empty()); }

TEST_CASE("a misspelt mandatory element is one finding that names the right one", "[schema][diagnose]") {
  const auto findings = judge("<Number>1</Number>\n  <Dtae>2025-03-14</Dtae>\n" + line("1"));
  REQUIRE(places(findings) == "X121 3:3");
  CHECK(findings[0].fix == "write Date");
  CHECK(findings[0].path == "/Order/Dtae");
  CHECK(codes(judge("<number>1</number><Date>2025-03-14</Date>" + line("1"))) == "X121");
}

TEST_CASE("a misspelt element is judged as the one that is meant", "[schema][diagnose]") {
  CHECK(codes(judge("<Number>1</Number><Datee>tomorrow</Datee>" + line("1"))) == "X121 X201");
}

TEST_CASE("a missing element is reported where it should stand", "[schema][diagnose]") {
  const auto before = judge("<Number>1</Number>\n" + line("1"));
  REQUIRE(places(before) == "X110 3:1");
  CHECK(before[0].path == "/Order/Date");
  CHECK(before[0].message == "Date is missing before Line.");
  const auto at_end = judge(head);
  REQUIRE(places(at_end) == "X110 5:1");
  CHECK(at_end[0].path == "/Order/Line");
  CHECK(places(judge("")) == "X110 3:1 X110 3:1 X110 3:1");
}

TEST_CASE("two swapped siblings are one finding", "[schema][diagnose]") {
  CHECK(places(judge("<Date>2025-03-14</Date>\n<Number>1</Number>\n" + line("1"))) == "X111 3:1");
  const auto optional = judge(head + line("1") + "\n<Note>x</Note>");
  REQUIRE(codes(optional) == "X111");
  CHECK(optional[0].fix == "move it before Line");
}

TEST_CASE("an element far from its place is one finding", "[schema][diagnose]") {
  CHECK(codes(judge("<Total>1</Total>" + head + line("1"))) == "X111");
  CHECK(codes(judge("<Date>2025-03-14</Date>" + line("1") + line("2") + "<Number>1</Number>")) == "X111");
}

TEST_CASE("one too many is reported at the one that is too many", "[schema][diagnose]") {
  CHECK(places(judge("<Number>1</Number>\n<Number>2</Number>\n<Date>2025-03-14</Date>" + line("1"))) == "X112 3:1");
  const auto lines = judge(head + line("1") + line("2") + line("3") + "\n" + line("4"));
  REQUIRE(places(lines) == "X112 5:1");
  CHECK(lines[0].expected == "at most 3");
}

TEST_CASE("an unknown element is one finding, and its neighbours are judged", "[schema][diagnose]") {
  CHECK(codes(judge(head + "<Remarks>x</Remarks>" + line("1") + line("x"))) == "X120 X203");
  const auto instead = judge("<Number>1</Number><IssuedOn>2025-03-14</IssuedOn>" + line("1"));
  REQUIRE(codes(instead) == "X120");
  CHECK(instead[0].fix == "write Date here, or remove it");
}

TEST_CASE("a wrong namespace is one finding, however much is in it", "[schema][diagnose]") {
  const auto findings = judge(head + "<Line xmlns='urn:other'><Id>1</Id><Item>A</Item><Quantity uom='EA'>1</Quantity></Line>");
  REQUIRE(codes(findings) == "X122");
  CHECK(findings[0].fix.find("urn:test") != std::string::npos);
}

TEST_CASE("every mistake is reported at once, in the order of the document", "[schema][diagnose]") {
  const auto findings = judge("<Number>12345678901</Number>\n<Date>03/14/2025</Date>\n<Line><Id>1</Id><Item>A</Item><Quantity uom='BOX'>twelve</Quantity></Line>\n"
                              "<Line><Id>2</Id><Quantity uom='EA'>1</Quantity></Line>\n<Remarks/>");
  CHECK(places(findings) == "X204 2:9 X201 3:7 X310 4:46 X203 4:51 X110 5:17 X120 6:1");
}

TEST_CASE("values get the code of their type and a remedy to copy", "[schema][diagnose]") {
  const auto date = [](const std::string& value) { return judge("<Number>1</Number><Date>" + value + "</Date>" + line("1")).at(0).fix; };
  CHECK(date("03/14/2025") == "write 2025-03-14 (YYYY-MM-DD)");
  CHECK(date("14.03.2025") == "write 2025-03-14 (YYYY-MM-DD)");
  CHECK(date("14/03/2025") == "write 2025-03-14 (YYYY-MM-DD)");
  CHECK(date("20250314") == "write 2025-03-14 (YYYY-MM-DD)");
  CHECK(date("March 14, 2025") == "write 2025-03-14 (YYYY-MM-DD)");
  CHECK(date("2025-3-4") == "write 2025-03-04 (YYYY-MM-DD)");
  CHECK(date("03/04/2025") == "write YYYY-MM-DD");
  CHECK(date("soon") == "write YYYY-MM-DD");
  const auto leap = judge("<Number>1</Number><Date>2025-02-29</Date>" + line("1"));
  CHECK(leap.at(0).message.find("February has 28 days in 2025") != std::string::npos);
  const auto quantity = [](const std::string& value) {
    return judge(head + "<Line><Id>1</Id><Item>A</Item><Quantity uom='EA'>" + value + "</Quantity></Line>").at(0).fix;
  };
  CHECK(quantity("1,5") == "write 1.5");
  CHECK(quantity("1.234,50") == "write 1234.50");
  CHECK(quantity("$12") == "write 12");
  CHECK(quantity("1,234") == "write digits, e.g. 12 or 12.5");
}

TEST_CASE("a value is pointed at by its first character", "[schema][diagnose]") {
  const auto findings = judge("<Number>1</Number><Date>\n    soon\n</Date>" + line("1"));
  REQUIRE(places(findings) == "X201 3:5");
  CHECK(findings[0].length == 4);
}

TEST_CASE("a value that is not in the list gets the nearest that is", "[schema][diagnose]") {
  const auto findings = judge(head + "<Line><Id>1</Id><Item>A</Item><Quantity uom='ea'>1</Quantity></Line>");
  REQUIRE(codes(findings) == "X310");
  CHECK(findings[0].expected == "one of EA, CS, PL");
  CHECK(findings[0].fix == "did you mean EA?");
  CHECK(findings[0].path == "/Order/Line/Quantity/@uom");
}

TEST_CASE("attributes that are missing, unknown or misspelt are one finding each", "[schema][diagnose]") {
  const auto quantity = [](const std::string& attributes) { return judge(head + "<Line><Id>1</Id><Item>A</Item><Quantity" + attributes + ">1</Quantity></Line>"); };
  CHECK(places(quantity("")) == "X130 4:31");
  CHECK(codes(quantity(" uom='EA' x='1'")) == "X131");
  const auto misspelt = quantity(" uon='EA'");
  REQUIRE(places(misspelt) == "X131 4:41");
  CHECK(misspelt[0].fix == "write uom");
  CHECK(codes(judge(head + line("1"), " test='yes'")) == "X206");
}

TEST_CASE("a repeated key names the first, a dangling reference its key", "[schema][diagnose]") {
  const auto repeated = judge(head + line("1") + "\n" + line("01"));
  REQUIRE(places(repeated) == "X320 5:11");
  CHECK(repeated[0].message == "Id of Line is \"01\" a second time in Order; the first is on line 4 (LineId).");
  const auto dangling = judge(head + line("1") + line("2", "<Parent>9</Parent>"));
  REQUIRE(codes(dangling) == "X320");
  CHECK(dangling[0].found == "9");
}

TEST_CASE("a key that is missing because its element is misspelt is no second mistake", "[schema][diagnose]") {
  CHECK(codes(judge(head + "<Line><Idd>1</Idd><Item>A</Item><Quantity uom='EA'>1</Quantity></Line>" + line("2", "<Parent>1</Parent>"))) == "X121");
}

TEST_CASE("text between elements and elements in a value are reported", "[schema][diagnose]") {
  CHECK(places(judge(head + "oops " + line("1"))) == "X209 4:1");
  CHECK(codes(judge("<Number><b>1</b></Number><Date>2025-03-14</Date>" + line("1"))) == "X120");
  CHECK(codes(judge(head + "<Line>A, 1 piece</Line>")) == "X209");
}

TEST_CASE("a root of another kind is one finding", "[schema][diagnose]") {
  CHECK(codes(findings_of(order_schema(), "<Invoice><a/></Invoice>")) == "X120");
}

TEST_CASE("findings stop at the limit", "[schema][diagnose]") {
  std::string many = head;
  for (int i = 0; i < 300; ++i) many += "<Bogus" + std::to_string(i) + "/>";
  CHECK(judge(many + line("1")).size() == 100);
}

TEST_CASE("a choice that is missing names what may stand there", "[schema][diagnose]") {
  const auto schema = test::compile("<xs:element name='E'><xs:complexType><xs:sequence><xs:choice><xs:element name='a'/><xs:element name='b'/></xs:choice><xs:element name='c'/></xs:sequence></xs:complexType></xs:element>");
  const auto findings = findings_of(*schema, "<E><c/></E>");
  REQUIRE(codes(findings) == "X110");
  CHECK(findings[0].expected == "one of a or b");
}

TEST_CASE("ids and references to them are judged over the whole document", "[schema][diagnose]") {
  const auto schema = test::compile("<xs:element name='E'><xs:complexType><xs:sequence><xs:element name='a' maxOccurs='unbounded'><xs:complexType><xs:attribute name='id' type='xs:ID'/><xs:attribute name='to' type='xs:IDREF'/>"
                                    "<xs:attribute name='all' type='xs:IDREFS'/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>");
  for (const auto& [inner, expected] : std::vector<std::pair<std::string, std::string>>{
         {"<a id='x'/><a to='x'/>", ""}, {"<a id='x'/><a id='x'/>", "X320"}, {"<a to='y'/>", "X320"}, {"<a to='x'/><a id='x'/>", ""}, {"<a id='x' all='x y'/>", "X320"}}) {
    const auto document = "<E>" + inner + "</E>";
    INFO(document);
    CHECK(codes(findings_of(*schema, document)) == expected);
    CHECK(test::xerces_accepts(*schema, document) == expected.empty());
  }
}

TEST_CASE("one value can be judged by itself", "[schema][diagnose]") {
  const auto& model = order_schema().model();
  const auto unit = model.find_type("Unit");
  REQUIRE(unit != schema::none);
  CHECK(schema::diagnose_value(model, unit, "EA").empty());
  const auto findings = schema::diagnose_value(model, unit, "BX");
  REQUIRE(codes(findings) == "X310");
  CHECK(findings[0].line == 0);
}
