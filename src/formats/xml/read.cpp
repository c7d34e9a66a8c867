#include "formats/xml/read.hpp"

#include <algorithm>
#include <atomic>

#include "formats/xml/build.hpp"
#include "formats/xml/encoding.hpp"
#include "formats/xml/locate.hpp"
#include "formats/xml/scan.hpp"
#include "formats/xml/verdict.hpp"

namespace wayleave::xml {
namespace {

std::atomic<std::uint64_t> disagreement_count{0};

/// The tokens of this thread's documents. Kept while they are of ordinary size.
Scan& scratch() {
  static thread_local Scan scan;
  constexpr std::size_t ordinary = 64 * 1024;
  if (scan.tokens.capacity() > ordinary) std::vector<Token>().swap(scan.tokens);
  return scan;
}

bool counts_differ(std::string_view utf8) {
  return std::any_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
}

Finding too_large(const Limits& limits) {
  return locate(
      {}, 0, 0, "X030", "The document exceeds the limit of " + std::to_string(limits.document) + " bytes.",
      "at most " + std::to_string(limits.document) + " bytes"
  );
}

Reading scan_and_build(std::string bytes, const Limits& limits, const AttributeDefaults* defaults = nullptr) {
  Reading reading;
  // Offsets in a Document have 31 bits.
  if (bytes.size() > std::min<std::uint64_t>(limits.document, 1u << 30)) {
    reading.findings.push_back(too_large(limits));
    return reading;
  }
  if (auto finding = to_utf8(bytes)) {
    reading.findings.push_back(std::move(*finding));
    return reading;
  }
  Scan& tokens = scratch();
  if (auto finding = scan(bytes, limits, tokens)) {
    reading.findings.push_back(std::move(*finding));
    return reading;
  }
  reading.document = build(std::move(bytes), tokens, defaults);
  return reading;
}

Finding at_node(const Document& document, Document::Index node) {
  const auto position = document.position(document.node(node).source);
  Finding finding;
  finding.line = position.line;
  finding.column = position.column;
  finding.path = document.path(node);
  return finding;
}

/// Xerces says no and our automata see nothing: the element nearest to where it stopped, in words of ours.
Finding unexplained(const Document& document, const Verdict& verdict) {
  Document::Index nearest_node = 0;
  const LineIndex lines(document.source());
  for (Document::Index i = 0; i < document.size(); ++i) {
    const auto at = lines.at(document.node(i).source);
    if (at.line > verdict.line || (at.line == verdict.line && at.column > verdict.column)) break;
    nearest_node = i;
  }
  Finding finding = at_node(document, nearest_node);
  finding.code = "X209";
  finding.found = std::string(document.text(nearest_node).substr(0, 200));
  finding.message = "Something in or near the element " +
                    std::string(document.local_name(document.node(nearest_node).name)) + " is not as the schema says.";
  finding.expected = "what the schema says of this element";
  return finding;
}

}  // namespace

Reading read_wellformed(std::string bytes, const Limits& limits) {
  return scan_and_build(std::move(bytes), limits);
}

Reading read(std::string bytes, const schema::Schema& schema, const Limits& limits) {
  Reading reading = scan_and_build(std::move(bytes), limits, AttributeDefaults::of(schema).get());
  if (!reading.document) return reading;
  // Xerces admits every root of the closure; this schema is about one.
  Verdict verdict;
  if (reading.document->node(0).name == schema.root_name()) verdict = judge(reading.document->source(), schema);
  if (verdict.valid) return reading;
  reading.findings = schema::diagnose(*reading.document, schema);
  // The standard counts characters, Xerces UTF-16 units: of a text with characters beyond the first 65,536 our count stands.
  if (!has_errors(reading.findings) && counts_differ(reading.document->source()) && verdict.about_length) return reading;
  if (!has_errors(reading.findings)) {
    ++disagreement_count;
    reading.findings.push_back(unexplained(*reading.document, verdict));
  }
  return reading;
}

Reading read_own(std::string bytes, const schema::Schema& schema, const Limits& limits) {
  Reading reading = scan_and_build(std::move(bytes), limits, AttributeDefaults::of(schema).get());
  if (reading.document) reading.findings = schema::diagnose(*reading.document, schema);
  return reading;
}

std::optional<RootName> sniff_root(std::string_view bytes) {
  // Comments before the root may be long, but not without end.
  const auto head = head_as_utf8(bytes, 256 * 1024);
  Scan tokens;
  if (!head || scan_root(*head, {}, tokens)) return std::nullopt;
  const Token& root = tokens.tokens.front();
  return RootName{std::string(tokens.namespaces.uri(root.uri)), head->substr(root.at + root.prefix, root.name)};
}

std::uint64_t disagreements() {
  return disagreement_count;
}

}  // namespace wayleave::xml
