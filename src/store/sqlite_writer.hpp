#pragma once

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite_session.hpp"
#include "store/store.hpp"

namespace wayleave::store {

/// Logs and ends the process with exit code 70. What a failed fsync left on disk cannot be known, and asking the kernel
/// again answers about nothing: the next start reads what is there. Nobody was told that it is durable.
[[noreturn]] void end_after_failed_sync(const sqlite::Failure& failure);

/// A unit of work that waits for the writer: what is to be done, what came of it, and who is to be told.
class Unit {
 public:
  virtual ~Unit() = default;
  /// Does it in the open transaction. May be called again when the transaction had to be rolled back.
  virtual void run(Session& session) = 0;
  /// It answered a Problem.
  virtual bool failed() const = 0;
  virtual void fail(Problem problem) = 0;
  /// Hands the result to the coroutine, on the coroutine's executor. Once, as the last call.
  virtual void answer() = 0;
};

template <class T, class Work, class Handler>
class PendingUnit final : public Unit {
 public:
  PendingUnit(Work work, Handler handler)
      : work_(std::move(work)), handler_(std::move(handler)), executor_(asio::get_associated_executor(handler_)) {}
  void run(Session& session) override { result_.emplace(work_(session)); }
  bool failed() const override { return result_->has_error(); }
  void fail(Problem problem) override { result_.emplace(std::move(problem)); }
  void answer() override {
    // The guard goes along: once the handler has run, nothing of the writer's refers to its executor any more.
    const auto executor = executor_.get_executor();
    asio::post(executor, [guard = std::move(executor_), handler = std::move(handler_), result = std::move(*result_)]() mutable {
      std::move(handler)(std::move(result));
    });
  }

 private:
  Work work_;
  Handler handler_;
  asio::executor_work_guard<asio::associated_executor_t<Handler>> executor_;
  std::optional<Result<T>> result_;
};

/// The one thread that writes. It takes whatever waits (at most `max_group`) into one transaction; a unit that fails is
/// taken out and the others run again without it, so no unit can fail another. Checkpoints are its work too, because
/// SQLite before 3.51.3 may lose commits when another connection checkpoints, and because a failing fsync must end us.
class Writer {
 public:
  Writer(std::unique_ptr<Session> session, std::size_t max_group, std::chrono::microseconds gather);
  ~Writer() { stop(); }

  /// Set before the first unit.
  void on_appended(OnAppended told) { told_ = std::move(told); }
  /// `work(Session&) → Result<T>` must be repeatable: it moves nothing out of what it holds.
  template <class T, class Work>
  asio::awaitable<Result<T>> submit(Work work);
  /// Finishes what is queued, checkpoints, ends the thread.
  void stop();
  Health health() const;
  Counts counts() const;

 private:
  using Units = std::vector<std::unique_ptr<Unit>>;

  void enqueue(std::unique_ptr<Unit> unit);
  void work();
  /// Waits for units; false when there will be none any more.
  bool take(Units& units);
  void run(std::span<std::unique_ptr<Unit>> group);
  void commit(std::vector<Unit*> units);
  void answered(std::span<std::unique_ptr<Unit>> group);
  void show_counts();
  void checkpoint(int mode);
  void idle();
  void index_wide_entries();
  void trouble(const sqlite::Failure& failure);
  void well();

  std::unique_ptr<Session> session_;
  std::size_t max_group_;
  std::chrono::microseconds gather_;
  OnAppended told_;
  std::vector<Appended> appended_;
  int wal_pages_ = 0;
  bool checkpoint_failed_ = false;       ///< said once, until one succeeds

  std::mutex mutex_;
  std::condition_variable wake_;
  Units queue_;
  bool stopping_ = false;

  std::atomic<std::uint64_t> waiting_{0}, commits_{0}, units_{0};
  std::atomic<std::uint64_t> parked_{0}, unknown_{0}, open_{0};
  mutable std::mutex health_mutex_;
  bool writable_ = true;
  std::string reason_;
  std::thread thread_;
};

template <class T, class Work>
asio::awaitable<Result<T>> Writer::submit(Work work) {
  auto start = [this](auto handler, Work what) {
    using Handler = decltype(handler);
    enqueue(std::make_unique<PendingUnit<T, Work, Handler>>(std::move(what), std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(start, asio::use_awaitable, std::move(work));
}

}  // namespace wayleave::store
