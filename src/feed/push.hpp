#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "feed/post.hpp"
#include "feed/progress.hpp"
#include "feed/webhooks.hpp"

namespace wayleave::feed {

using Strand = asio::strand<asio::any_io_executor>;

/// What all pushes share. Everything but `lag` happens on the strand.
struct Pushing {
  Pushing(asio::any_io_executor e, store::Store& s, std::shared_ptr<Hub> h, Poster p, const Clock& c, WebhookOptions o);
  Strand strand;
  store::Store& store;
  std::shared_ptr<Hub> hub;
  Poster poster;
  const Clock& clock;
  WebhookOptions options;
  std::minstd_rand random;
  bool stopping = false;
  std::size_t under_way = 0;             ///< POSTs of all pushes
  std::size_t tasks = 0;                 ///< coroutines that have not ended
  asio::steady_timer ended;              ///< cancelled whenever one of the two falls
};

/// Pushes one subscription. Lives on the strand; its coroutines keep it alive.
///
/// Entries after the cursor that were read and are neither delivered nor parked are *outstanding*; each waits in the lane
/// of its key, and a lane sends one at a time. The cursor stands before the first outstanding entry.
class Push : public std::enable_shared_from_this<Push> {
 public:
  Push(std::shared_ptr<Pushing> pushing, store::Subscription subscription);
  void start();
  /// The store's record as it is now.
  void changed(const store::Subscription& subscription);
  /// It was deleted: nothing more is sent or written; what is under way ends unheard.
  void drop();
  /// Sends no more.
  void end();
  /// Puts parked entries into their lanes again; all, or the one of this number. How many.
  std::uint64_t replay(std::optional<std::uint64_t> seq);
  /// Writes the cursor down if it moved.
  asio::awaitable<void> persist();
  SubscriptionLag lag() const;           ///< any thread

 private:
  struct Waiting {
    std::uint64_t seq = 0;
    ItemPtr item;                        ///< null: read it from the store when its turn comes
  };
  struct Lane {
    std::deque<Waiting> queue;
    bool busy = false;                   ///< its first is being sent
    bool ready = false;                  ///< listed in ready_
    bool scheduled = false;              ///< listed in due_
    unsigned attempts = 0;               ///< failed ones of its first
    bool extra = false;                  ///< being tried before its time, because the endpoint answers again
    Time due{};
    Time since{};
  };

  asio::awaitable<void> follow();
  asio::awaitable<void> wait_for_room();
  asio::awaitable<void> begin_at_oldest();
  bool room() const;
  void put_back(std::uint64_t seq, const std::string& key);
  void admit(std::uint64_t seq, const std::string& key, ItemPtr item);
  void recall(const Progress& progress);

  void pump();
  void make_ready(const std::string& key, Lane& lane);
  asio::awaitable<void> deliver(std::string key);
  asio::awaitable<void> send(std::string key, store::Entry entry);
  asio::awaitable<Rendering> render(const store::Entry& entry);
  asio::awaitable<Posted> post(const std::string& key, const store::Entry& entry, Rendering rendering);
  Result<std::optional<store::Entry>> entry_of(const Waiting& waiting) const;
  void settle(const std::string& key, const store::Entry& entry, const Posted& posted);
  void succeeded(const std::string& key);
  void failed(const std::string& key, const store::Entry& entry, const Posted& posted);
  void park(const std::string& key, const store::Entry& entry, std::string reason);
  void next_in(const std::string& key);
  void set_due(const std::string& key, Lane& lane, Time due);
  void bring_forward(bool as_extra);
  void forgive();
  void suspend(std::string reason);
  void remember(const std::string& key, std::uint64_t seq);

  bool active() const { return !ended_ && !dropped_ && record_.status == store::Subscription::Status::active; }
  store::Line line() const { return {record_.feed, record_.partner}; }
  void touch();
  void arm_due();
  void publish();
  store::Subscription snapshot() const;
  void spawn(asio::awaitable<void> work);

  std::shared_ptr<Pushing> pushing_;
  store::Subscription record_;
  std::unique_ptr<Reader> reader_;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> ready_;
  std::set<std::pair<Time, std::string>> due_;     ///< lanes whose first waits for its time
  std::set<std::uint64_t> outstanding_;
  std::uint64_t high_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t failing_ = 0;              ///< lanes with attempts
  std::vector<Progress::Parked> parked_;
  std::uint64_t parked_total_ = 0;
  std::unordered_set<std::string> failed_since_success_;
  std::unordered_map<std::string, std::uint64_t> sent_;   ///< last entry sent of a key, for Feed-Previous
  std::deque<std::string> sent_order_;
  asio::steady_timer room_timer_, due_timer_, persist_timer_;
  bool dirty_ = false, persisting_ = false, persist_armed_ = false;
  bool ended_ = false, dropped_ = false;
  bool suspension_written_ = false;      ///< our own suspension is in the store

  const std::string id_, partner_, feed_;   ///< as in record_, for other threads
  std::atomic<std::uint64_t> shown_high_{0}, shown_outstanding_{0}, shown_failing_{0}, delivered_{0}, failed_{0}, last_{0}, shown_parked_{0}, lost_{0};
};

}  // namespace wayleave::feed
