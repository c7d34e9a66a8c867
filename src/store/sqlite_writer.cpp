#include "store/sqlite_writer.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>

#include "base/crash.hpp"
#include "base/log.hpp"

namespace wayleave::store {

namespace {

// Pages in the log before a checkpoint moves them into the file: enough that pages written again and again go over once.
constexpr int checkpoint_pages = 4000;
constexpr std::chrono::seconds idle_after{1};
// A reader of a line looks at each of these, and a batch of them holds up the units behind it.
constexpr std::size_t wide_entries_at_most = 32;
constexpr int sync_failed_exit = 70;

/// A unit answered a Problem after it had written: its writes must go, and the group's others must be done again.
struct WroteAndFailed {
  Problem problem;
};

int count_pages(void* pages, sqlite3*, const char*, int in_wal) {
  *static_cast<int*>(pages) = in_wal;
  return SQLITE_OK;
}

}  // namespace

void end_after_failed_sync(const sqlite::Failure& failure) {
  log::error("store.sync-failed", {{"code", failure.code}, {"reason", failure.message}, {"exit", sync_failed_exit}});
  ::_exit(sync_failed_exit);
}

Writer::Writer(std::unique_ptr<Session> session, std::size_t max_group, std::chrono::microseconds gather)
    : session_(std::move(session)), max_group_(std::max<std::size_t>(max_group, 1)), gather_(gather) {
  sqlite3_wal_hook(session_->db().handle(), count_pages, &wal_pages_);
  show_counts();
  thread_ = std::thread{[this] { work(); }};
  pthread_setname_np(thread_.native_handle(), "store");
}

void Writer::enqueue(std::unique_ptr<Unit> unit) {
  bool refused = false;
  bool first = false;
  {
    std::lock_guard lock{mutex_};
    refused = stopping_;
    if (!refused) {
      first = queue_.empty();
      queue_.push_back(std::move(unit));
      waiting_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (first) wake_.notify_one();
  if (refused) {
    unit->fail({Errc::stopping, "the store is closing"});
    unit->answer();
  }
}

void Writer::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Writer::take(Units& units) {
  std::unique_lock lock{mutex_};
  auto ready = [this] { return stopping_ || !queue_.empty(); };
  while (!wake_.wait_for(lock, idle_after, ready)) {
    lock.unlock();
    idle();
    lock.lock();
  }
  if (gather_.count() > 0 && !stopping_ && queue_.size() < max_group_) {
    wake_.wait_for(lock, gather_, [this] { return stopping_ || queue_.size() >= max_group_; });
  }
  units.swap(queue_);
  return !units.empty();
}

void Writer::work() {
  Units units;
  while (take(units)) {
    for (std::size_t at = 0; at < units.size(); at += max_group_) {
      auto group = std::span{units}.subspan(at, std::min(max_group_, units.size() - at));
      run(group);
      if (session_->wide_entries() >= wide_entries_at_most) index_wide_entries();
      if (wal_pages_ >= checkpoint_pages) checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    }
    units.clear();
  }
  checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

void Writer::run(std::span<std::unique_ptr<Unit>> group) {
  std::vector<Unit*> units;
  units.reserve(group.size());
  for (auto& unit : group) units.push_back(unit.get());
  commit(std::move(units));
  answered(group);
}

void Writer::commit(std::vector<Unit*> units) {
  while (!units.empty()) {
    std::size_t at = 0;
    std::optional<Problem> own;            // why the unit at `at` alone failed
    try {
      session_->begin();
      for (; at < units.size(); ++at) {
        auto before = session_->changes();
        units[at]->run(*session_);
        if (units[at]->failed() && session_->changes() != before) throw WroteAndFailed{};
      }
      bool wrote = session_->changes() != 0;
      if (wrote) crash_point("before-commit");
      session_->commit();
      if (wrote) {
        crash_point("after-commit");
        commits_.fetch_add(1, std::memory_order_relaxed);
        units_.fetch_add(units.size(), std::memory_order_relaxed);
        well();
      }
      auto appended = session_->take_appended();
      appended_.insert(appended_.end(), std::make_move_iterator(appended.begin()), std::make_move_iterator(appended.end()));
      return;
    } catch (const sqlite::Failure& failure) {
      session_->roll_back();
      if (failure.sync()) end_after_failed_sync(failure);
      if (failure.constraint() && at < units.size()) {
        own = Problem{Errc::conflict, "contradicts what is stored: " + failure.message};
      } else {
        trouble(failure);
        // What is in the log may find room in the file, and then the log begins again from its start.
        if (failure.primary() == SQLITE_FULL) checkpoint(SQLITE_CHECKPOINT_PASSIVE);
        if (units.size() > 1) {
          for (auto* unit : units) commit({unit});
        } else {
          units.front()->fail({Errc::storage, "cannot be stored now: " + failure.message});
        }
        return;
      }
    } catch (const WroteAndFailed&) {
      session_->roll_back();
      units.erase(units.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    } catch (const std::exception& error) {
      session_->roll_back();
      own = Problem{Errc::storage, error.what()};
    }
    if (at == units.size()) at = 0;        // the commit itself threw something foreign: give up one by one
    units[at]->fail(std::move(*own));
    units.erase(units.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Writer::answered(std::span<std::unique_ptr<Unit>> group) {
  show_counts();
  waiting_.fetch_sub(group.size(), std::memory_order_relaxed);
  if (!appended_.empty()) {
    auto told = std::make_shared<const std::vector<Appended>>(std::move(appended_));
    appended_ = {};
    if (told_) told_(std::move(told));
  }
  for (auto& unit : group) {
    unit->answer();
    unit.reset();
  }
}

void Writer::show_counts() {
  const auto& counts = session_->counts();
  parked_.store(counts.parked, std::memory_order_relaxed);
  unknown_.store(counts.unknown, std::memory_order_relaxed);
  open_.store(counts.waiting, std::memory_order_relaxed);
}

void Writer::checkpoint(int mode) {
  auto* handle = session_->db().handle();
  // A reader in the way is no reason to wait: the rest is done next time.
  sqlite3_busy_timeout(handle, 0);
  int left = 0;
  int moved = 0;
  int code = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, &left, &moved);
  code = code == SQLITE_OK ? code : sqlite3_extended_errcode(handle);
  sqlite3_busy_timeout(handle, 5000);
  if (code == SQLITE_OK) {
    if (left == moved) wal_pages_ = 0;
    checkpoint_failed_ = false;
    return;
  }
  sqlite::Failure failure{code, sqlite3_errmsg(handle)};
  if (failure.sync()) end_after_failed_sync(failure);
  if (failure.primary() == SQLITE_BUSY || checkpoint_failed_) return;
  checkpoint_failed_ = true;
  log::warning("store.checkpoint-failed", {{"code", code}, {"reason", failure.message}});
}

void Writer::idle() {
  bool writable = true;
  {
    std::lock_guard lock{health_mutex_};
    writable = writable_;
  }
  if (!writable) {
    try {
      session_->begin();
      session_->probe();
      session_->commit();
      well();
      session_->begin();
      session_->end_probe();
      session_->commit();
    } catch (const sqlite::Failure& failure) {
      session_->roll_back();
      if (failure.sync()) end_after_failed_sync(failure);
      trouble(failure);
    }
  }
  if (writable && session_->wide_entries() > 0) index_wide_entries();
  if (wal_pages_ > 0) checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

/// Housekeeping that nobody waits for; what cannot be written now stays where readers find it too.
void Writer::index_wide_entries() {
  try {
    session_->begin();
    session_->index_wide_entries();
    session_->commit();
  } catch (const sqlite::Failure& failure) {
    session_->roll_back();
    if (failure.sync()) end_after_failed_sync(failure);
    trouble(failure);
  }
}

void Writer::trouble(const sqlite::Failure& failure) {
  std::lock_guard lock{health_mutex_};
  if (writable_) log::error("store.not-writable", {{"code", failure.code}, {"reason", failure.message}});
  writable_ = false;
  reason_ = failure.message;
}

void Writer::well() {
  std::lock_guard lock{health_mutex_};
  if (!writable_) log::info("store.writable-again", {});
  writable_ = true;
  reason_.clear();
}

Health Writer::health() const {
  Health health;
  health.waiting = waiting_.load(std::memory_order_relaxed);
  health.commits = commits_.load(std::memory_order_relaxed);
  health.units = units_.load(std::memory_order_relaxed);
  health.mean_group = health.commits == 0 ? 0 : static_cast<double>(health.units) / static_cast<double>(health.commits);
  std::lock_guard lock{health_mutex_};
  health.writable = writable_;
  health.reason = reason_;
  return health;
}

Counts Writer::counts() const {
  Counts counts;
  counts.parked = parked_.load(std::memory_order_relaxed);
  counts.unknown = unknown_.load(std::memory_order_relaxed);
  counts.waiting = open_.load(std::memory_order_relaxed);
  return counts;
}

}  // namespace wayleave::store
