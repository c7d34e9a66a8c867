#include <catch2/catch.hpp>

#include "webhooks_bench.hpp"

using namespace wayleave;
using namespace wayleave::feed;
using namespace wayleave::feed::testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_CASE("entries are pushed in order, and the cursor follows", "[webhooks]") {
  Bench bench;
  bench.subscribe("a", 1);
  for (int i = 0; i < 5; ++i) bench.log.publish("k" + std::to_string(i % 2));
  bench.start();
  REQUIRE(bench.until([&] { return bench.seen.size() == 4; }));
  for (int i = 0; i < 3; ++i) bench.log.publish("k0");
  REQUIRE(bench.until([&] { return bench.seen.size() == 7; }));
  CHECK(bench.delivered("k0") == Seqs{3, 5, 6, 7, 8});
  CHECK(bench.delivered("k1") == Seqs{2, 4});
  CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 8; }));
  CHECK(bench.stored("a").progress.empty());
  CHECK(bench.stored("a").last_success == bench.log.clock.now());
  for (const auto& one : bench.seen) CHECK(one.attempt == 1);
}

TEST_CASE("each POST names the one before of its key", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.start();
  for (const auto* key : {"k", "l", "k", "k"}) bench.log.publish(key);
  REQUIRE(bench.until([&] { return bench.seen.size() == 4; }));
  const auto epoch = bench.log.head().epoch;
  std::map<std::uint64_t, std::string> previous;
  for (const auto& one : bench.seen) previous[one.seq] = one.previous;
  CHECK(previous == std::map<std::uint64_t, std::string>{{1, ""}, {2, ""}, {3, epoch + ":1"}, {4, epoch + ":3"}});
}

TEST_CASE("any 2xx is success, nothing else", "[webhooks]") {
  for (const int status : {200, 201, 202, 204, 299}) {
    Bench bench;
    bench.subscribe("a");
    bench.answer = [&](const Post&, const Seen&) { return Posted{status, "", {}, false}; };
    bench.log.publish("k");
    bench.start();
    CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 1; }));
  }
  for (const int status : {0, 199, 300, 301, 302, 307, 308, 400, 404, 413, 429, 500, 503}) {
    Bench bench;
    bench.subscribe("a");
    bench.answer = [&](const Post&, const Seen&) { return failure(status); };
    bench.log.publish("k");
    bench.start();
    CHECK(bench.until([&] { return bench.stored("a").failing_since.has_value(); }));
    CHECK(bench.stored("a").cursor.seq == 0);
    CHECK(bench.stored("a").status == store::Subscription::Status::active);
    CHECK(bench.stored("a").last_failure.find(status == 0 ? "no answer: no" : "HTTP " + std::to_string(status) + ": no") != std::string::npos);
  }
}

TEST_CASE("a failing entry is tried again by the schedule and holds up its own key only", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bench.answer = [](const Post&, const Seen& one) { return one.seq == 1 && one.attempt < 4 ? failure() : Posted{200, "", {}, false}; };
  bench.start();
  for (const auto* key : {"bad", "good", "bad", "good", "other"}) bench.log.publish(key);
  REQUIRE(bench.until([&] { return bench.delivered().size() == 3; }));
  bench.settle();
  CHECK(bench.delivered("good") == Seqs{2, 4});
  CHECK(bench.delivered("other") == Seqs{5});
  CHECK(bench.stored("a").cursor.seq == 0);
  const auto attempts = [&] { return std::count_if(bench.seen.begin(), bench.seen.end(), [](const Seen& one) { return one.key == "bad"; }); };
  CHECK(attempts() == 1);
  bench.advance(4s, "a");
  CHECK(attempts() == 1);
  bench.advance(1s, "a");
  CHECK(attempts() == 2);
  bench.advance(4min, "a");
  CHECK(attempts() == 2);
  bench.advance(1min, "a");
  CHECK(attempts() == 3);
  bench.advance(30min, "a");
  REQUIRE(bench.until([&] { return bench.delivered("bad").size() == 2; }));
  CHECK(bench.delivered("bad") == Seqs{1, 3});
  CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 5; }));
  CHECK_FALSE(bench.stored("a").failing_since);
}

TEST_CASE("delays vary by a fifth either way", "[webhooks]") {
  Bench bench;
  bench.options.jitter = 0.2;
  bench.options.schedule = {0ms, 1h, 1h};
  bench.options.blocked_keys = 1000;
  bench.subscribe("a");
  bench.answer = [](const Post&, const Seen&) { return failure(); };
  bench.start();
  for (int i = 0; i < 60; ++i) bench.log.publish("k" + std::to_string(i));
  REQUIRE(bench.until([&] { return bench.seen.size() == 60; }));
  REQUIRE(bench.until([&] { return read_progress(bench.stored("a").progress).keys.size() == 60; }));
  std::vector<double> delays;
  for (const auto& key : read_progress(bench.stored("a").progress).keys)
    delays.push_back(std::chrono::duration<double, std::ratio<3600>>(key.due - bench.log.clock.now()).count());
  std::sort(delays.begin(), delays.end());
  CHECK(delays.front() >= 0.8);
  CHECK(delays.front() < 0.95);
  CHECK(delays.back() > 1.05);
  CHECK(delays.back() <= 1.2);
}

