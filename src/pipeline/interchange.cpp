#include "pipeline/interchange.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/edi/acknowledge.hpp"
#include "formats/edi/report.hpp"
#include "formats/xml/write.hpp"
#include "pipeline/interchange_parts.hpp"
#include "pipeline/report.hpp"
#include "pipeline/unit.hpp"

namespace wayleave::pipeline {

namespace {

std::string date8(Time time) {
  const auto iso = to_iso(time);
  return iso.substr(0, 4) + iso.substr(5, 2) + iso.substr(8, 2);
}

}  // namespace

void InterchangeFlow::tell_fate(edi::Acknowledger& ack, const TakenSet& set, const Fate& fate) {
  ack.set(set.head, set.flaws, fate.accepted ? edi::Acknowledger::Fate::accepted : edi::Acknowledger::Fate::rejected);
  if (!fate.refused) return;
  edi::Acknowledger::Refusal refusal;
  refusal.document = fate.key;
  for (const auto& finding : fate.findings)
    if (finding.severity == Severity::error) refusal.reasons.push_back({finding.code, finding.message});
  ack.refused(set.head, std::move(refusal));
}

asio::awaitable<Result<std::string>> InterchangeFlow::acknowledgment(
  const Inbound& inbound, TakenInterchange& taken, const Judged& judged, std::string numbered, std::string& kind
) {
  edi::Acknowledger ack(judged.ack);
  ack.interchange(taken.head);
  const bool taken_whole = !taken.end.refused();
  std::size_t next = 0;
  for (std::size_t g = 0; taken_whole && g < taken.groups.size(); ++g) {
    const auto& group = taken.groups[g];
    if (group.head) ack.group(*group.head);
    for (; next < taken.sets.size() && taken.sets[next].group == g; ++next) tell_fate(ack, taken.sets[next], judged.sets[next]);
    if (group.head) ack.group_end(group.end);
  }
  if (!ack.due(taken.end)) co_return std::string();
  co_return co_await write_acknowledgment(inbound, taken, ack, judged.ack, std::move(numbered), kind);
}

asio::awaitable<Result<std::string>> InterchangeFlow::write_acknowledgment(
  const Inbound& inbound, const TakenInterchange& taken, edi::Acknowledger& ack, edi::AckKind as, std::string numbered, std::string& kind
) {
  std::string scope = inbound.partner, sequence = "interchange";
  auto number = co_await store_.number(std::move(scope), std::move(sequence), std::move(numbered));
  if (!number) co_return number.error();
  edi::AckNumbers numbers;
  auto text = std::to_string((*number - 1) % 999'999'999 + 1);        // nine digits, from 1 again behind the last
  numbers.group = text;
  if (taken.head.standard == edi::Standard::x12) text = std::string(9 - std::min<std::size_t>(9, text.size()), '0') + text;
  numbers.interchange = text;
  numbers.date8 = date8(inbound.received);
  const auto iso = to_iso(inbound.received);
  numbers.time4 = iso.substr(11, 2) + iso.substr(14, 2);
  kind = taken.head.standard == edi::Standard::edifact ? "CONTRL" : taken.end.refused() ? "TA1" : as == edi::AckKind::f999 ? "999" : "997";
  std::string out;
  out.reserve(ack.size() + 1024);
  ack.finish(taken.end, numbers, [&](std::string_view piece) { out += piece; });
  if (taken.head.standard == edi::Standard::x12 && out.find("\nGS*") == out.npos) kind = "TA1";
  if (kind == "997" && std::string_view(out).substr(0, 4096).find("\nST*999*") != std::string_view::npos) kind = "999";
  co_return out;
}

// ----------------------------------------------------------------------------------------------------------- the way

asio::awaitable<Answer> InterchangeFlow::process(Inbound inbound) {
  const auto site = inbound.site;
  static const edi::Guides none;
  const auto known = site->guides.find(inbound.partner);
  const auto& guides = known == site->guides.end() ? none : known->second;
  Taken taken;
  edi::ReadLimits limits;
  if (inbound.bytes->size() <= big) {
    taken = take(*inbound.bytes, guides, limits);
  } else {
    auto job = [](const Inbound* in, const edi::Guides* by, edi::ReadLimits most, Taken* out) -> asio::awaitable<void> {
      *out = take(*in->bytes, *by, most);
      co_return;
    }(&inbound, &guides, limits, &taken);
    co_await asio::co_spawn(pool_, std::move(job), asio::use_awaitable);
  }
  if (taken.interchanges.empty()) {
    // Nothing that could be acknowledged: the report is the answer.
    TakenInterchange nothing;
    nothing.end.flaws = std::move(taken.strays);
    std::string nobody;
    auto outcome = co_await keep(std::move(inbound), nothing, std::move(nobody));
    co_return std::move(outcome.answer);
  }
  // What stands between interchanges is told with the first of them, and takes nothing away from it.
  for (auto& stray : taken.strays) {
    stray.severity = Severity::warning;
    taken.interchanges.front().end.flaws.push_back(std::move(stray));
  }
  std::optional<Answer> first_taken, first_refused, later;
  std::string all = "<receipts xmlns=\"urn:wayleave:receipt:1\">";
  std::vector<std::string> receipts;
  for (auto& interchange : taken.interchanges) {
    auto outcome = co_await one(inbound, interchange);
    if (outcome.taken && outcome.answer.body) all += *outcome.answer.body;
    if (!outcome.answer.receipt.empty()) receipts.push_back(outcome.answer.receipt);
    auto& kept = outcome.answer.for_now() ? later : outcome.taken ? first_taken : first_refused;
    if (!kept || (outcome.taken && kept->outcome == "rejected")) kept = std::move(outcome.answer);   // what was taken stands for all
  }
  // Whoever is told to come again comes with all of them; what was taken is known then.
  if (later) co_return std::move(*later);
  auto answer = first_refused ? std::move(*first_refused) : std::move(*first_taken);
  if (receipts.size() > 1) answer.receipts = std::move(receipts);
  if (!first_refused && taken.interchanges.size() > 1) answer.body = std::make_shared<const std::string>(all + "</receipts>");
  if (!inbound.idempotency_key.empty() && !inbound.dry_run && answer.http_status < 400 && answer.body) {
    // The receipts have the interchanges' own identities; the sender's key leads to the same answer.
    store::Acceptance alias = submission(inbound);
    alias.receipt = new_id(inbound.received);
    alias.content = nullptr;
    alias.http_status = answer.http_status;
    alias.answer = answer.body;
    (void)co_await store_.accept(std::move(alias));
  }
  co_return answer;
}

/// One interchange: whose is it, was it here before, and what becomes of it.
asio::awaitable<InterchangeFlow::Outcome> InterchangeFlow::one(const Inbound& submission, TakenInterchange& taken) {
  Inbound inbound = submission;
  inbound.receipt = new_id(inbound.received);
  inbound.test = taken.head.test = inbound.test || taken.head.test;
  if (taken.end.length < submission.bytes->size())
    inbound.bytes = std::make_shared<const std::string>(submission.bytes->substr(static_cast<std::size_t>(taken.head.offset), static_cast<std::size_t>(taken.end.length)));
  inbound.digest = crypto::sha256_hex(*inbound.bytes);
  check_parties(inbound, taken);
  const auto& head = taken.head;
  auto identity = identity_of(inbound, head);
  if (inbound.dry_run) co_return co_await keep(std::move(inbound), taken, std::move(identity));
  auto in_flight_key = inbound.partner + "\n\x01" + identity;
  auto turn = co_await in_flight_.enter(std::move(in_flight_key), std::chrono::seconds(30));
  if (!turn) {
    Outcome outcome;
    outcome.answer = problem(409, "this interchange is still being answered", "interchange", "refused");
    outcome.answer.retry_after = 5;
    co_return outcome;
  }
  std::string fingerprint;
  auto first = store_.idempotency(inbound.partner, "\x01" + identity, fingerprint);
  if (!first) {
    Outcome outcome;
    outcome.answer = unavailable(first.error());
    co_return outcome;
  }
  if (*first) {
    if (fingerprint == inbound.digest) {
      Outcome outcome;
      outcome.answer = repeated(**first);
      outcome.answer.kind = "interchange";
      outcome.taken = true;
      if (heard_) co_await hear(inbound, taken);   // again: the first time may have ended between the commit and this
      co_return outcome;
    }
    add_duplicate(taken, (*first)->receipt);
  }
  co_return co_await keep(std::move(inbound), taken, std::move(identity));
}

Findings located(const TakenInterchange& taken, const edi::Flaws& flaws, bool advanced, const LineIndex* lines, std::uint64_t begin) {
  Findings findings;
  for (auto flaw : flaws) {
    flaw.offset -= std::min(flaw.offset, begin);
    if (lines) {
      findings.push_back(edi::located(flaw, *lines, taken.head.standard, advanced));
    } else {
      findings.push_back(edi::to_finding(flaw));
      findings.back().ack = edi::ack_text(flaw, taken.head.standard, advanced);
    }
  }
  return findings;
}

bool implementation(const TakenInterchange& taken, const TakenSet& set) {
  const auto& group = taken.groups[set.group].head;
  return group && taken.head.standard == edi::Standard::x12 && group->version.substr(0, 6) >= "005010";
}

void InterchangeFlow::reject(const Inbound& inbound, store::Acceptance& unit, Tally& tally, JudgedDocument what, const std::string& agreement) const {
  store::NewDocument document;
  document.id = what.id = new_id(inbound.received);
  document.kind = what.kind;
  document.key = what.key;
  document.status = store::Status::rejected;
  document.agreement = agreement;
  document.check_duplicate = false;
  what.status = "rejected";
  tally.tell(std::move(what));
  unit.entries.push_back(arrival(unit, document));
  unit.documents.push_back(std::move(document));
  ++tally.rejected;
}

/// A faulty acknowledgment proves nothing; that there is no guide to judge it by is no fault of it.
bool InterchangeFlow::believed(const TakenInterchange& taken, const TakenSet& set) {
  const bool faulty = std::ranges::any_of(set.flaws, [](const edi::Flaw& flaw) { return flaw.severity == Severity::error && flaw.cause != edi::Cause::no_guide; });
  return !faulty && !set.acknowledged.empty() && !taken.groups[set.group].end.refused();
}

/// Puts every set's documents, or its refusal, into the unit.
void InterchangeFlow::settle(const Inbound& inbound, TakenInterchange& taken, Judged& judged, store::Acceptance& unit, Tally& tally, const LineIndex* lines) const {
  for (std::size_t i = 0; i < judged.sets.size(); ++i) {
    auto& fate = judged.sets[i];
    // An acknowledgment is kept as what it closes. One that is not believed is told as what it is.
    if (fate.acknowledgment && believed(taken, taken.sets[i])) continue;
    auto findings = located(taken, taken.sets[i].flaws, implementation(taken, taken.sets[i]), lines, taken.head.offset);
    findings.insert(findings.end(), fate.findings.begin(), fate.findings.end());
    const auto more = taken.sets[i].more_flaws;
    if (fate.acknowledgment || !fate.accepted || fate.refused) {
      reject(inbound, unit, tally, {fate.kind, fate.key, {}, std::move(findings), {}, {}, more}, fate.agreement);
      continue;
    }
    ++tally.accepted;
    if (fate.duplicate) ++tally.duplicates;
    if (!findings.empty())
      tally.tell({fate.kind, fate.key, fate.documents.empty() ? std::string() : fate.documents.front().id, std::move(findings), {}, "accepted", more});
    for (auto& made : fate.documents) {
      if (inbound.dry_run) tally.report.push_back({fate.kind, made.key, {}, {}, *made.xml});
      auto document = accepted_document(std::move(made), *fate.admitted, inbound.test);
      tally.deliver |= !document.process.empty();
      unit.entries.push_back(arrival(unit, document));
      unit.documents.push_back(std::move(document));
    }
  }
}

/// The entry by which the partner gets its acknowledgment pushed. A very long one is fetched instead.
store::NewEntry InterchangeFlow::acknowledged(const Inbound& inbound, const TakenInterchange& taken, const std::string& ack, const std::string& kind) {
  std::string text;
  xml::Writer writer(text, true);
  writer.start("acknowledgment").attribute("xmlns", "urn:wayleave:acknowledgment:1").attribute("receipt", inbound.receipt);
  writer.attribute("format", taken.head.standard == edi::Standard::x12 ? "x12" : "edifact").attribute("kind", kind).attribute("control", taken.head.control);
  if (ack.size() <= 1u << 20) writer.text(ack);
  else writer.attribute("href", "/v1/receipts/" + inbound.receipt + "/acknowledgment");
  writer.end();
  store::NewEntry entry;
  entry.feed = "acknowledgments";
  entry.key = inbound.receipt;
  entry.event_id = new_id(inbound.received);
  entry.body = std::make_shared<const std::string>(std::move(text));
  entry.audience = {inbound.partner};
  return entry;
}

asio::awaitable<InterchangeFlow::Outcome> InterchangeFlow::keep(Inbound inbound, TakenInterchange& taken, std::string identity) {
  const bool refused = taken.end.refused() || identity.empty();
  Judged judged;
  if (!refused) {
    if (inbound.bytes->size() <= big) {
      judged = judge(inbound, taken);
    } else {
      auto job = [](const InterchangeFlow* self, const Inbound* in, TakenInterchange* what, Judged* out) -> asio::awaitable<void> {
        *out = self->judge(*in, *what);
        co_return;
      }(this, &inbound, &taken, &judged);
      co_await asio::co_spawn(pool_, std::move(job), asio::use_awaitable);
    }
  }

  auto unit = submission(inbound);
  unit.idempotency_key = identity.empty() ? std::string() : refused ? "\x01refused|" + inbound.digest : "\x01" + identity;
  unit.fingerprint = inbound.digest;
  LineIndex lines(*inbound.bytes);
  Tally tally;
  const auto begin = identity.empty() ? 0 : taken.head.offset;
  auto envelope = located(taken, taken.end.flaws, false, &lines, begin);
  for (const auto& group : taken.groups)
    for (auto& finding : located(taken, group.end.flaws, false, &lines, begin)) envelope.push_back(std::move(finding));
  if (refused) reject(inbound, unit, tally, {"interchange", taken.head.control, {}, std::move(envelope), {}}, {});
  else if (!envelope.empty()) tally.tell({"interchange", taken.head.control, {}, std::move(envelope), {}});
  settle(inbound, taken, judged, unit, tally, &lines);
  const auto status = tally.status(refused);

  Outcome outcome;
  auto& answer = outcome.answer;
  answer.kind = unit.documents.size() == 1 ? unit.documents.front().kind : "interchange";
  answer.outcome = status == "partly" ? "accepted" : std::string(status);
  outcome.taken = !refused;
  auto report_text = std::make_shared<const std::string>(report_xml(inbound.receipt, status, tally.report));
  if (inbound.dry_run) {
    answer.http_status = refused ? 400 : 200;
    answer.body = std::move(report_text);
    answer.judged = inbound.bytes;
    co_return outcome;
  }
  if (tally.findings) unit.report = report_text;
  if (!identity.empty()) {
    std::string kind;
    // What was refused may be taken once the site is mended: that is another acknowledgment, with a number of its own.
    const auto numbered = identity + "|" + inbound.digest + (refused ? "|refused" : "");
    auto ack = co_await acknowledgment(inbound, taken, judged, numbered, kind);
    if (!ack) {
      answer = unavailable(ack.error());
      outcome.taken = false;
      co_return outcome;
    }
    if (!ack->empty()) {
      unit.entries.push_back(acknowledged(inbound, taken, *ack, kind));
      unit.acknowledgment = std::make_shared<const std::string>(std::move(*ack));
    }
  }
  if (!inbound.bytes->empty()) answer.judged = inbound.bytes;
  answer.http_status = unit.http_status = refused ? 400 : 202;
  answer.receipt = inbound.receipt;
  if (unit.documents.size() == 1 && !refused) answer.document = unit.documents.front().id;
  answer.body = unit.answer = refused ? report_text : std::make_shared<const std::string>(receipt_xml(unit, status));

  answer.report = unit.report;
  answer.acknowledgment = unit.acknowledgment;
  auto kept = co_await store_.accept(std::move(unit));
  if (!kept) {
    answer = unavailable(kept.error());
    outcome.taken = false;
    co_return outcome;
  }
  using Kind = store::AcceptOutcome::Kind;
  if (kept->kind == Kind::repeated) {
    answer = repeated(kept->first);
    co_return outcome;
  }
  if (kept->kind != Kind::accepted) {
    // Somebody else had one of these documents accepted between our look and the commit; look again.
    answer = problem(503, "one of these documents is being accepted from elsewhere at this moment; send it again", answer.kind, "failed");
    answer.retry_after = 1;
    outcome.taken = false;
    co_return outcome;
  }
  if (tally.deliver) wake_delivery_();
  if (!refused && heard_) co_await hear(inbound, taken);
  co_return outcome;
}

/// Acknowledgments of what we sent close it, once they are kept themselves.
asio::awaitable<void> InterchangeFlow::hear(const Inbound& inbound, TakenInterchange& taken) {
  if (inbound.test) co_return;           // what we send is never a test
  for (const auto& technical : taken.technical) {
    edi::Acknowledged said{edi::Acknowledged::Level::interchange, technical.control, {}, {}, {}, {}, technical.note};
    said.verdict = technical.code == "A"   ? edi::Acknowledged::Verdict::accepted
                   : technical.code == "E" ? edi::Acknowledged::Verdict::accepted_with_errors
                                           : edi::Acknowledged::Verdict::rejected;
    Heard heard{inbound.partner, taken.head.standard, std::move(said)};
    co_await heard_(std::move(heard));
  }
  for (auto& set : taken.sets) {
    if (!believed(taken, set)) continue;
    for (auto& said : set.acknowledged) {
      Heard heard{inbound.partner, taken.head.standard, std::move(said)};
      co_await heard_(std::move(heard));
    }
  }
}

}  // namespace wayleave::pipeline
