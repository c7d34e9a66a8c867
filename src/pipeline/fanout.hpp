#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/finding.hpp"
#include "pipeline/live_site.hpp"
#include "pipeline/stages.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

namespace asio = boost::asio;

/// One or several events as a back end sent them.
struct Publication {
  std::string backend;
  std::string bytes;
  Time received{};
  LiveSitePtr site;
};

/// The way of an event: read, validated, mapped to the canonical form, folded into the current state, committed with its
/// audience and numbers. What happens after the commit (SSE, long-poll, webhooks) follows from the log alone.
class FanoutFlow {
 public:
  FanoutFlow(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}
  /// 202 with `<accepted>`, 422 with a report, 409 when an event id is known with other content, 403, 503.
  asio::awaitable<Answer> publish(Publication publication);

 private:
  store::Store& store_;
  const Clock& clock_;
};

}  // namespace wayleave::pipeline
