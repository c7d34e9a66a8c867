#include <catch2/catch.hpp>

#include <algorithm>

#include "desk/table.hpp"
#include "fixture.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;

namespace {

mapping::MapPtr example() { return desk_test::map(desk_test::source_tree() / "tests/desk/maps/table.map.xml"); }

const desk::Table::Row& row(const std::vector<desk::Table::Row>& rows, const std::string& target) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.target == target; });
  INFO(target);
  REQUIRE(found != rows.end());
  return *found;
}

}  // namespace

TEST_CASE("a map as a table reads as it is written down", "[desk]") {
  const auto table = desk::tabulate(*example());
  desk_test::check_golden("table.md", desk::render_markdown(table));
  desk_test::check_golden("table.html", desk::render_html(table));
}

TEST_CASE("a table says where each value comes from", "[desk]") {
  const auto table = desk::tabulate(*example());
  CHECK(row(table.rows, "Out/Free").sources == std::vector<std::string>{"In/Name", "the partner's name", "In/Place/City"});
  CHECK(row(table.rows, "Out/@ref").sources == std::vector<std::string>{"the sequence numbers"});
  CHECK(row(table.rows, "Out/Mode").lists == std::vector<std::string>{"mode"});
  CHECK(row(table.rows, "Out/Row").definition == "row");
  CHECK(row(table.rows, "Out/Row").occurrence == "0..n");
  REQUIRE(table.definitions.size() == 1);
  CHECK(row(table.definitions[0].rows, "Row/Value").sources == std::vector<std::string>{"Line/Qty", "Line/Price"});
  REQUIRE(table.definitions[0].rows.size() == 4);
  CHECK(table.definitions[0].rows[3].sources == std::vector<std::string>{"Line/Text"});
}

TEST_CASE("samples are what the first case gave, and none where it is not certain who wrote them", "[desk]") {
  const auto table = desk::tabulate(*example());
  CHECK(table.sample_of == "first");
  CHECK(row(table.rows, "Out/Sum").sample == "455.30");
  CHECK(row(table.rows, "Out/Row/@n").sample == "1");
  CHECK(row(table.rows, "Out/Left").sample == "N-1");
  CHECK(row(table.rows, "Out/Right").sample.empty());
  CHECK(row(table.definitions[0].rows, "Row/Value").sample == "119.40");
  CHECK(row(table.rows, "Out/Mark/@b").sample == "<b>|`x`");
  CHECK(row(table.definitions[0].rows, "Row/Say").sample.empty());   // two elements of the map write a Say
  CHECK(desk::tabulate(*example(), false).sample_of.empty());
}

TEST_CASE("what a map refuses is in its table, require() too", "[desk]") {
  const auto table = desk::tabulate(*example());
  std::vector<std::string> codes;
  for (const auto& refusal : table.refusals) codes.push_back(refusal.code + (refusal.warning ? " warned" : ""));
  CHECK(codes == std::vector<std::string>{"T-KIND", "T-AMOUNT", "T-LONG warned"});
}

TEST_CASE("every shipped map has a table, and its HTML is well-formed, escaped and alone", "[desk]") {
  std::size_t made = 0;
  for (const auto& entry : std::filesystem::directory_iterator(desk_test::source_tree() / "mappings")) {
    const auto file = entry.path() / "base.map.xml";
    if (!std::filesystem::exists(file) || (entry.path().string().find("ubl") != std::string::npos && !desk_test::has_ubl())) continue;
    INFO(file);
    const auto table = desk::tabulate(*desk_test::map(file));
    CHECK(table.rows.size() > 2);
    CHECK_FALSE(table.sample_of.empty());
    auto html = desk::render_html(table);
    for (const std::string foreign : {"<script", "<link", "<img", "src=", "href=\"http", "url("}) CHECK(html.find(foreign) == std::string::npos);
    for (std::size_t at; (at = html.find("<br>")) != std::string::npos;) html.replace(at, 4, "");
    html = html.substr(html.find("<html")).replace(html.substr(html.find("<html")).find("<meta charset=\"utf-8\">"), 22, "");
    CHECK(xml::read_wellformed(html).valid());
    ++made;
  }
  CHECK(made >= 4);
}

TEST_CASE("groups, messages, copies and keys have their places in a table", "[desk]") {
  desk_test::Folder folder;
  const auto head = [](const std::string& target) {
    return "<m:map xmlns:m=\"urn:wayleave:map:1\" name=\"t\" source=\"in-1.xsd#In\" target=\"" + target + "\">";
  };
  const auto messages = desk::tabulate(*desk_test::map(folder.write("messages.map.xml", head("out-1.xsd#Out") +
    "<m:key name=\"line\" match=\"Line\" use=\"No\"/><m:messages><m:message each=\"Line\" as=\"l\"><Out><Key>{No}</Key><Free>{$l/Qty}</Free>"
    "<m:group each=\"Text\" by=\".\" as=\"g\"><Row><Id>{count($g)}</Id></Row></m:group></Out></m:message>"
    "<m:message><Out><Key>{Number}</Key><Free>{join(key('line',Number)/Qty,'+')}</Free></Out></m:message></m:messages></m:map>")));
  CHECK(row(messages.rows, "Out").rule == std::vector<std::string>{"for each: Line"});
  CHECK(row(messages.rows, "Out/Key").sources == std::vector<std::string>{"In/Line/No"});
  CHECK(row(messages.rows, "Out/Free").sources == std::vector<std::string>{"In/Line/Qty"});
  CHECK(row(messages.rows, "Out/Row").rule == std::vector<std::string>{"for each: Text", "grouped by the item"});
  CHECK(row(messages.rows, "Out/Row/Id").sources == std::vector<std::string>{"In/Line/Text"});
  CHECK(messages.rows.back().sources == std::vector<std::string>{"key('line', Number)/Qty"});
  CHECK(messages.variables.at(0).words == "match Line, use No");

  const auto copies = desk::tabulate(*desk_test::map(folder.write("copies.map.xml", head("in-1.xsd#In") +
    "<In id=\"{@id}\"><Number>{Number}</Number><Loose>l</Loose><Amount>{Amount}</Amount><Day>{Day}</Day><Tag key=\"x\">1</Tag><m:copy select=\"Place\" m:note=\"as it came\"/>"
    "<m:copy select=\"Line\"/></In></m:map>")));
  const auto& place = row(copies.rows, "In/Place");
  CHECK(place.sources == std::vector<std::string>{"In/Place"});
  CHECK(place.rule == std::vector<std::string>{"m:copy select Place"});
  CHECK(place.note == "as it came");
}
