#include "process/engine.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"

namespace wayleave::process {

namespace {

using namespace std::chrono_literals;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

constexpr auto poll_every = 1s;        ///< for what falls due without a wake: retries of an earlier run, other nodes'
constexpr auto crowded_pace = 20ms;    ///< between claims while some target has no room
constexpr std::size_t batch = 64;

std::string lane_id(const store::Fence& fence) { return fence.partner + '\n' + fence.lane + (fence.test ? "\ntest" : ""); }

}  // namespace

Engine::Engine(
  asio::any_io_executor executor, store::Store& store, SiteView site, const Clock& clock, DeliveryOptions options
)
    : strand_(asio::make_strand(executor)),
      store_(store),
      site_(std::move(site)),
      clock_(clock),
      options_(std::move(options)),
      steady_(options_.steady ? options_.steady : [] { return std::chrono::steady_clock::now(); }),
      lease_(options_.lease),
      claim_bell_(strand_),
      tick_bell_(strand_),
      grace_bell_(strand_),
      random_(options_.seed != 0 ? options_.seed : std::random_device{}()) {}

void Engine::start() {
  if (options_.held) return;
  auto begin = [self = shared_from_this()] {
    if (self->started_ || self->stopping_) return;
    self->started_ = self->claiming_ = true;
    asio::co_spawn(self->strand_, self->claim_loop(), asio::detached);
    asio::co_spawn(self->strand_, self->housekeeping(), asio::detached);
  };
  asio::post(strand_, std::move(begin));
}

void Engine::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  auto woken = [self = shared_from_this()] {
    self->woken_.store(false, std::memory_order_release);
    self->wanted_ = true;
    self->ring_claim();
  };
  asio::post(strand_, std::move(woken));
}

void Engine::ring_claim() { claim_bell_.cancel(); }

asio::awaitable<void> Engine::claim_loop() {
  const auto self = shared_from_this();
  while (!stopping_) {
    const std::size_t limit = wanted_ ? claim_limit() : 0;
    if (limit == 0) {
      claim_bell_.expires_after(until_next_claim());
      co_await claim_bell_.async_wait(no_throw);
      const Time now = clock_.now();
      for (; !due_.empty() && due_.top() <= now; due_.pop()) wanted_ = true;
      if (std::chrono::steady_clock::now() >= next_poll_) wanted_ = true;
      continue;
    }
    wanted_ = false;
    last_claim_ = std::chrono::steady_clock::now();
    next_poll_ = last_claim_ + poll_every;
    auto unit = store_.claim_lanes(options_.node, clock_.now(), lease_, limit);
    auto claimed = co_await std::move(unit);
    if (!claimed) {
      if (claimed.error().code == Errc::stopping) break;
      log::warning("delivery.claim", {{"problem", claimed.error().detail}});
      co_await pause(1s);
      wanted_ = true;
      continue;
    }
    if (claimed->size() >= limit) wanted_ = true;
    for (auto& lane : *claimed) take(std::move(lane));
    // Their coroutines run up to their first wait, so that the next claim knows who has room left.
    co_await asio::post(strand_, asio::use_awaitable);
  }
  claiming_ = false;
  end_if_idle();
}

void Engine::take(store::ClaimedLane lane) {
  const auto id = lane_id(lane.fence);
  HeldPtr& place = held_[id];
  if (place && !place->ending) {
    // Our own lease ran out while we were still at work: go on under the new token.
    place->fence = std::move(lane.fence);
    return;
  }
  // `ending`: it was given back and claimed again before its coroutine heard of that.
  const auto held = place = std::make_shared<Held>();
  held->fence = std::move(lane.fence);
  ++working_;
  auto ended = [self = shared_from_this(), id, held](std::exception_ptr problem) {
    if (problem) log::error("delivery.lane", {{"problem", "an exception ended an attempt"}});
    const auto mine = self->held_.find(id);
    if (mine != self->held_.end() && mine->second == held) self->held_.erase(mine);
    --self->working_;
    if (self->wanted_) self->ring_claim();
    self->end_if_idle();
  };
  asio::co_spawn(strand_, work(held, std::move(lane.head)), std::move(ended));
}

