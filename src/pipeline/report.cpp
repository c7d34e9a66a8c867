#include "pipeline/report.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "formats/edi/report.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::pipeline {
namespace {

void write_document(xml::Writer& writer, const store::DocumentRecord& document) {
  writer.start("document").attribute("id", document.id).attribute("kind", document.kind);
  if (!document.key.empty()) writer.attribute("key", document.key);
  writer.attribute("status", store::to_string(document.status));
  if (document.verdict && !document.verdict->reason.empty()) writer.attribute("reason", document.verdict->reason);
  writer.end();
}

/// accepted, partly, rejected: what became of the receipt's documents on arrival.
std::string_view receipt_status(const store::ReceiptRecord& receipt) {
  std::size_t rejected = 0;
  for (const auto& document : receipt.documents) rejected += document.status == store::Status::rejected;
  if (rejected == 0) return "accepted";
  return rejected == receipt.documents.size() ? "rejected" : "partly";
}

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t at = 1; at < line; ++at) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const unsigned char c : text) count += (c & 0xc0) != 0x80;
  return count;
}

std::string attribute(const Document& document, Document::Index node, std::string_view name) {
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    if (document.local_name(attributes[i].name) == name) return std::string(document.text(attributes[i]));
  return {};
}

std::string child(const Document& document, Document::Index node, std::string_view name) {
  for (auto c = document.first_child(node); c != Document::none; c = document.next(c))
    if (document.local_name(document.node(c).name) == name) return std::string(document.text(c));
  return {};
}

void add_excerpt(std::string& out, std::string_view source, const std::string& line, const std::string& column, const std::string& found) {
  const auto number = static_cast<std::uint32_t>(std::strtoul(line.c_str(), nullptr, 10));
  const auto at = std::strtoul(column.c_str(), nullptr, 10);
  const auto text = number ? line_of(source, number) : std::string_view();
  if (text.empty() || text.size() > 300 || at == 0) return;
  const auto width = std::max<std::size_t>(1, std::min(characters(found), characters(text) >= at ? characters(text) - at + 1 : 1));
  out += fmt::format("   {:>5} | {}\n         | {}{}\n", number, text, std::string(at - 1, ' '), std::string(width, '^'));
}

/// The segment of an interchange that a line and column point into, with what is wrong in it underlined.
void add_segment(std::string& out, std::string_view source, const std::string& line, const std::string& column, const std::string& found) {
  const auto number = static_cast<std::uint32_t>(std::strtoul(line.c_str(), nullptr, 10));
  const auto text = number ? line_of(source, number) : std::string_view();
  const auto at = std::strtoul(column.c_str(), nullptr, 10);
  if (text.empty() || at == 0) return;
  const char terminator = source.find("UNA") < 8 && source.size() > source.find("UNA") + 8 ? source[source.find("UNA") + 8]
                          : source.find("UNB") < 8                                          ? '\''
                          : source.size() > 106                                             ? source[source.find("ISA") + 105]
                                                                                            : '~';
  edi::Delimiters delimiters;
  delimiters.segment = terminator;
  const auto offset = static_cast<std::size_t>(text.data() - source.data()) + at - 1;
  std::size_t from = 0, length = std::max<std::size_t>(found.size(), 1);
  const auto shown = edi::segment_line(source, offset, delimiters, from, length);
  out += "         " + shown + "\n         " + std::string(from, ' ') + std::string(std::min<std::size_t>(length, 80), '^') + "\n";
}

void add_finding(std::string& out, const Document& doc, Document::Index node, int number, std::string_view source) {
  const auto line = attribute(doc, node, "line");
  const auto column = attribute(doc, node, "column");
  const auto found = child(doc, node, "found");
  const auto segment = attribute(doc, node, "segment"), ack = attribute(doc, node, "ack");
  out += fmt::format("{:<2} {} ", number, attribute(doc, node, "code"));
  if (!segment.empty()) out += "segment " + segment + "  ";
  else if (!line.empty()) out += fmt::format("line {}, col {}  ", line, column);
  out += attribute(doc, node, "path");
  out += "\n   " + child(doc, node, "message");
  const auto expected = child(doc, node, "expected");
  const auto fix = child(doc, node, "fix");
  if (!expected.empty()) out += "\n   expected: " + expected;
  if (!fix.empty()) out += "\n   mend: " + fix;
  if (!ack.empty()) out += "\n   acknowledged as: " + ack;
  out += '\n';
  if (edi::sniff(source)) add_segment(out, source, line, column, found);
  else add_excerpt(out, source, line, column, found);
}

void write_finding(xml::Writer& writer, const Finding& finding) {
  writer.start("finding").attribute("code", finding.code).attribute("severity", to_string(finding.severity));
  if (finding.line) writer.attribute("line", std::to_string(finding.line)).attribute("column", std::to_string(finding.column));
  if (!finding.path.empty()) writer.attribute("path", finding.path);
  if (finding.segment) writer.attribute("segment", std::to_string(finding.segment));
  if (finding.element) writer.attribute("element", std::to_string(finding.element));
  if (finding.component) writer.attribute("component", std::to_string(finding.component));
  if (finding.repetition) writer.attribute("repetition", std::to_string(finding.repetition));
  if (finding.segment) writer.attribute("offset", std::to_string(finding.offset));
  if (!finding.loop.empty()) writer.attribute("loop", finding.loop);
  if (!finding.ack.empty()) writer.attribute("ack", finding.ack);
  writer.element("found", finding.found).element("expected", finding.expected).element("message", finding.message).element("fix", finding.fix);
  writer.end();
}

}  // namespace

