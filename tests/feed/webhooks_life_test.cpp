#include <catch2/catch.hpp>

#include "webhooks_bench.hpp"

using namespace wayleave;
using namespace wayleave::feed;
using namespace wayleave::feed::testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_CASE("paused, nothing is sent; resumed, it goes on from the cursor", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.start();
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 1; }));
  bench.set_status("a", store::Subscription::Status::paused);
  bench.settle();
  for (int i = 0; i < 3; ++i) bench.log.publish("k");
  bench.settle();
  CHECK(bench.seen.size() == 1);
  CHECK(bench.stored("a").status == store::Subscription::Status::paused);
  CHECK(bench.webhooks->lag().at(0).events == 3);
  bench.set_status("a", store::Subscription::Status::active);
  CHECK(bench.until([&] { return bench.delivered() == Seqs{1, 2, 3, 4}; }));
}

TEST_CASE("a subscription deleted while a POST is under way stays deleted", "[webhooks]") {
  Bench bench;
  const auto endpoint = bench.subscribe("a");
  bench.hanging.insert(endpoint);
  bench.start();
  for (int i = 0; i < 3; ++i) bench.log.publish("k" + std::to_string(i));
  REQUIRE(bench.until([&] { return bench.hung.size() == 3; }));
  CHECK(Log::now(bench.log.store->delete_subscription("a")).value());
  bench.webhooks->changed("a");
  bench.settle();
  for (const auto& timer : bench.hung) timer->cancel();
  bench.settle();
  CHECK_FALSE(bench.log.store->subscription("a").value());
  CHECK(bench.webhooks->lag().empty());
  bench.stop();
  CHECK_FALSE(bench.log.store->subscription("a").value());
}

TEST_CASE("at most eight are under way, never two of one key", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.yield = true;
  bench.start();
  for (int i = 0; i < 300; ++i) bench.log.publish("k" + std::to_string(i % 17));
  REQUIRE(bench.until([&] { return bench.seen.size() == 300; }));
  CHECK(bench.most_under_way == 8);
  CHECK_FALSE(bench.overlapped);
}

TEST_CASE("an endpoint that hangs delays nobody else", "[webhooks]") {
  Bench bench;
  const auto slow = bench.subscribe("slow");
  const auto quick = bench.subscribe("quick");
  bench.hanging.insert(slow);
  bench.start();
  for (int i = 0; i < 100; ++i) bench.log.publish("k" + std::to_string(i));
  REQUIRE(bench.until([&] { return bench.delivered("", quick).size() == 100; }));
  CHECK(bench.hung.size() == 8);
  CHECK(bench.until([&] { return bench.stored("quick").cursor.seq == 100; }));
  CHECK(bench.stored("slow").cursor.seq == 0);
}

TEST_CASE("a subscription made while running is followed, its new endpoint is used", "[webhooks]") {
  Bench bench;
  bench.start();
  bench.log.publish("k");
  bench.subscribe("a", 1);
  bench.webhooks->changed("a");
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.delivered() == Seqs{2}; }));
  auto moved = bench.stored("a");
  moved.endpoint = "https://moved.example/";
  bench.put(moved);
  bench.webhooks->changed("a");
  bench.settle();
  bench.log.publish("k");
  CHECK(bench.until([&] { return bench.delivered("", "https://moved.example/") == Seqs{3}; }));
}

TEST_CASE("a cursor that the feed does not hold any more suspends instead of skipping", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  for (int i = 0; i < 3; ++i) bench.log.publish("k");
  bench.log.clock.advance(48h);
  (void)Log::now(bench.log.store->retain(Time{}, bench.log.clock.now() - 1h)).value();
  bench.log.publish("k");
  bench.start();
  CHECK(bench.until([&] { return bench.stored("a").status == store::Subscription::Status::suspended; }));
  CHECK(bench.stored("a").reason.find("not kept any more") != std::string::npos);
  CHECK(bench.seen.empty());
}

TEST_CASE("a subscription of ours goes on at the oldest entry kept, and says what was lost", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  auto ours = bench.stored("a");
  ours.endpoint = "directory:outbox";
  bench.put(ours);
  for (int i = 0; i < 5; ++i) bench.log.publish("k");
  bench.log.clock.advance(1h);
  bench.log.publish("k");
  (void)Log::now(bench.log.store->retain(Time{}, bench.log.clock.now() - 1min)).value();
  bench.start();
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 6; }));
  CHECK(bench.delivered() == Seqs{6});
  CHECK(bench.stored("a").status == store::Subscription::Status::active);
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 7; }));
  REQUIRE(bench.webhooks->lag().size() == 1);
  CHECK(bench.webhooks->lag()[0].lost == 5);
}

