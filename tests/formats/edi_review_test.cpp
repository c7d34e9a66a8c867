// Faults of the set reader that reviewers found: each of these was told wrongly, twice or not at all.
#include <catch2/catch.hpp>

#include "edi_answer.hpp"
#include "edi_fixture.hpp"
#include "formats/edi/set_reader.hpp"
#include "guide_fixture.hpp"

using namespace wayleave;
using namespace wayleave::edi;
using answer::read;
using answer::Told;

namespace {

const std::string x12_5010 = R"(edi:standard="X12" edi:version="005010" edi:set="850" edi:group="PO")";

Guides of(const guides::Compiled& compiled) {
  INFO(compiled.told());
  REQUIRE(compiled.guide);
  Guides out;
  out.add(compiled.guide);
  return out;
}

Guides shipped(const char* name) {
  Guides out;
  out.add(fixture::guide(name));
  return out;
}

/// An 850 in its interchange; `trailer` stands for SE where it is not empty.
std::string order(const std::string& segments, const std::string& version = "005010", const std::string& trailer = {}) {
  const auto count = std::to_string(std::count(segments.begin(), segments.end(), '~') + 2);
  return "ISA*00*          *00*          *ZZ*ACME           *ZZ*WAYLEAVE       *250314*0912*" + std::string(version < "005010" ? "U*00401" : "^*00501") +
         "*000000905*0*P*>~GS*PO*ACME*WAYLEAVE*20250314*0912*1*X*" + version + "~ST*850*0001~" + segments +
         (trailer.empty() ? "SE*" + count + "*0001~" : trailer) + "GE*1*1~IEA*1*000000905~";
}

std::string notice(const std::string& segments) {
  auto out = order("BSN*00*S1*20250314*0912~" + segments, "004010");
  out.replace(out.find("GS*PO"), 5, "GS*SH");
  return out.replace(out.find("ST*850"), 6, "ST*856");
}

std::string codes(const Told& told) {
  std::string out;
  for (const auto cause : told.causes) out += (out.empty() ? "" : " ") + std::string(saying(cause).code);
  return out;
}

Told judged(const std::string& bytes, const Guides& by, ReadOptions options = {}, AckKind kind = AckKind::by_version) {
  Told told(kind);
  read(bytes, by, told, 0, options);
  return told;
}

/// A line that counts itself wrongly is a warning.
const Guides& counted() {
  static const Guides all = of(guides::compile(guides::guide(
      guides::beg + R"x(
<xs:element name="REF" type="REF" minOccurs="0" maxOccurs="2"/>
<xs:element name="PO1" maxOccurs="9999" edi:loop="PO1"><xs:complexType><xs:sequence>
<xs:element name="PO101" edi:de="350" type="edi:AN" minOccurs="0" edi:auto="position()"/>
<xs:element name="PID" minOccurs="0" edi:loop="PID"><xs:complexType><xs:sequence><xs:element name="PID01" edi:de="349" type="edi:ID"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="CTT" minOccurs="0"><xs:complexType><xs:sequence>
<xs:element name="CTT01" edi:de="354" type="edi:N0" edi:auto="count(/TS850/PO1)"/></xs:sequence></xs:complexType></xs:element>)x",
      {}, x12_5010
  )));
  return all;
}

std::string wrongly_counted(int lines) {
  std::string out = "BEG*00~";
  for (int i = 0; i < lines; ++i) out += "PO1*7777~";
  return out;
}

}  // namespace

TEST_CASE("warnings do not hide errors", "[edi][review]") {
  const auto many = wrongly_counted(150);
  auto check = [&](const std::string& bytes, Cause cause) {
    const auto told = judged(bytes, counted());
    INFO(codes(told));
    CHECK(told.accepted == 0);
    CHECK(told.effective == 0);
    CHECK(told.causes.size() == 100);
    CHECK(told.has(cause));
    CHECK(told.answers.find("IK5*R*") != std::string::npos);
  };
  CHECK(judged(order(many), counted()).effective == 1);
  check(order(many, "005010", "SE*9*0001~"), Cause::segment_count_wrong);
  check(order(many, "005010", "SE*153*0002~"), Cause::set_numbers_differ);
  check(order(many + "CTT*9~"), Cause::count_wrong);
  check(order(many + "XYZ*9~"), Cause::unrecognized_segment);
  check(order(many + "REF*CO*1~"), Cause::segment_out_of_sequence);
  check(order(many + "CTT*150~CTT*150~"), Cause::segment_too_often);
  check(order(many + "PID~"), Cause::element_missing);
  auto cut = order(many);
  cut.erase(cut.find("SE*"), cut.find("GE*") - cut.find("SE*"));
  check(cut, Cause::set_trailer_missing);
  // However many errors follow, the first that came is told, and no more are kept than may be.
  std::string more;
  for (int i = 0; i < 500; ++i) more += "XYZ*9~";
  const auto told = judged(order(many + "CTT*9~" + more), counted());
  CHECK(told.causes.size() == 100);
  CHECK(told.causes[0] == Cause::unrecognized_segment);
  CHECK(told.accepted == 0);
}

