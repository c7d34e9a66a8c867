#include <catch2/catch.hpp>

#include "edi_fixture.hpp"
#include "formats/edi/write.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;
using namespace wayleave::edi;
using fixture::guide;
using fixture::tree;

namespace {

InterchangeHead x12() {
  InterchangeHead head;
  head.version = "00401";
  head.sender = {"01", "123456789", ""};
  head.receiver = {"ZZ", "SELLER", ""};
  head.date = "250314";
  head.time = "0912";
  head.control = "905";
  return head;
}

InterchangeHead edifact(const std::string& version = "3") {
  InterchangeHead head;
  head.standard = Standard::edifact;
  head.version = version;
  head.syntax = "UNOC";
  head.sender = {"14", "5412345000176", ""};
  head.receiver = {"14", "5412345000183", ""};
  head.date = version == "4" ? "20250314" : "250314";
  head.time = "0912";
  head.control = "4711";
  return head;
}

GroupHead group() {
  return {"PO", {"", "BUYER", ""}, {"", "SELLER", ""}, "20250314", "0912", "1", "X", "004010", 0};
}
SetHead set_850() {
  return {"850", "0001", "004010", "", "", "", 0};
}
SetHead orders() {
  return {"ORDERS", "1", "D.96A", "UN", "EAN008", "", 0};
}

const std::string order =
    "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>PO-4711</BEG03><BEG05>20250314</BEG05></BEG>"
    "<REF><REF01>CO</REF01><REF02>4500017788</REF02></REF>"
    "<N1><N101>ST</N101><N102>Warehouse 12</N102><N103>92</N103><N104>0012</N104><N3><N301>1 Dock "
    "Rd</N301></N3><N4><N401>Joliet</N401><N403>60431</N403></N4></N1>"
    "<PO1><PO102>12</PO102><PO103>EA</PO103><PO104>9.95</PO104><PO106>BP</PO106><PO107>SKU-1</PO107><PID><PID01>F</"
    "PID01><PID05>Widget</PID05></PID></PO1>"
    "<PO1><PO102>1.5</PO102><PO103>CA</PO103></PO1><CTT/>";

/// The segments of one set of the guide, without what stands around them.
std::string body(
    const std::string& name, const std::string& content, const InterchangeHead& head, const SetHead& set,
    const WritePolicy& policy = {}
) {
  std::string out;
  Writer writer(out, head, policy);
  if (head.standard == Standard::x12) writer.group(group());
  const auto before = out.size();
  const auto g = guide(name);
  const auto findings = writer.set(set, *g, tree(*g, content));
  for (const auto& f : findings) UNSCOPED_INFO(f.path << ": " << f.message);
  CHECK(findings.empty());
  return out.substr(before);
}

Findings refused(const std::string& name, const std::string& content, const InterchangeHead& head, const SetHead& set) {
  std::string out;
  Writer writer(out, head);
  const auto before = out;
  const auto g = guide(name);
  auto findings = writer.set(set, *g, tree(*g, content));
  CHECK(out == before);
  CHECK(writer.sets() == 0);
  return findings;
}

}  // namespace

TEST_CASE("an X12 interchange is written byte by byte", "[formats][edi]") {
  std::string out;
  Writer writer(out, x12());
  writer.group(group());
  const auto g = guide("850");
  const auto document = tree(*g, order);
  CHECK(judge_tree(*g, document).empty());
  REQUIRE(writer.set(set_850(), *g, document).empty());
  writer.end_group();
  writer.end();
  CHECK(
      out ==
      "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         *250314*0912*U*00401*000000905*0*P*:~"
      "GS*PO*BUYER*SELLER*20250314*0912*1*X*004010~"
      "ST*850*0001~BEG*00*SA*PO-4711**20250314~REF*CO*4500017788~N1*ST*Warehouse 12*92*0012~N3*1 Dock "
      "Rd~N4*Joliet**60431~"
      "PO1*1*12*EA*9.95**BP*SKU-1~PID*F****Widget~PO1*2*1.5*CA~CTT*2*13.5~SE*11*0001~"
      "GE*1*1~IEA*1*000000905~"
  );
}

