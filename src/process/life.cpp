#include <algorithm>
#include <array>

#include "base/id.hpp"
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

}  // namespace

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
