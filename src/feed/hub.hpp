#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "feed/page.hpp"
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

/// A reader's place in one line. Used by one coroutine on one executor, which must run one handler at a time (an
/// io_context with one thread, or a strand).
class Reader {
 public:
  virtual ~Reader() = default;
  /// The next entries in order, at most `limit`; waits until there is one or `until` passes (then empty). Never skips:
  /// what the hub's memory no longer holds comes from the store. Errc::stopping when the hub stops, Errc::not_found when
  /// the next entry is not kept any more or the line was rebuilt (HTTP 410).
  virtual asio::awaitable<Result<std::vector<ItemPtr>>> next(std::size_t limit, std::chrono::steady_clock::time_point until) = 0;
  virtual store::Cursor cursor() const = 0;
  /// Ends a wait under way with an empty result, or the next one if none is. On the reader's executor.
  virtual void interrupt() = 0;
};

/// Joins the log with everybody who reads it: keeps the newest items of each line that has readers in memory (bounded),
/// wakes readers after each commit, one hand-over a thread and commit whatever the number of readers.
class Hub {
 public:
  virtual ~Hub() = default;
  /// From `after` on (exclusive), which came from resolve_cursor. The reader resumes on `executor`.
  virtual std::unique_ptr<Reader> read(store::Line line, store::Cursor after, asio::any_io_executor executor) = 0;
  /// Called by the store's on_appended.
  virtual void appended(std::shared_ptr<const std::vector<store::Appended>> entries) = 0;
  /// Wakes everybody with Errc::stopping.
  virtual void stop() = 0;
  /// Number of the line's last entry as far as the hub knows; 0: nobody reads it.
  virtual std::uint64_t last(const store::Line& line) const = 0;
  struct Counters {
    std::uint64_t readers = 0;           ///< now
    std::uint64_t delivered = 0, from_store = 0;
  };
  virtual Counters counters() const = 0;
};

struct HubOptions {
  std::size_t items = 1'024;             ///< kept of a line
  std::size_t bytes = 1u << 20;          ///< kept of a line
  std::size_t total_bytes = 64u << 20;   ///< of all lines; beyond it only a line's newest stay
  std::chrono::milliseconds idle{60'000};   ///< a line without readers is dropped after this
};
std::shared_ptr<Hub> make_hub(store::Store& store, HubOptions options = {});

}  // namespace wayleave::feed
