#include "gateway/answers.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "formats/json/write.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "pipeline/report.hpp"

namespace wayleave::gateway {

Form wanted(const net::RequestHead& head) {
  const auto accept = head.headers.get("Accept");
  const std::pair<std::string_view, Form> forms[] = {{"text/event-stream", Form::event_stream}, {"application/json", Form::json},
                                                     {"application/problem+json", Form::json}, {"application/xml", Form::xml},
                                                     {"text/xml", Form::xml}, {"text/plain", Form::text}};
  auto best = Form::xml;
  auto where = std::string_view::npos;
  for (const auto& [name, form] : forms) {
    const auto at = accept.find(name);
    if (at < where) where = at, best = form;
  }
  return best;
}

net::Response problem(int status, std::string_view detail, Form form) {
  net::Response response;
  response.status = status;
  const auto title = std::string(net::reason(status));
  if (form == Form::json) {
    nlohmann::ordered_json body{{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
    response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    response.content_type = "application/problem+json";
    return response;
  }
  xml::Writer writer(response.body);
  writer.start("problem").attribute("xmlns", "urn:ietf:rfc:9457");
  writer.element("type", "about:blank").element("title", title).element("status", std::to_string(status)).element("detail", detail);
  writer.end();
  response.content_type = "application/problem+xml";
  return response;
}

net::Response not_found(Form form) { return problem(404, "there is no such thing here", form); }

std::optional<std::string> json_twin(const std::string& xml, const pipeline::LiveSite& site) {
  auto reading = xml::read_wellformed(xml);
  if (!reading.document) return std::nullopt;
  const auto root = reading.document->node(0).name;
  for (const auto& [reference, schema] : site.schemas)
    if (schema->root_name() == root) return json::write(*reading.document, *schema);
  return std::nullopt;
}

net::Response answer_body(int status, std::shared_ptr<const std::string> xml, Form form, const pipeline::LiveSite& site) {
  net::Response response;
  response.status = status;
  if (form == Form::json)
    if (auto twin = json_twin(*xml, site)) {
      response.body = std::move(*twin);
      response.content_type = "application/json";
      return response;
    }
  response.shared_body = std::move(xml);
  response.content_type = "application/xml; charset=utf-8";
  return response;
}

/// What a person is shown of it; null: nothing was found, or there are several.
static const std::string* report_of(const pipeline::Answer& answer) {
  if (answer.body->starts_with("<report ")) return answer.body.get();
  return answer.receipts.empty() ? answer.report.get() : nullptr;
}

net::Response respond_to_submission(const pipeline::Answer& answer, Form form, const pipeline::LiveSite& site, const std::string* source, Time received) {
  net::Response response;
  if (!answer.body) {
    response = problem(answer.http_status, answer.problem, form);
  } else if (const auto* report = form == Form::text ? report_of(answer) : nullptr) {
    response.status = answer.http_status;
    if (answer.judged) source = answer.judged.get();
    response.body = pipeline::report_text(*report, source ? std::string_view(*source) : std::string_view(), received);
    response.content_type = "text/plain; charset=utf-8";
  } else {
    response = answer_body(answer.http_status, answer.body, form, site);
  }
  if (!answer.receipt.empty()) response.headers.add("Location", "/v1/receipts/" + answer.receipt);
  if (answer.replayed) response.headers.add("Wayleave-Replayed", "true");
  if (answer.retry_after > 0) response.headers.add("Retry-After", std::to_string(answer.retry_after));
  return response;
}

int preferred_wait(const net::RequestHead& head, int most) {
  const auto prefer = head.headers.get("Prefer");
  const auto at = prefer.find("wait=");
  if (at == std::string_view::npos) return 0;
  int seconds = 0;
  const auto digits = prefer.substr(at + 5);
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (result.ec == std::errc::result_out_of_range) return most;
  return std::clamp(seconds, 0, most);
}

}  // namespace wayleave::gateway
