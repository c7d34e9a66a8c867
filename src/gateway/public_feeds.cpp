#include <charconv>

#include "feed/page.hpp"
#include "gateway/public_api.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

constexpr auto heartbeat = std::chrono::seconds(15);

/// 100 by default, 1000 at most; 0: not a number.
std::size_t page_limit(const net::RequestHead& head) {
  const auto* text = head.parameter("limit");
  if (!text) return 100;
  std::size_t limit = 0;
  const auto result = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (result.ec != std::errc() || result.ptr != text->data() + text->size()) return 0;
  return std::min<std::size_t>(limit, 1000);
}

net::Response gone(const Problem& why, const std::string& feed, const store::LineHead& head, Form form) {
  auto response = problem(410, why.detail, form);
  const store::Cursor earliest{head.epoch, head.first - 1};
  response.headers.add("Feed-Earliest", earliest.text());
  const std::string state = feed == "network-status" ? "/v1/network" : feed == "shipment-status" ? "/v1/shipments" : "/v1/documents";
  response.headers.add("Link", "<" + state + ">; rel=\"snapshot\"");
  return response;
}

}  // namespace

asio::awaitable<void> PublicApi::events(Visit& visit) {
  const auto feed = visit.parts[0];
  if (!visit.site->directory->sees(visit.partner, feed)) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  const auto limit = page_limit(visit.head());
  if (limit == 0) {
    co_await say(visit, problem(400, "limit= takes a number from 1 to 1000", visit.form));
    co_return;
  }
  store::Line line{feed, visit.partner};
  auto head = co_await services_.store.line_head(line);
  if (!head) {
    co_await say(visit, problem(503, head.error().detail, visit.form));
    co_return;
  }
  const bool streaming = visit.form == Form::event_stream;
  std::string_view after;
  if (const auto* given = visit.head().parameter("after")) after = *given;
  if (const auto last = visit.head().headers.get("Last-Event-ID"); streaming && !last.empty()) after = last;
  auto from = feed::resolve_cursor(after, *head);
  if (!from) {
    const auto form = streaming ? Form::xml : visit.form;
    co_await say(visit, gone(from.error(), feed, *head, form));
    co_return;
  }
  if (streaming) {
    co_await stream(visit, std::move(line), std::move(*from));
    co_return;
  }

  const int wait = preferred_wait(visit.head(), 60);
  auto entries = services_.store.read_line(line, from->seq, limit);
  if (entries && entries->empty() && wait > 0) {
    auto executor = co_await asio::this_coro::executor;
    auto reader = services_.hub.read(line, *from, executor);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(wait);
    (void)co_await reader->next(1, until);
    entries = services_.store.read_line(line, from->seq, limit);
  }
  if (!entries) {
    co_await say(visit, problem(503, entries.error().detail, visit.form));
    co_return;
  }
  const store::Cursor next{head->epoch, entries->empty() ? from->seq : entries->back().seq};
  net::Response response;
  if (visit.form == Form::json) {
    const auto twin = [&](const store::Entry& entry) { return json_twin(*entry.body, *visit.site).value_or(""); };
    response.body = feed::events_json(*entries, head->epoch, next, twin);
    response.content_type = "application/json";
  } else {
    response.body = feed::events_xml(*entries, head->epoch, next);
    response.content_type = "application/xml; charset=utf-8";
  }
  response.headers.add("Feed-Cursor", next.text());
  response.headers.add("Link", "</v1/feeds/" + feed + "/events?after=" + next.text() + ">; rel=\"next\"");
  response.headers.add("Cache-Control", "no-store");
  if (wait > 0) response.headers.add("Preference-Applied", "wait=" + std::to_string(wait));
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::stream(Visit& visit, store::Line line, store::Cursor from) {
  const auto partner = visit.partner;
  if (!streams_.enter(partner, visit.site->config.gateway.limits.streams)) {
    auto refusal = problem(429, "more streams at once than agreed (limits streams=)", Form::xml);
    refusal.headers.add("Retry-After", "30");
    co_await say(visit, std::move(refusal));
    co_return;
  }
  struct Leave {
    PublicApi& api;
    std::string partner;
    ~Leave() { api.streams_.leave(partner), api.services_.metrics.stream_closed(); }
  } leave{*this, partner};
  services_.metrics.stream_opened();

  net::Response head;
  head.content_type = "text/event-stream";
  head.headers.add("Cache-Control", "no-store");
  head.headers.add("X-Accel-Buffering", "no");
  head.headers.add("Feed-Cursor", from.text());
  auto opened = co_await visit.exchange.stream(std::move(head));
  if (!opened) co_return;
  auto stream = std::move(*opened);
  static const auto beat = std::make_shared<const std::string>(": hb\n\n");
  static const auto hello = std::make_shared<const std::string>("retry: 5000\n\n");
  if (auto sent = co_await stream->write(hello); !sent) co_return;

  auto executor = co_await asio::this_coro::executor;
  auto reader = services_.hub.read(std::move(line), std::move(from), executor);
  visit.site.reset();   // a stream outlives reloads; it needs nothing more of this one
  while (!stream->closed()) {
    auto items = co_await reader->next(256, std::chrono::steady_clock::now() + heartbeat);
    if (!items) co_return;
    std::shared_ptr<const std::string> bytes = beat;
    if (items->size() == 1) {
      bytes = items->front()->sse;
    } else if (!items->empty()) {
      std::string all;
      for (const auto& item : *items) all += *item->sse;
      bytes = std::make_shared<const std::string>(std::move(all));
    }
    auto sent = co_await stream->write(std::move(bytes));
    if (!sent) co_return;
  }
}

}  // namespace wayleave::gateway
