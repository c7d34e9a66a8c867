#include <fstream>
#include <sstream>

#include "bench.hpp"

using namespace wayleave;
using namespace wayleave::process;
using namespace wayleave::process::testing;
using Kind = Judgement::Kind;
using ReplyKind = adapter::Reply::Kind;

namespace {

const Time now = *parse_iso("2026-11-21T09:00:00Z");

SiteView site() {
  SiteView site;
  site.schema = product_schema;
  return site;
}

Judgement judged(const adapter::Reply& reply, bool repeat_safe = true, std::vector<int> refused = {}) {
  Step step;
  step.config.repeat_safe = repeat_safe;
  step.config.refused = std::move(refused);
  return judge(reply, step, site(), {}, now);
}

std::string instance(const std::string& name) {
  std::ifstream file(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas/canonical/instances/" + name);
  std::stringstream all;
  all << file.rdbuf();
  REQUIRE(all.str().size() > 50);
  return all.str();
}

const std::string accepted = R"(<result xmlns="urn:wayleave:result:1" status="accepted" code=""/>)";
const std::string refused =
  R"(<?xml version="1.0"?><r:result xmlns:r="urn:wayleave:result:1" status="refused" code="E17"><r:reason> no
   stock &lt;today&gt; </r:reason></r:result>)";

}  // namespace

TEST_CASE("every status code without a verdict in its body has its meaning") {
  for (int status = 100; status < 600; ++status) {
    CAPTURE(status);
    const auto judgement = judged(answer(status, "<html/>"));
    if (status >= 200 && status < 300) {
      CHECK(judgement.kind == Kind::delivered);
    } else if (status == 400 || status == 409 || status == 422) {
      CHECK(judgement.kind == Kind::verdict);
      CHECK_FALSE(judgement.verdict.accepted);
      CHECK(judgement.verdict.reason == "This document was not accepted.");
    } else if (status == 408 || status == 429 || status >= 500) {
      CHECK(judgement.kind == Kind::retry);
    } else {
      CHECK(judgement.kind == Kind::park);
    }
    CHECK(judgement.opens_breaker == (status == 503));
  }
}

TEST_CASE("a step's own list of refusals replaces the usual one, and comes before everything else") {
  CHECK(judged(answer(404), true, {404, 503}).kind == Kind::verdict);
  CHECK(judged(answer(503), true, {404, 503}).kind == Kind::verdict);
  CHECK(judged(answer(422), true, {404, 503}).kind == Kind::park);
  CHECK(judged(answer(500), true, {404, 503}).kind == Kind::retry);
}

TEST_CASE("a reply is a verdict when it is a result, its JSON twin or a canonical response") {
  struct Row {
    const char* what;
    std::string body;
    bool accepted;
    std::string code, reason;
    bool response = false;
  };
  const std::vector<Row> rows{
    {"result accepted", accepted, true, "", ""},
    {"result refused", refused, false, "E17", "no stock <today>"},
    {"JSON twin accepted", R"({"status": "accepted"})", true, "", ""},
    {"JSON twin refused", R"(  {"reason": "no stock", "code": "E17", "status": "refused"})", false, "E17", "no stock"},
    {"refused without a reason", R"({"status": "refused"})", false, "", "This document was not accepted."},
    {"order response accepted", instance("order-response-minimal.xml"), true, "accepted", "", true},
    {"order response changed", instance("order-response.xml"), true, "AC",
     "out-of-stock; Line 00020 comes in two parts; line 00021 is replaced.", true},
    {"reroute response accepted", instance("reroute-response.xml"), true, "RC01",
     "customer-requested; Border clearance by the broker on file.", true},
  };
  for (const auto& row : rows) {
    for (const int status : {200, 201, 202, 400, 409, 422}) {
      CAPTURE(row.what, status);
      const auto judgement = judged(answer(status, row.body));
      REQUIRE(judgement.kind == Kind::verdict);
      CHECK(judgement.verdict.accepted == row.accepted);
      CHECK(judgement.verdict.code == row.code);
      CHECK(judgement.verdict.reason == row.reason);
      CHECK(judgement.verdict.at == now);
      CHECK(static_cast<bool>(judgement.verdict.response) == row.response);
    }
    CHECK(judged(answer(401, row.body)).kind == Kind::park);
    CHECK(judged(answer(500, row.body)).kind == Kind::retry);
  }
}

