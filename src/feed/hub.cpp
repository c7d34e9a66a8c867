#include "feed/hub.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <mutex>

namespace wayleave::feed {
namespace {

inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
inline constexpr std::size_t kept_when_full = 8;

class Desk;

/// A reader that waits. `timer` belongs to the reader and is touched on its executor only. The reader holds the desk: were
/// it held here, a desk whose call dies with its executor would hold itself by the waiters it was to call.
struct Waiter {
  asio::steady_timer* timer = nullptr;
  std::weak_ptr<Desk> desk;
  bool listed = false;                   ///< in its line's list; under the line's mutex
};
using WaiterPtr = std::shared_ptr<Waiter>;

/// All waiting readers of one executor: a commit costs one post a desk, however many readers sit there.
class Desk : public std::enable_shared_from_this<Desk> {
 public:
  explicit Desk(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  const asio::any_io_executor& executor() const { return executor_; }

  void call(std::vector<WaiterPtr> waiters) {
    {
      const std::lock_guard lock(mutex_);
      const bool posted = !called_.empty();
      called_.insert(called_.end(), std::make_move_iterator(waiters.begin()), std::make_move_iterator(waiters.end()));
      if (posted) return;
    }
    asio::post(executor_, [self = shared_from_this()] { self->wake(); });
  }

 private:
  void wake() {
    std::vector<WaiterPtr> waiters;
    {
      const std::lock_guard lock(mutex_);
      waiters.swap(called_);
    }
    for (const auto& waiter : waiters)
      if (waiter->timer) waiter->timer->cancel();
  }

  asio::any_io_executor executor_;
  std::mutex mutex_;
  std::vector<WaiterPtr> called_;
};

/// What the hub knows of one line: its newest items and who waits for the next.
struct LineState {
  explicit LineState(store::Line l) : line(std::move(l)) {}
  const store::Line line;
  mutable std::mutex mutex;
  std::string epoch;                     ///< empty: nothing appended yet since this state was made
  std::deque<ItemPtr> ring;              ///< contiguous, ends with `last`
  std::size_t bytes = 0;
  std::uint64_t last = 0;
  bool known = false;                    ///< `last` is certain
  std::vector<WaiterPtr> waiters;
  std::chrono::steady_clock::time_point used;   ///< under the hub's mutex
};
using LinePtr = std::shared_ptr<LineState>;

using Calls = std::map<Desk*, std::pair<std::shared_ptr<Desk>, std::vector<WaiterPtr>>>;

void gather(LineState& line, Calls& calls) {
  for (auto& waiter : line.waiters) {
    waiter->listed = false;
    auto desk = waiter->desk.lock();
    if (!desk) continue;
    auto& call = calls[desk.get()];
    if (!call.first) call.first = std::move(desk);
    call.second.push_back(std::move(waiter));
  }
  line.waiters.clear();
}

void make(Calls calls) {
  for (auto& [key, call] : calls) call.first->call(std::move(call.second));
}

std::size_t weight(const Item& item) { return sizeof(Item) + 2 * (item.entry.body ? item.entry.body->size() : 0) + 256; }

ItemPtr make_item(const store::Line& line, const std::string& epoch, const store::Entry& entry) {
  auto item = std::make_shared<Item>();
  item->entry = entry;
  item->epoch = epoch;
  item->sse = std::make_shared<const std::string>(server_sent_event(line.feed, epoch, entry));
  return item;
}

/// What readers and hub share; outlives the hub as long as a reader lives.
struct Shared {
  Shared(store::Store& s, HubOptions o) : store(s), options(o) {}
  store::Store& store;
  const HubOptions options;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> readers{0}, delivered{0}, from_store{0};
};

class LineReader final : public Reader {
 public:
  LineReader(std::shared_ptr<Shared> shared, LinePtr line, store::Cursor after, std::shared_ptr<Desk> desk)
      : shared_(std::move(shared)), line_(std::move(line)), cursor_(std::move(after)), desk_(std::move(desk)), timer_(desk_->executor()) {
    waiter_ = std::make_shared<Waiter>();
    waiter_->timer = &timer_;
    waiter_->desk = desk_;
    ++shared_->readers;
  }
  ~LineReader() override {
    leave();
    waiter_->timer = nullptr;
    --shared_->readers;
  }

