#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "feed/hub.hpp"
#include "store/store.hpp"

/// A log in memory with a hub on it, for the tests of this room.
namespace wayleave::feed::testing {

class ManualClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::milliseconds(now_.load())); }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'795'252'500'000};   // 2026-11-21T09:15:00Z
};

struct Log {
  ManualClock clock;
  std::unique_ptr<store::Store> store = store::open_memory(clock);
  std::shared_ptr<Hub> hub;
  store::Line line{"shipment-status", "acme"};
  std::atomic<std::uint64_t> published{0};

  explicit Log(HubOptions options = {}) {
    hub = make_hub(*store, options);
    store->on_appended([hub = hub](auto entries) { hub->appended(std::move(entries)); });
  }
  Log(const Log&) = delete;

  /// Runs a unit of the memory store to its end on this thread.
  template <class T>
  static T now(boost::asio::awaitable<T> work) {
    boost::asio::io_context context;
    auto future = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
    context.run();
    return future.get();
  }

  void publish(const std::string& key, std::vector<std::string> audience = {"acme"}, std::size_t count = 1) {
    store::EventBatch batch;
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = "e" + std::to_string(++published);
      store::NewEntry entry;
      entry.feed = line.feed;
      entry.key = key;
      entry.event_id = id;
      entry.body = std::make_shared<const std::string>("<" + key + " id=\"" + id + "\"/>");
      entry.audience = audience;
      store::EventBatch::Event event;
      event.id = id;
      event.publisher = "tms";
      event.digest = id;
      event.entry = std::move(entry);
      batch.events.push_back(std::move(event));
    }
    (void)now(store->append(std::move(batch))).value();
  }

  store::LineHead head() { return now(store->line_head(line)).value(); }
  store::Cursor start() {
    auto cursor = head();
    return store::Cursor{cursor.epoch, cursor.first - 1};
  }
};

}  // namespace wayleave::feed::testing
