#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "fixture.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;

namespace {

constexpr const char* small_xsd = R"(<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:small" xmlns="urn:small" elementFormDefault="qualified">
  <xs:element name="Order">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="Number" type="xs:string"/>
        <xs:element name="Date" type="xs:date" minOccurs="0"/>
        <xs:element name="Line" type="xs:int" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence>
      <xs:attribute name="test" type="xs:boolean" default="false"/>
      <xs:attribute name="version" type="xs:string" fixed="1"/>
    </xs:complexType>
    <xs:unique name="lines"><xs:selector xpath="*"/><xs:field xpath="."/></xs:unique>
  </xs:element>
  <xs:element name="Other" type="xs:string"/>
</xs:schema>)";

schema::SchemaPtr small() {
  static const auto schema = fixture::schema_of(small_xsd, "Order");
  return schema;
}

std::string order(const std::string& content) { return "<Order xmlns='urn:small'>" + content + "</Order>"; }

/// Listens on a port of this machine and knows whether anybody came.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x";
  }
  ~Listener() { ::close(socket_); }
  const std::string& url() const { return url_; }
  bool was_called() const {
    pollfd waiting{socket_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) != 0;
  }

 private:
  int socket_;
  std::string url_;
};

}  // namespace

TEST_CASE("lengths are counted in characters, not in UTF-16 units as Xerces does", "[xml]") {
  const auto schema = fixture::schema_of(R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:short" elementFormDefault="qualified">
    <xs:element name="Name"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:element>
  </xs:schema>)", "Name");
  auto name = [](int letters) {
    std::string text;
    for (int i = 0; i < letters; ++i) text += "\xF0\x9F\x98\x80";
    return "<Name xmlns='urn:short'>" + text + "</Name>";
  };
  CHECK(xml::read(name(3), *schema).valid());
  const auto disagreements = xml::disagreements();
  const auto reading = xml::read(name(4), *schema);
  CHECK_FALSE(reading.valid());
  CHECK(reading.findings.size() == 1);
  CHECK(xml::disagreements() == disagreements);
  CHECK_FALSE(xml::read("<Name xmlns='urn:short'>abcd</Name>", *schema).valid());
}

TEST_CASE("a valid document is its tree and no finding", "[formats][xml]") {
  const auto reading = xml::read(order("<Number>7</Number><Line>1</Line>"), *small());
  CHECK(reading.valid());
  CHECK(reading.document->size() == 3);
}

TEST_CASE("a document that is not valid has its tree and findings", "[formats][xml]") {
  for (const char* content : {"", "<Number/><Date>14.3.2025</Date>", "<Number>1</Number><Line>x</Line>", "<Line>1</Line>",
                              "<Number>1</Number><Line>1</Line><Line>1</Line>", "<Number>1</Number><Unknown/>"}) {
    INFO(content);
    const auto reading = xml::read(order(content), *small());
    CHECK(reading.document);
    CHECK(has_errors(reading.findings));
    CHECK_FALSE(reading.valid());
  }
}

TEST_CASE("another root than the schema's is one finding", "[formats][xml]") {
  struct Case {
    const char* xml;
    const char* code;
  };
  for (const Case& c : {Case{"\n <Order><n:Number xmlns:n='urn:small'>1</n:Number></Order>", "X122"},
                        {"\n <Order xmlns='urn:other'><Number>1</Number></Order>", "X122"},
                        {"\n <Ordre xmlns='urn:small'><Number>1</Number></Ordre>", "X121"},
                        {"\n <Other xmlns='urn:small'/>", "X120"},
                        {"\n <Invoice xmlns='urn:small'><wrong/></Invoice>", "X120"}}) {
    INFO(c.xml);
    const auto reading = xml::read(c.xml, *small());
    REQUIRE(reading.findings.size() == 1);
    CHECK(reading.findings[0].code == c.code);
    CHECK(reading.findings[0].line == 2);
    CHECK(reading.findings[0].column == 2);
    CHECK_FALSE(reading.findings[0].expected.empty());
    CHECK(xml::read_own(c.xml, *small()).findings.size() == 1);
  }
}

TEST_CASE("references to the five characters may be many", "[formats][xml]") {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "&amp;";
  const auto reading = xml::read(order("<Number>" + text + "</Number>"), *small());
  CHECK(reading.valid());
  CHECK(reading.document->text(1).size() == 60000);
}

