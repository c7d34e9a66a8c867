#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/store.hpp"
#include "tests/store/values.hpp"

namespace wayleave::store::test {

/// Stands still until told.
class ManualClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Time now_ = parse_iso("2026-11-21T09:00:00Z").value();
};

/// A directory of its own, gone with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <class T>
asio::awaitable<void> collect(Future<T> unit, std::optional<Result<T>>& result) {
  result.emplace(co_await std::move(unit));
}

inline void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

/// Runs one unit to its end.
template <class T>
Result<T> wait(Future<T> unit) {
  // Not one of its own: the writer may still be waking it when the answer is here.
  static thread_local asio::io_context io;
  io.restart();
  std::optional<Result<T>> result;
  asio::co_spawn(io, collect(std::move(unit), result), rethrow);
  io.run();
  return std::move(*result);
}

enum class Engine : std::uint8_t { memory, sqlite };

/// A store to be tested, with what it needs.
struct Subject {
  explicit Subject(Engine engine, std::size_t max_group = 256);
  ~Subject();
  /// Closes and opens again; only what is durable is there afterwards (sqlite).
  void reopen();
  Store& operator*() { return *store; }
  Store* operator->() { return store.get(); }

  Engine engine;
  std::size_t max_group;
  ManualClock clock;
  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
};

/// Everything of a value as text, so that two may be compared and a difference read.
std::string show(const DocumentRecord& record);
std::string show(const ReceiptRecord& record);
std::string show(const Object& object);
std::string show(const Stage& stage);
std::string show(const Subscription& subscription);
std::string show(const First& first);
std::string show(const AcceptOutcome& outcome);
std::string show(const AppendOutcome& outcome);
/// Without the epoch, which is random.
std::string show(const Entry& entry);
template <class T>
std::string show(const std::vector<T>& values) {
  std::string text;
  for (const auto& value : values) text += show(value) + "\n";
  return text;
}
template <class T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "none";
}

}  // namespace wayleave::store::test

/// A failed expectation shows the problem.
template <class T>
struct Catch::StringMaker<wayleave::Result<T>> {
  static std::string convert(const wayleave::Result<T>& result) {
    return result ? std::string{"a value"} : "a problem: " + result.error().detail;
  }
};
