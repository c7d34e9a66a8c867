#include "feed/webhooks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <map>

#include "base/log.hpp"
#include "feed/push.hpp"

namespace wayleave::feed {
namespace {

inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// The pushes by subscription. The map changes on the strand only; the mutex lets lag() look from elsewhere.
struct Pushes {
  explicit Pushes(std::shared_ptr<Pushing> p) : pushing(std::move(p)) {}
  std::shared_ptr<Pushing> pushing;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Push>> by_id;

  void add(store::Subscription subscription) {
    const auto id = subscription.id;
    auto push = std::make_shared<Push>(pushing, std::move(subscription));
    {
      const std::lock_guard lock(mutex);
      by_id[id] = push;
    }
    push->start();
  }

  void look_at(const std::string& id) {
    if (pushing->stopping) return;
    auto stored = pushing->store.subscription(id);
    if (!stored) {
      log::warning("webhook-read-failed", {{"subscription", id}, {"reason", stored.error().detail}});
      return;
    }
    const auto known = by_id.find(id);
    if (!*stored) {
      if (known == by_id.end()) return;
      known->second->drop();
      const std::lock_guard lock(mutex);
      by_id.erase(known);
    } else if (known == by_id.end()) {
      add(std::move(**stored));
    } else {
      known->second->changed(**stored);
    }
  }
};

/// Lets POSTs under way end within `grace`, then writes every cursor down.
asio::awaitable<void> drain(std::shared_ptr<Pushes> pushes, std::chrono::milliseconds grace) {
  auto& pushing = *pushes->pushing;
  pushing.stopping = true;
  for (const auto& [id, push] : pushes->by_id) push->end();
  const auto until = std::chrono::steady_clock::now() + grace;
  while (pushing.tasks > 0 && std::chrono::steady_clock::now() < until) {
    pushing.ended.expires_at(until);
    co_await pushing.ended.async_wait(no_throw);
  }
  for (const auto& [id, push] : pushes->by_id) co_await push->persist();
}

class StoreWebhooks final : public Webhooks {
 public:
  explicit StoreWebhooks(std::shared_ptr<Pushing> pushing) : pushes_(std::make_shared<Pushes>(std::move(pushing))) {}
  ~StoreWebhooks() override = default;

  void start() override {
    auto stored = pushes_->pushing->store.subscriptions("");
    if (!stored) {
      log::error("webhooks-not-loaded", {{"reason", stored.error().detail}});
      return;
    }
    asio::post(pushes_->pushing->strand, [pushes = pushes_, subscriptions = std::move(*stored)]() mutable {
      if (pushes->pushing->stopping) return;
      for (auto& subscription : subscriptions)
        if (!pushes->by_id.contains(subscription.id)) pushes->add(std::move(subscription));
    });
  }

  void changed(const std::string& subscription) override {
    asio::post(pushes_->pushing->strand, [pushes = pushes_, subscription] { pushes->look_at(subscription); });
  }

  asio::awaitable<Posted> test(store::Subscription subscription) override {
    const auto pushing = pushes_->pushing;
    auto post = make_test_post(subscription, pushing->clock.now());
    post.timeout = pushing->options.timeout;
    co_return co_await pushing->poster(std::move(post));
  }

  asio::awaitable<Result<std::uint64_t>> replay(std::string subscription, std::optional<std::uint64_t> seq) override {
    auto work = [](std::shared_ptr<Pushes> pushes, std::string id, std::optional<std::uint64_t> one) -> asio::awaitable<Result<std::uint64_t>> {
      const auto known = pushes->by_id.find(id);
      if (known == pushes->by_id.end()) co_return Problem{Errc::not_found, "no subscription " + id + " is pushed"};
      co_return known->second->replay(one);
    }(pushes_, std::move(subscription), seq);
    co_return co_await asio::co_spawn(pushes_->pushing->strand, std::move(work), asio::use_awaitable);
  }

  void stop(std::chrono::milliseconds grace) override {
    if (stopped_) return;
    stopped_ = true;
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    asio::co_spawn(pushes_->pushing->strand, drain(pushes_, grace), [done](std::exception_ptr) { done->set_value(); });
    // An executor that does not run any more must not hold up the end of the process.
    if (ended.wait_for(grace + std::chrono::seconds(5)) != std::future_status::ready) log::warning("webhooks-not-drained");
  }

  std::vector<SubscriptionLag> lag() const override {
    std::vector<SubscriptionLag> all;
    const std::lock_guard lock(pushes_->mutex);
    for (const auto& [id, push] : pushes_->by_id) all.push_back(push->lag());
    return all;
  }

 private:
  std::shared_ptr<Pushes> pushes_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Webhooks> make_webhooks(
  asio::any_io_executor executor, store::Store& store, std::shared_ptr<Hub> hub, Poster poster, const Clock& clock, WebhookOptions options
) {
  return std::make_unique<StoreWebhooks>(
    std::make_shared<Pushing>(std::move(executor), store, std::move(hub), std::move(poster), clock, std::move(options))
  );
}

}  // namespace wayleave::feed
