#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace wayleave::store {

/// Looks up by string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// What the writer thread holds: the writing connection, what it remembers of the file, and the units of work. A unit
/// checks first and writes then, so that one which answers a Problem has written nothing; what SQLite throws ends the
/// whole transaction, and roll_back() takes everything remembered back to begin(). Only the writer thread calls.
class Session {
 public:
  Session(std::unique_ptr<sqlite::Connection> db, const Clock& clock);

  void begin();
  void commit();
  void roll_back() noexcept;
  /// Rows changed since begin().
  std::int64_t changes() const { return db_->changes() - changes_at_begin_; }
  /// What the units since begin() put into lines.
  std::vector<Appended> take_appended() { return std::move(appended_); }
  const Counts& counts() const { return counts_; }
  sqlite::Connection& db() { return *db_; }
  /// A write of some size and no consequence, to learn whether writing works again; taken away in another transaction.
  void probe();
  void end_probe();

  /// Entries with large audiences whose numbers are not in the index of lines yet.
  std::size_t wide_entries() const { return wide_entries_; }
  /// Puts them there; in a transaction of its own, or with others.
  void index_wide_entries();

  // sqlite_units_accept.cpp
  Result<AcceptOutcome> accept(const Acceptance& acceptance);
  Result<bool> remember_answer(const std::string& receipt, int http_status, const Bytes& answer);

  // sqlite_units_delivery.cpp
  Result<std::vector<ClaimedLane>> claim_lanes(Time now, std::chrono::milliseconds lease, std::size_t limit);
  Result<bool> sending(const Fence& fence, const std::string& document);
  Result<bool> complete_step(const Fence& fence, const StepDone& done);
  Result<bool> retry_at(const Fence& fence, const StepRetry& retry);
  Result<bool> park(const Fence& fence, const StepParked& parked);
  Result<bool> release(const Fence& fence);
  Result<std::optional<DocumentRecord>> next_in_lane(const Fence& fence, Time now);
  Result<SettleOutcome> settle(const Settlement& settlement);
  Result<bool> replay(
    const std::string& document, int from_step, const Bytes& canonical, const Stage& stage, const std::vector<NewEntry>& entries
  );
  Result<bool> set_status(const std::string& document, Status status, const Stage& stage, const std::vector<NewEntry>& entries);

  // sqlite_units_state.cpp
  Result<AppendOutcome> append(const EventBatch& batch);
  Result<bool> put_subscription(const Subscription& subscription);
  Result<bool> record_progress(const Subscription& pushed);
  Result<bool> delete_subscription(const std::string& id);
  Result<std::uint64_t> number(const std::string& scope, const std::string& sequence, const std::string& document);
  Result<LineHead> line_head(const Line& line);

  // sqlite_units_retain.cpp
  /// Where the pieces of one retain() have got to.
  struct RetainProgress {
    std::int64_t receipt = 0;
    std::int64_t line = 0;
    std::optional<std::int64_t> last_entry;
    std::uint64_t removed = 0;           ///< by all pieces so far
    bool finished = false;
  };
  /// One bounded piece of retain().
  Result<RetainProgress> retain(Time documents_before, Time feeds_before, RetainProgress progress);

 private:
  struct LineState {
    std::int64_t n = 0;
    std::string epoch;
    std::uint64_t base = 0, last = 0;    ///< numbers base + 1 to last are kept
  };
  struct Lease {
    std::uint64_t token = 0;
    Time until{};
  };
  /// What a unit needs of a document that it is about to change.
  struct DocumentRow {
    std::int64_t n = 0;
    std::int64_t partner = 0;
    std::string partner_name, id, lane;   ///< lane: `#id` when it keeps no order
    Status status = Status::accepted;
    bool open = false;
    bool has_process = false;
    bool own_lane = false;
    bool sending = false;
    bool test = false;
    int step = 0, attempts = 0;
  };
  /// The columns a unit may change.
  struct Change {
    Status status;
    int step, attempts;
    bool sending = false;
    std::optional<Time> next_attempt;
    std::string_view blocked;
  };

  // The dictionary and the lines, sqlite_session.cpp.
  std::int64_t name(std::string_view text);
  std::optional<std::int64_t> known_name(std::string_view text);
  LineState& line(std::string_view feed, std::string_view partner);
  void publish(const NewEntry& entry);
  void publish(const std::vector<NewEntry>& entries);
  void count(Status status, bool open, std::int64_t by);

  // sqlite_units_accept.cpp
  struct Earlier {
    First first;
    bool same = false;
  };
  std::optional<AcceptOutcome> answered_before(const Acceptance& acceptance, std::int64_t partner);
  std::optional<Earlier> accepted_before(const Acceptance& acceptance, const NewDocument& document, std::int64_t partner);
  void insert_document(const Acceptance& acceptance, const NewDocument& document, std::int64_t receipt, std::int64_t partner);

  // sqlite_units_delivery.cpp
  std::optional<DocumentRow> find(std::string_view document);
  Result<DocumentRow> held(const Fence& fence, std::string_view document);
  bool holds(const Fence& fence) const;
  void drop_lease(const Fence& fence);
  void forget_old_leases(Time now);
  void change(const DocumentRow& row, const Change& change, Time at);
  void head_changed(const DocumentRow& row);
  void add_stage(std::int64_t document, const Stage& stage);
  void put_verdict(std::int64_t document, const Verdict& verdict);

  // sqlite_units_state.cpp
  bool moved_on(const Object& object);
  void put_object(const Object& object);

  // sqlite_units_retain.cpp
  bool retain_lines(RetainProgress& progress);
  std::uint64_t retain_entries(const RetainProgress& progress);
  bool retain_receipts(Time before, RetainProgress& progress);
  std::int64_t last_entry_before(Time before);

  std::unique_ptr<sqlite::Connection> db_;
  const Clock& clock_;
  Time now_{};                           ///< of this transaction

  ByText<std::int64_t> names_;
  ByText<ByText<LineState>> lines_;      ///< feed → partner
  ByText<Lease> leases_;                 ///< partner, line feed, lane
  std::uint64_t next_token_ = 0;
  std::int64_t next_n_ = 1, next_entry_ = 1;
  Counts counts_;
  std::size_t wide_entries_ = 0;

  std::int64_t changes_at_begin_ = 0;
  std::int64_t next_n_at_begin_ = 1, next_entry_at_begin_ = 1;
  Counts counts_at_begin_;
  std::size_t wide_entries_at_begin_ = 0;
  std::vector<std::function<void()>> undo_;
  std::vector<Appended> appended_;
};

/// The lane as a fence names it.
std::string lane_name(std::string_view lane, std::string_view document);

inline bool is_open(Status status) {
  return status == Status::accepted || status == Status::delivering || status == Status::parked || status == Status::unknown;
}

}  // namespace wayleave::store