TEST_CASE("what was parked is sent again in order when it is replayed, one or all", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bool broken = true;
  bench.options.schedule = {0ms};
  bench.answer = [&](const Post&, const Seen& one) { return broken && one.key == "k" ? failure() : Posted{200, "", {}, false}; };
  bench.start();
  for (const auto* key : {"k", "l", "k", "k"}) bench.log.publish(key);
  REQUIRE(bench.until([&] { return read_progress(bench.stored("a").progress).parked.size() == 3; }));
  CHECK(bench.stored("a").cursor.seq == 4);
  CHECK(bench.webhooks->lag()[0].parked == 3);
  broken = false;
  const auto replay = [&](const std::string& id, std::optional<std::uint64_t> seq = {}) {
    std::optional<Result<std::uint64_t>> result;
    asio::co_spawn(bench.context, bench.webhooks->replay(id, seq), [&](std::exception_ptr, Result<std::uint64_t> made) { result = std::move(made); });
    REQUIRE(bench.until([&] { return result.has_value(); }));
    return *result;
  };
  CHECK(replay("a", 3).value() == 1);
  REQUIRE(bench.until([&] { return bench.delivered("k") == Seqs{3}; }));
  CHECK(replay("a", 3).value() == 0);
  CHECK(replay("none").error().code == Errc::not_found);
  // Paused, it waits; the cursor stands before it, and a restart knows of it.
  bench.set_status("a", store::Subscription::Status::paused);
  bench.settle();
  CHECK(replay("a").value() == 2);
  CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 0; }));
  bench.stop();
  bench.log.hub = make_hub(*bench.log.store);
  bench.log.publish("k");
  bench.seen.clear();
  bench.start();
  bench.set_status("a", store::Subscription::Status::active);
  REQUIRE(bench.until([&] { return bench.delivered().size() == 3; }));
  CHECK(bench.delivered("k") == Seqs{1, 4, 5});
  CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 5; }));
  CHECK(read_progress(bench.stored("a").progress).parked.empty());
  CHECK(bench.webhooks->lag()[0].parked == 0);
}

TEST_CASE("suspended before a restart and taken up after it, it goes on", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  auto suspended = bench.stored("a");
  suspended.status = store::Subscription::Status::suspended;
  bench.put(suspended);
  bench.log.publish("k");
  bench.start();
  bench.settle();
  bench.set_status("a", store::Subscription::Status::active);
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 1; }));
  CHECK(bench.stored("a").status == store::Subscription::Status::active);
}

TEST_CASE("suspended from outside and taken up again, it goes on", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.start();
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 1; }));
  bench.set_status("a", store::Subscription::Status::suspended);
  bench.set_status("a", store::Subscription::Status::active);
  bench.set_status("a", store::Subscription::Status::suspended);
  bench.log.publish("k");
  bench.settle();
  CHECK(bench.delivered() == Seqs{1});
  bench.set_status("a", store::Subscription::Status::active);
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 2; }));
}

TEST_CASE("the test of a subscription takes the path of its events", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.start();
  auto future = asio::co_spawn(bench.context, bench.webhooks->test(bench.stored("a")), asio::use_future);
  REQUIRE(bench.until([&] { return bench.seen.size() == 1; }));
  bench.settle();
  CHECK(future.get().status == 200);
  CHECK(bench.seen[0].id.rfind("msg_test-", 0) == 0);
  CHECK(bench.stored("a").cursor.seq == 0);
}

TEST_CASE("stopping waits for what is under way and writes the cursor down", "[webhooks]") {
  Bench bench;
  bench.options.persist_every = 1h;
  bench.subscribe("a");
  bench.start();
  for (int i = 0; i < 10; ++i) bench.log.publish("k" + std::to_string(i % 3));
  REQUIRE(bench.until([&] { return bench.seen.size() == 10; }));
  CHECK(bench.stored("a").cursor.seq == 0);
  bench.stop();
  CHECK(bench.stored("a").cursor.seq == 10);
}
