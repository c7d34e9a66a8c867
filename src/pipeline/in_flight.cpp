#include "pipeline/in_flight.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace wayleave::pipeline {

namespace asio = boost::asio;

// A timer that never fires by itself is the usual awaitable event; it is cancelled on its own executor only.
struct InFlight::Waiter {
  explicit Waiter(asio::any_io_executor executor) : timer(std::move(executor)) {}
  asio::steady_timer timer;
  bool called = false;
};

InFlight::Turn::~Turn() {
  if (owner_) owner_->leave(key_);
}

void InFlight::leave(const std::string& key) {
  std::shared_ptr<Waiter> next;
  {
    std::lock_guard lock(mutex_);
    auto it = waiting_.find(key);
    if (it == waiting_.end()) return;
    if (it->second.empty()) {
      waiting_.erase(it);
      return;
    }
    next = it->second.front();
    it->second.erase(it->second.begin());
    next->called = true;
  }
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

asio::awaitable<std::unique_ptr<InFlight::Turn>> InFlight::enter(std::string key, std::chrono::milliseconds patience) {
  auto executor = co_await asio::this_coro::executor;
  std::shared_ptr<Waiter> waiter;
  {
    std::lock_guard lock(mutex_);
    auto [it, first] = waiting_.try_emplace(key);
    if (!first) {
      waiter = std::make_shared<Waiter>(executor);
      waiter->timer.expires_after(patience);
      it->second.push_back(waiter);
    }
  }
  if (!waiter) co_return std::make_unique<Turn>(*this, std::move(key));

  // Our turn may be called between registering and waiting; then the posted cancel finds no wait, so look first.
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (waiter->called) break;
      if (waiter->timer.expiry() <= std::chrono::steady_clock::now()) {
        auto it = waiting_.find(key);
        if (it != waiting_.end()) std::erase(it->second, waiter);
        co_return nullptr;
      }
    }
    auto [ec] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    (void)ec;
  }
  co_return std::make_unique<Turn>(*this, std::move(key));
}

}  // namespace wayleave::pipeline
