#include "schema/model.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "fixture.hpp"

using namespace wayleave;
using namespace wayleave::schema;

namespace {

std::string content(const std::string& particles, const std::string& more = "") {
  return more + "<xs:element name='E'><xs:complexType>" + particles + "</xs:complexType></xs:element>";
}

std::string leaf(const std::string& name, const std::string& occurs = "") { return "<xs:element name='" + name + "' type='xs:string' " + occurs + "/>"; }

/// Random sequences of the letters as children: ours and Xerces' verdict must agree on each.
void agree(const std::string& declaration, const std::string& letters, int rounds, std::size_t longest) {
  const auto schema = test::compile(declaration, "E");
  CHECK(schema->model().type_of(schema->root()).automaton.exact);
  std::mt19937 random(7);
  std::size_t valid = 0;
  for (int i = 0; i < rounds; ++i) {
    std::string document = "<E>";
    for (auto n = random() % (longest + 1); n > 0; --n) document += std::string("<") + letters[random() % letters.size()] + "/>";
    document += "</E>";
    const bool accepted = test::xerces_accepts(*schema, document);
    valid += accepted;
    INFO(declaration << "\n" << document);
    REQUIRE(test::findings_of(*schema, document).empty() == accepted);
  }
  INFO(declaration);
  CHECK(valid > 0);
}

}  // namespace

TEST_CASE("automata accept what Xerces accepts", "[schema][model]") {
  agree(content("<xs:sequence>" + leaf("a") + leaf("b", "minOccurs='0'") + leaf("c", "maxOccurs='unbounded'") + "</xs:sequence>"), "abc", 400, 5);
  agree(content("<xs:choice maxOccurs='unbounded'>" + leaf("a") + leaf("b") + "</xs:choice>"), "abc", 200, 4);
  agree(content("<xs:sequence maxOccurs='3'>" + leaf("a") + leaf("b", "minOccurs='0'") + "</xs:sequence>"), "ab", 400, 7);
  agree(content("<xs:sequence minOccurs='2' maxOccurs='4'>" + leaf("a") + leaf("b") + "</xs:sequence>"), "ab", 800, 8);
  agree(content("<xs:sequence minOccurs='2' maxOccurs='unbounded'>" + leaf("a") + leaf("b", "minOccurs='0'") + "</xs:sequence>"), "ab", 400, 6);
  agree(content("<xs:sequence>" + leaf("a", "minOccurs='2' maxOccurs='4'") + leaf("b", "minOccurs='0' maxOccurs='2'") + "</xs:sequence>"), "ab", 800, 6);
  agree(content("<xs:choice><xs:sequence>" + leaf("a") + leaf("b") + "</xs:sequence>" + leaf("c", "minOccurs='0'") + "</xs:choice>"), "abc", 300, 3);
  agree(content("<xs:sequence><xs:choice minOccurs='0' maxOccurs='2'>" + leaf("a") + leaf("b", "minOccurs='2' maxOccurs='2'") + "</xs:choice>" + leaf("c") + "</xs:sequence>"), "abc", 800, 6);
  agree(content("<xs:sequence minOccurs='0'>" + leaf("a") + leaf("b") + "</xs:sequence>"), "ab", 200, 3);
  agree(content("<xs:all>" + leaf("a") + leaf("b", "minOccurs='0'") + leaf("c") + "</xs:all>"), "abc", 400, 4);
  agree(content("<xs:all minOccurs='0'>" + leaf("a") + leaf("b") + "</xs:all>"), "ab", 200, 3);
  agree(content("<xs:group ref='t:G' maxOccurs='2'/>", "<xs:group name='G'><xs:sequence>" + leaf("a") + leaf("b", "maxOccurs='3'") + "</xs:sequence></xs:group>"), "ab", 600, 7);
}

TEST_CASE("extensions continue their base's content", "[schema][model]") {
  agree("<xs:complexType name='B'><xs:sequence>" + leaf("a") + "</xs:sequence></xs:complexType><xs:element name='E'><xs:complexType><xs:complexContent><xs:extension base='t:B'><xs:sequence>" +
          leaf("b") + "</xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>", "ab", 100, 3);
}

TEST_CASE("members of a substitution group stand for their head", "[schema][model]") {
  const std::string group = "<xs:element name='h' type='xs:string' abstract='true'/><xs:element name='a' type='xs:string' substitutionGroup='t:h'/>"
                            "<xs:element name='b' type='xs:string' substitutionGroup='t:a'/>";
  agree(content("<xs:sequence><xs:element ref='t:h' maxOccurs='unbounded'/>" + leaf("c") + "</xs:sequence>", group), "abhc", 400, 4);
  const std::string blocked = "<xs:element name='h' type='xs:string' block='substitution'/><xs:element name='a' type='xs:string' substitutionGroup='t:h'/>";
  agree(content("<xs:sequence><xs:element ref='t:h'/></xs:sequence>", blocked), "ah", 60, 2);
}

