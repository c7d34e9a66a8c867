#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

/// What is durable. Whole units of work, asynchronous, each with its own outcome; no transaction handle, SQL or row type
/// leaves this room. A unit that the store answered is on disk (fdatasync done) before the awaiting coroutine goes on.
/// Units waiting at the same time share one commit, and none of them can fail another.
///
/// Errors common to all units: Errc::storage (not durable; try again later: disk full, read-only), Errc::stopping.
/// A failing fdatasync never returns: the process ends with exit code 70 (reliability P1).
namespace wayleave::store {

namespace asio = boost::asio;
template <class T>
using Future = asio::awaitable<Result<T>>;

using Bytes = std::shared_ptr<const std::string>;   ///< opaque bodies, shared between store, feed and sessions

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

/// What a commit put at the end of lines; told after the commit, in order, on the store's thread: be quick, post away.
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
  std::string process;                   ///< name; empty: nothing to deliver
  std::string lane;                      ///< of (partner, lane); empty: no order is kept
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

struct AcceptOutcome {
  enum class Kind : std::uint8_t {
    accepted,          ///< durable, new
    repeated,          ///< this idempotency key with this fingerprint was answered before: `first`; nothing was stored
    key_reused,        ///< this idempotency key with another fingerprint; nothing was stored
    duplicate,         ///< (partner, kind, key, test) accepted before with the same canonical digest: `first`; nothing was stored
    contradiction,     ///< the same with another digest: `first`; nothing was stored
  } kind = Kind::accepted;
  First first;
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
};

struct DocumentQuery {
  std::string partner, kind, key;        ///< empty: any
  std::optional<Status> status;
  std::optional<Time> since;
  std::size_t limit = 100;
};

// ------------------------------------------------------------------------------------------------------------ delivery

/// A claimed lane: only the holder of the newest token may change its documents. A later claim (lease over) makes every
/// earlier token stale: its units fail with Errc::conflict and change nothing.
struct Fence {
  std::string partner;
  std::string lane;                      ///< `#<document id>` for documents that keep no order
  std::uint64_t token = 0;
};

struct ClaimedLane {
  Fence fence;
  DocumentRecord head;                   ///< the first document of the lane that is not finished
};

/// What a step's attempt came to. Exactly one of the units below ends an attempt.
struct StepDone {
  std::string document;
  Stage stage;                           ///< appended to its life
  Status status = Status::delivering;    ///< delivering: more steps follow
  int next_step = 0;
  std::optional<Verdict> verdict;
  std::vector<NewEntry> entries;
};
struct StepRetry {
  std::string document;
  Stage stage;
  Time at{};
  bool counts = true;                    ///< false: the breaker was open; attempts stay as they are
};
struct StepParked {
  std::string document;
  Stage stage;
  Status status = Status::parked;        ///< or unknown
  std::vector<NewEntry> entries;
};

/// The back end's word on a document, come by the internal listener.
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
};

