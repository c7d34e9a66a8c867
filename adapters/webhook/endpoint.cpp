#include <ifaddrs.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <memory>

#include "adapters/webhook/poster.hpp"
#include "net/client.hpp"

namespace wayleave::webhook {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t longest_url = 2'048;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool allowed(const std::string& host, std::uint16_t port, const Policy& policy) {
  const auto number = std::to_string(port);
  const auto plain = lower(host) + ':' + number, bracketed = '[' + lower(host) + "]:" + number;
  return std::any_of(policy.allow.begin(), policy.allow.end(), [&](const std::string& pair) {
    const auto one = lower(pair);
    return one == plain || one == bracketed;
  });
}

std::optional<ip::address> address_of(std::string text) {
  if (text.size() > 1 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  boost::system::error_code failure;
  auto address = ip::make_address(text, failure);
  if (failure) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

/// Whether a connection to that address ends on this machine.
bool is_local(const ip::address& address) {
  if (address.is_loopback() || address.is_unspecified()) return true;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const auto* one = list; one; one = one->ifa_next) {
    if (!one->ifa_addr) continue;
    if (one->ifa_addr->sa_family == AF_INET && address.is_v4()) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      if (ntohl(in->sin_addr.s_addr) == address.to_v4().to_uint()) return true;
    } else if (one->ifa_addr->sa_family == AF_INET6 && address.is_v6()) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      ip::address_v6::bytes_type bytes;
      std::copy(std::begin(in->sin6_addr.s6_addr), std::end(in->sin6_addr.s6_addr), bytes.begin());
      if (ip::address_v6(bytes).to_bytes() == address.to_v6().to_bytes()) return true;
    }
  }
  return false;
}

/// Whether a connection to that address and port reaches one of our listeners.
bool reaches_us(const ip::address& address, std::uint16_t port, const Policy& policy) {
  for (const auto& [host, own_port] : policy.own) {
    if (own_port != port) continue;
    const auto own = host == "localhost" ? address_of("127.0.0.1") : address_of(host);
    // A connection to the unspecified address goes to this machine. A listener whose address we cannot read: all of it.
    if (!own || own->is_unspecified() || address.is_unspecified()) {
      if (is_local(address)) return true;
    } else if (*own == address) {
      return true;
    }
  }
  return false;
}

constexpr auto our_own = "is one of the gateway's own addresses";

}  // namespace

std::string check_address(const std::string& host, const std::string& address, std::uint16_t port, const Policy& policy) {
  const auto parsed = address_of(address);
  if (!parsed) return "it leads to something that is no IP address";
  if (reaches_us(*parsed, port, policy)) return address + ":" + std::to_string(port) + ' ' + our_own;
  if (allowed(host, port, policy)) return {};
  return net::forbidden_address(address);
}

std::string check_endpoint(const std::string& url, const Policy& policy) {
  if (url.size() > longest_url) return "it is longer than 2,048 characters";
  const auto parsed = net::parse_url(url);
  if (!parsed) return parsed.error().detail;
  if (parsed->has_userinfo) return "it must not contain a user name or password; verify webhook-signature instead";
  const auto host = lower(parsed->host);
  if (const auto address = address_of(host); address && reaches_us(*address, parsed->port, policy)) return "it " + std::string(our_own);
  for (const auto& [own, port] : policy.own)
    if (port == parsed->port && (lower(own) == host || host == "localhost")) return "it " + std::string(our_own);
  if (allowed(host, parsed->port, policy)) return {};
  if (parsed->scheme != "https") return "it must begin with https://";
  if (parsed->host_is_address) return "it must name a host, not an IP address";
  if (parsed->port != 443) return "it must use port 443 (leave the port out)";
  if (host.find('.') == std::string::npos || host.ends_with(".localhost") || host.ends_with(".local") || host.ends_with(".internal"))
    return "its host must be a name that is known on the internet";
  return {};
}

}  // namespace wayleave::webhook
