#include "bench.hpp"

using namespace wayleave;
using namespace wayleave::process::testing;

TEST_CASE("an accepted document is sent once, as it is, with its headers' worth, and counts as delivered") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  const auto id = bench.accept("place-order", "order:1");
  bench.start();
  REQUIRE(erp->calls.size() == 1);
  const auto& call = erp->calls.front();
  CHECK(call.idempotency_key == id + ".place");
  CHECK(call.partner == "acme");
  CHECK(call.kind == "order");
  CHECK(call.key == "PO-1");
  CHECK(call.attempt == 1);
  CHECK(*call.body == "<Order/>");
  CHECK(bench.status(id) == Status::delivered);
  CHECK(bench.told(id) == Told{"delivered"});
  CHECK(bench.delivery->counters().delivered == 1);
  CHECK(bench.delivery->counters().under_way == 0);
  REQUIRE(bench.delivery->counters().latencies.size() == 1);
  CHECK(bench.delivery->counters().latencies[0].count == 1);
}

TEST_CASE("documents of one lane go one after the other, other lanes go on") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto first = bench.accept("place-order", "order:1");
  const auto second = bench.accept("place-order", "order:1");
  const auto third = bench.accept("place-order", "order:1");
  const auto other = bench.accept("place-order", "order:2");
  const auto stranger = bench.accept("place-order", "order:1", "globex");
  bench.run();
  CHECK(erp->calls_for(first) == 1);
  CHECK(erp->calls_for(second) == 0);
  CHECK(erp->calls_for(other) == 1);
  CHECK(erp->calls_for(stranger) == 1);   // a lane is a partner's
  for (int i = 0; i < 3; ++i) {
    erp->let_go();
    bench.run();
  }
  std::vector<std::string> order;
  for (const auto& call : erp->calls) {
    if (call.document == first || call.document == second || call.document == third) order.push_back(call.document);
  }
  CHECK(order == std::vector<std::string>{first, second, third});
  CHECK(bench.status(third) == Status::delivered);
}

TEST_CASE("steps run in sequence, each with a key of its own") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  const auto wms = bench.back_end("http://wms:80");
  bench.process("place-order", {Bench::step("place", erp), Bench::step("pick", wms)});
  bench.start();
  erp->holding = true;
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  CHECK(wms->calls.empty());
  erp->let_go();
  bench.run();
  REQUIRE(wms->calls.size() == 1);
  CHECK(wms->calls[0].idempotency_key == id + ".pick");
  CHECK(erp->calls.size() == 1);
  CHECK(bench.status(id) == Status::delivered);
  CHECK(bench.told(id) == Told{"delivering", "delivered"});
}

TEST_CASE("a verdict in the reply confirms or refuses, and a refusal ends the process") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  const auto wms = bench.back_end("http://wms:80");
  bench.process("place-order", {Bench::step("place", erp), Bench::step("pick", wms)});
  bench.start();
  erp->reply = [](const auto&) {
    return answer(200, "<result xmlns=\"urn:wayleave:result:1\" status=\"accepted\" code=\"OK\"/>");
  };
  const auto yes = bench.accept("place-order", "order:1");
  bench.run();
  CHECK(bench.status(yes) == Status::confirmed);   // the first step's word counts once the last step is done
  CHECK(bench.told(yes) == Told{"delivering", "confirmed"});
  CHECK(wms->calls.size() == 1);

  erp->reply = [](const auto&) { return answer(422, R"({"status": "refused", "code": "E17", "reason": "no stock"})"); };
  const auto no = bench.accept("place-order", "order:2");
  bench.run();
  CHECK(bench.status(no) == Status::refused);
  CHECK(bench.record(no).verdict.value().code == "E17");
  CHECK(bench.record(no).verdict.value().reason == "no stock");
  CHECK(bench.told(no) == Told{"refused"});
  CHECK(wms->calls.size() == 1);
  CHECK(bench.delivery->counters().refused == 1);
}

TEST_CASE("our own fault parks the document, holds its lane and is not told to the customer") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->reply = [](const auto&) { return answer(401); };
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto first = bench.accept("place-order", "order:1");
  const auto second = bench.accept("place-order", "order:1");
  const auto other = bench.accept("place-order", "order:2");
  bench.run();
  CHECK(bench.status(first) == Status::parked);
  CHECK(bench.record(first).blocked.find("401") != std::string::npos);
  CHECK(bench.told(first).empty());
  CHECK(bench.status(other) == Status::parked);
  CHECK(erp->calls_for(second) == 0);

  erp->reply = [](const auto&) { return answer(200); };
  SECTION("until it is replayed") {
    bench.advance(1h);
    CHECK(erp->calls_for(second) == 0);
    CHECK(bench.wait_for(bench.store->replay(first, 0, nullptr, process::replay_stage({}, false, bench.clock.now()), {})).value());
    bench.advance(0s);
    CHECK(bench.status(first) == Status::delivered);
    CHECK(bench.status(second) == Status::delivered);
    CHECK(erp->calls[erp->calls.size() - 2].idempotency_key == first + ".place");
  }
  SECTION("until it is discarded") {
    CHECK(bench.wait_for(bench.store->set_status(first, Status::discarded, {}, {})).value());
    bench.advance(0s);
    CHECK(erp->calls_for(first) == 1);
    CHECK(bench.status(second) == Status::delivered);
  }
}