/// Events of one request: all or nothing. Folding was done by the caller on the versions it read.
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
  virtual Future<bool> remember_answer(std::string receipt, int http_status, Bytes answer) = 0;

  /// Lanes whose head is due at `now` and that nobody holds; leased until now + lease. At most `limit`.
  virtual Future<std::vector<ClaimedLane>> claim_lanes(std::string node, Time now, std::chrono::milliseconds lease, std::size_t limit) = 0;
  /// For repeat="unsafe": durable before the bytes leave. After a crash such a document becomes `unknown`.
  virtual Future<bool> sending(Fence fence, std::string document) = 0;
  /// True: done. Each of these also frees the lane when `release`; otherwise the holder goes on with the next document.
  virtual Future<bool> complete_step(Fence fence, StepDone done) = 0;
  virtual Future<bool> retry_at(Fence fence, StepRetry retry) = 0;
  virtual Future<bool> park(Fence fence, StepParked parked) = 0;
  virtual Future<bool> release(Fence fence) = 0;
  /// The next unfinished document of the lane, if it is due; nullopt: none. Checks the fence.
  virtual Future<std::optional<DocumentRecord>> next_in_lane(Fence fence, Time now) = 0;
  virtual Future<SettleOutcome> settle(Settlement settlement) = 0;
  /// Back to `step` 0 or to the failed step: status delivering, due now. Only parked, unknown, refused or delivered ones.
  /// `canonical`: set when it was mapped anew.
  virtual Future<bool> replay(std::string document, int from_step, Bytes canonical, Stage stage, std::vector<NewEntry> entries) = 0;
  virtual Future<bool> set_status(std::string document, Status status, Stage stage, std::vector<NewEntry> entries) = 0;

  virtual Future<AppendOutcome> append(EventBatch batch) = 0;
  virtual Future<bool> put_subscription(Subscription subscription) = 0;    ///< insert or replace
  virtual Future<bool> delete_subscription(std::string id) = 0;
  /// Removes entries and documents older than these; whole lines keep counting.
  virtual Future<std::uint64_t> retain(Time documents_before, Time feeds_before) = 0;

  // Reads: any thread, blocking, short; they see every unit that was answered.
  virtual Result<std::optional<ReceiptRecord>> receipt(const std::string& id) = 0;
  virtual Result<Bytes> receipt_content(const std::string& id) = 0;
  virtual Result<std::optional<DocumentRecord>> document(const std::string& id) = 0;
  virtual Result<Bytes> document_canonical(const std::string& id) = 0;
  virtual Result<std::vector<Stage>> stages(const std::string& document) = 0;
  /// Newest first.
  virtual Result<std::vector<DocumentRecord>> documents(const DocumentQuery& query) = 0;
  virtual Result<std::optional<First>> idempotency(const std::string& partner, const std::string& key, std::string& fingerprint) = 0;
  /// The line's head; a line that never had an entry gets its epoch here (durable before it is returned).
  virtual Future<LineHead> line_head(Line line) = 0;
  /// Entries after `after`, in order, at most `limit` and about `max_bytes`.
  virtual Result<std::vector<Entry>> read_line(const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes = 4u << 20) = 0;
  virtual Result<std::optional<Object>> object(const std::string& kind, const std::string& id) = 0;
  struct ObjectQuery {
    std::string kind;
    std::string partner;                 ///< only those it is a party of; empty: any
    std::string reference_kind, reference_value;
    std::optional<Time> updated_since;
    std::size_t limit = 100;
  };
  virtual Result<std::vector<Object>> objects(const ObjectQuery& query) = 0;
  virtual Result<std::vector<KnownEvent>> known_events(const std::string& publisher, const std::vector<std::string>& ids) = 0;
  virtual Result<std::vector<Subscription>> subscriptions(const std::string& partner) = 0;    ///< empty: all
  virtual Result<std::optional<Subscription>> subscription(const std::string& id) = 0;
  virtual Result<Counts> counts() = 0;
  virtual Health health() = 0;

  /// Set once before the first unit.
  virtual void on_appended(OnAppended told) = 0;
  /// Finishes what is queued, refuses the rest, closes. Called once, from outside any coroutine of the store's.
  virtual void stop() = 0;
};

struct SqliteOptions {
  std::string directory;                 ///< made when missing; `wayleave.db` and `lock` inside
  std::size_t max_group = 256;           ///< units a commit
  std::chrono::microseconds gather{0};   ///< wait for more before a commit; 0: take what is there
  bool synchronous = true;               ///< false only in the negative control of the crash tests
};
/// Errc::refused: another process holds the directory. Errc::unusable: newer schema, damaged, not writable (with the remedy).
Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options);
/// The model that the contract tests compare with, and what unit tests of other rooms use. Nothing is durable.
std::unique_ptr<Store> open_memory();

}  // namespace wayleave::store