TEST_CASE("an EDIFACT interchange is written byte by byte", "[formats][edi]") {
  std::string out;
  Writer writer(out, edifact());
  const auto g = guide("orders");
  const auto document = tree(
      *g,
      "<BGM><C002><E1001>220</E1001></C002><E1004>4711</E1004><E1225>9</E1225></BGM>"
      "<NAD><E3035>BY</E3035><C082><E3039>5412345000176</E3039><E3055>9</E3055></C082></NAD>"
      "<NAD><E3035>DP</E3035><E3164>Gent</E3164></NAD>"
      "<LIN><C212><E7140>4000862141404</E7140><E7143>EN</E7143></C212><QTY><C186><E6063>21</E6063><E6060>48.50</"
      "E6060></C186></QTY></LIN>"
      "<CNT><C270><E6069>2</E6069><E6066>1</E6066></C270></CNT>"
  );
  CHECK(judge_tree(*g, document).empty());
  REQUIRE(writer.set(orders(), *g, document).empty());
  writer.end();
  CHECK(
      out ==
      "UNA:+.? 'UNB+UNOC:3+5412345000176:14+5412345000183:14+250314:0912+4711'"
      "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4711+9'NAD+BY+5412345000176::9'NAD+DP+++++Gent'LIN+1++4000862141404:EN'QTY+"
      "21:48.50'"
      "UNS+S'CNT+2:1'UNT+9+1'UNZ+1+4711'"
  );
}

TEST_CASE("what the writer computes does not depend on what the tree has", "[formats][edi]") {
  const std::string head = "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>1</BEG03><BEG05>20250314</BEG05></BEG>";
  CHECK(
      body(
          "850",
          head + "<PO1><PO101>77</PO101><PO102>0.1</PO102><PO103>EA</PO103></PO1><PO1><PO102>.2</PO102><PO103>EA</"
                 "PO103></PO1>"
                 "<PO1><PO102>1E2</PO102><PO103>EA</PO103></PO1><CTT><CTT01>9</CTT01><CTT02>9</CTT02></CTT>",
          x12(), set_850()
      ) == "ST*850*0001~BEG*00*SA*1**20250314~PO1*1*0.1*EA~PO1*2*.2*EA~PO1*3*1E2*EA~CTT*3*100.3~SE*7*0001~"
  );
  CHECK(
      body("850", head + "<PO1><PO102>1</PO102><PO103>EA</PO103></PO1>", x12(), set_850()) ==
      "ST*850*0001~BEG*00*SA*1**20250314~PO1*1*1*EA~SE*4*0001~"
  );
  const std::string item = "<HL_I><LIN><LIN02>BP</LIN02><LIN03>A</LIN03></LIN></HL_I>";
  CHECK(
      body(
          "856",
          "<BSN><BSN01>00</BSN01><BSN02>S1</BSN02></BSN><HL_S><HL_O><PRF><PRF01>P1</PRF01></PRF>" + item + item +
              "</HL_O>"
              "<HL_O><HL01>1</HL01><HL02>9</HL02><HL03>O</HL03></HL_O></HL_S><HL_S><HL_O/></HL_S><CTT/>",
          x12(), {"856", "0001", "004010", "", "", "", 0}
      ) ==
      "ST*856*0001~BSN*00*S1~HL*1**S*1~HL*2*1*O*1~PRF*P1~HL*3*2*I*0~LIN**BP*A~HL*4*2*I*0~LIN**BP*A~HL*5*1*O*0~HL*6**S*"
      "1~HL*7*6*O*0~CTT*7~SE*14*0001~"
  );
}

TEST_CASE("what may be missing for the schema is what the writer makes, and nothing else", "[formats][edi]") {
  const auto g = guide("orders");
  const std::string bgm = "<BGM><C002><E1001>220</E1001></C002></BGM>", lin = "<LIN><E1082>1</E1082></LIN>";
  CHECK(judge_tree(*g, tree(*g, bgm + lin)).empty());
  CHECK(judge_tree(*g, tree(*g, bgm + lin + "<UNS/>")).empty());
  REQUIRE(judge_tree(*g, tree(*g, lin)).size() == 1);
  CHECK(judge_tree(*g, tree(*g, lin)).at(0).code == "X110");
  CHECK(judge_tree(*g, tree(*g, bgm)).size() == 1);
  const auto h = guide("856");
  CHECK(judge_tree(*h, tree(*h, "<BSN><BSN01>00</BSN01><BSN02>1</BSN02></BSN><HL_S><HL_O/></HL_S>")).empty());
  CHECK(judge_tree(*h, tree(*h, "<BSN><BSN01>00</BSN01></BSN><HL_S><HL_O/></HL_S>")).size() == 1);
}