TEST_CASE("what comes late leaves at least one error, however few are kept", "[edi][review]") {
  ReadOptions few;
  for (const unsigned limit : {0u, 1u, 2u}) {
    few.limits.flaws = limit;
    const auto told = judged(order("PO1*1~BEG*00~"), counted(), few);
    CHECK(codes(told) == "E205");
    CHECK(told.accepted == 0);
    CHECK(judged(order(wrongly_counted(3)), counted(), few).accepted == 1);
    CHECK(judged(order(wrongly_counted(3) + "XYZ~"), counted(), few).accepted == 0);
  }
}

TEST_CASE("rules name positions that the guide does not list", "[edi][review]") {
  const auto guide = of(guides::compile(guides::guide(
      guides::beg + R"(<xs:element name="AAA" type="AAA" minOccurs="0" maxOccurs="99"/><xs:element name="AAB" type="AAB" minOccurs="0"/>)",
      R"(<xs:complexType name="AAA" edi:elements="64" edi:rule="P016064 R2063"><xs:sequence>
<xs:element name="AAA01" type="edi:AN" edi:de="1" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="AAB"><xs:sequence><xs:element name="AAB01" edi:de="C1" minOccurs="0"><xs:complexType edi:elements="64" edi:rule="P0164">
<xs:sequence><xs:element name="AAB0101" type="edi:AN" edi:de="1" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>)",
      x12_5010
  )));
  auto told = judged(order("BEG*00~AAA*x~AAB*x~"), guide);
  INFO(told.text);
  CHECK(codes(told) == "E302 E302 E302 E302");
  for (const char* name : {"AAA60 must be sent with AAA01", "AAA64 must be sent with AAA01", "one of AAA20, AAA63 must be sent", "AAB0164 must be sent with AAB0101"})
    CHECK(told.text.find(name) != std::string::npos);
  // All there: they are not used, and no rule is broken.
  told = judged(order("BEG*00~AAA*x" + std::string(59, '*') + "y***z*w~"), guide);
  CHECK(codes(told) == "E307 E307 E307");
}

TEST_CASE("data that the guide does not use counts for rules", "[edi][review]") {
  auto told = judged(notice("HL*1**S~DTM*011****D8*20250314~HL*2*1*O~PRF*PO1~CTT*2~"), shipped("x12/004010/856"));
  INFO(told.text);
  CHECK(told.text.find("E302") == std::string::npos);
  CHECK(std::count(told.causes.begin(), told.causes.end(), Cause::element_not_used) == 2);
}

TEST_CASE("positions beyond the 64th are positions of their own", "[edi][review]") {
  std::string elements, components;
  for (int i = 1; i <= 70; ++i) {
    const auto two = (i < 10 ? "0" : "") + std::to_string(i);
    const std::string min = i == 1 || i == 70 ? "" : " minOccurs=\"0\"";
    elements += "<xs:element name=\"AAA" + two + "\" type=\"edi:AN\" edi:de=\"1\"" + min + "/>";
    components += "<xs:element name=\"AAB01" + two + "\" type=\"edi:AN\" edi:de=\"1\"" + min + "/>";
  }
  const auto guide = of(guides::compile(guides::guide(
      guides::beg + R"(<xs:element name="AAA" type="AAA" minOccurs="0"/><xs:element name="AAB" type="AAB" minOccurs="0"/>)",
      "<xs:complexType name=\"AAA\"><xs:sequence>" + elements +
          R"(</xs:sequence></xs:complexType><xs:complexType name="AAB"><xs:sequence><xs:element name="AAB01" edi:de="C1"><xs:complexType><xs:sequence>)" +
          components + "</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>",
      x12_5010
  )));
  auto at = [](std::initializer_list<int> places, char separator) {
    std::string out;
    for (int i = 1; i <= 70; ++i) out += std::string(std::count(places.begin(), places.end(), i), 'x') + (i < 70 ? std::string(1, separator) : "");
    return out;
  };
  auto wrong = [&](const std::string& segment) {
    const auto told = judged(order("BEG*00~" + segment), guide);
    std::string out;
    for (const auto& text : told.flaw_texts)
      if (text.ends_with(" is missing")) out += text + ";";
    CHECK((told.accepted == 1) == out.empty());
    return out;
  };
  CHECK(wrong("AAA*" + at({1, 65, 70}, '*') + "~") == "");
  CHECK(wrong("AAA*" + at({65, 70}, '*') + "~") == "AAA01 is missing;");
  CHECK(wrong("AAA*" + at({1, 6}, '*') + "~") == "AAA70 is missing;");
  CHECK(wrong("AAB*" + at({1, 65, 70}, '>') + "~") == "");
  CHECK(wrong("AAB*" + at({65, 70}, '>') + "~") == "AAB0101 is missing;");
  CHECK(wrong("AAB*" + at({1, 6}, '>') + "~") == "AAB0170 is missing;");
}

