#include "bench.hpp"

using namespace wayleave;
using namespace wayleave::process::testing;

TEST_CASE("a failure is tried again with the same key, and the customer hears that it is under way") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto& call) { return answer(call.attempt < 3 ? 500 : 200); };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  CHECK(erp->calls.size() == 1);
  bench.advance(700ms);
  CHECK(erp->calls.size() == 1);
  bench.advance(600ms);
  CHECK(erp->calls.size() == 2);
  bench.advance(3900ms);
  CHECK(erp->calls.size() == 2);
  bench.advance(2200ms);
  REQUIRE(erp->calls.size() == 3);
  CHECK(bench.status(id) == Status::delivered);
  CHECK(erp->calls[2].idempotency_key == erp->calls[0].idempotency_key);
  CHECK(erp->calls[2].attempt == 3);
  CHECK(bench.told(id) == Told{"delivering", "delivered"});
  CHECK(bench.stages(id).size() == 3);
}

TEST_CASE("a lost reply is repeated with the same key when that is safe") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  std::set<std::string> effects;
  erp->reply = [&](const auto& call) { return effects.insert(call.idempotency_key).second ? lost_reply() : answer(200); };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.advance(2s);
  CHECK(erp->calls.size() == 2);
  CHECK(effects.size() == 1);
  CHECK(bench.status(id) == Status::delivered);
}

TEST_CASE("an unknown outcome of an unsafe step is never sent again by itself") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp, false)});
  bench.start();
  SECTION("lost reply") { erp->reply = [](const auto&) { return lost_reply(); }; }
  SECTION("time-out") { erp->reply = [](const auto&) { return failure(adapter::Reply::Kind::timeout, true); }; }
  SECTION("error of the back end") { erp->reply = [](const auto&) { return answer(502); }; }
  const auto id = bench.accept("place-order", "order:1");
  const auto next = bench.accept("place-order", "order:1");
  bench.run();
  CHECK(erp->calls[0].repeatable == false);
  CHECK(bench.status(id) == Status::unknown);
  CHECK(bench.told(id) == Told{"unknown"});
  bench.advance(100h);
  CHECK(erp->calls.size() == 1);
  CHECK(bench.status(next) == Status::accepted);   // it holds its lane
  CHECK(bench.delivery->counters().unknown == 1);
}

TEST_CASE("an unsafe step is tried again when certainly nothing was done") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  SECTION("no connection") {
    erp->reply = [](const auto& call) { return call.attempt == 1 ? no_connection() : answer(200); };
  }
  SECTION("503") { erp->reply = [](const auto& call) { return answer(call.attempt == 1 ? 503 : 200); }; }
  bench.process("place-order", {Bench::step("place", erp, false)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.advance(2s);
  CHECK(erp->calls.size() == 2);
  CHECK(bench.status(id) == Status::delivered);
}

TEST_CASE("an unsafe document that was being sent when the gateway ended becomes unknown and is told so") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp, false)});
  const auto id = bench.accept("place-order", "order:1");
  const auto claimed = bench.wait_for(bench.store->claim_lanes("before", bench.clock.now(), 10s, 10));
  REQUIRE(claimed);
  REQUIRE(claimed->size() == 1);
  REQUIRE(bench.wait_for(bench.store->sending(claimed->front().fence, id)));
  bench.clock.advance(11s);
  bench.start();
  CHECK(erp->calls.empty());
  CHECK(bench.status(id) == Status::unknown);
  CHECK(bench.told(id) == Told{"unknown"});
  bench.advance(1h);
  CHECK(bench.told(id) == Told{"unknown"});
}

TEST_CASE("trying ends with give-up: the document parks, and its partner hears of it") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto&) { return answer(500); };
  auto step = Bench::step("place", erp);
  step.config.retry = {1s};
  step.config.give_up = 10s;
  bench.process("place-order", {step});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  for (int i = 0; i < 20; ++i) bench.advance(1s);
  CHECK(bench.status(id) == Status::parked);
  CHECK(bench.told(id) == Told{"delivering", "parked"});
  CHECK(erp->calls.size() >= 5);
  CHECK(erp->calls.size() <= 12);
  const auto before = erp->calls.size();
  // Replayed, it has its whole time again.
  REQUIRE(bench.wait_for(bench.store->replay(id, 0, nullptr, process::replay_stage({}, false, bench.clock.now()), {})));
  for (int i = 0; i < 5; ++i) bench.advance(1s);
  CHECK(bench.status(id) == Status::delivering);
  CHECK(erp->calls.size() > before + 2);
}

