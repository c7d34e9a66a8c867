#include <catch2/catch.hpp>

#include <cstdlib>

#include "desk/template_schema.hpp"
#include "fixture.hpp"
#include "formats/xml/read.hpp"
#include "mapping/compiled.hpp"

using namespace wayleave;

namespace {

namespace fs = std::filesystem;

/// The template schema of one target, written to files and judged by Xerces; by libxml2 too where its tool is here.
class Judge {
 public:
  explicit Judge(const schema::Schema& target) : library_(schema::SearchPath{}) {
    const auto made = desk::template_schema(target, *desk_test::schema("wayleave/map-1.xsd#map"), "t.xsd", "t.elements.xsd");
    folder_.write("t.elements.xsd", made.elements);
    file_ = folder_.write("t.xsd", made.map);
    auto loaded = library_.load(file_.string() + "#map");
    INFO(desk_test::told(loaded.findings));
    REQUIRE(loaded.schema);
    schema_ = loaded.schema;
  }

  bool valid(const std::string& text) {
    auto reading = xml::read(text, *schema_);
    UNSCOPED_INFO(desk_test::told(reading.findings));
    static const bool tool = std::system("command -v xmllint >/dev/null 2>&1") == 0;
    if (tool) {
      const auto map = folder_.write("t.map.xml", text);
      const auto command = "xmllint --noout --schema '" + file_.string() + "' '" + map.string() + "' >/dev/null 2>&1";
      CHECK((std::system(command.c_str()) == 0) == reading.valid());
    }
    return reading.valid();
  }

 private:
  desk_test::Folder folder_;
  fs::path file_;
  schema::Library library_;
  schema::SchemaPtr schema_;
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  INFO(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("every shipped map is valid by the template schema of its target, and none with a misspelt element", "[desk]") {
  std::size_t judged = 0;
  for (const auto& entry : fs::directory_iterator(desk_test::source_tree() / "mappings")) {
    const auto file = entry.path() / "base.map.xml";
    if (!fs::exists(file) || (entry.path().string().find("ubl") != std::string::npos && !desk_test::has_ubl())) continue;
    INFO(file);
    const auto map = desk_test::map(file);
    Judge judge(*map->target());
    const auto text = desk_test::slurp(file);
    CHECK(judge.valid(text));
    // The name of every element that the template writes, one after the other.
    std::vector<const mapping::TemplateNode*> open{map->impl().tree->root.get()};
    for (const auto& definition : map->impl().tree->definitions)
      for (const auto& node : definition->body) open.push_back(node.get());
    std::size_t misspelt = 0;
    while (!open.empty() && misspelt < 12) {
      const auto* node = open.back();
      open.pop_back();
      for (const auto& child : node->children) open.push_back(child.get());
      const auto at = node->span.begin;
      if (node->kind != mapping::TemplateNode::Kind::element || node->has_content == false || node->span.file != 0) continue;
      const auto close = text.find("</" + node->name + ">", at);
      const auto end = text.find('>', at);
      if (text[end - 1] == '/' || close == std::string::npos || text.find("<" + node->name, end) < close) continue;
      auto wrong = text;
      wrong.replace(close + 2, node->name.size(), node->name + "x").insert(node->span.end, "x");
      INFO("misspelt " << node->name << " at " << at);
      CHECK_FALSE(judge.valid(wrong));
      ++misspelt;
    }
    CHECK(misspelt > 0);
    ++judged;
  }
  CHECK(judged >= 4);
}

TEST_CASE("a template schema knows directives where they may stand, and what may stand in them", "[desk]") {
  Judge judge(*desk_test::schema("out-1.xsd#Out"));
  const auto text = desk_test::slurp(desk_test::source_tree() / "tests/desk/maps/table.map.xml");
  REQUIRE(judge.valid(text));
  CHECK_FALSE(judge.valid(replaced(text, "<Left>{Number}</Left>", "<Lft>{Number}</Lft>")));
  CHECK_FALSE(judge.valid(replaced(text, "<m:when test=\"Count &gt; 3\">", "<m:when>")));
  CHECK_FALSE(judge.valid(replaced(text, "m:sort=", "m:sorted=")));
  CHECK_FALSE(judge.valid(replaced(text, " n=\"{position()}\"", " m=\"{position()}\"")));
  CHECK_FALSE(judge.valid(replaced(text, "<m:reject test", "<m:rejects test")));
  CHECK_FALSE(judge.valid(replaced(text, "<Id>{No}</Id>", "<Idd>{No}</Idd>")));
  CHECK(judge.valid(replaced(text, "<Id>{No}</Id>", "<m:if test=\"No\"><Id>{No}</Id></m:if>")));
  // Order, number and types are left to lint.
  CHECK(judge.valid(replaced(text, "<Key>{Number}</Key>", "")));
  CHECK(judge.valid(replaced(text, "<Mark a=\"plain\"/>", "<Sum>a word</Sum><Key/>")));
  // An element of another place is wrong in an element; in a directive it is left to lint.
  CHECK_FALSE(judge.valid(replaced(text, "<Key>{Number}</Key>", "<First>{Number}</First>")));
  CHECK(judge.valid(replaced(text, "<Say>line</Say>", "<m:choose><m:when test=\"No\"><Say>line</Say></m:when></m:choose>")));
}

TEST_CASE("a template schema carries over what the target says of its elements", "[desk]") {
  const auto made = desk::template_schema(*desk_test::schema("canonical/order-1.xsd#Order"), *desk_test::schema("wayleave/map-1.xsd#map"), "a.xsd", "b.xsd");
  CHECK(made.elements.find("Date of the order (X12 BEG05, EDIFACT DTM 137, UBL IssueDate). (1..1, a date") != std::string::npos);
  CHECK(made.map.find("Writes the first branch whose condition is true.") != std::string::npos);
}
