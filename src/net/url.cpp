#include <arpa/inet.h>

#include <boost/url/parse.hpp>
#include <charconv>

#include "net/client.hpp"

namespace wayleave::net {

namespace {

constexpr std::size_t longest_url = 2048;

Problem invalid(const char* detail) {
  return {Errc::invalid, detail};
}

/// As the resolver would take it: 127.1, 0x7f000001 and 2130706433 are addresses too.
bool is_ipv4_in_any_notation(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  in_addr address;
  return ::inet_aton(host.c_str(), &address) != 0;
}

bool is_host_name(std::string_view host) {
  for (char c : host) {
    bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
    if (!plain) return false;
  }
  return !host.empty() && host.front() != '.' && host.size() <= 253;
}

}  // namespace

Result<Url> parse_url(const std::string& text) {
  if (text.size() > longest_url) return invalid("the URL is longer than 2048 bytes");
  auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return invalid("not an absolute URL (characters outside ASCII must be encoded)");
  boost::urls::url_view url = *parsed;
  Url result;
  if (url.scheme_id() == boost::urls::scheme::http) {
    result.scheme = "http";
    result.port = 80;
  } else if (url.scheme_id() == boost::urls::scheme::https) {
    result.scheme = "https";
    result.port = 443;
  } else {
    return invalid("not an http or https URL");
  }
  if (!url.has_authority()) return invalid("the URL names no host");
  result.has_userinfo = url.has_userinfo();
  switch (url.host_type()) {
    case boost::urls::host_type::ipv4:
      result.host = url.host();
      result.host_is_address = true;
      break;
    case boost::urls::host_type::ipv6:
      result.host = url.host_ipv6_address().to_string();
      result.host_is_address = true;
      break;
    case boost::urls::host_type::name:
      result.host = url.host();  // percent-decoded
      if (!is_host_name(result.host)) return invalid("the host of the URL is not a host name");
      result.host_is_address = is_ipv4_in_any_notation(result.host);
      break;
    default:
      return invalid("the URL names no host");
  }
  if (url.has_port()) {
    std::string_view digits(url.port().data(), url.port().size());
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || result.port == 0) {
      return invalid("the port of the URL is not a number from 1 to 65535");
    }
  }
  auto path = url.encoded_path();
  result.path_and_query.assign(path.data(), path.size());
  if (result.path_and_query.empty()) result.path_and_query = "/";
  if (url.has_query()) {
    auto query = url.encoded_query();
    result.path_and_query += '?';
    result.path_and_query.append(query.data(), query.size());
  }
  return result;
}

}  // namespace wayleave::net
