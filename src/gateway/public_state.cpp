#include <algorithm>

#include "crypto/digest.hpp"
#include "formats/xml/read.hpp"
#include "gateway/public_api.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

bool matches_etag(const net::RequestHead& head, const std::string& etag) {
  const auto wanted = head.headers.get("If-None-Match");
  return wanted == "*" || wanted.find(etag) != std::string_view::npos;
}

/// Roles in which the partner may read a feed.
std::vector<std::string> seeing_roles(const pipeline::LiveSite& site, const std::string& partner, std::string_view feed) {
  std::vector<std::string> roles;
  if (const auto* config = site.partner(partner))
    for (const auto& sees : config->sees)
      if (sees.feed == feed) roles.insert(roles.end(), sees.as.begin(), sees.as.end());
  return roles;
}

bool may_see(const store::Object& object, const std::string& partner, const std::vector<std::string>& roles) {
  return std::any_of(object.parties.begin(), object.parties.end(), [&](const auto& party) {
    return party.partner == partner && (party.role == "concerned" || std::find(roles.begin(), roles.end(), party.role) != roles.end());
  });
}

std::string etag_of(const store::Object& object, Form form) {
  return '"' + object.id + '-' + std::to_string(object.version) + (form == Form::json ? "-j\"" : "\"");
}

/// Header values must be visible ASCII, whatever an id holds.
std::string header_safe(std::string text) {
  const bool safe = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  return safe ? text : '"' + crypto::sha256_hex(text).substr(0, 32) + '"';
}

}  // namespace

asio::awaitable<void> PublicApi::order(Visit& visit) {
  store::DocumentQuery query;
  query.partner = visit.partner;
  query.kind = "order";
  query.key = visit.parts[0];
  query.test = false;
  query.without = {store::Status::rejected};
  query.limit = 1;
  auto found = services_.store.documents(query);
  const auto* current = found && !found->empty() ? &found->front() : nullptr;
  auto canonical = current ? services_.store.document_canonical(current->id) : Result<store::Bytes>(store::Bytes());
  if (!canonical || !*canonical) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  const auto etag = '"' + current->id + '-' + std::to_string(current->updated.time_since_epoch().count()) + (visit.form == Form::json ? "-j\"" : "\"");
  net::Response response;
  if (matches_etag(visit.head(), etag)) response.status = 304;
  else response = answer_body(200, *canonical, visit.form, *visit.site);
  response.headers.add("ETag", etag);
  response.headers.add("Wayleave-Status", std::string(store::to_string(current->status)));
  response.headers.add("Link", "</v1/documents/" + current->id + ">; rel=\"describedby\"");
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::shipment(Visit& visit) {
  store::Line line{"shipment-status", visit.partner};
  auto head = co_await services_.store.line_head(line);        // before the read: changes after it are never missed
  auto object = services_.store.object("shipment", visit.parts[0]);
  const auto roles = seeing_roles(*visit.site, visit.partner, "shipment-status");
  if (!object || !*object || !may_see(**object, visit.partner, roles)) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  const auto etag = header_safe(etag_of(**object, visit.form));
  net::Response response;
  if (matches_etag(visit.head(), etag)) response.status = 304;
  else response = answer_body(200, (*object)->body, visit.form, *visit.site);
  response.headers.add("ETag", etag);
  if (head) {
    const auto cursor = store::Cursor{head->epoch, head->last}.text();
    response.headers.add("Feed-Cursor", cursor);
    response.headers.add("Link", "</v1/feeds/shipment-status/events?after=" + cursor + ">; rel=\"changes\"");
  }
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::shipments(Visit& visit) {
  store::Line line{"shipment-status", visit.partner};
  auto head = co_await services_.store.line_head(line);
  store::Store::ObjectQuery query;
  query.kind = "shipment";
  query.partner = visit.partner;
  if (const auto* reference = visit.head().parameter("ref")) {
    const auto colon = reference->find(':');
    if (colon == std::string::npos || colon == 0) {
      co_await say(visit, problem(400, "ref= takes kind:value, such as purchase-order:4711", visit.form));
      co_return;
    }
    query.reference_kind = reference->substr(0, colon);
    query.reference_value = reference->substr(colon + 1);
  }
  if (const auto* since = visit.head().parameter("updated-since")) {
    query.updated_since = parse_iso(*since);
    if (!query.updated_since) {
      co_await say(visit, problem(400, "updated-since= takes a time such as 2026-11-21T09:00:00Z", visit.form));
      co_return;
    }
  }
  query.limit = 1000;
  auto found = services_.store.objects(query);
  if (!found) {
    co_await say(visit, problem(503, found.error().detail, visit.form));
    co_return;
  }
  const auto roles = seeing_roles(*visit.site, visit.partner, "shipment-status");
  std::string out = visit.form == Form::json ? "{\"ShipmentStatus\":[" : "<shipments xmlns=\"urn:wayleave:shipments:1\">";
  bool first = true;
  for (const auto& object : *found) {
    if (!may_see(object, visit.partner, roles)) continue;
    if (visit.form == Form::json) {
      if (!first) out += ',';
      out += json_twin(*object.body, *visit.site).value_or("null");
    } else {
      out += *object.body;
    }
    first = false;
  }
  out += visit.form == Form::json ? "]}" : "</shipments>";
  net::Response response;
  response.body = std::move(out);
  response.content_type = visit.form == Form::json ? "application/json" : "application/xml; charset=utf-8";
  if (head) response.headers.add("Feed-Cursor", store::Cursor{head->epoch, head->last}.text());
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::network(Visit& visit) {
  visit.parts.assign(1, "");
  co_await network_service(visit);
}

asio::awaitable<void> PublicApi::network_service(Visit& visit) {
  const auto service = visit.parts[0];
  const auto* partner = visit.site->partner(visit.partner);
  const bool own = service.empty() || (partner && std::find(partner->services.begin(), partner->services.end(), service) != partner->services.end());
  if (!own || !visit.site->directory->sees(visit.partner, "network-status")) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  store::Line line{"network-status", visit.partner};
  auto head = co_await services_.store.line_head(line);
  store::Store::ObjectQuery query;
  query.kind = "situation";
  query.partner = visit.partner;
  query.limit = 1000;
  if (!service.empty()) query.reference_kind = "service", query.reference_value = service;
  auto found = services_.store.objects(query);
  if (!found) {
    co_await say(visit, problem(503, found.error().detail, visit.form));
    co_return;
  }
  const bool json = visit.form == Form::json;
  std::string out = json ? "{\"NetworkStatus\":[" : "<network xmlns=\"urn:wayleave:network:1\">";
  std::string versions;
  bool first = true;
  for (const auto& object : *found) {
    if (json && !first) out += ',';
    out += json ? json_twin(*object.body, *visit.site).value_or("null") : *object.body;
    versions += object.id + ':' + std::to_string(object.version) + ' ';
    first = false;
  }
  out += json ? "]}" : "</network>";
  const auto etag = '"' + crypto::sha256_hex(versions).substr(0, 24) + (json ? "-j\"" : "\"");
  net::Response response;
  if (matches_etag(visit.head(), etag)) {
    response.status = 304;
  } else {
    response.body = std::move(out);
    response.content_type = json ? "application/json" : "application/xml; charset=utf-8";
  }
  response.headers.add("ETag", etag);
  if (head) response.headers.add("Feed-Cursor", store::Cursor{head->epoch, head->last}.text());
  co_await say(visit, std::move(response));
}

}  // namespace wayleave::gateway
