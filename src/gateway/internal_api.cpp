#include "gateway/internal_api.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "formats/xml/write.hpp"
#include "gateway/access.hpp"
#include "gateway/public_api.hpp"
#include "pipeline/report.hpp"
#include "pipeline/judge_again.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

std::shared_ptr<const std::string> shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

net::Response plain(int status, std::string text) {
  net::Response response;
  response.status = status;
  response.body = std::move(text);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

std::string parameter(const net::RequestHead& head, std::string_view name) {
  const auto* value = head.parameter(name);
  return value ? *value : std::string();
}

}  // namespace

const std::vector<InternalApi::Entry>& InternalApi::routes() {
  static const std::vector<Entry> all{
    {"POST", "/v1/events", true, &InternalApi::publish},
    {"POST", "/v1/documents/*/result", true, &InternalApi::result_by_id},
    {"POST", "/v1/results", true, &InternalApi::result_by_key},
    {"GET", "/v1/messages", false, &InternalApi::messages},
    {"GET", "/v1/messages/*", false, &InternalApi::message},
    {"POST", "/v1/messages/*/replay", false, &InternalApi::replay},
    {"POST", "/v1/messages/*/discard", false, &InternalApi::discard},
    {"POST", "/v1/messages/*/park", false, &InternalApi::park},
    {"GET", "/v1/parked", false, &InternalApi::parked},
    {"GET", "/v1/subscriptions", false, &InternalApi::subscriptions},
    {"POST", "/v1/subscriptions/*/replay", false, &InternalApi::replay_subscription},
    {"DELETE", "/v1/subscriptions/*", false, &InternalApi::remove_subscription},
    {"GET", "/v1/sent", false, &InternalApi::sent},
  };
  return all;
}

// Health and metrics need no token: they tell nothing of any customer's documents but counts.
asio::awaitable<bool> InternalApi::open_route(net::Exchange& exchange) {
  const auto& path = exchange.head().path;
  const bool get = exchange.head().method == "GET" || exchange.head().method == "HEAD";
  if (!get || (path != "/healthz" && path != "/readyz" && path != "/metrics")) co_return false;
  net::Response response;
  if (path == "/healthz") {
    response = plain(200, "ok\n");
  } else if (path == "/readyz") {
    const auto why = services_.not_ready();
    response = plain(why.empty() ? 200 : 503, why.empty() ? "ready\n" : why + "\n");
  } else {
    response = plain(200, services_.metrics_text());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  }
  co_await exchange.respond(std::move(response));
  co_return true;
}

asio::awaitable<void> InternalApi::handle(net::Exchange& exchange) {
  const auto& head = exchange.head();
  Call call{exchange, services_.site.get(), wanted(head), services_.clock.now(), false, {}, {}};
  // A browser led here by a hostile page shows itself by Origin, or by a Host that is not ours (DNS rebinding).
  const auto host = head.headers.get("Host");
  if (std::find(hosts_.begin(), hosts_.end(), host) == hosts_.end()) {
    co_await exchange.respond(problem(421, "this listener does not answer for that Host", call.form));
    co_return;
  }
  if (head.headers.has("Origin")) {
    co_await exchange.respond(problem(403, "browsers have no business here", call.form));
    co_return;
  }
  if (co_await open_route(exchange)) co_return;

  const auto token = bearer(head);
  if (!token.empty() && crypto::equal_secrets(crypto::sha256(token), crypto::sha256(services_.operator_token))) {
    call.by_operator = true;
  } else if (auto caller = authenticate(head, *call.site->directory, call.now); caller && !caller->backend.empty()) {
    call.backend = std::move(caller->backend);
  } else {
    auto refusal = problem(401, "send the operator's token, or a back end's, as Authorization: Bearer", call.form);
    refusal.headers.add("WWW-Authenticate", "Bearer realm=\"wayleave-internal\"");
    services_.metrics.refused("internal", 401);
    co_await exchange.respond(std::move(refusal));
    co_return;
  }
  const std::string_view method = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  for (const auto& entry : routes()) {
    auto parts = match_path(entry.pattern, head.path);
    if (!parts || entry.method != method) continue;
    if (!entry.backend && !call.by_operator) break;
    call.parts = std::move(*parts);
    co_await (this->*entry.route)(call);
    co_return;
  }
  co_await exchange.respond(not_found(call.form));
}

