#include "tests/store/values.hpp"

#include <fmt/format.h>

#include <functional>

namespace wayleave::store::test {

Bytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

std::string digest(std::string_view text) { return fmt::format("{:064x}", std::hash<std::string_view>{}(text)); }

Acceptance order(std::string id, std::string key, Time received, std::string partner) {
  Acceptance a;
  a.receipt = "R-" + id;
  a.partner = std::move(partner);
  a.received = received;
  a.path = "/v1/documents";
  a.content = bytes("content of " + id);
  a.content_digest = digest(*a.content);
  a.site_version = 1;
  a.answer = bytes("<receipt id='" + a.receipt + "'/>");
  auto& document = a.documents.emplace_back();
  document.id = std::move(id);
  document.kind = "order";
  document.key = key;
  document.canonical = bytes("<Order>" + key + "</Order>");
  document.canonical_digest = digest(*document.canonical);
  document.process = "place-order";
  document.lane = "order:" + key;
  document.agreement = a.partner + "/1";
  return a;
}

NewEntry entry(std::string feed, std::string key, std::vector<std::string> audience) {
  NewEntry entry;
  entry.feed = std::move(feed);
  entry.event_id = "event of " + key;
  entry.body = bytes("<e>" + key + "</e>");
  entry.key = std::move(key);
  entry.audience = std::move(audience);
  return entry;
}

Stage stage(std::string name, Time at, std::string outcome) {
  Stage stage;
  stage.name = std::move(name);
  stage.step = "dispatch";
  stage.at = at;
  stage.outcome = std::move(outcome);
  stage.attempt = 1;
  stage.detail = "as seen";
  return stage;
}

Verdict verdict(bool accepted, std::string code, Time at) {
  Verdict verdict;
  verdict.accepted = accepted;
  verdict.code = std::move(code);
  verdict.reason = "because";
  verdict.at = at;
  return verdict;
}

}  // namespace wayleave::store::test
