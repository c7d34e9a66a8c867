#include "gateway/interchanges.hpp"

#include <catch2/catch.hpp>

#include "formats/edi/interchange.hpp"
#include "formats/xml/read.hpp"
#include "gateway/receives.hpp"
#include "schema/schema.hpp"

using namespace wayleave;
using namespace wayleave::gateway;

namespace {

edi::GuidePtr guide(const std::string& reference) {
  static schema::Library library(schema::SearchPath{{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  auto loaded = library.load(reference);
  REQUIRE(loaded.schema);
  auto compiled = edi::compile_guide(loaded.schema);
  REQUIRE(compiled.guide);
  return compiled.guide;
}

/// A site with a partner that receives; what a test changes is changed before made().
struct Given {
  config::Site site;
  config::Partner partner;
  config::Receives receives;
  Findings findings;

  Given(const std::string& format, const std::string& set, const std::string& version) {
    site.gateway.self = {{"scac", "", "NWAY", {}}, {format, format == "x12" ? "ZZ" : "14", "NORTHWAY", {}}};
    partner.id = "acme";
    partner.identities = {{"account", "", "7", {}}, {format, format == "x12" ? "01" : "", "ACME", {}}};
    receives.feed = "shipment-status";
    receives.format = format;
    receives.set = set;
    receives.version = version;
    receives.via = "directory";
  }
  pipeline::Receiving made(const std::string& reference) {
    pipeline::Receiving receiving;
    receiving.config = &receives;
    receiving.guide = guide(reference);
    complete(receiving, site, partner, findings);
    return receiving;
  }
};

Document tree(const std::string& xml) {
  auto reading = xml::read_wellformed(xml);
  REQUIRE(reading.valid());
  return std::move(*reading.document);
}

const std::string status =
  "<TS214 xmlns=\"urn:wayleave:x12:004010:214\"><B10><B1001>S-1</B1001><B1003>NWAY</B1003></B10><LX><AT7><AT701>AF</AT701>"
  "<AT702>NS</AT702><AT705>20261120</AT705><AT706>1000</AT706></AT7></LX></TS214>";
const Time dated = *parse_iso("2026-11-21T09:12:04.118Z");

std::string written(const pipeline::Receiving& receiving, const std::string& xml, std::uint64_t control = 17) {
  std::string out;
  const auto findings = write_interchange(receiving, dated, tree(xml), control, out);
  for (const auto& finding : findings) UNSCOPED_INFO(finding.code << " " << finding.message);
  CHECK(findings.empty());
  return out;
}

store::Entry entry(const std::string& body) {
  store::Entry made;
  made.seq = 5;
  made.event_id = "e-1";
  made.body = std::make_shared<const std::string>(body);
  return made;
}

}  // namespace

TEST_CASE("an X12 interchange has its numbers, its parties and the entry's time") {
  Given given("x12", "214", "004010");
  CHECK(written(given.made("x12/004010/214.xsd"), status) ==
        "ISA*00*          *00*          *ZZ*NORTHWAY       *01*ACME           *261121*0912*U*00401*000000017*0*P*:~"
        "GS*QM*NORTHWAY*ACME*20261121*0912*17*X*004010~ST*214*0001~B10*S-1**NWAY~LX*1~AT7*AF*NS***20261120*1000~SE*5*0001~GE*1*17~IEA*1*000000017~");
  CHECK(given.findings.empty());
}

TEST_CASE("separators, line breaks and a longer version are the partner's") {
  Given given("x12", "214", "004010VICS");
  given.receives.separators.value = "| + > none none .";
  given.receives.newline.value = "yes";
  const auto out = written(given.made("x12/004010/214.xsd"), status);
  CHECK(out.find("+004010VICS|\nST+214+0001|\nB10+S-1++NWAY|\n") != std::string::npos);
  CHECK(given.findings.empty());
}

TEST_CASE("an EDIFACT interchange is of the syntax asked for") {
  Given given("edifact", "IFTSTA", "D.96A");
  given.receives.syntax.value = "UNOA:2";
  auto receiving = given.made("edifact/D96A/iftsta.xsd");
  CHECK(given.findings.empty());
  CHECK(receiving.head.syntax == "UNOA");
  CHECK(receiving.head.version == "2");
  CHECK(receiving.head.sender.qualifier == "14");
  CHECK(receiving.head.receiver.id == "ACME");
  given.receives.syntax.value = "UNOC:4";
  receiving = given.made("edifact/D96A/iftsta.xsd");
  CHECK(receiving.head.version == "4");
  const std::string news = "<IFTSTA xmlns=\"urn:wayleave:edifact:d96a:iftsta\"><BGM><E1004>S-1</E1004></BGM></IFTSTA>";
  CHECK(written(receiving, news) ==
        "UNA:+.?*'UNB+UNOC:4+NORTHWAY:14+ACME+20261121:0912+17'UNH+1+IFTSTA:D:96A:UN'BGM++S-1'UNT+3+1'UNZ+1+17'");
  given.receives.syntax.value.clear();
  CHECK(written(given.made("edifact/D96A/iftsta.xsd"), news).find("UNB+UNOC:3+NORTHWAY:14+ACME+261121:0912+17'") != std::string::npos);
}

TEST_CASE("a tree that is not the guide's, or cannot be written, is told and not written") {
  Given given("x12", "214", "004010");
  const auto receiving = given.made("x12/004010/214.xsd");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"<B1003>NWAY</B1003>", ""}, {"<AT701>AF", "<AT701>QQ"}}) {
    auto xml = status;
    xml.replace(xml.find(from), from.size(), to);
    std::string out;
    CHECK(has_errors(write_interchange(receiving, dated, tree(xml), 1, out)));
  }
}

