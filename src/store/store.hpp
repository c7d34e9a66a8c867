#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

/// What is durable. Whole units of work, asynchronous, each with its own outcome; no transaction handle, SQL or row type
/// leaves this room. A unit that the store answered is on disk (fdatasync done) before the awaiting coroutine goes on.
/// Units waiting at the same time share one commit, and none of them can fail another.
///
/// A unit that answers a Problem changed nothing. Errors common to all units: Errc::storage (not durable; try again
/// later: disk full, read-only), Errc::stopping. A failing fdatasync never returns: the process ends with exit code 70.
/// Cancelling the awaiting coroutine does not take a unit back. The executor of an awaiting coroutine must outlive its
/// unit: stop() the store before the io_context goes.
namespace wayleave::store {

namespace asio = boost::asio;
template <class T>
using Future = asio::awaitable<Result<T>>;

using Bytes = std::shared_ptr<const std::string>;   ///< opaque bodies, shared between store, feed and sessions; null: none

/// How long an idempotency key is remembered, and how long an accepted document blocks its business key; both counted
/// back from Acceptance::received.
inline constexpr std::chrono::days idempotency_window{30};
inline constexpr std::chrono::days duplicate_window{400};

// ---------------------------------------------------------------------------------------------------------------- log

/// A line is what one reader reads: (feed, partner), numbered 1, 2, 3 … without holes. Feeds: `shipment-status`,
/// `network-status`, `documents`.
struct Line {
  std::string feed;
  std::string partner;
  auto operator<=>(const Line&) const = default;
};

/// `epoch:seq`. The epoch changes only when the line was lost or rebuilt.
struct Cursor {
  std::string epoch;
  std::uint64_t seq = 0;
  std::string text() const { return epoch + ":" + std::to_string(seq); }
  /// Only what text() could have made.
  static std::optional<Cursor> parse(std::string_view text);
  auto operator<=>(const Cursor&) const = default;
};

/// Something to be published: stored once, numbered once per partner in `audience`.
struct NewEntry {
  std::string feed;
  std::string key;                       ///< what order is kept by: shipment id, situation, document id
  std::string event_id;
  Bytes body;                            ///< XML on one line
  std::vector<std::string> audience;     ///< partner ids, fixed now; empty: kept for the operator only
};

/// An entry as a reader of `line` sees it.
struct Entry {
  std::uint64_t seq = 0;
  std::uint64_t position = 0;            ///< in the log as a whole; never shown to partners
  std::string key;
  std::string event_id;
  Time recorded{};
  Bytes body;
};

struct LineHead {
  std::string epoch;
  std::uint64_t first = 1;               ///< the earliest number still kept
  std::uint64_t last = 0;                ///< 0: nothing yet
};

/// What a commit put at the end of lines; told after the commit and before its units are answered, in order, on the
/// store's thread: be quick, post away, call nothing of the store's.
struct Appended {
  Line line;
  std::string epoch;
  Entry entry;
};
using OnAppended = std::function<void(std::shared_ptr<const std::vector<Appended>>)>;

// ---------------------------------------------------------------------------------------------------------- documents

enum class Status : std::uint8_t { rejected, accepted, delivering, delivered, confirmed, refused, parked, unknown, discarded };
std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// One document of a receipt, as it is to be kept.
struct NewDocument {
  std::string id;
  std::string kind;                      ///< order, order-change, reroute, order-response …
  std::string key;                       ///< business identity; may be empty when rejected
  Status status = Status::accepted;      ///< accepted or rejected
  Bytes canonical;                       ///< empty when rejected
  std::string canonical_digest;          ///< SHA-256 hex of its canonical form: same content or not
  std::string process;                   ///< name; empty: nothing to deliver, the document stays accepted
  std::string lane;                      ///< of (partner, lane, test); empty: no order is kept
  std::string agreement;                 ///< which agreement admitted it (for replay)
  bool check_duplicate = true;           ///< false: `duplicates="allow"`
};

/// Everything of one submission, accepted or rejected. One unit of work.
struct Acceptance {
  std::string receipt;                   ///< id
  std::string partner;
  Time received{};
  bool test = false;
  std::string path;                      ///< the route it came by
  Bytes content;                         ///< as received
  std::string content_digest;            ///< SHA-256 hex
  std::string idempotency_key;           ///< empty: none
  std::string fingerprint;               ///< of path + bytes; with idempotency_key
  std::uint64_t site_version = 0;        ///< a remembered 422 is judged anew under another version
  std::vector<NewDocument> documents;
  int http_status = 202;                 ///< the answer as it will be sent, for replays of the key
  Bytes answer;                          ///< canonical XML form of the answer
  Bytes report;                          ///< findings, when there are any
  Bytes acknowledgment;                  ///< of an EDI interchange, as it is sent
  std::vector<NewEntry> entries;         ///< feed `documents`, order responses
};

/// The first answer, for a repeat.
struct First {
  std::string receipt;
  std::string document;                  ///< of a business duplicate
  int http_status = 0;
  Bytes answer;
  std::uint64_t site_version = 0;
};

/// Judged in this order: the key, then the documents; the first that contradicts decides, before all that are known. Among
/// several earlier documents with one business key any of the same digest makes a duplicate; `first` is the earliest that fits.
struct AcceptOutcome {
  enum class Kind : std::uint8_t {
    accepted,          ///< durable, new
    repeated,          ///< this idempotency key with this fingerprint was answered before: `first`; nothing was stored.
                       ///< Not so for a remembered 422 of another site version: that is judged anew, and remembered anew
    key_reused,        ///< this idempotency key with another fingerprint; nothing was stored
    duplicate,         ///< (partner, kind, key, test) accepted before with the same canonical digest: `first`; nothing was stored
    contradiction,     ///< the same with another digest: `first`; nothing was stored
  } kind = Kind::accepted;
  First first;                           ///< of a duplicate: that of the first known document
  std::vector<std::size_t> known;        ///< of a duplicate: which of the documents, ascending; the others are new
};

/// A step, an attempt, a verdict in the life of a document.
struct Stage {
  std::string name;                      ///< received validated mapped step verdict acknowledged
  std::string step;
  Time at{};
  std::string outcome;                   ///< ok waiting failed
  int attempt = 0;
  std::string detail;
};

struct Verdict {
  bool accepted = true;
  std::string code;
  std::string reason;                    ///< customer-facing
  Time at{};
  Bytes response;                        ///< canonical response, when the back end gave one
};

struct DocumentRecord {
  std::string id, receipt, partner, kind, key, process, lane, agreement;
  Status status = Status::accepted;
  bool test = false;
  Time received{};
  Time updated{};
  int step = 0;                          ///< index of the step to run next
  int attempts = 0;                      ///< of that step, those that count
  std::optional<Time> next_attempt;
  std::string blocked;                   ///< why it waits or is parked; for operators
  std::string canonical_digest;
  std::optional<Verdict> verdict;
};

struct ReceiptRecord {
  std::string id, partner, path, content_digest;
  Time received{};
  bool test = false;
  int http_status = 0;
  Bytes answer;
  Bytes report;
  std::vector<DocumentRecord> documents;
  Bytes acknowledgment;                  ///< of an EDI interchange
};

struct DocumentQuery {
  std::string partner, kind, key;        ///< empty: any
  std::optional<Status> status;
  std::optional<Time> since;
  std::size_t limit = 100;               ///< of those that fit
  std::optional<bool> test = {};         ///< only tests, or none
  std::vector<Status> without = {};      ///< none of these statuses
};

// ------------------------------------------------------------------------------------------------------------ delivery

/// A claimed lane: only the holder of the newest token may change its documents. A later claim (lease over) or a release
/// makes every earlier token stale: its units fail with Errc::conflict and change nothing. So does a restart. A lease that
/// is over and that nobody else claimed still counts.
struct Fence {
  std::string partner;
  std::string lane;                      ///< `#<document id>` for documents that keep no order
  std::uint64_t token = 0;
  bool test = false;                     ///< tests and production never wait for each other
};

struct ClaimedLane {
  Fence fence;
  /// The first document of the lane that is not finished. Status `unknown`: it was marked sending and its holder went
  /// away; never send it, tell its partner and end with park(). Until that is done the lane is claimed again and again.
  DocumentRecord head;
};

/// What a step's attempt came to. Exactly one of the units below ends an attempt. `release` gives the lane back in the
/// same unit; otherwise the holder keeps it.
struct StepDone {
  std::string document;
  Stage stage;                           ///< appended to its life
  Status status = Status::delivering;    ///< delivering: more steps follow
  int next_step = 0;
  std::optional<Verdict> verdict;
  std::vector<NewEntry> entries;
  bool release = false;
};
struct StepRetry {
  std::string document;
  Stage stage;                           ///< without a name: not kept (waiting goes on; it was said before)
  Time at{};
  bool counts = true;                    ///< false: the breaker was open; attempts stay as they are
  std::vector<NewEntry> entries;         ///< the first retry moves accepted to delivering
  bool release = false;
};
struct StepParked {
  std::string document;
  Stage stage;
  Status status = Status::parked;        ///< or unknown
  std::vector<NewEntry> entries;
  bool release = false;
};

/// The back end's word on a document, come by the internal listener. It finishes any document that was accepted and has
/// no verdict yet, whoever holds its lane. The same again: the same `accepted`, and for a refusal the same code.
struct Settlement {
  std::string document;
  Verdict verdict;
  Stage stage;
  std::vector<NewEntry> entries;
};
enum class SettleOutcome : std::uint8_t { settled, repeated, contradicts };

// --------------------------------------------------------------------------------------------------------------- state

/// The current state of a shipment, a network situation …: an opaque body with what it is found by.
struct Object {
  std::string kind;                      ///< shipment, situation
  std::string id;
  std::uint64_t version = 0;             ///< 0: does not exist yet
  std::string status;
  Time updated{};
  Bytes body;
  struct Party {
    std::string partner, role;
    auto operator<=>(const Party&) const = default;
  };
  std::vector<Party> parties;            ///< who may see it, and as what
  struct Reference {
    std::string kind, value;
    auto operator<=>(const Reference&) const = default;
  };
  std::vector<Reference> references;
  bool removed = false;                  ///< in a batch: it goes
};

/// Events of one request: all or nothing. Folding was done by the caller on the versions it read. When every event turns
/// out to be a duplicate, the objects are left alone too.
struct EventBatch {
  struct Event {
    std::string id;                      ///< of the event; scope: the publisher
    std::string publisher;               ///< back-end id
    std::string digest;                  ///< SHA-256 hex of the canonical bytes as sent
    std::optional<NewEntry> entry;
  };
  std::vector<Event> events;
  std::vector<Object> objects;           ///< new states; `version` is the version that was read
};
struct AppendOutcome {
  enum class Kind : std::uint8_t {
    appended,
    stale,             ///< an object has moved on: read again, fold again
    contradiction,     ///< `event` is known with another digest; nothing was stored
  } kind = Kind::appended;
  std::string event;
  std::vector<bool> duplicate;           ///< per event: known before, nothing was made of it
};
/// Which of these event ids are known already, and with which digest (empty: not known).
struct KnownEvent {
  std::string digest;
};

// ------------------------------------------------------------------------------------------------------- subscriptions

struct Subscription {
  std::string id, partner, feed, endpoint, secret;
  enum class Status : std::uint8_t { active, paused, suspended } status = Status::active;
  std::string reason;                    ///< why suspended
  Cursor cursor;                         ///< everything up to here was delivered or parked
  Time created{};
  std::optional<Time> failing_since;     ///< first failure after the last success
  std::optional<Time> last_success;
  std::string last_failure;
  /// Keys that wait for their retry: entries after `cursor` already delivered, and what failed. Opaque to the store.
  std::string progress;
};

// ---------------------------------------------------------------------------------------------------------------------

struct Health {
  bool writable = true;
  std::string reason;                    ///< when not
  std::uint64_t waiting = 0;             ///< units in the queue
  double mean_group = 0;                 ///< units a commit since start
  std::uint64_t commits = 0, units = 0;
};

struct Counts {
  std::uint64_t parked = 0, unknown = 0, waiting = 0;   ///< documents; waiting: accepted or delivering
};

class Store {
 public:
  virtual ~Store() = default;

