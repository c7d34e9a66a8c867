#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crash.hpp"
#include "base/log.hpp"
#include "process/engine.hpp"

/// One attempt at the head of a lane, from the claim to the unit that ends it.
namespace wayleave::process {

namespace {

using namespace std::chrono_literals;
using store::Status;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto slack = 5s;             ///< what an adapter may take beyond its time limit before it is given up

void log_end(std::string_view event, const store::DocumentRecord& document, const std::string& step) {
  log::info(event, {{"document", document.id}, {"partner", document.partner}, {"process", document.process}, {"step", step}});
}

/// Details quote back ends and adapters: one line of valid UTF-8, so that it can stand in XML and in a terminal.
std::string presentable(std::string_view text) {
  constexpr std::size_t longest = 1000;
  std::string line;
  for (std::size_t i = 0; i < text.size() && line.size() < longest;) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80 ? 1 : byte >= 0xC2 && byte < 0xE0 ? 2 : byte >= 0xE1 && byte < 0xEF && byte != 0xED ? 3 : 0;
    for (std::size_t k = 1; k < length; ++k) {
      if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) length = 0;
    }
    if (length == 1) line += byte < ' ' || byte == 0x7F ? ' ' : text[i];
    else if (length == 0) line += '?';
    else line += text.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return line;
}

}  // namespace

asio::awaitable<void> Engine::work(HeldPtr held, store::DocumentRecord document) {
  const auto self = shared_from_this();
  Run run;
  run.held = held;
  run.document = document;
  bool failed = false;
  try {
    co_await work_at(std::move(run));
  } catch (const std::exception& problem) {
    log::error("delivery.exception", {{"document", document.id}, {"problem", problem.what()}});
    failed = true;
  }
  if (!failed || held->ending) co_return;
  Run broken;
  broken.held = held;
  broken.document = std::move(document);
  co_await park(std::move(broken), Status::parked, "a fault of the gateway's own; see its log", true);
}

asio::awaitable<void> Engine::work_at(Run run) {
  // A document fresh from its acceptance has no stages yet; all others are told with their whole life.
  if (run.document.status != Status::accepted) {
    auto stages = store_.stages(run.document.id);
    if (stages) run.stages = std::move(*stages);
  }
  if (run.document.status == Status::unknown) {
    co_return co_await park(std::move(run), Status::unknown, "the gateway ended before the answer came", false);
  }
  run.process = site_.process(run.document.process);
  if (!run.process) {
    auto why = "the site in force has no process " + run.document.process;
    co_return co_await park(std::move(run), Status::parked, std::move(why), true);
  }
  const auto index = static_cast<std::size_t>(run.document.step);
  if (index >= run.process->steps.size()) {
    co_return co_await done(std::move(run), std::nullopt, "no step is left in the site in force");
  }
  run.step = &run.process->steps[index];
  if (!run.step->sender) {
    co_return co_await park(std::move(run), Status::parked, "the step has no adapter", true);
  }
  if (lease_too_short(*run.step)) co_return co_await give_back(run.held);
  co_await attempt(std::move(run));
}

/// Leases are asked for before it is known what they are for; a slow step makes all later ones longer.
bool Engine::lease_too_short(const Step& step) {
  const auto needed = (step.config.timeout + slack) * 3 / 2;   // a third of a lease may pass in the queue
  if (needed <= lease_) return false;
  lease_ = needed;
  wanted_ = true;
  return true;
}

asio::awaitable<void> Engine::attempt(Run run) {
  Gate& gate = gate_of(run.step->sender->target());
  const Entry entry = co_await enter(gate);
  if (entry.place == Place::granted) co_return co_await call(std::move(run), gate, entry.probe);
  if (entry.place == Place::stopping) co_return co_await give_back(run.held);
  const bool open = gate.target.open(steady_());
  const Time at = clock_.now() + gate.target.put_back_for(steady_());
  std::string why = open ? "the back end is not available; waiting until it is" : "waiting for the back end to have time";
  co_await put_back(std::move(run), at, std::move(why));
}

Engine::Gate& Engine::gate_of(const std::string& target) {
  auto& gate = gates_[target];
  if (!gate) {
    Target::Limits limits;
    limits.calls = std::max<std::size_t>(options_.per_target, 1);
    limits.share = std::max(limits.calls + 8, options_.lanes / 4);
    limits.failures = options_.breaker_failures;
    limits.probe = options_.breaker_probe;
    gate = std::make_unique<Gate>(target, limits);
  }
  return *gate;
}

