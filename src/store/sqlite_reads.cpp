#include "store/sqlite_reads.hpp"

#include <algorithm>

#include "store/audience.hpp"
#include "store/sqlite_rows.hpp"
#include "store/sqlite_schema.hpp"
#include "store/window.hpp"

namespace wayleave::store {

std::unique_ptr<sqlite::Connection> ReaderPool::take() {
  std::unique_lock lock{mutex_};
  returned_.wait(lock, [this] { return !idle_.empty() || open_ < most_; });
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  ++open_;
  lock.unlock();
  try {
    return open_reader(path_);
  } catch (...) {
    lock.lock();
    --open_;
    throw;
  }
}

void ReaderPool::give_back(std::unique_ptr<sqlite::Connection> connection) {
  {
    std::lock_guard lock{mutex_};
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

void ReaderPool::close() {
  std::lock_guard lock{mutex_};
  open_ -= idle_.size();
  idle_.clear();
}

DocumentRecord document_record(const sqlite::Rows& row) {
  DocumentRecord record;
  record.id = row.text(0);
  record.receipt = row.text(1);
  record.partner = row.text(2);
  record.kind = row.text(3);
  record.key = row.text(4);
  record.process = row.text(5);
  record.lane = row.text(6);
  record.agreement = row.text(7);
  record.status = static_cast<Status>(row.integer(8));
  record.test = row.integer(9) != 0;
  record.received = row.time(10);
  record.updated = row.time(11);
  record.step = static_cast<int>(row.integer(12));
  record.attempts = static_cast<int>(row.integer(13));
  if (!row.null(14)) record.next_attempt = row.time(14);
  record.blocked = row.text(15);
  record.canonical_digest = row.digest(16);
  if (!row.null(17)) {
    auto& verdict = record.verdict.emplace();
    verdict.accepted = row.integer(17) != 0;
    verdict.code = row.text(18);
    verdict.reason = row.text(19);
    verdict.at = row.time(20);
    verdict.response = row.bytes(21);
  }
  return record;
}

std::string pack_texts(const std::vector<std::string_view>& texts) {
  std::string packed;
  for (auto text : texts) {
    packed += std::to_string(text.size());
    packed += ':';
    packed += text;
  }
  return packed;
}

std::vector<std::string> unpack_texts(std::string_view packed) {
  std::vector<std::string> texts;
  while (!packed.empty()) {
    std::size_t size = 0;
    std::size_t at = 0;
    while (at < packed.size() && packed[at] >= '0' && packed[at] <= '9') size = size * 10 + static_cast<std::size_t>(packed[at++] - '0');
    if (at == packed.size() || packed[at] != ':' || size > packed.size() - at - 1) return {};
    texts.emplace_back(packed.substr(at + 1, size));
    packed.remove_prefix(at + 1 + size);
  }
  return texts;
}

namespace reads {

namespace {

Object object_of(const sqlite::Rows& row) {
  Object object;
  object.kind = row.text(0);
  object.id = row.text(1);
  object.version = static_cast<std::uint64_t>(row.integer(2));
  object.updated = row.time(3);
  object.status = row.text(4);
  auto parties = unpack_texts(row.view(5));
  for (std::size_t i = 0; i + 1 < parties.size(); i += 2) object.parties.push_back({parties[i], parties[i + 1]});
  auto references = unpack_texts(row.view(6));
  for (std::size_t i = 0; i + 1 < references.size(); i += 2) object.references.push_back({references[i], references[i + 1]});
  object.body = row.bytes(7);
  return object;
}

#define WAYLEAVE_OBJECT_COLUMNS "k.text, o.id, o.version, o.updated, o.status, o.parties, o.refs, o.body"

Subscription subscription_of(const sqlite::Rows& row) {
  Subscription s;
  s.id = row.text(0);
  s.partner = row.text(1);
  s.feed = row.text(2);
  s.endpoint = row.text(3);
  s.secret = row.text(4);
  s.status = static_cast<Subscription::Status>(row.integer(5));
  s.reason = row.text(6);
  s.cursor.epoch = row.text(7);
  s.cursor.seq = static_cast<std::uint64_t>(row.integer(8));
  s.created = row.time(9);
  if (!row.null(10)) s.failing_since = row.time(10);
  if (!row.null(11)) s.last_success = row.time(11);
  s.last_failure = row.text(12);
  s.progress = row.text(13);
  return s;
}

#define WAYLEAVE_SUBSCRIPTION_COLUMNS                                                                                  \
  "id, partner, feed, endpoint, secret, status, reason, epoch, seq, created, failing_since, last_success, last_failure," \
  " progress"

/// Several queries on one state of the file.
class Snapshot {
 public:
  explicit Snapshot(sqlite::Connection& db) : db_(db) { db_.run("BEGIN"); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() { db_.roll_back(); }

 private:
  sqlite::Connection& db_;
};

/// Where documents received at `since` or later begin, by halving: numbers and times grow together, but for the moments
/// between arrival and commit and for clocks put right; the slack covers those.
std::int64_t first_document_since(sqlite::Connection& db, const std::optional<Time>& since) {
  constexpr std::chrono::hours slack{1};
  if (!since) return 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
  {
    auto rows = db.query("SELECT max(n) FROM document");
    if (rows.next()) high = rows.integer(0) + 1;
  }
  while (high - low > 1) {
    auto middle = low + (high - low) / 2;
    auto rows = db.query("SELECT received FROM document WHERE n>=? ORDER BY n LIMIT 1", middle);
    (rows.next() && rows.time(0) < *since - slack ? low : high) = middle;
  }
  return low;
}

template <class T>
std::optional<T> optional_text(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<T>{text};
}

}  // namespace

std::optional<ReceiptRecord> receipt(sqlite::Connection& db, const std::string& id) {
  ReceiptRecord record;
  std::int64_t n = 0;
  {
    auto rows = db.query(
      "SELECT r.n, r.id, p.text, r.path, r.content_digest, r.received, r.test, r.http_status, r.answer, r.report, r.acknowledgment"
      " FROM receipt r JOIN name p ON p.n=r.partner WHERE r.id=?", id
    );
    if (!rows.next()) return std::nullopt;
    n = rows.integer(0);
    record.id = rows.text(1);
    record.partner = rows.text(2);
    record.path = rows.text(3);
    record.content_digest = rows.digest(4);
    record.received = rows.time(5);
    record.test = rows.integer(6) != 0;
    record.http_status = static_cast<int>(rows.integer(7));
    record.answer = rows.bytes(8);
    record.report = rows.bytes(9);
    record.acknowledgment = rows.bytes(10);
  }
  auto rows = db.query(
    "SELECT " WAYLEAVE_DOCUMENT_COLUMNS " FROM receipt s JOIN document d ON d.n>s.n AND d.n<=s.n+s.documents"
    WAYLEAVE_DOCUMENT_JOINS " WHERE s.n=? ORDER BY d.n", n
  );
  while (rows.next()) record.documents.push_back(document_record(rows));
  return record;
}

std::optional<Bytes> receipt_content(sqlite::Connection& db, const std::string& id) {
  auto rows = db.query("SELECT b.bytes FROM receipt r LEFT JOIN body b ON b.n=r.n WHERE r.id=?", id);
  return rows.next() ? std::optional{rows.bytes(0)} : std::nullopt;
}

std::optional<DocumentRecord> document(sqlite::Connection& db, const std::string& id) {
  auto rows = db.query("SELECT " WAYLEAVE_DOCUMENT_COLUMNS " FROM document d" WAYLEAVE_DOCUMENT_JOINS " WHERE d.id=?", id);
  return rows.next() ? std::optional{document_record(rows)} : std::nullopt;
}

std::optional<Bytes> document_canonical(sqlite::Connection& db, const std::string& id) {
  auto rows = db.query("SELECT b.bytes FROM document d LEFT JOIN body b ON b.n=d.n WHERE d.id=?", id);
  return rows.next() ? std::optional{rows.bytes(0)} : std::nullopt;
}

std::vector<Stage> stages(sqlite::Connection& db, const std::string& document) {
  std::vector<Stage> stages;
  auto rows = db.query(
    "SELECT s.name, s.step, s.at, s.outcome, s.attempt, s.detail FROM document d JOIN stage s ON s.document=d.n WHERE d.id=?"
    " ORDER BY s.i", document
  );
  while (rows.next()) {
    auto& stage = stages.emplace_back();
    stage.name = rows.text(0);
    stage.step = rows.text(1);
    stage.at = rows.time(2);
    stage.outcome = rows.text(3);
    stage.attempt = static_cast<int>(rows.integer(4));
    stage.detail = rows.text(5);
  }
  return stages;
}

std::vector<DocumentRecord> documents(sqlite::Connection& db, const DocumentQuery& query) {
  std::vector<DocumentRecord> found;
  auto first = first_document_since(db, query.since);
  std::int64_t without = 0;
  for (auto status : query.without) without |= std::int64_t{1} << static_cast<int>(status);
  bool taken = std::ranges::find(query.without, Status::rejected) != query.without.end();
  auto read = [&](const char* sql) {
    std::optional<std::int64_t> status;
    if (query.status) status = static_cast<std::int64_t>(*query.status);
    auto rows = db.query(
      sql, optional_text<std::string_view>(query.partner), optional_text<std::string_view>(query.key),
      optional_text<std::string_view>(query.kind), status, query.since, query.limit, first, query.test, without
    );
    while (rows.next()) found.push_back(document_record(rows));
  };
  // One statement for each index that can lead; what remains is filtered on the way, newest first.
#define WAYLEAVE_DOCUMENTS(index, condition)                                                                           \
  "SELECT " WAYLEAVE_DOCUMENT_COLUMNS " FROM document d " index WAYLEAVE_DOCUMENT_JOINS " WHERE " condition             \
  " AND (?1 IS NULL OR p.text=?1) AND (?2 IS NULL OR d.key=?2) AND (?3 IS NULL OR k.text=?3)"                          \
  " AND (?4 IS NULL OR d.status=?4) AND (?5 IS NULL OR d.received>=?5) AND d.n>=?7"                          \
  " AND (?8 IS NULL OR r.test=?8) AND (?9>>d.status)&1=0 ORDER BY d.n DESC LIMIT ?6"
  bool held = query.status == Status::parked || query.status == Status::unknown;
  if (!query.key.empty() && !query.partner.empty() && !query.kind.empty() && taken) {
    // However many of this key were rejected: they stand apart in the index.
    read(WAYLEAVE_DOCUMENTS(
      "INDEXED BY document_key",
      "d.partner=(SELECT n FROM name WHERE text=?1) AND d.key=?2 AND d.kind=(SELECT n FROM name WHERE text=?3) AND d.class IN (0, 1)"
    ));
  } else if (!query.key.empty() && !query.partner.empty()) {
    read(WAYLEAVE_DOCUMENTS("INDEXED BY document_key", "d.partner=(SELECT n FROM name WHERE text=?1) AND d.key=?2"));
  } else if (!query.key.empty()) {
    read(WAYLEAVE_DOCUMENTS("INDEXED BY document_key", "d.partner IN (SELECT n FROM name) AND d.key=?2"));
  } else if (query.status == Status::delivering) {
    read(WAYLEAVE_DOCUMENTS("INDEXED BY document_lane", "d.open=1"));
  } else if (held) {
    read(WAYLEAVE_DOCUMENTS("INDEXED BY document_held", "d.status IN (6, 7)"));
  } else if (!query.partner.empty()) {
    read(WAYLEAVE_DOCUMENTS("INDEXED BY document_partner", "d.partner=(SELECT n FROM name WHERE text=?1)"));
  } else {
    read(WAYLEAVE_DOCUMENTS("NOT INDEXED", "1"));
  }
#undef WAYLEAVE_DOCUMENTS
  return found;
}

std::optional<First> idempotency(
  sqlite::Connection& db, const std::string& partner, const std::string& key, Time now, std::string& fingerprint
) {
  if (key.empty()) return std::nullopt;
  auto rows = db.query(
    "SELECT id, received, fingerprint, http_status, site_version, answer FROM receipt INDEXED BY receipt_key"
    " WHERE partner=(SELECT n FROM name WHERE text=?) AND idempotency_key=? ORDER BY n DESC LIMIT 1", partner, key
  );
  if (!rows.next() || rows.time(1) < now - known_for(key)) return std::nullopt;
  First first;
  first.receipt = rows.text(0);
  fingerprint = rows.digest(2);
  first.http_status = static_cast<int>(rows.integer(3));
  first.site_version = static_cast<std::uint64_t>(rows.integer(4));
  first.answer = rows.bytes(5);
  return first;
}

std::vector<Entry> read_line(
  sqlite::Connection& db, const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes
) {
  struct Number {
    std::uint64_t seq;
    std::int64_t entry;
  };
  std::vector<Number> numbers;
  Snapshot snapshot{db};
  std::int64_t line_n = 0;
  {
    auto rows = db.query(
      "SELECT n FROM line WHERE feed=(SELECT n FROM name WHERE text=?) AND partner=(SELECT n FROM name WHERE text=?)", line.feed,
      line.partner
    );
    if (!rows.next()) return {};
    line_n = rows.integer(0);
  }
  {
    auto rows = db.query("SELECT seq, entry FROM line_entry WHERE line=? AND seq>? ORDER BY seq LIMIT ?", line_n, after, limit);
    while (rows.next()) numbers.push_back({static_cast<std::uint64_t>(rows.integer(0)), rows.integer(1)});
  }
  {
    auto rows = db.query("SELECT entry, audience FROM wide_entry");
    while (rows.next()) {
      auto seq = Audience::find(rows.view(1), line_n);
      if (seq > after) numbers.push_back({seq, rows.integer(0)});
    }
  }
  std::ranges::sort(numbers, {}, &Number::seq);
  numbers.resize(std::min(numbers.size(), limit));

  std::vector<Entry> entries;
  std::size_t bytes = 0;
  for (auto [seq, n] : numbers) {
    if (!entries.empty() && bytes >= max_bytes) break;
    auto rows = db.query("SELECT key, event_id, recorded, body FROM entry WHERE n=?", n);
    if (!rows.next()) break;
    auto& entry = entries.emplace_back();
    entry.seq = seq;
    entry.position = static_cast<std::uint64_t>(n);
    entry.key = rows.text(0);
    entry.event_id = rows.text(1);
    entry.recorded = rows.time(2);
    entry.body = rows.bytes(3);
    bytes += entry.body ? entry.body->size() : 0;
  }
  return entries;
}

std::optional<Object> object(sqlite::Connection& db, const std::string& kind, const std::string& id) {
  auto rows = db.query(
    "SELECT " WAYLEAVE_OBJECT_COLUMNS " FROM name k JOIN object o ON o.kind=k.n WHERE k.text=? AND o.id=?", kind, id
  );
  return rows.next() ? std::optional{object_of(rows)} : std::nullopt;
}

std::vector<Object> objects(sqlite::Connection& db, const Store::ObjectQuery& query) {
  std::vector<Object> found;
  auto since = query.updated_since.value_or(Time::min());
  auto read = [&](const char* sql, const auto&... more) {
    auto rows = db.query(sql, query.kind, since, query.limit, query.partner, more...);
    while (rows.next()) found.push_back(object_of(rows));
  };
  // The source names the index that leads; an order and its reverse are two statements.
#define WAYLEAVE_OBJECTS(source, condition, updated, n, order)                                                         \
  "SELECT " WAYLEAVE_OBJECT_COLUMNS " FROM " source " JOIN name k ON k.n=o.kind WHERE o.kind=(SELECT n FROM name WHERE" \
  " text=?1) AND " updated ">=?2 AND " condition " ORDER BY " updated " " order ", " n " " order        \
  " LIMIT ?3"
#define WAYLEAVE_OBJECTS_BY_REFERENCE(order)                                                                           \
  WAYLEAVE_OBJECTS(                                                                                                    \
    "object_reference f CROSS JOIN object o ON o.n=f.object",                                                          \
    "f.value=?6 AND (?5='' OR f.kind=?5) AND (?4='' OR EXISTS(SELECT 1 FROM object_party y WHERE y.kind=o.kind AND"     \
    " y.partner=(SELECT n FROM name WHERE text=?4) AND y.updated=o.updated AND y.object=o.n))",                        \
    "o.updated", "o.n", order                                                                                          \
  )
#define WAYLEAVE_OBJECTS_BY_PARTY(order)                                                                               \
  WAYLEAVE_OBJECTS(                                                                                                    \
    "object_party z CROSS JOIN object o ON o.n=z.object",                                                              \
    "z.kind=(SELECT n FROM name WHERE text=?1) AND z.partner=(SELECT n FROM name WHERE text=?4)", "z.updated",         \
    "z.object", order                                                                                                  \
  )
#define WAYLEAVE_OBJECTS_OF_KIND(order)                                                                                \
  WAYLEAVE_OBJECTS("object o INDEXED BY object_updated", "?4=''", "o.updated", "o.n", order)
  bool forward = query.updated_since.has_value();
  if (!query.reference_value.empty()) {
    read(
      forward ? WAYLEAVE_OBJECTS_BY_REFERENCE("ASC") : WAYLEAVE_OBJECTS_BY_REFERENCE("DESC"), query.reference_kind,
      query.reference_value
    );
  } else if (!query.partner.empty()) {
    read(forward ? WAYLEAVE_OBJECTS_BY_PARTY("ASC") : WAYLEAVE_OBJECTS_BY_PARTY("DESC"));
  } else {
    read(forward ? WAYLEAVE_OBJECTS_OF_KIND("ASC") : WAYLEAVE_OBJECTS_OF_KIND("DESC"));
  }
#undef WAYLEAVE_OBJECTS
#undef WAYLEAVE_OBJECTS_BY_REFERENCE
#undef WAYLEAVE_OBJECTS_OF_KIND
#undef WAYLEAVE_OBJECTS_BY_PARTY
  return found;
}

std::vector<KnownEvent> known_events(sqlite::Connection& db, const std::string& publisher, const std::vector<std::string>& ids) {
  std::vector<KnownEvent> known(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto rows = db.query("SELECT digest FROM event WHERE publisher=(SELECT n FROM name WHERE text=?) AND id=?", publisher, ids[i]);
    if (rows.next()) known[i].digest = rows.digest(0);
  }
  return known;
}

std::vector<Subscription> subscriptions(sqlite::Connection& db, const std::string& partner) {
  std::vector<Subscription> found;
  auto rows = db.query(
    "SELECT " WAYLEAVE_SUBSCRIPTION_COLUMNS " FROM subscription WHERE ?1='' OR partner=?1 ORDER BY id", partner
  );
  while (rows.next()) found.push_back(subscription_of(rows));
  return found;
}

std::optional<Subscription> subscription(sqlite::Connection& db, const std::string& id) {
  auto rows = db.query("SELECT " WAYLEAVE_SUBSCRIPTION_COLUMNS " FROM subscription WHERE id=?", id);
  return rows.next() ? std::optional{subscription_of(rows)} : std::nullopt;
}

}  // namespace reads

}  // namespace wayleave::store
