#include "feed/push.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/log.hpp"

namespace wayleave::feed {
namespace {

using namespace std::chrono_literals;

inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_ahead = 64;         // entries in hand that could be sent at once
constexpr auto longest_wait = std::chrono::seconds(60);

std::vector<std::chrono::milliseconds> default_schedule() { return {0s, 5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h}; }

}  // namespace

Pushing::Pushing(asio::any_io_executor e, store::Store& s, std::shared_ptr<Hub> h, Poster p, const Clock& c, WebhookOptions o)
    : strand(asio::make_strand(std::move(e))), store(s), hub(std::move(h)), poster(std::move(p)), clock(c), options(std::move(o)),
      random(std::random_device{}()), ended(strand) {
  if (options.schedule.empty()) options.schedule = default_schedule();
}

Push::Push(std::shared_ptr<Pushing> pushing, store::Subscription subscription)
    : pushing_(std::move(pushing)), record_(std::move(subscription)), room_timer_(pushing_->strand), due_timer_(pushing_->strand),
      persist_timer_(pushing_->strand), suspension_written_(record_.status == store::Subscription::Status::suspended), id_(record_.id), partner_(record_.partner), feed_(record_.feed) {}

void Push::spawn(asio::awaitable<void> work) {
  ++pushing_->tasks;
  asio::co_spawn(pushing_->strand, std::move(work), [self = shared_from_this()](std::exception_ptr escaped) {
    if (escaped) {
      try {
        std::rethrow_exception(escaped);
      } catch (const std::exception& exception) {
        log::error("webhook-task-failed", {{"subscription", self->id_}, {"reason", exception.what()}});
      }
    }
    --self->pushing_->tasks;
    self->pushing_->ended.cancel();
  });
}

// ------------------------------------------------------------------------------------------------------------ reading

void Push::start() {
  recall(read_progress(record_.progress));
  reader_ = pushing_->hub->read(line(), store::Cursor{record_.cursor.epoch, high_}, pushing_->strand);
  spawn(follow());
  pump();
}

void Push::recall(const Progress& progress) {
  high_ = std::max(record_.cursor.seq, progress.high);
  parked_ = progress.parked;
  parked_total_ = progress.parked_total;
  for (const auto& known : progress.keys) {
    for (const auto seq : known.seqs) {
      outstanding_.insert(seq);
      lanes_[known.key].queue.push_back({seq, nullptr});
    }
    auto& lane = lanes_[known.key];
    if (lane.queue.empty()) {
      lanes_.erase(known.key);
      continue;
    }
    lane.attempts = known.attempts;
    lane.since = known.since;
    if (lane.attempts == 0) {
      make_ready(known.key, lane);
    } else {
      ++failing_;
      set_due(known.key, lane, known.due);
    }
  }
  publish();
}

/// Reads on as long as there is room, until the end.
asio::awaitable<void> Push::follow() {
  auto head = co_await pushing_->store.line_head(line());
  if (head) last_ = head->last;
  while (!ended_ && !dropped_) {
    if (!room()) {
      co_await wait_for_room();
      continue;
    }
    const auto until = std::chrono::steady_clock::now() + longest_wait;
    auto items = co_await reader_->next(read_ahead, until);
    if (ended_ || dropped_) break;
    if (!items) {
      if (items.error().code == Errc::stopping) break;
      if (items.error().code == Errc::not_found && is_ours(record_)) {
        auto beginning = begin_at_oldest();
        co_await std::move(beginning);
      } else if (items.error().code == Errc::not_found) {
        suspend(items.error().detail + "; create a new subscription that starts at \"earliest\"");
      } else {
        log::warning("webhook-read-failed", {{"subscription", id_}, {"reason", items.error().detail}});
        room_timer_.expires_after(1s);
        co_await room_timer_.async_wait(no_throw);
      }
      continue;
    }
    for (const auto& item : *items) admit(item->entry.seq, item->entry.key, item);
    if (!items->empty()) touch();
    pump();
  }
}

/// Nobody is there to subscribe anew: better a gap that is told than nothing for ever.
asio::awaitable<void> Push::begin_at_oldest() {
  auto head = co_await pushing_->store.line_head(line());
  if (ended_ || dropped_) co_return;
  const bool rebuilt = head && head->epoch != record_.cursor.epoch;
  if (!head || (!rebuilt && head->first <= high_ + 1)) {
    log::warning("webhook-read-failed", {{"subscription", id_}, {"reason", head ? "entries come and go" : head.error().detail}});
    room_timer_.expires_after(1s);
    co_await room_timer_.async_wait(no_throw);
    co_return;
  }
  const auto lost = rebuilt ? head->first - 1 : head->first - 1 - high_;
  log::warning("push-gap", {{"subscription", id_}, {"after", store::Cursor{record_.cursor.epoch, high_}.text()}, {"begins", head->first},
                            {"lost", lost}, {"why", rebuilt ? "the line was rebuilt" : "the retention removed them before they could be sent"}});
  lost_ += lost;
  if (rebuilt) {
    // What is under way holds on to its lane.
    std::erase_if(lanes_, [](const auto& lane) { return !lane.second.busy; });
    for (auto& [key, lane] : lanes_) lane.queue.resize(1);
    outstanding_.clear();
    for (const auto& [key, lane] : lanes_) outstanding_.insert(lane.queue.front().seq);
    ready_.clear();
    due_.clear();
    failing_ = static_cast<std::size_t>(std::ranges::count_if(lanes_, [](const auto& lane) { return lane.second.attempts > 0; }));
    record_.cursor.epoch = head->epoch;
  }
  high_ = head->first - 1;
  last_ = head->last;
  reader_ = pushing_->hub->read(line(), store::Cursor{record_.cursor.epoch, high_}, pushing_->strand);
  touch();
}

bool Push::room() const {
  const auto& options = pushing_->options;
  return active() && ready_.size() < read_ahead && failing_ < options.blocked_keys && outstanding_.size() < options.waiting;
}

asio::awaitable<void> Push::wait_for_room() {
  room_timer_.expires_after(longest_wait);
  co_await room_timer_.async_wait(no_throw);
}

void Push::admit(std::uint64_t seq, const std::string& key, ItemPtr item) {
  high_ = seq;
  outstanding_.insert(seq);
  auto& lane = lanes_[key];
  // Behind a failing entry it may be hours: its number will do.
  lane.queue.push_back({seq, lane.attempts > 0 || lane.queue.size() >= read_ahead ? nullptr : std::move(item)});
  make_ready(key, lane);
}

// ------------------------------------------------------------------------------------------------------------ sending

void Push::make_ready(const std::string& key, Lane& lane) {
  if (lane.ready || lane.busy || lane.scheduled) return;
  lane.ready = true;
  ready_.push_back(key);
}

void Push::set_due(const std::string& key, Lane& lane, Time due) {
  lane.due = due;
  lane.scheduled = true;
  due_.emplace(due, key);
}

void Push::bring_forward(bool as_extra) {
  const auto waiting = std::move(due_);
  due_.clear();
  for (const auto& [due, key] : waiting) {
    auto& lane = lanes_.at(key);
    lane.scheduled = false;
    lane.extra = as_extra && lane.attempts > 0;
    make_ready(key, lane);
  }
}

void Push::pump() {
  if (active() && !pushing_->stopping) {
    const auto now = pushing_->clock.now();
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto key = due_.begin()->second;
      due_.erase(due_.begin());
      auto& lane = lanes_.at(key);
      lane.scheduled = false;
      make_ready(key, lane);
    }
    while (in_flight_ < pushing_->options.in_flight && !ready_.empty()) {
      auto key = std::move(ready_.front());
      ready_.pop_front();
      auto& lane = lanes_.at(key);
      lane.ready = false;
      lane.busy = true;
      ++in_flight_;
      ++pushing_->under_way;
      spawn(deliver(std::move(key)));
    }
    arm_due();
  }
  if (room()) room_timer_.cancel();
  publish();
}