asio::awaitable<Engine::Entry> Engine::enter(Gate& gate) {
  Entry entry;
  if (stopping_) {
    entry.place = Place::stopping;
    co_return entry;
  }
  const Target::Answer answer = gate.target.ask(steady_());
  if (answer == Target::Answer::put_back) co_return entry;
  if (answer == Target::Answer::go) {
    entry.place = Place::granted;
    entry.probe = gate.target.begin(steady_());
    co_return entry;
  }
  const auto waiting = std::make_shared<Waiting>(strand_);
  waiting->since = steady_();
  gate.target.wait();
  gate.queue.push_back(waiting);
  waiting->bell.expires_at(Bell::time_point::max());
  while (!waiting->called) co_await waiting->bell.async_wait(no_throw);
  entry.probe = waiting->probe;
  if (waiting->granted) entry.place = Place::granted;
  else if (stopping_) entry.place = Place::stopping;
  co_return entry;
}

void Engine::serve_queue(Gate& gate) {
  while (!gate.queue.empty()) {
    const Instant now = steady_();
    const bool go_away = stopping_ || gate.target.refuses_waiting(now);
    if (!go_away && !gate.target.may_start(now)) return;
    const WaitingPtr first = gate.queue.front();
    gate.queue.pop_front();
    gate.target.leave();
    first->called = true;
    if (!go_away) {
      first->granted = true;
      first->probe = gate.target.begin(now);
    }
    first->bell.cancel();
  }
}

void Engine::leave(Gate& gate, bool probe, Target::End end) {
  const bool was_open = gate.target.breaker_open();
  gate.target.end(probe, end, steady_());
  const bool open = gate.target.breaker_open();
  if (open != was_open) {
    log::warning(open ? "delivery.breaker_open" : "delivery.breaker_closed", {{"target", gate.target.name()}});
  }
  if (open != was_open || end == Target::End::failed) {
    counters_.target(gate.target.name(), open, gate.target.failures());
  }
  serve_queue(gate);
}

class Engine::Slot {
 public:
  Slot(Engine& engine, Gate& gate, bool probe) : engine_(engine), gate_(gate), probe_(probe) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { end(Target::End::nothing); }
  void end(Target::End how) {
    if (!ended_) engine_.leave(gate_, probe_, how);
    ended_ = true;
  }

 private:
  Engine& engine_;
  Gate& gate_;
  const bool probe_;
  bool ended_ = false;
};

asio::awaitable<void> Engine::call(Run run, Gate& gate, bool probe) {
  Slot slot(*this, gate, probe);
  const Step& step = *run.step;
  auto canonical = store_.document_canonical(run.document.id);
  if (!canonical || !*canonical) {
    co_return co_await park(std::move(run), Status::parked, "the canonical document is not readable", true);
  }
  auto numbers = co_await draw_numbers(step, run.document);
  if (!numbers) co_return co_await give_back(run.held);
  auto attempt = prepare(run.document, *canonical, *run.process, step, run.stages, std::move(*numbers), site_);
  if (!attempt) co_return co_await park(std::move(run), Status::parked, attempt.error().detail, true);
  if (!step.config.repeat_safe) {
    auto unit = [this, id = run.document.id](store::Fence fence) { return store_.sending(std::move(fence), id); };
    const auto marked = co_await commit(run.held, unit, false);
    if (!marked) co_return co_await give_back(run.held);
  }
  crash_point("before-send");
  counters_.call_started();
  const Instant began = steady_();
  const adapter::Reply reply = co_await send(step.sender, std::move(attempt->call));
  counters_.call_ended(run.process->name, step.config.name, steady_() - began);
  crash_point("after-reply");
  Judgement judgement = judge(reply, step, site_, attempt->context, clock_.now());
  // Stopped in the middle of a repeatable attempt: as if it had not been made.
  const bool cut_off = stopping_ && reply.kind == adapter::Reply::Kind::broken && step.config.repeat_safe;
  if (cut_off) co_return co_await give_back(run.held);
  slot.end(judgement.opens_breaker ? Target::End::failed : Target::End::answered);
  co_await settle(std::move(run), std::move(judgement), gate, probe);
}

/// Durable before the map runs: the same document gets the same numbers at every attempt and replay.
asio::awaitable<Result<Numbers>> Engine::draw_numbers(const Step& step, const store::DocumentRecord& document) {
  Numbers numbers;
  const auto& map = step.map_for(document.partner);
  if (!map) co_return numbers;
  for (const auto& sequence : map->sequences()) {
    std::string scope = sequence.per_partner ? "partner " + document.partner : std::string("gateway");
    auto number = co_await store_.number(std::move(scope), sequence.name, document.id);
    if (!number) co_return number.error();
    numbers[sequence.name] = *number;
  }
  co_return numbers;
}

