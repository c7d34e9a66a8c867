#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <fstream>
#include <map>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/edi/acknowledge.hpp"
#include "formats/edi/report.hpp"
#include "pipeline/interchange.hpp"
#include "pipeline/interchange_parts.hpp"
#include "pipeline/report.hpp"
#include "pipeline/unit.hpp"

namespace wayleave::pipeline {

/// An interchange of a file after the first reading: what concerns all of it.
struct InterchangeFlow::Surveyed {
  TakenInterchange taken;                ///< without sets
  std::string digest;
};

namespace {

constexpr std::size_t portion = 256u << 10;

/// What the partner's agreements on X12 want; by the version of each group where they say nothing.
edi::AckKind agreed_acknowledgment(const Inbound& inbound) {
  const auto mine = inbound.site->agreements.find(inbound.partner);
  if (mine == inbound.site->agreements.end()) return edi::AckKind::by_version;
  for (const auto& agreement : mine->second) {
    if (agreement.config->acknowledge == "997") return edi::AckKind::f997;
    if (agreement.config->acknowledge == "999") return edi::AckKind::f999;
  }
  return edi::AckKind::by_version;
}

/// Calls `use` with the bytes from `from` to `to`, piece by piece; false: the file cannot be read.
template <class Use>
bool each_piece(std::ifstream& file, std::uint64_t from, std::uint64_t to, Use use) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(from));
  std::string piece;
  while (file && from < to) {
    piece.resize(std::min<std::uint64_t>(portion, to - from));
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(file.gcount()));
    if (piece.empty()) return false;
    from += piece.size();
    use(std::string_view(piece));
  }
  return true;
}

/// The first reading: envelopes, trailers and what is wrong with them; sets only as far as they count.
struct Surveyor : edi::Listener {
  std::vector<TakenInterchange> seen;
  edi::Flaws strays;
  bool grouped = false;
  void interchange(const edi::InterchangeHead& head) override {
    seen.emplace_back().head = head;
    seen.back().groups.emplace_back();
    grouped = false;
  }
  void group(const edi::GroupHead& head) override {
    if (grouped) seen.back().groups.emplace_back();
    seen.back().groups.back().head = head;
    grouped = true;
  }
  void set(edi::SetReading&&) override {}
  void group_end(const edi::GroupEnd& end) override { seen.back().groups.back().end = end; }
  void interchange_end(const edi::InterchangeEnd& end) override { seen.back().end = end; }
  void stray(const edi::Flaw& flaw) override {
    if (strays.size() < 100) strays.push_back(flaw);
  }
};

}  // namespace

Result<std::vector<InterchangeFlow::Surveyed>> InterchangeFlow::survey(const std::filesystem::path& path, const edi::Guides& guides, edi::Flaws& strays) {
  std::ifstream file(path, std::ios::binary);
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  if (!file || ec) return Problem{Errc::storage, "cannot read " + path.string()};
  Surveyor surveyor;
  edi::ReadOptions options;
  options.documents = options.judge = false;
  edi::Reader reader(guides, surveyor, options);
  if (!each_piece(file, 0, size, [&](std::string_view piece) { reader.feed(piece); })) return Problem{Errc::storage, "cannot read " + path.string()};
  reader.finish();
  strays = std::move(surveyor.strays);
  std::vector<Surveyed> all;
  crypto::Sha256 hash;
  for (auto& taken : surveyor.seen) {
    auto& surveyed = all.emplace_back();
    if (!each_piece(file, taken.head.offset, taken.head.offset + taken.end.length, [&](std::string_view piece) { hash.add(piece); }))
      return Problem{Errc::storage, "cannot read " + path.string()};
    surveyed.digest = hash.finish_hex();
    surveyed.taken = std::move(taken);
  }
  return all;
}

/// What the first taking decided stands, though the site, or what it knows, may be another now: that is what was done.
void InterchangeFlow::as_before(Judged& judged, const store::ReceiptRecord& stored) {
  std::map<std::pair<std::string, std::string>, std::deque<store::Status>> fates;
  for (const auto& document : stored.documents) fates[{document.kind, document.key}].push_back(document.status);
  for (auto& fate : judged.sets) {
    const auto before = fates.find({fate.kind, fate.key});
    if (fate.acknowledgment || !fate.accepted || before == fates.end() || before->second.empty()) continue;
    const bool refused = before->second.front() == store::Status::rejected;
    before->second.pop_front();
    if (refused == fate.refused) continue;
    fate.refused = refused;
    fate.documents.clear();
    fate.findings.clear();
    if (!refused) continue;
    Finding finding;
    finding.code = "D103";
    finding.path = "/";
    finding.found = fate.key;
    finding.message = "this was refused when the interchange was first taken, before a stop (receipt " + stored.id + ")";
    finding.fix = "send it again in an interchange of its own";
    fate.findings.push_back(std::move(finding));
  }
}

