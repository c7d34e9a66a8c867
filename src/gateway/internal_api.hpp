#pragma once

#include <boost/asio/awaitable.hpp>

#include "gateway/answers.hpp"
#include "gateway/services.hpp"
#include "net/server.hpp"

namespace wayleave::gateway {

/// What back ends and operators call, on a listener of its own with credentials of its own. No customer's token opens
/// anything here.
class InternalApi {
 public:
  /// `hosts`: values of Host that are this listener's own.
  InternalApi(Services& services, std::vector<std::string> hosts) : services_(services), hosts_(std::move(hosts)) {}
  boost::asio::awaitable<void> handle(net::Exchange& exchange);

 private:
  struct Call {
    net::Exchange& exchange;
    pipeline::LiveSitePtr site;
    Form form;
    Time now;
    bool by_operator = false;
    std::string backend;
    std::vector<std::string> parts;
    const net::RequestHead& head() const { return exchange.head(); }
  };
  using Route = boost::asio::awaitable<void> (InternalApi::*)(Call&);
  struct Entry {
    std::string_view method;
    std::string_view pattern;
    bool backend;                        ///< open to back ends too
    Route route;
  };
  static const std::vector<Entry>& routes();

  boost::asio::awaitable<bool> open_route(net::Exchange& exchange);
  boost::asio::awaitable<void> publish(Call& call);
  boost::asio::awaitable<void> result_by_id(Call& call);
  boost::asio::awaitable<void> result_by_key(Call& call);
  boost::asio::awaitable<void> settle(Call& call, store::DocumentRecord document);
  boost::asio::awaitable<void> messages(Call& call);
  boost::asio::awaitable<void> parked(Call& call);
  boost::asio::awaitable<void> message(Call& call);
  boost::asio::awaitable<void> replay(Call& call);
  boost::asio::awaitable<void> discard(Call& call);
  boost::asio::awaitable<void> park(Call& call);
  boost::asio::awaitable<void> subscriptions(Call& call);
  boost::asio::awaitable<void> replay_subscription(Call& call);
  boost::asio::awaitable<void> remove_subscription(Call& call);
  boost::asio::awaitable<void> sent(Call& call);
  bool may_settle(const Call& call, const store::DocumentRecord& document) const;
  Result<std::string> replay_one(const store::DocumentRecord& document, const std::string& stage, bool new_key, Time now);

  Services& services_;
  std::vector<std::string> hosts_;
};

}  // namespace wayleave::gateway
