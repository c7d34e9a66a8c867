#include <fstream>
#include <sstream>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/xml/write.hpp"
#include "gateway/public_api.hpp"
#include "pipeline/report.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

namespace {

bool flag(const net::RequestHead& head, std::string_view name) {
  const auto* value = head.parameter(name);
  return value && (*value == "1" || *value == "true" || value->empty());
}

bool multipart(const net::RequestHead& head) { return head.headers.get("Content-Type").substr(0, 10) == "multipart/"; }

/// The kind that a route takes: /v1/orders only orders.
std::string kind_of_route(std::string_view path) {
  for (const auto& kind : pipeline::kinds())
    if (path == kind.path && !path.empty()) return kind.name;
  return {};
}

std::shared_ptr<const std::string> shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// Several agreements may be about one kind of document: those on EDI say which they are.
std::string schema_path(const config::Agreement& agreement) {
  auto path = "/v1/agreements/" + agreement.document + "/schema";
  if (!agreement.set.empty()) path += "?format=" + agreement.format + "&set=" + agreement.set + "&version=" + agreement.version;
  return path;
}

bool asked(const Visit& visit, std::string_view parameter, const std::string& ours) {
  const auto* value = visit.head().parameter(parameter);
  return !value || *value == ours;
}

std::optional<net::Response> file_response(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return std::nullopt;
  net::Response response;
  response.body = text.str();
  response.content_type = "application/xml; charset=utf-8";
  response.headers.add("Content-Disposition", "attachment; filename=\"" + path.filename().string() + "\"");
  return response;
}

}  // namespace

asio::awaitable<void> PublicApi::submit(Visit& visit) {
  const auto& head = visit.head();
  const auto started = std::chrono::steady_clock::now();
  const auto limit = visit.site->config.gateway.limits.document;
  const auto key = head.headers.get("Idempotency-Key");
  if (head.content_length > limit) {
    co_await say(visit, problem(413, "a document may have at most " + std::to_string(limit) + " bytes here (limits document=)", visit.form));
    co_return;
  }
  if (head.headers.has("Content-Encoding") || multipart(head)) {
    co_await say(visit, problem(415, "send the document itself as the body: no Content-Encoding, no multipart", visit.form));
    co_return;
  }
  if (head.headers.has("Idempotency-Key") && (key.empty() || key.size() > 255)) {
    co_await say(visit, problem(400, "an Idempotency-Key has 1 to 255 characters", visit.form));
    co_return;
  }
  auto body = co_await visit.exchange.read_body(limit);
  if (!body) {
    const auto code = body.error().code;
    const int status = code == Errc::too_large ? 413 : code == Errc::timeout ? 408 : 400;
    co_await say(visit, problem(status, body.error().detail, visit.form));
    co_return;
  }
  if (body->empty()) {
    co_await say(visit, problem(400, "the request has no body; send the document as the body", visit.form));
    co_return;
  }
  pipeline::Inbound inbound;
  inbound.partner = visit.partner;
  inbound.path = head.path;
  inbound.kind = kind_of_route(head.path);
  inbound.idempotency_key = key;
  inbound.received = services_.clock.now();
  inbound.receipt = new_id(inbound.received);
  inbound.test = flag(head, "test");
  inbound.dry_run = flag(head, "dry-run");
  inbound.site = visit.site;
  inbound.digest = crypto::sha256_hex(*body);
  if (!key.empty()) inbound.fingerprint = crypto::sha256_hex(head.target + '\n' + inbound.digest);
  inbound.bytes = shared(std::move(*body));
  const auto source = inbound.bytes;
  const auto received = inbound.received;

  const int wait = inbound.dry_run ? 0 : preferred_wait(head, 60);
  store::Cursor before;
  if (wait) {
    store::Line line{"documents", visit.partner};
    auto line_head = co_await services_.store.line_head(line);
    if (line_head) before = {line_head->epoch, line_head->last};
  }
  auto answer = co_await services_.inbound.process(std::move(inbound));
  services_.metrics.document(
    visit.partner, answer.kind, answer.outcome, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()
  );
  bool waited = false;
  if (wait && answer.http_status == 202 && !before.epoch.empty()) {
    waited = co_await await_verdict(answer, visit.partner, before, wait);
    if (waited) {
      auto record = services_.store.receipt(answer.receipt);
      if (record && *record) {
        answer.http_status = 200;
        answer.body = shared(pipeline::receipt_xml(**record));
        if (!answer.replayed) {
          auto remembered = answer.body;
          auto receipt = answer.receipt;
          (void)co_await services_.store.remember_answer(std::move(receipt), 200, std::move(remembered));
        }
      }
    }
  }
  auto response = respond_to_submission(answer, visit.form, *visit.site, source.get(), received);
  if (waited) response.headers.add("Preference-Applied", "wait=" + std::to_string(wait));
  co_await say(visit, std::move(response));
}

// Follows the partner's own feed of documents: the verdict is an entry there like any other.
asio::awaitable<bool> PublicApi::await_verdict(const pipeline::Answer& answer, const std::string& partner, store::Cursor from, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  auto executor = co_await asio::this_coro::executor;
  store::Line line{"documents", partner};
  auto reader = services_.hub.read(std::move(line), std::move(from), executor);
  for (;;) {
    auto record = services_.store.document(answer.document);
    if (!record || !*record) co_return false;
    const auto status = (*record)->status;
    if (status == store::Status::confirmed || status == store::Status::refused) co_return true;
    bool mine = false;
    while (!mine) {
      auto items = co_await reader->next(256, until);
      if (!items || items->empty()) co_return false;
      for (const auto& item : *items) mine |= item->entry.key == answer.document;
    }
  }
}

