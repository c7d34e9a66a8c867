#include "pipeline/inbound.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crash.hpp"
#include "base/id.hpp"
#include "formats/edi/interchange.hpp"
#include "pipeline/report.hpp"
#include "pipeline/unit.hpp"

namespace wayleave::pipeline {

namespace {

/// Takes these documents (indexes, ascending), each with its arrival, out of a unit that holds nothing else.
void leave_out(store::Acceptance& unit, const std::vector<std::size_t>& known) {
  for (auto i = known.rbegin(); i != known.rend(); ++i) {
    unit.documents.erase(unit.documents.begin() + static_cast<std::ptrdiff_t>(*i));
    unit.entries.erase(unit.entries.begin() + static_cast<std::ptrdiff_t>(*i));
  }
}

}  // namespace

// The way in. Everything up to keep() is a pure judgement on values; nothing is answered before keep() or refuse() is
// on disk.
asio::awaitable<Answer> InboundFlow::process(Inbound inbound) {
  crash_point("after-accept");
  if (inbound.idempotency_key.empty() || inbound.dry_run) co_return co_await judge_and_keep(std::move(inbound));

  auto key = inbound.partner + '\n' + inbound.idempotency_key;
  auto turn = co_await in_flight_.enter(std::move(key), std::chrono::seconds(30));
  if (!turn) {
    auto answer = problem(409, "the first request with this Idempotency-Key is still being answered", "", "refused");
    answer.retry_after = 5;
    co_return answer;
  }
  std::string fingerprint;
  auto first = store_.idempotency(inbound.partner, inbound.idempotency_key, fingerprint);
  if (!first) co_return unavailable(first.error());
  if (*first) {
    if (fingerprint != inbound.fingerprint)
      co_return problem(409, "this Idempotency-Key was used with another request", "", "refused");
    const bool stale_refusal = (*first)->http_status == 422 && (*first)->site_version != inbound.site->version;
    if (!stale_refusal) co_return repeated(**first);
  }
  co_return co_await judge_and_keep(std::move(inbound));
}

Step<Mapped> InboundFlow::judge(Inbound inbound) {
  const auto context = make_context(inbound, store_);
  auto identified = identify(std::move(inbound));                       // what is it, and may this partner send it
  if (!identified) return std::move(identified.refusal());
  auto validated = validate(std::move(*identified), context);           // all findings, not only the first
  if (!validated) return std::move(validated.refusal());
  crash_point("after-validate");
  return map(std::move(*validated), context);                           // the canonical document, judged by the rules
}

asio::awaitable<Answer> InboundFlow::judge_and_keep(Inbound inbound) {
  if (edi::sniff(*inbound.bytes)) co_return co_await interchanges_.process(std::move(inbound));
  std::optional<Step<Mapped>> mapped;
  if (inbound.bytes->size() <= big) {
    mapped.emplace(judge(std::move(inbound)));
  } else {
    auto job = [](InboundFlow* self, Inbound in, std::optional<Step<Mapped>>* out) -> asio::awaitable<void> {
      out->emplace(self->judge(std::move(in)));
      co_return;
    }(this, std::move(inbound), &mapped);
    co_await asio::co_spawn(pool_, std::move(job), asio::use_awaitable);
  }
  if (!*mapped) co_return co_await refuse(std::move(mapped->refusal()));
  co_return co_await keep(std::move(**mapped));
}

asio::awaitable<Answer> InboundFlow::keep(Mapped mapped) {
  const auto& inbound = mapped.inbound;
  const auto& agreement = *mapped.agreement;
  const auto kind = agreement.config->document;
  const auto key = mapped.documents.front().key;
  Answer answer;
  answer.receipt = inbound.receipt;
  answer.kind = kind;
  answer.outcome = "accepted";
  if (inbound.dry_run) {
    answer.http_status = 200;
    answer.receipt.clear();
    std::string canonical;
    for (const auto& document : mapped.documents) canonical += *document.xml;
    answer.body = std::make_shared<const std::string>(report_xml(inbound.receipt, "accepted", kind, key, {}, canonical));
    co_return answer;
  }

  auto unit = submission(inbound);
  const bool deliver = is_delivered(agreement, inbound.test);
  for (auto& made : mapped.documents) {
    auto document = accepted_document(std::move(made), agreement, inbound.test);
    unit.entries.push_back(arrival(unit, document));
    unit.documents.push_back(std::move(document));
  }
  if (unit.documents.size() == 1) answer.document = unit.documents.front().id;
  answer.body = unit.answer = std::make_shared<const std::string>(receipt_xml(unit));

  using Kind = store::AcceptOutcome::Kind;
  const bool refuses = agreement.config->duplicates == config::Duplicates::refuse;
  std::optional<store::Acceptance> several;
  if (unit.documents.size() > 1) several = unit;
  auto outcome = co_await store_.accept(std::move(unit));
  // What a map made several documents of may hold some that were here before: the others are new, and none is lost.
  while (outcome && outcome->kind == Kind::duplicate && !refuses && several && outcome->known.size() < several->documents.size()) {
    leave_out(*several, outcome->known);
    answer.body = several->answer = std::make_shared<const std::string>(receipt_xml(*several));
    auto rest = *several;
    outcome = co_await store_.accept(std::move(rest));
  }
  if (!outcome) co_return unavailable(outcome.error());
  switch (outcome->kind) {
    case Kind::accepted:
      if (deliver) wake_delivery_();
      co_return answer;
    case Kind::repeated: co_return repeated(outcome->first);
    case Kind::key_reused: co_return problem(409, "this Idempotency-Key was used with another request", kind, "refused");
    case Kind::duplicate:
    case Kind::contradiction: break;
  }
  const auto first = store_.receipt(outcome->first.receipt);
  // The same bytes are the same document, whatever a map that was changed since makes of them now.
  const bool same_bytes = first && *first && (*first)->content_digest == inbound.digest;
  if ((outcome->kind == Kind::duplicate || same_bytes) && !refuses) {
    auto again = repeated(outcome->first);
    again.kind = kind;
    again.outcome = "duplicate";
    if (first && *first) {
      auto& receipt = **first;
      again.http_status = 202;
      const auto& doc = receipt.documents.front();
      again.body = std::make_shared<const std::string>(
        receipt_xml(receipt.id, receipt.received, "duplicate", doc.id, doc.kind, doc.key, doc.status, receipt.test)
      );
    }
    co_return again;
  }
  // Of several it is told by its own number.
  const auto known = store_.document(outcome->first.document);
  Refusal refusal;
  refusal.kind = kind;
  refusal.key = known && *known ? (*known)->key : key;
  refusal.agreement = agreement.id;
  refusal.findings.push_back(contradiction(outcome->first, kind, refusal.key));
  refusal.inbound = std::move(mapped.inbound);
  co_return co_await refuse(std::move(refusal));
}

asio::awaitable<Answer> InboundFlow::refuse(Refusal refusal) {
  auto& inbound = refusal.inbound;
  if (refusal.findings.empty()) co_return problem(refusal.http_status, refusal.detail, refusal.kind, "refused");
  Answer answer;
  answer.http_status = refusal.http_status;
  answer.kind = refusal.kind;
  answer.outcome = "rejected";
  answer.body = std::make_shared<const std::string>(
    report_xml(inbound.receipt, "rejected", refusal.kind, refusal.key, refusal.findings)
  );
  if (inbound.dry_run) co_return answer;

  auto unit = submission(inbound);
  unit.http_status = refusal.http_status;
  unit.answer = answer.body;
  unit.report = answer.body;
  store::NewDocument document;
  document.id = new_id(inbound.received);
  document.kind = refusal.kind;
  document.key = refusal.key;
  document.status = store::Status::rejected;
  document.agreement = refusal.agreement;
  document.check_duplicate = false;

  unit.entries.push_back(arrival(unit, document));
  unit.documents.push_back(std::move(document));

  auto outcome = co_await store_.accept(std::move(unit));
  if (!outcome) co_return unavailable(outcome.error());
  if (outcome->kind == store::AcceptOutcome::Kind::key_reused)
    co_return problem(409, "this Idempotency-Key was used with another request", refusal.kind, "refused");
  if (outcome->kind == store::AcceptOutcome::Kind::repeated) co_return repeated(outcome->first);
  answer.receipt = inbound.receipt;
  co_return answer;
}

}  // namespace wayleave::pipeline
