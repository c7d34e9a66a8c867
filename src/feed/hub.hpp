#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace wayleave::feed {

namespace asio = boost::asio;

/// One entry as all readers of a line share it.
struct Item {
  store::Entry entry;
  std::string epoch;
  std::shared_ptr<const std::string> sse;   ///< the server-sent event, made once per line
};
using ItemPtr = std::shared_ptr<const Item>;

/// A reader's place in one line. Used by one coroutine on one executor.
class Reader {
 public:
  virtual ~Reader() = default;
  /// The next entries in order, at most `limit`; waits until there is one or `until` passes (then empty). Never skips:
  /// what the hub's memory no longer holds comes from the store. Errc::stopping when the hub stops.
  virtual asio::awaitable<Result<std::vector<ItemPtr>>> next(std::size_t limit, std::chrono::steady_clock::time_point until) = 0;
  virtual store::Cursor cursor() const = 0;
};

/// Joins the log with everybody who reads it: keeps the newest items of each line in memory (bounded), wakes readers
/// after each commit, one hand-over a thread and commit whatever the number of readers.
class Hub {
 public:
  virtual ~Hub() = default;
  /// From `after` on (exclusive). The reader resumes on `executor`.
  virtual std::unique_ptr<Reader> read(store::Line line, store::Cursor after, asio::any_io_executor executor) = 0;
  /// Called by the store's on_appended.
  virtual void appended(std::shared_ptr<const std::vector<store::Appended>> entries) = 0;
  /// Wakes everybody with Errc::stopping.
  virtual void stop() = 0;
  struct Counters {
    std::uint64_t readers = 0;           ///< now
    std::uint64_t delivered = 0, from_store = 0;
  };
  virtual Counters counters() const = 0;
};
std::shared_ptr<Hub> make_hub(store::Store& store);

/// `id: epoch:seq\nevent: feed\ndata: …\n\n`
std::string server_sent_event(const std::string& feed, const std::string& epoch, const store::Entry& entry);

/// Where a reader wants to start: absent → earliest, `now`, or a cursor. A foreign, unknown, expired or too high cursor
/// is Errc::not_found, whose detail says the earliest cursor (HTTP 410).
Result<store::Cursor> resolve_cursor(std::string_view after, const store::LineHead& head);

/// A page: `<events xmlns="urn:wayleave:events:1" next="…"><event cursor= id= recorded=>body</event>…</events>`.
std::string events_xml(const std::vector<store::Entry>& entries, const std::string& epoch, const store::Cursor& next);

}  // namespace wayleave::feed