asio::awaitable<void> InternalApi::publish(Call& call) {
  if (call.backend.empty()) {
    co_await call.exchange.respond(problem(403, "events come from back ends; use a back end's token", call.form));
    co_return;
  }
  auto body = co_await call.exchange.read_body(call.site->config.gateway.limits.document);
  if (!body) {
    const int status = body.error().code == Errc::too_large ? 413 : 400;
    co_await call.exchange.respond(problem(status, body.error().detail, call.form));
    co_return;
  }
  pipeline::Publication publication;
  publication.backend = call.backend;
  publication.bytes = std::move(*body);
  publication.received = call.now;
  publication.site = call.site;
  auto answer = co_await services_.fanout.publish(std::move(publication));
  services_.metrics.event(call.backend, answer.outcome);
  co_await call.exchange.respond(respond_to_submission(answer, call.form, *call.site, nullptr, call.now));
}

// A back end may settle what was sent to it: the process has a step that names it, or none that names any.
bool InternalApi::may_settle(const Call& call, const store::DocumentRecord& document) const {
  if (call.by_operator) return true;
  const auto it = call.site->processes.find(document.process);
  if (it == call.site->processes.end()) return false;
  bool named = false;
  for (const auto& step : it->second->steps) {
    const auto backend = step.config.options.find("backend");
    if (backend == step.config.options.end()) continue;
    named = true;
    if (backend->second.value == call.backend) return true;
  }
  return !named;
}

asio::awaitable<void> InternalApi::result_by_id(Call& call) {
  auto record = services_.store.document(call.parts[0]);
  if (!record || !*record || !may_settle(call, **record)) {
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  auto document = std::move(**record);
  co_await settle(call, std::move(document));
}

asio::awaitable<void> InternalApi::result_by_key(Call& call) {
  store::DocumentQuery query;
  query.partner = parameter(call.head(), "partner");
  query.kind = parameter(call.head(), "kind");
  query.key = parameter(call.head(), "key");
  if (query.partner.empty() || query.kind.empty() || query.key.empty()) {
    co_await call.exchange.respond(problem(400, "say which document: partner=, kind= and key=", call.form));
    co_return;
  }
  query.test = false;
  query.without = {store::Status::rejected};
  auto found = services_.store.documents(query);
  if (found)
    for (const auto& record : *found)
      if (may_settle(call, record)) {
        auto document = record;
        co_await settle(call, std::move(document));
        co_return;
      }
  co_await call.exchange.respond(not_found(call.form));
}

asio::awaitable<void> InternalApi::settle(Call& call, store::DocumentRecord document) {
  auto body = co_await call.exchange.read_body(1u << 20);
  if (!body) {
    const int status = body.error().code == Errc::too_large ? 413 : 400;
    co_await call.exchange.respond(problem(status, body.error().detail, call.form));
    co_return;
  }
  process::SiteView view;
  view.schema = [site = call.site](const std::string& reference) { return site->schema_of(reference); };
  auto verdict = process::read_verdict(*body, view, call.now);
  if (!verdict) {
    co_await call.exchange.respond(problem(422, verdict.error().detail, call.form));
    co_return;
  }
  store::Settlement settlement;
  settlement.document = document.id;
  settlement.verdict = *verdict;
  settlement.stage.name = "verdict";
  settlement.stage.at = call.now;
  settlement.stage.outcome = "ok";
  settlement.stage.detail = call.by_operator ? "by the operator" : "from back end " + call.backend;
  document.status = verdict->accepted ? store::Status::confirmed : store::Status::refused;
  document.verdict = *verdict;
  document.updated = call.now;
  settlement.entries.push_back(process::document_entry(document, {}, call.now));
  const auto canonical = services_.store.document_canonical(document.id);
  auto response = process::order_response_entry(document, *verdict, canonical ? *canonical : nullptr, call.now);
  if (response) settlement.entries.push_back(std::move(*response));
  auto outcome = co_await services_.store.settle(std::move(settlement));
  if (!outcome) {
    const int status = outcome.error().code == Errc::not_found ? 404 : outcome.error().code == Errc::conflict ? 409 : 503;
    co_await call.exchange.respond(problem(status, outcome.error().detail, call.form));
    co_return;
  }
  services_.delivery.wake();
  if (*outcome == store::SettleOutcome::contradicts) {
    co_await call.exchange.respond(problem(409, "another result is known for this document", call.form));
    co_return;
  }
  auto record = services_.store.document(document.id);
  auto xml = shared(process::document_xml(record && *record ? **record : document, {}));
  co_await call.exchange.respond(answer_body(200, std::move(xml), call.form, *call.site));
}

namespace {

void add_message(std::string& out, const store::DocumentRecord& record) {
  xml::Writer writer(out);
  writer.start("message")
    .attribute("id", record.id)
    .attribute("receipt", record.receipt)
    .attribute("partner", record.partner)
    .attribute("kind", record.kind)
    .attribute("key", record.key)
    .attribute("status", store::to_string(record.status))
    .attribute("test", record.test ? "true" : "false")
    .attribute("received", to_iso(record.received))
    .attribute("updated", to_iso(record.updated))
    .attribute("process", record.process)
    .attribute("lane", record.lane)
    .attribute("step", std::to_string(record.step))
    .attribute("attempts", std::to_string(record.attempts));
  if (record.next_attempt) writer.attribute("next-attempt", to_iso(*record.next_attempt));
  if (!record.blocked.empty()) writer.attribute("blocked", record.blocked);
  writer.end();
}

/// Where in the map a rejection came from; findings that are not the map's have no such place.
void add_origins(xml::Writer& writer, const pipeline::Refusal& refusal) {
  for (std::size_t i = 0; i < refusal.origins.size() && i < refusal.findings.size(); ++i) {
    const auto& finding = refusal.findings[i];
    const auto& origin = refusal.origins[i];
    writer.start("origin").attribute("code", finding.code);
    if (finding.line) writer.attribute("line", std::to_string(finding.line)).attribute("column", std::to_string(finding.column));
    if (!finding.path.empty()) writer.attribute("path", finding.path);
    writer.attribute("map", origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column)).end();
  }
}

net::Response list(const std::vector<store::DocumentRecord>& records) {
  net::Response response;
  response.body = "<messages xmlns=\"urn:wayleave:messages:1\">";
  for (const auto& record : records) add_message(response.body, record);
  response.body += "</messages>";
  response.content_type = "application/xml; charset=utf-8";
  return response;
}

}  // namespace

