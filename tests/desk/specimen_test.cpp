#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

#include "desk/specimen.hpp"
#include "fixture.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;

namespace {

// Every root of every schema that is shipped, but those a person does not send: types only.
std::vector<std::string> shipped() {
  std::vector<std::string> files;
  for (const auto* folder : {"schemas/canonical", "mappings", "schemas/wayleave", "tests/mapping/schemas"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(desk_test::source_tree() / folder)) {
      if (entry.path().extension() == ".xsd") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<schema::SchemaPtr> roots_of(const std::string& file) {
  std::vector<schema::SchemaPtr> all;
  schema::Library library({{desk_test::source_tree() / "schemas"}});
  const auto text = desk_test::slurp(file);
  for (std::size_t at = 0; (at = text.find("\n  <xs:element name=\"", at)) != std::string::npos; ++at) {
    const auto begin = at + 21;
    auto loaded = library.load(file + "#" + text.substr(begin, text.find('"', begin) - begin));
    if (loaded.schema) all.push_back(loaded.schema);
  }
  return all;
}

Document read(const std::string& text, const schema::Schema& schema) {
  auto reading = xml::read(text, schema);
  INFO(desk_test::told(reading.findings) << text);
  REQUIRE(reading.valid());
  return std::move(*reading.document);
}

}  // namespace

TEST_CASE("two hundred documents of each shipped schema are valid", "[desk]") {
  for (const auto& file : shipped()) {
    for (const auto& schema : roots_of(file)) {
      const desk::Specimens specimens(schema);
      std::set<std::string> different;
      const std::uint64_t count = file.find("schemas/wayleave") == std::string::npos ? 200 : 40;   // ours nobody maps
      for (std::uint64_t i = 0; i < count; ++i) {
        INFO(schema->label() << " number " << i);
        const auto made = specimens.make(i, 7);
        REQUIRE(made);
        if (i % 20 < 3) read(*made, *schema);
        different.insert(*made);
      }
      INFO(schema->label());
      CHECK(different.size() > 2);
    }
  }
}

TEST_CASE("a minimal document has nothing that can be left out, a maximal one everything", "[desk]") {
  const auto order = desk_test::schema("canonical/order-1.xsd#Order");
  const desk::Specimens specimens(order);
  const auto minimal = *specimens.make(desk::Specimens::Kind::minimal, 1);
  const auto document = read(minimal, *order);
  for (Document::Index i = 1; i < document.size(); ++i) {
    // Without this element, all around it as it was.
    const auto whole = xml::serialize(document);
    const auto name = std::string(document.local_name(document.node(i).name));
    const auto at = whole.find("<" + name), empty = whole.find("/>", at), close = whole.find("</" + name + ">", at);
    const auto end = close == std::string::npos ? empty + 2 : close + name.size() + 3;
    INFO(name << "\n" << whole);
    CHECK_FALSE(xml::read(whole.substr(0, at) + whole.substr(end), *order).valid());
  }
  const auto maximal = *specimens.make(desk::Specimens::Kind::maximal, 1);
  for (const auto& use : order->model().type_of(order->root()).children)
    CHECK(maximal.find(":" + std::string(names::local(order->model().element(use.element).name))) != std::string::npos);
  CHECK(specimens.make(desk::Specimens::Kind::random, 5) == specimens.make(desk::Specimens::Kind::random, 5));
  CHECK(specimens.make(desk::Specimens::Kind::random, 5) != specimens.make(desk::Specimens::Kind::random, 6));
}

TEST_CASE("recursion, choices, references, qualifiers and patterns are taken care of", "[desk]") {
  desk_test::Folder folder;
  const auto file = folder.write("odd.xsd", R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:edi="urn:wayleave:edi:1" elementFormDefault="qualified">
  <xs:element name="Odd"><xs:complexType><xs:sequence>
    <xs:choice><xs:element name="Left" type="xs:int"/><xs:element name="Right" type="xs:boolean"/></xs:choice>
    <xs:element name="Party" minOccurs="0" maxOccurs="5">
      <xs:annotation><xs:appinfo><edi:variant name="Buyer" when="@role='buyer'" min="1" max="1"/><edi:variant name="Seller" when="@role='seller'" min="0" max="1"/></xs:appinfo></xs:annotation>
      <xs:complexType><xs:attribute name="role" type="xs:token" use="required"/></xs:complexType></xs:element>
    <xs:element name="Node" type="Node" minOccurs="0"/>
    <xs:element name="Row" minOccurs="2" maxOccurs="4"><xs:complexType><xs:sequence>
      <xs:element name="Key"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="a"/><xs:enumeration value="b"/><xs:enumeration value="c"/><xs:enumeration value="d"/></xs:restriction></xs:simpleType></xs:element>
      <xs:element name="After" type="xs:string" minOccurs="0"/>
      <xs:element name="Code"><xs:simpleType><xs:restriction base="xs:token"><xs:maxLength value="9"/><xs:pattern value="(NL|BE)[0-9]{4}-[^a-zA-Z0-9]"/></xs:restriction></xs:simpleType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
    <xs:key name="K"><xs:selector xpath="Row"/><xs:field xpath="Key"/></xs:key>
    <xs:keyref name="R" refer="K"><xs:selector xpath="Row"/><xs:field xpath="After"/></xs:keyref>
  </xs:element>
  <xs:complexType name="Node"><xs:sequence><xs:element name="Node" type="Node" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
</xs:schema>)");
  schema::Library library({{desk_test::source_tree() / "schemas"}});
  const auto loaded = library.load(file.string() + "#Odd");
  INFO(desk_test::told(loaded.findings));
  REQUIRE(loaded.schema);
  const desk::Specimens specimens(loaded.schema);
  std::size_t left = 0, right = 0, references = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto made = specimens.make(i, 1);
    INFO("number " << i);
    REQUIRE(made);
    left += made->find("<Left>") != std::string::npos;
    right += made->find("<Right>") != std::string::npos;
    references += made->find("<After>") != std::string::npos;
    const auto buyer = made->find("role=\"buyer\"");
    CHECK(buyer != std::string::npos);
    CHECK(made->find("role=\"buyer\"", buyer + 1) == std::string::npos);
  }
  CHECK(left > 10);
  CHECK(right > 10);
  CHECK(references > 10);
}

TEST_CASE("UBL documents can be made up, and stay readable", "[desk]") {
  if (!desk_test::has_ubl()) return;
  const auto order = desk_test::schema("ubl-2.4/maindoc/UBL-Order-2.4.xsd#Order");
  const desk::Specimens specimens(order);
  for (std::uint64_t i = 0; i < 12; ++i) {
    const auto made = specimens.make(i, 3);
    REQUIRE(made);
    read(*made, *order);
    CHECK(xml::read_wellformed(*made).document->size() < 5'000);
  }
}
