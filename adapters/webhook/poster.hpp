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

/// Why no connection may go to this address, to which `host` resolved; empty: it may.
std::string check_address(const std::string& host, const std::string& address, std::uint16_t port, const Policy& policy);

/// For tests: another name look-up (may block, on a thread of its own), other certificates to trust.
struct PosterOptions {
  std::function<std::vector<std::string>(const std::string& host)> lookup;
  std::string ca_file;
};

/// Posts over net::Client: the same check of the text again, then of every address the name leads to; the connection
/// goes to an address that passed. No redirects, 16 KiB of the answer read. `policy` is asked anew for each post, on any
/// thread. The test of a subscription and its deliveries go through this one function.
feed::Poster make_poster(boost::asio::any_io_executor executor, std::function<Policy()> policy, PosterOptions options = {});

}  // namespace wayleave::webhook
