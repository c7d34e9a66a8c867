#include <catch2/catch.hpp>

#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;

namespace {

Document read(const std::string& xml) {
  auto reading = xml::read_wellformed(xml);
  if (!reading.document) FAIL(xml << ": " << reading.findings.at(0).message);
  return std::move(*reading.document);
}

}  // namespace

TEST_CASE("text and attribute values are escaped so that they are read back as they were", "[formats][xml]") {
  std::string text, line, value;
  const std::string hard = "a<b>&\"'\r\n\t]]>";
  xml::escape_text(text, hard);
  CHECK(text == "a&lt;b&gt;&amp;\"'&#13;\n\t]]&gt;");
  xml::escape_text(line, hard, true);
  CHECK(line == "a&lt;b&gt;&amp;\"'&#13;&#10;\t]]&gt;");
  xml::escape_attribute(value, hard);
  CHECK(value == "a&lt;b>&amp;&quot;'&#13;&#10;&#9;]]>");
  const Document d = read("<a b=\"" + value + "\">" + line + "</a>");
  CHECK(d.text(0) == hard);
  CHECK(d.text(d.attributes(0)[0]) == hard);
}

TEST_CASE("the writer closes what it opened and leaves out what is empty", "[formats][xml]") {
  std::string out;
  xml::Writer writer(out);
  writer.start("a").attribute("b", "1 & 2").element("c", "x").element("d", "").element("e", "", false);
  writer.start("f").raw("<g/>").end().end();
  CHECK(out == "<a b=\"1 &amp; 2\"><c>x</c><e/><f><g/></f></a>");
}

TEST_CASE("a tree is written on one line with its namespaces on top", "[formats][xml]") {
  struct Case {
    const char* in;
    const char* out;
  };
  for (const Case& c :
       {Case{"<a/>", "<a/>"},
        {"<a>\n <b c='1'>x</b>\n</a>", "<a><b c=\"1\">x</b></a>"},
        {"<p:a xmlns:p='u'><p:b/></p:a>", "<a xmlns=\"u\"><b/></a>"},
        {"<a xmlns='u'><b xmlns='v'/></a>", "<a xmlns=\"u\" xmlns:n1=\"v\"><n1:b/></a>"},
        {"<a xmlns='u' xmlns:q='v'><q:b q:c='1'/></a>", "<a xmlns=\"u\" xmlns:q=\"v\"><q:b q:c=\"1\"/></a>"},
        {"<p:a xmlns:p='u'><b/></p:a>", "<p:a xmlns:p=\"u\"><b/></p:a>"},
        {"<p:a xmlns:p='u' p:x='1'/>", "<a xmlns=\"u\" xmlns:p=\"u\" p:x=\"1\"/>"},
        {"<a xml:lang='en'/>", "<a xml:lang=\"en\"/>"},
        {"<xml:a/>", "<xml:a/>"},
        {"<xml:a><b xmlns='u'/></xml:a>", "<xml:a xmlns:n1=\"u\"><n1:b/></xml:a>"},
        {"<a>1\n2</a>", "<a>1&#10;2</a>"},
        {"<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><b i:nil='1'/></a>",
         "<a xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><b xsi:nil=\"true\"/></a>"}}) {
    INFO(c.in);
    const Document d = read(c.in);
    CHECK(xml::serialize(d) == c.out);
    CHECK(xml::canonical(read(xml::serialize(d))) == xml::canonical(d));
  }
}

TEST_CASE("prefixes that stood for two namespaces are told apart", "[formats][xml]") {
  const Document d =
      read("<r xmlns='r'><p:a xmlns:p='1' p:x=''/><p:a xmlns:p='2' p:x=''/><n1:b xmlns:n1='3'/><c xmlns='4'/></r>");
  const std::string out = xml::serialize(d);
  CHECK(xml::canonical(read(out)) == xml::canonical(d));
}

TEST_CASE("a subtree is written by itself", "[formats][xml]") {
  const Document d = read("<a xmlns='u'><b><c>1</c></b><d/></a>");
  CHECK(xml::serialize(d, 1) == "<b xmlns=\"u\"><c>1</c></b>");
  CHECK(xml::serialize(d, 2) == "<c xmlns=\"u\">1</c>");
  CHECK(xml::serialize(d, 3) == "<d xmlns=\"u\"/>");
}

TEST_CASE("the canonical form does not depend on prefixes, order of attributes or layout", "[formats][xml]") {
  const std::string one = xml::canonical(read("<p:a xmlns:p='u' c='2' b='1'>\n<p:d>x</p:d></p:a>"));
  CHECK(one == xml::canonical(read("<a xmlns='u' b='1' c='2'><d>&#120;</d></a>")));
  CHECK(one != xml::canonical(read("<a xmlns='u' b='1' c='2'><d>y</d></a>")));
  CHECK(one != xml::canonical(read("<a xmlns='u' b='1' c='2'><d>x</d><d/></a>")));
  CHECK(one != xml::canonical(read("<a b='1' c='2'><d>x</d></a>")));
  CHECK(one != xml::canonical(read("<a xmlns='u' b='1'><d>x</d></a>")));
}
