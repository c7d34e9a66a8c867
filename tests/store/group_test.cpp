// Units that wait together: one commit, and none of them can fail another.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;
using Kind = AcceptOutcome::Kind;

namespace {

/// Holds the writer in a commit of its own while units are queued behind it, so that they form one group.
class Held {
 public:
  explicit Held(Subject& subject) : subject_(subject) {
    subject->on_appended([this](auto entries) {
      if (entries->front().entry.key == "hold") {
        entered_.set_value();
        let_go_.get_future().wait();
      }
    });
    EventBatch batch;
    auto& event = batch.events.emplace_back();
    event.id = "hold";
    event.publisher = "test";
    event.entry = entry("documents", "hold", {"holder"});
    queue(subject_->append(batch), first_);
    io_.restart();
    io_.poll();
    entered_.get_future().wait();
  }

  template <class T>
  void queue(Future<T> unit, std::optional<Result<T>>& result) {
    asio::co_spawn(io_, collect(std::move(unit), result), rethrow);
    ++queued_;
  }

  /// Starts everything queued, then lets the writer go; how many commits it took.
  std::uint64_t run() {
    io_.restart();
    io_.poll();
    auto before = subject_->health();
    REQUIRE(before.waiting == queued_ - 1);
    let_go_.set_value();
    io_.restart();
    io_.run();
    return subject_->health().commits - before.commits;
  }

 private:
  Subject& subject_;
  static inline asio::io_context io_;    // outlives the writer, which wakes it
  std::promise<void> entered_, let_go_;
  std::optional<Result<AppendOutcome>> first_;
  std::size_t queued_ = 0;
};

}  // namespace

TEST_CASE("units that wait together share one commit", "[store]") {
  Subject subject{Engine::sqlite};
  Held held{subject};
  std::vector<std::optional<Result<AcceptOutcome>>> outcomes(100);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto id = std::to_string(i);
    held.queue(subject->accept(order("D" + id, id, subject.clock.now())), outcomes[i]);
  }
  CHECK(held.run() == 1);
  CHECK(std::ranges::all_of(outcomes, [](const auto& outcome) { return outcome && *outcome && (*outcome)->kind == Kind::accepted; }));
  CHECK(subject->documents({})->size() == 100);
  CHECK(subject->health().mean_group > 50);
}

TEST_CASE("a group is no larger than it may be", "[store]") {
  Subject subject{Engine::sqlite, 10};
  Held held{subject};
  std::vector<std::optional<Result<AcceptOutcome>>> outcomes(25);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto id = std::to_string(i);
    held.queue(subject->accept(order("D" + id, id, subject.clock.now())), outcomes[i]);
  }
  CHECK(held.run() == 3);
}

TEST_CASE("two of the same key in one commit: one is taken, the other is its repetition", "[store]") {
  Subject subject{Engine::sqlite};
  Held held{subject};
  std::optional<Result<AcceptOutcome>> first, repeated, reused, duplicate, contradiction;
  auto keyed = [&](std::string id, std::string fingerprint) {
    auto a = order(std::move(id), "PO-1", subject.clock.now());
    a.idempotency_key = "k";
    a.fingerprint = digest(fingerprint);
    return a;
  };
  auto other = order("D5", "PO-1", subject.clock.now());
  other.documents[0].canonical_digest = digest("other");
  held.queue(subject->accept(keyed("D1", "same")), first);
  held.queue(subject->accept(keyed("D2", "same")), repeated);
  held.queue(subject->accept(keyed("D3", "other")), reused);
  held.queue(subject->accept(order("D4", "PO-1", subject.clock.now())), duplicate);
  held.queue(subject->accept(other), contradiction);
  CHECK(held.run() == 1);
  CHECK((*first)->kind == Kind::accepted);
  CHECK((*repeated)->kind == Kind::repeated);
  CHECK((*repeated)->first.receipt == "R-D1");
  CHECK((*reused)->kind == Kind::key_reused);
  CHECK((*duplicate)->kind == Kind::duplicate);
  CHECK((*duplicate)->first.document == "D1");
  CHECK((*contradiction)->kind == Kind::contradiction);
  CHECK(subject->documents({})->size() == 1);
}