TEST_CASE("wildcards admit the namespaces they name", "[schema][model]") {
  const auto judge = [](const std::string& any, const std::string& child) {
    const auto schema = test::compile(content("<xs:sequence>" + any + "</xs:sequence>", "<xs:element name='K' type='xs:int'/>"), "E");
    const auto document = "<E>" + child + "</E>";
    INFO(any << " " << child);
    const bool ours = test::findings_of(*schema, document).empty();
    CHECK(ours == test::xerces_accepts(*schema, document));
    return ours;
  };
  const std::string other = "<o:x xmlns:o='urn:other'><y>1</y></o:x>";
  CHECK(judge("<xs:any namespace='##other' processContents='lax'/>", other));
  CHECK_FALSE(judge("<xs:any namespace='##other' processContents='lax'/>", "<K>1</K>"));
  CHECK_FALSE(judge("<xs:any namespace='##other' processContents='lax'/>", "<x xmlns=''/>"));
  CHECK_FALSE(judge("<xs:any processContents='strict'/>", other));
  CHECK(judge("<xs:any processContents='strict'/>", "<K>1</K>"));
  CHECK_FALSE(judge("<xs:any processContents='lax'/>", "<K>x</K>"));
  CHECK(judge("<xs:any processContents='lax'/>", "<o:x xmlns:o='urn:other'><K>x</K></o:x>"));
  CHECK(judge("<xs:any processContents='skip'/>", "<K>x</K>"));
  CHECK(judge("<xs:any namespace='##targetNamespace urn:other' processContents='skip'/>", other));
  CHECK_FALSE(judge("<xs:any namespace='##local' processContents='skip'/>", other));
  CHECK(judge("<xs:any namespace='##local' processContents='skip'/>", "<x xmlns=''/>"));
  CHECK(judge("<xs:any minOccurs='2' maxOccurs='3' processContents='skip'/>", "<x/><y/>"));
  CHECK_FALSE(judge("<xs:any minOccurs='2' maxOccurs='3' processContents='skip'/>", "<x/>"));
  CHECK_FALSE(judge("<xs:any maxOccurs='2' processContents='skip'/>", "<x/><y/><z/>"));
}

TEST_CASE("attribute wildcards admit the namespaces they name", "[schema][model]") {
  const auto schema = test::compile("<xs:attribute name='g' type='xs:int'/><xs:element name='E'><xs:complexType><xs:attribute name='a'/><xs:anyAttribute namespace='##targetNamespace urn:o' processContents='lax'/></xs:complexType></xs:element>", "E");
  for (const std::string attributes : {"a='1'", "b='1'", "xmlns:o='urn:o' o:b='1'", "xmlns:t='urn:test' t:g='1'", "xmlns:t='urn:test' t:g='x'", "xmlns:t='urn:test' t:h='x'"}) {
    const auto document = "<E " + attributes + "/>";
    INFO(document);
    CHECK(test::findings_of(*schema, document).empty() == test::xerces_accepts(*schema, document));
  }
}

TEST_CASE("xsi:type and xsi:nil are judged as Xerces judges them", "[schema][model]") {
  const auto schema = test::compile(
    "<xs:complexType name='P' abstract='true'><xs:sequence>" + leaf("a") + "</xs:sequence></xs:complexType>"
    "<xs:complexType name='Q'><xs:complexContent><xs:extension base='t:P'><xs:sequence>" + leaf("b") + "</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
    "<xs:complexType name='R'><xs:sequence>" + leaf("a") + "</xs:sequence></xs:complexType>"
    "<xs:element name='E'><xs:complexType><xs:sequence><xs:element name='p' type='t:P' minOccurs='0'/><xs:element name='n' type='xs:int' nillable='true' minOccurs='0'/>" +
      leaf("m", "minOccurs='0'") + "</xs:sequence></xs:complexType></xs:element>", "E");
  const std::string xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:t='urn:test'";
  for (const std::string inner : {"<p><a/></p>", "<p xsi:type='t:Q'><a/><b/></p>", "<p xsi:type='t:Q'><a/></p>", "<p xsi:type='t:R'><a/></p>", "<p xsi:type='t:None'><a/></p>",
                                  "<n xsi:nil='true'/>", "<n xsi:nil='true'>1</n>", "<n/>", "<m xsi:nil='true'/>", "<n>1</n>"}) {
    const auto document = "<E " + xsi + ">" + inner + "</E>";
    INFO(document);
    CHECK(test::findings_of(*schema, document).empty() == test::xerces_accepts(*schema, document));
  }
}

