#include "formats/edi/read_documents.hpp"

#include "formats/edi/interchange.hpp"
#include "formats/edi/report.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::edi {
namespace {

struct Messages : Listener {
  Messages(const std::string& bytes, const Guide& wanted) : lines(bytes), guide(wanted) {}
  LineIndex lines;
  const Guide& guide;
  InterchangeHead head;
  ReadDocuments out;
  void add(const Flaws& flaws) {
    for (const auto& flaw : flaws) out.findings.push_back(located(flaw, lines, head.standard, false));
  }
  void interchange(const InterchangeHead& h) override { head = h; }
  void set(SetReading&& set) override {
    if (set.head.set != guide.set) return;
    add(set.flaws);
    if (!set.document) return;
    set.document->begins_at(lines.at(static_cast<std::uint32_t>(set.head.offset)));
    out.documents.push_back(std::move(*set.document));
  }
  void group_end(const GroupEnd& end) override { add(end.flaws); }
  void interchange_end(const InterchangeEnd& end) override { add(end.flaws); }
  void stray(const Flaw& flaw) override { add({flaw}); }
};

Finding none_there(const Guide& guide) {
  Finding finding;
  finding.code = "E164";
  finding.expected = guide.set + " " + guide.version;
  finding.message = "there is no " + guide.set + " of version " + guide.version + " in these interchanges";
  return finding;
}

ReadDocuments read_messages(const std::string& bytes, const schema::SchemaPtr& schema) {
  auto compiled = compile_guide(schema);
  if (!compiled.guide) return {{}, std::move(compiled.findings)};
  Guides guides;
  guides.add(compiled.guide);
  Messages messages(bytes, *compiled.guide);
  Reader reader(guides, messages, {});
  reader.feed(bytes);
  reader.finish();
  if (messages.out.documents.empty() && !has_errors(messages.out.findings)) messages.out.findings.push_back(none_there(*compiled.guide));
  if (has_errors(messages.out.findings)) messages.out.documents.clear();
  return std::move(messages.out);
}

}  // namespace

ReadDocuments read_documents(const std::string& bytes, const schema::SchemaPtr& schema) {
  if (is_guide(*schema) && sniff(bytes)) return read_messages(bytes, schema);
  auto reading = xml::read(bytes, *schema);
  const bool valid = reading.valid();
  ReadDocuments out{{}, std::move(reading.findings)};
  if (valid) out.documents.push_back(std::move(*reading.document));
  return out;
}

}  // namespace wayleave::edi