TEST_CASE("octets stand where the guide has them, and nowhere else", "[edi][review]") {
  const auto with = guides::compile(guides::guide(
      guides::beg + R"(<xs:element name="BIN" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="BIN01" edi:de="784" type="edi:N0"/>
<xs:element name="BIN02" edi:de="785" type="edi:B"/></xs:sequence></xs:complexType></xs:element>)"
  ));
  REQUIRE(with.guide);
  const auto without = fixture::guide("x12/004010/850");
  const std::vector<Tag> others{tag_of("BIN")};
  const ReadOptions options;
  auto told = [&](const GuidePtr& guide, const std::string& bytes, bool known) {
    SetReader reader(options);
    SetReader::Surroundings around;
    around.delimiters = {};
    if (known) around.other_tags = &others;
    reader.begin(guide.get(), around, 0);
    reader.octets(bytes.data(), 0, 0, 3);
    std::string out;
    for (const auto& flaw : reader.flaws())
      if (!says_missing(flaw.cause))
        out += std::string(saying(flaw.cause).code) + " " + std::to_string(flaw.segment) + " " + flaw.id + " " + std::to_string(flaw.length);
    return out;
  };
  CHECK(told(with.guide, "BIN*4*~~~~~", false) == "");
  CHECK(told(with.guide, "BDS*ASC*4*~~~~~", false) == "E201 3 BDS 3");
  CHECK(told(without, "BIN*4*~~~~~", true) == "E203 3 BIN 3");
  CHECK(told(nullptr, "BIN*4*~~~~~", true) == "");
}

TEST_CASE("a level whose HL03 is unknown is told once, whatever it could have been", "[edi][review]") {
  const auto guide = shipped("x12/004010/856");
  const std::string s = "HL*1**S~HL*2*1*O~PRF*PO1~", item = "LIN**VP*A~SN1**5*EA~";
  auto wrong = [&](const std::string& levels) {
    const auto told = judged(notice(levels), guide);
    INFO(told.text);
    CHECK(told.accepted == 0);
    return codes(told);
  };
  // Below an order it could be an item, a pack or a tare.
  CHECK(wrong(s + "HL*3*2*Z~MAN*GM*00012345678901234567~" + item + "HL*4*3*I~" + item + "CTT*4~") == "E312");
  CHECK(wrong(s + "HL*3*2~" + item + "HL*4*3*P~MAN*GM*1~HL*5*4*I~" + item + "HL*6*2*I~" + item + "CTT*6~") == "E301");
  // What stands behind it is judged again.
  CHECK(wrong(s + "HL*3*2*Z~" + item + "HL*4*2*I~LIN**VP~CTT*4~").starts_with("E312 E30"));
  CHECK(wrong(s + "HL*3*2*Z~" + item + "CTT*9~") == "E312 E501");
  CHECK(wrong(s + "HL*3*2*Z~" + item + "HL*4*2*Y~" + item + "CTT*4~") == "E312 E312");
  // One without a number takes no other with it.
  CHECK(wrong(s + "HL**2*Z~" + item + "HL*4**S~CTT*4~") == "E312 E301 E209 E206");
  // The order itself: nothing else can stand in a shipment.
  CHECK(wrong("HL*1**S~HL*2*1*Z~PRF*PO1~HL*3*2*I~" + item + "CTT*3~") == "E312");
  CHECK(wrong("HL*1**Z~HL*2*1*O~PRF*PO1~CTT*2~") == "E312");
}

