#include "formats/xml/read.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::pipeline {
namespace {

/// The business key of a document that was rejected, as far as it can be told: `source-key=`.
std::string source_key(const Agreement& agreement, const Document& document, const mapping::Context& context) {
  if (!agreement.source_key) return {};
  Findings ignored;
  return agreement.source_key->value(document, context, ignored).value_or(std::string());
}

Refusal refuse(Inbound inbound, const Agreement& agreement, Findings findings) {
  Refusal refusal;
  refusal.inbound = std::move(inbound);
  refusal.kind = agreement.config->document;
  refusal.agreement = agreement.id;
  refusal.findings = std::move(findings);
  return refusal;
}

}  // namespace

Step<Validated> validate(Identified identified, const mapping::Context& context) {
  auto& inbound = identified.inbound;
  const auto& first = *identified.candidates.front();
  xml::Limits limits;
  limits.document = inbound.site->config.gateway.limits.document;
  auto reading = xml::read(*inbound.bytes, *first.schema, limits);
  if (!reading.valid()) {
    auto refusal = refuse(std::move(inbound), first, std::move(reading.findings));
    if (reading.document) refusal.key = source_key(first, *reading.document, context);
    return refusal;
  }
  std::vector<const Agreement*> matching;
  Findings findings;
  for (const auto* candidate : identified.candidates)
    if (!candidate->when || candidate->when->test(*reading.document, context, findings)) matching.push_back(candidate);
  if (matching.size() != 1) {
    Refusal refusal;
    refusal.kind = first.config->document;
    refusal.inbound = std::move(inbound);
    refusal.http_status = 403;
    refusal.detail = matching.empty() ? "none of your agreements covers this document" : "more than one of your agreements covers this document; please tell us";
    return refusal;
  }
  Validated validated;
  validated.inbound = std::move(inbound);
  validated.agreement = matching.front();
  validated.document = std::move(*reading.document);
  return validated;
}

}  // namespace wayleave::pipeline
