#include "formats/xml/read.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/nearest.hpp"
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

Finding too_large(const Limits& limits) {
  return locate(
      {}, 0, 0, "X030", "The document exceeds the limit of " + std::to_string(limits.document) + " bytes.",
      "at most " + std::to_string(limits.document) + " bytes"
  );
}

Reading scan_and_build(std::string bytes, const Limits& limits) {
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
  reading.document = build(std::move(bytes), tokens);
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

/// A root that is not the schema's: everything else would follow from it.
std::optional<Finding> wrong_root(const Document& document, const schema::Schema& schema) {
  const NameId found = document.node(0).name, wanted = schema.root_name();
  if (found == wanted) return std::nullopt;
  const std::string local(document.local_name(found)), ns(document.namespace_of(found));
  const std::array right{std::string(names::local(wanted))};
  const std::string right_ns(names::ns(wanted));
  const std::string in_namespace = right_ns.empty() ? "without a namespace" : "in the namespace " + right_ns;
  Finding finding = at_node(document, 0);
  finding.length = static_cast<std::uint32_t>(local.size()) + 1;
  finding.found = local;
  finding.expected = "the element " + right[0] + " " + in_namespace;
  if (local == right[0]) {
    finding.code = "X122";
    finding.message = "The outermost element " + local +
                      (ns.empty() ? " is in no namespace." : " is in another namespace, " + ns + ".");
    finding.fix = right_ns.empty() ? "remove the namespace" : "write xmlns=\"" + right_ns + "\"";
  } else if (!nearest(local, right).empty()) {
    finding.code = "X121";
    finding.message = "The outermost element " + local + " is misspelt.";
    finding.fix = "write " + right[0];
  } else {
    finding.code = "X120";
    finding.message = "The outermost element is " + local + ", not " + right[0] + ".";
    finding.fix = "send a document whose outermost element is " + right[0];
  }
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

void diagnose_into(Reading& reading, const schema::Schema& schema) {
  Findings findings = schema::diagnose(*reading.document, schema);
  reading.findings.insert(
      reading.findings.end(), std::make_move_iterator(findings.begin()), std::make_move_iterator(findings.end())
  );
}

}  // namespace

Reading read_wellformed(std::string bytes, const Limits& limits) {
  return scan_and_build(std::move(bytes), limits);
}

Reading read(std::string bytes, const schema::Schema& schema, const Limits& limits) {
  Reading reading = scan_and_build(std::move(bytes), limits);
  if (!reading.document) return reading;
  if (auto finding = wrong_root(*reading.document, schema)) {
    reading.findings.push_back(std::move(*finding));
    return reading;
  }
  const Verdict verdict = judge(reading.document->source(), schema);
  if (verdict.valid) return reading;
  diagnose_into(reading, schema);
  if (!has_errors(reading.findings)) {
    ++disagreement_count;
    reading.findings.push_back(unexplained(*reading.document, verdict));
  }
  return reading;
}

Reading read_own(std::string bytes, const schema::Schema& schema, const Limits& limits) {
  Reading reading = scan_and_build(std::move(bytes), limits);
  if (!reading.document) return reading;
  if (auto finding = wrong_root(*reading.document, schema))
    reading.findings.push_back(std::move(*finding));
  else
    diagnose_into(reading, schema);
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
