#include <catch2/catch.hpp>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;
using Kind = AcceptOutcome::Kind;

namespace {

AcceptOutcome accept(Subject& subject, Acceptance acceptance) {
  auto outcome = wait(subject->accept(std::move(acceptance)));
  REQUIRE(outcome);
  return *outcome;
}

}  // namespace

TEST_CASE("an accepted submission can be read back whole", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto a = order("D1", "PO-1", subject.clock.now());
  a.report = bytes("<report/>");
  a.documents[0].canonical_digest = "not a digest";
  CHECK(accept(subject, a).kind == Kind::accepted);

  auto receipt = subject->receipt("R-D1");
  REQUIRE(receipt);
  REQUIRE(receipt->has_value());
  CHECK((*receipt)->partner == "acme");
  CHECK((*receipt)->path == "/v1/documents");
  CHECK((*receipt)->content_digest == a.content_digest);
  CHECK((*receipt)->received == a.received);
  CHECK((*receipt)->http_status == 202);
  CHECK(*(*receipt)->answer == "<receipt id='R-D1'/>");
  CHECK(*(*receipt)->report == "<report/>");
  REQUIRE((*receipt)->documents.size() == 1);
  const auto& document = (*receipt)->documents[0];
  CHECK(document.status == Status::accepted);
  CHECK(document.lane == "order:PO-1");
  CHECK(document.process == "place-order");
  CHECK(document.agreement == "acme/1");
  CHECK(document.canonical_digest == "not a digest");
  CHECK(*subject->receipt_content("R-D1").value() == "content of D1");
  CHECK(*subject->document_canonical("D1").value() == "<Order>PO-1</Order>");
  CHECK(show(subject->document("D1").value()) == show(std::optional{document}));
  CHECK(subject->counts()->waiting == 1);
}

TEST_CASE("what is not there is absent or not_found, never an error of the store", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  CHECK_FALSE(subject->receipt("R-none")->has_value());
  CHECK_FALSE(subject->document("none")->has_value());
  CHECK(subject->receipt_content("R-none").error().code == Errc::not_found);
  CHECK(subject->document_canonical("none").error().code == Errc::not_found);
  CHECK(subject->stages("none")->empty());
  std::string fingerprint;
  CHECK_FALSE(subject->idempotency("acme", "k", fingerprint)->has_value());
  CHECK(wait(subject->remember_answer("R-none", 200, bytes("x"))).error().code == Errc::not_found);
}

TEST_CASE("an idempotency key gives the first answer to the same request and refuses another", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  auto a = order("D1", "PO-1", now);
  a.idempotency_key = "k1";
  a.fingerprint = digest("one");
  CHECK(accept(subject, a).kind == Kind::accepted);

  auto again = order("D2", "PO-1", now);
  again.idempotency_key = "k1";
  again.fingerprint = digest("one");
  auto repeated = accept(subject, again);
  CHECK(repeated.kind == Kind::repeated);
  CHECK(repeated.first.receipt == "R-D1");
  CHECK(repeated.first.http_status == 202);
  CHECK(*repeated.first.answer == "<receipt id='R-D1'/>");
  CHECK_FALSE(subject->receipt("R-D2")->has_value());

  auto other = order("D3", "PO-3", now);
  other.idempotency_key = "k1";
  other.fingerprint = digest("other");
  CHECK(accept(subject, other).kind == Kind::key_reused);
  CHECK_FALSE(subject->receipt("R-D3")->has_value());

  SECTION("which another partner may use as well") {
    other.partner = "globex";
    CHECK(accept(subject, other).kind == Kind::accepted);
  }
  SECTION("for thirty days") {
    other.received = now + idempotency_window;
    CHECK(accept(subject, other).kind == Kind::key_reused);
    other.received += std::chrono::milliseconds{1};
    CHECK(accept(subject, other).kind == Kind::accepted);
  }
  SECTION("and the answer may be replaced") {
    CHECK(wait(subject->remember_answer("R-D1", 200, bytes("<verdict/>"))).value());
    auto first = accept(subject, again).first;
    CHECK(first.http_status == 200);
    CHECK(*first.answer == "<verdict/>");
  }
  SECTION("and can be asked for") {
    std::string fingerprint;
    auto first = subject->idempotency("acme", "k1", fingerprint);
    REQUIRE(first);
    REQUIRE(first->has_value());
    CHECK((*first)->receipt == "R-D1");
    CHECK((*first)->site_version == 1);
    CHECK(fingerprint == digest("one"));
    CHECK_FALSE(subject->idempotency("globex", "k1", fingerprint)->has_value());
    subject.clock.advance(idempotency_window + std::chrono::hours{1});
    CHECK_FALSE(subject->idempotency("acme", "k1", fingerprint)->has_value());
  }
}

