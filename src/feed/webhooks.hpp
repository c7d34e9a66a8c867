#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "feed/hub.hpp"
#include "feed/subscription.hpp"
#include "store/store.hpp"

namespace wayleave::feed {

/// One signed POST, ready to go. Header names and values as in docs/feeds.md; every value is printable ASCII.
struct Post {
  std::string url;
  std::string name;                      ///< what a file with it is called; empty: nothing says so
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;
  std::chrono::milliseconds timeout{15'000};
};
struct Posted {
  int status = 0;                        ///< 0: no answer
  std::string detail;                    ///< why not, or the first 1 KiB of the answer
  std::optional<std::chrono::milliseconds> retry_after;
  bool address_refused = false;          ///< the address check said no
};
/// Sends it; implemented by adapters/webhook over net::Client with the address check. Any executor.
using Poster = std::function<asio::awaitable<Posted>(Post)>;

/// An entry that is about to be sent.
struct Sending {
  std::string subscription, partner, feed;
  bool inward = false;                   ///< is_ours(): brought by us, not asked for by the partner
  std::string epoch;
  store::Entry entry;
};
/// What is sent in place of the entry's own XML.
struct Rendering {
  enum class Kind : std::uint8_t {
    as_it_is,            ///< the entry's body
    made,                ///< `body`
    nothing,             ///< this entry is not for this subscription, or it has it already
    refused,             ///< it cannot be written: the entry is parked
    later,               ///< not now: asked again soon, and not counted as an attempt
  } kind = Kind::as_it_is;
  store::Bytes body;
  std::string content_type = "application/xml; charset=utf-8";
  std::string schema;                    ///< ce-dataschema; empty: none
  std::string name;                      ///< of a file
  std::string reason;                    ///< of refused and later
  /// Called when the endpoint took it, before the entry counts as delivered. False: the attempt failed.
  std::function<asio::awaitable<bool>()> taken;
};
/// The same entry must give the same bytes at every attempt. Called on the strand of the pushes; must not throw.
using Renderer = std::function<asio::awaitable<Rendering>(Sending)>;

/// `whsec_` + base64 of 24 random bytes.
std::string new_secret();
/// Standard Webhooks: `v1,` + base64(HMAC-SHA256(key, id.timestamp.body)); key = what follows `whsec_`, decoded.
std::string signature(const std::string& secret, const std::string& id, std::int64_t timestamp, std::string_view body);

struct WebhookOptions {
  std::vector<std::chrono::milliseconds> schedule;    ///< delay before each attempt; empty: 0 5s 5m 30m 2h 5h 10h 14h 20h 24h
  double jitter = 0.2;                   ///< of a delay, either way
  std::chrono::milliseconds suspend_after{5 * 24 * 3'600'000};
  std::chrono::milliseconds retry_after_limit{24 * 3'600'000};   ///< an endpoint cannot put us off for longer
  std::size_t blocked_keys = 100;        ///< then the whole subscription waits
  std::size_t in_flight = 8;             ///< POSTs under way a subscription, each of another key
  std::size_t waiting = 10'000;          ///< entries behind failing ones a subscription; then it waits
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds persist_every{500};   ///< how far a crash can set the cursor back
  Renderer renderer;                     ///< null: every entry is sent as it is
};

struct SubscriptionLag {
  std::string subscription, partner, feed;
  std::uint64_t events = 0;
  std::uint64_t blocked_keys = 0;
  std::uint64_t delivered = 0, failed = 0;
  std::uint64_t parked = 0;              ///< given up and not replayed
  std::uint64_t lost = 0;                ///< removed by the retention before they could be sent; since start
};

/// Pushes every active subscription from its cursor: in order per key, retried by schedule, parked when the schedule is
/// exhausted, suspended after five days of failures or a 410, resumed from where it stood. At least once: after a crash
/// what was delivered in the last `persist_every` comes again. When entries after its cursor are not kept any more, a
/// subscription of ours (is_ours) goes on at the oldest that is kept, any other is suspended.
class Webhooks {
 public:
  virtual ~Webhooks() = default;
  /// Loads the subscriptions of the store and starts.
  virtual void start() = 0;
  /// A subscription was created, changed or deleted (it is in the store already). Any thread. Also looks anew what is due.
  virtual void changed(const std::string& subscription) = 0;
  /// A signed test event by the real path; what the endpoint answered.
  virtual asio::awaitable<Posted> test(store::Subscription subscription) = 0;
  /// What is parked, or only entry `seq`, waits in its lane again, before what is newer; its reasons are forgotten. How
  /// many entries; Errc::not_found: no such subscription is pushed.
  virtual asio::awaitable<Result<std::uint64_t>> replay(std::string subscription, std::optional<std::uint64_t> seq) = 0;
  /// Starts no more POSTs, lets those under way end within `grace`, writes the cursors down. Blocks; the executor must
  /// still run, the store must still write. Again is harmless.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual std::vector<SubscriptionLag> lag() const = 0;
};
/// The store, clock and executor must outlive it.
std::unique_ptr<Webhooks> make_webhooks(
  asio::any_io_executor executor, store::Store& store, std::shared_ptr<Hub> hub, Poster poster, const Clock& clock, WebhookOptions options
);

}  // namespace wayleave::feed
