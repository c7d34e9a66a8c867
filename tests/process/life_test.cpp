#include <catch2/catch.hpp>

#include "process/delivery.hpp"

using namespace wayleave;
using store::Status;

namespace {

const Time received = *parse_iso("2026-11-21T09:12:04.118Z");

store::DocumentRecord document() {
  store::DocumentRecord record;
  record.id = "01JDB4";
  record.receipt = "01JDB3";
  record.partner = "acme";
  record.kind = "order";
  record.key = "PO <47&11>";
  record.status = Status::parked;
  record.received = received;
  return record;
}

store::Stage failed() {
  store::Stage stage;
  stage.name = "step";
  stage.step = "place";
  stage.at = received + std::chrono::seconds(2);
  stage.outcome = "failed";
  stage.attempt = 3;
  stage.detail = "HTTP 401 from http://erp.internal:8000/orders";
  return stage;
}

}  // namespace

TEST_CASE("a document's life begins with its reception and is written on one line") {
  CHECK(
    process::document_xml(document(), {failed()}) ==
    "<document xmlns=\"urn:wayleave:document:1\" id=\"01JDB4\" receipt=\"01JDB3\" partner=\"acme\" kind=\"order\""
    " key=\"PO &lt;47&amp;11>\" status=\"parked\" test=\"false\">"
    "<stage name=\"received\" at=\"2026-11-21T09:12:04.118Z\" outcome=\"ok\"/>"
    "<stage name=\"validated\" at=\"2026-11-21T09:12:04.118Z\" outcome=\"ok\"/>"
    "<stage name=\"mapped\" at=\"2026-11-21T09:12:04.118Z\" outcome=\"ok\"/>"
    "<stage name=\"step\" step=\"place\" at=\"2026-11-21T09:12:06.118Z\" outcome=\"failed\" attempt=\"3\""
    " detail=\"held for our staff\"/></document>"
  );
}

TEST_CASE("a partner never reads what operators read of an attempt") {
  for (const char* outcome : {"ok", "waiting", "failed"}) {
    auto stage = failed();
    stage.outcome = outcome;
    CHECK(process::document_xml(document(), {stage}).find("erp.internal") == std::string::npos);
    CHECK(process::document_xml(document(), {stage}, process::Audience::operators).find("erp.internal") != std::string::npos);
  }
}

TEST_CASE("a rejected document ends with its validation, and stages that were kept are not told twice") {
  auto rejected = document();
  rejected.status = Status::rejected;
  const auto text = process::document_xml(rejected, {});
  CHECK(text.find("<stage name=\"validated\" at=\"2026-11-21T09:12:04.118Z\" outcome=\"failed\"/></document>") != std::string::npos);
  store::Stage mapped;
  mapped.name = "mapped";
  mapped.outcome = "ok";
  mapped.at = received;
  const auto once = process::document_xml(document(), {mapped});
  CHECK(once.find("\"mapped\"") == once.rfind("\"mapped\""));
}

TEST_CASE("a verdict is told with its reason, line breaks kept out of the line") {
  auto refused = document();
  refused.status = Status::refused;
  refused.verdict = store::Verdict{false, "E17", "no\nstock", received, nullptr};
  const auto text = process::document_xml(refused, {});
  CHECK(text.find("<verdict status=\"refused\" code=\"E17\" at=\"2026-11-21T09:12:04.118Z\">no") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("a change of status is an entry of the partner's own line, in order by document") {
  const auto entry = process::document_entry(document(), {failed()}, received);
  CHECK(entry.feed == "documents");
  CHECK(entry.key == "01JDB4");
  CHECK(entry.audience == std::vector<std::string>{"acme"});
  CHECK(entry.event_id.size() == 26);
  REQUIRE(entry.body);
  CHECK(entry.body->find("status=\"parked\"") != std::string::npos);
}
