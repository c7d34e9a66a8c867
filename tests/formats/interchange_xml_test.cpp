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
        "<interchange xmlns='urn:wayleave:interchange:1' standard='X12' sender='A' receiver='B'" + attributes + ">\n" +
            content + "</interchange>",
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
  CHECK(first(
            "",
            "<group code='PO' version='005010'><message set='850'><segment id='BEG'><element n='2'>1</element>"
            "<element n='1'/></segment></message></group>"
  )
            .starts_with("E124 2 /interchange/group/message/segment/element[2]"));
  CHECK(first(" delimiters='~ ~ : none none .'", order("1")) == "E102 1 /interchange/@delimiters");
  CHECK(first(" delimiters='A * : none none .'", order("1")) == "E102 1 /interchange/@delimiters");
  CHECK(first("", "<messages/>").starts_with("X"));
  Findings found;
  to_edi(
      "<interchange xmlns='urn:wayleave:interchange:1' standard='EDIFACT' sender='A' receiver='B' "
      "syntax='IATB'><message set='X'><segment "
      "id='BGM'><element n='1'>1</element></segment></message></interchange>",
      known, &found
  );
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "E127");
}

namespace {

/// The findings of an interchange that is not written, a line each: code, line:column, path, found, message.
std::string refused(const std::string& xml) {
  Findings found;
  to_edi(xml, guides({"850", "orders"}), &found);
  std::string out;
  for (const auto& f : found) {
    CHECK(!f.expected.empty());
    CHECK(!f.fix.empty());
    out += f.code + " " + std::to_string(f.line) + ":" + std::to_string(f.column) + " " + f.path + " [" + f.found +
           "] " + f.message + "\n";
  }
  return out;
}
const std::string a_set =
    "<segment id='BEG'><element n='1'>00</element></segment><segment id='CTT'><element n='1'>1</element></segment>";
std::string x12_with(const std::string& interchange, const std::string& group = "", const std::string& messages = "") {
  return "<interchange xmlns='urn:wayleave:interchange:1' standard='X12'\n" + interchange + ">\n<group\n" + group +
         (group.find("code=") == group.npos ? " code='PO'" : "") +
         (group.find("version=") == group.npos ? " version='005010'" : "") + ">\n" +
         (messages.empty() ? "<message set='850'>" + a_set + "</message>" : messages) + "</group></interchange>";
}
std::string edifact_with(const std::string& interchange, const std::string& message = "set='ORDERS' version='D.96A'") {
  return "<interchange xmlns='urn:wayleave:interchange:1' standard='EDIFACT'\n" + interchange + "><message\n" +
         message + "><segment id='BGM'><element n='1'>220</element></segment></message></interchange>";
}

}  // namespace

