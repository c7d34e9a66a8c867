#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace wayleave;
using test::refusal;

namespace {

const std::string plain = "<xs:element name='E' type='xs:string'/>";

std::string content(const std::string& particles) { return "<xs:element name='E'><xs:complexType>" + particles + "</xs:complexType></xs:element>"; }

}  // namespace

TEST_CASE("a nested quantifier is refused at its place before Xerces sees it", "[schema][policy]") {
  const auto findings = refusal("<xs:simpleType name='S'><xs:restriction base='xs:string'>\n  <xs:pattern value='(a+)+b'/></xs:restriction></xs:simpleType>" + plain);
  REQUIRE(test::places(findings) == "S901 3:22");
  CHECK(findings[0].found == "(a+)+b");
  CHECK_FALSE(findings[0].fix.empty());
}

TEST_CASE("a large finite repetition of a group is refused, of an element not", "[schema][policy]") {
  CHECK(test::codes(refusal(content("<xs:sequence maxOccurs='1000000000'><xs:element name='a'/><xs:element name='b'/></xs:sequence>"))) == "S902");
  CHECK(test::codes(refusal(content("<xs:choice maxOccurs='100000'><xs:element name='a'/><xs:element name='b'/></xs:choice>"))) == "S902");
  CHECK(test::codes(refusal(content("<xs:sequence maxOccurs='99999999999999999999999'><xs:element name='a'/><xs:element name='b'/></xs:sequence>"))) == "S902");
  CHECK(test::codes(refusal(content("<xs:sequence maxOccurs='100'><xs:element name='x'/><xs:sequence maxOccurs='100'><xs:element name='a'/><xs:element name='b'/></xs:sequence></xs:sequence>"))) == "S902");
  CHECK(test::codes(refusal("<xs:group name='G'><xs:sequence><xs:element name='a' type='xs:string'/></xs:sequence></xs:group>" +
                            content("<xs:group ref='t:G' maxOccurs='6000'/>"))) == "S902");
  const auto schema = test::compile(content("<xs:sequence><xs:element name='a' type='xs:string' maxOccurs='1000000000'/></xs:sequence>"));
  CHECK(test::findings_of(*schema, "<E><a/><a/></E>").empty());
}

TEST_CASE("an element with a large finite repetition beside a repeated group is refused", "[schema][policy]") {
  const auto findings = refusal(content("<xs:sequence><xs:element name='a' maxOccurs='100000'/><xs:sequence minOccurs='0'><xs:element name='b'/><xs:element name='c'/></xs:sequence></xs:sequence>"));
  CHECK(test::codes(findings) == "S902");
  CHECK(findings.at(0).fix == "write maxOccurs=\"unbounded\"");
}

TEST_CASE("a DTD in another file is refused, an internal subset is not", "[schema][policy]") {
  const test::SchemaFolder folder;
  schema::Library library({});
  const auto body = test::schema_text(plain);
  const auto external = library.load(folder.write("external.xsd", "<!DOCTYPE xs:schema SYSTEM \"http://127.0.0.1:9/x.dtd\">\n" + body));
  CHECK(test::codes(external.findings) == "S903");
  const auto entity = library.load(folder.write("entity.xsd", "<!DOCTYPE xs:schema [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n" + body));
  CHECK(test::codes(entity.findings) == "S903");
  const auto internal = library.load(folder.write("internal.xsd", "<!DOCTYPE xs:schema [<!ENTITY x 'xs:string'><!ATTLIST xs:schema id ID #IMPLIED>]>\n" +
                                                                    test::schema_text("<xs:element name='E' type='&x;'/>")));
  CHECK(internal.schema);
}

TEST_CASE("a schema of more than 64 files is refused", "[schema][policy]") {
  const test::SchemaFolder folder;
  std::string includes;
  for (int i = 0; i < 70; ++i) {
    const auto name = "part" + std::to_string(i) + ".xsd";
    folder.write(name, test::schema_text(""));
    includes += "<xs:include schemaLocation='" + name + "'/>\n";
  }
  schema::Library library({});
  CHECK(test::codes(library.load(folder.write("a.xsd", test::schema_text(includes + plain))).findings) == "S904");
}

