#include <arpa/inet.h>

#include <charconv>

#include "base/units.hpp"
#include "config/site_file.hpp"
#include "config/values.hpp"

namespace wayleave::config {
namespace {

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
bool parse_listen(const std::string& text, Listener& listener) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  auto address = text.substr(0, colon);
  const auto port = std::string_view(text).substr(colon + 1);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address == "localhost") address = "127.0.0.1";
  unsigned char bytes[16];
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1) return false;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535) return false;
  listener.address = address;
  listener.port = static_cast<std::uint16_t>(number);
  return true;
}

std::string absolute(const std::string& path, const std::filesystem::path& site) {
  return path.empty() ? path : (site / path).lexically_normal().string();
}

std::optional<Tls> read_tls(const SiteFile& file, Document::Index node, const std::filesystem::path& site) {
  if (node == Document::none) return std::nullopt;
  Tls tls;
  tls.where = file.where(node);
  const auto pem = [&](const char* name) {
    const auto text = file.token(node, name);
    const auto given = with_environment(text, file.problems());
    auto path = absolute(given, site);
    if (!path.empty() && !is_readable_file(path))
      file.problems().error("C131", text.where, "there is no readable file " + given, "put the PEM file there, or correct the path").found = text.value;
    return path;
  };
  tls.certificate = pem("certificate");
  tls.key = pem("key");
  tls.ca = pem("ca");
  const auto clients = file.token(node, "clients").value;
  if (clients == "offered") tls.clients = Tls::Clients::offered;
  if (clients == "required") tls.clients = Tls::Clients::required;
  return tls;
}

void read_listener(const SiteFile& file, Document::Index node, const std::filesystem::path& site, Listener& listener) {
  if (node == Document::none) return;
  listener.where = file.where(node);
  const auto listen = file.token(node, "listen");
  const auto value = with_environment(listen, file.problems());
  if (!value.empty() && !parse_listen(value, listener)) {
    auto& finding = file.problems().error(
      "C114", listen.where, "'" + value + "' is no address to listen on", "write an address and a port, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080"
    );
    finding.found = listen.value;
    finding.expected = "address:port";
  }
  Text names = file.token(node, "names");
  names.value = with_environment(names, file.problems());
  listener.names = split_words(names.value);
  listener.behind_proxy = file.token(node, "behind-proxy").value == "yes";
  listener.tls = read_tls(file, file.child(node, "tls"), site);
}

template <class Value>
void read_count(const SiteFile& file, Document::Index node, const char* name, Value& value) {
  const auto text = file.token(node, name);
  if (text.empty()) return;
  const auto [end, error] = std::from_chars(text.value.data(), text.value.data() + text.value.size(), value);
  if (error != std::errc() || end != text.value.data() + text.value.size())
    file.problems().error("C116", text.where, "'" + text.value + "' is no whole number", "write digits only").found = text.value;
}

void read_limits(const SiteFile& file, Document::Index node, Limits& limits) {
  if (node == Document::none) return;
  const auto document = file.token(node, "document");
  if (const auto size = parse_size(document.value)) limits.document = *size;
  else if (!document.empty())
    file.problems().error("C112", document.where, "'" + document.value + "' is no size", "write a size such as 64KiB, 50MiB or 4GiB").found = document.value;
  const auto requests = file.token(node, "requests");
  if (const auto rate = parse_rate(requests.value); rate && *rate > 0) limits.requests = *rate;
  else if (!requests.empty())
    file.problems().error("C113", requests.where, "'" + requests.value + "' is no rate", "write how many, a slash and s, m or h, such as 200/s").found =
      requests.value;
  read_count(file, node, "subscriptions", limits.subscriptions);
  read_count(file, node, "streams", limits.streams);
}

}  // namespace

Gateway read_gateway(const SiteFile& file, const std::filesystem::path& site) {
  Gateway gateway;
  gateway.file = file.path();
  const auto root = file.root();
  for (const auto node : file.children(file.child(root, "self"), "identity")) gateway.self.push_back(read_identity(file, node));

  gateway.public_listener.address = gateway.internal_listener.address = "127.0.0.1";
  gateway.public_listener.port = 8080;
  gateway.internal_listener.port = 8081;
  gateway.public_listener.where = gateway.internal_listener.where = file.where(root);
  read_listener(file, file.child(root, "public"), site, gateway.public_listener);
  read_listener(file, file.child(root, "internal"), site, gateway.internal_listener);

  const auto store = with_environment(file.token(file.child(root, "store"), "directory"), file.problems());
  gateway.store = (site / (store.empty() ? "data" : store)).lexically_normal();
  read_limits(file, file.child(root, "limits"), gateway.limits);

  const auto retention = file.child(root, "retention");
  gateway.keep_documents = read_duration(file, retention, "documents", std::chrono::hours(24 * 400));
  gateway.keep_feeds = read_duration(file, retention, "feeds", std::chrono::hours(24 * 30));
  gateway.webhook_allow = file.words(file.child(root, "webhooks"), "allow");
  gateway.webhook_where = file.token(file.child(root, "webhooks"), "allow").where;
  return gateway;
}

}  // namespace wayleave::config
