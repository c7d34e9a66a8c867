#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "process/delivery.hpp"
#include "schema/schema.hpp"
#include "store/store.hpp"

template <class T>
struct Catch::StringMaker<wayleave::Result<T>> {
  static std::string convert(const wayleave::Result<T>& result) { return result ? "a value" : result.error().detail; }
};

/// The delivery engine on one thread with a clock that stands still, a store in memory and back ends made of lambdas.
namespace wayleave::process::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using store::Status;

class ManualClock : public Clock {
 public:
  Time now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Time now_ = *parse_iso("2026-11-21T09:00:00Z");
};

inline adapter::Reply answer(int status, std::string body = {}) {
  adapter::Reply reply;
  reply.sent = true;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}
inline adapter::Reply failure(adapter::Reply::Kind kind, bool sent) {
  adapter::Reply reply;
  reply.kind = kind;
  reply.sent = sent;
  return reply;
}
inline adapter::Reply no_connection() { return failure(adapter::Reply::Kind::no_connection, false); }
inline adapter::Reply lost_reply() { return failure(adapter::Reply::Kind::broken, true); }

/// A back end: answers at once by `reply`, or, while `holding`, when it is let go.
class BackEnd : public adapter::Sender {
 public:
  explicit BackEnd(std::string name) : name_(std::move(name)) {}
  std::string target() const override { return name_; }
  asio::awaitable<adapter::Reply> send(adapter::Call call) override {
    calls.push_back(call);
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    if (holding) {
      auto gate = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
      gate->expires_at(asio::steady_timer::time_point::max());
      held.push_back(gate);
      boost::system::error_code ignored;
      co_await gate->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    --under_way;
    co_return reply(call);
  }
  void let_go(std::size_t count = 1'000'000) {
    for (; count > 0 && !held.empty(); --count) {
      held.front()->cancel();
      held.pop_front();
    }
  }
  std::size_t calls_for(const std::string& document) const {
    return static_cast<std::size_t>(std::ranges::count(calls, document, &adapter::Call::document));
  }

  std::function<adapter::Reply(const adapter::Call&)> reply = [](const adapter::Call&) { return answer(200); };
  bool holding = false;
  std::vector<adapter::Call> calls;
  std::deque<std::shared_ptr<asio::steady_timer>> held;
  int under_way = 0, most_under_way = 0;

 private:
  std::string name_;
};

/// The product's own schemas, compiled once for all tests.
inline schema::SchemaPtr product_schema(const std::string& reference) {
  static schema::Library library(schema::SearchPath{{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  static std::map<std::string, schema::SchemaPtr> known;
  auto& schema = known[reference];
  if (!schema) schema = library.load(reference).schema;
  return schema;
}

class Bench {
 public:
  Bench() : store(store::open_memory(clock)) {
    options.seed = 11;
    options.steady = [this] { return Instant{} + (clock.now() - epoch_); };
  }
  ~Bench() {
    delivery.reset();
    for (auto& back_end : back_ends_) back_end->let_go();
    run();
    store->stop();
  }

  std::shared_ptr<BackEnd> back_end(const std::string& name) {
    back_ends_.push_back(std::make_shared<BackEnd>(name));
    return back_ends_.back();
  }
  static Step step(const std::string& name, std::shared_ptr<adapter::Sender> sender, bool repeat_safe = true) {
    Step step;
    step.config.name = name;
    step.config.retry = {1s, 5s, 30s};
    step.config.give_up = 72h;
    step.config.repeat_safe = repeat_safe;
    step.sender = std::move(sender);
    return step;
  }
  void process(const std::string& name, std::vector<Step> steps) {
    auto process = std::make_shared<Process>();
    process->name = name;
    process->steps = std::move(steps);
    processes[name] = std::move(process);
  }
  /// A lane of its own when `lane` is empty.
  std::string accept(const std::string& process, const std::string& lane = {}, const std::string& partner = "acme") {
    store::Acceptance acceptance;
    acceptance.receipt = new_id(clock.now());
    acceptance.partner = partner;
    acceptance.received = clock.now();
    store::NewDocument document;
    document.id = new_id(clock.now());
    document.kind = "order";
    document.key = "PO-" + std::to_string(++number_);
    document.canonical = std::make_shared<const std::string>(canonical);
    document.process = process;
    document.lane = lane;
    acceptance.documents.push_back(document);
    const auto outcome = wait_for(store->accept(std::move(acceptance)));
    REQUIRE(outcome);
    REQUIRE(outcome->kind == store::AcceptOutcome::Kind::accepted);
    if (delivery) delivery->wake();
    return document.id;
  }
  std::vector<std::string> accept_many(const std::string& process, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(accept(process));
    return ids;
  }

  void start() {
    SiteView site;
    site.process = [this](const std::string& name) {
      const auto found = processes.find(name);
      return found == processes.end() ? nullptr : found->second;
    };
    site.context = [](const store::DocumentRecord&) { return mapping::Context{}; };
    site.schema = product_schema;
    delivery = make_delivery(io.get_executor(), *store, std::move(site), clock, options);
    delivery->start();
    run();
  }
  /// Everything that can happen without time passing.
  void run() {
    io.restart();
    while (io.poll() > 0) {
    }
  }
  /// Also what needs the engine's own short timers. False: it did not come true within twenty seconds.
  bool run_until(const std::function<bool()>& happened) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!happened() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(50ms);
    }
    return happened();
  }
  void advance(std::chrono::milliseconds by) {
    clock.advance(by);
    delivery->wake();
    run();
  }
  template <class T>
  T wait_for(asio::awaitable<T> unit) {
    std::optional<T> outcome;
    asio::co_spawn(io, std::move(unit), [&](std::exception_ptr problem, T value) {
      if (problem) std::rethrow_exception(problem);
      outcome.emplace(std::move(value));
    });
    while (!outcome) {
      io.restart();
      io.run_one();
    }
    return std::move(*outcome);
  }

  store::DocumentRecord record(const std::string& id) { return store->document(id)->value(); }
  Status status(const std::string& id) { return record(id).status; }
  std::vector<store::Stage> stages(const std::string& id) { return *store->stages(id); }
  /// What the partner was told of a document, status by status.
  std::vector<std::string> told(const std::string& id, const std::string& partner = "acme") {
    std::vector<std::string> statuses;
    const auto entries = *store->read_line({"documents", partner}, 0, 10'000, 64u << 20);
    for (const auto& entry : entries) {
      if (entry.key != id) continue;
      const auto from = entry.body->find(" status=\"") + 9;
      statuses.push_back(entry.body->substr(from, entry.body->find('"', from) - from));
    }
    return statuses;
  }

  using Instant = std::chrono::steady_clock::time_point;
  std::string canonical = "<Order/>";    ///< of what is accepted from now on
  asio::io_context io;
  ManualClock clock;
  std::unique_ptr<store::Store> store;
  DeliveryOptions options;
  std::map<std::string, ProcessPtr> processes;
  std::unique_ptr<Delivery> delivery;

 private:
  const Time epoch_ = clock.now() - 1h;
  std::vector<std::shared_ptr<BackEnd>> back_ends_;
  int number_ = 0;
};

using Told = std::vector<std::string>;

}  // namespace wayleave::process::testing
