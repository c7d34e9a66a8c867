#include <algorithm>
#include <array>
#include <charconv>

#include "base/log.hpp"
#include "base/units.hpp"
#include "formats/xml/write.hpp"
#include "gateway/internal_api.hpp"
#include "gateway/outbound.hpp"
#include "gateway/receives.hpp"
#include "pipeline/judge_again.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

store::NewEntry entry_for(store::DocumentRecord document, store::Status status, Time now) {
  document.status = status;
  document.updated = now;
  return process::document_entry(document, {}, now);
}

std::string parameter(const net::RequestHead& head, std::string_view name) {
  const auto* value = head.parameter(name);
  return value ? *value : std::string();
}

/// What a replay from the received bytes needs: judged again by the site in force, kept under the same document.
struct Remapped {
  store::Bytes canonical;
  std::string problem;
};
Remapped map_again(const pipeline::LiveSitePtr& site, store::Store& store, const store::DocumentRecord& document) {
  auto judged = pipeline::judge_again(site, store, document);
  if (!judged) return {nullptr, "the received bytes are no longer kept"};
  auto& mapped = *judged;
  if (!mapped) {
    const auto& refusal = mapped.refusal();
    if (refusal.findings.empty()) return {nullptr, refusal.detail.empty() ? "the map in force refuses it" : refusal.detail};
    return {nullptr, refusal.findings.front().code + ": " + refusal.findings.front().message};
  }
  // Of a submission that was split, the one with its number.
  auto& made = mapped->documents;
  const auto own = made.size() == 1 ? made.begin() : std::ranges::find(made, document.key, &pipeline::Canonical::key);
  if (own == made.end()) return {nullptr, "the map in force makes no document with the number " + document.key};
  return {own->xml, ""};
}

}  // namespace

