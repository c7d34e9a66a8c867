#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "feed/hub.hpp"
#include "feed/webhooks.hpp"
#include "gateway/metrics.hpp"
#include "pipeline/fanout.hpp"
#include "pipeline/inbound.hpp"
#include "pipeline/live_site.hpp"
#include "process/delivery.hpp"
#include "store/store.hpp"

namespace wayleave::gateway {

/// The site in force. Readers take a reference of their own and keep it for one piece of work. Any thread.
class CurrentSite {
 public:
  pipeline::LiveSitePtr get() const { return std::atomic_load_explicit(&site_, std::memory_order_acquire); }
  void set(pipeline::LiveSitePtr site) { std::atomic_store_explicit(&site_, std::move(site), std::memory_order_release); }

 private:
  pipeline::LiveSitePtr site_;
};

class Outbound;

/// What the two listeners' routes work with. Owned by the Gateway; lives longer than any request.
struct Services {
  const Clock& clock;
  CurrentSite& site;
  store::Store& store;
  feed::Hub& hub;
  process::Delivery& delivery;
  feed::Webhooks& webhooks;
  Outbound& outbound;
  pipeline::InboundFlow& inbound;
  pipeline::FanoutFlow& fanout;
  Metrics& metrics;
  /// Empty when a customer may name this webhook endpoint, else why not (in words for the customer).
  std::function<std::string(const std::string& url)> check_endpoint;
  std::string operator_token;
  std::function<std::string()> not_ready;          ///< empty: ready
  std::function<std::string()> metrics_text;
};

}  // namespace wayleave::gateway