TEST_CASE("a remembered 422 is judged anew by another version of the site, and the new answer is remembered", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto rejected = order("D1", "PO-1", subject.clock.now());
  rejected.idempotency_key = "k1";
  rejected.fingerprint = digest("one");
  rejected.http_status = 422;
  rejected.documents[0].status = Status::rejected;
  CHECK(accept(subject, rejected).kind == Kind::accepted);

  auto again = order("D2", "PO-1", subject.clock.now());
  again.idempotency_key = "k1";
  again.fingerprint = digest("one");
  CHECK(accept(subject, again).kind == Kind::repeated);
  again.site_version = 2;
  CHECK(accept(subject, again).kind == Kind::accepted);

  auto third = order("D3", "PO-1", subject.clock.now());
  third.idempotency_key = "k1";
  third.fingerprint = digest("one");
  third.site_version = 3;
  auto repeated = accept(subject, third);
  CHECK(repeated.kind == Kind::repeated);
  CHECK(repeated.first.receipt == "R-D2");
}

TEST_CASE("an interchange is known by its identity as long as documents by their numbers", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  const auto now = subject.clock.now();
  auto first = order("D1", "PO-1", now);
  first.idempotency_key = "\x01x12|ACME|905";
  first.fingerprint = digest("a");
  CHECK(accept(subject, first).kind == Kind::accepted);
  auto again = order("D2", "PO-2", now + duplicate_window);
  again.idempotency_key = first.idempotency_key;
  again.fingerprint = first.fingerprint;
  CHECK(accept(subject, again).kind == Kind::repeated);
  again.received += std::chrono::milliseconds{1};
  CHECK(accept(subject, again).kind == Kind::accepted);
}

TEST_CASE("of several documents those that are known are told, and one that contradicts decides for all", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  CHECK(accept(subject, order("D1", "PO-1", now)).kind == Kind::accepted);
  CHECK(accept(subject, order("D3", "PO-3", now)).kind == Kind::accepted);
  auto unit = order("D10", "PO-0", now);
  for (const char* n : {"1", "2", "3"}) {
    auto another = order(std::string("D1") + n, std::string("PO-") + n, now);
    unit.documents.push_back(another.documents[0]);
  }
  auto outcome = accept(subject, unit);
  CHECK(outcome.kind == Kind::duplicate);
  CHECK(outcome.first.receipt == "R-D1");
  CHECK(outcome.known == std::vector<std::size_t>{1, 3});
  CHECK_FALSE(subject->receipt("R-D10")->has_value());

  auto contradicting = unit;
  contradicting.documents[3].canonical_digest = digest("other");
  outcome = accept(subject, contradicting);
  CHECK(outcome.kind == Kind::contradiction);
  CHECK(outcome.first.receipt == "R-D3");

  unit.documents.erase(unit.documents.begin() + 3);
  unit.documents.erase(unit.documents.begin() + 1);
  CHECK(accept(subject, unit).kind == Kind::accepted);
}