TEST_CASE("an envelope of X12 that would not be the one that was meant is refused", "[formats][edi]") {
  const std::string parties = "sender='A' receiver='B'";
  CHECK(to_edi(x12_with(parties), guides({})).starts_with("ISA*00*"));
  CHECK(
      refused(x12_with(parties + " control='abc'")) ==
      "X205 2:34 /interchange/@control [abc] control is \"abc\"; ISA13 is 1 to 9 digits.\n"
  );
  CHECK(
      refused(x12_with(parties + " control='99999999999'")) ==
      "X204 2:34 /interchange/@control [99999999999] control has 11 characters; ISA13 has 1 to 9 digits.\n"
  );
  CHECK(
      refused(x12_with("sender='A'")) ==
      "X130 1:1 /interchange/@receiver [] interchange must have the attribute receiver: ISA08 cannot be empty.\n"
  );
  CHECK(refused(x12_with("receiver='B'")).starts_with("X130 1:1 /interchange/@sender []"));
  CHECK(refused(x12_with("sender=' ' receiver='B'")).starts_with("X204 2:9 /interchange/@sender"));
  CHECK(
      refused(x12_with("sender='A' receiver='NORTHWAY-PARTS-EAST'")) ==
      "X204 2:22 /interchange/@receiver [NORTHWAY-PARTS-EAST] receiver has 19 characters; ISA08 has 1 to 15 "
      "characters.\n"
  );
  CHECK(
      refused(x12_with("sender='NO*TH~' receiver='B'")) ==
      "E310 2:9 /interchange/@sender [NO*TH~] sender has \"*\", which separates data in this interchange; without it "
      "this "
      "would be another value.\n"
  );
  CHECK(refused(x12_with("sender='Söhne' receiver='B'"))
            .starts_with("E310 2:9 /interchange/@sender [Söhne] sender has \"ö\""));
  CHECK(
      to_edi(x12_with("sender='NO*TH~' receiver='B' delimiters='! | : ^ none .'"), guides({})).find("NO*TH~") !=
      std::string::npos
  );
  CHECK(
      refused(x12_with(parties + " date='20261399'")) ==
      "X201 2:31 /interchange/@date [20261399] date is \"20261399\"; ISA09 is a day of the calendar, as YYMMDD.\n"
  );
  CHECK(refused(x12_with(parties + " date='260231'")).starts_with("X201 2:31 /interchange/@date"));
  CHECK(refused(x12_with(parties + " time='2460'")).starts_with("X202 2:31 /interchange/@time"));
  CHECK(refused(x12_with(parties + " version='4010'")).starts_with("X204 2:34 /interchange/@version"));
  CHECK(refused(x12_with(parties + " sender-qualifier='DUNS'")).starts_with("X204 2:43 /interchange/@sender-qualifier")
  );
  CHECK(
      refused(x12_with(parties + " authorization='more than ten'")).starts_with("X204 2:40 /interchange/@authorization")
  );
}

TEST_CASE("groups and messages of X12 have numbers of their own, of the form that they have there", "[formats][edi]") {
  const std::string parties = "sender='A' receiver='B'";
  CHECK(
      refused(x12_with(parties, "control='x'")) ==
      "X205 4:10 /interchange/group/@control [x] control is \"x\"; GS06 is 1 to 9 digits.\n"
  );
  CHECK(refused(x12_with(parties, "code='850'")).starts_with("X204 4:7 /interchange/group/@code"));
  CHECK(refused(x12_with(parties, "version='00401'")).starts_with("X204 4:10 /interchange/group/@version"));
  CHECK(refused(x12_with(parties, "date='20261399'")).starts_with("X201 4:7 /interchange/group/@date"));
  const auto messages = [](const std::string& first, const std::string& second) {
    return "<message set='850'" + first + ">" + a_set + "</message>\n<message set='850'" + second + ">" + a_set +
           "</message>";
  };
  CHECK(
      refused(x12_with(parties, "", messages(" control='1'", " control='1'"))) ==
      "X204 5:29 /interchange/group/message[1]/@control [1] control has 1 character; ST02 has 4 to 9 characters.\n"
      "X204 6:29 /interchange/group/message[2]/@control [1] control has 1 character; ST02 has 4 to 9 characters.\n"
      "E166 6:29 /interchange/group/message[2]/@control [1] control is 1, and so is that of another message before "
      "it.\n"
  );
  CHECK(refused(x12_with(parties, "", messages("", " control='0001'")))
            .starts_with("E166 6:29 /interchange/group/message[2]/@control"));
  CHECK(refused(x12_with(parties, "", messages(" control='0002'", "")))
            .starts_with("E166 6:1 /interchange/group/message[2]/@control []"));
  const auto group = "<group code='PO' version='005010' control='7'><message set='850'>" + a_set + "</message></group>";
  const auto twice = refused(
      "<interchange xmlns='urn:wayleave:interchange:1' standard='X12' sender='A' receiver='B'>\n" + group + "\n" +
      group + "</interchange>"
  );
  CHECK(
      twice == "E148 3:44 /interchange/group[2]/@control [7] control is 7, and so is that of another group before it.\n"
  );
  const auto bare = refused(
      "<interchange xmlns='urn:wayleave:interchange:1' standard='X12' sender='A' receiver='B'>\n<message set='850'>" +
      a_set + "</message></interchange>"
  );
  CHECK(bare.starts_with("X130 2:1 /interchange/message [] No guide says in which group this message stands"));
  CHECK(
      bare.find("\nX130 2:1 /interchange/message/@version [] message must have the attribute version: GS08") !=
      bare.npos
  );
}

