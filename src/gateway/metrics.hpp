#pragma once

#include <map>
#include <memory>
#include <string>

#include "feed/webhooks.hpp"
#include "net/server.hpp"
#include "process/delivery.hpp"
#include "store/store.hpp"

namespace wayleave::gateway {

/// Everything `/metrics` shows. The counters that requests touch are kept here; the rest is asked of its owner at the
/// moment of the scrape. Any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  /// A document judged: outcome is accepted, rejected, duplicate, repeated, refused or failed.
  void document(const std::string& partner, const std::string& kind, const std::string& outcome, double seconds);
  void event(const std::string& backend, const std::string& outcome);
  void reload(bool ok, std::uint64_t version);
  void stream_opened();
  void stream_closed();
  void refused(const std::string& listener, int status);

  /// What is asked at the scrape.
  struct Snapshot {
    process::DeliveryCounters delivery;
    store::Health store;
    store::Counts counts;
    std::vector<feed::SubscriptionLag> subscriptions;
    std::map<std::string, std::uint64_t> sent_waiting;   ///< by partner
    feed::Hub::Counters hub;
    net::ServerCounters public_listener, internal_listener;
    std::uint64_t disagreements = 0;
  };
  /// Prometheus text format.
  std::string text(const Snapshot& snapshot);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayleave::gateway