/// 0: no room, or too soon after the last claim while a target is crowded. Claims bring whatever is due, so a crowded
/// target's lanes are only looked through at a pace that leaves the store's writer free for new documents.
std::size_t Engine::claim_limit() const {
  if (working_ >= options_.lanes) return 0;
  const Instant now = steady_();
  std::size_t room = batch;
  for (const auto& [name, gate] : gates_) room = std::min(room, gate->target.room(now));
  const std::size_t free = std::min(options_.lanes - working_, batch);
  if (room >= batch / 8) return std::min(free, room);
  return std::chrono::steady_clock::now() - last_claim_ >= crowded_pace ? free : 0;
}

std::chrono::milliseconds Engine::until_next_claim() const {
  const auto now = std::chrono::steady_clock::now();
  auto time = std::chrono::ceil<std::chrono::milliseconds>(next_poll_ - now);
  if (working_ >= options_.lanes) return poll_every;   // the end of an attempt rings
  if (wanted_) time = std::chrono::ceil<std::chrono::milliseconds>(last_claim_ + crowded_pace - now);
  else if (!due_.empty()) time = std::min(time, due_.top() - clock_.now());
  return std::clamp<std::chrono::milliseconds>(time, 1ms, poll_every);
}

asio::awaitable<void> Engine::housekeeping() {
  const auto self = shared_from_this();
  while (!stopping_) {
    tick_bell_.expires_after(1s);
    co_await tick_bell_.async_wait(no_throw);
    if (!stopping_) tick();
  }
}

void Engine::tick() {
  const Instant now = steady_();
  for (auto& [name, gate] : gates_) {
    gate->target.tick(now);
    counters_.target(name, gate->target.breaker_open(), gate->target.failures());
    serve_queue(*gate);
    // Nobody waits here so long that the lease could end during the call.
    while (!gate->queue.empty() && now - gate->queue.front()->since > lease_ / 3) {
      const WaitingPtr first = gate->queue.front();
      gate->queue.pop_front();
      gate->target.leave();
      first->called = true;
      first->bell.cancel();
    }
  }
  const auto flights = flights_;
  for (const auto& flight : flights) {
    if (now < flight->deadline) continue;
    adapter::Reply late;
    late.kind = adapter::Reply::Kind::timeout;
    late.sent = true;
    late.detail = "the adapter did not keep its time limit";
    abandon(*flight, std::move(late));
  }
}

void Engine::abandon(Flight& flight, adapter::Reply reply) {
  if (flight.reply) return;
  flight.abandoned = true;
  flight.reply = std::move(reply);
  flight.bell.cancel();
}

asio::awaitable<void> Engine::pause(std::chrono::milliseconds time) {
  if (stopping_) co_return;
  Bell bell(strand_);
  sleepers_.insert(&bell);
  bell.expires_after(time);
  co_await bell.async_wait(no_throw);
  sleepers_.erase(&bell);
}

std::future<void> Engine::stop(std::chrono::milliseconds grace) {
  std::promise<void> idle;
  auto future = idle.get_future();
  auto begin = [self = shared_from_this(), grace, idle = std::move(idle)]() mutable {
    self->idle_ = std::move(idle);
    self->begin_stop(grace);
  };
  asio::post(strand_, std::move(begin));
  return future;
}

void Engine::begin_stop(std::chrono::milliseconds grace) {
  stopping_ = true;
  claim_bell_.cancel();
  tick_bell_.cancel();
  for (Bell* bell : sleepers_) bell->cancel();
  for (auto& [name, gate] : gates_) serve_queue(*gate);
  grace_bell_.expires_after(grace);
  auto over = [self = shared_from_this()](boost::system::error_code problem) {
    if (problem) return;
    const auto flights = self->flights_;
    for (const auto& flight : flights) {
      adapter::Reply given_up;
      given_up.kind = adapter::Reply::Kind::broken;
      given_up.sent = true;
      given_up.detail = "stopped before the answer came";
      self->abandon(*flight, std::move(given_up));
    }
  };
  grace_bell_.async_wait(std::move(over));
  end_if_idle();
}

void Engine::end_if_idle() {
  if (!stopping_ || !idle_ || claiming_ || working_ > 0) return;
  grace_bell_.cancel();
  idle_->set_value();
  idle_.reset();
}

}  // namespace wayleave::process