  asio::awaitable<Result<std::vector<ItemPtr>>> next(std::size_t limit, std::chrono::steady_clock::time_point until) override {
    unsigned misses = 0;
    for (;;) {
      std::vector<ItemPtr> items;
      const auto seen = look(limit, items);
      if (seen == Seen::stopping) co_return Problem{Errc::stopping, "the gateway is shutting down"};
      if (seen == Seen::gone) co_return gone();
      if (seen == Seen::items) co_return take(std::move(items));
      if (seen == Seen::behind) {
        auto read = from_store(limit);
        if (!read) co_return read.error();
        if (!read->empty()) co_return take(std::move(*read));
        // The line went on, yet the store has nothing after our place: what we want next was removed.
        if (++misses > 2) co_return gone();
        continue;
      }
      if (interrupted_ || std::chrono::steady_clock::now() >= until) break;
      timer_.expires_at(until);
      co_await timer_.async_wait(no_throw);
    }
    leave();
    interrupted_ = false;
    co_return std::vector<ItemPtr>{};
  }

  store::Cursor cursor() const override { return cursor_; }

  void interrupt() override {
    interrupted_ = true;
    timer_.cancel();
  }

 private:
  enum class Seen : std::uint8_t { items, behind, waiting, gone, stopping };

  /// Takes from the line's memory what follows our place, or puts us on the list of those who wait: one or the other
  /// under one lock, so that nothing falls between replay and live.
  Seen look(std::size_t limit, std::vector<ItemPtr>& items) {
    const std::lock_guard lock(line_->mutex);
    if (shared_->stopping) return Seen::stopping;
    auto& line = *line_;
    if (!line.epoch.empty() && line.epoch != cursor_.epoch) return Seen::gone;
    if (!line.known) return Seen::behind;
    if (line.last > cursor_.seq) {
      if (line.ring.empty() || line.ring.front()->entry.seq > cursor_.seq + 1) return Seen::behind;
      const auto from = line.ring.begin() + static_cast<std::ptrdiff_t>(cursor_.seq + 1 - line.ring.front()->entry.seq);
      const auto count = std::min<std::size_t>(limit, static_cast<std::size_t>(line.ring.end() - from));
      items.assign(from, from + static_cast<std::ptrdiff_t>(count));
      return Seen::items;
    }
    if (!waiter_->listed) {
      waiter_->listed = true;
      line.waiters.push_back(waiter_);
    }
    return Seen::waiting;
  }

  Result<std::vector<ItemPtr>> from_store(std::size_t limit) {
    auto entries = shared_->store.read_line(line_->line, cursor_.seq, limit);
    if (!entries) return entries.error();
    if (entries->empty()) {
      const std::lock_guard lock(line_->mutex);
      if (!line_->known) {
        line_->known = true;
        line_->last = cursor_.seq;
      }
      return std::vector<ItemPtr>{};
    }
    if (entries->front().seq != cursor_.seq + 1) return gone();
    std::vector<ItemPtr> items;
    items.reserve(entries->size());
    for (const auto& entry : *entries) items.push_back(make_item(line_->line, cursor_.epoch, entry));
    shared_->from_store += items.size();
    return items;
  }

  std::vector<ItemPtr> take(std::vector<ItemPtr> items) {
    cursor_.seq = items.back()->entry.seq;
    shared_->delivered += items.size();
    return items;
  }

  Problem gone() const { return Problem{Errc::not_found, "entries after cursor " + cursor_.text() + " are not kept any more"}; }

  void leave() {
    const std::lock_guard lock(line_->mutex);
    if (!waiter_->listed) return;
    waiter_->listed = false;
    auto& waiters = line_->waiters;
    const auto place = std::find(waiters.begin(), waiters.end(), waiter_);
    *place = std::move(waiters.back());
    waiters.pop_back();
  }

  std::shared_ptr<Shared> shared_;
  LinePtr line_;
  store::Cursor cursor_;
  std::shared_ptr<Desk> desk_;
  asio::steady_timer timer_;
  WaiterPtr waiter_;
  bool interrupted_ = false;
};

class MemoryHub final : public Hub {
 public:
  MemoryHub(store::Store& store, HubOptions options) : shared_(std::make_shared<Shared>(store, options)) {}

