// Units on what back ends tell us and customers follow: events, current state, subscriptions, lines.

#include <unordered_map>

#include "store/sqlite_rows.hpp"
#include "store/sqlite_session.hpp"

namespace wayleave::store {

namespace {

std::string pack_parties(const Object& object) {
  std::vector<std::string_view> texts;
  for (const auto& party : object.parties) texts.insert(texts.end(), {party.partner, party.role});
  return pack_texts(texts);
}

std::string pack_references(const Object& object) {
  std::vector<std::string_view> texts;
  for (const auto& reference : object.references) texts.insert(texts.end(), {reference.kind, reference.value});
  return pack_texts(texts);
}

}  // namespace

Result<AppendOutcome> Session::append(const EventBatch& batch) {
  AppendOutcome outcome;
  std::unordered_map<std::string, std::string_view> within;   // publisher and id → digest, of this batch
  bool any_new = batch.events.empty();
  for (const auto& event : batch.events) {
    bool duplicate = false;
    bool same = true;
    auto publisher = known_name(event.publisher);
    if (publisher) {
      auto rows = db_->query("SELECT digest FROM event WHERE publisher=? AND id=?", *publisher, event.id);
      if (rows.next()) {
        duplicate = true;
        same = rows.digest(0) == event.digest;
      }
    }
    if (!duplicate) {
      auto [place, fresh] = within.try_emplace(event.publisher + "\n" + event.id, event.digest);
      duplicate = !fresh;
      same = fresh || place->second == event.digest;
    }
    if (!same) {
      outcome.kind = AppendOutcome::Kind::contradiction;
      outcome.event = event.id;
      outcome.duplicate.clear();
      return outcome;
    }
    any_new = any_new || !duplicate;
    outcome.duplicate.push_back(duplicate);
  }
  if (!any_new) return outcome;
  for (const auto& object : batch.objects) {
    if (moved_on(object)) {
      outcome.kind = AppendOutcome::Kind::stale;
      outcome.duplicate.clear();
      return outcome;
    }
  }

  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (outcome.duplicate[i]) continue;
    const auto& event = batch.events[i];
    db_->run(
      "INSERT INTO event(publisher, id, recorded, digest) VALUES(?, ?, ?, ?)", name(event.publisher), event.id, now_,
      sqlite::Digest{event.digest}
    );
    if (event.entry) publish(*event.entry);
  }
  for (const auto& object : batch.objects) put_object(object);
  return outcome;
}

bool Session::moved_on(const Object& object) {
  std::uint64_t version = 0;
  if (auto kind = known_name(object.kind)) {
    auto rows = db_->query("SELECT version FROM object WHERE kind=? AND id=?", *kind, object.id);
    if (rows.next()) version = static_cast<std::uint64_t>(rows.integer(0));
  }
  return version != object.version;
}