  // Units of work: any thread may call; the coroutine resumes on its own executor.
  virtual Future<AcceptOutcome> accept(Acceptance acceptance) = 0;
  /// The answer of a receipt's idempotency key was replaced (Prefer: wait gave 200 instead of 202).
  /// Errc::not_found: no such receipt.
  virtual Future<bool> remember_answer(std::string receipt, int http_status, Bytes answer) = 0;

  /// Lanes whose head is due at `now` and that nobody holds; leased until now + lease. At most `limit`.
  virtual Future<std::vector<ClaimedLane>> claim_lanes(std::string node, Time now, std::chrono::milliseconds lease, std::size_t limit) = 0;
  /// For repeat="unsafe": durable before the bytes leave. A document still marked when its lane is claimed again (crash,
  /// lease over) becomes `unknown`; see ClaimedLane. Errc::conflict when it is marked already or not to be sent.
  virtual Future<bool> sending(Fence fence, std::string document) = 0;
  /// True: done. False: the document was finished meanwhile (settled, discarded): only the stage was kept. These units
  /// may name any document of the lane, not only its head.
  virtual Future<bool> complete_step(Fence fence, StepDone done) = 0;
  virtual Future<bool> retry_at(Fence fence, StepRetry retry) = 0;
  virtual Future<bool> park(Fence fence, StepParked parked) = 0;
  virtual Future<bool> release(Fence fence) = 0;
  /// The next unfinished document of the lane, if it is due; nullopt: none. Checks the fence.
  virtual Future<std::optional<DocumentRecord>> next_in_lane(Fence fence, Time now) = 0;
  virtual Future<SettleOutcome> settle(Settlement settlement) = 0;
  /// Back to `step` 0 or to the failed step: status delivering, due now. Only parked, unknown, refused or delivered ones.
  /// `canonical`: set when it was mapped anew. Its verdict is forgotten. Errc::conflict for any other status, and for a
  /// document without a process.
  virtual Future<bool> replay(std::string document, int from_step, Bytes canonical, Stage stage, std::vector<NewEntry> entries) = 0;
  /// An operator's decision (discarded, parked, …). False: it has that status already, nothing was changed. Errc::conflict
  /// for rejected documents, for any document to become rejected, and for one without a process to become delivering.
  virtual Future<bool> set_status(std::string document, Status status, Stage stage, std::vector<NewEntry> entries) = 0;

