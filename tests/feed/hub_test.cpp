#include "feed/hub.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <iostream>
#include <random>
#include <thread>

#include "log.hpp"

using namespace wayleave;
using namespace wayleave::feed;
using feed::testing::Log;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const auto at_once = std::chrono::steady_clock::time_point{};
std::chrono::steady_clock::time_point soon() { return std::chrono::steady_clock::now() + 10s; }

std::vector<std::uint64_t> seqs(const Result<std::vector<ItemPtr>>& items) {
  std::vector<std::uint64_t> found;
  if (items)
    for (const auto& item : *items) found.push_back(item->entry.seq);
  return found;
}

/// Runs one `next` to its end.
Result<std::vector<ItemPtr>> next(asio::io_context& context, Reader& reader, std::size_t limit, std::chrono::steady_clock::time_point until) {
  auto future = asio::co_spawn(context, reader.next(limit, until), asio::use_future);
  context.restart();
  context.run();
  return future.get();
}

using Seqs = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a reader gets what was there and then what comes", "[feed]") {
  Log log;
  log.publish("a", {"acme"}, 3);
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  CHECK(seqs(next(context, *reader, 2, at_once)) == Seqs{1, 2});
  CHECK(seqs(next(context, *reader, 2, at_once)) == Seqs{3});
  CHECK(seqs(next(context, *reader, 2, at_once)).empty());
  auto waiting = asio::co_spawn(context, reader->next(10, soon()), asio::use_future);
  context.restart();
  context.poll();
  log.publish("b");
  context.run();
  const auto items = waiting.get();
  REQUIRE(seqs(items) == Seqs{4});
  CHECK(items->front()->entry.key == "b");
  CHECK(*items->front()->sse == server_sent_event("shipment-status", reader->cursor().epoch, items->front()->entry));
  CHECK(reader->cursor().seq == 4);
}

TEST_CASE("readers of one line share its items, readers of another see none of them", "[feed]") {
  Log log;
  asio::io_context context;
  auto one = log.hub->read(log.line, log.start(), context.get_executor());
  auto two = log.hub->read(log.line, log.start(), context.get_executor());
  const store::Line other_line{"shipment-status", "other"};
  const auto other_start = Log::now(log.store->line_head(other_line)).value();
  auto other = log.hub->read(other_line, {other_start.epoch, 0}, context.get_executor());
  (void)next(context, *one, 1, at_once);
  log.publish("a");
  const auto first = next(context, *one, 1, at_once), second = next(context, *two, 1, at_once);
  REQUIRE(seqs(first) == Seqs{1});
  REQUIRE(seqs(second) == Seqs{1});
  CHECK(first->front()->sse == second->front()->sse);
  CHECK(seqs(next(context, *other, 1, at_once)).empty());
}

TEST_CASE("what the memory does not hold any more comes from the store", "[feed]") {
  HubOptions options;
  options.items = 4;
  Log log(options);
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  (void)next(context, *reader, 1, at_once);
  for (int i = 0; i < 20; ++i) log.publish("a");
  Seqs seen;
  for (;;) {
    const auto items = next(context, *reader, 3, at_once);
    REQUIRE(items.has_value());
    if (items->empty()) break;
    for (const auto seq : seqs(items)) seen.push_back(seq);
  }
  REQUIRE(seen.size() == 20);
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(seen[i] == i + 1);
  CHECK(log.hub->counters().from_store >= 16);
  CHECK(log.hub->counters().delivered == 20);
}

TEST_CASE("a bound on bytes bounds every line", "[feed]") {
  HubOptions options;
  options.total_bytes = 1;
  Log log(options);
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  (void)next(context, *reader, 1, at_once);
  log.publish("a", {"acme"}, 30);
  CHECK(seqs(next(context, *reader, 100, at_once)).size() == 30);
  CHECK(log.hub->counters().from_store == 30);
}