TEST_CASE("a unit that fails within a group takes nothing of the others with it", "[store]") {
  Subject subject{Engine::sqlite};
  REQUIRE(wait(subject->accept(order("D0", "0", subject.clock.now()))));
  std::vector<std::string> told;
  std::vector<std::optional<Result<AcceptOutcome>>> outcomes(20);
  std::optional<Result<std::vector<ClaimedLane>>> claimed;
  {
    Held held{subject};
    held.queue(subject->claim_lanes("n", subject.clock.now(), std::chrono::hours{1}, 1), claimed);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      auto id = std::to_string(i + 1);
      auto a = order("D" + id, id, subject.clock.now());
      a.entries = {entry("documents", id, {"acme"})};
      // Every fourth breaks late: its second document's id is taken, after the first one was written.
      if (i % 4 == 3) a.documents.push_back(order("D0", "x" + id, subject.clock.now()).documents[0]);
      held.queue(subject->accept(a), outcomes[i]);
    }
    CHECK(held.run() == 1);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    INFO(i);
    if (i % 4 == 3) {
      CHECK(outcomes[i]->error().code == Errc::conflict);
      CHECK_FALSE(subject->receipt("R-D" + std::to_string(i + 1))->has_value());
    } else {
      CHECK((*outcomes[i])->kind == Kind::accepted);
      CHECK(subject->receipt("R-D" + std::to_string(i + 1))->has_value());
    }
  }
  // Numbers stay contiguous though the group was done several times over, and so does the claim.
  auto entries = subject->read_line({"documents", "acme"}, 0, 100).value();
  REQUIRE(entries.size() == 15);
  for (std::size_t i = 0; i < entries.size(); ++i) CHECK(entries[i].seq == i + 1);
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 15);
  CHECK(subject->counts()->waiting == 16);
  REQUIRE((*claimed)->size() == 1);
  CHECK(wait(subject->next_in_lane((*claimed)->front().fence, subject.clock.now())).value()->id == "D0");
}

TEST_CASE("many coroutines on many threads: every unit has one outcome, lines have no holes", "[store]") {
  asio::thread_pool pool{4};             // ends behind the writer, which wakes it
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  std::mutex mutex;
  std::map<std::string, std::uint64_t> seen;      // partner → last number told
  bool in_order = true;
  subject->on_appended([&](auto entries) {
    std::lock_guard lock{mutex};
    for (const auto& appended : *entries) in_order = in_order && appended.entry.seq == ++seen[appended.line.partner];
  });
  constexpr int coroutines = 32, each = 25;
  std::atomic<int> accepted = 0, duplicates = 0, other = 0, elsewhere = 0;
  auto work = [&](int number) -> asio::awaitable<void> {
    auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < each; ++i) {
      // Every business key is used by two coroutines.
      auto key = std::to_string(number / 2) + "-" + std::to_string(i);
      auto a = order("D" + std::to_string(number) + "-" + std::to_string(i), key, subject.clock.now());
      a.entries = {entry("documents", key, {"acme", "globex"})};
      auto outcome = co_await subject->accept(std::move(a));
      if (!executor.target<asio::thread_pool::executor_type>()->running_in_this_thread()) ++elsewhere;
      ++(!outcome ? other : outcome->kind == Kind::accepted ? accepted : outcome->kind == Kind::duplicate ? duplicates : other);
    }
  };
  std::vector<std::future<void>> ends;
  for (int i = 0; i < coroutines; ++i) ends.push_back(asio::co_spawn(pool, work(i), asio::use_future));
  for (auto& end : ends) end.get();
  CHECK(accepted == coroutines / 2 * each);
  CHECK(duplicates == coroutines / 2 * each);
  CHECK(other == 0);
  CHECK(elsewhere == 0);
  CHECK(in_order);
  for (std::string partner : {"acme", "globex"}) {
    auto entries = subject->read_line({"documents", partner}, 0, 10'000).value();
    CHECK(entries.size() == coroutines / 2 * each);
    std::set<std::string> keys;
    bool contiguous = true;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      contiguous = contiguous && entries[i].seq == i + 1;
      keys.insert(entries[i].key);
    }
    CHECK(contiguous);
    CHECK(keys.size() == entries.size());
  }
}