asio::awaitable<Answer> InterchangeFlow::process_file(Inbound inbound, std::filesystem::path file) {
  static const edi::Guides none;
  const auto known = inbound.site->guides.find(inbound.partner);
  const auto& guides = known == inbound.site->guides.end() ? none : known->second;
  edi::Flaws strays;
  std::optional<Result<std::vector<Surveyed>>> surveyed;
  auto job = [](const std::filesystem::path* path, const edi::Guides* by, edi::Flaws* left, std::optional<Result<std::vector<Surveyed>>>* out) -> asio::awaitable<void> {
    out->emplace(survey(*path, *by, *left));
    co_return;
  }(&file, &guides, &strays, &surveyed);
  co_await asio::co_spawn(pool_, std::move(job), asio::use_awaitable);
  if (!*surveyed) co_return unavailable(surveyed->error());
  if ((*surveyed)->empty()) {
    TakenInterchange nothing;
    nothing.end.flaws = std::move(strays);
    inbound.bytes = std::make_shared<const std::string>();
    std::string nobody;
    auto outcome = co_await keep(std::move(inbound), nothing, std::move(nobody));
    co_return std::move(outcome.answer);
  }
  for (auto& stray : strays) {
    stray.severity = Severity::warning;
    surveyed->value().front().taken.end.flaws.push_back(std::move(stray));
  }
  std::optional<Answer> taken, refused, later;
  std::vector<std::string> receipts;
  for (auto& interchange : **surveyed) {
    auto outcome = co_await file_interchange(inbound, file, interchange);
    if (!outcome.answer.receipt.empty()) receipts.push_back(outcome.answer.receipt);
    auto& kept = outcome.answer.for_now() ? later : outcome.taken ? taken : refused;
    if (!kept || (outcome.taken && kept->outcome == "rejected")) kept = std::move(outcome.answer);
  }
  if (later) co_return std::move(*later);
  auto answer = refused ? std::move(*refused) : std::move(*taken);
  if (receipts.size() > 1) answer.receipts = std::move(receipts);
  co_return answer;
}

