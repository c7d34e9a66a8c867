#include <fmt/format.h>

#include <filesystem>

#include "base/log.hpp"
#include "store/directory_lock.hpp"
#include "store/sqlite_reads.hpp"
#include "store/sqlite_schema.hpp"
#include "store/sqlite_session.hpp"
#include "store/sqlite_writer.hpp"

namespace wayleave::store {

namespace {

// These numbers are in files.
static_assert(static_cast<int>(Status::rejected) == 0 && static_cast<int>(Status::accepted) == 1 &&
              static_cast<int>(Status::delivering) == 2 && static_cast<int>(Status::delivered) == 3 &&
              static_cast<int>(Status::confirmed) == 4 && static_cast<int>(Status::refused) == 5 &&
              static_cast<int>(Status::parked) == 6 && static_cast<int>(Status::unknown) == 7 &&
              static_cast<int>(Status::discarded) == 8);
static_assert(static_cast<int>(Subscription::Status::active) == 0 && static_cast<int>(Subscription::Status::paused) == 1 &&
              static_cast<int>(Subscription::Status::suspended) == 2);

/// Units go to the writer, reads to the pool; nothing else is decided here.
class SqliteStore final : public Store {
 public:
  SqliteStore(DirectoryLock lock, std::unique_ptr<Session> session, const SqliteOptions& options, const std::string& path)
      : lock_(std::move(lock)), clock_(*options.clock), readers_(path),
        writer_(std::move(session), options.max_group, options.gather) {}
  ~SqliteStore() override { stop(); }

  Future<AcceptOutcome> accept(Acceptance acceptance) override {
    return writer_.submit<AcceptOutcome>([a = std::move(acceptance)](Session& s) { return s.accept(a); });
  }
  Future<bool> remember_answer(std::string receipt, int http_status, Bytes answer) override {
    return writer_.submit<bool>([r = std::move(receipt), http_status, a = std::move(answer)](Session& s) {
      return s.remember_answer(r, http_status, a);
    });
  }

  // One process owns the directory, so a lease needs no name.
  Future<std::vector<ClaimedLane>> claim_lanes(
    std::string /*node*/, Time now, std::chrono::milliseconds lease, std::size_t limit
  ) override {
    return writer_.submit<std::vector<ClaimedLane>>([=](Session& s) { return s.claim_lanes(now, lease, limit); });
  }
  Future<bool> sending(Fence fence, std::string document) override {
    return writer_.submit<bool>([f = std::move(fence), d = std::move(document)](Session& s) { return s.sending(f, d); });
  }
  Future<bool> complete_step(Fence fence, StepDone done) override {
    return writer_.submit<bool>([f = std::move(fence), d = std::move(done)](Session& s) { return s.complete_step(f, d); });
  }
  Future<bool> retry_at(Fence fence, StepRetry retry) override {
    return writer_.submit<bool>([f = std::move(fence), r = std::move(retry)](Session& s) { return s.retry_at(f, r); });
  }
  Future<bool> park(Fence fence, StepParked parked) override {
    return writer_.submit<bool>([f = std::move(fence), p = std::move(parked)](Session& s) { return s.park(f, p); });
  }
  Future<bool> release(Fence fence) override {
    return writer_.submit<bool>([f = std::move(fence)](Session& s) { return s.release(f); });
  }
  Future<std::optional<DocumentRecord>> next_in_lane(Fence fence, Time now) override {
    return writer_.submit<std::optional<DocumentRecord>>([f = std::move(fence), now](Session& s) { return s.next_in_lane(f, now); });
  }
  Future<SettleOutcome> settle(Settlement settlement) override {
    return writer_.submit<SettleOutcome>([w = std::move(settlement)](Session& s) { return s.settle(w); });
  }
  Future<bool> replay(std::string document, int from_step, Bytes canonical, Stage stage, std::vector<NewEntry> entries) override {
    return writer_.submit<bool>([d = std::move(document), from_step, c = std::move(canonical), g = std::move(stage),
                                 e = std::move(entries)](Session& s) { return s.replay(d, from_step, c, g, e); });
  }
  Future<bool> set_status(std::string document, Status status, Stage stage, std::vector<NewEntry> entries) override {
    return writer_.submit<bool>([d = std::move(document), status, g = std::move(stage), e = std::move(entries)](Session& s) {
      return s.set_status(d, status, g, e);
    });
  }

