#include <CLI/CLI.hpp>

#include "base/clock.hpp"
#include "cli/edi.hpp"
#include "formats/edi/interchange_xml.hpp"

namespace wayleave::cli {

Findings write_messages(const std::vector<std::string>& trees, const schema::SchemaPtr& schema, schema::Library& library, std::string& out) {
  auto compiled = edi::compile_guide(schema);
  if (!compiled.guide) return std::move(compiled.findings);
  edi::Guides guides;
  guides.add(compiled.guide);
  const bool x12 = compiled.guide->standard == edi::Standard::x12;
  std::string xml = "<interchange xmlns=\"" + std::string(edi::interchange_namespace) + "\" standard=\"" + (x12 ? "X12" : "EDIFACT") + "\" sender=\"SENDER\" receiver=\"RECEIVER\">";
  if (x12) xml += "<group>";
  for (const auto& tree : trees) xml += "<message>" + tree + "</message>";
  if (x12) xml += "</group>";
  edi::XmlWriteOptions options;
  options.policy.newline = true;
  options.now = Clock::system().now();
  return edi::write_interchanges(xml + "</interchange>", library, guides, options, out);
}

}  // namespace wayleave::cli
