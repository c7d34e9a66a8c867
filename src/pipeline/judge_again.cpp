#include "pipeline/judge_again.hpp"

#include <algorithm>

#include "formats/edi/interchange.hpp"
#include "pipeline/interchange_parts.hpp"

namespace wayleave::pipeline {

namespace {

/// Does this step tell of the document with that number?
bool tells_of(Step<Mapped>& step, const std::string& key) {
  if (!step) return step.refusal().key == key;
  return std::ranges::any_of(step->documents, [&](const Canonical& made) { return made.key == key; });
}

/// Every message that could have been the document is mapped, until one gives its number; failing that, the only one.
std::optional<Step<Mapped>> message_again(const Inbound& inbound, const store::DocumentRecord& document, const mapping::Context& context) {
  const auto guides = inbound.site->guides.find(inbound.partner);
  const auto mine = inbound.site->agreements.find(inbound.partner);
  if (guides == inbound.site->guides.end() || mine == inbound.site->agreements.end()) return std::nullopt;
  auto taken = take(*inbound.bytes, guides->second, {});
  std::optional<Step<Mapped>> only;
  std::size_t tried = 0;
  for (auto& interchange : taken.interchanges)
    for (auto& set : interchange.sets) {
      if (!set.document) continue;
      for (const auto& agreement : mine->second) {
        if (agreement.config->document != document.kind || !speaks(agreement, interchange.head.standard, set.head)) continue;
        Findings ignored;
        if (agreement.when && !agreement.when->test(*set.document, context, ignored)) continue;
        std::string number;
        if (agreement.source_key) number = agreement.source_key->value(*set.document, context, ignored).value_or("");
        auto mapped = map(Validated{inbound, &agreement, std::move(*set.document)}, context);
        if (tells_of(mapped, document.key) || (!number.empty() && number == document.key)) return mapped;
        only.emplace(std::move(mapped));
        ++tried;
        break;
      }
    }
  if (tried != 1) only.reset();
  return only;
}

}  // namespace

std::optional<Step<Mapped>> judge_again(const LiveSitePtr& site, store::Store& store, const store::DocumentRecord& document) {
  auto content = store.receipt_content(document.receipt);
  if (!content || !*content) return std::nullopt;
  Inbound inbound;
  inbound.partner = document.partner;
  inbound.kind = document.kind;
  inbound.receipt = document.receipt;
  inbound.received = document.received;
  inbound.test = document.test;
  inbound.bytes = *content;
  inbound.site = site;
  const auto context = make_context(inbound, store);
  if (edi::sniff(*inbound.bytes)) {
    auto again = message_again(inbound, document, context);
    if (again) return again;
    Refusal refusal;
    refusal.detail = "the site in force reads no message of that interchange as this document";
    return Step<Mapped>(std::move(refusal));
  }
  auto identified = identify(std::move(inbound));
  if (!identified) return std::move(identified.refusal());
  auto validated = validate(std::move(*identified), context);
  if (!validated) return std::move(validated.refusal());
  return map(std::move(*validated), context);
}

}  // namespace wayleave::pipeline