void Session::put_object(const Object& object) {
  auto kind = name(object.kind);
  auto parties = pack_parties(object);
  auto references = pack_references(object);
  std::int64_t n = 0;
  bool references_stay = false;
  {
    std::vector<std::string> old_parties, old_references;
    Time updated{};
    {
      auto rows = db_->query("SELECT n, updated, parties, refs FROM object WHERE kind=? AND id=?", kind, object.id);
      if (rows.next()) {
        n = rows.integer(0);
        updated = rows.time(1);
        old_parties = unpack_texts(rows.view(2));
        references_stay = !object.removed && rows.view(3) == references;
        if (!references_stay) old_references = unpack_texts(rows.view(3));
      }
    }
    for (std::size_t i = 0; i + 1 < old_parties.size(); i += 2) {
      db_->run(
        "DELETE FROM object_party WHERE kind=? AND partner=? AND updated=? AND object=?", kind, name(old_parties[i]), updated, n
      );
    }
    for (std::size_t i = 0; i + 1 < old_references.size(); i += 2) {
      db_->run(
        "DELETE FROM object_reference WHERE value=? AND kind=? AND object=?", old_references[i + 1], old_references[i], n
      );
    }
  }
  if (object.removed) {
    db_->run("DELETE FROM object WHERE n=?", n);
    return;
  }
  if (n == 0) {
    db_->run(
      "INSERT INTO object(kind, id, version, updated, status, parties, refs, body) VALUES(?, ?, 1, ?, ?, ?, ?, ?)", kind,
      object.id, object.updated, sqlite::OrNull{object.status}, parties, references, object.body
    );
    n = db_->last_row();
  } else {
    db_->run(
      "UPDATE object SET version=?, updated=?, status=?, parties=?, refs=?, body=? WHERE n=?", object.version + 1,
      object.updated, sqlite::OrNull{object.status}, parties, references, object.body, n
    );
  }
  for (const auto& party : object.parties) {
    db_->run(
      "INSERT OR IGNORE INTO object_party(kind, partner, updated, object) VALUES(?, ?, ?, ?)", kind, name(party.partner),
      object.updated, n
    );
  }
  if (references_stay) return;
  for (const auto& reference : object.references) {
    db_->run(
      "INSERT OR IGNORE INTO object_reference(value, kind, object) VALUES(?, ?, ?)", reference.value, reference.kind, n
    );
  }
}

Result<bool> Session::put_subscription(const Subscription& s) {
  db_->run(
    "INSERT OR REPLACE INTO subscription(id, partner, feed, endpoint, secret, status, reason, epoch, seq, created,"
    " failing_since, last_success, last_failure, progress) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    s.id, s.partner, s.feed, s.endpoint, s.secret, static_cast<int>(s.status), sqlite::OrNull{s.reason}, s.cursor.epoch,
    s.cursor.seq, s.created, s.failing_since, s.last_success, sqlite::OrNull{s.last_failure}, sqlite::OrNull{s.progress}
  );
  return true;
}

Result<bool> Session::record_progress(const Subscription& s) {
  // Assignments see the row as it was: the reason changes with the status, while that is 'active'.
  return db_->run(
           "UPDATE subscription SET reason=CASE status WHEN ?1 THEN ?2 ELSE reason END,"
           " status=CASE status WHEN ?1 THEN ?3 ELSE status END, epoch=?4, seq=?5, failing_since=?6, last_success=?7,"
           " last_failure=?8, progress=?9 WHERE id=?10",
           static_cast<int>(Subscription::Status::active), sqlite::OrNull{s.reason}, static_cast<int>(s.status), s.cursor.epoch,
           s.cursor.seq, s.failing_since, s.last_success, sqlite::OrNull{s.last_failure}, sqlite::OrNull{s.progress}, s.id
         ) != 0;
}

Result<bool> Session::delete_subscription(const std::string& id) {
  return db_->run("DELETE FROM subscription WHERE id=?", id) != 0;
}

Result<std::uint64_t> Session::number(const std::string& scope, const std::string& sequence, const std::string& document) {
  auto known = db_->query("SELECT number FROM sequence_number WHERE scope=? AND sequence=? AND document=?", scope, sequence, document);
  if (known.next()) return static_cast<std::uint64_t>(known.integer(0));
  auto last = db_->query("SELECT last FROM sequence WHERE scope=? AND name=?", scope, sequence);
  const std::int64_t next = (last.next() ? last.integer(0) : 0) + 1;
  db_->run("INSERT OR REPLACE INTO sequence(scope, name, last) VALUES(?, ?, ?)", scope, sequence, next);
  db_->run(
    "INSERT INTO sequence_number(scope, sequence, document, number, given) VALUES(?, ?, ?, ?, ?)", scope, sequence, document, next, now_
  );
  return static_cast<std::uint64_t>(next);
}

Result<LineHead> Session::line_head(const Line& line) {
  const auto& state = this->line(line.feed, line.partner);
  return LineHead{state.epoch, state.base + 1, state.last};
}

}  // namespace wayleave::store