TEST_CASE("the same document again is a duplicate, other content under its key a contradiction", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  CHECK(accept(subject, order("D1", "PO-1", now)).kind == Kind::accepted);

  auto again = order("D2", "PO-1", now);
  auto outcome = accept(subject, again);
  CHECK(outcome.kind == Kind::duplicate);
  CHECK(outcome.first.receipt == "R-D1");
  CHECK(outcome.first.document == "D1");
  CHECK(*outcome.first.answer == "<receipt id='R-D1'/>");

  auto other = order("D3", "PO-1", now);
  other.documents[0].canonical_digest = digest("other");
  outcome = accept(subject, other);
  CHECK(outcome.kind == Kind::contradiction);
  CHECK(outcome.first.receipt == "R-D1");
  CHECK_FALSE(subject->receipt("R-D2")->has_value());
  CHECK_FALSE(subject->receipt("R-D3")->has_value());

  SECTION("but not for another partner") {
    other.partner = "globex";
    CHECK(accept(subject, other).kind == Kind::accepted);
  }
  SECTION("but not for another kind") {
    other.documents[0].kind = "order-change";
    CHECK(accept(subject, other).kind == Kind::accepted);
  }
  SECTION("but not between test and production") {
    other.test = true;
    CHECK(accept(subject, other).kind == Kind::accepted);
    CHECK(accept(subject, again).kind == Kind::duplicate);
  }
  SECTION("but not where duplicates are allowed, after which both contents are known") {
    other.documents[0].check_duplicate = false;
    CHECK(accept(subject, other).kind == Kind::accepted);
    auto same = order("D4", "PO-1", now);
    same.documents[0].canonical_digest = digest("other");
    outcome = accept(subject, same);
    CHECK(outcome.kind == Kind::duplicate);
    CHECK(outcome.first.receipt == "R-D3");
    same.documents[0].canonical_digest = digest("third");
    outcome = accept(subject, same);
    CHECK(outcome.kind == Kind::contradiction);
    CHECK(outcome.first.receipt == "R-D1");
  }
  SECTION("but not after 400 days") {
    other.received = now + duplicate_window;
    CHECK(accept(subject, other).kind == Kind::contradiction);
    other.received += std::chrono::milliseconds{1};
    CHECK(accept(subject, other).kind == Kind::accepted);
  }
  SECTION("and the idempotency key is judged before") {
    auto keyed = order("D5", "PO-1", now);
    keyed.idempotency_key = "k";
    keyed.fingerprint = digest("k");
    CHECK(accept(subject, keyed).kind == Kind::duplicate);
    std::string fingerprint;
    CHECK_FALSE(subject->idempotency("acme", "k", fingerprint)->has_value());
  }
}

TEST_CASE("a rejected document never blocks its key", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  for (std::string id : {"D1", "D2"}) {
    auto rejected = order(id, "PO-1", subject.clock.now());
    rejected.http_status = 422;
    rejected.documents[0].status = Status::rejected;
    rejected.documents[0].canonical = nullptr;
    CHECK(accept(subject, rejected).kind == Kind::accepted);
  }
  CHECK(subject->document_canonical("D1").value() == nullptr);
  CHECK(accept(subject, order("D3", "PO-1", subject.clock.now())).kind == Kind::accepted);
  CHECK(subject->counts()->waiting == 1);
}

TEST_CASE("several documents of one receipt stand or fall together", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  CHECK(accept(subject, order("D1", "PO-1", now)).kind == Kind::accepted);

  auto both = order("D2", "PO-2", now);
  both.documents.push_back(order("D3", "PO-3", now).documents[0]);
  CHECK(accept(subject, both).kind == Kind::accepted);
  auto receipt = subject->receipt("R-D2").value();
  REQUIRE(receipt->documents.size() == 2);
  CHECK(receipt->documents[0].id == "D2");
  CHECK(receipt->documents[1].id == "D3");

  auto mixed = order("D4", "PO-4", now);
  mixed.documents.push_back(order("D5", "PO-1", now).documents[0]);
  mixed.entries = {entry("documents", "D4", {"acme"})};
  auto outcome = accept(subject, mixed);
  CHECK(outcome.kind == Kind::duplicate);
  CHECK(outcome.first.document == "D1");
  CHECK_FALSE(subject->document("D4")->has_value());
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 0);
}

