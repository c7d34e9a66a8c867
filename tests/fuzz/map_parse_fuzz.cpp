// Maps, overlays, expressions and templates through parser, merge and checker, and what compiles over a document with a small
// budget: whatever the bytes, an answer and no crash. The first byte chooses.
#include <cstdint>
#include <string>

#include "formats/xml/read.hpp"
#include "mapping/compiled.hpp"
#include "mapping/print_map.hpp"
#include "schema/schema.hpp"

namespace {

using namespace wayleave;

constexpr const char* base_map = R"(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:canonical:1" name="base" source="order" target="order">
  <m:codes name="kind"><c from="standard" to="rush"/></m:codes>
  <m:let name="number" value="Number"/>
  <m:key name="line" match="Line" use="Number"/>
  <m:def name="party" of="Party" gives="Party"><Name>{Name}</Name></m:def>
  <Order>
    <Number>{$number}</Number><Type>{default(code(Type,'kind'),'standard')}</Type><Date>{Date}</Date><Currency>{Currency}</Currency>
    <Party role="buyer" m:call="party" m:with="Party[@role='buyer']"/>
    <Text m:id="note">{join(key('line','1')/Item/Name,' ')}</Text>
    <Line m:each="Line"><Number>{Number}</Number><Item><Name>{Item/Name}</Name></Item><Quantity unit="EA">{Quantity}</Quantity></Line>
  </Order>
</m:map>)";

constexpr const char* document = R"(<Order xmlns="urn:wayleave:canonical:1"><Number>1</Number><Type>standard</Type><Date>2025-01-31</Date><Currency>USD</Currency>
<Party role="buyer"><Name>Anna</Name></Party><Line><Number>1</Number><Item><Name>x</Name></Item><Quantity unit="EA">2</Quantity></Line>
<Line><Number>2</Number><Item><Name>y</Name></Item><Quantity unit="KGM">0.5</Quantity></Line></Order>)";

struct Bench : mapping::MapResolver {
  schema::SchemaPtr order;
  std::optional<Document> sample;
  mapping::States states;
  Bench() {
    schema::SearchPath path;
    path.roots.push_back(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas");
    schema::Library library(path);
    order = library.load("canonical/order-1.xsd#Order").schema;
    if (!order) __builtin_trap();
    auto reading = xml::read_own(document, *order);
    if (!reading.valid()) __builtin_trap();
    sample = std::move(*reading.document);
    states["order"] = order;
  }
  schema::Library::Loaded schema(const std::string&, const std::string&) override { return {order, {}}; }
  std::optional<File> file(const std::string& reference, const std::string&) override {
    if (reference == "./base.map.xml") return File{reference, base_map};
    return std::nullopt;
  }
};

void compile_and_run(Bench& bench, const std::string& text) {
  auto compiled = mapping::compile_map("fuzz.map.xml", text, bench.states, bench);
  if (!compiled.map) return;
  print_map(*compiled.map->tree, *compiled.map->compilation);
  mapping::Budget budget;
  budget.value = 64u << 10;
  budget.output = 256u << 10;
  budget.nodes = 20'000;
  mapping::run(mapping::Map(compiled.map), *bench.sample, {}, budget);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Bench bench;
  if (size == 0 || size > (64u << 10)) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  Findings findings;
  switch (data[0] % 5) {
    case 0: mapping::compile_expression(text, bench.order, bench.states, {"fuzz", 1, 1}, findings); break;
    case 1: mapping::compile_template(text, bench.order, bench.states, {"fuzz", 1, 1}, findings); break;
    case 2: compile_and_run(bench, text); break;
    // Only what is in it, so that the head need not be guessed.
    case 3:
      compile_and_run(bench, "<m:overlay xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:wayleave:canonical:1\" name=\"o\" extends=\"./base.map.xml\">" + text + "</m:overlay>");
      break;
    default:
      compile_and_run(bench, "<m:map xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:wayleave:canonical:1\" name=\"m\" source=\"order\" target=\"order\">" + text + "</m:map>");
  }
  return 0;
}
