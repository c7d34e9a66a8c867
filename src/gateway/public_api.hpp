#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "gateway/access.hpp"
#include "gateway/answers.hpp"
#include "gateway/services.hpp"
#include "net/server.hpp"

namespace wayleave::gateway {

/// One authenticated request of a partner, as the routes see it.
struct Visit {
  net::Exchange& exchange;
  pipeline::LiveSitePtr site;
  std::string partner;
  Form form;
  Time now;
  /// The variable parts of the path, in order.
  std::vector<std::string> parts;
  const net::RequestHead& head() const { return exchange.head(); }
};

/// What customers call. Everything here is by partner: an object of somebody else does not exist (404). Built once; the
/// server calls handle() from its threads.
class PublicApi {
 public:
  explicit PublicApi(Services& services) : services_(services) {}
  boost::asio::awaitable<void> handle(net::Exchange& exchange);

 private:
  using Route = boost::asio::awaitable<void> (PublicApi::*)(Visit&);
  struct Entry {
    std::string_view method;
    std::string_view pattern;            ///< `*` stands for one path segment
    Route route;
  };
  static const std::vector<Entry>& routes();

  // public_documents.cpp
  boost::asio::awaitable<void> submit(Visit& visit);
  boost::asio::awaitable<void> receipt(Visit& visit);
  boost::asio::awaitable<void> receipt_content(Visit& visit);
  boost::asio::awaitable<void> receipt_report(Visit& visit);
  boost::asio::awaitable<void> acknowledgment(Visit& visit);
  boost::asio::awaitable<void> document(Visit& visit);
  boost::asio::awaitable<void> documents(Visit& visit);
  boost::asio::awaitable<void> agreements(Visit& visit);
  boost::asio::awaitable<void> agreement_schema(Visit& visit);
  boost::asio::awaitable<bool> await_verdict(const pipeline::Answer& answer, const std::string& partner, store::Cursor from, int seconds);
  // public_state.cpp
  boost::asio::awaitable<void> order(Visit& visit);
  boost::asio::awaitable<void> shipment(Visit& visit);
  boost::asio::awaitable<void> shipments(Visit& visit);
  boost::asio::awaitable<void> network(Visit& visit);
  boost::asio::awaitable<void> network_service(Visit& visit);
  // public_feeds.cpp
  boost::asio::awaitable<void> events(Visit& visit);
  boost::asio::awaitable<void> stream(Visit& visit, store::Line line, store::Cursor from);
  // public_subscriptions.cpp
  boost::asio::awaitable<void> subscribe(Visit& visit);
  boost::asio::awaitable<void> subscriptions(Visit& visit);
  boost::asio::awaitable<void> subscription(Visit& visit);
  boost::asio::awaitable<void> unsubscribe(Visit& visit);
  boost::asio::awaitable<void> test_subscription(Visit& visit);
  boost::asio::awaitable<void> keep_subscription(Visit& visit, store::Subscription changed);
  boost::asio::awaitable<void> pause_subscription(Visit& visit);
  boost::asio::awaitable<void> resume_subscription(Visit& visit);
  std::optional<store::Subscription> own_subscription(const Visit& visit);

  boost::asio::awaitable<void> say(Visit& visit, net::Response response);

  Services& services_;
  RateLimit rate_;
  StreamCount streams_;
};

/// The segments of `path` that `*` stands for in `pattern`; nullopt when it does not match.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path);

}  // namespace wayleave::gateway