  virtual Future<AppendOutcome> append(EventBatch batch) = 0;
  virtual Future<bool> put_subscription(Subscription subscription) = 0;    ///< insert or replace
  /// What pushing changes: cursor, progress, failing_since, last_success, last_failure, and the status with its reason
  /// while the stored one is active. False: there is none (deleted meanwhile); never brings one back.
  virtual Future<bool> record_progress(Subscription pushed) = 0;
  virtual Future<bool> delete_subscription(std::string id) = 0;            ///< false: there was none
  /// The number of a document in a sequence: the next one when it asks for the first time, the same as long as documents
  /// are kept. Numbers of a scope count from 1 without gaps over the documents that asked.
  virtual Future<std::uint64_t> number(std::string scope, std::string sequence, std::string document) = 0;
  /// Removes entries recorded and receipts received (with their documents) before these, and which document had which
  /// number, in small units between the others; lines and sequences keep counting, unfinished documents and their receipts
  /// stay. How many entries and documents went. Objects stay: their owner removes them (Object::removed).
  virtual Future<std::uint64_t> retain(Time documents_before, Time feeds_before) = 0;

  // Reads: any thread, blocking, short; they see every unit that was answered.
  virtual Result<std::optional<ReceiptRecord>> receipt(const std::string& id) = 0;
  virtual Result<Bytes> receipt_content(const std::string& id) = 0;
  virtual Result<std::optional<DocumentRecord>> document(const std::string& id) = 0;
  virtual Result<Bytes> document_canonical(const std::string& id) = 0;
  virtual Result<std::vector<Stage>> stages(const std::string& document) = 0;
  /// Newest first.
  virtual Result<std::vector<DocumentRecord>> documents(const DocumentQuery& query) = 0;
  /// The answer remembered for this key, and its fingerprint.
  virtual Result<std::optional<First>> idempotency(const std::string& partner, const std::string& key, std::string& fingerprint) = 0;
  /// The line's head; a line that never had an entry gets its epoch here (durable before it is returned).
  virtual Future<LineHead> line_head(Line line) = 0;
  /// Entries after `after`, in order, at most `limit` and about `max_bytes` (but always one). Numbers are contiguous; the
  /// first may be later than after + 1 when what lay between was removed by retain().
  virtual Result<std::vector<Entry>> read_line(const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes = 4u << 20) = 0;
  virtual Result<std::optional<Object>> object(const std::string& kind, const std::string& id) = 0;
  struct ObjectQuery {
    std::string kind;
    std::string partner;                 ///< only those it is a party of; empty: any
    std::string reference_kind, reference_value;
    std::optional<Time> updated_since;
    std::size_t limit = 100;
  };
  /// With `updated_since` (inclusive) the oldest change first, so that a reader can go on from the last; else the newest
  /// first.
  virtual Result<std::vector<Object>> objects(const ObjectQuery& query) = 0;
  virtual Result<std::vector<KnownEvent>> known_events(const std::string& publisher, const std::vector<std::string>& ids) = 0;
  virtual Result<std::vector<Subscription>> subscriptions(const std::string& partner) = 0;    ///< empty: all
  virtual Result<std::optional<Subscription>> subscription(const std::string& id) = 0;
  virtual Result<Counts> counts() = 0;
  virtual Health health() = 0;

  /// Set once before the first unit.
  virtual void on_appended(OnAppended told) = 0;
  /// Finishes what is queued, refuses the rest, closes. From outside any coroutine of the store's; again is harmless.
  virtual void stop() = 0;
};

struct SqliteOptions {
  std::string directory;                 ///< made when missing; `wayleave.db` and `lock` inside
  std::size_t max_group = 256;           ///< units a commit
  std::chrono::microseconds gather{0};   ///< wait for more before a commit; 0: take what is there
  bool synchronous = true;               ///< false only in the negative control of the crash tests
  const Clock* clock = &Clock::system(); ///< for Entry::recorded
};
/// Errc::refused: another process holds the directory. Errc::unusable: newer schema, damaged, not writable (with the remedy).
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options);
/// The model that the contract tests compare with, and what unit tests of other rooms use. Nothing is durable.
std::unique_ptr<Store> open_memory(const Clock& clock = Clock::system());

}  // namespace wayleave::store