TEST_CASE("a long chain of includes is refused", "[schema][policy]") {
  const test::SchemaFolder folder;
  for (int i = 0; i < 40; ++i) folder.write("c" + std::to_string(i) + ".xsd", test::schema_text("<xs:include schemaLocation='c" + std::to_string(i + 1) + ".xsd'/>"));
  folder.write("c40.xsd", test::schema_text(""));
  schema::Library library({});
  CHECK(test::codes(library.load(folder.write("a.xsd", test::schema_text("<xs:include schemaLocation='c0.xsd'/>" + plain))).findings) == "S905");
}

TEST_CASE("files that include and import each other in a circle compile", "[schema][policy]") {
  const test::SchemaFolder folder;
  folder.write("b.xsd", test::schema_text("<xs:include schemaLocation='a.xsd'/><xs:simpleType name='S'><xs:restriction base='xs:string'><xs:maxLength value='3'/></xs:restriction></xs:simpleType>"));
  schema::Library library({});
  const auto loaded = library.load(folder.write("a.xsd", test::schema_text("<xs:include schemaLocation='b.xsd'/><xs:element name='E' type='t:S'/>")));
  REQUIRE(loaded.schema);
  CHECK(test::codes(test::findings_of(*loaded.schema, "<E>abcd</E>")) == "X204");
  folder.write("d.xsd", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:test' targetNamespace='urn:d'><xs:import namespace='urn:test' schemaLocation='c.xsd'/>"
                        "<xs:element name='D' type='t:T'/></xs:schema>");
  const auto circle = library.load(folder.write("c.xsd", test::schema_text("<xs:import namespace='urn:d' schemaLocation='d.xsd'/><xs:complexType name='T'><xs:sequence><xs:element ref='d:D' xmlns:d='urn:d' minOccurs='0'/></xs:sequence></xs:complexType><xs:element name='F' type='t:T'/>")) + "#F");
  CHECK(circle.schema);
}

TEST_CASE("a file that is not there is named where it is asked for, and nothing is fetched", "[schema][policy]") {
  const auto missing = refusal("<xs:include schemaLocation='nowhere.xsd'/>" + plain);
  REQUIRE(test::places(missing) == "S907 2:29");
  CHECK(missing[0].found == "nowhere.xsd");
  const auto remote = refusal("<xs:import namespace='urn:x' schemaLocation='http://127.0.0.1:9/x.xsd'/>" + plain);
  REQUIRE(test::codes(remote) == "S907");
  CHECK(remote[0].fix.find("network") != std::string::npos);
}

TEST_CASE("what is no schema is refused in our words", "[schema][policy]") {
  const test::SchemaFolder folder;
  schema::Library library({});
  CHECK(test::codes(library.load(folder.write("note.xsd", "<note/>")).findings) == "S900");
  CHECK(test::places(library.load(folder.write("broken.xsd", "<a>\n  <b></a>")).findings) == "S900 2:8");
  CHECK(test::codes(library.load(folder.write("empty.xsd", "")).findings) == "S900");
  CHECK(test::codes(library.load(folder.path().string() + "/none.xsd").findings) == "S910");
}

TEST_CASE("what Xerces refuses is reported with file and line", "[schema][policy]") {
  const auto findings = refusal("<xs:element name='E'\n  type='t:Nowhere'/>");
  REQUIRE_FALSE(findings.empty());
  CHECK(findings[0].code == "S908");
  CHECK(findings[0].line >= 2);
  CHECK(findings[0].in.ends_with("a.xsd"));
}

TEST_CASE("xml:lang needs no file of its own", "[schema][policy]") {
  const auto schema = test::compile("<xs:import namespace='http://www.w3.org/XML/1998/namespace'/><xs:element name='E'><xs:complexType><xs:attribute ref='xml:lang' use='required'/></xs:complexType></xs:element>");
  CHECK(test::codes(test::findings_of(*schema, "<E/>")) == "X130");
  CHECK(test::findings_of(*schema, "<E xml:lang='de'/>").empty());
}