asio::awaitable<adapter::Reply> Engine::send(std::shared_ptr<adapter::Sender> sender, adapter::Call call) {
  const auto flight = std::make_shared<Flight>(strand_);
  flight->deadline = steady_() + call.timeout + slack;
  flights_.insert(flight);
  auto sending = sender->send(std::move(call));
  auto ended = [flight, sender](std::exception_ptr problem, adapter::Reply reply) {
    if (flight->reply) return;
    if (problem) {
      reply = {};
      reply.kind = adapter::Reply::Kind::broken;
      reply.sent = true;
      reply.detail = "the adapter failed";
    }
    flight->reply = std::move(reply);
    flight->bell.cancel();
  };
  asio::co_spawn(strand_, std::move(sending), std::move(ended));
  flight->bell.expires_at(Bell::time_point::max());
  while (!flight->reply) co_await flight->bell.async_wait(no_throw);
  flights_.erase(flight);
  co_return std::move(*flight->reply);
}

// ------------------------------------------------------------------------------------------------ how an attempt ends

asio::awaitable<void> Engine::settle(Run run, Judgement judgement, Gate& gate, bool probe) {
  switch (judgement.kind) {
    case Judgement::Kind::delivered:
      return done(std::move(run), std::nullopt, std::move(judgement.detail));
    case Judgement::Kind::verdict:
      return done(std::move(run), std::move(judgement.verdict), std::move(judgement.detail));
    case Judgement::Kind::park:
      return park(std::move(run), Status::parked, std::move(judgement.detail), true);
    case Judgement::Kind::unknown:
      return park(std::move(run), Status::unknown, std::move(judgement.detail), false);
    case Judgement::Kind::retry:
      break;
  }
  return retry(std::move(run), std::move(judgement), gate, probe);
}

store::Stage Engine::stage_of(const Run& run, const char* outcome, std::string_view detail) const {
  store::Stage stage;
  stage.name = "step";
  if (run.step) stage.step = run.step->config.name;
  stage.at = clock_.now();
  stage.outcome = outcome;
  stage.attempt = run.step ? run.document.attempts + 1 : 0;
  stage.detail = presentable(detail);
  return stage;
}

std::vector<store::NewEntry> Engine::told(
  const Run& run, Status status, const store::Stage& stage, const std::optional<store::Verdict>& verdict
) const {
  store::DocumentRecord document = run.document;
  document.status = status;
  document.updated = stage.at;
  if (verdict) document.verdict = verdict;
  auto stages = run.stages;
  stages.push_back(stage);
  return {document_entry(document, stages, stage.at)};
}

asio::awaitable<void> Engine::done(Run run, std::optional<store::Verdict> verdict, std::string detail) {
  const auto next = static_cast<std::size_t>(run.document.step) + 1;
  const bool refused = verdict && !verdict->accepted;
  const bool last = refused || next >= run.process->steps.size();
  const bool confirmed = verdict ? verdict->accepted : run.document.verdict && run.document.verdict->accepted;
  store::StepDone unit_of_work;
  unit_of_work.document = run.document.id;
  unit_of_work.stage = stage_of(run, "ok", detail);
  unit_of_work.status = refused ? Status::refused : !last ? Status::delivering : confirmed ? Status::confirmed : Status::delivered;
  unit_of_work.next_step = static_cast<int>(next);
  unit_of_work.release = true;
  if (unit_of_work.status != run.document.status) {
    unit_of_work.entries = told(run, unit_of_work.status, unit_of_work.stage, verdict);
  }
  // Once, when nothing can contradict it any more: a later step may still refuse what an earlier one took.
  const auto& final_word = verdict ? verdict : run.document.verdict;
  if (final_word && last) {
    const auto canonical = store_.document_canonical(run.document.id);
    auto response = order_response_entry(run.document, *final_word, canonical ? *canonical : nullptr, clock_.now());
    if (response) unit_of_work.entries.push_back(std::move(*response));
  }
  unit_of_work.verdict = std::move(verdict);
  auto unit = [this, &unit_of_work](store::Fence fence) { return store_.complete_step(std::move(fence), unit_of_work); };
  const auto kept = co_await commit(run.held, unit);
  if (!kept || !*kept) co_return;
  if (refused) counters_.count(Counters::Outcome::refused);
  else if (last) counters_.count(confirmed ? Counters::Outcome::confirmed : Counters::Outcome::delivered);
}

