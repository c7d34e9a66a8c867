#include "bench.hpp"

#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace wayleave::process;
using namespace wayleave::process::testing;

namespace {

const std::string order =
  "<Order xmlns=\"urn:wayleave:canonical:1\"><Number>PO &amp; 4711</Number><Type>standard</Type><Date time=\"08:00:00\">2026-11-20</Date>"
  "<Currency>USD</Currency></Order>";
const std::string change =
  "<OrderChange xmlns=\"urn:wayleave:canonical:1\"><Number>PO-1</Number><OrderDate>2026-11-19</OrderDate><ChangeNumber>2</ChangeNumber>"
  "<Date>2026-11-20</Date></OrderChange>";
const std::string accepted = "<result xmlns=\"urn:wayleave:result:1\" status=\"accepted\" code=\"OK\"/>";
const std::string refused = "<result xmlns=\"urn:wayleave:result:1\" status=\"refused\" code=\"E17\"><reason>no stock</reason></result>";

store::Bytes bytes(const std::string& text) { return std::make_shared<const std::string>(text); }

store::DocumentRecord record(const std::string& kind = "order") {
  store::DocumentRecord made;
  made.id = "01JDB400000000000000000000";
  made.partner = "acme";
  made.kind = kind;
  return made;
}

const Time now = *parse_iso("2026-11-21T09:12:04Z");

store::Verdict no() { return {false, "E17", "no\nstock", now, nullptr}; }

void check_valid(const std::string& body) {
  INFO(body);
  const auto reading = xml::read(body, *product_schema("canonical/order-response-1.xsd#OrderResponse"));
  for (const auto& finding : reading.findings) UNSCOPED_INFO(finding.message);
  CHECK(reading.valid());
  CHECK(body.find_first_of("\r\n") == std::string::npos);
}

std::vector<std::string> responses(Bench& bench) {
  std::vector<std::string> bodies;
  for (const auto& entry : *bench.store->read_line({"order-response", "acme"}, 0, 100)) bodies.push_back(*entry.body);
  return bodies;
}

}  // namespace

TEST_CASE("a verdict alone becomes a response with the order's numbers and the verdict's words") {
  const auto entry = order_response_entry(record(), no(), bytes(order), now);
  REQUIRE(entry);
  CHECK(entry->feed == "order-response");
  CHECK(entry->key == "order:PO & 4711");
  CHECK(entry->audience == std::vector<std::string>{"acme"});
  CHECK(*entry->body ==
        "<OrderResponse xmlns=\"urn:wayleave:canonical:1\" causedBy=\"01JDB400000000000000000000\"><Number>PO &amp; 4711</Number>"
        "<OrderDate>2026-11-20</OrderDate><Date>2026-11-21</Date><Status code=\"E17\">refused</Status>"
        "<Reason code=\"E17\" text=\"no stock\">other</Reason></OrderResponse>");
  check_valid(*entry->body);
}

TEST_CASE("the response to a change names the change") {
  const auto entry = order_response_entry(record("order-change"), {true, "", "", now, nullptr}, bytes(change), now);
  REQUIRE(entry);
  CHECK(entry->body->find("<OrderDate>2026-11-19</OrderDate><ChangeNumber>2</ChangeNumber>") != std::string::npos);
  CHECK(entry->body->find("<Status>accepted</Status></OrderResponse>") != std::string::npos);
  check_valid(*entry->body);
}

TEST_CASE("words of any length make a valid response") {
  auto verdict = no();
  verdict.code = std::string(80, 'c');
  verdict.reason.clear();
  for (int i = 0; i < 1500; ++i) verdict.reason += "\xC3\xA4";
  const auto entry = order_response_entry(record(), verdict, bytes(order), now);
  REQUIRE(entry);
  check_valid(*entry->body);
}

TEST_CASE("what the back end wrote goes out as it is") {
  auto verdict = no();
  verdict.response = bytes("<OrderResponse xmlns=\"urn:wayleave:canonical:1\"><Number>PO-1</Number></OrderResponse>");
  CHECK(order_response_entry(record(), verdict, bytes(order), now)->body == verdict.response);
  verdict.response = bytes("<RerouteResponse xmlns=\"urn:wayleave:canonical:1\"/>");
  check_valid(*order_response_entry(record(), verdict, bytes(order), now)->body);
}

TEST_CASE("tests, other kinds and unreadable documents have no response") {
  auto test = record();
  test.test = true;
  CHECK_FALSE(order_response_entry(test, no(), bytes(order), now));
  CHECK_FALSE(order_response_entry(record("reroute"), no(), bytes(order), now));
  CHECK_FALSE(order_response_entry(record(), no(), nullptr, now));
  CHECK_FALSE(order_response_entry(record("order-change"), no(), bytes(order), now));
}

TEST_CASE("a response is made once, when nothing can contradict it any more") {
  Bench bench;
  bench.canonical = order;
  auto first = bench.back_end("first");
  auto second = bench.back_end("second");
  first->reply = [](const adapter::Call&) { return answer(200, accepted); };
  second->reply = [](const adapter::Call&) { return answer(422, refused); };
  bench.process("two", {Bench::step("one", first), Bench::step("two", second)});
  bench.start();
  const auto id = bench.accept("two");
  REQUIRE(bench.run_until([&] { return bench.status(id) == Status::refused; }));
  auto told = responses(bench);
  REQUIRE(told.size() == 1);
  CHECK(told[0].find(">refused</Status>") != std::string::npos);

  second->reply = [](const adapter::Call&) { return answer(204); };
  const auto taken = bench.accept("two");
  REQUIRE(bench.run_until([&] { return bench.status(taken) == Status::confirmed; }));
  told = responses(bench);
  REQUIRE(told.size() == 2);
  CHECK(told[1].find(">accepted</Status>") != std::string::npos);

  first->reply = [](const adapter::Call&) { return answer(204); };
  const auto silent = bench.accept("two");
  REQUIRE(bench.run_until([&] { return bench.status(silent) == Status::delivered; }));
  CHECK(responses(bench).size() == 2);
}