TEST_CASE("a character that X12 cannot have becomes a blank, and keeps no status from its reader") {
  Given given("x12", "214", "004010");
  const auto receiving = given.made("x12/004010/214.xsd");
  auto xml = status;
  xml.replace(xml.find("S-1"), 3, "S~1");
  CHECK(written(receiving, xml).find("S 1") != std::string::npos);
  // The guide's own standard refuses it where a policy says so.
  auto strict = receiving;
  strict.policy.unfit = edi::WritePolicy::Unfit::refuse;
  std::string out;
  CHECK(has_errors(write_interchange(strict, dated, tree(xml), 1, out)));
}

TEST_CASE("values that nobody could write by are findings of the site") {
  const auto codes = [](Given& given, const std::string& reference) {
    (void)given.made(reference);
    std::string all;
    for (const auto& finding : given.findings) all += finding.code + " ";
    return all;
  };
  Given separators("x12", "214", "004010");
  separators.receives.separators.value = "~ ~ : none none .";
  CHECK(codes(separators, "x12/004010/214.xsd") == "C173 ");
  Given version("x12", "214", "005010");
  CHECK(codes(version, "x12/004010/214.xsd") == "C171 ");
  for (const char* syntax : {"UNOX:3", "UNOC:5", "UNOC:", "LATIN1"}) {
    Given given("edifact", "IFTSTA", "D.96A");
    given.receives.syntax.value = syntax;
    CHECK(codes(given, "edifact/D96A/iftsta.xsd") == "C173 ");
  }
}

TEST_CASE("control numbers have nine digits, and go on with 1") {
  CHECK(control_of(1) == 1);
  CHECK(control_of(999'999'999) == 999'999'999);
  CHECK(control_of(1'000'000'000) == 1);
  CHECK(control_of(1'999'999'999) == 1);
  CHECK(interchange_name("214", 17) == "214-000000017.edi");
}

TEST_CASE("names of files hold no surprise") {
  feed::Sending sending;
  sending.feed = "documents";
  sending.entry = entry("<x/>");
  sending.entry.event_id = "../../e 1\n";
  CHECK(entry_name(sending) == "documents-000000005-------e-1-.xml");
}

TEST_CASE("an acknowledgment goes out as the text that it is") {
  const std::string edi = "ISA*00*          *00*          *ZZ*NORTHWAY       *01*ACME           *261121*0912*U*00401*000000041*0*P*:~\n"
                          "TA1*000000042*261121*0900*R*024~IEA*0*000000041~\n";
  const auto wrap = [&](const std::string& text, const std::string& format = "x12") {
    return entry("<acknowledgment xmlns=\"urn:wayleave:acknowledgment:1\" receipt=\"01\" format=\"" + format + "\" kind=\"TA1\" control=\"000000042\">" + text +
                 "</acknowledgment>");
  };
  std::string escaped = edi;
  for (std::size_t at = 0; (at = escaped.find('\n', at)) != std::string::npos;) escaped.replace(at, 1, "&#10;");
  const auto made = acknowledgment(wrap(escaped));
  REQUIRE(made.kind == feed::Rendering::Kind::made);
  CHECK(*made.body == edi);
  CHECK(made.name == "TA1-000000041.edi");
  CHECK(made.content_type == "application/EDI-X12");
  CHECK(acknowledgment(wrap("UNB+UNOC:3+A+B+261121:0912+7'UNZ+0+7'", "edifact")).content_type == "application/EDIFACT");
  CHECK(acknowledgment_format(wrap("x", "edifact")) == "edifact");
  CHECK(acknowledgment(wrap("")).kind == feed::Rendering::Kind::refused);
  CHECK(acknowledgment(entry("<document/>")).kind == feed::Rendering::Kind::refused);
}

TEST_CASE("a very long acknowledgment is where its entry says") {
  const auto far = entry("<acknowledgment xmlns=\"urn:wayleave:acknowledgment:1\" receipt=\"01R\" format=\"x12\" kind=\"997\" control=\"000000042\" "
                         "href=\"/v1/receipts/01R/acknowledgment\"/>");
  CHECK(acknowledgment_elsewhere(far) == "01R");
  CHECK(acknowledgment_elsewhere(entry("<acknowledgment xmlns=\"urn:wayleave:acknowledgment:1\" receipt=\"01\" format=\"x12\" kind=\"997\">x</acknowledgment>")).empty());
  const auto edi = std::make_shared<const std::string>("ISA*00*          *00*          *ZZ*NORTHWAY       *01*ACME           *261121*0912*U*00401*000000041*0*P*:~\n"
                                                       "IEA*0*000000041~\n");
  const auto made = acknowledgment(far, edi);
  REQUIRE(made.kind == feed::Rendering::Kind::made);
  CHECK(made.body == edi);
  CHECK(made.name == "997-000000041.edi");
}