asio::awaitable<void> Engine::retry(Run run, Judgement judgement, Gate& gate, bool probe) {
  Failure failure;
  failure.attempts = run.document.attempts + 1;
  failure.now = clock_.now();
  failure.first = first_try(run.step->config.name, run.stages).value_or(failure.now);
  failure.retry_after = judgement.retry_after;
  const auto at = next_attempt(run.step->config, failure, random_);
  if (!at) {
    co_return co_await park(std::move(run), Status::parked, "given up: " + judgement.detail, false);
  }
  store::StepRetry unit_of_work;
  unit_of_work.document = run.document.id;
  unit_of_work.stage = stage_of(run, "waiting", judgement.detail);
  unit_of_work.at = *at;
  if (gate.target.open(steady_())) {
    // While the breaker is open attempts do not count: its probe's neither.
    unit_of_work.counts = !probe;
    const Time probed = clock_.now() + gate.target.put_back_for(steady_());
    unit_of_work.at = probe ? probed : std::max(*at, probed);
  }
  unit_of_work.release = true;
  if (run.document.status == Status::accepted) unit_of_work.entries = told(run, Status::delivering, unit_of_work.stage);
  auto unit = [this, &unit_of_work](store::Fence fence) { return store_.retry_at(std::move(fence), unit_of_work); };
  const auto kept = co_await commit(run.held, unit);
  if (!kept || !*kept) co_return;
  counters_.count(Counters::Outcome::retried);
  due_.push(unit_of_work.at);
}

asio::awaitable<void> Engine::put_back(Run run, Time at, std::string why) {
  store::StepRetry unit_of_work;
  unit_of_work.document = run.document.id;
  unit_of_work.at = at;
  unit_of_work.counts = false;
  unit_of_work.release = true;
  // Said once, not with every round of waiting.
  const bool said = !run.stages.empty() && run.stages.back().attempt == 0 && run.stages.back().detail == why;
  unit_of_work.stage = stage_of(run, "waiting", why);
  unit_of_work.stage.attempt = 0;
  if (said) unit_of_work.stage.name.clear();
  if (run.document.status == Status::accepted) unit_of_work.entries = told(run, Status::delivering, unit_of_work.stage);
  auto unit = [this, &unit_of_work](store::Fence fence) { return store_.retry_at(std::move(fence), unit_of_work); };
  const auto kept = co_await commit(run.held, unit);
  if (kept && *kept) due_.push(at);
}

asio::awaitable<void> Engine::park(Run run, Status status, std::string why, bool quiet) {
  store::StepParked unit_of_work;
  unit_of_work.document = run.document.id;
  unit_of_work.status = status;
  unit_of_work.release = true;
  unit_of_work.stage = stage_of(run, "failed", why);
  if (!quiet) unit_of_work.entries = told(run, status, unit_of_work.stage);
  auto unit = [this, &unit_of_work](store::Fence fence) { return store_.park(std::move(fence), unit_of_work); };
  const auto kept = co_await commit(run.held, unit);
  if (!kept || !*kept) co_return;
  counters_.count(status == Status::unknown ? Counters::Outcome::unknown : Counters::Outcome::parked);
  log_end(status == Status::unknown ? "delivery.unknown" : "delivery.parked", run.document, unit_of_work.stage.step);
}

asio::awaitable<void> Engine::give_back(HeldPtr held) {
  held->ending = true;
  auto unit = store_.release(held->fence);
  const auto released = co_await std::move(unit);
  if (!released) log::debug("delivery.release", {{"problem", released.error().detail}});
}

/// A full disk must not undo what a back end has done already: the unit is offered again until the store takes it.
template <class Unit>
asio::awaitable<Result<bool>> Engine::commit(HeldPtr held, Unit unit, bool ends) {
  for (;;) {
    const store::Fence fence = held->fence;
    held->ending = ends;
    auto future = unit(fence);
    auto result = co_await std::move(future);
    if (result) {
      wanted_ = wanted_ || ends;       // the lane is free: its next document, or step, may be due
      if (ends) ring_claim();
      co_return result;
    }
    const Errc code = result.error().code;
    if (code == Errc::conflict && held->fence.token != fence.token) continue;
    if (code != Errc::storage || stopping_) {
      log::warning("delivery.not_kept", {{"lane", fence.lane}, {"problem", result.error().detail}});
      co_return result;
    }
    held->ending = false;
    co_await pause(1s);
  }
}

}  // namespace wayleave::process
