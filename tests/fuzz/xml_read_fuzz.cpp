// Reads any bytes as XML. What is accepted must come back the same from its serialisation, on one line; its root must be
// the one that sniff_root tells; every offset must lie in the source.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

using namespace wayleave;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Document& document) {
  const std::string written = xml::serialize(document);
  require(written.find_first_of("\r\n") == std::string::npos);
  const auto again = xml::read_wellformed(written);
  require(again.document.has_value());
  require(xml::canonical(*again.document) == xml::canonical(document));
  for (Document::Index i = 0; i < document.size(); ++i) {
    const auto& node = document.node(i);
    require(document.source()[node.source] == '<');
    require(node.source_text < document.source().size());
    require(node.parent == Document::none ? i == 0 : node.parent < i);
    (void)document.path(i);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto reading = xml::read_wellformed(bytes);
  require(reading.document.has_value() == reading.findings.empty());
  if (reading.document) {
    check(*reading.document);
    const auto root = xml::sniff_root(bytes);
    require(root && root->local == reading.document->local_name(reading.document->node(0).name));
  } else {
    const Finding& finding = reading.findings.front();
    require(reading.findings.size() == 1 && finding.line > 0 && finding.column > 0 && !finding.message.empty());
  }
  xml::Limits small;
  small.internal_dtd = true;
  small.depth = 4;
  small.text = 64;
  const auto other = xml::read_wellformed(bytes, small);
  require(other.document.has_value() == other.findings.empty());
  return 0;
}
