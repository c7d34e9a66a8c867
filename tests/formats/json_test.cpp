#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "formats/json/read.hpp"
#include "formats/json/write.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;

namespace {

constexpr const char* twin_xsd = R"(<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:twin" xmlns="urn:twin" elementFormDefault="qualified">
  <xs:element name="r" type="R"/>
  <xs:complexType name="R">
    <xs:sequence>
      <xs:element name="flag" type="xs:boolean" minOccurs="0"/>
      <xs:element name="amount" type="xs:decimal" minOccurs="0" maxOccurs="unbounded"/>
      <xs:element name="size" type="xs:double" minOccurs="0"/>
      <xs:element name="text" type="xs:string" minOccurs="0"/>
      <xs:element name="note" type="Note" minOccurs="0"/>
      <xs:element name="line" type="Line" minOccurs="0" maxOccurs="9"/>
      <xs:element name="gone" type="xs:int" minOccurs="0" nillable="true"/>
      <xs:element name="plain" minOccurs="0" form="unqualified"/>
      <xs:any namespace="##other" processContents="skip" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence>
    <xs:attribute name="id" type="xs:int"/>
    <xs:attribute name="text"/>
  </xs:complexType>
  <xs:complexType name="Note">
    <xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="lang"/><xs:attribute name="value"/></xs:extension></xs:simpleContent>
  </xs:complexType>
  <xs:complexType name="Line"><xs:sequence><xs:element name="no" type="xs:int"/></xs:sequence></xs:complexType>
</xs:schema>)";

std::string twin(const std::string& content, const std::string& attributes = "") {
  static const auto schema = fixture::schema_of(twin_xsd, "r");
  const auto reading = xml::read("<r xmlns='urn:twin'" + attributes + ">" + content + "</r>", *schema);
  if (!reading.findings.empty()) FAIL(content << ": " << reading.findings[0].message);
  return json::write(*reading.document, *schema);
}

Result<std::string> xml_of(const std::string& json) {
  static const auto schema = fixture::schema_of(twin_xsd, "r");
  return json::to_xml(json, *schema);
}

}  // namespace

TEST_CASE("values are typed by the schema and numbers stay as they were written", "[formats][json]") {
  struct Case {
    const char* xml;
    const char* json;
  };
  for (const Case& c : {Case{"", "{}"},
                        {"<flag> 1 </flag>", R"({"flag":true})"},
                        {"<flag>false</flag>", R"({"flag":false})"},
                        {"<amount>227.650</amount>", R"({"amount":[227.650]})"},
                        {"<amount>+007</amount><amount>.5</amount><amount>-5.</amount><amount>0</amount>",
                         R"({"amount":[7,0.5,-5,0]})"},
                        {"<amount>12345678901234567890.12345678901234567890</amount>",
                         R"({"amount":[12345678901234567890.12345678901234567890]})"},
                        {"<size>1.5E-3</size>", R"({"size":1.5E-3})"},
                        {"<size>INF</size>", R"({"size":"INF"})"},
                        {"<text>true</text>", R"({"text":"true"})"},
                        {"<text>a\"\\\n\t&#13;\xC3\xA9</text>", "{\"text\":\"a\\\"\\\\\\n\\t\\r\xC3\xA9\"}"},
                        {"<text/>", R"({"text":""})"},
                        {"<gone xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>", R"({"gone":null})"}}) {
    INFO(c.xml);
    CHECK(twin(c.xml) == c.json);
  }
}

TEST_CASE("what may repeat is an array, and text beside attributes is value", "[formats][json]") {
  CHECK(twin("<line><no>1</no></line>") == R"({"line":[{"no":1}]})");
  CHECK(twin("<line><no>1</no></line><line><no>2</no></line>") == R"({"line":[{"no":1},{"no":2}]})");
  CHECK(twin("<note lang='en'>x</note>") == R"({"note":{"lang":"en","value":"x"}})");
  CHECK(twin("<note>x</note>") == R"({"note":{"value":"x"}})");
  CHECK(twin("<note value='v'>x</note>") == R"({"note":{"@value":"v","value":"x"}})");
  CHECK(twin("<text>x</text>", " id='7' text='y'") == R"({"id":7,"@text":"y","text":"x"})");
}

