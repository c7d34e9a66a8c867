#include <catch2/catch.hpp>
#include <ctime>
#include <string>

#include "formats/xml/read.hpp"

using namespace wayleave;

namespace {

struct Case {
  std::string xml;
  std::string code;
  std::uint32_t line, column;
  std::string found;
};

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// What this thread has computed so far: other work on the machine does not count.
double cpu_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

Finding only_finding(const std::string& xml, const xml::Limits& limits = {}) {
  const xml::Reading reading = xml::read_wellformed(xml, limits);
  REQUIRE_FALSE(reading.document);
  REQUIRE(reading.findings.size() == 1);
  return reading.findings[0];
}

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.xml.substr(0, 200));
    const Finding finding = only_finding(c.xml);
    INFO(finding.message);
    CHECK(finding.code == c.code);
    CHECK(finding.line == c.line);
    CHECK(finding.column == c.column);
    CHECK(finding.found == c.found);
    CHECK_FALSE(finding.message.empty());
    CHECK(finding.severity == Severity::error);
  }
}

}  // namespace

TEST_CASE("what is well-formed is read", "[formats][xml]") {
  for (const char* xml : {
           "<a/>",
           "<a></a>",
           "<a ></a >",
           "<a b='1'\tc=\"2\"\n/>",
           "\n<a/>\n",
           "<!-- DOCTYPE --><a/><!--x--><?p?>",
           "<?xml version='1.0'?><a/>",
           "<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\" ?>\n<a/>",
           "<a><![CDATA[<!DOCTYPE x>]]></a>",
           "<a>]] ></a>",
           "<a>]]&gt;</a>",
           "<a b=']]>'/>",
           "<a>&#x10FFFF;&#9;&lt;</a>",
           "<_/>",
           "<\xC3\xA9 \xC3\xA9=''/>",
           "<a.b-c_1/>",
           "<p:a xmlns:p='urn:p'/>",
           "<a xmlns='urn:a'><b xmlns=''/></a>",
           "<a xml:lang='en' xml:space='preserve'/>",
           "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
           "<a xmlns:p='urn:p' p:b='1' b='2'/>",
           "<a><!----><!-- - --></a>",
           "<a><?x-y <>&?></a>",
           "<a b='>'>></a>",
           "<a xmlns:p='u'><b xmlns:p='v'/><p:c/></a>",
           "<xmlish/>",
           "<?xml-stylesheet href='http://x/y.xsl'?><a/>",
       }) {
    INFO(xml);
    const auto reading = xml::read_wellformed(xml);
    if (!reading.findings.empty()) FAIL(reading.findings[0].message);
    CHECK(reading.document);
  }
}

TEST_CASE("a document without an element says so", "[formats][xml]") {
  check({{"", "X001", 1, 1, ""}, {" \n", "X001", 2, 1, ""}, {"<!-- only -->", "X001", 1, 14, ""}});
}

TEST_CASE("a DOCTYPE is refused where it stands", "[formats][xml]") {
  check(
      {{"<!DOCTYPE a><a/>", "X006", 1, 1, "<!DOCTYPE"},
       {"<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "X006", 2, 1,
        "<!DOCTYPE"},
       {"<!doctype html><html/>", "X006", 1, 1, "<!doctype"},
       {"<a><!DOCTYPE a></a>", "X013", 1, 4, "<!"}}
  );
}

TEST_CASE("a wrong XML declaration is told by its part", "[formats][xml]") {
  check(
      {{" <?xml version='1.0'?><a/>", "X007", 1, 2, "<?xml"},
       {"<?xml?><a/>", "X007", 1, 1, "<?xml"},
       {"<?xml encoding='UTF-8'?><a/>", "X007", 1, 1, "<?xml"},
       {"<?xml version='1.1'?><a/>", "X007", 1, 16, "1.1"},
       {"<?xml version=1.0?><a/>", "X007", 1, 15, "1"},
       {"<?xml version='1.0' standalone='maybe'?><a/>", "X007", 1, 33, "maybe"},
       {"<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>", "X007", 1, 38, "e"},
       {"<?xml version='1.0' encoding='UTF-8'><a/>", "X007", 1, 37, ">"},
       {"<a><?xml version='1.0'?></a>", "X007", 1, 4, "<?xml"},
       {"<a><?XML x?></a>", "X007", 1, 4, "<?XML"}}
  );
}