  std::unique_ptr<Reader> read(store::Line line, store::Cursor after, asio::any_io_executor executor) override {
    const std::lock_guard lock(mutex_);
    sweep(std::chrono::steady_clock::now());
    auto& state = lines_[line];
    if (!state) state = std::make_shared<LineState>(std::move(line));
    return std::make_unique<LineReader>(shared_, state, std::move(after), desk(executor));
  }

  void appended(std::shared_ptr<const std::vector<store::Appended>> entries) override {
    Calls calls;
    {
      const std::lock_guard lock(mutex_);
      sweep(std::chrono::steady_clock::now());
      // Nobody reads most lines of a large audience: those cost a look-up, no more.
      for (const auto& appended : *entries) {
        const auto found = lines_.find(appended.line);
        if (found != lines_.end()) push(*found->second, appended, calls);
      }
    }
    make(std::move(calls));
  }

  void stop() override {
    shared_->stopping = true;
    Calls calls;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [line, state] : lines_) {
        const std::lock_guard line_lock(state->mutex);
        gather(*state, calls);
      }
    }
    make(std::move(calls));
  }

  std::uint64_t last(const store::Line& line) const override {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(line);
    if (found == lines_.end()) return 0;
    const std::lock_guard line_lock(found->second->mutex);
    return found->second->known ? found->second->last : 0;
  }

  Counters counters() const override {
    Counters counters;
    counters.readers = shared_->readers;
    counters.delivered = shared_->delivered;
    counters.from_store = shared_->from_store;
    return counters;
  }

 private:
  void push(LineState& line, const store::Appended& appended, Calls& calls) {
    auto item = make_item(appended.line, appended.epoch, appended.entry);
    const std::lock_guard lock(line.mutex);
    const auto seq = appended.entry.seq;
    if (line.epoch != appended.epoch || (!line.ring.empty() && line.ring.back()->entry.seq + 1 != seq)) clear(line);
    line.epoch = appended.epoch;
    line.bytes += weight(*item);
    total_ += weight(*item);
    line.ring.push_back(std::move(item));
    line.last = seq;
    line.known = true;
    const auto& options = shared_->options;
    while (line.ring.size() > 1 && (line.ring.size() > options.items || line.bytes > options.bytes ||
                                    (total_ > options.total_bytes && line.ring.size() > kept_when_full)))
      drop_oldest(line);
    gather(line, calls);
  }

  void drop_oldest(LineState& line) {
    const auto size = weight(*line.ring.front());
    line.ring.pop_front();
    line.bytes -= size;
    total_ -= size;
  }

  void clear(LineState& line) {
    while (!line.ring.empty()) drop_oldest(line);
  }

  /// Forgets lines that nobody has read for a while. A line in use is held by its readers too.
  void sweep(std::chrono::steady_clock::time_point now) {
    if (now < next_sweep_) return;
    next_sweep_ = now + std::max<std::chrono::milliseconds>(shared_->options.idle / 4, std::chrono::milliseconds(1));
    for (auto it = lines_.begin(); it != lines_.end();) {
      auto& state = *it->second;
      if (it->second.use_count() > 1) {
        state.used = now;
      } else if (now - state.used > shared_->options.idle) {
        if (state.used != std::chrono::steady_clock::time_point{}) {
          clear(state);
          it = lines_.erase(it);
          continue;
        }
        state.used = now;
      }
      ++it;
    }
    std::erase_if(desks_, [](const auto& desk) { return desk.expired(); });
  }

  std::shared_ptr<Desk> desk(const asio::any_io_executor& executor) {
    for (const auto& weak : desks_)
      if (auto desk = weak.lock(); desk && desk->executor() == executor) return desk;
    auto desk = std::make_shared<Desk>(executor);
    desks_.push_back(desk);
    return desk;
  }

  std::shared_ptr<Shared> shared_;
  mutable std::mutex mutex_;
  std::map<store::Line, LinePtr> lines_;
  std::vector<std::weak_ptr<Desk>> desks_;
  std::size_t total_ = 0;
  std::chrono::steady_clock::time_point next_sweep_{};
};

}  // namespace

std::shared_ptr<Hub> make_hub(store::Store& store, HubOptions options) { return std::make_shared<MemoryHub>(store, options); }

}  // namespace wayleave::feed
