#include "pipeline/unit.hpp"

#include "process/delivery.hpp"

namespace wayleave::pipeline {

Answer problem(int status, std::string detail, std::string kind, std::string outcome) {
  Answer answer;
  answer.http_status = status;
  answer.problem = std::move(detail);
  answer.kind = std::move(kind);
  answer.outcome = std::move(outcome);
  return answer;
}

Answer unavailable(const Problem& why) {
  auto answer = problem(503, why.detail, "", "failed");
  answer.retry_after = 5;
  return answer;
}

namespace {

/// The receipt that an answer is about. What is kept under the sender's Idempotency-Key for a submission of interchanges
/// is only a pointer to their own receipts.
std::string named_receipt(const store::Bytes& answer) {
  if (!answer) return {};
  const auto head = std::string_view(*answer).substr(0, 600);
  for (const auto& [element, attribute] : {std::pair{"<receipt ", " id=\""}, {"<report ", " receipt=\""}}) {
    const auto begin = head.find(element);
    if (begin == head.npos) continue;
    const auto tag = head.substr(begin, head.find('>', begin) - begin);
    const auto at = tag.find(attribute);
    if (at == tag.npos) continue;
    const auto from = at + std::string_view(attribute).size();
    return std::string(tag.substr(from, tag.find('"', from) - from));
  }
  return {};
}

}  // namespace

Answer repeated(const store::First& first) {
  Answer answer;
  answer.http_status = first.http_status;
  answer.receipt = named_receipt(first.answer);
  if (answer.receipt.empty()) answer.receipt = first.receipt;
  answer.document = first.document;
  answer.body = first.answer;
  answer.replayed = true;
  answer.outcome = "repeated";
  return answer;
}

Finding contradiction(const store::First& first, const std::string& kind, const std::string& key) {
  Finding finding;
  finding.code = "D101";
  finding.path = "/";
  finding.found = key;
  finding.expected = "a " + kind + " number that was not used before, or the same content again";
  finding.message = "another " + kind + " with the number " + key + " was accepted with receipt " + first.receipt;
  finding.fix = "send a change document, or use a new number";
  return finding;
}

store::Acceptance submission(const Inbound& inbound) {
  store::Acceptance unit;
  unit.receipt = inbound.receipt;
  unit.partner = inbound.partner;
  unit.received = inbound.received;
  unit.test = inbound.test;
  unit.path = inbound.path;
  unit.content_digest = inbound.digest;
  unit.idempotency_key = inbound.idempotency_key;
  unit.fingerprint = inbound.fingerprint;
  unit.site_version = inbound.site->version;
  unit.content = inbound.bytes;
  return unit;
}

store::NewEntry arrival(const store::Acceptance& unit, const store::NewDocument& document) {
  store::DocumentRecord record;
  record.id = document.id;
  record.receipt = unit.receipt;
  record.partner = unit.partner;
  record.kind = document.kind;
  record.key = document.key;
  record.status = document.status;
  record.test = unit.test;
  record.received = record.updated = unit.received;
  return process::document_entry(record, {}, unit.received);
}

bool is_delivered(const Agreement& agreement, bool test) {
  return (!test || agreement.config->usage == "test") && agreement.process && !agreement.process->steps.empty();
}

store::NewDocument accepted_document(Canonical made, const Agreement& agreement, bool test) {
  store::NewDocument document;
  document.id = std::move(made.id);
  document.kind = agreement.config->document;
  document.key = std::move(made.key);
  document.canonical = std::move(made.xml);
  document.canonical_digest = std::move(made.digest);
  document.lane = std::move(made.lane);
  document.agreement = agreement.id;
  document.check_duplicate = agreement.config->duplicates != config::Duplicates::allow;
  if (is_delivered(agreement, test)) document.process = agreement.process->name;
  return document;
}

}  // namespace wayleave::pipeline
