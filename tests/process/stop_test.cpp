#include <atomic>
#include <thread>

#include "bench.hpp"

using namespace wayleave;
using namespace wayleave::process::testing;

namespace {

/// stop() blocks, so it is called from a thread of its own while this one runs the engine.
void stop(Bench& bench, std::chrono::milliseconds grace, const std::function<void()>& meanwhile = {}) {
  std::atomic<bool> stopped{false};
  std::thread stopper([&] {
    bench.delivery->stop(grace);
    stopped = true;
  });
  bench.io.restart();
  bench.io.run_one();                    // the engine hears of it
  if (meanwhile) meanwhile();
  bench.run_until([&] { return stopped.load(); });
  stopper.join();
  REQUIRE(stopped);
}

std::size_t claimable(Bench& bench) {
  return bench.wait_for(bench.store->claim_lanes("next", bench.clock.now(), 10s, 100)).value().size();
}

}  // namespace

TEST_CASE("stopping lets an attempt under way end within the grace") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  stop(bench, 10s, [&] { erp->let_go(); });
  CHECK(bench.status(id) == Status::delivered);
  CHECK(erp->calls.size() == 1);
}

TEST_CASE("stopping in the middle of an attempt gives its lane back as if it had not been made") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto ids = bench.accept_many("place-order", 40);   // some under way, some waiting
  bench.run();
  CHECK(erp->calls.size() == 16);
  stop(bench, 0s);
  CHECK(bench.record(ids.front()).attempts == 0);
  CHECK(claimable(bench) == 40);
}

TEST_CASE("stopping in the middle of an unsafe attempt leaves its outcome unknown") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp, false)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  stop(bench, 0s);
  CHECK(bench.status(id) == Status::unknown);
  CHECK(bench.told(id) == Told{"unknown"});
}

TEST_CASE("stopping an idle engine, or one that never started, is immediate") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  SECTION("idle") {}
  SECTION("held") { bench.options.held = true; }
  bench.start();
  const auto before = std::chrono::steady_clock::now();
  stop(bench, 10s);
  CHECK(std::chrono::steady_clock::now() - before < 2s);
  bench.accept("place-order", "order:1");
  bench.advance(1h);
  CHECK(erp->calls.empty());
}

TEST_CASE("whoever lost a lane to another node changes nothing any more") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  REQUIRE(erp->calls.size() == 1);
  bench.clock.advance(61s);
  const auto taken = bench.wait_for(bench.store->claim_lanes("other", bench.clock.now(), 60s, 10));
  REQUIRE(taken);
  REQUIRE(taken->size() == 1);
  erp->let_go();
  bench.run();
  CHECK(bench.status(id) == Status::accepted);
  CHECK(bench.told(id).empty());
  CHECK(bench.delivery->counters().delivered == 0);
}

TEST_CASE("a lane of our own whose lease ran out meanwhile is worked on once and still ends") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.advance(61s);                    // claimed again by ourselves
  bench.advance(61s);
  CHECK(erp->calls.size() == 1);
  erp->let_go();
  bench.run();
  CHECK(bench.status(id) == Status::delivered);
  CHECK(erp->calls.size() == 1);
}

TEST_CASE("a step slower than the lease gets a longer one before it is sent") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  auto step = Bench::step("place", erp);
  step.config.timeout = 300s;
  bench.process("place-order", {step});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  REQUIRE(erp->calls.size() == 1);
  bench.clock.advance(299s);
  CHECK(claimable(bench) == 0);
  erp->let_go();
  bench.run();
  CHECK(bench.status(id) == Status::delivered);
}
