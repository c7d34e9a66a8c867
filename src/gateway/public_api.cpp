#include "gateway/public_api.hpp"

#include <algorithm>

namespace wayleave::gateway {

namespace asio = boost::asio;

std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parts;
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '/' || path.front() != '/') return std::nullopt;
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const auto wanted = pattern.substr(0, pattern.find('/'));
    const auto given = path.substr(0, path.find('/'));
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(given.size());
    if (wanted == "*") {
      if (given.empty()) return std::nullopt;
      parts.emplace_back(given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parts;
}

const std::vector<PublicApi::Entry>& PublicApi::routes() {
  static const std::vector<Entry> all{
    {"POST", "/v1/documents", &PublicApi::submit},
    {"POST", "/v1/orders", &PublicApi::submit},
    {"POST", "/v1/reroutes", &PublicApi::submit},
    {"GET", "/v1/receipts/*", &PublicApi::receipt},
    {"GET", "/v1/receipts/*/content", &PublicApi::receipt_content},
    {"GET", "/v1/receipts/*/report", &PublicApi::receipt_report},
    {"GET", "/v1/receipts/*/acknowledgment", &PublicApi::acknowledgment},
    {"GET", "/v1/documents", &PublicApi::documents},
    {"GET", "/v1/documents/*", &PublicApi::document},
    {"GET", "/v1/agreements", &PublicApi::agreements},
    {"GET", "/v1/agreements/*/schema", &PublicApi::agreement_schema},
    {"GET", "/v1/orders/*", &PublicApi::order},
    {"GET", "/v1/shipments", &PublicApi::shipments},
    {"GET", "/v1/shipments/*", &PublicApi::shipment},
    {"GET", "/v1/network", &PublicApi::network},
    {"GET", "/v1/network/*", &PublicApi::network_service},
    {"GET", "/v1/feeds/*/events", &PublicApi::events},
    {"POST", "/v1/subscriptions", &PublicApi::subscribe},
    {"GET", "/v1/subscriptions", &PublicApi::subscriptions},
    {"GET", "/v1/subscriptions/*", &PublicApi::subscription},
    {"DELETE", "/v1/subscriptions/*", &PublicApi::unsubscribe},
    {"POST", "/v1/subscriptions/*/test", &PublicApi::test_subscription},
    {"POST", "/v1/subscriptions/*/pause", &PublicApi::pause_subscription},
    {"POST", "/v1/subscriptions/*/resume", &PublicApi::resume_subscription},
  };
  return all;
}

namespace {

net::Response unauthorized(Form form) {
  auto refusal = problem(401, "send a token of yours as Authorization: Bearer, or a client certificate we know", form);
  refusal.headers.add("WWW-Authenticate", "Bearer realm=\"wayleave\", Basic realm=\"wayleave\"");
  return refusal;
}

}  // namespace

asio::awaitable<void> PublicApi::say(Visit& visit, net::Response response) {
  if (response.status >= 400) services_.metrics.refused("public", response.status);
  co_await visit.exchange.respond(std::move(response));
}

asio::awaitable<void> PublicApi::handle(net::Exchange& exchange) {
  const auto& head = exchange.head();
  Visit visit{exchange, services_.site.get(), {}, wanted(head), services_.clock.now(), {}};
  // Nothing is told to strangers, not even which paths there are.
  auto caller = authenticate(head, *visit.site->directory, visit.now);
  if (!caller || caller->partner.empty()) {
    co_await say(visit, unauthorized(visit.form));
    co_return;
  }
  visit.partner = std::move(caller->partner);
  if (const int wait = rate_.take(visit.partner, visit.site->config.gateway.limits.requests)) {
    auto refusal = problem(429, "more requests a second than agreed", visit.form);
    refusal.headers.add("Retry-After", std::to_string(wait));
    co_await say(visit, std::move(refusal));
    co_return;
  }

  const std::string_view method = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  std::string allowed;
  for (const auto& entry : routes()) {
    auto parts = match_path(entry.pattern, head.path);
    if (!parts) continue;
    if (entry.method == method) {
      visit.parts = std::move(*parts);
      co_await (this->*entry.route)(visit);
      co_return;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(entry.method);
  }
  auto refusal = allowed.empty() ? not_found(visit.form) : problem(405, "this resource does not answer " + head.method, visit.form);
  if (!allowed.empty()) refusal.headers.add("Allow", allowed);
  co_await say(visit, std::move(refusal));
}

}  // namespace wayleave::gateway