TEST_CASE("a refused response names its reasons") {
  auto body = instance("order-response-minimal.xml");
  const auto at = body.find("<Status>accepted</Status>");
  REQUIRE(at != std::string::npos);
  body.replace(at, 25, R"(<Status code="IR">refused</Status><Reason text="we no longer make it">item-discontinued</Reason>)");
  const auto verdict = read_verdict(body, site(), now);
  REQUIRE(verdict);
  CHECK_FALSE(verdict->accepted);
  CHECK(verdict->code == "IR");
  CHECK(verdict->reason == "we no longer make it");
  CHECK(verdict->response->find('\n') == std::string::npos);
}

TEST_CASE("a response that says pending is no verdict yet") {
  const auto verdict = read_verdict(instance("reroute-response-minimal.xml"), site(), now);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code == Errc::busy);
  CHECK(judged(answer(202, instance("reroute-response-minimal.xml"))).kind == Kind::delivered);
}

TEST_CASE("what is no verdict is never taken for one, however hostile") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  const std::string bomb =
    "<!DOCTYPE result [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
    "<result xmlns=\"urn:wayleave:result:1\" status=\"accepted\"><reason>&b;</reason></result>";
  const std::vector<std::string> bodies{
    "",
    "   ",
    "OK",
    "true",
    "null",
    "[]",
    "{}",
    "{",
    R"({"orderId": 5})",
    R"({"status": "perhaps"})",
    R"({"status": "accepted", "surprise": 1})",
    "<",
    "<result/>",
    "<result xmlns=\"urn:wayleave:result:1\"/>",
    "<result xmlns=\"urn:wayleave:result:1\" status=\"perhaps\"/>",
    "<result xmlns=\"urn:wayleave:result:1\" status=\"accepted\">",
    "<result xmlns=\"urn:wayleave:result:2\" status=\"accepted\"/>",
    "<OrderResponse xmlns=\"urn:wayleave:canonical:1\"><Number>1</Number></OrderResponse>",
    instance("order-minimal.xml"),
    std::string("\xff\xfe\x00<", 4),
    std::string(2000, '\0'),
    bomb,
    deep,
    accepted + std::string(1u << 20, ' '),
    std::string(3u << 20, 'x'),
  };
  for (const auto& body : bodies) {
    CAPTURE(body.substr(0, 100));
    CHECK_FALSE(read_verdict(body, site(), now));
    CHECK(judged(answer(200, body)).kind == Kind::delivered);
    CHECK(judged(answer(422, body)).kind == Kind::verdict);
    CHECK_FALSE(judged(answer(422, body)).verdict.accepted);
  }
}

TEST_CASE("a long reason is cut between characters") {
  std::string reason;
  for (int i = 0; i < 1500; ++i) reason += "ü";
  const auto verdict =
    read_verdict("<result xmlns=\"urn:wayleave:result:1\" status=\"refused\"><reason>" + reason + "</reason></result>", site(), now);
  REQUIRE(verdict);
  CHECK(verdict->reason.size() == 2000);
  CHECK(verdict->reason == reason.substr(0, 2000));
}

TEST_CASE("what the network says decides between again, never again and later") {
  struct Row {
    ReplyKind kind;
    bool sent;
    Kind safe, unsafe;
    bool opens;
  };
  const std::vector<Row> rows{
    {ReplyKind::delivered, true, Kind::delivered, Kind::delivered, false},
    {ReplyKind::no_connection, false, Kind::retry, Kind::retry, true},
    {ReplyKind::timeout, false, Kind::retry, Kind::retry, true},
    {ReplyKind::timeout, true, Kind::retry, Kind::unknown, true},
    {ReplyKind::broken, false, Kind::retry, Kind::retry, false},
    {ReplyKind::broken, true, Kind::retry, Kind::unknown, false},
    {ReplyKind::misconfigured, false, Kind::park, Kind::park, false},
  };
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.kind), row.sent);
    CHECK(judged(failure(row.kind, row.sent)).kind == row.safe);
    CHECK(judged(failure(row.kind, row.sent), false).kind == row.unsafe);
    CHECK(judged(failure(row.kind, row.sent)).opens_breaker == row.opens);
  }
}

TEST_CASE("an unsafe step repeats only after answers that say nothing was done") {
  for (const int status : {408, 429, 503}) CHECK(judged(answer(status), false).kind == Kind::retry);
  for (const int status : {500, 501, 502, 504, 599}) CHECK(judged(answer(status), false).kind == Kind::unknown);
}

TEST_CASE("Retry-After is carried with what is tried again") {
  auto reply = answer(503);
  reply.retry_after = 90s;
  CHECK(judged(reply).retry_after == std::chrono::milliseconds(90s));
}
