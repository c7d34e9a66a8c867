#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "feed/webhooks.hpp"

namespace wayleave::webhook {

/// Where a customer's webhook may lead.
struct Policy {
  std::vector<std::string> allow;                              ///< host:port pairs exempt from the checks of name and address
  std::vector<std::pair<std::string, std::uint16_t>> own;      ///< our own listeners: never, not even when allowed
};

/// Why this endpoint is not taken, in words for the customer; empty: it is. Looks at the text only: addresses are
/// checked at every connect.
std::string check_endpoint(const std::string& url, const Policy& policy);

/// Posts over net::Client: the same check of the text again, then of every address the name leads to; the connection
/// goes to an address that passed. No redirects, 16 KiB of the answer read. `policy` is asked anew for each post.
feed::Poster make_poster(boost::asio::any_io_executor executor, std::function<Policy()> policy);

}  // namespace wayleave::webhook
