#include "feed/webhooks.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "feed/progress.hpp"
#include "log.hpp"

using namespace wayleave;
using namespace wayleave::feed;
using feed::testing::Log;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string header(const Post& post, const std::string& name) {
  for (const auto& [one, value] : post.headers)
    if (one == name) return value;
  return {};
}

/// What an endpoint saw of one POST.
struct Seen {
  std::string endpoint, key, id, previous;
  std::uint64_t seq = 0;
  int attempt = 0;
  int status = 0;
};

/// Endpoints that do as they are told; everything on the one thread of the test.
struct Bench {
  Log log;
  asio::io_context context;
  WebhookOptions options;
  std::vector<Seen> seen;
  std::function<Posted(const Post&, const Seen&)> answer = [](const Post&, const Seen&) { return Posted{200, "", {}, false}; };
  std::set<std::string> hanging;                 // endpoints that do not answer
  std::vector<std::shared_ptr<asio::steady_timer>> hung;
  std::size_t under_way = 0, most_under_way = 0;
  std::map<std::string, int> keys_under_way;
  bool overlapped = false;
  bool yield = false;                            // answers after a turn of the loop
  std::unique_ptr<Webhooks> webhooks;

  Bench() {
    log::start("off");
    options.persist_every = 1ms;
    options.jitter = 0;
  }
  ~Bench() { stop(); }

  asio::awaitable<Posted> post(Post post) {
    Seen one;
    one.endpoint = post.url;
    one.key = header(post, "ce-partitionkey");
    one.id = header(post, "webhook-id");
    one.previous = header(post, "Feed-Previous");
    const auto sequence = header(post, "ce-sequence");
    one.seq = sequence.empty() ? 0 : std::stoull(sequence);
    one.attempt = std::stoi(header(post, "Feed-Attempt"));
    const auto timestamp = std::stoll(header(post, "webhook-timestamp"));
    if (header(post, "webhook-signature") != signature(secret, one.id, timestamp, *post.body)) co_return Posted{401, "bad signature", {}, false};
    const auto lane = one.endpoint + ' ' + one.key;
    if (++keys_under_way[lane] > 1) overlapped = true;
    most_under_way = std::max(most_under_way, ++under_way);
    if (hanging.contains(post.url)) {
      auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, 1h);
      hung.push_back(timer);
      boost::system::error_code ignored;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } else if (yield) {
      co_await asio::post(asio::use_awaitable);
    }
    --under_way;
    --keys_under_way[lane];
    auto posted = answer(post, one);
    one.status = posted.status;
    seen.push_back(one);
    co_return posted;
  }

  void start() {
    webhooks = make_webhooks(
      context.get_executor(), *log.store, log.hub, [this](Post one) { return post(std::move(one)); }, log.clock, options
    );
    webhooks->start();
  }
  void stop() {
    for (const auto& timer : hung) timer->cancel();
    hung.clear();
    if (!webhooks) return;
    auto guard = asio::make_work_guard(context);
    context.restart();
    std::thread runs([this] { context.run(); });
    webhooks->stop(2s);
    guard.reset();
    webhooks.reset();
    log.hub->stop();
    runs.join();
  }

  std::string subscribe(const std::string& name, std::uint64_t after = 0) {
    store::Subscription subscription;
    subscription.id = name;
    subscription.partner = "acme";
    subscription.feed = "shipment-status";
    subscription.endpoint = "https://" + name + ".example/";
    subscription.secret = secret;
    subscription.cursor = {log.head().epoch, after};
    subscription.created = log.clock.now();
    put(subscription);
    return subscription.endpoint;
  }
  void put(store::Subscription subscription) { (void)Log::now(log.store->put_subscription(std::move(subscription))).value(); }
  store::Subscription stored(const std::string& id) { return *log.store->subscription(id).value(); }
  void set_status(const std::string& id, store::Subscription::Status status) {
    auto subscription = stored(id);
    subscription.status = status;
    subscription.reason.clear();
    put(subscription);
    webhooks->changed(id);
  }

  /// Runs until it is so; the test fails when it is not within seconds.
  bool until(const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!so()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.restart();
      context.run_for(1ms);
    }
    return true;
  }
  /// Runs what can run now, a few turns.
  void settle() {
    const auto end = std::chrono::steady_clock::now() + 15ms;
    while (std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_for(1ms);
    }
  }
  void advance(std::chrono::milliseconds by, const std::string& id) {
    log.clock.advance(by);
    webhooks->changed(id);
    settle();
  }
  std::vector<std::uint64_t> delivered(const std::string& key = "", const std::string& endpoint = "") const {
    std::vector<std::uint64_t> seqs;
    for (const auto& one : seen)
      if (one.status / 100 == 2 && (key.empty() || one.key == key) && (endpoint.empty() || one.endpoint == endpoint)) seqs.push_back(one.seq);
    return seqs;
  }
};