TEST_CASE("content that the schema does not know is written untyped", "[formats][json]") {
  CHECK(twin("<o:x xmlns:o='o' o:a='1'>2</o:x><o:y xmlns:o='o'/><o:x xmlns:o='o'><o:z/></o:x>") ==
        R"({"x":[{"a":"1","value":"2"},{"z":""}],"y":""})");
}

TEST_CASE("JSON becomes the XML it is the twin of, whatever the order of members", "[formats][json]") {
  for (const char* xml : {"", "<flag>true</flag>", "<amount>1.50</amount><amount>-0.25</amount>", "<text>a &lt; b\n</text>",
                          "<note lang='en' value='v'>x</note>", "<line><no>1</no></line><line><no>2</no></line>",
                          "<gone xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>", "<plain xmlns=''>x</plain>"}) {
    INFO(xml);
    const std::string json = twin(xml, " id='5'");
    const auto back = xml_of(json);
    if (!back) FAIL(json << ": " << back.error().detail);
    CHECK(xml::canonical(*xml::read_wellformed(*back).document) ==
          xml::canonical(*xml::read_wellformed("<r xmlns='urn:twin' id='5'>" + std::string(xml) + "</r>").document));
  }
  CHECK(*xml_of(R"({"text":"x","line":{"no":1},"flag":true,"@text":"y"})") ==
        R"(<r xmlns="urn:twin" text="y"><flag>true</flag><text>x</text><line><no>1</no></line></r>)");
  CHECK(*xml_of(R"({"r":{"flag":false}})") == R"(<r xmlns="urn:twin"><flag>false</flag></r>)");
  CHECK(*xml_of(R"({"text":null,"amount":[]})") == R"(<r xmlns="urn:twin"/>)");
  CHECK(*xml_of(R"({"note":"x"})") == R"(<r xmlns="urn:twin"><note>x</note></r>)");
}

TEST_CASE("a member that does not fit is named", "[formats][json]") {
  struct Case {
    std::string json;
    const char* detail;
  };
  for (const Case& c : {Case{R"({"flog":true})", "/r: the member flog is not known here; flag is"},
                        {R"({"line":[{"no":1},{"xyz":2}]})", "/r/line: the member xyz is not known here"},
                        {R"({"flag":{"a":1}})", "/r/flag: a single value is expected, not an object"},
                        {R"({"flag":[true,false]})", "/r: the member flag occurs at most once"},
                        {R"({"flag":[[1]]})", "/r/flag: a single value is expected"},
                        {R"({"line":7})", "/r/line: an object is expected"},
                        {R"({"id":[1]})", "/r: a single value is expected"},
                        {R"({"text":"\u0001"})", "/r/text: the text holds a character that XML does not allow"},
                        {R"({"line":[null]})", "/r/line: null is not allowed here"},
                        {R"([])", "/r: an object is expected"},
                        {R"({"flag":true,"flag":false})", "the member flag occurs twice in one object"},
                        {R"({"flag":)", "not JSON: something is wrong near byte 9"},
                        {"", "not JSON: something is wrong near byte 1"}}) {
    INFO(c.json);
    const auto result = xml_of(c.json);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::invalid);
    CHECK(result.error().detail == c.detail);
  }
}

TEST_CASE("JSON that is too deep or too long is refused", "[formats][json]") {
  CHECK(xml_of(std::string(65, '[')).error().code == Errc::too_large);
  CHECK(xml_of(std::string(100000, '[')).error().code == Errc::too_large);
  CHECK(xml_of("\"" + std::string(1u << 20, 'x') + "\"").error().code == Errc::too_large);
}

TEST_CASE("the twins of the canonical instances lead back to them", "[formats][json]") {
  for (const auto& [file, reference] : fixture::canonical_instances()) {
    INFO(file.string());
    const auto schema = fixture::load(reference);
    const auto reading = xml::read(fixture::contents(file), *schema);
    REQUIRE(reading.valid());
    const std::string json = json::write(*reading.document, *schema);
    REQUIRE(nlohmann::json::accept(json));
    CHECK(json.find('\n') == std::string::npos);
    // Content of other namespaces has no way back.
    if (json.find("\"Extensions\"") != std::string::npos) continue;
    const auto back = json::to_xml(json, *schema);
    if (!back) FAIL(back.error().detail);
    const auto again = xml::read(*back, *schema);
    if (!again.findings.empty()) FAIL(again.findings[0].message);
    CHECK(xml::canonical(*again.document) == xml::canonical(*reading.document));
  }
}
