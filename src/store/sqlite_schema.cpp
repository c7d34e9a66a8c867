#include "store/sqlite_schema.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/crash.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

// The layout, version 5.
//
// Receipts and documents share one sequence `n`, given by the writer in the order of commits: a receipt has n, its
// documents the numbers that follow it. `body` holds the bytes as received under the receipt's n and a canonical document
// under the document's, so that the rows which change while a document is delivered stay narrow. Partner, kind, feed,
// process and agreement are numbers of the table `name`. Digests are 32 bytes. Times are milliseconds since 1970.
//
// A document that is not finished is `open`; the index of open documents is by lane (NULL: a lane of its own) and class,
// because tests have lanes of their own. The first of a lane, unless parked or unknown, carries in `due` when it wants
// attention: the index over it is what claiming reads, however many documents wait behind. Who holds a lane is not in the file at all: there is one process, and a restart
// voids every lease.
//
// Rows are appended, or keyed by what grows within a partner, wherever that is possible: what a commit costs is the number
// of pages it touches.
//
// `line` holds one row a (feed, partner), `line_entry` one narrow row an entry and reader; `base` is the last number that
// retention removed, so that a line never counts back. An entry with a large audience would touch a page a reader: it
// goes into `wide_entry` first, as one blob (audience.hpp), and a batch of those into `line_entry` together, sorted.

namespace wayleave::store {

namespace {

constexpr int application_id = 0x5741594c;   // WAYL
// Measured: an order of 2 KB with its canonical form costs a fifth less CPU than with 4096, half the writes.
constexpr int page_size = 8192;
constexpr std::chrono::seconds check_limit{3};

constexpr const char* version_1 = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE name(n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE receipt(
  n INTEGER PRIMARY KEY, id TEXT NOT NULL, partner INTEGER NOT NULL, received INTEGER NOT NULL, test INTEGER NOT NULL,
  documents INTEGER NOT NULL, http_status INTEGER NOT NULL, site_version INTEGER NOT NULL, path TEXT, content_digest BLOB,
  idempotency_key TEXT, fingerprint BLOB, answer BLOB, report BLOB);
CREATE UNIQUE INDEX receipt_id ON receipt(id);
CREATE INDEX receipt_key ON receipt(partner, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE body(n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE document(
  n INTEGER PRIMARY KEY, id TEXT NOT NULL, receipt INTEGER NOT NULL, partner INTEGER NOT NULL, kind INTEGER NOT NULL,
  key TEXT, class INTEGER NOT NULL, status INTEGER NOT NULL, received INTEGER NOT NULL, updated INTEGER NOT NULL,
  step INTEGER NOT NULL, attempts INTEGER NOT NULL, sending INTEGER NOT NULL, next_attempt INTEGER, due INTEGER,
  open INTEGER, lane TEXT, process INTEGER, agreement INTEGER, digest BLOB, blocked TEXT);
CREATE UNIQUE INDEX document_id ON document(id);
CREATE INDEX document_partner ON document(partner);
CREATE INDEX document_key ON document(partner, key, kind, class) WHERE key IS NOT NULL;
CREATE INDEX document_lane ON document(partner, lane, open) WHERE open=1;
CREATE INDEX document_due ON document(due) WHERE due IS NOT NULL;
CREATE INDEX document_held ON document(status) WHERE status IN (6, 7);

CREATE TABLE verdict(
  document INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, code TEXT, reason TEXT, at INTEGER NOT NULL, response BLOB);
CREATE TABLE stage(
  document INTEGER NOT NULL, i INTEGER NOT NULL, at INTEGER NOT NULL, attempt INTEGER NOT NULL, name TEXT NOT NULL,
  step TEXT, outcome TEXT, detail TEXT, PRIMARY KEY(document, i)) WITHOUT ROWID;

CREATE TABLE entry(
  n INTEGER PRIMARY KEY, feed INTEGER NOT NULL, recorded INTEGER NOT NULL, key TEXT, event_id TEXT, body BLOB);
CREATE TABLE line(
  n INTEGER PRIMARY KEY, feed INTEGER NOT NULL, partner INTEGER NOT NULL, epoch TEXT NOT NULL,
  base INTEGER NOT NULL DEFAULT 0, UNIQUE(feed, partner));
CREATE TABLE line_entry(
  line INTEGER NOT NULL, seq INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY(line, seq)) WITHOUT ROWID;
CREATE TABLE wide_entry(entry INTEGER PRIMARY KEY, audience BLOB NOT NULL);

CREATE TABLE event(
  n INTEGER PRIMARY KEY, publisher INTEGER NOT NULL, id TEXT NOT NULL, recorded INTEGER NOT NULL, digest BLOB);
CREATE UNIQUE INDEX event_id ON event(publisher, id);

CREATE TABLE object(
  n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, updated INTEGER NOT NULL,
  status TEXT, parties TEXT, refs TEXT, body BLOB, UNIQUE(kind, id));
CREATE INDEX object_updated ON object(kind, updated);
CREATE TABLE object_party(
  kind INTEGER NOT NULL, partner INTEGER NOT NULL, updated INTEGER NOT NULL, object INTEGER NOT NULL,
  PRIMARY KEY(kind, partner, updated, object)) WITHOUT ROWID;
CREATE TABLE object_reference(
  value TEXT NOT NULL, kind TEXT NOT NULL, object INTEGER NOT NULL, PRIMARY KEY(value, kind, object)) WITHOUT ROWID;

CREATE TABLE subscription(
  id TEXT PRIMARY KEY, partner TEXT NOT NULL, feed TEXT NOT NULL, endpoint TEXT NOT NULL, secret TEXT NOT NULL,
  status INTEGER NOT NULL, reason TEXT, epoch TEXT NOT NULL, seq INTEGER NOT NULL, created INTEGER NOT NULL,
  failing_since INTEGER, last_success INTEGER, last_failure TEXT, progress TEXT) WITHOUT ROWID;
)sql";

// Numbers that maps count (seq()): the last one given, and which document has which.
constexpr const char* version_2 = R"sql(
CREATE TABLE sequence(scope TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(scope, name)) WITHOUT ROWID;
CREATE TABLE sequence_number(
  scope TEXT NOT NULL, sequence TEXT NOT NULL, document TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(scope, sequence, document)) WITHOUT ROWID;
)sql";

// Acknowledgments of EDI interchanges, to be fetched again byte for byte.
constexpr const char* version_3 = "ALTER TABLE receipt ADD COLUMN acknowledgment BLOB;";

// Tests keep an order of their own: what waited behind a test only comes to the front.
constexpr const char* version_4 = R"sql(
DROP INDEX document_lane;
CREATE INDEX document_lane ON document(partner, lane, class, open) WHERE open=1;
UPDATE document SET due=coalesce(next_attempt, received) WHERE open=1 AND due IS NULL AND lane IS NOT NULL AND status IN (1, 2)
  AND NOT EXISTS(SELECT 1 FROM document e WHERE e.open=1 AND e.partner=document.partner AND e.lane=document.lane
  AND e.class=document.class AND e.n<document.n);
)sql";

// When a number was given, so that who has it need not be kept for ever.
constexpr const char* version_5 = R"sql(
ALTER TABLE sequence_number ADD COLUMN given INTEGER;
UPDATE sequence_number SET given=unixepoch()*1000;
CREATE INDEX sequence_number_given ON sequence_number(given);
)sql";

/// What brings a file from version i to i + 1, in order.
constexpr const char* migrations[] = {version_1, version_2, version_3, version_4, version_5};
static_assert(std::size(migrations) == schema_version);

std::int64_t ask(sqlite::Connection& db, const char* literal) {
  auto rows = db.query(literal);
  return rows.next() ? rows.integer(0) : 0;
}

void set_common_pragmas(sqlite::Connection& db) {
  auto* handle = db.handle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Closing a connection must not checkpoint behind the writer's back: its result would be lost.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  db.execute("PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;"
             "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;");
}