TEST_CASE("the schema's default attributes are in the tree and say that they were not in the source", "[formats][xml]") {
  const auto reading = xml::read(order("<Number>7</Number>"), *small());
  REQUIRE(reading.valid());
  const Document& d = *reading.document;
  const auto* test = d.attribute(0, names::find("", "test"));
  REQUIRE(test);
  CHECK(d.text(*test) == "false");
  CHECK(test->source == 0);
  REQUIRE(d.attribute(0, names::find("", "version")));
  CHECK(d.text(*d.attribute(0, names::find("", "version"))) == "1");
  const auto given = xml::read("<Order xmlns='urn:small' test='true' version='1'><Number>7</Number></Order>", *small());
  REQUIRE(given.valid());
  CHECK(given.document->node(0).attribute_count == 2);
  CHECK(given.document->text(given.document->attributes(0)[0]) == "true");
}

TEST_CASE("nothing that a document says opens a connection", "[formats][xml]") {
  const Listener listener;
  const std::string url = listener.url();
  const std::string xsi = " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";
  const std::string body = "<Number>7</Number>";
  for (const std::string& xml :
       {"<!DOCTYPE Order SYSTEM '" + url + "'>" + order(body),
        "<!DOCTYPE Order [<!ENTITY x SYSTEM '" + url + "'>]>" + order("<Number>&x;</Number>"),
        "<!DOCTYPE Order [<!ENTITY % x SYSTEM '" + url + "'>%x;]>" + order(body),
        "<Order xmlns='urn:small'" + xsi + " xsi:schemaLocation='urn:small " + url + " urn:other " + url + "'>" + body + "</Order>",
        "<Order xmlns='urn:small'" + xsi + " xsi:noNamespaceSchemaLocation='" + url + "'>" + body + "</Order>",
        order(body + "<o:x xmlns:o='urn:other'" + xsi + " xsi:schemaLocation='urn:other " + url + "'/>"),
        "<?xml-stylesheet href='" + url + "'?>" + order(body),
        order(body + "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='" + url + "'/>"),
        "<?xml-model href='" + url + "'?>" + order(body)}) {
    INFO(xml);
    (void)xml::read(xml, *small());
    (void)xml::read_wellformed(xml);
    (void)xml::sniff_root(xml);
  }
  xml::Limits own;
  own.internal_dtd = true;
  (void)xml::read("<!DOCTYPE Order SYSTEM '" + url + "' [<!ENTITY x SYSTEM '" + url + "'>]>" + order(body), *small(), own);
  CHECK_FALSE(listener.was_called());
}

TEST_CASE("a place where a document points at a schema is read over", "[formats][xml]") {
  // A schema there would make this document valid, if it were believed.
  const auto reading = xml::read(
      "<Order xmlns='urn:small' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
      "xsi:schemaLocation='urn:small file:///nowhere/order.xsd'><Number>7</Number></Order>",
      *small()
  );
  CHECK(reading.valid());
}

TEST_CASE("threads validate at the same time against one schema", "[formats][xml]") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&wrong] {
      for (int i = 0; i < 200; ++i) {
        if (!xml::read(order("<Number>7</Number><Line>1</Line>"), *small()).valid()) ++wrong;
        if (xml::read(order("<Number>7</Number><Line>x</Line>"), *small()).valid()) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a schema that was replaced leaves no parser that judges for it", "[formats][xml]") {
  for (int round = 0; round < 40; ++round) {
    const std::string type = round % 2 ? "xs:int" : "xs:date";
    const auto schema = fixture::schema_of(
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a' type='" + type + "'/></xs:schema>", "a"
    );
    CHECK(xml::read("<a>2025-03-14</a>", *schema).valid() == (type == "xs:date"));
    CHECK(xml::read("<a>14</a>", *schema).valid() == (type == "xs:int"));
  }
}

TEST_CASE("the canonical instances and the UBL examples are valid", "[formats][xml]") {
  for (const auto& [file, reference] : fixture::canonical_instances()) {
    INFO(file.string());
    CHECK(xml::read(fixture::contents(file), *fixture::load(reference)).valid());
  }
  const auto examples = fixture::ubl_examples();
  if (examples.empty()) WARN("UBL 2.4 is not there: its examples are not read");
  for (const auto& [file, schema] : examples) {
    INFO(file.string());
    CHECK(xml::read(fixture::contents(file), *schema).valid());
  }
}