TEST_CASE("a document that keeps no order holds nobody up") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  erp->reply = [](const auto& call) { return answer(call.key == "PO-1" ? 404 : 200); };
  const auto first = bench.accept("place-order");
  const auto second = bench.accept("place-order");
  bench.run();
  CHECK(bench.status(first) == Status::parked);
  CHECK(bench.status(second) == Status::delivered);
}

TEST_CASE("what the site in force lacks parks instead of getting lost") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  bench.process("no-adapter", {Bench::step("place", nullptr)});
  bench.start();
  const auto gone = bench.accept("retired", "order:1");
  const auto bare = bench.accept("no-adapter", "order:2");
  bench.run();
  CHECK(bench.status(gone) == Status::parked);
  CHECK(bench.record(gone).blocked.find("retired") != std::string::npos);
  CHECK(bench.status(bare) == Status::parked);
  CHECK(bench.delivery->counters().parked == 2);
}

TEST_CASE("a reload takes effect with the next attempt") {
  Bench bench;
  const auto before = bench.back_end("http://old:80");
  const auto after = bench.back_end("http://new:80");
  before->reply = [](const auto&) { return answer(500); };
  bench.process("place-order", {Bench::step("place", before)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  bench.process("place-order", {Bench::step("place", after)});
  bench.advance(2s);
  CHECK(after->calls.size() == 1);
  CHECK(bench.status(id) == Status::delivered);
}

TEST_CASE("a verdict may arrive before the step's own reply and then completes the document") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  erp->holding = true;
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  const auto next = bench.accept("place-order", "order:1");
  bench.run();
  REQUIRE(erp->calls.size() == 1);
  store::Settlement settlement;
  settlement.document = id;
  settlement.verdict.accepted = false;
  settlement.verdict.code = "E1";
  settlement.stage.name = "verdict";
  settlement.stage.outcome = "ok";
  const auto settled = bench.wait_for(bench.store->settle(settlement));
  REQUIRE(settled);
  CHECK(*settled == store::SettleOutcome::settled);
  SECTION("whatever the reply says then") { erp->reply = [](const auto&) { return answer(200); }; }
  SECTION("also when it is a failure") { erp->reply = [](const auto&) { return answer(500); }; }
  SECTION("also when it parks") { erp->reply = [](const auto&) { return answer(403); }; }
  erp->let_go(1);
  erp->holding = false;
  erp->reply = [](const auto&) { return answer(200); };
  bench.advance(0s);
  CHECK(bench.status(id) == Status::refused);
  CHECK(bench.told(id).empty());          // the listener that settled it told the partner
  CHECK(bench.status(next) == Status::delivered);
  CHECK(bench.delivery->counters().delivered == 1);
}

TEST_CASE("held delivery claims nothing") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  bench.options.held = true;
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.advance(1h);
  CHECK(erp->calls.empty());
  CHECK(bench.status(id) == Status::accepted);
}

TEST_CASE("a replay can ask for another idempotency key, and each time another one") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  bench.start();
  const auto id = bench.accept("place-order", "order:1");
  bench.run();
  const auto replay = [&](bool with_new_key) {
    const auto stage = process::replay_stage(bench.stages(id), with_new_key, bench.clock.now());
    REQUIRE(bench.wait_for(bench.store->replay(id, 0, nullptr, stage, {})));
    bench.advance(0s);
    return erp->calls.back().idempotency_key;
  };
  CHECK(replay(false) == id + ".place");
  CHECK(replay(true) == id + ".place.2");
  CHECK(replay(false) == id + ".place.2");
  CHECK(replay(true) == id + ".place.3");
  CHECK(erp->calls.size() == 5);
  // As the internal listener marks it: the moment instead of a count.
  store::Stage note;
  note.name = "replay";
  note.outcome = "ok";
  note.detail = "new-key:1795251600000";
  REQUIRE(bench.wait_for(bench.store->replay(id, 0, nullptr, note, {})));
  bench.advance(0s);
  CHECK(erp->calls.back().idempotency_key == id + ".place.1795251600000");
}

TEST_CASE("thousands of documents in lanes of their own all arrive, once each") {
  Bench bench;
  const auto erp = bench.back_end("http://erp:80");
  bench.process("place-order", {Bench::step("place", erp)});
  const auto ids = bench.accept_many("place-order", 3000);
  bench.start();
  const auto all_there = [&] {
    bench.clock.advance(20ms);           // some are put back while the back end is busy
    return bench.delivery->counters().delivered == ids.size();
  };
  REQUIRE(bench.run_until(all_there));
  CHECK(erp->calls.size() == ids.size());
  CHECK(erp->most_under_way <= 16);
}
