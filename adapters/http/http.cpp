#include "adapters/http/http.hpp"

#include <algorithm>
#include <array>

#include "adapters/options.hpp"
#include "adapters/retry_after.hpp"
#include "base/clock.hpp"
#include "base/crash.hpp"
#include "net/client.hpp"

namespace wayleave::adapter::http {

namespace {

constexpr std::size_t answer_limit = 1u << 20;
constexpr std::size_t shown_of_answer = 200;

constexpr std::array<AdapterType::OptionDoc, 4> option_docs{{
  {"url", true, "the address that documents are sent to, http:// or https://"},
  {"method", false, "POST (default) or PUT"},
  {"ca", false, "a PEM file with the certificates that the back end's must chain to; relative to the site"},
  {"header-*", false, "a header field of your own: header-x-api-key=\"${KEY}\""},
}};

using OwnHeaders = std::vector<std::pair<std::string, std::string>>;

/// The answer's beginning on one line, for the operator who looks why a step parked.
std::string excerpt(std::string_view body) {
  std::string text;
  for (const char c : body.substr(0, shown_of_answer)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7F) text += '?';
    else if (byte > ' ') text += c;
    else if (!text.empty() && text.back() != ' ') text += ' ';
  }
  return text;
}

Reply answered(net::ClientResponse response, const Clock& clock) {
  Reply reply;
  reply.sent = true;
  reply.status = response.status;
  reply.content_type = std::string(response.headers.get("Content-Type"));
  if (const auto after = response.headers.get("Retry-After"); !after.empty()) {
    reply.retry_after = parse_retry_after(after, clock.now());
  }
  if (response.truncated) {
    reply.detail = "the answer is longer than 1 MiB and was not read to its end";
    return reply;
  }
  if (response.status < 200 || response.status > 299) reply.detail = excerpt(response.body);
  reply.body = std::move(response.body);
  return reply;
}

Reply failed(const net::ClientFailure& failure) {
  Reply reply;
  reply.sent = failure.sent == net::Sent::maybe;
  reply.detail = failure.problem.detail;
  if (failure.problem.code == Errc::timeout) reply.kind = Reply::Kind::timeout;
  else if (failure.problem.code == Errc::refused) reply.kind = Reply::Kind::misconfigured;
  else reply.kind = reply.sent ? Reply::Kind::broken : Reply::Kind::no_connection;
  return reply;
}

class HttpSender : public Sender {
 public:
  HttpSender(std::shared_ptr<net::Client> client, std::string url, std::string target, std::string method, OwnHeaders headers)
      : client_(std::move(client)),
        url_(std::move(url)),
        target_(std::move(target)),
        method_(std::move(method)),
        headers_(std::move(headers)) {}
  ~HttpSender() override {
    if (client_) client_->close();
  }

  std::string target() const override { return target_; }

  asio::awaitable<Reply> send(Call call) override {
    net::ClientRequest request;
    request.method = method_;
    request.url = url_;
    request.timeout = call.timeout;
    request.response_limit = answer_limit;
    request.fresh_connection = !call.repeatable;
    request.on_sent = [] { crash_point("after-send"); };
    request.headers.add("Content-Type", call.content_type);
    request.headers.add("Idempotency-Key", header_safe(call.idempotency_key));
    request.headers.add("Wayleave-Document", header_safe(call.document));
    request.headers.add("Wayleave-Partner", header_safe(call.partner));
    request.headers.add("Wayleave-Kind", header_safe(call.kind));
    request.headers.add("Wayleave-Key", header_safe(call.key));
    for (const auto& [name, value] : headers_) request.headers.add(name, value);
    request.body = std::move(call.body);
    auto result = co_await client_->send(std::move(request));
    if (!result) co_return failed(result.error());
    co_return answered(std::move(*result), Clock::system());
  }

 private:
  std::shared_ptr<net::Client> client_;
  const std::string url_, target_, method_;
  const OwnHeaders headers_;
};

bool token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || marks.find(c) != marks.npos;
  };
  return !name.empty() && std::ranges::all_of(name, fits);
}

/// Fields that the adapter or the connection sets itself.
bool ours(std::string_view name) {
  static constexpr std::array<std::string_view, 12> taken{
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "expect", "te",
    "trailer", "upgrade", "keep-alive", "idempotency-key",
  };
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::find(taken, lower) != taken.end() || lower.starts_with("wayleave-");
}

OwnHeaders own_headers(const Options& options, Findings& findings) {
  OwnHeaders headers;
  for (const auto& [name, option] : options) {
    if (!name.starts_with("header-") || name.size() == 7) continue;   // a bare one is reported as unknown
    const std::string field = name.substr(7);
    const auto visible = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7F); };
    if (!token(field) || ours(field)) {
      wrong_value(name, option, "this field is not yours to set", "choose another name", findings);
    } else if (!std::ranges::all_of(option.value, visible)) {
      wrong_value(name, option, "a header field holds one line of text", "remove line breaks and control characters", findings);
    } else {
      headers.emplace_back(field, option.value);
    }
  }
  return headers;
}

std::string checked_target(const Option& url, Findings& findings) {
  const auto parts = net::parse_url(url.value);
  if (!parts) {
    wrong_value("url", url, parts.error().detail, "write an address such as https://erp.example/orders", findings);
    return {};
  }
  if (parts->has_userinfo) {
    wrong_value("url", url, "user and password in an address end up in logs", "send them with header-authorization", findings);
  }
  const bool v6 = parts->host.find(':') != std::string::npos && !parts->host.starts_with('[');
  return parts->scheme + "://" + (v6 ? "[" + parts->host + "]" : parts->host) + ":" + std::to_string(parts->port);
}

std::shared_ptr<Sender> make_sender(const Options& options, const Where& step, const Surroundings& around, Findings& findings) {
  Findings own;
  check_names(type(), options, step, own);
  const auto method = value_of(options, "method", "POST");
  if (method != "POST" && method != "PUT") {
    wrong_value("method", options.at("method"), "'" + method + "' is not POST or PUT", "write POST or PUT", own);
  }
  const auto url = options.find("url");
  std::string target;
  if (url != options.end()) target = checked_target(url->second, own);
  auto headers = own_headers(options, own);
  net::ClientOptions client_options;
  if (const auto ca = options.find("ca"); ca != options.end()) client_options.ca_file = (around.site / ca->second.value).string();
  findings.insert(findings.end(), own.begin(), own.end());
  if (has_errors(own)) return nullptr;
  std::shared_ptr<net::Client> client;
  if (around.executor) client = net::make_client(around.executor, std::move(client_options));
  return std::make_shared<HttpSender>(std::move(client), url->second.value, std::move(target), method, std::move(headers));
}

}  // namespace

const AdapterType& type() {
  static const AdapterType type{"http", "sends each document as one HTTP request", option_docs, &make_sender};
  return type;
}

std::string header_safe(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7F && byte != '%') {
      safe += c;
    } else {
      safe += '%';
      safe += hex[byte >> 4];
      safe += hex[byte & 15];
    }
  }
  return safe;
}

}  // namespace wayleave::adapter::http