std::string receipt_xml(
  std::string_view id, Time received, std::string_view status, std::string_view document, std::string_view kind, std::string_view key,
  store::Status document_status, bool test
) {
  std::string out;
  out.reserve(384);
  xml::Writer writer(out);
  writer.start("receipt").attribute("xmlns", "urn:wayleave:receipt:1").attribute("id", id).attribute("received", to_iso(received)).attribute("status", status);
  if (test) writer.attribute("test", "true");
  writer.start("document").attribute("id", document).attribute("kind", kind);
  if (!key.empty()) writer.attribute("key", key);
  writer.attribute("status", store::to_string(document_status)).end().end();
  return out;
}

std::string receipt_xml(const store::Acceptance& unit, std::string_view status) {
  std::string out;
  out.reserve(256 + 192 * unit.documents.size());
  xml::Writer writer(out);
  writer.start("receipt").attribute("xmlns", "urn:wayleave:receipt:1").attribute("id", unit.receipt).attribute("received", to_iso(unit.received)).attribute("status", status);
  if (unit.test) writer.attribute("test", "true");
  for (const auto& document : unit.documents) {
    writer.start("document").attribute("id", document.id).attribute("kind", document.kind);
    if (!document.key.empty()) writer.attribute("key", document.key);
    writer.attribute("status", store::to_string(document.status)).end();
  }
  writer.end();
  return out;
}

std::string receipt_xml(const store::ReceiptRecord& receipt) {
  // A large interchange's documents stand in receipts of their own; what it came to was written down at the end.
  if (receipt.documents.empty() && receipt.answer && receipt.answer->starts_with("<receipt ")) return *receipt.answer;
  std::string out;
  xml::Writer writer(out);
  writer.start("receipt")
    .attribute("xmlns", "urn:wayleave:receipt:1")
    .attribute("id", receipt.id)
    .attribute("received", to_iso(receipt.received))
    .attribute("status", receipt_status(receipt));
  if (receipt.test) writer.attribute("test", "true");
  for (const auto& document : receipt.documents) write_document(writer, document);
  writer.end();
  return out;
}

std::string report_xml(
  std::string_view id, std::string_view status, std::string_view kind, std::string_view key, const Findings& findings,
  std::string_view canonical
) {
  return report_xml(id, status, {{std::string(kind), std::string(key), {}, findings, std::string(canonical)}});
}

std::string report_xml(std::string_view id, std::string_view status, const std::vector<JudgedDocument>& documents) {
  std::size_t count = 0;
  for (const auto& document : documents) count += document.findings.size() + document.more;
  std::string out;
  xml::Writer writer(out);
  writer.start("report")
    .attribute("xmlns", "urn:wayleave:report:1")
    .attribute("id", id)
    .attribute("status", status)
    .attribute("findings", std::to_string(count));
  for (const auto& document : documents) {
    writer.start("document");
    if (!document.id.empty()) writer.attribute("id", document.id);
    if (!document.kind.empty()) writer.attribute("kind", document.kind);
    if (!document.key.empty()) writer.attribute("key", document.key);
    if (!document.status.empty()) writer.attribute("status", document.status);
    if (document.more) writer.attribute("more", std::to_string(document.more));
    for (const auto& finding : document.findings) write_finding(writer, finding);
    if (!document.canonical.empty()) writer.start("canonical").raw(document.canonical).end();
    writer.end();
  }
  writer.end();
  return out;
}

std::string report_text(const std::string& report, std::string_view source, Time received) {
  auto reading = xml::read_wellformed(report);
  if (!reading.document) return {};
  const auto& doc = *reading.document;
  const auto root = doc.root();
  const auto count = attribute(doc, root, "findings");
  const auto status = attribute(doc, root, "status");
  const auto first = doc.first_child(root);
  // One that is listed of a submission taken in part is not the submission.
  const bool several = first != Document::none && (doc.next(first) != Document::none || status == "partly");
  auto title_of = [&](Document::Index judged) {
    auto title = judged == Document::none ? std::string() : attribute(doc, judged, "kind");
    if (title.empty()) title = "DOCUMENT";
    for (auto& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return title;
  };
  const auto key = first == Document::none || several ? std::string() : attribute(doc, first, "key");
  const char* verdict = status == "rejected" ? "NOT ACCEPTED" : status == "partly" ? "ACCEPTED IN PART" : "ACCEPTED";
  std::string out = fmt::format(
    "{} {}   {}{}received {}, reference {}      {} problem{}{}\n", several ? "SUBMISSION" : title_of(first), verdict, key, key.empty() ? "" : ", ",
    to_iso(received), attribute(doc, root, "id"), count, count == "1" ? "" : "s", status == "rejected" ? ", nothing was processed" : ""
  );
  int number = 0;
  for (auto judged = first; judged != Document::none; judged = doc.next(judged)) {
    if (several) {
      const auto stands = attribute(doc, judged, "status"), number_of = attribute(doc, judged, "key");
      out += title_of(judged) + (number_of.empty() ? "" : " ") + number_of;
      if (!stands.empty()) out += stands == "rejected" ? "   NOT ACCEPTED" : "   ACCEPTED";
      out += '\n';
    }
    for (auto node = doc.first_child(judged); node != Document::none; node = doc.next(node)) {
      if (doc.local_name(doc.node(node).name) != "finding") continue;
      add_finding(out, doc, node, ++number, source);
    }
    if (const auto more = attribute(doc, judged, "more"); !more.empty()) out += "… and " + more + " more in it\n";
  }
  return out;
}

}  // namespace wayleave::pipeline