void refuse_foreign(sqlite::Connection& db, const std::string& path) {
  auto version = ask(db, "PRAGMA user_version");
  auto application = ask(db, "PRAGMA application_id");
  auto tables = ask(db, "SELECT count(*) FROM sqlite_schema");
  if (tables != 0 && application != application_id) {
    throw ProblemError{{Errc::unusable, fmt::format("{} is not a Wayleave store; name another directory", path)}};
  }
  if (version > schema_version) {
    throw ProblemError{{Errc::unusable, fmt::format(
      "{} was written by a newer Wayleave (layout {}, this program knows {}); run that version, or restore a backup made "
      "before the upgrade", path, version, schema_version
    )}};
  }
}

void migrate(sqlite::Connection& db) {
  auto version = ask(db, "PRAGMA user_version");
  if (version == schema_version) return;
  db.execute("BEGIN IMMEDIATE");
  try {
    for (auto i = version; i < schema_version; ++i) db.execute(migrations[i]);
    crash_point("mid-migration");
    db.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, schema_version).c_str());
    db.execute("COMMIT");
  } catch (...) {
    db.roll_back();
    throw;
  }
}

/// Reads every page, but no longer than a start may take; a check cut short has found nothing so far.
void check_content(sqlite::Connection& db, const std::string& path) {
  auto until = std::chrono::steady_clock::now() + check_limit;
  auto late = [](void* limit) {
    return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(limit) ? 1 : 0;
  };
  sqlite3_progress_handler(db.handle(), 10'000, late, &until);
  std::string damage;
  try {
    auto rows = db.query("PRAGMA quick_check(5)");
    while (rows.next()) {
      if (rows.view(0) != "ok") damage += (damage.empty() ? "" : "; ") + rows.text(0);
    }
  } catch (const sqlite::Failure& failure) {
    if (failure.primary() == SQLITE_INTERRUPT) {
      log::info("store.check-cut-short", {{"path", path}, {"seconds", check_limit.count()}});
    } else {
      damage = failure.message;
    }
  }
  sqlite3_progress_handler(db.handle(), 0, nullptr, nullptr);
  if (!damage.empty()) {
    throw ProblemError{{Errc::unusable, fmt::format(
      "{} is damaged ({}); keep a copy, restore the last backup, or recover what is readable with `sqlite3 wayleave.db "
      ".recover`", path, damage
    )}};
  }
}

}  // namespace

std::unique_ptr<sqlite::Connection> open_writer(const std::string& path, bool synchronous) {
  auto db = std::make_unique<sqlite::Connection>(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  set_common_pragmas(*db);
  refuse_foreign(*db, path);
  db->execute(fmt::format("PRAGMA page_size={}; PRAGMA auto_vacuum=NONE", page_size).c_str());
  db->execute("PRAGMA journal_mode=WAL");
  // The writer checkpoints by itself: an automatic checkpoint swallows a failing fsync.
  db->execute("PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864; PRAGMA secure_delete=FAST;"
              "PRAGMA cache_size=-16384");
  db->execute(synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
  check_content(*db, path);
  migrate(*db);
  return db;
}

std::unique_ptr<sqlite::Connection> open_reader(const std::string& path) {
  auto db = std::make_unique<sqlite::Connection>(path, SQLITE_OPEN_READONLY);
  set_common_pragmas(*db);
  db->execute("PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0");
  return db;
}

}  // namespace wayleave::store