TEST_CASE("a reader whose next entry was removed is told, never led past the gap", "[feed]") {
  Log log;
  const auto start = log.start();
  log.publish("a", {"acme"}, 5);
  asio::io_context context;
  auto early = log.hub->read(log.line, start, context.get_executor());
  auto current = log.hub->read(log.line, {start.epoch, 5}, context.get_executor());
  log.clock.advance(48h);
  (void)Log::now(log.store->retain(Time{}, log.clock.now() - 1h)).value();
  CHECK(seqs(next(context, *early, 10, at_once)).empty());
  CHECK(seqs(next(context, *current, 10, at_once)).empty());
  log.publish("a");
  CHECK(next(context, *early, 10, at_once).error().code == Errc::not_found);
  CHECK(seqs(next(context, *current, 10, at_once)) == Seqs{6});
}

TEST_CASE("a cursor of another epoch leads nowhere", "[feed]") {
  Log log;
  asio::io_context context;
  auto reader = log.hub->read(log.line, {"another", 0}, context.get_executor());
  auto live = log.hub->read(log.line, log.start(), context.get_executor());
  (void)next(context, *live, 1, at_once);
  log.publish("a");
  CHECK(next(context, *reader, 10, at_once).error().code == Errc::not_found);
}

TEST_CASE("stopping wakes everybody, and those who come after", "[feed]") {
  Log log;
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  auto waiting = asio::co_spawn(context, reader->next(10, soon()), asio::use_future);
  context.poll();
  log.hub->stop();
  context.run();
  CHECK(waiting.get().error().code == Errc::stopping);
  CHECK(next(context, *reader, 10, soon()).error().code == Errc::stopping);
}

TEST_CASE("a wait can be interrupted, also before it begins", "[feed]") {
  Log log;
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  auto waiting = asio::co_spawn(context, reader->next(10, soon()), asio::use_future);
  context.poll();
  reader->interrupt();
  context.run();
  CHECK(waiting.get()->empty());
  reader->interrupt();
  CHECK(next(context, *reader, 10, soon())->empty());
  log.publish("a");
  CHECK(seqs(next(context, *reader, 10, soon())) == Seqs{1});
}

TEST_CASE("a wait ends when its time is over", "[feed]") {
  Log log;
  asio::io_context context;
  auto reader = log.hub->read(log.line, log.start(), context.get_executor());
  CHECK(next(context, *reader, 10, std::chrono::steady_clock::now() + 5ms)->empty());
}

TEST_CASE("readers are counted, and a line that nobody reads is forgotten", "[feed]") {
  HubOptions options;
  options.idle = 1ms;
  Log log(options);
  asio::io_context context;
  {
    auto reader = log.hub->read(log.line, log.start(), context.get_executor());
    (void)next(context, *reader, 1, at_once);
    CHECK(log.hub->counters().readers == 1);
    log.publish("a");
    CHECK(log.hub->last(log.line) == 1);
  }
  CHECK(log.hub->counters().readers == 0);
  const auto until = soon();
  while (log.hub->last(log.line) != 0 && std::chrono::steady_clock::now() < until) log.publish("b", {"other"});
  CHECK(log.hub->last(log.line) == 0);
  auto reader = log.hub->read(log.line, {log.head().epoch, 0}, context.get_executor());
  CHECK(seqs(next(context, *reader, 1, at_once)) == Seqs{1});
}

namespace {

/// Io threads as the gateway has them: one io_context each.
struct Threads {
  explicit Threads(std::size_t count) : contexts(count) {
    for (auto& context : contexts) {
      guards.emplace_back(context.get_executor());
      threads.emplace_back([&context] { context.run(); });
    }
  }
  ~Threads() {
    guards.clear();
    for (auto& thread : threads) thread.join();
  }
  std::deque<asio::io_context> contexts;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::vector<std::thread> threads;
};

asio::awaitable<bool> follow(std::shared_ptr<Hub> hub, store::Line line, store::Cursor from, std::uint64_t end, std::size_t limit) {
  auto executor = co_await asio::this_coro::executor;
  auto reader = hub->read(std::move(line), from, executor);
  auto expected = from.seq + 1;
  while (expected <= end) {
    auto items = co_await reader->next(limit, soon());
    if (!items || items->empty()) co_return false;
    for (const auto& item : *items)
      if (item->entry.seq != expected++) co_return false;
  }
  co_return true;
}

}  // namespace

