#include "feed/post.hpp"

#include <fmt/format.h>

#include <array>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::feed {
namespace {

constexpr std::string_view secret_prefix = "whsec_";

void append_hex(std::string& out, char mark, unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out.push_back(mark);
  out.push_back(digits[byte >> 4]);
  out.push_back(digits[byte & 15]);
}

std::int64_t seconds(Time time) { return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(); }

const char* schema_of(std::string_view feed) {
  if (feed == "documents") return "urn:wayleave:document:1";
  return feed == "acknowledgments" ? "urn:wayleave:acknowledgment:1" : "urn:wayleave:canonical:1";
}

/// What every POST has, whatever it carries.
Post signed_post(const store::Subscription& subscription, const std::string& id, store::Bytes body, const std::string& content_type, Time now) {
  static const auto empty = std::make_shared<const std::string>();
  Post post;
  post.url = subscription.endpoint;
  post.body = body ? std::move(body) : empty;
  const auto timestamp = seconds(now);
  post.headers = {
    {"Content-Type", content_type},
    {"webhook-id", id},
    {"webhook-timestamp", std::to_string(timestamp)},
    {"webhook-signature", signature(subscription.secret, id, timestamp, *post.body)},
    {"ce-specversion", "1.0"},
    {"Subscription-ID", header_value(subscription.id)},
    {"Content-Digest", "sha-256=:" + crypto::base64(crypto::sha256(*post.body)) + ":"},
  };
  return post;
}

}  // namespace

std::string new_secret() { return std::string(secret_prefix) + crypto::base64(crypto::random_bytes(24)); }

std::string signature(const std::string& secret, const std::string& id, std::int64_t timestamp, std::string_view body) {
  std::string_view encoded = secret;
  if (encoded.starts_with(secret_prefix)) encoded.remove_prefix(secret_prefix.size());
  // A secret that is no base64 cannot have come from new_secret; its bytes still make a key.
  const auto key = crypto::from_base64(encoded).value_or(std::string(encoded));
  std::string content;
  content.reserve(id.size() + body.size() + 24);
  content.append(id).append(1, '.').append(std::to_string(timestamp)).append(1, '.').append(body);
  return "v1," + crypto::base64(crypto::hmac_sha256(key, content));
}

std::string message_id(std::string_view event_id) {
  std::string out = "msg_";
  for (const char c : event_id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (plain) {
      out.push_back(c);
    } else {
      append_hex(out, '~', static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string header_value(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != '"' && c != '%') {
      out.push_back(c);
    } else {
      append_hex(out, '%', static_cast<unsigned char>(c));
    }
  }
  return out;
}

Post make_post(const store::Subscription& subscription, const store::Entry& entry, const Attempt& attempt, const Rendering& rendering) {
  const bool made = rendering.kind == Rendering::Kind::made;
  auto post = signed_post(subscription, message_id(entry.event_id), made ? rendering.body : entry.body, rendering.content_type, attempt.now);
  post.name = rendering.name;
  const auto key = header_value(entry.key);
  const auto add = [&](const char* name, std::string value) { post.headers.emplace_back(name, std::move(value)); };
  add("ce-id", header_value(entry.event_id));
  add("ce-source", header_value("/feeds/" + subscription.feed + "/" + subscription.partner));
  add("ce-type", header_value("wayleave." + subscription.feed));
  if (!key.empty()) add("ce-subject", key);
  add("ce-time", to_iso(entry.recorded));
  if (auto schema = made ? rendering.schema : schema_of(subscription.feed); !schema.empty()) add("ce-dataschema", header_value(schema));
  // Receivers compare this one as text.
  add("ce-sequence", fmt::format("{:020}", entry.seq));
  if (!key.empty()) add("ce-partitionkey", key);
  add("Feed-Cursor", header_value(store::Cursor{attempt.epoch, entry.seq}.text()));
  if (attempt.previous) add("Feed-Previous", header_value(store::Cursor{attempt.epoch, *attempt.previous}.text()));
  add("Feed-Attempt", std::to_string(attempt.number));
  return post;
}

Post make_test_post(const store::Subscription& subscription, Time now) {
  auto body = std::make_shared<std::string>();
  xml::Writer writer(*body, true);
  writer.start("test")
    .attribute("xmlns", "urn:wayleave:test:1")
    .attribute("subscription", subscription.id)
    .attribute("feed", subscription.feed)
    .attribute("sent", to_iso(now))
    .end();
  const auto event = "test-" + new_id(now);
  auto post = signed_post(subscription, message_id(event), std::move(body), Rendering().content_type, now);
  post.headers.emplace_back("ce-id", event);
  post.headers.emplace_back("ce-source", header_value("/feeds/" + subscription.feed + "/" + subscription.partner));
  post.headers.emplace_back("ce-type", "wayleave.test");
  post.headers.emplace_back("ce-time", to_iso(now));
  post.headers.emplace_back("ce-dataschema", "urn:wayleave:test:1");
  post.headers.emplace_back("Feed-Cursor", header_value(subscription.cursor.text()));
  post.headers.emplace_back("Feed-Attempt", "1");
  return post;
}

}  // namespace wayleave::feed
