#include "feed/subscription.hpp"

#include <catch2/catch.hpp>

#include "feed/progress.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace wayleave::feed;

namespace {

std::string request(const std::string& content, const std::string& attributes = "") {
  return "<subscription xmlns=\"urn:wayleave:subscription:1\"" + attributes + ">" + content + "</subscription>";
}

std::string complaint(const std::string& body) {
  const auto request = read_subscription(body);
  REQUIRE_FALSE(request.has_value());
  CHECK(request.error().code == Errc::invalid);
  return request.error().detail;
}

bool says(const std::string& body, const std::string& piece) {
  const auto text = complaint(body);
  INFO(text);
  return text.find(piece) != std::string::npos;
}

const std::string good = "<feed>shipment-status</feed><endpoint>https://a.example/in</endpoint>";

}  // namespace

TEST_CASE("a subscription is read from XML and from its twin", "[feed]") {
  const auto from_xml = read_subscription("<?xml version=\"1.0\"?>\n" + request("<endpoint> https://a.example/in?x=1&amp;y=2 </endpoint>\n<feed>documents</feed><start>ep:12</start>"));
  REQUIRE(from_xml.has_value());
  CHECK(from_xml->feed == "documents");
  CHECK(from_xml->endpoint == "https://a.example/in?x=1&y=2");
  CHECK(from_xml->start == "ep:12");
  for (const auto* json : {R"({"feed":"network-status","endpoint":"https://a.example/","start":"earliest"})",
                           R"( {"subscription":{"feed":"network-status","endpoint":"https://a.example/","start":"earliest"}})"}) {
    const auto from_json = read_subscription(json);
    REQUIRE(from_json.has_value());
    CHECK(from_json->feed == "network-status");
    CHECK(from_json->start == "earliest");
  }
}

TEST_CASE("a subscription starts now when it does not say", "[feed]") {
  CHECK(read_subscription(request(good))->start == "now");
}

TEST_CASE("unknown elements and bad values are named, all of them", "[feed]") {
  CHECK(says(request(good + "<filter/>"), "unknown element \"filter\""));
  CHECK(says(request(good + "<endpiont>x</endpiont>"), "did you mean endpoint?"));
  CHECK(says(request(good, " id=\"7\""), "unknown attribute \"id\""));
  CHECK(says(request(good + "<feed>documents</feed>"), "feed is given twice"));
  CHECK(says(request(good + "<x:start xmlns:x=\"urn:x\">now</x:start>"), "another namespace"));
  CHECK(says(request("<feed>shipment-staus</feed><endpoint>https://a.example/</endpoint>"), "did you mean shipment-status?"));
  CHECK(says(request("<feed>documents</feed>"), "endpoint is missing"));
  CHECK(says(request("<endpoint>https://a.example/</endpoint>"), "feed is missing"));
  CHECK(says(request(good + "<start>yesterday</start>"), "start is \"yesterday\""));
  CHECK(says(request("<endpoint><b>x</b></endpoint><feed>documents</feed>"), "takes text only"));
  const auto both = complaint(R"({"feed":"x","filter":1,"start":5})");
  CHECK(both.find("unknown element \"filter\"") != std::string::npos);
  CHECK(both.find("there is no feed \"x\"") != std::string::npos);
  CHECK(both.find("start must be a string") != std::string::npos);
  CHECK(both.find("endpoint is missing") != std::string::npos);
}

TEST_CASE("what is no subscription at all is told so", "[feed]") {
  CHECK(says("", "no body"));
  CHECK(says("<subscription/>", "urn:wayleave:subscription:1"));
  CHECK(says("<subscription", "not a well-formed XML document"));
  CHECK(says("{\"feed\":", "not a JSON text"));
  CHECK(says("[1]", "expected a JSON object"));
  CHECK(says("<!DOCTYPE subscription [<!ENTITY x \"y\">]>" + request(good), "not a well-formed"));
  CHECK(says(std::string(70'000, ' '), "64 KiB"));
  CHECK_FALSE(read_subscription(std::string(30'000, '[')).has_value());
}

TEST_CASE("the resource tells how it is doing, the secret only once", "[feed]") {
  store::Subscription subscription;
  subscription.id = "01J";
  subscription.partner = "acme";
  subscription.feed = "documents";
  subscription.endpoint = "https://a.example/?a=1&b=<2>";
  subscription.secret = "whsec_abc";
  subscription.status = store::Subscription::Status::suspended;
  subscription.reason = "the endpoint answered 410 Gone";
  subscription.cursor = {"ep", 4};
  subscription.created = *parse_iso("2026-11-21T09:12:04.118Z");
  Progress progress;
  progress.high = 9;
  progress.keys.push_back({"S<1>", {5, 7}, 2, *parse_iso("2026-11-21T10:00:00Z"), {}});
  progress.keys.push_back({"S2", {8}, 0, {}, {}});
  progress.parked.push_back({6, "e6", "S3", *parse_iso("2026-11-21T09:30:00Z"), "HTTP 500: no"});
  progress.parked_total = 1;
  subscription.progress = write_progress(progress);
  const auto shown = subscription_xml(subscription, false);
  CHECK(shown ==
        "<subscription xmlns=\"urn:wayleave:subscription:1\" id=\"01J\"><feed>documents</feed><endpoint>https://a.example/?a=1&amp;b=&lt;2&gt;</endpoint>"
        "<status reason=\"the endpoint answered 410 Gone\">suspended</status><cursor>ep:4</cursor><created>2026-11-21T09:12:04.118Z</created>"
        "<blocked><key events=\"2\" attempts=\"2\" next=\"2026-11-21T10:00:00.000Z\">S&lt;1&gt;</key></blocked>"
        "<parked total=\"1\"><event cursor=\"ep:6\" id=\"e6\" key=\"S3\" at=\"2026-11-21T09:30:00.000Z\">HTTP 500: no</event></parked></subscription>");
  CHECK(subscription_xml(subscription, true).find("<secret>whsec_abc</secret>") != std::string::npos);
  CHECK(wayleave::xml::read_wellformed(shown).valid());
}

TEST_CASE("progress survives being written down", "[feed]") {
  Progress progress;
  progress.high = 1'000'000'000'000;
  progress.keys.push_back({"a \"key\"\n\xC3\xA9", {1, 2, 999'999'999'999}, 9, Time(std::chrono::milliseconds(5)), Time(std::chrono::milliseconds(4))});
  progress.parked.push_back({3, "e", "k", Time(std::chrono::milliseconds(7)), "because"});
  progress.parked_total = 12;
  const auto again = read_progress(write_progress(progress));
  CHECK(again.high == progress.high);
  REQUIRE(again.keys.size() == 1);
  CHECK(again.keys[0].key == progress.keys[0].key);
  CHECK(again.keys[0].seqs == progress.keys[0].seqs);
  CHECK(again.keys[0].attempts == 9);
  CHECK(again.keys[0].due == progress.keys[0].due);
  CHECK(again.parked[0].reason == "because");
  CHECK(again.parked_total == 12);
  CHECK(write_progress({}).empty());
  CHECK(read_progress("garbage").high == 0);
  CHECK(read_progress("{\"high\":\"x\"}").keys.empty());
}