TEST_CASE("a segment that has no place is counted where all of its kind are", "[edi][review]") {
  const auto told = judged(notice("HL*1**S~HL*2*1*I~LIN**VP*A~SN1**5*EA~CTT*2~"), shipped("x12/004010/856"));
  INFO(told.text);
  CHECK(codes(told) == "E204 E206");
  CHECK(told.text.find("it belongs to /TS856/HL_S/HL_O, which is not open here") != std::string::npos);
}

TEST_CASE("flaws inside repeated composites say which repetition and which data", "[edi][review]") {
  const std::string types = R"(<xs:complexType name="AAA"><xs:sequence><xs:element name="C900" edi:at="01" maxOccurs="9" minOccurs="0">
<xs:complexType edi:rule="D40102 D20304" edi:elements="4"><xs:sequence>
<xs:element name="E0001" type="edi:AN" minOccurs="0" edi:at="1"/><xs:element name="E0002" type="edi:AN" minOccurs="0" edi:at="2"/>
<xs:element name="E0003" type="edi:AN" minOccurs="0" edi:at="3"/><xs:element name="E0004" type="edi:AN" minOccurs="0" edi:at="4"/>
</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>)";
  auto text = guides::guide(R"(<xs:element name="AAA" type="AAA"/>)", types, guides::edifact_head, "ORDERS");
  for (const char* other : {"BEG", "REF"}) {                             // these are X12's
    const auto from = text.find("<xs:complexType name=\"" + std::string(other));
    const auto stop = text.find("</xs:sequence></xs:complexType>", from) + 31;
    text.erase(from, stop - from);
  }
  const auto guide = of(guides::compile(text));
  const auto told = judged(
      "UNB+UNOC:4+ACME:14+WAYLEAVE:14+20250314:0912+77'UNH+1+ORDERS:D:96A:UN'AAA+a:b*c:d*::x*?+:f'UNT+3+1'UNZ+1+77'", guide
  );
  INFO(told.text << told.answers);
  CHECK(codes(told) == "E303 E303 E302 E303");
  CHECK(told.answers.find("UCD+48+2:2:1'\nUCD+48+2:2:2'\n") != std::string::npos);
  CHECK(told.answers.find("UCD+48+2:4:3'\n") != std::string::npos);
  for (const char* bad : {"|b|", "|d|", "|f|"}) CHECK(told.text.find(bad) != std::string::npos);
}

TEST_CASE("what a cut set lacks behind the cut is not told", "[edi][review]") {
  const auto guide = shipped("x12/004010/850");
  const auto whole = order("BEG*00*SA*PO-1**20250314~N1*ST*x~PO1*1*1*EA~CTT*1~", "004010");
  for (const char* end : {"N1*ST", "PO1*1*1", "PO1*1*1*EA~"}) {
    const auto told = judged(whole.substr(0, whole.find(end)), guide);
    CHECK(codes(told) == "E161 E141 E121");
  }
  // Before the cut all is told, also at the last segment.
  CHECK(codes(judged(whole.substr(0, whole.find("BEG")) + "N1*ST*x~", guide)) == "E206 E161 E141 E121");
  ReadOptions small;
  small.limits.set = 60;
  CHECK(codes(judged(whole, guide, small)) == "E169");
}

TEST_CASE("a missing qualifier is told once; one that may be missing is told as not used", "[edi][review]") {
  const std::string variant = R"(<edi:variant name="One" when="REF01='CO'" min="0" max="9"/>)";
  const auto mandatory = of(guides::with_variants(variant, R"(minOccurs="0" maxOccurs="9" edi:others="reject")"));
  CHECK(codes(judged(order("BEG*00~REF**1~", "004010"), mandatory)) == "E301");
  CHECK(codes(judged(order("BEG*00~REF*  *1~", "004010"), mandatory)) == "E301");
  CHECK(codes(judged(order("BEG*00~REF*DP*1~", "004010"), mandatory)) == "E212");
  const auto optional = of(guides::with_variants(R"(<edi:variant name="One" when="REF02='1'" min="0" max="9"/>)", R"(minOccurs="0" edi:others="reject")"));
  const auto told = judged(order("BEG*00~REF*CO~", "004010"), optional);
  CHECK(codes(told) == "E212");
  CHECK(told.text.find("REF is not used without a qualifier in this guide") != std::string::npos);
}
