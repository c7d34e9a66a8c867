// The unit that takes a submission in: idempotency key, business duplicates, then everything of it at once.

#include "store/sqlite_session.hpp"
#include "store/window.hpp"

namespace wayleave::store {

namespace {

/// What a document's business key is compared among; part of an index.
enum class Class : std::uint8_t { live, test, rejected };

}  // namespace

Result<AcceptOutcome> Session::accept(const Acceptance& acceptance) {
  if (auto partner = known_name(acceptance.partner)) {
    if (auto before = answered_before(acceptance, *partner)) return std::move(*before);
    AcceptOutcome duplicate{AcceptOutcome::Kind::duplicate, {}, {}};
    for (std::size_t i = 0; i < acceptance.documents.size(); ++i) {
      const auto& document = acceptance.documents[i];
      if (document.status == Status::rejected || !document.check_duplicate || document.key.empty()) continue;
      auto earlier = accepted_before(acceptance, document, *partner);
      if (!earlier) continue;
      if (!earlier->same) return AcceptOutcome{AcceptOutcome::Kind::contradiction, std::move(earlier->first), {}};
      if (duplicate.known.empty()) duplicate.first = std::move(earlier->first);
      duplicate.known.push_back(i);
    }
    if (!duplicate.known.empty()) return duplicate;
  }

  auto partner = name(acceptance.partner);
  auto n = next_n_++;
  auto insert = [&](const auto& acknowledgment) {
    db_->run(
      "INSERT INTO receipt(n, id, partner, received, test, documents, http_status, site_version, path, content_digest,"
      " idempotency_key, fingerprint, answer, report, acknowledgment) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      n, acceptance.receipt, partner, acceptance.received, acceptance.test, acceptance.documents.size(), acceptance.http_status,
      acceptance.site_version, sqlite::OrNull{acceptance.path}, sqlite::Digest{acceptance.content_digest},
      sqlite::OrNull{acceptance.idempotency_key}, sqlite::Digest{acceptance.fingerprint}, acceptance.answer, acceptance.report, acknowledgment
    );
  };
  // That of an interchange of a GiB has 20 MiB and more.
  constexpr std::size_t long_text = 2u << 20;
  if (acceptance.acknowledgment && acceptance.acknowledgment->size() > long_text) {
    insert(sqlite::RoomFor{acceptance.acknowledgment->size()});
    db_->write_blob("receipt", "acknowledgment", static_cast<std::int64_t>(n), *acceptance.acknowledgment);
  } else {
    insert(acceptance.acknowledgment);
  }
  if (acceptance.content) db_->run("INSERT INTO body(n, bytes) VALUES(?, ?)", n, acceptance.content);
  for (const auto& document : acceptance.documents) insert_document(acceptance, document, n, partner);
  publish(acceptance.entries);
  return AcceptOutcome{};
}

std::optional<AcceptOutcome> Session::answered_before(const Acceptance& acceptance, std::int64_t partner) {
  if (acceptance.idempotency_key.empty()) return std::nullopt;
  auto rows = db_->query(
    "SELECT id, received, fingerprint, http_status, site_version, answer FROM receipt INDEXED BY receipt_key"
    " WHERE partner=? AND idempotency_key=? ORDER BY n DESC LIMIT 1",
    partner, acceptance.idempotency_key
  );
  if (!rows.next() || rows.time(1) < acceptance.received - known_for(acceptance.idempotency_key)) return std::nullopt;
  AcceptOutcome outcome;
  if (rows.digest(2) != acceptance.fingerprint) {
    outcome.kind = AcceptOutcome::Kind::key_reused;
    return outcome;
  }
  auto site_version = static_cast<std::uint64_t>(rows.integer(4));
  if (rows.integer(3) == 422 && site_version != acceptance.site_version) return std::nullopt;
  outcome.kind = AcceptOutcome::Kind::repeated;
  outcome.first.receipt = rows.text(0);
  outcome.first.http_status = static_cast<int>(rows.integer(3));
  outcome.first.site_version = site_version;
  outcome.first.answer = rows.bytes(5);
  return outcome;
}

std::optional<Session::Earlier> Session::accepted_before(
  const Acceptance& acceptance, const NewDocument& document, std::int64_t partner
) {
  auto kind = known_name(document.kind);
  if (!kind) return std::nullopt;
  auto kept_as = acceptance.test ? Class::test : Class::live;
  auto rows = db_->query(
    "SELECT d.id, d.digest, d.received, r.id, r.http_status, r.site_version, r.answer FROM document d INDEXED BY document_key"
    " JOIN receipt r ON r.n=d.receipt WHERE d.partner=? AND d.key=? AND d.kind=? AND d.class=? ORDER BY d.n",
    partner, document.key, *kind, static_cast<int>(kept_as)
  );
  std::optional<Earlier> earlier;
  while (rows.next()) {
    if (rows.time(2) < acceptance.received - duplicate_window) continue;
    bool same = rows.digest(1) == document.canonical_digest;
    if (earlier && !same) continue;
    earlier.emplace();
    earlier->same = same;
    earlier->first.document = rows.text(0);
    earlier->first.receipt = rows.text(3);
    earlier->first.http_status = static_cast<int>(rows.integer(4));
    earlier->first.site_version = static_cast<std::uint64_t>(rows.integer(5));
    earlier->first.answer = rows.bytes(6);
    if (same) break;
  }
  return earlier;
}

void Session::insert_document(
  const Acceptance& acceptance, const NewDocument& document, std::int64_t receipt, std::int64_t partner
) {
  auto n = next_n_++;
  auto kept_as = document.status == Status::rejected ? Class::rejected : acceptance.test ? Class::test : Class::live;
  bool open = is_open(document.status) && !document.process.empty();
  bool behind = open && !document.lane.empty() && db_->query(
    "SELECT 1 FROM document INDEXED BY document_lane WHERE open=1 AND partner=? AND lane=? AND class=? LIMIT 1", partner,
    document.lane, static_cast<int>(kept_as)
  ).next();
  std::optional<Time> due;
  if (open && !behind) due = acceptance.received;
  std::optional<std::int64_t> process, agreement;
  if (!document.process.empty()) process = name(document.process);
  if (!document.agreement.empty()) agreement = name(document.agreement);
  db_->run(
    "INSERT INTO document(n, id, receipt, partner, kind, key, class, status, received, updated, step, attempts, sending, due,"
    " open, lane, process, agreement, digest) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9, 0, 0, 0, ?, ?, ?, ?, ?, ?)",
    n, document.id, receipt, partner, name(document.kind), sqlite::OrNull{document.key}, static_cast<int>(kept_as),
    static_cast<int>(document.status), acceptance.received, due,
    open ? std::optional{1} : std::nullopt, sqlite::OrNull{document.lane}, process, agreement,
    sqlite::Digest{document.canonical_digest}
  );
  if (document.canonical) db_->run("INSERT INTO body(n, bytes) VALUES(?, ?)", n, document.canonical);
  count(document.status, open, 1);
}

Result<bool> Session::remember_answer(const std::string& receipt, int http_status, const Bytes& answer) {
  if (db_->run("UPDATE receipt SET http_status=?, answer=? WHERE id=?", http_status, answer, receipt) == 0) {
    return Problem{Errc::not_found, "no receipt " + receipt};
  }
  return true;
}

}  // namespace wayleave::store
