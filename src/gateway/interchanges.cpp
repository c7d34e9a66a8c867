#include "gateway/interchanges.hpp"

#include <algorithm>

#include "formats/edi/interchange.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::gateway {
namespace {

constexpr std::uint64_t last_control = 999'999'999;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

/// What may stand in a file's name; anything else becomes a hyphen.
std::string plain(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    out += fits ? c : '-';
  }
  return out;
}

struct Stamp {
  std::string date8, time4;
};
Stamp stamp_of(Time time) {
  const auto iso = to_iso(time);         // 2026-11-21T09:12:04.118Z
  return {iso.substr(0, 4) + iso.substr(5, 2) + iso.substr(8, 2), iso.substr(11, 2) + iso.substr(14, 2)};
}

struct Envelope : edi::Listener {
  std::string control;
  void interchange(const edi::InterchangeHead& head) override { control = head.control; }
  void set(edi::SetReading&&) override {}
  void interchange_end(const edi::InterchangeEnd&) override {}
};

/// The number of the acknowledgment's own interchange: no two have the same.
std::string control_in(const std::string& edi) {
  const edi::Guides none;
  Envelope envelope;
  edi::Reader reader(none, envelope, {.documents = false, .judge = false});
  reader.feed(edi);
  reader.finish();
  return envelope.control;
}

/// By its text: a document read without its schema may have names of its own.
std::string attribute(const Document& document, std::string_view name) {
  const auto* all = document.attributes(document.root());
  for (std::uint16_t i = 0; i < document.node(document.root()).attribute_count; ++i)
    if (document.local_name(all[i].name) == name) return std::string(document.text(all[i]));
  return {};
}

std::optional<Document> read_acknowledgment(const store::Entry& entry) {
  if (!entry.body) return std::nullopt;
  auto reading = xml::read_wellformed(*entry.body);
  if (!reading.document || !reading.findings.empty()) return std::nullopt;
  if (reading.document->local_name(reading.document->node(0).name) != "acknowledgment") return std::nullopt;
  return std::move(reading.document);
}

}  // namespace

std::uint64_t control_of(std::uint64_t number) { return number == 0 ? 0 : (number - 1) % last_control + 1; }

std::string set_control(edi::Standard standard) { return standard == edi::Standard::x12 ? "0001" : "1"; }

const char* content_type(edi::Standard standard) { return standard == edi::Standard::x12 ? "application/EDI-X12" : "application/EDIFACT"; }

std::string interchange_name(const std::string& set, std::uint64_t control) {
  return plain(set, 20) + "-" + padded(std::to_string(control), 9) + ".edi";
}

std::string entry_name(const feed::Sending& sending) {
  return plain(sending.feed, 40) + "-" + padded(std::to_string(sending.entry.seq), 9) + "-" + plain(sending.entry.event_id, 60) + ".xml";
}

Findings write_interchange(const pipeline::Receiving& receiving, Time dated, const Document& tree, std::uint64_t control, std::string& out) {
  const auto& guide = *receiving.guide;
  const bool x12 = guide.standard == edi::Standard::x12;
  auto findings = edi::judge_tree(guide, tree);
  if (has_errors(findings)) return findings;
  const auto stamp = stamp_of(dated);
  auto head = receiving.head;
  head.date = x12 || head.version < "4" ? stamp.date8.substr(2) : stamp.date8;
  head.time = stamp.time4;
  head.control = std::to_string(control);
  edi::Writer writer(out, head, receiving.policy);
  if (x12) {
    edi::GroupHead group;
    group.code = guide.group;
    group.sender.id = head.sender.id;
    group.receiver.id = head.receiver.id;
    group.date = stamp.date8;
    group.time = stamp.time4;
    group.control = head.control;
    group.version = receiving.config->version;
    writer.group(group);
  }
  edi::SetHead set;
  set.set = guide.set;
  set.control = set_control(guide.standard);
  set.version = x12 ? std::string() : guide.version;
  set.agency = guide.agency;
  set.association = guide.association;
  findings = writer.set(set, guide, tree);
  writer.end();
  return findings;
}

std::string acknowledgment_format(const store::Entry& entry) {
  const auto document = read_acknowledgment(entry);
  return document ? attribute(*document, "format") : std::string();
}

std::string acknowledgment_elsewhere(const store::Entry& entry) {
  const auto document = read_acknowledgment(entry);
  return document && !attribute(*document, "href").empty() ? attribute(*document, "receipt") : std::string();
}

feed::Rendering acknowledgment(const store::Entry& entry, store::Bytes kept) {
  feed::Rendering out;
  out.kind = feed::Rendering::Kind::refused;
  out.reason = "the entry has no acknowledgment";
  const auto document = read_acknowledgment(entry);
  if (!document) return out;
  auto edi = kept ? std::move(kept) : std::make_shared<const std::string>(document->text(document->root()));
  if (edi->empty()) return out;
  const auto control = control_in(*edi);
  out.kind = feed::Rendering::Kind::made;
  out.content_type = content_type(attribute(*document, "format") == "edifact" ? edi::Standard::edifact : edi::Standard::x12);
  out.name = plain(attribute(*document, "kind"), 20) + "-" + (control.empty() ? plain(entry.event_id, 60) : plain(padded(control, 9), 20)) + ".edi";
  out.body = std::move(edi);
  out.reason.clear();
  return out;
}

}  // namespace wayleave::gateway
