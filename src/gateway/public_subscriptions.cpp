#include "base/id.hpp"
#include "base/log.hpp"
#include "formats/xml/write.hpp"
#include "gateway/public_api.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

std::shared_ptr<const std::string> shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

Result<store::Cursor> start_of(const std::string& start, const store::LineHead& head) {
  if (start == "earliest") return store::Cursor{head.epoch, head.first - 1};
  return feed::resolve_cursor(start, head);
}

}  // namespace

asio::awaitable<void> PublicApi::subscribe(Visit& visit) {
  auto body = co_await visit.exchange.read_body(64u << 10);
  if (!body) {
    const int status = body.error().code == Errc::too_large ? 413 : 400;
    co_await say(visit, problem(status, body.error().detail, visit.form));
    co_return;
  }
  auto request = feed::read_subscription(*body);
  if (!request) {
    co_await say(visit, problem(422, request.error().detail, visit.form));
    co_return;
  }
  if (!visit.site->directory->sees(visit.partner, request->feed)) {
    co_await say(visit, problem(422, "there is no feed " + request->feed + " for you", visit.form));
    co_return;
  }
  if (const auto why = services_.check_endpoint(request->endpoint); !why.empty()) {
    co_await say(visit, problem(422, "endpoint: " + why, visit.form));
    co_return;
  }
  auto mine = services_.store.subscriptions(visit.partner);
  if (mine) std::erase_if(*mine, feed::is_ours);
  if (mine && mine->size() >= visit.site->config.gateway.limits.subscriptions) {
    co_await say(visit, problem(422, "no more subscriptions than " + std::to_string(mine->size()) + " are agreed (limits subscriptions=)", visit.form));
    co_return;
  }
  store::Line line{request->feed, visit.partner};
  auto head = co_await services_.store.line_head(line);
  if (!head) {
    co_await say(visit, problem(503, head.error().detail, visit.form));
    co_return;
  }
  auto start = start_of(request->start, *head);
  if (!start) {
    co_await say(visit, problem(422, "start: " + start.error().detail, visit.form));
    co_return;
  }
  store::Subscription subscription;
  subscription.id = new_id(visit.now);
  subscription.partner = visit.partner;
  subscription.feed = request->feed;
  subscription.endpoint = request->endpoint;
  subscription.secret = feed::new_secret();
  subscription.cursor = *start;
  subscription.created = visit.now;
  auto copy = subscription;
  auto kept = co_await services_.store.put_subscription(std::move(copy));
  if (!kept) {
    co_await say(visit, problem(503, kept.error().detail, visit.form));
    co_return;
  }
  services_.webhooks.changed(subscription.id);
  log::info("subscribed", {{"partner", visit.partner}, {"subscription", subscription.id}, {"feed", subscription.feed}});
  auto xml = shared(feed::subscription_xml(subscription, true));
  auto response = answer_body(201, std::move(xml), visit.form, *visit.site);
  response.headers.add("Location", "/v1/subscriptions/" + subscription.id);
  response.headers.add("Cache-Control", "no-store");
  co_await say(visit, std::move(response));
}

std::optional<store::Subscription> PublicApi::own_subscription(const Visit& visit) {
  auto found = services_.store.subscription(visit.parts[0]);
  if (!found || !*found || (*found)->partner != visit.partner || feed::is_ours(**found)) return std::nullopt;
  return std::move(**found);
}

asio::awaitable<void> PublicApi::subscriptions(Visit& visit) {
  auto mine = services_.store.subscriptions(visit.partner);
  if (!mine) {
    co_await say(visit, problem(503, mine.error().detail, visit.form));
    co_return;
  }
  const bool json = visit.form == Form::json;
  std::string out = json ? "{\"subscription\":[" : "<subscriptions xmlns=\"urn:wayleave:subscription:1\">";
  bool first = true;
  std::erase_if(*mine, feed::is_ours);
  for (const auto& subscription : *mine) {
    const auto xml = feed::subscription_xml(subscription, false);
    if (json && !first) out += ',';
    out += json ? json_twin(xml, *visit.site).value_or("null") : xml;
    first = false;
  }
  net::Response response;
  response.body = out + (json ? "]}" : "</subscriptions>");
  response.content_type = json ? "application/json" : "application/xml; charset=utf-8";
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::subscription(Visit& visit) {
  const auto found = own_subscription(visit);
  if (!found) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  auto xml = shared(feed::subscription_xml(*found, false));
  co_await say(visit, answer_body(200, std::move(xml), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::unsubscribe(Visit& visit) {
  const auto found = own_subscription(visit);
  if (!found) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  auto id = found->id;
  auto gone = co_await services_.store.delete_subscription(std::move(id));
  if (!gone) {
    co_await say(visit, problem(503, gone.error().detail, visit.form));
    co_return;
  }
  services_.webhooks.changed(found->id);
  net::Response response;
  response.status = 204;
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::test_subscription(Visit& visit) {
  const auto found = own_subscription(visit);
  if (!found) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  auto copy = *found;
  auto posted = co_await services_.webhooks.test(std::move(copy));
  std::string out;
  xml::Writer writer(out);
  const bool ok = posted.status >= 200 && posted.status < 300;
  writer.start("test").attribute("xmlns", "urn:wayleave:subscription:1").attribute("outcome", ok ? "ok" : "failed");
  if (posted.status) writer.attribute("status", std::to_string(posted.status));
  writer.text(posted.detail).end();
  auto xml = shared(std::move(out));
  co_await say(visit, answer_body(200, std::move(xml), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::keep_subscription(Visit& visit, store::Subscription changed) {
  auto copy = changed;
  auto kept = co_await services_.store.put_subscription(std::move(copy));
  if (!kept) {
    co_await say(visit, problem(503, kept.error().detail, visit.form));
    co_return;
  }
  services_.webhooks.changed(changed.id);
  auto xml = shared(feed::subscription_xml(changed, false));
  co_await say(visit, answer_body(200, std::move(xml), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::pause_subscription(Visit& visit) {
  auto found = own_subscription(visit);
  if (!found) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  found->status = store::Subscription::Status::paused;
  found->reason = "paused by its owner";
  co_await keep_subscription(visit, std::move(*found));
}

asio::awaitable<void> PublicApi::resume_subscription(Visit& visit) {
  auto found = own_subscription(visit);
  if (!found) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  found->status = store::Subscription::Status::active;
  found->reason.clear();
  found->failing_since.reset();
  co_await keep_subscription(visit, std::move(*found));
}

}  // namespace wayleave::gateway