TEST_CASE("an id that is taken is a conflict and stores nothing", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  CHECK(accept(subject, order("D1", "PO-1", now)).kind == Kind::accepted);
  auto clash = order("D2", "PO-2", now);
  clash.documents.push_back(order("D1", "PO-3", now).documents[0]);
  clash.entries = {entry("documents", "D2", {"acme"})};
  CHECK(wait(subject->accept(clash)).error().code == Errc::conflict);
  CHECK_FALSE(subject->receipt("R-D2")->has_value());
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 0);
  CHECK(accept(subject, order("D3", "PO-2", now)).kind == Kind::accepted);
}

TEST_CASE("documents are found by partner, kind, key, status and time, newest first", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto start = subject.clock.now();
  for (int i = 0; i < 6; ++i) {
    auto a = order("D" + std::to_string(i), "PO-" + std::to_string(i / 2), subject.clock.now(), i % 2 == 0 ? "acme" : "globex");
    if (i >= 4) a.documents[0].kind = "reroute";
    accept(subject, std::move(a));
    subject.clock.advance(std::chrono::seconds{1});
  }
  wait(subject->set_status("D3", Status::parked, stage("step", start), {}));
  auto ids = [&](DocumentQuery query) {
    std::string ids;
    auto found = subject->documents(query);
    REQUIRE(found);
    for (const auto& document : *found) ids += document.id + " ";
    return ids;
  };
  DocumentQuery query;
  CHECK(ids(query) == "D5 D4 D3 D2 D1 D0 ");
  query.limit = 2;
  CHECK(ids(query) == "D5 D4 ");
  query = {};
  query.partner = "acme";
  CHECK(ids(query) == "D4 D2 D0 ");
  query.kind = "reroute";
  CHECK(ids(query) == "D4 ");
  query = {};
  query.key = "PO-1";
  CHECK(ids(query) == "D3 D2 ");
  query.partner = "globex";
  CHECK(ids(query) == "D3 ");
  query.partner = "nobody";
  CHECK(ids(query).empty());
  query = {};
  query.status = Status::parked;
  CHECK(ids(query) == "D3 ");
  query.partner = "acme";
  CHECK(ids(query).empty());
  query = {};
  query.since = start + std::chrono::seconds{4};
  CHECK(ids(query) == "D5 D4 ");
  query = {};
  query.kind = "nothing";
  CHECK(ids(query).empty());
}

TEST_CASE("the limit of a query counts only what fits, however much was rejected since", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, order("D-live", "PO-1", subject.clock.now()));
  auto test = order("D-test", "PO-1", subject.clock.now());
  test.test = true;
  accept(subject, std::move(test));
  for (int i = 0; i < 30; ++i) {
    auto a = order("X" + std::to_string(i), "PO-1", subject.clock.now());
    a.test = i % 2 == 0;
    a.documents[0].status = Status::rejected;
    accept(subject, std::move(a));
  }
  auto first = [&](DocumentQuery query) {
    query.limit = 1;
    auto found = subject->documents(query);
    REQUIRE(found);
    return found->empty() ? std::string("none") : found->front().id;
  };
  DocumentQuery query;
  query.key = "PO-1";
  CHECK(first(query) == "X29");
  query.test = true;
  CHECK(first(query) == "X28");
  query.without = {Status::rejected};
  for (const char* partner : {"", "acme"}) {
    for (const char* kind : {"", "order"}) {
      query.partner = partner;
      query.kind = kind;
      query.test = true;
      CHECK(first(query) == "D-test");
      query.test = false;
      CHECK(first(query) == "D-live");
      query.test.reset();
      CHECK(first(query) == "D-test");
    }
  }
  query.without = {Status::rejected, Status::accepted};
  CHECK(first(query) == "none");
}
