#include "feed/subscription.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/nearest.hpp"
#include "feed/progress.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::feed {
namespace {

using nlohmann::json;

constexpr std::string_view subscription_namespace = "urn:wayleave:subscription:1";
constexpr std::size_t body_limit = 64u << 10;
const std::array<std::string, 5> feeds{"shipment-status", "network-status", "documents", "order-response", "acknowledgments"};
const std::array<std::string, 3> members{"feed", "endpoint", "start"};

/// Everything wrong with a request, told at once.
class Complaints {
 public:
  void add(std::string text) {
    if (!text_.empty()) text_ += "; ";
    text_ += std::move(text);
  }
  bool none() const { return text_.empty(); }
  Problem problem() const { return Problem{Errc::invalid, text_}; }

 private:
  std::string text_;
};

std::string in_quotes(std::string_view text) { return '"' + std::string(text.substr(0, 100)) + '"'; }

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates) {
  const auto near = nearest(wrong, candidates);
  return near.empty() ? "" : " (did you mean " + near + "?)";
}

void take_member(SubscriptionRequest& request, std::string_view name, std::string value, Complaints& complaints, std::array<bool, 3>& seen) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i] != name) continue;
    if (seen[i]) complaints.add(std::string(name) + " is given twice");
    seen[i] = true;
    (i == 0 ? request.feed : i == 1 ? request.endpoint : request.start) = std::move(value);
    return;
  }
  complaints.add("unknown element " + in_quotes(name) + did_you_mean(name, members) + "; a subscription takes feed, endpoint and start");
}

Result<SubscriptionRequest> judged(SubscriptionRequest request, Complaints complaints, const std::array<bool, 3>& seen) {
  if (!seen[0]) complaints.add("feed is missing");
  else if (std::find(feeds.begin(), feeds.end(), request.feed) == feeds.end())
    complaints.add("there is no feed " + in_quotes(request.feed) + did_you_mean(request.feed, feeds) +
                   "; feeds are shipment-status, network-status, order-response, acknowledgments and documents");
  if (!seen[1] || request.endpoint.empty()) complaints.add("endpoint is missing");
  if (request.start != "now" && request.start != "earliest" && !store::Cursor::parse(request.start))
    complaints.add("start is " + in_quotes(request.start) + "; it takes now, earliest, or a cursor of this feed");
  if (!complaints.none()) return complaints.problem();
  return request;
}

Result<SubscriptionRequest> read_xml(const std::string& body) {
  auto reading = xml::read_wellformed(body);
  if (!reading.valid()) {
    const auto& findings = reading.findings;
    return Problem{Errc::invalid, "not a well-formed XML document" + (findings.empty() ? "" : ": " + findings.front().message)};
  }
  const auto& document = *reading.document;
  const auto root = document.root();
  if (document.local_name(document.node(root).name) != "subscription" || document.namespace_of(document.node(root).name) != subscription_namespace)
    return Problem{Errc::invalid, "the root element must be <subscription xmlns=\"" + std::string(subscription_namespace) + "\">"};
  SubscriptionRequest request;
  Complaints complaints;
  std::array<bool, 3> seen{};
  for (std::uint16_t i = 0; i < document.node(root).attribute_count; ++i)
    complaints.add("unknown attribute " + in_quotes(document.local_name(document.attributes(root)[i].name)));
  for (auto child = document.first_child(root); child != Document::none; child = document.next(child)) {
    const auto name = document.local_name(document.node(child).name);
    if (document.namespace_of(document.node(child).name) != subscription_namespace) {
      complaints.add("element " + in_quotes(name) + " is of another namespace");
      continue;
    }
    if (document.first_child(child) != Document::none || document.node(child).attribute_count > 0)
      complaints.add("element " + in_quotes(name) + " takes text only");
    take_member(request, name, trimmed(document.text(child)), complaints, seen);
  }
  return judged(std::move(request), std::move(complaints), seen);
}

Result<SubscriptionRequest> read_json(const std::string& body) {
  auto in = json::parse(body, nullptr, false);
  if (in.is_discarded()) return Problem{Errc::invalid, "not a JSON text"};
  if (in.is_object() && in.size() == 1 && in.contains("subscription")) {
    auto inner = in["subscription"];
    in = std::move(inner);
  }
  if (!in.is_object()) return Problem{Errc::invalid, "expected a JSON object with feed, endpoint and start"};
  SubscriptionRequest request;
  Complaints complaints;
  std::array<bool, 3> seen{};
  for (const auto& [name, value] : in.items()) {
    const bool text = value.is_string();
    if (!text && std::find(members.begin(), members.end(), name) != members.end()) complaints.add(name + " must be a string");
    take_member(request, name, text ? trimmed(value.get_ref<const std::string&>()) : std::string(), complaints, seen);
  }
  return judged(std::move(request), std::move(complaints), seen);
}

const char* name_of(store::Subscription::Status status) {
  switch (status) {
    case store::Subscription::Status::active: return "active";
    case store::Subscription::Status::paused: return "paused";
    case store::Subscription::Status::suspended: return "suspended";
  }
  return "active";
}

void write_progress(xml::Writer& writer, const store::Subscription& subscription) {
  const auto progress = read_progress(subscription.progress);
  if (std::any_of(progress.keys.begin(), progress.keys.end(), [](const auto& key) { return key.attempts > 0; })) {
    writer.start("blocked");
    for (const auto& key : progress.keys) {
      if (key.attempts == 0) continue;
      writer.start("key").attribute("events", std::to_string(key.seqs.size())).attribute("attempts", std::to_string(key.attempts));
      writer.attribute("next", to_iso(key.due)).text(key.key).end();
    }
    writer.end();
  }
  if (progress.parked_total == 0) return;
  writer.start("parked").attribute("total", std::to_string(progress.parked_total));
  for (const auto& parked : progress.parked) {
    writer.start("event").attribute("cursor", store::Cursor{subscription.cursor.epoch, parked.seq}.text());
    if (!parked.event_id.empty()) writer.attribute("id", parked.event_id);
    writer.attribute("key", parked.key).attribute("at", to_iso(parked.at)).text(parked.reason).end();
  }
  writer.end();
}

}  // namespace

Result<SubscriptionRequest> read_subscription(const std::string& body) {
  if (body.size() > body_limit) return Problem{Errc::invalid, "a subscription takes at most 64 KiB"};
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return Problem{Errc::invalid, "the request has no body; it takes a <subscription>"};
  return body[first] == '{' || body[first] == '[' ? read_json(body) : read_xml(body);
}

std::string subscription_xml(const store::Subscription& subscription, bool with_secret) {
  std::string out;
  xml::Writer writer(out, true);
  writer.start("subscription").attribute("xmlns", subscription_namespace).attribute("id", subscription.id);
  writer.element("feed", subscription.feed).element("endpoint", subscription.endpoint);
  if (with_secret) writer.element("secret", subscription.secret);
  writer.start("status");
  if (!subscription.reason.empty()) writer.attribute("reason", subscription.reason);
  writer.text(name_of(subscription.status)).end();
  writer.element("cursor", subscription.cursor.text()).element("created", to_iso(subscription.created));
  if (subscription.last_success) writer.element("lastSuccess", to_iso(*subscription.last_success));
  if (subscription.failing_since) writer.element("failingSince", to_iso(*subscription.failing_since));
  writer.element("lastFailure", subscription.last_failure);
  write_progress(writer, subscription);
  writer.end();
  return out;
}

}  // namespace wayleave::feed
