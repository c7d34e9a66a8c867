// Units on documents that are on their way to a back end: lanes, steps, verdicts, operators' decisions.

#include "store/sqlite_rows.hpp"
#include "store/sqlite_session.hpp"

namespace wayleave::store {

namespace {

constexpr std::chrono::hours forget_lease_after{1};
constexpr std::size_t many_leases = 4096;

std::string lease_key(const Fence& fence) { return fence.partner + "\n" + fence.lane + (fence.test ? "\ntest" : ""); }

Problem no_document(std::string_view id) { return {Errc::not_found, "no document " + std::string{id}}; }
Problem stale(const Fence& fence) {
  return {Errc::conflict, "lane " + fence.lane + " of " + fence.partner + " was claimed by somebody else or given back"};
}

bool finishes_step(Status status) {
  return status == Status::delivering || status == Status::delivered || status == Status::confirmed || status == Status::refused;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- lanes

Result<std::vector<ClaimedLane>> Session::claim_lanes(Time now, std::chrono::milliseconds lease, std::size_t limit) {
  forget_old_leases(now);
  struct Marked {
    std::size_t place;
    std::int64_t n;
  };
  std::vector<ClaimedLane> claimed;
  std::vector<Marked> marked;
  if (limit == 0) return claimed;
  {
    auto rows = db_->query(
      "SELECT " WAYLEAVE_DOCUMENT_COLUMNS " FROM document d INDEXED BY document_due" WAYLEAVE_DOCUMENT_JOINS
      " WHERE d.due<=? ORDER BY d.due", now
    );
    Fence fence;
    while (claimed.size() < limit && rows.next()) {
      fence.partner = rows.text(2);
      fence.lane = lane_name(rows.view(6), rows.view(0));
      fence.test = rows.integer(9) != 0;
      auto key = lease_key(fence);
      auto held = leases_.find(key);
      if (held != leases_.end() && held->second.until > now) continue;
      auto before = held == leases_.end() ? Lease{} : held->second;
      fence.token = ++next_token_;
      leases_[key] = Lease{fence.token, now + lease};
      undo_.emplace_back([this, key, before] {
        if (before.token == 0) {
          leases_.erase(key);
        } else {
          leases_[key] = before;
        }
      });
      auto& lane = claimed.emplace_back();
      lane.fence = fence;
      lane.head = document_record(rows);
      if (rows.integer(document_sending_column) != 0 && lane.head.status != Status::unknown) {
        marked.push_back({claimed.size() - 1, rows.integer(document_n_column)});
      }
    }
  }
  // The holder went away between sending and hearing: the mark stays, so that the lane comes up again until somebody has
  // told the partner and parked it.
  for (auto [place, n] : marked) {
    auto& head = claimed[place].head;
    count(head.status, true, -1);
    count(Status::unknown, true, 1);
    head.status = Status::unknown;
    head.blocked = "it was being sent when its delivery was interrupted; whether it arrived is not known";
    head.updated = now;
    db_->run(
      "UPDATE document SET status=?, blocked=?, updated=? WHERE n=?", static_cast<int>(head.status), head.blocked, now, n
    );
  }
  return claimed;
}

bool Session::holds(const Fence& fence) const {
  auto held = leases_.find(lease_key(fence));
  return held != leases_.end() && held->second.token == fence.token;
}

void Session::drop_lease(const Fence& fence) {
  auto held = leases_.find(lease_key(fence));
  undo_.emplace_back([this, key = held->first, lease = held->second] { leases_[key] = lease; });
  leases_.erase(held);
}

void Session::forget_old_leases(Time now) {
  if (leases_.size() < many_leases) return;
  std::erase_if(leases_, [&](const auto& lease) { return lease.second.until + forget_lease_after < now; });
}

Result<bool> Session::release(const Fence& fence) {
  if (!holds(fence)) return stale(fence);
  drop_lease(fence);
  return true;
}

Result<std::optional<DocumentRecord>> Session::next_in_lane(const Fence& fence, Time now) {
  if (!holds(fence)) return stale(fence);
  auto partner = known_name(fence.partner);
  auto own = fence.lane.starts_with('#') ? find(std::string_view{fence.lane}.substr(1)) : std::nullopt;
  auto rows = own && own->own_lane
    ? db_->query(
        "SELECT " WAYLEAVE_DOCUMENT_COLUMNS ", d.due FROM document d" WAYLEAVE_DOCUMENT_JOINS " WHERE d.n=? AND d.open=1", own->n
      )
    : db_->query(
        "SELECT " WAYLEAVE_DOCUMENT_COLUMNS ", d.due FROM document d INDEXED BY document_lane" WAYLEAVE_DOCUMENT_JOINS
        " WHERE d.open=1 AND d.partner=? AND d.lane=? AND d.class=? ORDER BY d.n LIMIT 1", partner, fence.lane, fence.test
      );
  if (!rows.next()) return std::optional<DocumentRecord>{};
  constexpr int due_column = 24;
  auto record = document_record(rows);
  bool ready = record.status == Status::accepted || record.status == Status::delivering;
  if (!ready || rows.null(due_column) || rows.time(due_column) > now) return std::optional<DocumentRecord>{};
  return std::optional{std::move(record)};
}

/// Keeps `due` at the first open document of the lane alone: the one that left the front loses it, the one that came to it
/// gets it. Only the first two can have changed places.
void Session::head_changed(const DocumentRow& row) {
  struct Place {
    std::int64_t n;
    std::optional<std::int64_t> due, wanted;
  };
  std::vector<Place> front;
  {
    auto rows = row.own_lane
      ? db_->query("SELECT n, due, status, sending, next_attempt, received FROM document WHERE n=? AND open=1", row.n)
      : db_->query(
          "SELECT n, due, status, sending, next_attempt, received FROM document INDEXED BY document_lane"
          " WHERE open=1 AND partner=? AND lane=? AND class=? ORDER BY n LIMIT 2", row.partner, row.lane, row.test
        );
    while (rows.next()) {
      auto& place = front.emplace_back(Place{rows.integer(0), rows.maybe(1), std::nullopt});
      auto status = static_cast<Status>(rows.integer(2));
      bool waits = status == Status::accepted || status == Status::delivering || rows.integer(3) != 0;
      if (front.size() == 1 && waits) place.wanted = rows.null(4) ? rows.integer(5) : rows.integer(4);
    }
  }
  for (const auto& place : front) {
    if (place.due != place.wanted) db_->run("UPDATE document SET due=? WHERE n=?", place.wanted, place.n);
  }
}

// ------------------------------------------------------------------------------------------------------------ documents

std::optional<Session::DocumentRow> Session::find(std::string_view document) {
  auto rows = db_->query(
    "SELECT d.n, d.partner, p.text, d.lane, d.status, d.open IS NOT NULL, d.process IS NOT NULL, d.sending, d.step,"
    " d.attempts, d.class=1 FROM document d JOIN name p ON p.n=d.partner WHERE d.id=?", document
  );
  if (!rows.next()) return std::nullopt;
  DocumentRow row;
  row.n = rows.integer(0);
  row.partner = rows.integer(1);
  row.partner_name = rows.text(2);
  row.id = document;
  row.own_lane = rows.null(3);
  row.lane = lane_name(rows.view(3), document);
  row.status = static_cast<Status>(rows.integer(4));
  row.open = rows.integer(5) != 0;
  row.has_process = rows.integer(6) != 0;
  row.sending = rows.integer(7) != 0;
  row.step = static_cast<int>(rows.integer(8));
  row.attempts = static_cast<int>(rows.integer(9));
  row.test = rows.integer(10) != 0;
  return row;
}

Result<Session::DocumentRow> Session::held(const Fence& fence, std::string_view document) {
  if (!holds(fence)) return stale(fence);
  auto row = find(document);
  if (!row) return no_document(document);
  if (row->partner_name != fence.partner || row->lane != fence.lane || row->test != fence.test) {
    return Problem{Errc::conflict, "document " + std::string{document} + " is not in lane " + fence.lane};
  }
  return std::move(*row);
}

void Session::change(const DocumentRow& row, const Change& change, Time at) {
  bool open = is_open(change.status) && row.has_process;
  count(row.status, row.open, -1);
  count(change.status, open, 1);
  if (open && row.open) {
    // It keeps its place in the index of open documents.
    db_->run(
      "UPDATE document SET status=?, step=?, attempts=?, sending=?, next_attempt=?, blocked=?, updated=? WHERE n=?",
      static_cast<int>(change.status), change.step, change.attempts, change.sending, change.next_attempt,
      sqlite::OrNull{change.blocked}, at, row.n
    );
  } else {
    db_->run(
      "UPDATE document SET status=?, step=?, attempts=?, sending=?, next_attempt=?, blocked=?, updated=?, open=?, due=NULL"
      " WHERE n=?",
      static_cast<int>(change.status), change.step, change.attempts, change.sending, change.next_attempt,
      sqlite::OrNull{change.blocked}, at, open ? std::optional{1} : std::nullopt, row.n
    );
    if (!open && row.own_lane) return;
  }
  head_changed(row);
}

void Session::add_stage(std::int64_t document, const Stage& stage) {
  db_->run(
    "INSERT INTO stage(document, i, at, attempt, name, step, outcome, detail)"
    " VALUES(?1, (SELECT coalesce(max(i), 0)+1 FROM stage WHERE document=?1), ?, ?, ?, ?, ?, ?)",
    document, stage.at, stage.attempt, stage.name, sqlite::OrNull{stage.step}, sqlite::OrNull{stage.outcome},
    sqlite::OrNull{stage.detail}
  );
}

void Session::put_verdict(std::int64_t document, const Verdict& verdict) {
  db_->run(
    "INSERT OR REPLACE INTO verdict(document, accepted, code, reason, at, response) VALUES(?, ?, ?, ?, ?, ?)", document,
    verdict.accepted, sqlite::OrNull{verdict.code}, sqlite::OrNull{verdict.reason}, verdict.at, verdict.response
  );
}

Result<bool> Session::sending(const Fence& fence, const std::string& document) {
  auto row = held(fence, document);
  if (!row) return row.error();
  if (row->sending || (row->status != Status::accepted && row->status != Status::delivering)) {
    return Problem{Errc::conflict, "document " + document + " is being sent already, or is not to be sent"};
  }
  db_->run("UPDATE document SET sending=1, status=? WHERE n=?", static_cast<int>(Status::delivering), row->n);
  return true;
}

Result<bool> Session::complete_step(const Fence& fence, const StepDone& done) {
  if (!finishes_step(done.status)) {
    return Problem{Errc::invalid, "a completed step leaves a document delivering, delivered, confirmed or refused"};
  }
  auto row = held(fence, done.document);
  if (!row) return row.error();
  add_stage(row->n, done.stage);
  if (row->open) {
    if (done.verdict) put_verdict(row->n, *done.verdict);
    Change to{done.status, done.next_step, 0};
    change(*row, to, done.stage.at);
    publish(done.entries);
  }
  if (done.release) drop_lease(fence);
  return row->open;
}

Result<bool> Session::retry_at(const Fence& fence, const StepRetry& retry) {
  auto row = held(fence, retry.document);
  if (!row) return row.error();
  if (!retry.stage.name.empty()) add_stage(row->n, retry.stage);
  bool goes_on = row->status == Status::accepted || row->status == Status::delivering;
  if (goes_on) {
    Change to{Status::delivering, row->step, row->attempts + (retry.counts ? 1 : 0)};
    to.next_attempt = retry.at;
    to.blocked = retry.stage.detail;
    change(*row, to, retry.stage.at);
    publish(retry.entries);
  }
  if (retry.release) drop_lease(fence);
  return goes_on;
}

Result<bool> Session::park(const Fence& fence, const StepParked& parked) {
  if (parked.status != Status::parked && parked.status != Status::unknown) {
    return Problem{Errc::invalid, "a parked document is parked or unknown"};
  }
  auto row = held(fence, parked.document);
  if (!row) return row.error();
  add_stage(row->n, parked.stage);
  if (row->open) {
    Change to{parked.status, row->step, row->attempts};
    to.blocked = parked.stage.detail;
    change(*row, to, parked.stage.at);
    publish(parked.entries);
  }
  if (parked.release) drop_lease(fence);
  return row->open;
}

// ------------------------------------------------------------------------------------------- from outside the delivery

Result<SettleOutcome> Session::settle(const Settlement& settlement) {
  auto row = find(settlement.document);
  if (!row) return no_document(settlement.document);
  std::optional<bool> before;
  bool same_code = true;
  {
    auto rows = db_->query("SELECT accepted, code FROM verdict WHERE document=?", row->n);
    if (rows.next()) {
      before = rows.integer(0) != 0;
      same_code = *before || rows.view(1) == settlement.verdict.code;
    }
  }
  if (!before && row->status == Status::confirmed) before = true;
  if (!before && row->status == Status::refused) before = false;
  if (before) return *before == settlement.verdict.accepted && same_code ? SettleOutcome::repeated : SettleOutcome::contradicts;
  if (row->status == Status::rejected || row->status == Status::discarded) return SettleOutcome::contradicts;

  add_stage(row->n, settlement.stage);
  put_verdict(row->n, settlement.verdict);
  Change to{settlement.verdict.accepted ? Status::confirmed : Status::refused, row->step, row->attempts};
  change(*row, to, settlement.stage.at);
  publish(settlement.entries);
  return SettleOutcome::settled;
}

Result<bool> Session::replay(
  const std::string& document, int from_step, const Bytes& canonical, const Stage& stage, const std::vector<NewEntry>& entries
) {
  auto row = find(document);
  if (!row) return no_document(document);
  bool may = row->status == Status::parked || row->status == Status::unknown || row->status == Status::refused ||
             row->status == Status::delivered;
  if (!may || !row->has_process) {
    return Problem{Errc::conflict, "document " + document + " cannot be replayed: it is " + std::string{to_string(row->status)}};
  }
  add_stage(row->n, stage);
  if (canonical) db_->run("INSERT OR REPLACE INTO body(n, bytes) VALUES(?, ?)", row->n, canonical);
  db_->run("DELETE FROM verdict WHERE document=?", row->n);
  Change to{Status::delivering, from_step, 0};
  change(*row, to, stage.at);
  publish(entries);
  return true;
}

Result<bool> Session::set_status(
  const std::string& document, Status status, const Stage& stage, const std::vector<NewEntry>& entries
) {
  auto row = find(document);
  if (!row) return no_document(document);
  bool nowhere = status == Status::delivering && !row->has_process;
  if (row->status == Status::rejected || status == Status::rejected || nowhere) {
    return Problem{Errc::conflict, "document " + document + " is " + std::string{to_string(row->status)}};
  }
  if (row->status == status) return false;
  add_stage(row->n, stage);
  Change to{status, row->step, row->attempts};
  if (is_open(status)) to.blocked = stage.detail;
  change(*row, to, stage.at);
  publish(entries);
  return true;
}

}  // namespace wayleave::store