void Push::arm_due() {
  if (due_.empty()) return;
  const auto wait = std::clamp<std::chrono::milliseconds>(due_.begin()->first - pushing_->clock.now(), 1ms, longest_wait);
  due_timer_.expires_after(wait);
  due_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
    if (!failure) self->pump();
  });
}

Result<std::optional<store::Entry>> Push::entry_of(const Waiting& waiting) const {
  if (waiting.item) return std::optional(waiting.item->entry);
  auto entries = pushing_->store.read_line(line(), waiting.seq - 1, 1);
  if (!entries) return entries.error();
  if (entries->empty() || entries->front().seq != waiting.seq) return std::optional<store::Entry>();
  return std::optional(entries->front());
}

asio::awaitable<void> Push::deliver(std::string key) {
  auto& lane = lanes_.at(key);           // stays where it is, and is not erased while busy
  const auto waiting = lane.queue.front();
  auto entry = entry_of(waiting);
  if (entry && *entry) {
    auto sending = send(key, std::move(**entry));
    co_await std::move(sending);
  } else {
    lane.busy = false;
    store::Entry missing;
    missing.seq = waiting.seq;
    if (entry) {
      if (!dropped_) park(key, missing, "the entry was removed by the retention before it could be sent");
    } else {
      log::warning("webhook-read-failed", {{"subscription", id_}, {"reason", entry.error().detail}});
      // Not the endpoint's fault: this was no attempt.
      set_due(key, lane, pushing_->clock.now() + 1s);
    }
  }
  --in_flight_;
  --pushing_->under_way;
  pushing_->ended.cancel();
  pump();
}