TEST_CASE("nothing but comments stands outside the root", "[formats][xml]") {
  check(
      {{"hello", "X010", 1, 1, "h"},
       {"{\"json\": 1}", "X010", 1, 1, "{"},
       {"x<a/>", "X010", 1, 1, "x"},
       {"</a>", "X010", 1, 1, "</"},
       {"<a/>\n<b/>", "X010", 2, 1, "<"},
       {"<a/>text", "X010", 1, 5, "t"},
       {"<a/></a>", "X010", 1, 5, "<"},
       {"<a/><![CDATA[x]]>", "X010", 1, 5, "<"},
       {"<a/>&amp;", "X010", 1, 5, "&"}}
  );
}

TEST_CASE("a wrong end tag is told at the tag that is wrong", "[formats][xml]") {
  check(
      {{"<a>\n <b></c>\n</a>", "X011", 2, 5, "</c>"},
       {"<a>\n <b>\n</a>", "X011", 2, 2, "<b"},
       {"<a><b><c></b></a>", "X011", 1, 7, "<c"},
       {"<a></A>", "X011", 1, 4, "</A>"},
       {"<p:a xmlns:p='u'></a>", "X011", 1, 18, "</a>"},
       {"<a></>", "X011", 1, 4, "</>"},
       {"<ab></a>", "X011", 1, 5, "</a>"},
       {"<a></ab>", "X011", 1, 4, "</ab>"}}
  );
  const Finding finding = only_finding("<Order>\n<Line>\n</Lime></Order>");
  CHECK(finding.message == "</Lime> closes nothing: the open element is Line of line 2.");
  CHECK(finding.expected == "</Line>");
  CHECK(finding.length == 7);
}

TEST_CASE("a document that ends too early says what is open", "[formats][xml]") {
  check(
      {{"<a>", "X012", 1, 4, ""},
       {"<a>\n<b>text", "X012", 2, 8, ""},
       {"<a", "X012", 1, 3, ""},
       {"<", "X012", 1, 2, ""},
       {"<a b", "X012", 1, 5, ""},
       {"<a b=", "X012", 1, 6, ""},
       {"<a></a", "X012", 1, 7, ""},
       {"<a></", "X012", 1, 6, ""},
       {"<a/", "X012", 1, 4, ""}}
  );
  CHECK(only_finding("<a>\n<b>").message == "The document ends, but the element b of line 2 is still open.");
}

TEST_CASE("a tag that is none is told where it begins", "[formats][xml]") {
  check(
      {{"<a>1 < 2</a>", "X013", 1, 6, "<"},
       {"<a><1/></a>", "X013", 1, 4, "<"},
       {"<a b='1'c='2'/>", "X013", 1, 9, "c"},
       {"<a><!b></a>", "X013", 1, 4, "<!"},
       {"<a></a b='1'>", "X013", 1, 4, "</a "},
       {"<a><![cdata[x]]></a>", "X013", 1, 4, "<!"}}
  );
}

TEST_CASE("a name that is none is shown", "[formats][xml]") {
  check(
      {{"<a:/>", "X014", 1, 2, "a:"},
       {"<a::b/>", "X014", 1, 2, "a::b"},
       {"<a:b:c/>", "X014", 1, 2, "a:b:c"},
       {"<a 1b='x'/>", "X014", 1, 4, "1b"},
       {"<a\xC3\x97/>", "X014", 1, 2, "a\xC3\x97"},
       {"<a b@c='x'/>", "X015", 1, 4, "b"},
       {"<a><?1?></a>", "X014", 1, 6, "1?"},
       {"<a><?p:q?></a>", "X014", 1, 6, "p:q"},
       {"<a/ >", "X014", 1, 3, "/"}}
  );
}

