#include "feed/post.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "crypto/digest.hpp"

using namespace wayleave;
using namespace wayleave::feed;

namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

store::Subscription subscription() {
  store::Subscription subscription;
  subscription.id = "01JDB3SUB";
  subscription.partner = "acme";
  subscription.feed = "shipment-status";
  subscription.endpoint = "https://hooks.acme.example/in";
  subscription.secret = secret;
  subscription.cursor = {"ep", 3};
  return subscription;
}

store::Entry entry(const std::string& id, const std::string& key, const std::string& body) {
  store::Entry entry;
  entry.seq = 18421;
  entry.key = key;
  entry.event_id = id;
  entry.recorded = *parse_iso("2026-11-21T09:12:04.118Z");
  entry.body = std::make_shared<const std::string>(body);
  return entry;
}

std::string header(const Post& post, const std::string& name) {
  std::string found = "(absent)";
  for (const auto& [one, value] : post.headers)
    if (one == name) found = found == "(absent)" ? value : "(twice)";
  return found;
}

}  // namespace

TEST_CASE("the signature is that of Standard Webhooks", "[feed]") {
  CHECK(signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("the raw bytes are signed, whatever the characters", "[feed]") {
  const std::string body = "<Text lang=\"fr\">Il manque un carton \xC3\xA0 D\xC3\xBCsseldorf \xE2\x80\x94 \xE5\x90\x8D\xE5\x8F\xA4\xE5\xB1\x8B &amp; &lt;b&gt;</Text>";
  CHECK(signature(secret, "msg_tms-9107", 1763712000, body) == "v1,Au1TfZHLAAGxL5unCfEKDgj9MQAYAlWzV/epw4uSQ+Q=");
  Attempt attempt;
  attempt.now = Time(std::chrono::seconds(1763712000));
  const auto post = make_post(subscription(), entry("tms-9107", "S1", body), attempt);
  CHECK(header(post, "webhook-signature") == "v1,Au1TfZHLAAGxL5unCfEKDgj9MQAYAlWzV/epw4uSQ+Q=");
  CHECK(header(post, "Content-Digest") == "sha-256=:c1XuQKY1B5+Gx7iqAFEziKG2af4/sc60aZO8TO8BKKo=:");
  CHECK(*post.body == body);
}

TEST_CASE("a new secret is whsec_ and 24 bytes, never the same", "[feed]") {
  const auto one = new_secret(), other = new_secret();
  CHECK(one.rfind("whsec_", 0) == 0);
  CHECK(crypto::from_base64(one.substr(6))->size() == 24);
  CHECK(one != other);
}

TEST_CASE("a POST has the headers of the contract", "[feed]") {
  Attempt attempt;
  attempt.epoch = "ep";
  attempt.previous = 18400;
  attempt.number = 3;
  attempt.now = *parse_iso("2026-11-21T09:15:00.700Z");
  const auto post = make_post(subscription(), entry("tms-9107", "125044986", "<ShipmentStatus/>"), attempt);
  CHECK(post.url == "https://hooks.acme.example/in");
  CHECK(post.timeout == std::chrono::seconds(15));
  CHECK(header(post, "Content-Type") == "application/xml; charset=utf-8");
  CHECK(header(post, "webhook-id") == "msg_tms-9107");
  CHECK(header(post, "webhook-timestamp") == "1795252500");
  CHECK(header(post, "ce-specversion") == "1.0");
  CHECK(header(post, "ce-id") == "tms-9107");
  CHECK(header(post, "ce-source") == "/feeds/shipment-status/acme");
  CHECK(header(post, "ce-type") == "wayleave.shipment-status");
  CHECK(header(post, "ce-subject") == "125044986");
  CHECK(header(post, "ce-time") == "2026-11-21T09:12:04.118Z");
  CHECK(header(post, "ce-dataschema") == "urn:wayleave:canonical:1");
  CHECK(header(post, "ce-sequence") == "00000000000000018421");
  CHECK(header(post, "ce-partitionkey") == "125044986");
  CHECK(header(post, "Subscription-ID") == "01JDB3SUB");
  CHECK(header(post, "Feed-Cursor") == "ep:18421");
  CHECK(header(post, "Feed-Previous") == "ep:18400");
  CHECK(header(post, "Feed-Attempt") == "3");
  attempt.previous.reset();
  CHECK(header(make_post(subscription(), entry("e", "k", "<a/>"), attempt), "Feed-Previous") == "(absent)");
}

TEST_CASE("the id has no point and stays one to one", "[feed]") {
  CHECK(message_id("01JDB4W7-a_b") == "msg_01JDB4W7-a_b");
  CHECK(message_id("a.b") == "msg_a~2Eb");
  CHECK(message_id("a~2Eb") == "msg_a~7E2Eb");
  CHECK(message_id("\xC3\xA9") == "msg_~C3~A9");
}

TEST_CASE("no key and no id can break a header", "[feed]") {
  const std::string hostile("S1\r\nX-Evil: 1\0\x7F \"%\xC3\xA9", 20);
  Attempt attempt;
  attempt.epoch = "ep\n";
  auto record = subscription();
  record.partner = "a\r\nb";
  const auto post = make_post(record, entry(hostile, hostile, "<a/>"), attempt);
  for (const auto& [name, value] : post.headers) {
    INFO(name << ": " << value);
    CHECK(std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  }
  CHECK(header(post, "ce-subject") == "S1%0D%0AX-Evil:%201%00%7F%20%22%25%C3%A9");
}

TEST_CASE("a test event is signed like any other and has no place in the feed", "[feed]") {
  const auto now = *parse_iso("2026-11-21T09:15:00Z");
  const auto post = make_test_post(subscription(), now);
  CHECK(post.body->rfind("<test xmlns=\"urn:wayleave:test:1\"", 0) == 0);
  CHECK(header(post, "webhook-id").rfind("msg_test-", 0) == 0);
  CHECK(header(post, "webhook-signature") == signature(secret, header(post, "webhook-id"), 1795252500, *post.body));
  CHECK(header(post, "ce-sequence") == "(absent)");
  CHECK(header(post, "ce-type") == "wayleave.test");
}

TEST_CASE("what was made of an entry is sent and signed in its place", "[feed]") {
  Rendering made;
  made.kind = Rendering::Kind::made;
  made.body = std::make_shared<const std::string>("ISA*00*\xE4~");
  made.content_type = "application/EDI-X12";
  made.schema = "urn:wayleave:x12:004010:214";
  made.name = "214-000000001.edi";
  Attempt attempt;
  attempt.now = Time(std::chrono::seconds(1763712000));
  const auto post = make_post(subscription(), entry("tms-9107", "S1", "<x/>"), attempt, made);
  CHECK(*post.body == *made.body);
  CHECK(post.name == made.name);
  CHECK(header(post, "Content-Type") == "application/EDI-X12");
  CHECK(header(post, "ce-dataschema") == made.schema);
  CHECK(header(post, "webhook-signature") == signature(secret, "msg_tms-9107", 1763712000, *made.body));
  CHECK(header(post, "Content-Digest") == "sha-256=:" + crypto::base64(crypto::sha256(*made.body)) + ":");
  CHECK(header(post, "webhook-id") == "msg_tms-9107");
  made.schema.clear();
  CHECK(header(make_post(subscription(), entry("tms-9107", "S1", "<x/>"), attempt, made), "ce-dataschema") == "(absent)");
}
