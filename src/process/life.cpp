#include <algorithm>
#include <array>
#include <optional>

#include "base/id.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "process/delivery.hpp"

namespace wayleave::process {

namespace {

/// What a partner may read of a stage. What really happened (addresses, status codes, map findings) is the operator's.
std::string_view neutral_detail(const store::Stage& stage) {
  if (stage.outcome == "waiting") return "not passed on yet; it will be tried again";
  if (stage.outcome == "failed" && stage.name == "step") return "held for our staff";
  return {};
}

void write_stage(xml::Writer& out, const store::Stage& stage, std::string_view detail) {
  out.start("stage").attribute("name", stage.name);
  if (!stage.step.empty()) out.attribute("step", stage.step);
  out.attribute("at", to_iso(stage.at)).attribute("outcome", stage.outcome);
  if (stage.attempt > 0) out.attribute("attempt", std::to_string(stage.attempt));
  if (!detail.empty()) out.attribute("detail", detail);
  out.end();
}

/// Reception is one unit of work with the document itself, so the store keeps no stages of it.
std::vector<store::Stage> reception(const store::DocumentRecord& document, const std::vector<store::Stage>& kept) {
  const bool rejected = document.status == store::Status::rejected;
  const std::array<std::pair<const char*, const char*>, 3> steps{
    {{"received", "ok"}, {"validated", rejected ? "failed" : "ok"}, {"mapped", "ok"}}
  };
  std::vector<store::Stage> stages;
  for (const auto& [name, outcome] : steps) {
    if (rejected && std::string_view(name) == "mapped") continue;
    const auto same = [name = name](const store::Stage& stage) { return stage.name == name; };
    if (std::ranges::none_of(kept, same)) stages.push_back({name, {}, document.received, outcome, 0, {}});
  }
  return stages;
}

// ---------------------------------------------------------------------------------------------------- order responses

constexpr std::string_view canonical_ns = "urn:wayleave:canonical:1";

/// The text of a child of the root element; empty when there is none.
std::string_view child_text(const Document& document, std::string_view name) {
  for (auto i = document.first_child(document.root()); i != Document::none; i = document.next(i)) {
    if (document.local_name(document.node(i).name) == name) return document.text(i);
  }
  return {};
}

/// At most so many characters, on one line, as the canonical types Code and Line1000 want it.
std::string fitted(std::string_view text, std::size_t characters) {
  std::string out;
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80 && ++count > characters) break;
    const bool blank = byte <= ' ';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// By canonical/order-response-1.xsd: the numbers of what is answered, the decision, and the verdict's own words.
std::string response_xml(const store::DocumentRecord& record, const store::Verdict& verdict, const Document& answered) {
  std::string text;
  xml::Writer out(text, true);
  out.start("OrderResponse").attribute("xmlns", canonical_ns).attribute("causedBy", record.id);
  out.element("Number", child_text(answered, "Number"));
  const bool change = record.kind == "order-change";
  out.element("OrderDate", child_text(answered, change ? "OrderDate" : "Date"));
  if (change) out.element("ChangeNumber", child_text(answered, "ChangeNumber"));
  out.element("Date", to_iso(verdict.at).substr(0, 10));
  out.start("Status");
  if (const auto code = fitted(verdict.code, 60); !code.empty()) out.attribute("code", code);
  out.text(verdict.accepted ? "accepted" : "refused").end();
  if (const auto words = fitted(verdict.reason, 1000); !words.empty()) {
    out.start("Reason");
    if (const auto code = fitted(verdict.code, 60); !code.empty()) out.attribute("code", code);
    out.attribute("text", words).text("other").end();
  }
  out.end();
  return text;
}

/// The body's document when it is one of that root element.
std::optional<Document> canonical_document(const store::Bytes& body, std::string_view root) {
  if (!body) return std::nullopt;
  auto reading = xml::read_wellformed(*body);
  if (!reading.document || !reading.findings.empty()) return std::nullopt;
  const auto name = reading.document->node(0).name;
  if (reading.document->local_name(name) != root || reading.document->namespace_of(name) != canonical_ns) return std::nullopt;
  return std::move(reading.document);
}

}  // namespace

std::optional<store::NewEntry> order_response_entry(
  const store::DocumentRecord& record, const store::Verdict& verdict, const store::Bytes& canonical, Time now
) {
  const bool order = record.kind == "order";
  if (record.test || (!order && record.kind != "order-change")) return std::nullopt;
  const auto answered = canonical_document(canonical, order ? "Order" : "OrderChange");
  if (!answered) return std::nullopt;
  store::NewEntry entry;
  entry.feed = "order-response";
  entry.key = "order:" + std::string(child_text(*answered, "Number"));   // the order and its changes, one after the other
  entry.event_id = new_id(now);
  const bool given = canonical_document(verdict.response, "OrderResponse").has_value();
  entry.body = given ? verdict.response : std::make_shared<const std::string>(response_xml(record, verdict, *answered));
  entry.audience = {record.partner};
  return entry;
}

std::string document_xml(const store::DocumentRecord& document, const std::vector<store::Stage>& stages, Audience audience) {
  std::string text;
  xml::Writer out(text, true);
  out.start("document").attribute("xmlns", "urn:wayleave:document:1");
  out.attribute("id", document.id).attribute("receipt", document.receipt).attribute("partner", document.partner);
  out.attribute("kind", document.kind);
  if (!document.key.empty()) out.attribute("key", document.key);
  out.attribute("status", store::to_string(document.status)).attribute("test", document.test ? "true" : "false");
  for (const auto& stage : reception(document, stages)) write_stage(out, stage, {});
  for (const auto& stage : stages) {
    write_stage(out, stage, audience == Audience::operators ? std::string_view(stage.detail) : neutral_detail(stage));
  }
  if (const auto& verdict = document.verdict) {
    out.start("verdict").attribute("status", verdict->accepted ? "accepted" : "refused");
    if (!verdict->code.empty()) out.attribute("code", verdict->code);
    out.attribute("at", to_iso(verdict->at)).text(verdict->reason).end();
  }
  out.end();
  return text;
}

store::NewEntry document_entry(const store::DocumentRecord& document, const std::vector<store::Stage>& stages, Time now) {
  store::NewEntry entry;
  entry.feed = "documents";
  entry.key = document.id;
  entry.event_id = new_id(now);
  entry.body = std::make_shared<const std::string>(document_xml(document, stages));
  entry.audience = {document.partner};
  return entry;
}

}  // namespace wayleave::process