/// The first entry of a lane, from its rendering to what came of it.
asio::awaitable<void> Push::send(std::string key, store::Entry entry) {
  auto& lane = lanes_.at(key);
  auto making = render(entry);
  auto rendering = co_await std::move(making);
  const auto kind = rendering.kind;
  auto reason = std::move(rendering.reason);
  std::optional<Posted> posted;
  if (!ended_ && (kind == Rendering::Kind::as_it_is || kind == Rendering::Kind::made)) {
    auto posting = post(key, entry, std::move(rendering));
    posted = co_await std::move(posting);
  }
  lane.busy = false;
  if (dropped_) co_return;
  if (posted) {
    settle(key, entry, *posted);
  } else if (kind == Rendering::Kind::refused) {
    park(key, entry, std::move(reason));
  } else if (kind == Rendering::Kind::nothing) {
    next_in(key);
    touch();
  } else if (kind == Rendering::Kind::later) {
    log::warning("feed-not-rendered", {{"subscription", id_}, {"seq", entry.seq}, {"reason", reason}});
    set_due(key, lane, pushing_->clock.now() + 1s);
  }
}

asio::awaitable<Rendering> Push::render(const store::Entry& entry) {
  if (!pushing_->options.renderer) co_return Rendering{};
  Sending sending{id_, partner_, feed_, is_ours(record_), record_.cursor.epoch, entry};
  auto making = pushing_->options.renderer(std::move(sending));
  co_return co_await std::move(making);
}

asio::awaitable<Posted> Push::post(const std::string& key, const store::Entry& entry, Rendering rendering) {
  Attempt attempt;
  attempt.epoch = record_.cursor.epoch;
  if (const auto sent = sent_.find(key); sent != sent_.end()) attempt.previous = sent->second;
  attempt.number = static_cast<int>(lanes_.at(key).attempts) + 1;
  attempt.now = pushing_->clock.now();
  auto post = make_post(record_, entry, attempt, rendering);
  post.timeout = pushing_->options.timeout;
  Posted posted;
  try {
    posted = co_await pushing_->poster(std::move(post));
  } catch (const std::exception& exception) {
    posted = Posted{};
    posted.detail = "could not be sent";
    log::error("webhook-post-failed", {{"subscription", id_}, {"reason", exception.what()}});
  }
  if (rendering.taken && posted.status >= 200 && posted.status < 300) {
    auto taking = rendering.taken();
    const bool kept = co_await std::move(taking);
    if (!kept) {
      posted = Posted{};
      posted.detail = "it was taken, which could not be kept; it will be sent again";
    }
  }
  co_return posted;
}