TEST_CASE("what the back end asks for is waited for") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto& call) {
    auto reply = answer(call.attempt == 1 ? 429 : 200);
    reply.retry_after = 600s;
    return reply;
  };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.advance(599s);
  CHECK(erp->calls.size() == 1);
  bench.advance(122s);
  CHECK(erp->calls.size() == 2);
  CHECK(bench.status(id) == Status::delivered);
}

TEST_CASE("an adapter that throws is a broken connection, not the end") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto& call) -> adapter::Reply {
    if (call.attempt == 1) throw std::runtime_error("no such luck");
    return answer(200);
  };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.advance(2s);
  CHECK(bench.status(id) == Status::delivered);
}

TEST_CASE("an adapter that does not keep its time limit is given up") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  auto step = Bench::step("place", erp);
  step.config.timeout = 2s;
  bench.process("place-order", {step});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.clock.advance(8s);
  REQUIRE(bench.run_until([&] { return bench.delivery->counters().retried == 1; }));
  CHECK(bench.status(id) == Status::delivering);
  CHECK(bench.delivery->counters().under_way == 0);
}

TEST_CASE("five refused connections open the breaker: its lanes wait, attempts do not count, others go on") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  const auto wms = bench.back_end("http://wms:80");
  bool up = false;
  erp->reply = [&](const auto&) { return up ? answer(200) : no_connection(); };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.process("ship", {Bench::step("tell", wms)});
  bench.start();
  for (int i = 0; i < 5; ++i) {
    bench.accept("place-order", "first:" + std::to_string(i));
    bench.run();
  }
  REQUIRE(erp->calls.size() == 5);
  CHECK(bench.delivery->counters().targets.at(0).open);

  const auto late = bench.accept("place-order", "late");
  const auto elsewhere = bench.accept("ship", "other");
  bench.advance(20s);
  CHECK(erp->calls.size() == 5);
  CHECK(bench.status(late) == Status::delivering);
  CHECK(bench.record(late).attempts == 0);
  CHECK(bench.status(elsewhere) == Status::delivered);

  bench.advance(11s);                    // the probe, and nobody else
  CHECK(erp->calls.size() == 6);
  for (int i = 0; i < 10; ++i) bench.advance(31s);
  CHECK(erp->calls.size() <= 18);        // about one a pause
  CHECK(erp->calls.size() >= 12);
  CHECK(bench.record(late).attempts <= 1);

  up = true;
  for (int i = 0; i < 12; ++i) bench.advance(10s);
  CHECK(bench.status(late) == Status::delivered);
  CHECK(bench.delivery->counters().delivered == 7);
  CHECK_FALSE(bench.delivery->counters().targets.at(0).open);
  CHECK(bench.stages(late).size() <= 4); // waiting is told once, not every round
}

TEST_CASE("documents that only ever served as the breaker's probe give up too") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto&) { return answer(503); };
  auto step = Bench::step("place", erp);
  step.config.give_up = 10min;
  bench.process("place-order", {step});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  for (int i = 0; i < 120; ++i) bench.advance(10s);
  CHECK(bench.status(id) == Status::parked);
}

TEST_CASE("a back end that hangs takes its share of calls and lanes, and no more") {
  Bench bench;
  const auto slow = bench.back_end("http://slow:80");
  const auto quick = bench.back_end("http://quick:80");
  slow->holding = true;
  bench.process("place-order", {Bench::step("place", slow)});
  bench.process("ship", {Bench::step("tell", quick)});
  bench.accept_many("place-order", 1000);
  const auto others = bench.accept_many("ship", 50);
  bench.start();
  REQUIRE(bench.run_until([&] { return bench.delivery->counters().delivered == others.size(); }));
  CHECK(slow->most_under_way == 16);
  CHECK(quick->calls.size() == 50);

  slow->holding = false;
  slow->let_go();
  const auto drained = [&] {
    bench.clock.advance(50ms);
    bench.delivery->wake();
    return bench.delivery->counters().delivered == 1050;
  };
  REQUIRE(bench.run_until(drained));
  CHECK(slow->calls.size() == 1000);
  CHECK(slow->most_under_way == 16);
}