TEST_CASE("a repeated group too large to write out leaves the last word to Xerces", "[schema][model]") {
  const auto schema = test::compile(content("<xs:sequence maxOccurs='1100'>" + leaf("a") + leaf("b") + "</xs:sequence>"));
  CHECK_FALSE(schema->model().type_of(schema->root()).automaton.exact);
  CHECK(test::findings_of(*schema, "<E><a/><b/></E>").empty());
  CHECK(test::codes(test::findings_of(*schema, "<E><a/></E>")) == "X110");
}

TEST_CASE("cardinalities of children are those of the whole content", "[schema][model]") {
  const auto schema = test::compile(content("<xs:sequence>" + leaf("a") + "<xs:choice maxOccurs='2'>" + leaf("b", "maxOccurs='3'") + leaf("c") + "</xs:choice><xs:sequence minOccurs='0' maxOccurs='unbounded'>" +
                                            leaf("d") + leaf("a", "minOccurs='0'") + "</xs:sequence></xs:sequence>"));
  const auto& model = schema->model();
  std::string uses;
  for (const auto& use : model.type_of(schema->root()).children) {
    uses += std::string(names::local(model.element(use.element).name)) + std::to_string(use.min) + (use.max == unbounded ? "*" : std::to_string(use.max)) + " ";
  }
  CHECK(uses == "a1* b06 c02 d0* ");
  CHECK(model.children(model.element(schema->root()).type, "b").size() == 1);
  CHECK(model.children(model.element(schema->root()).type, "z").empty());
}

TEST_CASE("documentation, notes, variants and places of declarations are kept", "[schema][model]") {
  const auto schema = test::compile("<xs:element name='E' edi:pos='2'><xs:annotation><xs:documentation>What it\n  is &amp; does.</xs:documentation><xs:appinfo>"
                                    "<edi:variant name='Buyer' when=\"@role='buyer'\" min='0' max='1'/><edi:variant name='Any' when='true()' max='unbounded'/></xs:appinfo></xs:annotation>"
                                    "<xs:complexType><xs:sequence>\n<xs:element name='a' type='xs:string' edi:seg='N1'/></xs:sequence></xs:complexType></xs:element>");
  const auto& element = schema->model().element(schema->root());
  CHECK(element.documentation == "What it is & does.");
  REQUIRE(element.variants.size() == 2);
  CHECK(element.variants[0].when == "@role='buyer'");
  CHECK(element.variants[0].max == 1);
  CHECK(element.variants[1].max == unbounded);
  REQUIRE(element.notes.size() == 1);
  CHECK(element.notes[0] == std::pair<std::string, std::string>("{urn:wayleave:edi:1}pos", "2"));
  CHECK(element.source == "a.xsd:2");
  const auto& child = schema->model().element(schema->model().type_of(schema->root()).children.at(0).element);
  CHECK(child.source == "a.xsd:4");
  CHECK(child.notes.at(0).second == "N1");
}

TEST_CASE("codes have the words of their schema, also where a type narrows a list", "[schema][model]") {
  const auto schema = test::compile(
      "<xs:element name='E' type='t:Few'/>"
      "<xs:simpleType name='Unit'><xs:restriction base='xs:token'><xs:enumeration value='EA'><xs:annotation><xs:documentation> a\n piece </xs:documentation></xs:annotation></xs:enumeration>"
      "<xs:enumeration value='CS'/><xs:enumeration value='PL'><xs:annotation><xs:documentation>a pallet</xs:documentation></xs:annotation></xs:enumeration></xs:restriction></xs:simpleType>"
      "<xs:simpleType name='Few'><xs:restriction base='t:Unit'><xs:enumeration value='PL'/><xs:enumeration value='EA'/></xs:restriction></xs:simpleType>");
  const auto& model = schema->model();
  CHECK(model.type(model.find_type("Unit")).facets.labels == std::vector<std::string>{"a piece", "", "a pallet"});
  CHECK(model.type(model.find_type("Few")).facets.labels == std::vector<std::string>{"a pallet", "a piece"});
}

TEST_CASE("types are described in plain words", "[schema][model]") {
  const auto words = [](const std::string& base, const std::string& facets) {
    const auto schema = test::compile("<xs:element name='E'><xs:simpleType><xs:restriction base='xs:" + base + "'>" + facets + "</xs:restriction></xs:simpleType></xs:element>");
    return describe(schema->model(), schema->model().element(schema->root()).type);
  };
  CHECK(words("date", "") == "a date");
  CHECK(words("decimal", "<xs:fractionDigits value='2'/>") == "a number with at most 2 decimals");
  CHECK(words("string", "<xs:enumeration value='EA'/><xs:enumeration value='CS'/><xs:enumeration value='PL'/>") == "one of EA, CS, PL");
  CHECK(words("string", "<xs:minLength value='1'/><xs:maxLength value='35'/>") == "a text of 1 to 35 characters");
  CHECK(words("positiveInteger", "") == "a whole number of at least 1");
  CHECK(words("string", "<xs:pattern value='[A-Z]{3}'/>") == "text of the form [A-Z]{3}");
}
