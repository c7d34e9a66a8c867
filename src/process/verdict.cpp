#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "formats/json/read.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "process/delivery.hpp"

namespace wayleave::process {

namespace {

constexpr std::size_t body_limit = 1u << 20;
constexpr std::size_t reason_limit = 2'000;
constexpr std::size_t code_limit = 80;
constexpr std::string_view result_ns = "urn:wayleave:result:1";
constexpr std::string_view canonical_ns = "urn:wayleave:canonical:1";
constexpr std::string_view neutral_refusal = "This document was not accepted.";

Problem invalid(std::string detail) { return {Errc::invalid, std::move(detail)}; }

/// White space collapsed, cut between characters.
std::string one_line(std::string_view text, std::size_t limit) {
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (!blank) line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  line.resize(utf8_head(line, limit).size());
  return line;
}

std::string_view attribute(const Document& document, Document::Index node, std::string_view name) {
  const auto* found = document.attribute(node, names::intern("", name));
  return found ? document.text(*found) : std::string_view{};
}

Document::Index child(const Document& document, Document::Index parent, std::string_view name) {
  for (auto i = document.first_child(parent); i != Document::none; i = document.next(i)) {
    if (document.local_name(document.node(i).name) == name) return i;
  }
  return Document::none;
}

Result<Document> read_as(std::string body, const std::string& reference, const SiteView& site) {
  const auto schema = site.schema ? site.schema(reference) : nullptr;
  if (!schema) return Problem{Errc::unusable, "the schema " + reference + " is not loaded"};
  xml::Limits limits;
  limits.document = body_limit;
  auto reading = xml::read(std::move(body), *schema, limits);
  if (reading.document && !has_errors(reading.findings)) return std::move(*reading.document);
  std::string why = "not valid by " + reference;
  if (!reading.findings.empty()) why += ": " + reading.findings.front().code + " " + reading.findings.front().message;
  return invalid(std::move(why));
}

store::Verdict result_verdict(const Document& document, Time now) {
  store::Verdict verdict;
  verdict.accepted = attribute(document, document.root(), "status") == "accepted";
  verdict.code = one_line(attribute(document, document.root(), "code"), code_limit);
  if (const auto reason = child(document, document.root(), "reason"); reason != Document::none) {
    verdict.reason = one_line(document.text(reason), reason_limit);
  }
  if (verdict.reason.empty() && !verdict.accepted) verdict.reason = neutral_refusal;
  verdict.at = now;
  return verdict;
}

/// The answer's own words: each Reason (its text, else its code word), then each Text.
std::string response_reason(const Document& document) {
  std::string all;
  for (auto i = document.first_child(document.root()); i != Document::none; i = document.next(i)) {
    const auto name = document.local_name(document.node(i).name);
    if (name != "Reason" && name != "Text") continue;
    auto words = name == "Reason" ? attribute(document, i, "text") : std::string_view{};
    if (words.empty()) words = document.text(i);
    if (words.empty()) continue;
    if (!all.empty()) all += "; ";
    all += words;
  }
  return one_line(all, reason_limit);
}

Result<store::Verdict> response_verdict(const Document& document, Time now) {
  const auto status = child(document, document.root(), "Status");
  const std::string_view decision = status == Document::none ? std::string_view{} : document.text(status);
  if (decision == "pending") return Problem{Errc::busy, "the response is pending: not a verdict yet"};
  store::Verdict verdict;
  verdict.accepted = decision == "accepted" || decision == "changed";
  const auto code = attribute(document, status, "code");
  verdict.code = one_line(code.empty() ? decision : code, code_limit);
  verdict.reason = response_reason(document);
  if (verdict.reason.empty() && !verdict.accepted) verdict.reason = neutral_refusal;
  verdict.at = now;
  verdict.response = std::make_shared<const std::string>(xml::serialize(document));
  return verdict;
}

Result<store::Verdict> read_xml(std::string body, const SiteView& site, Time now) {
  const auto root = xml::sniff_root(body);
  if (!root) return invalid("neither XML nor JSON");
  if (root->ns == result_ns && root->local == "result") {
    auto document = read_as(std::move(body), "wayleave/result-1.xsd#result", site);
    if (!document) return document.error();
    return result_verdict(*document, now);
  }
  if (root->ns != canonical_ns) return invalid("<" + root->local.substr(0, 80) + "> is no verdict");
  const char* reference = root->local == "OrderResponse"     ? "canonical/order-response-1.xsd#OrderResponse"
                          : root->local == "RerouteResponse" ? "canonical/reroute-response-1.xsd#RerouteResponse"
                                                             : nullptr;
  if (!reference) return invalid("<" + root->local.substr(0, 80) + "> is no response");
  auto document = read_as(std::move(body), reference, site);
  if (!document) return document.error();
  return response_verdict(*document, now);
}

Result<store::Verdict> read_json(const std::string& body, const SiteView& site, Time now) {
  const auto schema = site.schema ? site.schema("wayleave/result-1.xsd#result") : nullptr;
  if (!schema) return Problem{Errc::unusable, "the schema wayleave/result-1.xsd#result is not loaded"};
  auto as_xml = json::to_xml(body, *schema);
  if (!as_xml) return as_xml.error();
  return read_xml(std::move(*as_xml), site, now);
}

Result<store::Verdict> through_answer_map(
  const std::string& body, const Step& step, const SiteView& site, const mapping::Context& context, Time now
) {
  xml::Limits limits;
  limits.document = body_limit;
  const auto& schema = step.answer_schema ? step.answer_schema : step.answer_map->source();
  auto reading = xml::read(body, *schema, limits);
  if (!reading.document || has_errors(reading.findings)) {
    return invalid("the answer is not valid by " + schema->label());
  }
  mapping::Budget budget;
  budget.output = body_limit;
  auto mapped = mapping::run(*step.answer_map, *reading.document, context, budget);
  if (!mapped.ok()) return invalid("the answer map says " + mapped.findings.front().code);
  return read_verdict(mapped.xml, site, now);
}

Result<store::Verdict> verdict_of(
  const adapter::Reply& reply, const Step& step, const SiteView& site, const mapping::Context& context, Time now
) {
  if (reply.body.empty()) return invalid("no body");
  auto verdict = read_verdict(reply.body, site, now);
  if (verdict || verdict.error().code != Errc::invalid || !step.answer_map) return verdict;
  return through_answer_map(reply.body, step, site, context, now);
}

bool is_refusal(int status, const Step& step) {
  static constexpr std::array by_default{400, 409, 422};
  if (step.config.refused.empty()) return std::ranges::find(by_default, status) != by_default.end();
  return std::ranges::find(step.config.refused, status) != step.config.refused.end();
}

/// With repeat="unsafe" an attempt that may have had its effect is never repeated by itself. 408, 429 and 503 say that
/// nothing was done; the other 5xx do not.
bool nothing_was_done(const adapter::Reply& reply) {
  if (reply.kind != adapter::Reply::Kind::answered) return !reply.sent;
  return reply.status == 408 || reply.status == 429 || reply.status == 503;
}

Judgement again(const adapter::Reply& reply, const Step& step, std::string detail) {
  Judgement judgement;
  const bool unknown = !step.config.repeat_safe && !nothing_was_done(reply);
  judgement.kind = unknown ? Judgement::Kind::unknown : Judgement::Kind::retry;
  judgement.retry_after = reply.retry_after;
  judgement.detail = std::move(detail);
  return judgement;
}

Judgement judge_answer(
  const adapter::Reply& reply, const Step& step, const SiteView& site, const mapping::Context& context, Time now
) {
  Judgement judgement;
  judgement.detail = "HTTP " + std::to_string(reply.status);
  if (!reply.detail.empty()) judgement.detail += ": " + reply.detail;
  const bool success = reply.status >= 200 && reply.status < 300;
  const bool refusal = is_refusal(reply.status, step);
  if (success || refusal) {
    auto verdict = verdict_of(reply, step, site, context, now);
    if (verdict) {
      judgement.kind = Judgement::Kind::verdict;
      judgement.verdict = std::move(*verdict);
      return judgement;
    }
    if (!reply.body.empty()) judgement.detail += " (the body is no verdict: " + verdict.error().detail + ")";
    if (success) return judgement;
    judgement.kind = Judgement::Kind::verdict;
    judgement.verdict = {false, {}, std::string(neutral_refusal), now, nullptr};
    return judgement;
  }
  if (reply.status == 408 || reply.status == 429 || (reply.status >= 500 && reply.status < 600)) {
    judgement = again(reply, step, std::move(judgement.detail));
    judgement.opens_breaker = reply.status == 503;
    return judgement;
  }
  judgement.kind = Judgement::Kind::park;
  return judgement;
}

}  // namespace

Result<store::Verdict> read_verdict(const std::string& body, const SiteView& site, Time now) {
  if (body.size() > body_limit) return Problem{Errc::too_large, "a verdict has at most 1 MiB"};
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return invalid("empty");
  if (body[first] == '{') return read_json(body, site, now);
  return read_xml(body, site, now);
}

Judgement judge(
  const adapter::Reply& reply, const Step& step, const SiteView& site, const mapping::Context& context, Time now
) {
  using Kind = adapter::Reply::Kind;
  Judgement judgement;
  judgement.detail = reply.detail;
  switch (reply.kind) {
    case Kind::answered:
      return judge_answer(reply, step, site, context, now);
    case Kind::delivered:
      return judgement;
    case Kind::misconfigured:
      judgement.kind = Judgement::Kind::park;
      return judgement;
    case Kind::no_connection:
      judgement = again(reply, step, reply.detail.empty() ? "no connection" : reply.detail);
      judgement.opens_breaker = true;
      return judgement;
    case Kind::timeout:
      judgement = again(reply, step, reply.detail.empty() ? "no answer in time" : reply.detail);
      judgement.opens_breaker = true;
      return judgement;
    case Kind::broken:
      return again(reply, step, reply.detail.empty() ? "the connection broke" : reply.detail);
  }
  return judgement;
}

}  // namespace wayleave::process