  Future<AppendOutcome> append(EventBatch batch) override {
    return writer_.submit<AppendOutcome>([b = std::move(batch)](Session& s) { return s.append(b); });
  }
  Future<bool> put_subscription(Subscription subscription) override {
    return writer_.submit<bool>([u = std::move(subscription)](Session& s) { return s.put_subscription(u); });
  }
  Future<bool> record_progress(Subscription pushed) override {
    return writer_.submit<bool>([u = std::move(pushed)](Session& s) { return s.record_progress(u); });
  }
  Future<bool> delete_subscription(std::string id) override {
    return writer_.submit<bool>([i = std::move(id)](Session& s) { return s.delete_subscription(i); });
  }
  Future<std::uint64_t> number(std::string scope, std::string sequence, std::string document) override {
    return writer_.submit<std::uint64_t>(
      [a = std::move(scope), b = std::move(sequence), c = std::move(document)](Session& s) { return s.number(a, b, c); }
    );
  }
  Future<std::uint64_t> retain(Time documents_before, Time feeds_before) override {
    Session::RetainProgress progress;
    while (!progress.finished) {
      auto piece = [=](Session& s) { return s.retain(documents_before, feeds_before, progress); };
      auto done = co_await writer_.submit<Session::RetainProgress>(std::move(piece));
      if (!done) co_return done.error();
      progress = *done;
    }
    co_return progress.removed;
  }
  Future<LineHead> line_head(Line line) override {
    return writer_.submit<LineHead>([l = std::move(line)](Session& s) { return s.line_head(l); });
  }

  Result<std::optional<ReceiptRecord>> receipt(const std::string& id) override {
    return read([&](auto& db) { return reads::receipt(db, id); });
  }
  Result<Bytes> receipt_content(const std::string& id) override {
    return found(read([&](auto& db) { return reads::receipt_content(db, id); }), "receipt", id);
  }
  Result<std::optional<DocumentRecord>> document(const std::string& id) override {
    return read([&](auto& db) { return reads::document(db, id); });
  }
  Result<Bytes> document_canonical(const std::string& id) override {
    return found(read([&](auto& db) { return reads::document_canonical(db, id); }), "document", id);
  }
  Result<std::vector<Stage>> stages(const std::string& document) override {
    return read([&](auto& db) { return reads::stages(db, document); });
  }
  Result<std::vector<DocumentRecord>> documents(const DocumentQuery& query) override {
    return read([&](auto& db) { return reads::documents(db, query); });
  }
  Result<std::optional<First>> idempotency(const std::string& partner, const std::string& key, std::string& fingerprint) override {
    return read([&](auto& db) { return reads::idempotency(db, partner, key, clock_.now(), fingerprint); });
  }
  Result<std::vector<Entry>> read_line(const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes) override {
    return read([&](auto& db) { return reads::read_line(db, line, after, limit, max_bytes); });
  }
  Result<std::optional<Object>> object(const std::string& kind, const std::string& id) override {
    return read([&](auto& db) { return reads::object(db, kind, id); });
  }
  Result<std::vector<Object>> objects(const ObjectQuery& query) override {
    return read([&](auto& db) { return reads::objects(db, query); });
  }
  Result<std::vector<KnownEvent>> known_events(const std::string& publisher, const std::vector<std::string>& ids) override {
    return read([&](auto& db) { return reads::known_events(db, publisher, ids); });
  }
  Result<std::vector<Subscription>> subscriptions(const std::string& partner) override {
    return read([&](auto& db) { return reads::subscriptions(db, partner); });
  }
  Result<std::optional<Subscription>> subscription(const std::string& id) override {
    return read([&](auto& db) { return reads::subscription(db, id); });
  }
  Result<Counts> counts() override { return writer_.counts(); }
  Health health() override { return writer_.health(); }

  void on_appended(OnAppended told) override { writer_.on_appended(std::move(told)); }
  void stop() override {
    writer_.stop();
    readers_.close();
  }

 private:
  template <class Ask>
  auto read(Ask ask) -> Result<decltype(ask(std::declval<sqlite::Connection&>()))> {
    try {
      ReaderPool::Loan connection{readers_};
      return ask(*connection);
    } catch (const sqlite::Failure& failure) {
      return Problem{Errc::storage, "cannot be read now: " + failure.message};
    }
  }
  static Result<Bytes> found(Result<std::optional<Bytes>> bytes, std::string_view what, const std::string& id) {
    if (!bytes) return bytes.error();
    if (!*bytes) return Problem{Errc::not_found, fmt::format("no {} {}", what, id)};
    return **bytes;
  }

  DirectoryLock lock_;                   // released last
  const Clock& clock_;
  ReaderPool readers_;
  Writer writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions options) {
  auto lock = DirectoryLock::take(options.directory);
  if (!lock) return lock.error();
  auto path = (std::filesystem::path{options.directory} / "wayleave.db").string();
  try {
    auto session = std::make_unique<Session>(open_writer(path, options.synchronous), *options.clock);
    return std::make_unique<SqliteStore>(std::move(*lock), std::move(session), options, path);
  } catch (const sqlite::Failure& failure) {
    if (failure.sync()) end_after_failed_sync(failure);
    return Problem{Errc::unusable, fmt::format(
      "cannot open {}: {} (SQLite {}); the directory and its files must be writable by this user, the disk must have room, "
      "and a damaged file needs a backup", path, failure.message, failure.code
    )};
  } catch (const ProblemError& error) {
    return error.problem;
  }
}

}  // namespace wayleave::store
