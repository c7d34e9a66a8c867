#include <CLI/CLI.hpp>

#include "base/clock.hpp"
#include "cli/edi.hpp"
#include "formats/edi/interchange_xml.hpp"
#include "formats/edi/report.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::cli {
namespace {

struct Messages : edi::Listener {
  Messages(const std::string& bytes, const edi::Guide& wanted) : lines(bytes), guide(wanted) {}
  LineIndex lines;
  const edi::Guide& guide;
  edi::InterchangeHead head;
  ReadDocuments out;
  void add(const edi::Flaws& flaws) {
    for (const auto& flaw : flaws) out.findings.push_back(edi::located(flaw, lines, head.standard, false));
  }
  void interchange(const edi::InterchangeHead& h) override { head = h; }
  void set(edi::SetReading&& set) override {
    if (set.head.set != guide.set) return;
    add(set.flaws);
    if (!set.document) return;
    set.document->begins_at(lines.at(static_cast<std::uint32_t>(set.head.offset)));
    out.documents.push_back(std::move(*set.document));
  }
  void group_end(const edi::GroupEnd& end) override { add(end.flaws); }
  void interchange_end(const edi::InterchangeEnd& end) override { add(end.flaws); }
  void stray(const edi::Flaw& flaw) override { add({flaw}); }
};

Finding none_there(const edi::Guide& guide) {
  Finding finding;
  finding.code = "E164";
  finding.expected = guide.set + " " + guide.version;
  finding.message = "there is no " + guide.set + " of version " + guide.version + " in these interchanges";
  return finding;
}

ReadDocuments read_messages(const std::string& bytes, const schema::SchemaPtr& schema) {
  auto compiled = edi::compile_guide(schema);
  if (!compiled.guide) return {{}, std::move(compiled.findings)};
  edi::Guides guides;
  guides.add(compiled.guide);
  Messages messages(bytes, *compiled.guide);
  edi::Reader reader(guides, messages, {});
  reader.feed(bytes);
  reader.finish();
  if (messages.out.documents.empty() && !has_errors(messages.out.findings)) messages.out.findings.push_back(none_there(*compiled.guide));
  if (has_errors(messages.out.findings)) messages.out.documents.clear();
  return std::move(messages.out);
}

}  // namespace

ReadDocuments read_documents(const std::string& bytes, const schema::SchemaPtr& schema) {
  if (edi::is_guide(*schema) && edi::sniff(bytes)) return read_messages(bytes, schema);
  auto reading = xml::read(bytes, *schema);
  const bool valid = reading.valid();
  ReadDocuments out{{}, std::move(reading.findings)};
  if (valid) out.documents.push_back(std::move(*reading.document));
  return out;
}

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
