#include "base/finding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wayleave;

namespace {

Finding sample() {
  Finding finding;
  finding.code = "X201";
  finding.line = 2;
  finding.column = 9;
  finding.path = "/Order/Date";
  finding.found = "03/14/2025";
  finding.expected = "a date";
  finding.message = "\"03/14/2025\" is not a date";
  finding.fix = "write 2025-03-14";
  finding.length = 10;
  return finding;
}

}  // namespace

TEST_CASE("a finding shows its line with the wrong part underlined", "[base]") {
  CHECK(
      render_text(sample(), "po.xml", "<Order>\r\n  <Date>03/14/2025</Date>\r\n</Order>") ==
      "error[X201]: \"03/14/2025\" is not a date\n"
      "  --> po.xml:2:9  /Order/Date\n"
      "2 |   <Date>03/14/2025</Date>\n"
      "  |         ^^^^^^^^^^\n"
      "   = expected a date\n"
      "   = help: write 2025-03-14\n"
  );
}

TEST_CASE("columns count characters and tabs keep their width", "[base]") {
  Finding finding = sample();
  finding.line = 1;
  finding.column = 4;
  finding.length = 1;
  auto text = render_text(finding, "a", "\tä€x");
  CHECK(text.find("1 | \tä€x\n  | \t  ^\n") != std::string::npos);
}

TEST_CASE("a finding without a place, a source or a column is still shown", "[base]") {
  Finding finding;
  finding.code = "S901";
  finding.severity = Severity::warning;
  finding.message = "no entry";
  CHECK(render_text(finding, "a.xsd", "<x/>") == "warning[S901]: no entry\n  --> a.xsd\n");
  finding.line = 1;
  CHECK(render_text(finding, "a.xsd", "<x/>") == "warning[S901]: no entry\n  --> a.xsd:1\n1 | <x/>\n");
  finding.line = 99;
  CHECK(render_text(finding, "a.xsd", "<x/>") == "warning[S901]: no entry\n  --> a.xsd:99\n");
  finding.in = "b.xsd";
  finding.line = 1;
  CHECK(render_text(finding, "a.xsd", "<x/>") == "warning[S901]: no entry\n  --> b.xsd:1\n");
}

TEST_CASE("something missing at the end of a line is marked behind it", "[base]") {
  Finding finding = sample();
  finding.line = 1;
  finding.column = 4;
  finding.length = 0;
  CHECK(render_text(finding, "a", "abc\n").find("1 | abc\n  |    ^\n") != std::string::npos);
}

TEST_CASE("a line of megabytes is cut around the place", "[base]") {
  Finding finding = sample();
  finding.line = 1;
  finding.column = 500'000;
  finding.length = 3;
  std::string source(1'000'000, 'a');
  source.replace(499'999, 3, "BAD");
  auto text = render_text(finding, "a", source);
  CHECK(text.size() < 600);
  auto shown = text.find("BAD"), marked = text.find("^^^");
  REQUIRE(shown != std::string::npos);
  REQUIRE(marked != std::string::npos);
  auto line_start = text.rfind('\n', shown), mark_start = text.rfind('\n', marked);
  // The ellipsis before the excerpt is three bytes wide and one column.
  CHECK(shown - line_start - 2 == marked - mark_start);
}

TEST_CASE("control characters and broken UTF-8 do not reach the terminal", "[base]") {
  Finding finding = sample();
  finding.line = 1;
  finding.column = 1;
  finding.message = "bad \x1b[31m \xff";
  auto text = render_text(finding, "a", "x\x1b]0;t\x07\xc3(\xc2\x9b");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  CHECK(text.find("\xc2\x9b") == std::string::npos);
  CHECK(text.find("bad \xEF\xBF\xBD[31m \xEF\xBF\xBD\n") != std::string::npos);
}

TEST_CASE("findings as JSON hold every field", "[base]") {
  auto json = nlohmann::json::parse(findings_json("po.xml", "invalid", {sample()}));
  CHECK(json["file"] == "po.xml");
  CHECK(json["status"] == "invalid");
  REQUIRE(json["findings"].size() == 1);
  auto finding = json["findings"][0];
  CHECK(finding["code"] == "X201");
  CHECK(finding["severity"] == "error");
  CHECK(finding["line"] == 2);
  CHECK(finding["column"] == 9);
  CHECK(finding["path"] == "/Order/Date");
  CHECK(finding["found"] == "03/14/2025");
  CHECK(finding["expected"] == "a date");
  CHECK(finding["message"] == "\"03/14/2025\" is not a date");
  CHECK(finding["fix"] == "write 2025-03-14");
  CHECK_FALSE(finding.contains("in"));
}

TEST_CASE("any bytes make valid JSON", "[base]") {
  Finding finding = sample();
  for (int i = 0; i < 256; ++i) finding.found += static_cast<char>(i);
  finding.path = "\xE2\x82";         // cut in the middle of a character
  finding.message = "\xED\xA0\x80";  // a surrogate
  finding.fix = "\xF0\x9F\x9A\x9A ok";
  finding.in = "b.xsd";
  auto json = nlohmann::json::parse(findings_json("\xff\"\\\n", "invalid", {finding, sample()}));
  CHECK(json["file"] == "\xEF\xBF\xBD\"\\\n");
  CHECK(json["findings"].size() == 2);
  CHECK(json["findings"][0]["fix"] == "\xF0\x9F\x9A\x9A ok");
  CHECK(json["findings"][0]["in"] == "b.xsd");
  CHECK(nlohmann::json::parse(findings_json("a", "valid", {}))["findings"].empty());
}

TEST_CASE("only errors count as errors", "[base]") {
  Finding finding = sample();
  CHECK(has_errors({finding}));
  finding.severity = Severity::warning;
  CHECK_FALSE(has_errors({finding}));
  CHECK_FALSE(has_errors({}));
}
