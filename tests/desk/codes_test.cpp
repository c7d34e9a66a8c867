#include <catch2/catch.hpp>

#include <filesystem>

#include "desk/code_file.hpp"
#include "desk/csv.hpp"
#include "fixture.hpp"
#include "mapping/source_file.hpp"

using namespace wayleave;

namespace {

namespace fs = std::filesystem;

desk::CodeFile read(const std::string& text) {
  Findings findings;
  auto made = desk::read_code_file("list.codes.xml", text, findings);
  UNSCOPED_INFO(desk_test::told(findings));
  REQUIRE(made);
  return std::move(*made);
}

std::shared_ptr<const mapping::CodeList> list(const std::string& text) {
  static std::vector<std::unique_ptr<mapping::Files>> kept;
  kept.push_back(std::make_unique<mapping::Files>());
  static Findings findings;
  mapping::Reporter reporter(*kept.back(), findings);
  auto made = mapping::read_codes(reporter, kept.back()->add("list.codes.xml", text));
  REQUIRE(made);
  return made;
}

std::string xml(const std::string& attributes, const std::string& rows) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<codes xmlns=\"urn:wayleave:map:1\" " + attributes + ">\n" + rows + "</codes>\n";
}

/// The list as it comes out of a CSV text; fails the test on findings.
std::string written(const std::string& csv) {
  auto made = desk::from_csv(csv, "list");
  UNSCOPED_INFO(desk_test::told(made.findings));
  REQUIRE(made.findings.empty());
  return desk::write_code_file(made.codes);
}

/// `code line:column` of each finding.
std::string faults(const std::string& csv) {
  std::string all;
  for (const auto& finding : desk::from_csv(csv, "list").findings)
    all += (all.empty() ? "" : ", ") + finding.code + " " + std::to_string(finding.line) + ":" + std::to_string(finding.column);
  return all;
}

}  // namespace

TEST_CASE("every shipped code list comes back from CSV byte for byte", "[desk]") {
  std::size_t judged = 0;
  for (const auto& entry : fs::recursive_directory_iterator(desk_test::source_tree() / "mappings")) {
    if (!entry.path().string().ends_with(".codes.xml")) continue;
    INFO(entry.path());
    const auto text = desk_test::slurp(entry.path());
    if (text.find("<!--") != std::string::npos) continue;   // CSV has no comments
    const auto file = read(text);
    CHECK(written(desk::to_csv(file)) == desk::write_code_file(file));
    CHECK(desk::write_code_file(file) == text);
    ++judged;
  }
  CHECK(judged >= 5);
}

TEST_CASE("a list with everything that CSV could stumble over comes back the same", "[desk]") {
  const auto text = xml("name=\"odd\" from=\"a,b\" to=\"say &quot;x&quot;\" unknown=\"default:;\" both-ways=\"no\" note=\"#1\"",
    "  <c from=\"a,b\" to=\"&quot;quoted&quot;\" label=\"semi;colon\"/>\n"
    "  <c from=\" edges \" to=\"two&#xA;lines\" label=\"tab&#x9;in it\"/>\n"
    "  <c from=\"#\" to=\"from\" until=\"2026-12-31\"/>\n"
    "  <c from=\"ä€😀\" to=\"&lt;&amp;&gt;\" note=\"a remark\"/>\n"
    "  <c from=\"\" to=\"\"/>\n"
    "  <c from=\"=1+1\" to=\"-2\" label=\"''\"/>\n");
  const auto file = read(text);
  const auto again = written(desk::to_csv(file));
  CHECK(again == desk::write_code_file(file));
  CHECK(read(again).rows.size() == 6);
  CHECK(read(again).rows[1].to == "two\nlines");
  CHECK(read(again).rows[0].to == "\"quoted\"");
}

TEST_CASE("CSV is written as RFC 4180 has it", "[desk]") {
  const auto file = read(xml("name=\"mode\" unknown=\"pass\"", "<c from=\"a\" to=\"b,c\" label=\"d &quot;e&quot;\"/><c from=\"f\" to=\"g\" until=\"2030-01-02\"/>"));
  CHECK(desk::to_csv(file) == "#name,mode\r\n#unknown,pass\r\nfrom,to,label,until\r\na,\"b,c\",\"d \"\"e\"\"\",\r\nf,g,,2030-01-02\r\n");
}

