#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string_view>

#include "net/client.hpp"

namespace wayleave::net {

namespace {

struct Block {
  const char* prefix;
  unsigned bits;
  const char* name;
};

// IANA's special-purpose address registries for IPv4 and IPv6, as far as no customer's server can live there.
constexpr Block ipv4_blocks[] = {
    {"0.0.0.0", 8, "this network"},
    {"10.0.0.0", 8, "private"},
    {"100.64.0.0", 10, "shared by a carrier (CGNAT)"},
    {"127.0.0.0", 8, "loopback"},
    {"169.254.0.0", 16, "link-local"},
    {"172.16.0.0", 12, "private"},
    {"192.0.0.0", 24, "for protocols"},
    {"192.0.2.0", 24, "for documentation"},
    {"192.31.196.0", 24, "for protocols"},
    {"192.52.193.0", 24, "for protocols"},
    {"192.88.99.0", 24, "a 6to4 relay"},
    {"192.168.0.0", 16, "private"},
    {"192.175.48.0", 24, "for protocols"},
    {"198.18.0.0", 15, "for benchmarks"},
    {"198.51.100.0", 24, "for documentation"},
    {"203.0.113.0", 24, "for documentation"},
    {"224.0.0.0", 4, "multicast"},
    {"240.0.0.0", 4, "reserved or broadcast"},
};

constexpr Block ipv6_blocks[] = {
    {"::1", 128, "loopback"},
    {"::ffff:0:0", 96, "an IPv4 address in IPv6"},
    {"::", 96, "unspecified or an IPv4 address in IPv6"},
    {"64:ff9b::", 96, "translated to IPv4 (NAT64)"},
    {"64:ff9b:1::", 48, "translated to IPv4 (NAT64)"},
    {"100::", 64, "discarded"},
    {"2001::", 23, "for protocols (Teredo, ORCHID)"},
    {"2001:db8::", 32, "for documentation"},
    {"2002::", 16, "tunnelled to IPv4 (6to4)"},
    {"3fff::", 20, "for documentation"},
    {"5f00::", 16, "for segment routing"},
    {"fc00::", 7, "private (unique local)"},
    {"fe80::", 10, "link-local"},
    {"fec0::", 10, "site-local"},
    {"ff00::", 8, "multicast"},
};

using Bytes = std::array<unsigned char, 16>;

bool starts_alike(const Bytes& a, const Bytes& b, unsigned bits) {
  unsigned whole = bits / 8, rest = bits % 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

template <std::size_t N>
std::string find_block(int family, const std::string& text, const Bytes& address, const Block (&blocks)[N]) {
  for (const Block& block : blocks) {
    Bytes prefix{};
    ::inet_pton(family, block.prefix, prefix.data());
    if (starts_alike(address, prefix, block.bits))
      return fmt::format("{} is not a public address: {}", text, block.name);
  }
  return {};
}

}  // namespace

std::string forbidden_address(const std::string& address) {
  Bytes bytes{};
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    return find_block(AF_INET, address, bytes, ipv4_blocks);
  }
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    auto reason = find_block(AF_INET6, address, bytes, ipv6_blocks);
    // Only 2000::/3 is given out for public use.
    if (reason.empty() && bytes[0] >> 5 != 1) reason = fmt::format("{} is not a public address: reserved", address);
    return reason;
  }
  return "not an IP address";  // also one with a zone: fe80::1%eth0
}

}  // namespace wayleave::net