TEST_CASE("an envelope of EDIFACT that would not be the one that was meant is refused", "[formats][edi]") {
  const std::string parties = "sender='A' receiver='B'";
  CHECK(to_edi(edifact_with(parties), guides({})).starts_with("UNB+UNOC:3+A+B+"));
  CHECK(
      refused(edifact_with("sender='" + std::string(36, 'A') + "' receiver='B'")) ==
      "X204 2:9 /interchange/@sender [" + std::string(36, 'A') +
          "] sender has 36 characters; 0004 of UNB has 1 to 35 characters.\n"
  );
  CHECK(
      to_edi(edifact_with("sender='" + std::string(35, 'A') + "' receiver='B'"), guides({})).find("AAAA+B+") !=
      std::string::npos
  );
  CHECK(refused(edifact_with("sender='A'")).starts_with("X130 1:1 /interchange/@receiver"));
  CHECK(refused(edifact_with(parties + " control='123456789012345'")).starts_with("X204 2:34 /interchange/@control"));
  CHECK(
      refused(edifact_with(parties + " version='5'")) ==
      "X205 2:34 /interchange/@version [5] version is \"5\"; 0002 of UNB is 1, 2, 3 or 4.\n"
  );
  CHECK(refused(edifact_with(parties + " date='261399'")).starts_with("X201 2:31 /interchange/@date"));
  CHECK(refused(edifact_with(parties + " sender-internal='123456789012345'"))
            .starts_with("X204 2:42 /interchange/@sender-internal"));
  CHECK(
      to_edi(edifact_with(parties + " version='4' sender-internal='123456789012345'"), guides({}))
          .find(":123456789012345") != std::string::npos
  );
  CHECK(refused(edifact_with("sender='Łódź' receiver='B'")).starts_with("E310 2:9 /interchange/@sender"));
  CHECK(to_edi(edifact_with("sender='it+s' receiver='B'"), guides({})).find("it?+s") != std::string::npos);
  CHECK(refused(edifact_with(parties, "set='ORDERS'")).starts_with("X130 2:25 /interchange/message/@version"));
  CHECK(refused(edifact_with(parties, "set='ORDERS' version='96A'"))
            .starts_with("X205 3:23 /interchange/message/@version"));
  CHECK(refused(edifact_with(parties, "set='PURCHASEORDER' version='D.96A'"))
            .starts_with("X204 3:6 /interchange/message/@set"));
  const std::string message = "<message set='ORDERS' version='D.96A' control='7'><segment id='BGM'/></message>";
  const auto twice = refused(
      "<interchange xmlns='urn:wayleave:interchange:1' standard='EDIFACT' sender='A' receiver='B'>\n" + message + "\n" +
      message + "</interchange>"
  );
  CHECK(
      twice ==
      "E166 3:48 /interchange/message[2]/@control [7] control is 7, and so is that of another message before it.\n"
  );
}

TEST_CASE("octets of a set without a guide are one data element", "[formats][edi]") {
  const auto with = [](const std::string& segments) {
    return "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         *250314*0912*U*00401*000000905*0*P*:~"
           "GS*IN*B*S*20250314*0912*1*X*004010~ST*810*0001~BIG*20250314*1~" +
           segments + "SE*5*0001~GE*1*1~IEA*1*000000905~";
  };
  const auto cut = with("BIN*7*a~b*c~d~BDS*ASC*5*~\r\n:\x01~");
  const auto xml = to_xml(cut, guides({}));
  CHECK(
      xml.find("<segment id=\"BIN\"><element n=\"1\">7</element><element n=\"2\">a~b*c~d</element></segment>\n"
               "      <segment id=\"BDS\"><element n=\"1\">ASC</element><element n=\"2\">5</element>"
               "<element n=\"3\">~\xef\xbf\xbd\xef\xbf\xbd:\xef\xbf\xbd</element></segment>\n    </message>"
      ) != xml.npos
  );
  CHECK(to_edi(to_xml(with("BIN*7*abc def~N1*ST~"), guides({})), guides({})) == with("BIN*7*abc def~N1*ST~"));
  // What the XML cannot hold is not written as something else.
  CHECK(refused(xml).starts_with("E310 5:"));
}