TEST_CASE("trailing separators are left out, gaps are kept", "[formats][edi]") {
  const std::string bgm = "<BGM><C002><E1001>220</E1001></C002></BGM>";
  CHECK(
      body(
          "orders",
          bgm + "<FTX><E4451>AAI</E4451><C108><E4440>a</E4440><E4440_3>c</E4440_3></C108></FTX><FTX><E4451>AAI</"
                "E4451><C108><E4440>a</E4440><E4440_2/></C108></FTX>"
                "<FTX><E4451>AAI</E4451><C108><E4440/></C108></FTX><LIN/>",
          edifact(), orders()
      ) == "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220'FTX+AAI+++a::c'FTX+AAI+++a'FTX+AAI'LIN+1'UNS+S'UNT+8+1'"
  );
}

TEST_CASE("repetitions are written where the version has them", "[formats][edi]") {
  const std::string beg = "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>1</BEG03><BEG05>20250314</BEG05></BEG>",
                    po1 = "<PO1><PO102>1</PO102><PO103>EA</PO103></PO1>";
  const std::string ref =
      "<REF><REF01>CO</REF01><REF02>a</REF02><REF02/><REF02>c</REF02><REF04><REF0401>x</REF0401><REF0404>y</REF0404></"
      "REF04><REF04><REF0401>z</REF0401></REF04></REF>";
  auto head = x12();
  head.version = "00501";
  CHECK(
      body("850", beg + ref + po1, head, set_850()) ==
      "ST*850*0001~BEG*00*SA*1**20250314~REF*CO*a^^c**x:::y^z~PO1*1*1*EA~SE*5*0001~"
  );
  std::string out;
  Writer(out, head, {});
  CHECK(out.substr(81, 3) == "*^*");
  const auto findings = refused("850", beg + ref + po1, x12(), set_850());
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].code == "E306");
  CHECK(findings[0].path == "/TS850/REF/REF02[2]");
  CHECK(findings[1].path == "/TS850/REF/REF04[2]");
}

TEST_CASE("EDIFACT releases what would separate", "[formats][edi]") {
  const std::string bgm = "<BGM><C002><E1001>220</E1001></C002><E1004>it's 1+1:2?*</E1004></BGM>";
  CHECK(
      body("orders", bgm + "<LIN/>", edifact(), orders()) ==
      "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+it?'s 1?+1?:2??*'LIN+1'UNS+S'UNT+5+1'"
  );
  CHECK(
      body("orders", bgm + "<LIN/>", edifact("4"), orders()) ==
      "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+it?'s 1?+1?:2???*'LIN+1'UNS+S'UNT+5+1'"
  );
}

TEST_CASE("the decimal mark is the interchange's", "[formats][edi]") {
  WritePolicy policy;
  policy.delimiters = Delimiters{'\'', '+', ':', '\0', '?', ','};
  const std::string bgm = "<BGM><C002><E1001>220</E1001></C002><E1004>1.5</E1004></BGM>";
  CHECK(
      body(
          "orders", bgm + "<LIN><QTY><C186><E6063>21</E6063><E6060>48.50</E6060></C186></QTY></LIN>", edifact(),
          orders(), policy
      ) == "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+1.5'LIN+1'QTY+21:48,50'UNS+S'UNT+6+1'"
  );
}

