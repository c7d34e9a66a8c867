#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

#include "desk/trace.hpp"
#include "desk/why.hpp"
#include "fixture.hpp"
#include "formats/edi/read_documents.hpp"
#include "formats/xml/read.hpp"
#include "mapping/cases.hpp"

using namespace wayleave;

namespace {

namespace fs = std::filesystem;

mapping::MapPtr example() { return desk_test::map(desk_test::source_tree() / "tests/desk/maps/table.map.xml"); }

Document read(const std::string& text, const mapping::Map& map) {
  auto reading = edi::read_documents(text, map.source());
  INFO(desk_test::told(reading.findings) << text);
  REQUIRE(reading.documents.size() == 1);
  return std::move(reading.documents.front());
}

// What the map finds in a case, and one document that has nothing which may be left out.
struct Input {
  Document document;
  std::shared_ptr<const mapping::Context> context;
};

Input full(const mapping::Map& map) {
  const auto folder = desk_test::source_tree() / "tests/desk/maps/cases/first";
  return {read(desk_test::slurp(folder / mapping::name_of_input(folder)), map), mapping::context_of_case(folder)};
}

Input bare(const mapping::Map& map) {
  return {read(R"(<In xmlns="urn:test:in:1" id="i-1">
  <Number>N-1</Number>
  <Loose> </Loose>
  <Amount>1</Amount>
  <Day>2024-02-28</Day>
  <Kind>plain</Kind>
  <Place/>
  <Line><No>1</No><Qty unit="EA">12</Qty></Line>
  <Line><No>2</No><Qty unit="EA">1</Qty><Text>a</Text><Text/><Text>b</Text><Text>c</Text></Line>
</In>)", map), std::make_shared<mapping::Context>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

}  // namespace

TEST_CASE("a trace says who wrote what, and from what", "[desk]") {
  const auto map = example();
  const auto input = full(*map);
  const auto trace = desk::trace(*map, input.document, *input.context);
  desk_test::check_golden("trace.txt", desk::render(trace, "cases/first/in.xml"));
  desk_test::check_golden("trace.json", desk::render_json(trace, "cases/first/in.xml"));
}

TEST_CASE("each line of the map that a trace names says that name, each place of the document is there", "[desk]") {
  std::size_t elements = 0, places = 0;
  for (const auto* name : {"order_to_erp", "reroute_to_dispatch", "tms-event_to_status", "dispatch-reply_to_verdict"}) {
    const auto file = desk_test::source_tree() / "mappings" / name / "base.map.xml";
    const auto map = desk_test::map(file);
    const auto text = lines_of(desk_test::slurp(file));
    for (const auto& folder : mapping::cases_of(file)) {
      const auto bytes = desk_test::slurp(folder / mapping::name_of_input(folder));
      const auto document = read(bytes, *map);
      const auto source = lines_of(bytes);
      const auto trace = desk::trace(*map, document, *mapping::context_of_case(folder));
      CHECK(trace.messages.size() == (trace.mapped.ok() ? 1 : 0));
      for (const auto& message : trace.messages) {
        for (const auto& line : message.lines) {
          if (line.path.empty()) continue;
          INFO(folder << " " << line.text << " " << line.map);
          auto last = line.path.substr(line.path.find_last_of('/') + 1);
          last = last.substr(0, last.find('['));
          const auto& said = text.at(static_cast<std::size_t>(std::stoi(line.map.substr(line.map.find(':') + 1)) - 1));
          CHECK(said.find(line.attribute ? last.substr(1) + "=" : "<" + last) != std::string::npos);
          ++elements;
          for (const auto& origin : line.origins) {
            if (!origin.line || origin.what.find(" and more") != std::string::npos) continue;
            auto node = origin.what.substr(origin.what.find_last_of('/') + 1);
            node = node.substr(0, node.find('['));
            INFO(origin.what << " in line " << origin.line);
            CHECK(source.at(origin.line - 1).find(node.starts_with('@') ? node.substr(1) + "=" : "<" + node) != std::string::npos);
            ++places;
          }
        }
      }
    }
  }
  CHECK(elements > 100);
  CHECK(places > 100);
}

TEST_CASE("a run that is watched makes what it makes unwatched", "[desk]") {
  std::size_t compared = 0;
  for (const auto& entry : fs::directory_iterator(desk_test::source_tree() / "mappings")) {
    const auto file = entry.path() / "base.map.xml";
    if (!fs::exists(file) || (entry.path().filename().string().find("ubl") != std::string::npos && !desk_test::has_ubl())) continue;
    const auto map = desk_test::map(file);
    for (const auto& folder : mapping::cases_of(file)) {
      const auto document = read(desk_test::slurp(folder / mapping::name_of_input(folder)), *map);
      const auto context = mapping::context_of_case(folder);
      const auto plain = mapping::run(*map, document, *context);
      const auto watched = desk::trace(*map, document, *context).mapped;
      INFO(folder);
      CHECK(plain.xml == watched.xml);
      CHECK(desk_test::told(plain.findings) == desk_test::told(watched.findings));
      ++compared;
    }
  }
  CHECK(compared > 5);   // without the UBL schemas half of the maps are left out
}

TEST_CASE("why something is there or missing is told in sentences", "[desk]") {
  const auto map = example();
  const auto with = full(*map), without = bare(*map);
  std::string told;
  for (const auto* path : {"Out/Free", "Sum", "Out/Left", "Out/Right", "Out/Row/Say", "Out/Row[2]/Say", "Out/Row[3]/Say", "Out/Row/@n", "Out/Mark[@b='x']", "Out/Mark/@a",
                           "Out/Mode", "Out/@ref", "/Out/Mod", "Out/Row/Valeu", "Wrong/Thing", "Out/Exact", "Out/Row[", ""}) {
    told += "-- everything there\n" + desk::render(desk::why(*map, with.document, *with.context, path), "full.xml");
    told += "-- little there\n" + desk::render(desk::why(*map, without.document, *without.context, path), "bare.xml") + "\n";
  }
  desk_test::check_golden("why.txt", told);
}

TEST_CASE("a refusal is told with its place in the document and in the map", "[desk]") {
  const auto map = example();
  auto text = desk_test::slurp(desk_test::source_tree() / "tests/desk/maps/cases/first/in.xml");
  text.replace(text.find("227.65"), 6, "-1");
  const auto document = read(text, *map);
  const auto trace = desk::trace(*map, document, *full(*map).context);
  CHECK(trace.messages.empty());
  CHECK(desk::render_findings(trace.mapped, "in.xml") ==
        "error[T-AMOUNT]: an amount of -1 <script> is no amount\n  in.xml:4:11 /In/Amount\n    found: -1\n  table.map.xml:26:5 says so\n");
}