TEST_CASE("an endpoint may ask for more time, a day at most", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  std::optional<std::chrono::milliseconds> asked = 90s;
  bench.answer = [&](const Post&, const Seen&) { return Posted{429, "", asked, false}; };
  bench.log.publish("k");
  bench.start();
  REQUIRE(bench.until([&] { return bench.seen.size() == 1; }));
  const auto due = [&] {
    const auto progress = read_progress(bench.stored("a").progress);
    return progress.keys.empty() ? Time{} : progress.keys[0].due;
  };
  CHECK(bench.until([&] { return due() == bench.log.clock.now() + 90s; }));
  asked = 1000h;
  bench.advance(90s, "a");
  CHECK(bench.seen.size() == 2);
  CHECK(bench.until([&] { return due() == bench.log.clock.now() + 24h; }));
  // Asking for less than the schedule has brings nothing forward.
  asked = 1s;
  bench.advance(24h, "a");
  CHECK(bench.until([&] { return due() == bench.log.clock.now() + 30min; }));
}

TEST_CASE("410 suspends; resumed, it goes on from where it stood", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bool gone = true;
  bench.answer = [&](const Post&, const Seen& one) { return gone && one.seq >= 3 ? failure(410) : Posted{200, "", {}, false}; };
  bench.start();
  for (int i = 0; i < 4; ++i) bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.stored("a").status == store::Subscription::Status::suspended; }));
  CHECK(bench.stored("a").reason == "the endpoint answered 410 Gone");
  CHECK(bench.stored("a").cursor.seq == 2);
  for (int i = 0; i < 3; ++i) bench.log.publish("l");
  bench.advance(48h, "a");
  CHECK(bench.delivered() == Seqs{1, 2});
  gone = false;
  bench.set_status("a", store::Subscription::Status::active);
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 7; }));
  CHECK(bench.delivered("k") == Seqs{1, 2, 3, 4});
  CHECK(bench.delivered("l") == Seqs{5, 6, 7});
  CHECK(bench.stored("a").status == store::Subscription::Status::active);
}

TEST_CASE("five days of nothing but failures suspend, one success in between does not", "[webhooks]") {
  for (const bool one_success : {false, true}) {
    Bench bench;
    bench.subscribe("a");
    bool up = false;
    bench.answer = [&](const Post&, const Seen&) { return up ? Posted{200, "", {}, false} : failure(503); };
    bench.start();
    for (int hour = 0; hour < 130; ++hour) {
      bench.log.publish("k" + std::to_string(hour));
      up = one_success && hour == 60;
      bench.log.clock.advance(1h);
      bench.webhooks->changed("a");
      bench.settle();
    }
    const auto status = bench.stored("a").status;
    CHECK(status == (one_success ? store::Subscription::Status::active : store::Subscription::Status::suspended));
    if (!one_success) CHECK(bench.stored("a").reason.find("no success since") != std::string::npos);
  }
}

TEST_CASE("an entry whose schedule is exhausted is parked and listed, the next of its key goes on", "[webhooks]") {
  Bench bench;
  bench.options.schedule = {0ms, 1min, 1min};
  bench.subscribe("a");
  bench.answer = [](const Post&, const Seen& one) { return one.seq == 1 ? Posted{500, "Ora\ncle \x1b[31m down", {}, false} : Posted{200, "", {}, false}; };
  bench.start();
  bench.log.publish("k");
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.seen.size() == 1; }));
  bench.advance(1min, "a");
  CHECK(bench.delivered().empty());
  bench.advance(1min, "a");
  REQUIRE(bench.until([&] { return bench.delivered() == Seqs{2}; }));
  CHECK(bench.seen.size() == 4);
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 2; }));
  const auto progress = read_progress(bench.stored("a").progress);
  REQUIRE(progress.parked.size() == 1);
  CHECK(progress.parked[0].seq == 1);
  CHECK(progress.parked[0].event_id == "e1");
  CHECK(progress.parked[0].key == "k");
  CHECK(progress.parked[0].reason == "HTTP 500: Ora cle  [31m down");
  CHECK(subscription_xml(bench.stored("a"), false).find("<parked total=\"1\">") != std::string::npos);
  // The receiver can see that one is missing.
  CHECK(bench.seen.back().previous == bench.log.head().epoch + ":1");
}

TEST_CASE("as many keys as agreed may be blocked, then all of it waits", "[webhooks]") {
  Bench bench;
  bench.options.blocked_keys = 3;
  bench.options.in_flight = 1;
  bench.subscribe("a");
  bench.answer = [](const Post&, const Seen& one) { return one.key.starts_with("bad") ? failure() : Posted{200, "", {}, false}; };
  bench.start();
  for (const auto* key : {"bad1", "good", "bad2", "good", "bad3"}) bench.log.publish(key);
  REQUIRE(bench.until([&] { return bench.seen.size() == 5; }));
  bench.log.publish("good");
  bench.settle();
  // What had been read already may still go; what comes later waits.
  const auto before = bench.delivered("good").size();
  for (int i = 0; i < 10; ++i) bench.log.publish("good");
  bench.settle();
  CHECK(bench.delivered("good").size() == before);
  CHECK(bench.webhooks->lag().at(0).blocked_keys == 3);
  CHECK(bench.webhooks->lag().at(0).events >= 13);
}

TEST_CASE("an endpoint that comes back gets what it missed without waiting out the delays", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  bool up = false;
  bench.answer = [&](const Post&, const Seen&) { return up ? Posted{200, "", {}, false} : failure(); };
  bench.start();
  for (int i = 0; i < 20; ++i) bench.log.publish("k" + std::to_string(i));
  REQUIRE(bench.until([&] { return bench.seen.size() == 20; }));
  for (const auto delay : {5s, 300s, 1800s}) bench.advance(delay, "a");
  CHECK(bench.delivered().empty());
  up = true;
  bench.log.publish("new");
  CHECK(bench.until([&] { return bench.stored("a").cursor.seq == 21; }));
  CHECK(bench.delivered().size() == 21);
}