using Seqs = std::vector<std::uint64_t>;

Posted failure(int status = 500) { return Posted{status, "no", {}, false}; }

}  // namespace

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

namespace {

/// Fails at random, a few keys most of the time; after some rounds nothing fails any more.
void push_through_trouble(unsigned seed) {
  log::start("off");
  std::mt19937 random(seed);
  Log log;
  std::map<std::string, std::vector<std::uint64_t>> of_key;
  std::vector<Seen> seen;
  bool calm = false;
  const auto publish = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto key = "k" + std::to_string(random() % 12);
      log.publish(key);
      of_key[key].push_back(log.published);
    }
  };
  store::Subscription subscription;
  subscription.id = "a";
  subscription.partner = "acme";
  subscription.feed = "shipment-status";
  subscription.endpoint = "https://a.example/";
  subscription.secret = secret;
  subscription.cursor = {log.head().epoch, 0};
  (void)Log::now(log.store->put_subscription(subscription)).value();

  for (int life = 0; life < 4; ++life) {
    calm = life == 3;
    asio::io_context context;
    WebhookOptions options;
    options.persist_every = 1ms;
    options.schedule.assign(500, 1ms);
    options.schedule[0] = 0ms;
    options.blocked_keys = 1 + random() % 6;
    options.in_flight = 1 + random() % 8;
    options.waiting = 5 + random() % 50;
    auto poster = [&](Post post) -> asio::awaitable<Posted> {
      for (auto turns = random() % 3; turns > 0; --turns) co_await asio::post(asio::use_awaitable);
      Seen one;
      one.key = header(post, "ce-partitionkey");
      one.seq = std::stoull(header(post, "ce-sequence"));
      const bool bad_key = one.key == "k3" || one.key == "k7";
      one.status = !calm && random() % 100 < (bad_key ? 90u : 20u) ? 500 : 200;
      seen.push_back(one);
      co_return Posted{one.status, "", {}, false};
    };
    auto webhooks = make_webhooks(context.get_executor(), *log.store, log.hub, poster, log.clock, options);
    webhooks->start();
    const auto end = std::chrono::steady_clock::now() + (calm ? 20s : 60ms);
    if (calm) publish(40);
    while (std::chrono::steady_clock::now() < end) {
      if (!calm) publish(static_cast<int>(random() % 8));
      context.restart();
      context.run_for(2ms);
      log.clock.advance(3ms);
      webhooks->changed("a");
      if (calm && (*log.store->subscription("a").value()).cursor.seq == log.published) break;
    }
    if (life % 2 == 0 && !calm) {
      // A crash: no goodbye. What was delivered since the cursor was last written may come again.
      webhooks.reset();
      continue;
    }
    auto guard = asio::make_work_guard(context);
    context.restart();
    std::thread runs([&] { context.run(); });
    webhooks->stop(2s);
    webhooks.reset();
    guard.reset();
    context.stop();
    runs.join();
  }
  CHECK((*log.store->subscription("a").value()).cursor.seq == log.published);
  for (const auto& [key, expected] : of_key) {
    INFO("seed " << seed << ", " << key);
    // First successes of a key are in order and complete; a repeat is never of something that was not sent before.
    std::vector<std::uint64_t> firsts;
    std::uint64_t furthest = 0;
    bool ordered = true;
    for (const auto& one : seen) {
      if (one.key != key) continue;
      const auto place = std::find(expected.begin(), expected.end(), one.seq);
      const auto reached = firsts.empty() ? 0 : firsts.back();
      // Nothing is even tried before all that is before it was taken once.
      if (place != expected.begin() && reached < *(place - 1)) ordered = false;
      if (one.status == 200 && one.seq > furthest) firsts.push_back(furthest = one.seq);
    }
    CHECK(ordered);
    CHECK(firsts == expected);
  }
}

}  // namespace

