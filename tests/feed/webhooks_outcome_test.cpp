#include <catch2/catch.hpp>

#include "webhooks_bench.hpp"

using namespace wayleave;
using namespace wayleave::feed;
using namespace wayleave::feed::testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

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
