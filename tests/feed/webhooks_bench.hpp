#pragma once

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
#include "feed/webhooks.hpp"
#include "log.hpp"

/// What the tests of webhooks share.
namespace wayleave::feed::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

inline std::string header(const Post& post, const std::string& name) {
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

inline Posted failure(int status = 500) { return Posted{status, "no", {}, false}; }

}  // namespace wayleave::feed::testing