TEST_CASE("characters are written in the interchange's character set", "[formats][edi]") {
  const auto bgm = [](const std::string& text) {
    return "<BGM><C002><E1001>220</E1001></C002><E1004>" + text + "</E1004></BGM><LIN/>";
  };
  CHECK(
      body("orders", bgm("Café"), edifact(), orders()) ==
      "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+Caf\xe9'LIN+1'UNS+S'UNT+5+1'"
  );
  auto head = edifact("4");
  head.syntax = "UNOY";
  CHECK(
      body("orders", bgm("Café Łódź"), head, orders()) ==
      "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+Café Łódź'LIN+1'UNS+S'UNT+5+1'"
  );
  const auto findings = refused("orders", bgm("Łódź"), edifact(), orders());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "E310");
  CHECK(findings[0].path == "/ORDERS/BGM/E1004");
  CHECK(findings[0].found == "Łódź");
  CHECK(findings[0].line == 1);
  head.syntax = "UNOA";
  CHECK(refused("orders", bgm("lower"), head, orders()).size() == 1);
  CHECK(
      body("orders", bgm("UPPER"), head, orders()) == "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+UPPER'LIN+1'UNS+S'UNT+5+1'"
  );
}

TEST_CASE("X12 has no release character: what would separate is refused, or blank by policy", "[formats][edi]") {
  const std::string beg = "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>A*B~C:D</BEG03><BEG05>20250314</BEG05></BEG>",
                    po1 = "<PO1><PO102>1</PO102><PO103>EA</PO103></PO1>";
  const auto findings = refused("850", beg + po1, x12(), set_850());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "E310");
  CHECK(findings[0].path == "/TS850/BEG/BEG03");
  CHECK(findings[0].message.find("\"*\"") != std::string::npos);
  WritePolicy policy;
  policy.unfit = WritePolicy::Unfit::blank;
  CHECK(
      body("850", beg + po1, x12(), set_850(), policy) ==
      "ST*850*0001~BEG*00*SA*A B C D**20250314~PO1*1*1*EA~SE*4*0001~"
  );
  const std::string letters = "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>Łódź ß – 漢</BEG03><BEG05>20250314</BEG05></BEG>";
  CHECK(
      body("850", letters + po1, x12(), set_850(), policy) ==
      "ST*850*0001~BEG*00*SA*Lodz s -  **20250314~PO1*1*1*EA~SE*4*0001~"
  );
  policy.delimiters = Delimiters{'\n', '|', '>', '\0', '\0', '.'};
  CHECK(
      body("850", beg + po1, x12(), set_850(), policy) ==
      "ST|850|0001\nBEG|00|SA|A*B~C:D||20250314\nPO1|1|1|EA\nSE|4|0001\n"
  );
}

TEST_CASE("a tree that is not the guide's is not written", "[formats][edi]") {
  const std::string beg = "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>1</BEG03><BEG05>20250314</BEG05></BEG>",
                    po1 = "<PO1><PO102>1</PO102><PO103>EA</PO103></PO1>";
  CHECK(refused("850", po1 + beg, x12(), set_850()).at(0).path == "/TS850/BEG");
  CHECK(refused("850", beg + po1 + "<XYZ/>", x12(), set_850()).at(0).code == "E307");
  CHECK(
      refused("850", "<BEG><BEG02>SA</BEG02><BEG01>00</BEG01></BEG>" + po1, x12(), set_850()).at(0).path ==
      "/TS850/BEG/BEG01"
  );
  const auto other = guide("856");
  std::string out;
  Writer writer(out, x12());
  CHECK(writer.set(set_850(), *guide("850"), tree(*other, "")).size() == 1);
}

TEST_CASE("a set that is refused leaves the others as they are", "[formats][edi]") {
  const auto g = guide("850");
  const std::string po1 = "<PO1><PO102>1</PO102><PO103>EA</PO103></PO1>";
  const auto beg = [](const char* number) {
    return "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>" + std::string(number) +
           "</BEG03><BEG05>20250314</BEG05></BEG>";
  };
  std::string out;
  Writer writer(out, x12());
  writer.group(group());
  const auto before = out.size();
  for (const char* number : {"1", "2*", "3"}) writer.set(set_850(), *g, tree(*g, beg(number) + po1));
  writer.end_group();
  writer.end();
  CHECK(
      out.substr(before) ==
      "ST*850*0001~BEG*00*SA*1**20250314~PO1*1*1*EA~SE*4*0001~ST*850*0001~BEG*00*SA*3**20250314~PO1*1*1*EA~SE*4*0001~"
      "GE*2*1~IEA*1*000000905~"
  );
}

