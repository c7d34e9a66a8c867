// RFC 3986, the part that http URLs use:
//   URL = ( "http" / "https" ) "://" [ userinfo "@" ] host [ ":" port ] [ path ] [ "?" query ] [ "#" fragment ]
// By hand, because Boost.URL 1.81 takes http://127.0.0.1.example/ for the host 127.0.0.1 with a path of ".example/".
#include <arpa/inet.h>

#include <charconv>

#include "net/client.hpp"

namespace wayleave::net {

namespace {

constexpr std::size_t longest_url = 2048;
constexpr std::size_t longest_host = 253;

Problem invalid(const char* detail) {
  return {Errc::invalid, detail};
}

bool is_url_char(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

bool is_host_name(std::string_view host) {
  for (char c : host) {
    bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter_or_digit && c != '-' && c != '.' && c != '_') return false;
  }
  return !host.empty() && host.front() != '.' && host.size() <= longest_host;
}

/// As the resolver would take it: 127.1, 0x7f000001 and 2130706433 are addresses too.
bool is_ipv4_in_any_notation(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  in_addr address;
  return ::inet_aton(host.c_str(), &address) != 0;
}

/// The canonical text of an IPv6 address; empty for none (one with a zone is none).
std::string canonical_ipv6(const std::string& text) {
  in6_addr address;
  char canonical[INET6_ADDRSTRLEN];
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return {};
  return ::inet_ntop(AF_INET6, &address, canonical, sizeof canonical);
}

/// Takes everything before the first of `ends` off the front of `text`.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  auto part = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(part.size());
  return part;
}

std::optional<Problem> read_authority(std::string_view authority, Url& url) {
  if (auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  if (authority.starts_with('[')) {
    auto literal = take_until(authority, "]");
    url.host = canonical_ipv6(std::string(literal.substr(1)));
    url.host_is_address = true;
    if (url.host.empty() || authority.empty()) return invalid("the host of the URL is not an IPv6 address");
    authority.remove_prefix(1);
  } else {
    url.host = percent_decode(take_until(authority, ":")).value_or("");
    if (!is_host_name(url.host)) return invalid("the URL names no host, or what it names is no host name");
    url.host_is_address = is_ipv4_in_any_notation(url.host);
  }
  if (authority.empty()) return std::nullopt;
  if (authority.front() != ':') return invalid("something follows the host of the URL");
  authority.remove_prefix(1);
  auto [end, error] = std::from_chars(authority.data(), authority.data() + authority.size(), url.port);
  if (error != std::errc{} || end != authority.data() + authority.size() || url.port == 0) {
    return invalid("the port of the URL is not a number from 1 to 65535");
  }
  return std::nullopt;
}

}  // namespace

Result<Url> parse_url(const std::string& text) {
  if (text.size() > longest_url) return invalid("the URL is longer than 2048 bytes");
  for (char c : text) {
    if (!is_url_char(c)) return invalid("the URL has a character that needs encoding");
  }
  Url url;
  std::string_view rest = text;
  auto scheme = take_until(rest, ":");
  if (equal_without_case(scheme, "http")) {
    url.scheme = "http";
    url.port = 80;
  } else if (equal_without_case(scheme, "https")) {
    url.scheme = "https";
    url.port = 443;
  } else {
    return invalid("not an http or https URL");
  }
  if (!rest.starts_with("://")) return invalid("not an absolute URL");
  rest.remove_prefix(3);
  if (auto problem = read_authority(take_until(rest, "/?#"), url)) return *problem;
  auto target = rest.substr(0, rest.find('#'));
  url.path_and_query = target.starts_with('/') ? std::string(target) : '/' + std::string(target);
  return url;
}

}  // namespace wayleave::net
