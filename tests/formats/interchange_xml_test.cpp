#include <catch2/catch.hpp>

#include "edi_fixture.hpp"
#include "edi_generator.hpp"
#include "fixture.hpp"
#include "formats/edi/interchange_xml.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace wayleave::edi;

namespace {

schema::Library& library() {
  static schema::Library made(schema::SearchPath{{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  return made;
}

Guides guides(const std::vector<std::string>& names) {
  Guides out;
  for (const auto& name : names) out.add(fixture::guide(name));
  return out;
}

std::string to_xml(const std::string& bytes, const Guides& known, bool several = false) {
  std::string out;
  InterchangeXml listener([&](std::string_view piece) { out += piece; }, several);
  fixture::read(bytes, known, listener);
  listener.finish();
  return out;
}

std::string to_edi(const std::string& xml, const Guides& known, Findings* findings = nullptr) {
  XmlWriteOptions options;
  options.policy.una = false;
  options.now = *parse_iso("2025-03-14T09:12:44Z");
  std::string out = "before";
  auto found = write_interchanges(xml, library(), known, options, out);
  if (findings) {
    CHECK(out == "before");
    *findings = std::move(found);
    return {};
  }
  for (const auto& f : found) UNSCOPED_INFO(f.code << " " << f.line << " " << f.path << ": " << f.message);
  CHECK(found.empty());
  CHECK(out.starts_with("before"));
  return out.substr(6);
}

const std::string x12 =
    "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         *250314*0912*^*00501*000000905*1*T*:~"
    "GS*PO*BUYER*SELLER*20250314*0912*1*X*005010~ST*850*0001~BEG*00*SA*PO-4711**20250314~REF*CO*a^b**x:::y^z~N1*ST*"
    "Warehouse & 12~N3*1 Dock Rd~PO1*1*12*EA*9.95~CTT*1*12~SE*8*0001~"
    "ST*850*0002~BEG*00*SA*<2>**20250314~PO1*1*1.5*EA~SE*4*0002~GE*2*1~IEA*1*000000905~";
const std::string edifact =
    "UNB+UNOC:3+5412345000176:14:INT+5412345000183:14+250314:0912+4711++APP+A+1+AGR+1'UNH+1+ORDERS:D:96A:UN:EAN008'BGM+"
    "220+it?'s ?+1'NAD+BY+5412345000176::9'LIN+1++40:EN'QTY+21:48.50'UNS+S'UNT+7+1'UNZ+1+4711'";

}  // namespace

TEST_CASE("an interchange as XML", "[formats][edi]") {
  CHECK(
      to_xml(edifact, guides({"orders"})) ==
      "<interchange xmlns=\"urn:wayleave:interchange:1\" standard=\"EDIFACT\" sender=\"5412345000176\" "
      "sender-qualifier=\"14\" sender-internal=\"INT\" receiver=\"5412345000183\" "
      "receiver-qualifier=\"14\" control=\"4711\" version=\"3\" syntax=\"UNOC\" date=\"250314\" time=\"0912\" "
      "application=\"APP\" priority=\"A\" agreement=\"AGR\" test=\"true\" "
      "ack-requested=\"true\" delimiters=\"' + : none ? .\">\n"
      "  <message set=\"ORDERS\" control=\"1\" version=\"D.96A\" agency=\"UN\" association=\"EAN008\">\n"
      "    <ORDERS xmlns=\"urn:test:edifact:d96a:orders\">\n"
      "      <BGM><C002><E1001>220</E1001></C002><E1004>it's +1</E1004></BGM>\n"
      "      <NAD><E3035>BY</E3035><C082><E3039>5412345000176</E3039><E3055>9</E3055></C082></NAD>\n"
      "      <LIN><E1082>1</E1082><C212><E7140>40</E7140><E7143>EN</E7143></C212>\n"
      "        <QTY><C186><E6063>21</E6063><E6060>48.50</E6060></C186></QTY>\n"
      "      </LIN>\n"
      "      <UNS><E0081>S</E0081></UNS>\n"
      "    </ORDERS>\n"
      "  </message>\n"
      "</interchange>\n"
  );
}

TEST_CASE("XML of an interchange is valid and comes back as it was", "[formats][edi]") {
  const auto schema = fixture::load("wayleave/interchange-1.xsd#interchange");
  const std::string odd =
      "ISA|00|          |00|          |01|123456789      |ZZ|SELLER         |250314|0912|!|00501|000000905|0|P|\x1f\x1c"
      "GS|PO|B|S|20250314|0912|1|X|005010\x1cST|850|0001\x1c"
      "BEG|00|SA|*~:||20250314\x1cPO1|1|12|EA\x1cSE|4|0001\x1cGE|1|1\x1cIEA|1|000000905\x1c";
  const std::string none =
      "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         *250314*0912*U*00501*000000905*0*P*:~"
      "GS*PO*B*S*20250314*0912*1*X*005010~ST*850*0001~BEG*00*SA*a^b**20250314~PO1*1*12*EA~SE*4*0001~GE*1*1~IEA*1*"
      "000000905~";
  for (const auto& bytes : {x12, edifact, odd, none})
    for (const auto& known : {guides({"850", "orders"}), guides({})}) {
      const auto xml = to_xml(bytes, known);
      INFO(xml);
      for (const auto& f : xml::read(xml, *schema).findings) FAIL(f.path << ": " << f.message);
      CHECK(to_edi(xml, known) == bytes);
    }
}

TEST_CASE("a message that is refused, or has no guide, keeps its segments", "[formats][edi]") {
  const std::string bytes =
      "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         "
      "*250314*0912*^*00501*000000905*0*P*:~GS*PO*B*S*20250314*0912*1*X*005010~"
      "ST*850*0001~BEG*00*SA*1**20250231~REF*CO*a^^b**x::y~QQQ**2~PO1*1*1*EA~SE*6*0001~GE*1*1~IEA*1*000000905~";
  const auto known = guides({"850"});
  const auto xml = to_xml(bytes, known);
  CHECK(xml.find("accepted=\"false\"") != xml.npos);
  CHECK(
      xml.find("<segment id=\"REF\"><element n=\"1\">CO</element><element n=\"2\">a</element><element "
               "n=\"2\"></element><element n=\"2\">b</element>"
               "<element n=\"4\"><component n=\"1\">x</component><component n=\"3\">y</component></element></segment>"
      ) != xml.npos
  );
  CHECK(to_edi(xml, known) == bytes);
}

TEST_CASE("what the XML leaves out has a default", "[formats][edi]") {
  const auto known = guides({"850", "orders"});
  CHECK(
      to_edi(
          "<interchange xmlns='urn:wayleave:interchange:1' standard='X12' sender='A' receiver='B'><message><TS850 "
          "xmlns='urn:test:x12:005010:850'>"
          "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>1</BEG03><BEG05>20250314</BEG05></BEG><PO1><PO102>1</"
          "PO102><PO103>EA</PO103></PO1></TS850></message></interchange>",
          known
      ) ==
      "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
      "*250314*0912*^*00501*000000001*0*P*:~GS*PO*A*B*20250314*0912*1*X*005010~"
      "ST*850*0001~BEG*00*SA*1**20250314~PO1*1*1*EA~SE*4*0001~GE*1*1~IEA*1*000000001~"
  );
  CHECK(
      to_edi(
          "<interchange xmlns='urn:wayleave:interchange:1' standard='EDIFACT' sender='A' receiver='B'><message><ORDERS "
          "xmlns='urn:test:edifact:d96a:orders'>"
          "<BGM><C002><E1001>220</E1001></C002></BGM><LIN/></ORDERS></message></interchange>",
          known
      ) == "UNB+UNOC:3+A+B+250314:0912+1'UNH+1+ORDERS:D:96A:UN'BGM+220'LIN+1'UNS+S'UNT+5+1'UNZ+1+1'"
  );
}

TEST_CASE("several interchanges in one text", "[formats][edi]") {
  const auto known = guides({"850", "orders"});
  const auto xml = to_xml(x12 + edifact, known, true);
  CHECK(xml.starts_with("<interchanges xmlns=\"urn:wayleave:interchange:1\">\n<interchange standard=\"X12\""));
  CHECK(to_edi(xml, known) == x12 + edifact);
}

TEST_CASE("XML that cannot be written says where and why", "[formats][edi]") {
  const auto known = guides({"850"});
  const auto first = [&](const std::string& attributes, const std::string& content) {
    Findings found;
    to_edi(
        "<interchange xmlns='urn:wayleave:interchange:1' standard='X12'" + attributes + ">\n" + content +
            "</interchange>",
        known, &found
    );
    REQUIRE(found.size() == 1);
    return found[0].code + " " + std::to_string(found[0].line) + " " + found[0].path;
  };
  const auto order = [](const std::string& number) {
    return "<group><message>\n<TS850 xmlns='urn:test:x12:005010:850'>\n<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>" +
           number +
           "</BEG03><BEG05>20250314</BEG05></BEG>\n<PO1><PO102>1</PO102><PO103>EA</PO103></PO1></TS850></message></"
           "group>";
  };
  CHECK(first("", order("")) == "X205 4 /interchange/group/message/TS850/BEG/BEG03");
  CHECK(first("", order("1*2")) == "E310 4 /interchange/group/message/TS850/BEG/BEG03");
  CHECK(first("", "<message set='810'><TS810 xmlns='urn:x'/></message>") == "E170 2 /interchange/message/TS810");
  CHECK(first("", "<message><segment id='BEG'/></message>") == "E167 2 /interchange/message");
  CHECK(first("", "<message set='850'><segment id='BEG'><element n='2'>1</element><element n='1'/></segment></message>")
            .starts_with("E124 2 /interchange/message/segment/element[2]"));
  CHECK(first(" delimiters='~ ~ : none none .'", order("1")).starts_with("E102 1 /interchange"));
  CHECK(first("", "<messages/>").starts_with("X"));
  Findings found;
  to_edi(
      "<interchange xmlns='urn:wayleave:interchange:1' standard='EDIFACT' syntax='IATB'><message set='X'><segment "
      "id='BGM'><element n='1'>1</element></segment></message></interchange>",
      known, &found
  );
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "E127");
}