// --------------------------------------------------------------------------------------------------- changes, the end

void Push::changed(const store::Subscription& stored) {
  using Status = store::Subscription::Status;
  const bool resumed = stored.status == Status::active && record_.status != Status::active;
  record_.endpoint = stored.endpoint;
  record_.secret = stored.secret;
  // While our own suspension is not written yet the stored status is the older one.
  if (record_.status != Status::suspended || suspension_written_) {
    record_.status = stored.status;
    record_.reason = stored.reason;
    if (stored.status == Status::suspended) suspension_written_ = true;
    if (resumed) forgive();
  }
  touch();
  pump();
}

/// Resumed: everything that waits is tried now, with its whole schedule before it.
void Push::forgive() {
  record_.failing_since.reset();
  record_.reason.clear();
  failed_since_success_.clear();
  bring_forward(false);
  for (auto& [key, lane] : lanes_) lane.attempts = 0;
  failing_ = 0;
}

void Push::drop() {
  dropped_ = true;
  end();
}

void Push::end() {
  ended_ = true;
  if (reader_) reader_->interrupt();
  room_timer_.cancel();
  due_timer_.cancel();
  persist_timer_.cancel();
}

void Push::publish() {
  shown_high_ = high_;
  shown_outstanding_ = outstanding_.size();
  shown_failing_ = failing_;
  shown_parked_ = parked_total_;
}

SubscriptionLag Push::lag() const {
  SubscriptionLag lag;
  lag.subscription = id_;
  lag.partner = partner_;
  lag.feed = feed_;
  const std::uint64_t high = shown_high_;
  const auto last = std::max({pushing_->hub->last({feed_, partner_}), last_.load(), high});
  lag.events = last - high + shown_outstanding_;
  lag.blocked_keys = shown_failing_;
  lag.delivered = delivered_;
  lag.failed = failed_;
  lag.parked = shown_parked_;
  lag.lost = lost_;
  return lag;
}

// ------------------------------------------------------------------------------------------------------ writing it down

store::Subscription Push::snapshot() const {
  auto record = record_;
  // Told once: after that the store's status is the customer's to change.
  if (suspension_written_ && record.status == store::Subscription::Status::suspended) record.status = store::Subscription::Status::active;
  record.cursor.seq = outstanding_.empty() ? high_ : *outstanding_.begin() - 1;
  Progress progress;
  if (!outstanding_.empty()) {
    progress.high = high_;
    for (const auto& [key, lane] : lanes_) {
      Progress::Key known;
      known.key = key;
      for (const auto& waiting : lane.queue) known.seqs.push_back(waiting.seq);
      known.attempts = lane.attempts;
      known.due = lane.due;
      known.since = lane.since;
      progress.keys.push_back(std::move(known));
    }
  } else if (parked_total_ > 0) {
    progress.high = high_;
  }
  progress.parked = parked_;
  progress.parked_total = parked_total_;
  record.progress = write_progress(progress);
  return record;
}

void Push::touch() {
  dirty_ = true;
  if (persist_armed_ || ended_) return;
  persist_armed_ = true;
  persist_timer_.expires_after(pushing_->options.persist_every);
  persist_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
    self->persist_armed_ = false;
    if (!failure && !self->ended_) self->spawn(self->persist());
  });
}

asio::awaitable<void> Push::persist() {
  if (!dirty_ || persisting_ || dropped_) co_return;
  persisting_ = true;
  dirty_ = false;
  auto record = snapshot();
  const bool suspended = record_.status == store::Subscription::Status::suspended;
  const auto done = co_await pushing_->store.record_progress(std::move(record));
  persisting_ = false;
  if (done && suspended) suspension_written_ = true;
  if (!done) {
    log::warning("webhook-progress-not-written", {{"subscription", id_}, {"reason", done.error().detail}});
    touch();
  } else if (!*done) {
    drop();
  } else if (dirty_) {
    touch();
  }
}

}  // namespace wayleave::feed
