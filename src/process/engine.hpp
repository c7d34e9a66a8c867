#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "process/attempt.hpp"
#include "process/counters.hpp"
#include "process/delivery.hpp"
#include "process/schedule.hpp"
#include "process/target.hpp"

namespace wayleave::process {

namespace asio = boost::asio;

/// The delivery engine behind Delivery. One loop claims lanes in batches; every claimed lane gets one coroutine that makes
/// one attempt at its head and gives the lane back in the unit that ends the attempt. Everything below runs on one strand;
/// wake() and counters() may be called from anywhere. Kept alive by its coroutines.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(asio::any_io_executor executor, store::Store& store, SiteView site, const Clock& clock, DeliveryOptions options);

  void start();
  void wake();
  /// Ready once nothing of the engine runs any more.
  std::future<void> stop(std::chrono::milliseconds grace);
  DeliveryCounters counters() const { return counters_.read(); }

 private:
  using Instant = Target::Instant;
  using Bell = asio::steady_timer;

  /// A lane we hold. Its fence is renewed when the store hands us the same lane again (lease over).
  struct Held {
    store::Fence fence;
    bool ending = false;                 ///< the unit that gives it back is on its way
  };
  using HeldPtr = std::shared_ptr<Held>;
  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor) : bell(executor) {}
    Bell bell;
    Instant since{};
    bool called = false;                 ///< taken out of the queue
    bool granted = false;                ///< its call has begun
    bool probe = false;
  };
  using WaitingPtr = std::shared_ptr<Waiting>;
  struct Gate {
    explicit Gate(std::string name, Target::Limits limits) : target(std::move(name), limits) {}
    Target target;
    std::deque<WaitingPtr> queue;
  };
  /// A call under way, so that it can be given up without waiting for the adapter.
  struct Flight {
    explicit Flight(const asio::any_io_executor& executor) : bell(executor) {}
    Bell bell;
    Instant deadline{};
    std::optional<adapter::Reply> reply;
    bool abandoned = false;
  };
  using FlightPtr = std::shared_ptr<Flight>;

  /// One attempt while it runs.
  struct Run {
    HeldPtr held;
    store::DocumentRecord document;
    std::vector<store::Stage> stages;
    ProcessPtr process;
    const Step* step = nullptr;
  };

  // engine.cpp: claiming
  asio::awaitable<void> claim_loop();
  void take(store::ClaimedLane lane);
  std::size_t claim_limit() const;
  std::chrono::milliseconds until_next_claim() const;
  asio::awaitable<void> housekeeping();
  void tick();
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  void ring_claim();
  void end_if_idle();
  void begin_stop(std::chrono::milliseconds grace);
  void abandon(Flight& flight, adapter::Reply reply);

  // lane.cpp: one attempt
  asio::awaitable<void> work(HeldPtr held, store::DocumentRecord document);
  asio::awaitable<void> work_at(Run run);
  asio::awaitable<void> attempt(Run run);
  asio::awaitable<void> call(Run run, Gate& gate, bool probe);
  /// A call's place at the back end; given up, as if the call had said nothing, unless end() was called.
  class Slot;
  enum class Place : std::uint8_t { granted, put_back, stopping };
  struct Entry {
    Place place = Place::put_back;
    bool probe = false;
  };
  asio::awaitable<Entry> enter(Gate& gate);
  asio::awaitable<adapter::Reply> send(std::shared_ptr<adapter::Sender> sender, adapter::Call call);
  void leave(Gate& gate, bool probe, Target::End end);
  void serve_queue(Gate& gate);
  Gate& gate_of(const std::string& target);
  bool lease_too_short(const Step& step);

  // lane.cpp: how an attempt ends
  asio::awaitable<void> settle(Run run, Judgement judgement, Gate& gate, bool probe);
  asio::awaitable<void> done(Run run, std::optional<store::Verdict> verdict, std::string detail);
  asio::awaitable<void> retry(Run run, Judgement judgement, Gate& gate, bool probe);
  asio::awaitable<void> put_back(Run run, Time at, std::string why);
  /// `quiet`: our own fault, so the customer hears nothing.
  asio::awaitable<void> park(Run run, store::Status status, std::string why, bool quiet);
  asio::awaitable<void> give_back(HeldPtr held);
  asio::awaitable<Result<Numbers>> draw_numbers(const Step& step, const store::DocumentRecord& document);
  template <class Unit>
  asio::awaitable<Result<bool>> commit(HeldPtr held, Unit unit, bool ends = true);
  store::Stage stage_of(const Run& run, const char* outcome, std::string_view detail) const;
  std::vector<store::NewEntry> told(const Run& run, store::Status status, const store::Stage& stage,
                                    const std::optional<store::Verdict>& verdict = std::nullopt) const;

  asio::strand<asio::any_io_executor> strand_;
  store::Store& store_;
  const SiteView site_;
  const Clock& clock_;
  const DeliveryOptions options_;
  std::function<Instant()> steady_;
  Counters counters_;
  std::atomic<bool> woken_{false};

  bool started_ = false;
  bool stopping_ = false;
  bool claiming_ = false;                ///< the loop runs
  bool wanted_ = true;                   ///< something may be due
  Instant last_claim_{};
  Instant next_poll_{};
  std::chrono::milliseconds lease_;
  Bell claim_bell_;
  Bell tick_bell_;
  Bell grace_bell_;
  std::set<Bell*> sleepers_;             ///< those in pause()
  std::priority_queue<Time, std::vector<Time>, std::greater<>> due_;
  std::unordered_map<std::string, HeldPtr> held_;
  std::size_t working_ = 0;              ///< coroutines at work on a lane
  std::map<std::string, std::unique_ptr<Gate>> gates_;
  std::set<FlightPtr> flights_;
  std::mt19937_64 random_;
  std::optional<std::promise<void>> idle_;
};

}  // namespace wayleave::process