TEST_CASE("whatever fails and however often it restarts, no key is reordered and nothing is lost", "[webhooks]") {
  for (unsigned seed = 1; seed <= 12; ++seed) push_through_trouble(seed);
}

namespace {

/// Entries made into `made N`; what `kind` says of an entry, by its number.
void render(Bench& bench, std::function<Rendering::Kind(std::uint64_t)> kind, std::vector<std::uint64_t>* asked = nullptr) {
  bench.options.renderer = [kind = std::move(kind), asked](Sending sending) -> asio::awaitable<Rendering> {
    if (asked) asked->push_back(sending.entry.seq);
    Rendering out;
    out.kind = kind(sending.entry.seq);
    out.body = std::make_shared<const std::string>("made " + std::to_string(sending.entry.seq));
    out.reason = "214-STATUS: no code\nfor it";
    co_return out;
  };
}

}  // namespace

TEST_CASE("an entry that cannot be rendered is parked with the reason, and the next of its key goes on", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  std::vector<std::string> bodies;
  bench.answer = [&](const Post& post, const Seen&) {
    bodies.push_back(*post.body);
    return Posted{200, "", {}, false};
  };
  render(bench, [](std::uint64_t seq) { return seq == 2 ? Rendering::Kind::refused : seq == 3 ? Rendering::Kind::nothing : Rendering::Kind::made; });
  bench.start();
  bench.log.publish("k", {"acme"}, 4);
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 4; }));
  CHECK(bench.delivered() == Seqs{1, 4});
  CHECK(bodies == std::vector<std::string>{"made 1", "made 4"});
  const auto progress = read_progress(bench.stored("a").progress);
  REQUIRE(progress.parked.size() == 1);
  CHECK(progress.parked[0].seq == 2);
  CHECK(progress.parked[0].reason == "214-STATUS: no code for it");
  CHECK_FALSE(bench.stored("a").failing_since);
}

TEST_CASE("what cannot be rendered now is no attempt of the endpoint's", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  int times = 0;
  render(bench, [&](std::uint64_t) { return ++times < 3 ? Rendering::Kind::later : Rendering::Kind::as_it_is; });
  bench.start();
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return times == 1; }));
  bench.settle();
  CHECK(times == 1);
  bench.advance(1s, "a");
  bench.advance(1s, "a");
  REQUIRE(bench.until([&] { return bench.delivered() == Seqs{1}; }));
  CHECK(bench.seen.front().attempt == 1);
}

TEST_CASE("an entry counts as delivered when that was kept, and not before", "[webhooks]") {
  Bench bench;
  bench.subscribe("a");
  int kept = 0;
  bench.options.renderer = [&](Sending) -> asio::awaitable<Rendering> {
    Rendering out;
    out.taken = [&kept]() -> asio::awaitable<bool> { co_return ++kept > 1; };
    co_return out;
  };
  bench.start();
  bench.log.publish("k");
  REQUIRE(bench.until([&] { return bench.stored("a").failing_since.has_value(); }));
  CHECK(bench.stored("a").cursor.seq == 0);
  bench.advance(5s, "a");
  REQUIRE(bench.until([&] { return bench.stored("a").cursor.seq == 1; }));
  CHECK(kept == 2);
  CHECK(bench.seen.size() == 2);
}