asio::awaitable<void> PublicApi::receipt(Visit& visit) {
  auto record = services_.store.receipt(visit.parts[0]);
  if (!record || !*record || (*record)->partner != visit.partner) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  auto body = shared(pipeline::receipt_xml(**record));
  co_await say(visit, answer_body(200, std::move(body), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::receipt_content(Visit& visit) {
  auto record = services_.store.receipt(visit.parts[0]);
  if (record && *record && (*record)->partner == visit.partner) {
    auto content = services_.store.receipt_content(visit.parts[0]);
    if (content && *content) {
      net::Response response;
      response.shared_body = *content;
      response.content_type = "application/octet-stream";
      response.headers.add("X-Content-Type-Options", "nosniff");
      co_await say(visit, std::move(response));
      co_return;
    }
  }
  co_await say(visit, not_found(visit.form));
}

asio::awaitable<void> PublicApi::receipt_report(Visit& visit) {
  auto record = services_.store.receipt(visit.parts[0]);
  if (!record || !*record || (*record)->partner != visit.partner || !(*record)->report) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  pipeline::Answer answer;
  answer.http_status = 422;
  answer.body = (*record)->report;
  auto content = services_.store.receipt_content(visit.parts[0]);
  auto response = respond_to_submission(answer, visit.form, *visit.site, content && *content ? content->get() : nullptr, (*record)->received);
  response.status = 200;
  co_await say(visit, std::move(response));
}

asio::awaitable<void> PublicApi::acknowledgment(Visit& visit) {
  auto record = services_.store.receipt(visit.parts[0]);
  if (record && *record && (*record)->partner == visit.partner && (*record)->acknowledgment) {
    net::Response response;
    response.shared_body = (*record)->acknowledgment;
    response.content_type = (*response.shared_body).starts_with("ISA") ? "application/EDI-X12" : "application/EDIFACT";
    co_await say(visit, std::move(response));
    co_return;
  }
  if (record && *record && (*record)->partner == visit.partner)
    for (const auto& document : (*record)->documents)
      if (document.verdict && document.verdict->response) {
        co_await say(visit, answer_body(200, document.verdict->response, visit.form, *visit.site));
        co_return;
      }
  co_await say(visit, not_found(visit.form));
}

asio::awaitable<void> PublicApi::document(Visit& visit) {
  auto record = services_.store.document(visit.parts[0]);
  if (!record || !*record || (*record)->partner != visit.partner) {
    co_await say(visit, not_found(visit.form));
    co_return;
  }
  auto stages = services_.store.stages(visit.parts[0]);
  auto body = shared(process::document_xml(**record, stages ? *stages : std::vector<store::Stage>()));
  co_await say(visit, answer_body(200, std::move(body), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::documents(Visit& visit) {
  const auto& head = visit.head();
  store::DocumentQuery query;
  query.partner = visit.partner;
  if (const auto* kind = head.parameter("kind")) query.kind = *kind;
  if (const auto* key = head.parameter("key")) query.key = *key;
  if (const auto* since = head.parameter("since")) {
    query.since = parse_iso(*since);
    if (!query.since) {
      co_await say(visit, problem(400, "since= takes a time such as 2026-11-21T09:00:00Z", visit.form));
      co_return;
    }
  }
  auto found = services_.store.documents(query);
  if (!found) {
    co_await say(visit, problem(503, found.error().detail, visit.form));
    co_return;
  }
  std::string out = "<documents xmlns=\"urn:wayleave:document:1\">";
  for (const auto& record : *found) out += process::document_xml(record, {});
  out += "</documents>";
  auto body = shared(std::move(out));
  co_await say(visit, answer_body(200, std::move(body), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::agreements(Visit& visit) {
  std::string out;
  xml::Writer writer(out);
  writer.start("agreements").attribute("xmlns", "urn:wayleave:agreements:1").attribute("partner", visit.partner);
  const auto mine = visit.site->agreements.find(visit.partner);
  if (mine != visit.site->agreements.end())
    for (const auto& agreement : mine->second) {
      writer.start("agreement").attribute("document", agreement.config->document).attribute("format", agreement.config->format);
      const auto& config = *agreement.config;
      if (config.set.empty()) {
        writer.attribute("root", names::local(agreement.schema->root_name()));
        if (const auto ns = names::ns(agreement.schema->root_name()); !ns.empty()) writer.attribute("namespace", ns);
      } else {
        writer.attribute("set", config.set).attribute("version", config.version);
      }
      if (!config.when.empty()) writer.attribute("when", config.when.value);
      if (!config.usage.empty()) writer.attribute("usage", config.usage);
      if (!config.acknowledge.empty()) writer.attribute("acknowledge", config.acknowledge);
      writer.attribute("schema", schema_path(config));
      writer.end();
    }
  if (const auto* partner = visit.site->partner(visit.partner))
    for (const auto& sees : partner->sees) writer.start("sees").attribute("feed", sees.feed).end();
  writer.end();
  auto body = shared(std::move(out));
  co_await say(visit, answer_body(200, std::move(body), visit.form, *visit.site));
}

asio::awaitable<void> PublicApi::agreement_schema(Visit& visit) {
  const auto mine = visit.site->agreements.find(visit.partner);
  if (mine != visit.site->agreements.end())
    for (const auto& agreement : mine->second) {
      const auto& config = *agreement.config;
      if (config.document != visit.parts[0] || !asked(visit, "format", config.format) || !asked(visit, "set", config.set) || !asked(visit, "version", config.version)) continue;
      auto response = file_response(agreement.schema->file());
      if (!response) break;
      co_await say(visit, std::move(*response));
      co_return;
    }
  co_await say(visit, not_found(visit.form));
}

}  // namespace wayleave::gateway