TEST_CASE("a wrong attribute is told", "[formats][xml]") {
  check(
      {{"<a b/>", "X015", 1, 4, "b"},
       {"<a b=1/>", "X015", 1, 6, "1"},
       {"<a b='<'/>", "X015", 1, 7, "<"},
       {"<a b='1/>\n<c/></a>", "X015", 2, 1, "<"},
       {"<a b='1/>", "X015", 1, 4, "b"},
       {"<a b c='1'/>", "X015", 1, 4, "b"}}
  );
}

TEST_CASE("an attribute that occurs twice is told at the second, prefixed or not", "[formats][xml]") {
  check(
      {{"<a b='1' b='2'/>", "X016", 1, 10, "b"},
       {"<a xmlns='u' xmlns='u'/>", "X016", 1, 14, "xmlns"},
       {"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "X016", 1, 36, "q:b"}}
  );
  std::string many = "<a xmlns:p='u' xmlns:q='u'";
  for (int i = 0; i < 50; ++i) many += " p:b" + std::to_string(i) + "=''";
  check(
      {{many + " p:b7=''/>", "X016", 1, static_cast<std::uint32_t>(many.size()) + 2, "p:b7"},
       {many + " q:b7=''/>", "X016", 1, static_cast<std::uint32_t>(many.size()) + 2, "q:b7"}}
  );
}

TEST_CASE("references that mean nothing are told", "[formats][xml]") {
  check(
      {{"<a>Smith & Sons</a>", "X017", 1, 10, "&"},
       {"<a>\n&nbsp;</a>", "X017", 2, 1, "&nbsp;"},
       {"<a>&lt</a>", "X017", 1, 4, "&"},
       {"<a>&#0;</a>", "X017", 1, 4, "&#0;"},
       {"<a>&#xD800;</a>", "X017", 1, 4, "&#xD800;"},
       {"<a>&#xFFFE;</a>", "X017", 1, 4, "&#xFFFE;"},
       {"<a>&#x110000;</a>", "X017", 1, 4, "&#x110000;"},
       {"<a>&#99999999999999999999;</a>", "X017", 1, 4, "&#99999999999999999999;"},
       {"<a>&#;</a>", "X017", 1, 4, "&#;"},
       {"<a>&#x;</a>", "X017", 1, 4, "&#x;"},
       {"<a>&#X41;</a>", "X017", 1, 4, "&#X41;"},
       {"<a b='&'/>", "X017", 1, 7, "&"},
       {"<a b='&xxe;'/>", "X017", 1, 7, "&xxe;"}}
  );
}

TEST_CASE("text, comments, sections and instructions keep to their ends", "[formats][xml]") {
  check(
      {{"<a>]]></a>", "X018", 1, 4, "]]>"},
       {"<a>]]]></a>", "X018", 1, 5, "]]>"},
       {"<a><!-- </a>", "X019", 1, 4, "<!--"},
       {"<a><!-- -- --></a>", "X019", 1, 9, "--"},
       {"<a><!-- ---></a>", "X019", 1, 9, "--"},
       {"<a><!-->x</a>", "X019", 1, 4, "<!--"},
       {"<a><![CDATA[ ]]</a>", "X019", 1, 4, "<![CDATA["},
       {"<a><?p </a>", "X019", 1, 4, "<?"}}
  );
}

TEST_CASE("prefixes are declared, and the reserved ones left alone", "[formats][xml]") {
  check(
      {{"<p:a/>", "X020", 1, 2, "p"},
       {"<a p:b='1'/>", "X020", 1, 4, "p"},
       {"<a><b xmlns:p='u'/><p:c/></a>", "X020", 1, 21, "p"},
       {"<xmlns:a/>", "X020", 1, 2, "xmlns"},
       {"<a xmlns:xml='u'/>", "X021", 1, 4, "xmlns:xml"},
       {"<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "X021", 1, 4, "xmlns:p"},
       {"<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "X021", 1, 4, "xmlns"},
       {"<a xmlns:xmlns='u'/>", "X021", 1, 4, "xmlns:xmlns"},
       {"<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "X021", 1, 4, "xmlns:p"},
       {"<a xmlns:p=''/>", "X021", 1, 4, "xmlns:p"}}
  );
}

TEST_CASE("positions count characters, and CR LF as one line end", "[formats][xml]") {
  check(
      {{"<a>\r\n<b>\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80</c></a>", "X011", 2, 7, "</c>"},
       {"<a>\r\r\n</b>", "X011", 3, 1, "</b>"}}
  );
}

TEST_CASE("each limit is named with its value", "[formats][xml]") {
  xml::Limits small;
  small.document = 200;
  small.depth = 3;
  small.attributes = 2;
  small.namespaces = 1;
  small.namespaces_in_force = 2;
  small.start_tag = 60;
  small.attribute_value = 10;
  small.text = 20;
  small.name = 30;
  small.nodes = 8;
  struct Limit {
    std::string xml, code, value;
  };
  for (const Limit& c :
       {Limit{"<a>" + std::string(200, ' ') + "</a>", "X030", "200"},
        {"<a><b><c><d/></c></b></a>", "X031", "3"},
        {"<a b='' c='' d=''/>", "X032", "2"},
        {"<a xmlns='u' xmlns:b='v'/>", "X033", "1"},
        {"<a xmlns='u'><b xmlns='v'><c xmlns='w'/></b></a>", "X033", "2"},
        {"<a" + std::string(70, ' ') + "/>", "X034", "60"},
        {"<a b='12345678901'/>", "X035", "10"},
        {"<a>123456789012345678901</a>", "X036", "20"},
        {"<a>1234567890<!---->12345678901</a>", "X036", "20"},
        {"<a>1234567890<![CDATA[12345678901]]></a>", "X036", "20"},
        {"<a>" + std::string(21, ' ') + "</a>", "X036", "20"},
        {"<a" + std::string(30, 'b') + "/>", "X037", "30"},
        {"<a " + std::string(31, 'b') + "=''/>", "X037", "30"},
        {"<a><b/><b/><b/><b/><b/><b/><b/><b/></a>", "X038", "8"},
        {"<a><b/><b/><b/><b c=''/><b c=''/><b/></a>", "X038", "8"}}) {
    INFO(c.xml);
    const Finding finding = only_finding(c.xml, small);
    CHECK(finding.code == c.code);
    CHECK(finding.message.find("limit of " + c.value) != std::string::npos);
    CHECK(finding.expected.find("at most " + c.value) == 0);
  }
  CHECK(xml::read_wellformed("<a b='' c=''><b><c/></b>12345678901234567890</a>", small).document);
}

TEST_CASE("traps of size are answered in time", "[formats][xml]") {
  std::string names = "<a", namespaces = "<a", same_prefix = "<a";
  for (int i = 0; i < 100000; ++i) {
    names += " a" + std::to_string(i) + "=''";
    namespaces += " xmlns:n" + std::to_string(i) + "='u'";
  }
  // Each element declares other prefixes: never many at once, but many in all.
  std::string prefixes = "<a>";
  for (int i = 0; i < 100000; ++i) prefixes += "<b xmlns:n" + std::to_string(i) + "='u'/>";
  struct Trap {
    const char* name;
    std::string xml, code;
  };
  for (const Trap& trap :
       {Trap{"attributes", names + "/>", "X032"},
        {"namespaces", namespaces + "/>", "X033"},
        {"prefixes", prefixes + "</a>", "X033"},
        {"depth", repeat("<a>", 100000), "X031"},
        {"name", "<" + std::string(20 << 20, 'n') + "/>", "X037"},
        {"end tag", "<a></" + std::string(20 << 20, 'n') + ">", "X037"},
        {"text", "<a>" + std::string(20 << 20, 't') + "</a>", "X036"},
        {"blank text", "<a>" + std::string(20 << 20, ' ') + "</a>", "X036"},
        {"brackets", "<a>" + std::string(20 << 20, ']') + "</a>", "X036"},
        {"references", "<a>" + repeat("&lt;", 5 << 20) + "</a>", "X036"},
        {"hyphens", "<a><!--" + repeat("- ", 10 << 20) + "</a>", "X019"},
        {"CDATA", "<a><![CDATA[" + repeat("]>", 10 << 20) + "</a>", "X019"},
        {"instruction", "<a><?p " + repeat("? ", 10 << 20) + "</a>", "X019"},
        {"value", "<a b='" + std::string(20 << 20, 'v') + "'/>", "X035"},
        {"start tag", "<a " + std::string(20 << 20, ' ') + "/>", "X034"}}) {
    INFO(trap.name);
    const double begin = cpu_milliseconds();
    const Finding finding = only_finding(trap.xml);
    const double took = cpu_milliseconds() - begin;
    CHECK(finding.code == trap.code);
    CHECK(finding.found.size() <= 800);
    CHECK(finding.message.size() < 1000);
    CHECK(took < 1000);  // an -O2 build needs under 30 ms; sanitizers slow it down
  }
}

TEST_CASE("many prefixes in force do not slow a document down", "[formats][xml]") {
  std::string xml;
  for (int i = 0; i < 5; ++i) {
    xml += "<a";
    for (int j = 0; j < 50; ++j)
      xml += " xmlns:n" + std::to_string(i * 50 + j) + "='urn:" + std::to_string(i * 50 + j) + "'";
    xml += ">";
  }
  xml += repeat("<n0:b/><n249:c/>", 50000) + repeat("</a>", 5);
  const double begin = cpu_milliseconds();
  CHECK(xml::read_wellformed(xml).document);
  CHECK(cpu_milliseconds() - begin < 2000);
}

TEST_CASE("an administrator's file may have a DOCTYPE, whose plain entities it then knows", "[formats][xml]") {
  xml::Limits own;
  own.internal_dtd = true;
  const std::string head =
      "<!DOCTYPE schema PUBLIC '-//W3C//DTD XMLSchema 200102//EN' 'http://127.0.0.1:1/XMLSchema.dtd' [\n"
      "<!ATTLIST schema xmlns:ds CDATA #FIXED 'urn:>ds'>\n<!ENTITY dsig 'urn:dsig#'>\n<!ENTITY dsig 'second'>\n"
      "<!ENTITY % p ''>\n<!ENTITY nested '&dsig;'>\n<!ENTITY file SYSTEM 'file:///etc/passwd'>\n<!-- ]> -->]>\n";
  const auto reading = xml::read_wellformed(head + "<a b='&dsig;x'>&dsig;</a>", own);
  if (!reading.findings.empty()) FAIL(reading.findings[0].message);
  CHECK(reading.document->text(0) == "urn:dsig#");
  CHECK(reading.document->text(reading.document->attributes(0)[0]) == "urn:dsig#x");
  for (const char* unknown : {"<a>&nested;</a>", "<a>&file;</a>", "<a>&other;</a>"})
    CHECK(only_finding(head + unknown, own).code == "X017");
  CHECK(only_finding("<!DOCTYPE a [%remote;]><a/>", own).code == "X006");
  CHECK(only_finding("<!DOCTYPE a [<!ENTITY x 'y'", own).code == "X012");
  const std::string big =
      "<!DOCTYPE a [<!ENTITY x '" + std::string(60000, 'y') + "'>]><a>" + repeat("&x;", 1000) + "</a>";
  CHECK(only_finding(big, own).code == "X036");
}