asio::awaitable<void> InternalApi::messages(Call& call) {
  store::DocumentQuery query;
  query.partner = parameter(call.head(), "partner");
  query.kind = parameter(call.head(), "kind");
  query.key = parameter(call.head(), "key");
  query.limit = 1000;
  const auto status = parameter(call.head(), "status");
  const auto since = parameter(call.head(), "since");
  if (!status.empty()) query.status = store::parse_status(status);
  if (!since.empty()) query.since = parse_iso(since);
  if ((!status.empty() && !query.status) || (!since.empty() && !query.since)) {
    co_await call.exchange.respond(problem(400, "status= takes a document status, since= a time such as 2026-11-21T09:00:00Z", call.form));
    co_return;
  }
  auto found = services_.store.documents(query);
  if (!found) {
    co_await call.exchange.respond(problem(503, found.error().detail, call.form));
    co_return;
  }
  co_await call.exchange.respond(list(*found));
}

asio::awaitable<void> InternalApi::parked(Call& call) {
  std::vector<store::DocumentRecord> all;
  for (const auto status : {store::Status::parked, store::Status::unknown}) {
    store::DocumentQuery query;
    query.status = status;
    query.limit = 1000;
    auto found = services_.store.documents(query);
    if (found) all.insert(all.end(), found->begin(), found->end());
  }
  co_await call.exchange.respond(list(all));
}

asio::awaitable<void> InternalApi::message(Call& call) {
  auto record = services_.store.document(call.parts[0]);
  if (!record || !*record) {
    auto receipt = services_.store.receipt(call.parts[0]);
    if (receipt && *receipt) {
      co_await call.exchange.respond(list((*receipt)->documents));
      co_return;
    }
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  auto receipt = services_.store.receipt((*record)->receipt);
  auto stages = services_.store.stages((*record)->id);
  net::Response response;
  response.body = "<message-detail xmlns=\"urn:wayleave:messages:1\">";
  add_message(response.body, **record);
  response.body += process::document_xml(**record, stages ? *stages : std::vector<store::Stage>());
  xml::Writer writer(response.body);
  if (stages)
    for (const auto& stage : *stages) {
      writer.start("stage").attribute("name", stage.name).attribute("step", stage.step).attribute("at", to_iso(stage.at));
      writer.attribute("outcome", stage.outcome).attribute("attempt", std::to_string(stage.attempt)).text(stage.detail).end();
    }
  if (receipt && *receipt && (*receipt)->report) writer.raw(*(*receipt)->report);
  if ((*record)->status == store::Status::rejected) {
    auto judged = pipeline::judge_again(call.site, services_.store, **record);
    if (judged && !*judged) add_origins(writer, judged->refusal());
  }
  response.body += "</message-detail>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::subscriptions(Call& call) {
  auto all = services_.store.subscriptions(parameter(call.head(), "partner"));
  net::Response response;
  response.body = "<subscriptions xmlns=\"urn:wayleave:subscription:1\">";
  if (all)
    for (const auto& subscription : *all) response.body += feed::subscription_xml(subscription, false);
  response.body += "</subscriptions>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

}  // namespace wayleave::gateway