asio::awaitable<InterchangeFlow::Outcome> InterchangeFlow::file_interchange(Inbound inbound, const std::filesystem::path& path, Surveyed& surveyed) {
  auto& whole = surveyed.taken;
  inbound.receipt = new_id(inbound.received);
  inbound.test = whole.head.test = inbound.test || whole.head.test;
  inbound.digest = surveyed.digest;
  inbound.bytes = std::make_shared<const std::string>();
  check_parties(inbound, whole);
  const auto identity = identity_of(inbound, whole.head);
  Outcome outcome;
  auto& answer = outcome.answer;
  auto in_flight_key = inbound.partner + "\n\x01" + identity;
  auto turn = co_await in_flight_.enter(std::move(in_flight_key), std::chrono::seconds(30));
  if (!turn) {
    answer = problem(409, "this interchange is still being answered", "interchange", "refused");
    answer.retry_after = 5;
    co_return outcome;
  }
  std::string fingerprint;
  auto first = store_.idempotency(inbound.partner, "\x01" + identity, fingerprint);
  if (!first) {
    answer = unavailable(first.error());
    co_return outcome;
  }
  if (*first && fingerprint == inbound.digest) {
    answer = repeated(**first);
    answer.kind = "interchange";
    outcome.taken = true;
    co_return outcome;
  }
  if (*first) add_duplicate(whole, (*first)->receipt);
  if (whole.end.refused()) {
    auto own = identity;
    co_return co_await keep(std::move(inbound), whole, std::move(own));
  }

  // The second reading. What the listener gathers from one piece of the file is one unit of work.
  const auto known = inbound.site->guides.find(inbound.partner);
  static const edi::Guides none;
  const auto& guides = known == inbound.site->guides.end() ? none : known->second;
  std::ifstream file(path, std::ios::binary);
  Gatherer gatherer;
  std::optional<edi::Reader> reader(std::in_place, guides, gatherer, edi::ReadOptions{});
  edi::Acknowledger ack(agreed_acknowledgment(inbound));
  ack.interchange(whole.head);
  Tally tally;
  std::uint64_t at = whole.head.offset, number = 0;
  const auto end = whole.head.offset + whole.end.length;
  std::size_t groups_told = 0;
  auto tell_groups_before = [&](std::size_t group) {
    // Sets of group g come between group(g) and group_end(g).
    for (; groups_told < group + 1; ++groups_told) {
      if (groups_told > 0 && whole.groups[groups_told - 1].head) ack.group_end(whole.groups[groups_told - 1].end);
      if (whole.groups[groups_told].head) ack.group(*whole.groups[groups_told].head);
    }
  };
  while (at < end) {
    const auto until = std::min<std::uint64_t>(end, at + portion);
    std::uint64_t got = 0;
    each_piece(file, at, until, [&](std::string_view piece) {
      reader->feed(piece);
      got += piece.size();
    });
    if (got != until - at) {
      answer = problem(503, "the file changed while it was read", "interchange", "failed");
      answer.retry_after = 5;
      co_return outcome;
    }
    at = until;
    if (at == end) reader->finish();
    auto part = gatherer.portion(whole);
    if (part.sets.empty() && part.technical.empty()) continue;
    // The bytes are in the name: another file with this control number is another taking.
    const auto portion_key = "\x01" + identity + "#" + inbound.digest + "#" + std::to_string(number++);
    std::string portion_fingerprint;
    auto before = store_.idempotency(inbound.partner, portion_key, portion_fingerprint);
    if (!before) {
      answer = unavailable(before.error());
      co_return outcome;
    }
    const std::string own = *before ? (*before)->receipt : std::string();
    Judged judged;
    auto job = [](const InterchangeFlow* self, const Inbound* in, TakenInterchange* what, const std::string* before, Judged* out) -> asio::awaitable<void> {
      *out = self->judge(*in, *what, *before);
      co_return;
    }(this, &inbound, &part, &own, &judged);
    co_await asio::co_spawn(pool_, std::move(job), asio::use_awaitable);
    if (!own.empty()) {
      const auto stored = store_.receipt(own);
      if (!stored || !*stored) {
        answer = stored ? problem(503, "what was taken before cannot be read", "interchange", "failed") : unavailable(stored.error());
        answer.retry_after = 5;
        co_return outcome;
      }
      as_before(judged, **stored);
    }
    for (std::size_t i = 0; i < part.sets.size(); ++i) {
      tell_groups_before(part.sets[i].group);
      tell_fate(ack, part.sets[i], judged.sets[i]);
    }
    auto unit = submission(inbound);
    unit.receipt = new_id(inbound.received);
    unit.path = "part of " + inbound.receipt;
    unit.content = nullptr;
    unit.idempotency_key = portion_key;
    unit.fingerprint = inbound.digest;
    Tally of_part;
    settle(inbound, part, judged, unit, of_part, nullptr);
    tally.add(std::move(of_part));
    if (!unit.documents.empty()) {
      unit.answer = std::make_shared<const std::string>(receipt_xml(unit));
      auto kept = co_await store_.accept(std::move(unit));
      using Kind = store::AcceptOutcome::Kind;
      if (!kept || (kept->kind != Kind::accepted && kept->kind != Kind::repeated)) {
        answer = kept ? problem(503, "one of these documents is being accepted from elsewhere at this moment", "interchange", "failed") : unavailable(kept.error());
        answer.retry_after = 1;
        co_return outcome;
      }
    }
    if (tally.deliver) wake_delivery_();
    if (heard_) co_await hear(inbound, part);
  }
  reader.reset();                        // its window and numbers; the acknowledgment may be long
  tell_groups_before(whole.groups.size() - 1);
  if (whole.groups.back().head) ack.group_end(whole.groups.back().end);

  auto envelope = located(whole, whole.end.flaws, false, nullptr, whole.head.offset);
  for (const auto& group : whole.groups)
    for (auto& finding : located(whole, group.end.flaws, false, nullptr, whole.head.offset)) envelope.push_back(std::move(finding));
  if (!envelope.empty()) tally.tell({"interchange", whole.head.control, {}, std::move(envelope), {}});
  const auto status = tally.status(false);
  auto unit = submission(inbound);
  unit.content = nullptr;
  unit.idempotency_key = "\x01" + identity;
  unit.fingerprint = inbound.digest;
  if (tally.findings) unit.report = std::make_shared<const std::string>(report_xml(inbound.receipt, status, tally.report));
  if (ack.due(whole.end)) {
    std::string kind;
    auto text = co_await write_acknowledgment(inbound, whole, ack, agreed_acknowledgment(inbound), identity + "|" + inbound.digest, kind);
    if (!text) {
      answer = unavailable(text.error());
      co_return outcome;
    }
    unit.entries.push_back(acknowledged(inbound, whole, *text, kind));
    unit.acknowledgment = std::make_shared<const std::string>(std::move(*text));
  }
  answer.http_status = unit.http_status = 202;
  answer.receipt = inbound.receipt;
  answer.kind = "interchange";
  answer.outcome = status == "partly" ? "accepted" : std::string(status);
  answer.body = unit.answer = std::make_shared<const std::string>(receipt_xml(unit, status));
  answer.report = unit.report;
  answer.acknowledgment = unit.acknowledgment;
  auto kept = co_await store_.accept(std::move(unit));
  if (!kept) {
    answer = unavailable(kept.error());
    co_return outcome;
  }
  outcome.taken = true;
  co_return outcome;
}

}  // namespace wayleave::pipeline
