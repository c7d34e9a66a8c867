#include "fixture.hpp"

#include <catch2/catch.hpp>

#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace wayleave::mapping;

namespace mapping_test {

const std::string sample = R"(<In xmlns="urn:test:in:1" id="i-1" flag="true" note=" two  words ">
  <Number>N-1</Number>
  <Name>Anna  Lee</Name>
  <Loose>loose</Loose>
  <Amount>227.65</Amount>
  <Count>7</Count>
  <Day>2024-02-28</Day>
  <Clock>23:30:00</Clock>
  <Stamp>2025-03-09T12:00:00-06:00</Stamp>
  <Kind>rush</Kind>
  <Tag key="x">tx</Tag>
  <Tag key="y">ty</Tag>
  <Tag key="z">t1</Tag>
  <Tag key="z"></Tag>
  <Tag key="z">t2</Tag>
  <Place><City>Joliet</City><Zone>America/Chicago</Zone></Place>
  <Line><No>1</No><Qty unit="EA">12</Qty><Price>9.95</Price><Text>first</Text><Text>second</Text></Line>
  <Line><No>2</No><Qty unit="KGM">2.5</Qty><Place><City>Toronto</City></Place></Line>
</In>)";

std::string minimal(const std::string& after_day) {
  return R"(<In xmlns="urn:test:in:1" id="i-2"><Number>N-2</Number><Loose/><Amount>0</Amount><Day>2025-01-31</Day>)" + after_day +
         R"(<Line><No>1</No><Qty unit="EA">1</Qty></Line></In>)";
}

schema::SchemaPtr schema(const std::string& reference) {
  const std::string source = WAYLEAVE_SOURCE_DIR;
  static wayleave::schema::Library library(wayleave::schema::SearchPath{{source + "/tests/mapping/schemas", source + "/schemas"}});
  auto loaded = library.load(reference);
  for (const auto& finding : loaded.findings) UNSCOPED_INFO(finding.code << " " << finding.message);
  REQUIRE(loaded.schema);
  return loaded.schema;
}

Document read(const std::string& xml, const std::string& reference) {
  auto reading = xml::read(xml, *schema(reference));
  for (const auto& finding : reading.findings) UNSCOPED_INFO(finding.code << " " << finding.line << " " << finding.message);
  REQUIRE(reading.valid());
  return std::move(*reading.document);
}

std::string map_text(const std::string& root, const std::string& head, const std::string& tail) {
  return "<m:map xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:test:out:1\" xmlns:i=\"urn:test:in:1\" name=\"t\" source=\"in-1.xsd#In\" "
         "target=\"out-1.xsd#Out\">\n" +
         head + "\n" + root + "\n" + tail + "</m:map>\n";
}

namespace {

class Resolver : public MapResolver {
 public:
  explicit Resolver(const std::map<std::string, std::string>& files) : files_(files) {}
  wayleave::schema::Library::Loaded schema(const std::string& reference, const std::string&) override {
    if (reference.starts_with("no-such")) {
      Finding finding;
      finding.code = "S910";
      finding.message = "There is no schema file " + reference + ".";
      return {nullptr, {finding}};
    }
    // The diagnostics name their schemas as `lint` finds them: relative to their own folder.
    const std::string beside = "../schemas/";
    return {mapping_test::schema(reference.starts_with(beside) ? reference.substr(beside.size()) : reference), {}};
  }
  std::optional<File> file(const std::string& reference, const std::string&) override {
    auto found = files_.find(reference);
    if (found == files_.end()) return std::nullopt;
    return File{reference, found->second};
  }

 private:
  const std::map<std::string, std::string>& files_;
};

}  // namespace

Compiled compile(const std::string& text, const std::map<std::string, std::string>& codes, const States& states) {
  Resolver resolver(codes);
  return compile_map("t.map.xml", text, states, resolver);
}

Mapped run(const std::string& text, const std::string& document, const std::map<std::string, std::string>& codes, const Context& context) {
  auto compiled = compile(text, codes, {{"in", schema("in-1.xsd#In")}});
  for (const auto& finding : compiled.findings) UNSCOPED_INFO(finding.code << " " << finding.line << ":" << finding.column << " " << finding.message);
  REQUIRE(compiled.map);
  Map map(compiled.map);
  auto read_document = read(document);
  return mapping::run(map, read_document, context);
}

std::string in_element(const std::string& expression, const std::string& document) {
  auto mapped = run(map_text("<Out><Key>k</Key><Free>f</Free><Maybe>{" + expression + "}</Maybe></Out>"), document);
  if (!mapped.ok()) return "!" + codes(mapped.findings);
  auto begin = mapped.xml.find("<Maybe>");
  if (begin == std::string::npos) return "-";
  begin += 7;
  return mapped.xml.substr(begin, mapped.xml.find("</Maybe>") - begin);
}

namespace {

std::shared_ptr<const Expression> compile_one(const std::string& expression, Findings& findings) {
  return compile_expression(expression, schema("in-1.xsd#In"), {{"in", schema("in-1.xsd#In")}}, {"rule", 1, 1}, findings);
}

}  // namespace

std::string value(const std::string& expression, const std::string& document, const Context& context) {
  Findings findings;
  auto compiled = compile_one(expression, findings);
  if (!compiled) return "!" + codes(findings);
  findings.clear();
  auto read_document = read(document);
  auto value = compiled->value(read_document, context, findings);
  if (has_errors(findings)) return "!" + codes(findings);
  return value.value_or("-");
}

bool holds(const std::string& expression, const std::string& document, const Context& context) {
  Findings findings;
  auto compiled = compile_one(expression, findings);
  for (const auto& finding : findings) UNSCOPED_INFO(finding.code << " " << finding.column << " " << finding.message);
  REQUIRE(compiled);
  auto read_document = read(document);
  return compiled->test(read_document, context, findings);
}

Findings problems(const std::string& expression) {
  Findings findings;
  compile_one(expression, findings);
  return findings;
}

std::string codes(const Findings& findings) {
  std::string list;
  for (const auto& finding : findings) list += (list.empty() ? "" : " ") + finding.code;
  return list;
}

}  // namespace mapping_test