asio::awaitable<void> InternalApi::replay(Call& call) {
  auto record = services_.store.document(call.parts[0]);
  if (!record || !*record) {
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  const auto& document = **record;
  auto stage = parameter(call.head(), "stage");
  if (stage.empty()) stage = "deliver";
  if (stage != "received" && stage != "mapped" && stage != "deliver") {
    co_await call.exchange.respond(problem(400, "stage= is received, mapped or deliver", call.form));
    co_return;
  }
  store::Bytes canonical;
  if (stage == "received") {
    auto again = map_again(call.site, services_.store, document);
    if (!again.canonical) {
      co_await call.exchange.respond(problem(409, "cannot be mapped again: " + again.problem, call.form));
      co_return;
    }
    canonical = again.canonical;
  }
  const bool new_key = parameter(call.head(), "new-key") == "1";
  store::Stage note;
  note.name = "replay";
  note.at = call.now;
  note.outcome = "ok";
  note.detail = new_key ? "new-key:" + std::to_string(call.now.time_since_epoch().count()) : "by the operator from " + stage;
  std::vector<store::NewEntry> entries{entry_for(document, store::Status::delivering, call.now)};
  const int step = stage == "deliver" ? document.step : 0;
  auto id = document.id;
  auto outcome = co_await services_.store.replay(std::move(id), step, std::move(canonical), std::move(note), std::move(entries));
  if (!outcome) {
    const int status = outcome.error().code == Errc::storage ? 503 : 409;
    co_await call.exchange.respond(problem(status, outcome.error().detail, call.form));
    co_return;
  }
  services_.delivery.wake();
  net::Response response;
  response.status = 202;
  response.body = "<replayed xmlns=\"urn:wayleave:messages:1\" id=\"" + document.id + "\" stage=\"" + stage + "\"/>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::discard(Call& call) {
  auto record = services_.store.document(call.parts[0]);
  const auto reason = parameter(call.head(), "reason");
  if (!record || !*record) {
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  if (reason.empty()) {
    co_await call.exchange.respond(problem(400, "say why: reason=", call.form));
    co_return;
  }
  store::Stage note;
  note.name = "discarded";
  note.at = call.now;
  note.outcome = "failed";
  note.detail = "by the operator: " + reason;
  std::vector<store::NewEntry> entries{entry_for(**record, store::Status::discarded, call.now)};
  auto id = (*record)->id;
  auto outcome = co_await services_.store.set_status(std::move(id), store::Status::discarded, std::move(note), std::move(entries));
  if (!outcome) {
    co_await call.exchange.respond(problem(409, outcome.error().detail, call.form));
    co_return;
  }
  services_.delivery.wake();
  net::Response response;
  response.status = 200;
  response.body = "<discarded xmlns=\"urn:wayleave:messages:1\" id=\"" + (*record)->id + "\"/>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::park(Call& call) {
  auto record = services_.store.document(call.parts[0]);
  if (!record || !*record) {
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  store::Stage note;
  note.name = "parked";
  note.at = call.now;
  note.outcome = "waiting";
  note.detail = "by the operator";
  auto id = (*record)->id;
  std::vector<store::NewEntry> entries{entry_for(**record, store::Status::parked, call.now)};
  auto outcome = co_await services_.store.set_status(std::move(id), store::Status::parked, std::move(note), std::move(entries));
  if (!outcome) {
    co_await call.exchange.respond(problem(409, outcome.error().detail, call.form));
    co_return;
  }
  net::Response response;
  response.body = "<parked xmlns=\"urn:wayleave:messages:1\" id=\"" + (*record)->id + "\"/>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::replay_subscription(Call& call) {
  const auto seq = parameter(call.head(), "seq");
  std::optional<std::uint64_t> one;
  if (!seq.empty()) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(seq.data(), seq.data() + seq.size(), value);
    if (failure != std::errc() || end != seq.data() + seq.size()) {
      co_await call.exchange.respond(problem(400, "seq= takes the number of a parked entry, such as 17 of the cursor ab12:17", call.form));
      co_return;
    }
    one = value;
  }
  auto work = services_.webhooks.replay(call.parts[0], one);
  const auto entries = co_await std::move(work);
  if (!entries) {
    co_await call.exchange.respond(not_found(call.form));
    co_return;
  }
  if (one && *entries == 0) {
    co_await call.exchange.respond(problem(409, "entry " + seq + " is not parked", call.form));
    co_return;
  }
  net::Response response;
  xml::Writer writer(response.body);
  writer.start("replayed").attribute("xmlns", "urn:wayleave:subscription:1").attribute("id", call.parts[0]);
  writer.attribute("entries", std::to_string(*entries)).end();
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::remove_subscription(Call& call) {
  const auto& id = call.parts[0];
  const auto found = services_.store.subscription(id);
  if (!found || !*found) {
    co_await call.exchange.respond(found ? not_found(call.form) : problem(503, found.error().detail, call.form));
    co_return;
  }
  if (feed::is_ours(**found) && receiving_of(*call.site, (*found)->partner, id)) {
    co_await call.exchange.respond(problem(409, "the site has it: take its <receives> out of partner " + (*found)->partner + ", reload, then remove it", call.form));
    co_return;
  }
  auto copy = id;
  auto gone = co_await services_.store.delete_subscription(std::move(copy));
  if (!gone) {
    co_await call.exchange.respond(problem(503, gone.error().detail, call.form));
    co_return;
  }
  services_.webhooks.changed(id);
  log::info("subscription-removed", {{"subscription", id}, {"partner", (*found)->partner}});
  net::Response response;
  xml::Writer writer(response.body);
  writer.start("removed").attribute("xmlns", "urn:wayleave:subscription:1").attribute("id", id).end();
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

asio::awaitable<void> InternalApi::sent(Call& call) {
  constexpr std::array<std::string_view, 5> known{"sending", "sent", "accepted", "partly", "rejected"};
  SentLog::Query query;
  query.partner = parameter(call.head(), "partner");
  query.status = parameter(call.head(), "status");
  const auto overdue = parameter(call.head(), "overdue");
  if (!overdue.empty()) query.overdue = parse_duration(overdue);
  const bool status_known = query.status.empty() || std::ranges::find(known, query.status) != known.end();
  if (!status_known || (!overdue.empty() && !query.overdue)) {
    const std::string why = "status= is sending, sent, accepted, partly or rejected, overdue= a length of time such as 24h";
    co_await call.exchange.respond(problem(400, why, call.form));
    co_return;
  }
  auto found = services_.outbound.sent().find(query);
  if (!found) {
    co_await call.exchange.respond(problem(503, found.error().detail, call.form));
    co_return;
  }
  net::Response response;
  response.body = "<sent xmlns=\"urn:wayleave:sent:1\">";
  for (const auto& interchange : *found) response.body += interchange;
  response.body += "</sent>";
  response.content_type = "application/xml; charset=utf-8";
  co_await call.exchange.respond(std::move(response));
}

}  // namespace wayleave::gateway