TEST_CASE("what spreadsheets make of CSV is read", "[desk]") {
  const auto expected = xml("name=\"list\"", "  <c from=\"a\" to=\"b\" label=\"x\"/>\n  <c from=\"c\" to=\"d\"/>\n");
  CHECK(written("from,to,label,until\na,b,x,\nc,d,,\n") == expected);
  CHECK(written("\xEF\xBB\xBF" "from;to;label;until\r\na;b;x;\r\nc;d;;\r\n") == expected);
  CHECK(written("from\tto\tlabel\ra\tb\tx\rc\td\r") == expected);
  CHECK(written("sep=;\nFrom;To;Label\na;b;x\nc;d\n\n;;\n") == expected);
  CHECK(written("#name;list;;\nlabel;to;from\n\"x\";\"b\";\"a\"\n;d;c") == expected);
  CHECK(written("from;to\na,b;c\n").find("from=\"a,b\" to=\"c\"") != std::string::npos);
}

TEST_CASE("a bad row is told with its line and column", "[desk]") {
  CHECK(faults("from,to\na,b\nc\n") == "M003 3:1");
  CHECK(faults("from,to\na,b,c\n") == "M002 2:5");
  CHECK(faults("from,to,until\na,b,31.12.2026\n") == "M004 2:5");
  CHECK(faults("from,to,until\na,b,2026-02-30\nc,d,2026-13-01\n") == "M004 2:5, M004 3:5");
  CHECK(faults("from,to\na,b\nä,c\na,d\n") == "M401 4:1");
  CHECK(faults("#both-ways,yes\nfrom,to\na,b\nc,b\n") == "M401 4:3");
  CHECK(faults("#both-ways,maybe\nfrom,to\n") == "M004 1:12");
  CHECK(faults("#unknown,drop\n#nme,x\nfrom,to\n") == "M004 1:10, M002 2:1");
  CHECK(faults("from,two\na,b\n") == "M003 1:1, M002 1:6");
  CHECK(faults("from,to,from\n") == "M016 1:9");
  CHECK(faults("") == "M003 1:1");
  CHECK(faults("from,to\na,\"b\nc,d\n") == "M001 2:3");
  CHECK(faults("from,to\na,\"b\"c\n") == "M001 2:6");
  CHECK(faults("from,to\nä\"b\",c\n") == "M001 2:2");
  CHECK(faults("from,to\na,\xE4\n") == "M001 2:3");
  CHECK(faults(std::string("from,to\na,\x01\n")) == "M001 2:3");
  // Lines and columns count in what the editor shows: quoted line ends are lines, a byte order mark is nothing.
  CHECK(faults("\xEF\xBB\xBF" "from,to,until\n\"a\nb\",c,no\n") == "M004 3:6");
}

TEST_CASE("a list is judged against a type, from either side", "[desk]") {
  const auto codes = [](const Findings& findings) {
    std::string all;
    for (const auto& finding : findings) all += (all.empty() ? "" : " ") + std::string(to_string(finding.severity)) + ":" + finding.path;
    return all;
  };
  const auto& model = desk_test::schema("in-1.xsd#In")->model();
  const auto kind = model.find_type("Kind");   // plain, rush, other
  const auto judged = [&](const std::string& attributes, const std::string& rows, desk::CodeSide side) {
    return codes(desk::judge_codes(*list(xml("name=\"k\" " + attributes, rows)), model, kind, side));
  };
  const std::string total = "<c from=\"plain\" to=\"rush\"/><c from=\"rush\" to=\"plain\"/><c from=\"other\" to=\"other\"/>";
  CHECK(judged("", total, desk::CodeSide::from).empty());
  CHECK(judged("both-ways=\"yes\"", total, desk::CodeSide::to).empty());
  const std::string partial = "<c from=\"plain\" to=\"rush\"/><c from=\"ruch\" to=\"pain\"/>";
  CHECK(judged("", partial, desk::CodeSide::from) == "error:rush error:other warning:ruch");
  CHECK(judged("unknown=\"pass\"", partial, desk::CodeSide::from) == "warning:rush warning:other warning:ruch");
  CHECK(judged("", partial, desk::CodeSide::to) == "error:pain");
  CHECK(judged("unknown=\"default:no\"", partial, desk::CodeSide::to) == "error:pain error:no");
  CHECK(judged("both-ways=\"yes\"", partial, desk::CodeSide::to) == "error:pain error:plain error:other");
  CHECK(desk::judge_codes(*list(xml("name=\"k\"", partial)), model, kind, desk::CodeSide::to)[0].fix == "did you mean 'plain'?");
}