TEST_CASE("readers that join at any time while entries come see each exactly once, in order", "[feed]") {
  for (unsigned round = 0; round < 5; ++round) {
    HubOptions options;
    options.items = 3 + round * 8;
    Log log(options);
    const auto start = log.start();
    constexpr std::uint64_t total = 2'000;
    std::vector<std::future<bool>> readers;
    {
      Threads threads(2);
      std::mt19937 random(round);
      std::thread writer([&] {
        for (std::uint64_t i = 0; i < total; i += 4) log.publish("a", {"acme"}, 4);
      });
      for (std::size_t i = 0; i < 60; ++i) {
        const auto now = log.published.load();
        const auto from = now < 8 ? 0 : random() % (now - 4);
        readers.push_back(asio::co_spawn(
          threads.contexts[i % 2], follow(log.hub, log.line, {start.epoch, from}, total, 1 + random() % 50), asio::use_future
        ));
        std::this_thread::yield();
      }
      writer.join();
      for (auto& reader : readers) CHECK(reader.get());
    }
    CHECK(log.hub->counters().readers == 0);
  }
}

TEST_CASE("a thousand readers of twenty lines get fifty events a second within milliseconds", "[.bench]") {
  Log log;
  constexpr std::size_t lines = 20, per_line = 50, events = 250;
  std::vector<std::string> partners;
  for (std::size_t i = 0; i < lines; ++i) partners.push_back("p" + std::to_string(i));
  std::deque<std::atomic<std::int64_t>> sent(events + 1);
  std::deque<std::vector<double>> waits(lines * per_line);
  Threads threads(2);
  std::vector<std::future<bool>> readers;
  for (std::size_t i = 0; i < lines * per_line; ++i) {
    const store::Line line{log.line.feed, partners[i % lines]};
    const auto head = Log::now(log.store->line_head(line)).value();
    auto work = [](std::shared_ptr<Hub> hub, store::Line l, std::string epoch, std::deque<std::atomic<std::int64_t>>& at, std::vector<double>& mine) -> asio::awaitable<bool> {
      auto executor = co_await asio::this_coro::executor;
      auto reader = hub->read(std::move(l), {epoch, 0}, executor);
      for (std::size_t seen = 0; seen < events;) {
        auto items = co_await reader->next(256, soon());
        if (!items || items->empty()) co_return false;
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        for (const auto& item : *items) {
          mine.push_back(static_cast<double>(now - at[item->entry.seq]) / 1e6);
          if (item->entry.seq != ++seen) co_return false;
        }
      }
      co_return true;
    };
    readers.push_back(asio::co_spawn(threads.contexts[i % 2], work(log.hub, line, head.epoch, sent, waits[i]), asio::use_future));
  }
  std::this_thread::sleep_for(500ms);
  const auto began = std::chrono::steady_clock::now();
  const auto cpu = std::clock();
  for (std::size_t i = 1; i <= events; ++i) {
    std::this_thread::sleep_until(began + i * 20ms);
    sent[i] = std::chrono::steady_clock::now().time_since_epoch().count();
    log.publish("a", partners);
  }
  for (auto& reader : readers) CHECK(reader.get());
  const auto used = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  std::vector<double> all;
  for (const auto& one : waits) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  std::cout << all.size() << " hand-overs: p50 " << all[all.size() / 2] << " ms, p99 " << all[all.size() * 99 / 100] << " ms, max " << all.back()
            << " ms; CPU " << used / 5 * 100 << " % of a core\n";
}
