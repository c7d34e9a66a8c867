#pragma once

#include <string>
#include <string_view>

#include "store/store.hpp"

namespace wayleave::feed {

/// Reads `<subscription>` or its JSON twin: `{"feed": …, "endpoint": …, "start": …}`, also inside `"subscription"`.
/// A Problem names every unknown element and bad value (HTTP 422). Whether the endpoint is allowed is checked by
/// adapters/webhook.
struct SubscriptionRequest {
  std::string feed, endpoint;
  std::string start = "now";             ///< now, earliest, or a cursor
};
Result<SubscriptionRequest> read_subscription(const std::string& body);
/// Made by the gateway for a `<receives>` of the site, not by a customer: none ever sees it. Customers' endpoints are URLs
/// of http and https only.
inline constexpr std::string_view directory_scheme = "directory:";
inline bool is_ours(const store::Subscription& subscription) { return subscription.endpoint.starts_with(directory_scheme); }

/// The resource by schemas/wayleave/subscription-1.xsd, keys that wait and entries given up included; the secret only when
/// `with_secret` (once, in the 201). Its JSON twin is json::write's of this.
std::string subscription_xml(const store::Subscription& subscription, bool with_secret);

}  // namespace wayleave::feed