TEST_CASE("two claimers never hold one lane at a time", "[store]") {
  asio::thread_pool pool{4};
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  for (int i = 0; i < 60; ++i) {
    auto a = order("D" + std::to_string(i), std::to_string(i), subject.clock.now());
    a.documents[0].lane = "lane" + std::to_string(i % 7);
    REQUIRE(wait(subject->accept(a)));
  }
  std::mutex mutex;
  std::set<std::string> holding;
  std::map<std::string, std::vector<int>> delivered;
  bool overlapped = false;
  auto work = [&]() -> asio::awaitable<void> {
    for (;;) {
      auto lanes = co_await subject->claim_lanes("n", subject.clock.now(), std::chrono::hours{1}, 1);
      if (!lanes || lanes->empty()) co_return;
      auto fence = lanes->front().fence;
      {
        std::lock_guard lock{mutex};
        overlapped = overlapped || !holding.insert(fence.lane).second;
        delivered[fence.lane].push_back(std::stoi(lanes->front().head.id.substr(1)));
      }
      StepDone done;
      done.document = lanes->front().head.id;
      done.stage = stage("step", subject.clock.now());
      done.status = Status::delivered;
      auto finished = co_await subject->complete_step(fence, std::move(done));
      {
        std::lock_guard lock{mutex};
        holding.erase(fence.lane);
      }
      auto released = co_await subject->release(fence);
      if (!finished || !released) co_return;
    }
  };
  std::vector<std::future<void>> ends;
  for (int i = 0; i < 8; ++i) ends.push_back(asio::co_spawn(pool, work(), asio::use_future));
  for (auto& end : ends) end.get();
  // Whoever found every lane taken went home; the rest is done by one.
  asio::co_spawn(pool, work(), asio::use_future).get();
  CHECK_FALSE(overlapped);
  CHECK(delivered.size() == 7);
  for (const auto& [lane, numbers] : delivered) CHECK(std::ranges::is_sorted(numbers));
  CHECK(subject->counts()->waiting == 0);
}

TEST_CASE("a stopped store refuses units and answers those it had", "[store]") {
  asio::io_context io;
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  std::vector<std::optional<Result<AcceptOutcome>>> outcomes(50);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto id = std::to_string(i);
    asio::co_spawn(io, collect(subject->accept(order("D" + id, id, subject.clock.now())), outcomes[i]), rethrow);
  }
  io.poll();
  subject->stop();
  io.restart();
  io.run();
  CHECK(std::ranges::all_of(outcomes, [](const auto& outcome) { return outcome && outcome->has_value(); }));
  CHECK(wait(subject->accept(order("late", "late", subject.clock.now()))).error().code == Errc::stopping);
  subject->stop();
}

TEST_CASE("claiming stays quick with a hundred thousand documents waiting", "[store]") {
  Subject subject{Engine::sqlite};
  constexpr int waiting = 100'000;
  for (int at = 0; at < waiting;) {
    Acceptance a = order("X" + std::to_string(at), "X", subject.clock.now());
    a.documents.clear();
    for (int i = 0; i < 500; ++i, ++at) {
      NewDocument document;
      document.id = "D" + std::to_string(at);
      document.kind = "order";
      document.process = "place-order";
      document.lane = "order:" + std::to_string(at % 50'000);
      a.documents.push_back(std::move(document));
    }
    REQUIRE(wait(subject->accept(a)));
  }
  CHECK(subject->counts()->waiting == waiting);
  // 50,000 lanes with two documents each; those claimed stay held, so that later claims must step over them.
  auto began = std::chrono::steady_clock::now();
  std::size_t claimed = 0;
  for (int i = 0; i < 100; ++i) claimed += wait(subject->claim_lanes("n", subject.clock.now(), std::chrono::hours{1}, 10))->size();
  auto took = std::chrono::steady_clock::now() - began;
  CHECK(claimed == 1000);
  // A scan of all of them would take half a second each time; the bound is loose for slow and busy machines.
  CHECK(took < std::chrono::seconds{10});
  WARN("100 claims of 10 lanes among 100,000 documents: " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
}