TEST_CASE("line breaks: behind segments, or after so many bytes", "[formats][edi]") {
  WritePolicy policy;
  policy.newline = true;
  std::string out;
  Writer lines(out, edifact(), policy);
  lines.end();
  CHECK(out == "UNA:+.? '\nUNB+UNOC:3+5412345000176:14+5412345000183:14+250314:0912+4711'\nUNZ+0+4711'\n");
  out.clear();
  policy.newline = false;
  policy.wrap = 30;
  Writer wrapped(out, edifact(), policy);
  wrapped.end();
  CHECK(out == "UNA:+.? 'UNB+UNOC:3+5412345000\n176:14+5412345000183:14+250314\n:0912+4711'UNZ+0+4711'");
}

TEST_CASE("UNA is left out on request where the delimiters are the standard's", "[formats][edi]") {
  WritePolicy policy;
  policy.una = false;
  const auto begins = [&](const std::string& version) {
    std::string out;
    Writer(out, edifact(version), policy).end();
    return out.substr(0, 9);
  };
  CHECK(begins("3") == "UNB+UNOC:");
  CHECK(begins("4") == "UNB+UNOC:");
  policy.delimiters = Delimiters{'\'', '|', ':', '\0', '?', '.'};
  CHECK(begins("3") == "UNA:|.? '");
  policy.delimiters = Delimiters{'\'', '+', ':', '\0', '\0', ','};
  CHECK(begins("3") == "UNA:+,  '");
  policy.delimiters = Delimiters{'\'', '+', ':', '*', '?', '.'};
  CHECK(begins("4") == "UNB+UNOC:");
  policy.una = true;
  CHECK(begins("4") == "UNA:+.?*'");
}

TEST_CASE("sets made of plain elements are counted like others", "[formats][edi]") {
  std::string out;
  Writer writer(out, x12());
  writer.segment({"TA1", "000000905", "250314", "0912", "A", "000"});
  writer.group({"FA", {"", "S", ""}, {"", "R", ""}, "20250314", "0912", "7", "X", "004010", 0});
  writer.begin_set({"997", "0001", "", "", "", "", 0});
  writer.segment({"AK1", "PO", "1"});
  writer.segment({"AK4", "2:1", "92", "7", "A*~B", "", ""});
  writer.end_set();
  writer.end();
  CHECK(
      out.substr(106) ==
      "TA1*000000905*250314*0912*A*000~GS*FA*S*R*20250314*0912*7*X*004010~ST*997*0001~AK1*PO*1~AK4*2:1*92*7*A  "
      "B~SE*4*0001~GE*1*7~IEA*1*000000905~"
  );
  out.clear();
  Writer contrl(out, edifact());
  contrl.begin_set({"CONTRL", "1", "2.1", "UN", "", "", 0});
  contrl.segment({"UCI", "a+b", "S:14", "", "7"});
  contrl.end_set();
  contrl.end();
  CHECK(out.substr(out.find("UNH")) == "UNH+1+CONTRL:2:1:UN'UCI+a?+b+S:14++7'UNT+3+1'UNZ+1+4711'");
}

TEST_CASE("groups of EDIFACT", "[formats][edi]") {
  std::string out;
  Writer writer(out, edifact());
  writer.group({"ORDERS", {"14", "A", ""}, {"14", "B", ""}, "250314", "0912", "5", "UN", "D.96A", 0});
  writer.end_group();
  writer.end();
  CHECK(out.substr(out.find("UNG")) == "UNG+ORDERS+A:14+B:14+250314:0912+5+UN+D:96A'UNE+0+5'UNZ+1+4711'");
}

TEST_CASE("an envelope is made to fit its fields", "[formats][edi]") {
  auto head = x12();
  head.sender.id = "A*B is much longer than fifteen";
  head.receiver.id = "Zoë";
  head.test = true;
  head.ack_requested = true;
  std::string out;
  Writer writer(out, head);
  REQUIRE(out.size() == 106);
  CHECK(out.substr(32, 35) == "01*A B is much lon*ZZ*Zo           ");
  CHECK(out.substr(99) == "*1*T*:~");
}
