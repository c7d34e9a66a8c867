#include <catch2/catch.hpp>

#include "formats/xml/read.hpp"

using namespace wayleave;

namespace {

Document read(const std::string& xml) {
  auto reading = xml::read_wellformed(xml);
  if (!reading.document) FAIL(reading.findings.at(0).message);
  return std::move(*reading.document);
}

bool is_view(const Document& document, std::string_view text) {
  return text.data() >= document.source().data() && text.data() < document.source().data() + document.source().size();
}

}  // namespace

TEST_CASE("elements and attributes get their namespaces", "[formats][xml]") {
  const Document d = read("<a xmlns='urn:d' xmlns:p='urn:p' p:x='1' x='2'><p:b/><c xmlns=''><d/></c><e/></a>");
  REQUIRE(d.size() == 5);
  auto name = [&](Document::Index i) {
    return std::string(d.namespace_of(d.node(i).name)) + "|" + std::string(d.local_name(d.node(i).name));
  };
  CHECK(name(0) == "urn:d|a");
  CHECK(name(1) == "urn:p|b");
  CHECK(name(2) == "|c");
  CHECK(name(3) == "|d");
  CHECK(name(4) == "urn:d|e");
  REQUIRE(d.node(0).attribute_count == 2);
  CHECK(d.namespace_of(d.attributes(0)[0].name) == "urn:p");
  CHECK(d.namespace_of(d.attributes(0)[1].name) == "");
  CHECK(d.text(d.attributes(0)[1]) == "2");
}

TEST_CASE("plain text is a view and everything else is decoded", "[formats][xml]") {
  struct Case {
    const char* xml;
    const char* text;
    bool view;
  };
  for (const Case& c :
       {Case{"<a>plain ]] text</a>", "plain ]] text", true},
        {"<a>\n x \n</a>", "\n x \n", true},
        {"<a> </a>", " ", true},
        {"<a><![CDATA[<&>]]></a>", "<&>", true},
        {"<a>a&amp;b</a>", "a&b", false},
        {"<a>&#65;&#x42;&#x20AC;</a>", "AB\xE2\x82\xAC", false},
        {"<a>one\r\ntwo\rthree</a>", "one\ntwo\nthree", false},
        {"<a>&#13;</a>", "\r", false},
        {"<a><![CDATA[x\r\ny&amp;]]></a>", "x\ny&amp;", false},
        {"<a>one<!-- -->two<?p?>&lt;</a>", "onetwo<", false},
        {"<a>x<![CDATA[y]]>z</a>", "xyz", false},
        {"<a>&lt;&gt;&quot;&apos;</a>", "<>\"'", false}}) {
    INFO(c.xml);
    const Document d = read(c.xml);
    CHECK(d.text(0) == c.text);
    CHECK(is_view(d, d.text(0)) == c.view);
  }
}

TEST_CASE("attribute values are normalised", "[formats][xml]") {
  struct Case {
    const char* xml;
    const char* value;
  };
  for (const Case& c :
       {Case{"<a b=' x  y '/>", " x  y "},
        {"<a b='1\t2\n3\r\n4\r5'/>", "1 2 3 4 5"},
        {"<a b='&#9;&#10;&#13;'/>", "\t\n\r"},
        {"<a b='&lt;&amp;\"'/>", "<&\""},
        {"<a b=\"it's >\"/>", "it's >"},
        {"<a b=''/>", ""}}) {
    INFO(c.xml);
    const Document d = read(c.xml);
    REQUIRE(d.node(0).attribute_count == 1);
    CHECK(d.text(d.attributes(0)[0]) == c.value);
  }
}

TEST_CASE("xsi attributes are flags and not attributes", "[formats][xml]") {
  const Document d = read(
      "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='urn:x x.xsd' b='1'>"
      "<c i:nil=' true '/><d i:nil='0'/><e i:type='t'>1</e></a>"
  );
  CHECK(d.node(0).attribute_count == 1);
  CHECK(d.node(1).flags == Document::is_nil);
  CHECK(d.node(2).flags == 0);
  CHECK(d.node(3).flags == Document::has_type);
}

TEST_CASE("white space between elements is nobody's text, other text beside them is told", "[formats][xml]") {
  CHECK(read("<a>\n  <b/>\r\n</a>").node(0).flags == Document::has_children);
  CHECK(read("<a> <!-- x --> <b/> <!-- y --> </a>").node(0).flags == Document::has_children);
  for (const char* xml : {"<a>x<b/></a>", "<a><b/>x</a>", "<a><b/><![CDATA[x]]></a>", "<a><b/>&lt;</a>"}) {
    INFO(xml);
    CHECK(read(xml).node(0).flags == (Document::has_children | Document::mixed_text));
  }
}

TEST_CASE("every node, attribute and text knows where it came from", "[formats][xml]") {
  const std::string xml = "<a>\n <p:b xmlns:p='u' c = '1'>text</p:b></a>";
  const Document d = read(xml);
  CHECK(d.node(0).source == 0);
  CHECK(d.node(0).source_text == 0);
  CHECK(d.node(1).source == xml.find("<p:b"));
  CHECK(d.node(1).source_text == xml.find("text"));
  CHECK(d.attributes(1)[0].source == xml.find("c ="));
  CHECK(d.position(d.node(1).source).line == 2);
  CHECK(d.position(d.node(1).source).column == 2);
}

TEST_CASE("a second document does not see the names of the first", "[formats][xml]") {
  for (int i = 0; i < 3; ++i) {
    const Document first = read("<one xmlns='urn:1'><x/></one>");
    const Document second = read("<two xmlns='urn:2'><x/><x xmlns='urn:1'/></two>");
    CHECK(first.namespace_of(first.node(1).name) == "urn:1");
    CHECK(second.namespace_of(second.node(1).name) == "urn:2");
    CHECK(second.namespace_of(second.node(2).name) == "urn:1");
    CHECK(second.local_name(second.node(0).name) == "two");
  }
}
