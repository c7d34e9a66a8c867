#include <catch2/catch.hpp>
#include <map>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;
using namespace std::chrono_literals;
using Kind = AppendOutcome::Kind;

namespace {

EventBatch::Event event(std::string id, std::vector<std::string> audience, std::string content = "as sent") {
  EventBatch::Event event;
  event.publisher = "tms";
  event.digest = digest(content);
  event.entry = entry("shipment-status", id, std::move(audience));
  event.id = std::move(id);
  return event;
}

AppendOutcome append(Subject& subject, EventBatch batch) {
  auto outcome = wait(subject->append(std::move(batch)));
  REQUIRE(outcome);
  return *outcome;
}

Object shipment(std::string id, std::uint64_t version, Time updated) {
  Object object;
  object.kind = "shipment";
  object.id = std::move(id);
  object.version = version;
  object.status = "moving";
  object.updated = updated;
  object.body = bytes("<ShipmentStatus/>");
  object.parties = {{"acme", "shipper"}, {"globex", "consignee"}};
  object.references = {{"purchase-order", "4711"}};
  return object;
}

std::string numbers(Subject& subject, std::string partner, std::uint64_t after = 0, std::size_t limit = 100, std::size_t bytes = 1 << 20) {
  std::string numbers;
  auto entries = subject->read_line({"shipment-status", std::move(partner)}, after, limit, bytes);
  REQUIRE(entries);
  for (const auto& entry : *entries) numbers += std::to_string(entry.seq) + "=" + entry.key + " ";
  return numbers;
}

}  // namespace

TEST_CASE("every partner of an audience gets the next number of its own line", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  EventBatch batch;
  batch.events = {event("e1", {"acme", "globex"}), event("e2", {"globex"}), event("e3", {}), event("e4", {"globex", "acme", "acme"})};
  auto outcome = append(subject, batch);
  CHECK(outcome.kind == Kind::appended);
  CHECK(outcome.duplicate == std::vector<bool>(4, false));
  CHECK(numbers(subject, "acme") == "1=e1 2=e4 ");
  CHECK(numbers(subject, "globex") == "1=e1 2=e2 3=e4 ");
  CHECK(numbers(subject, "globex", 1, 1) == "2=e2 ");
  CHECK(numbers(subject, "globex", 1, 100, 1) == "2=e2 ");
  CHECK(numbers(subject, "globex", 3).empty());
  CHECK(numbers(subject, "nobody").empty());
  CHECK(subject->read_line({"documents", "acme"}, 0, 10)->empty());

  auto read = subject->read_line({"shipment-status", "acme"}, 1, 10);
  REQUIRE(read->size() == 1);
  const auto& last = read->front();
  CHECK(last.event_id == "event of e4");
  CHECK(*last.body == "<e>e4</e>");
  CHECK(last.recorded == subject.clock.now());
  CHECK(last.position == 4);
}

TEST_CASE("lines have no holes whether their entries have few readers or many", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("p" + std::to_string(100 + i));
  std::string expected;
  for (int i = 1; i <= 75; ++i) {
    EventBatch batch;
    batch.events = {event("e" + std::to_string(i), i % 5 == 0 ? std::vector<std::string>{"p107"} : many)};
    append(subject, batch);
    expected += std::to_string(i) + "=e" + std::to_string(i) + " ";
    if (i % 10 == 0) CHECK(numbers(subject, "p107") == expected);
  }
  CHECK(numbers(subject, "p107") == expected);
  CHECK(numbers(subject, "p199", 59) == "60=e74 ");
  CHECK(numbers(subject, "p107", 70, 2) == "71=e71 72=e72 ");
  CHECK(numbers(subject, "acme").empty());
  if (subject.engine == Engine::sqlite) subject.reopen();
  CHECK(numbers(subject, "p107") == expected);
  EventBatch batch;
  batch.events = {event("last", many)};
  append(subject, batch);
  CHECK(numbers(subject, "p199", 59) == "60=e74 61=last ");
  CHECK(numbers(subject, "p107", 75) == "76=last ");
}

TEST_CASE("a line has its epoch from the first question on, and keeps it", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  Line line{"shipment-status", "acme"};
  auto empty = wait(subject->line_head(line)).value();
  CHECK_FALSE(empty.epoch.empty());
  CHECK(empty.first == 1);
  CHECK(empty.last == 0);
  EventBatch batch;
  batch.events = {event("e1", {"acme"}), event("e2", {"acme"})};
  append(subject, batch);
  if (subject.engine == Engine::sqlite) subject.reopen();
  auto head = wait(subject->line_head(line)).value();
  CHECK(head.epoch == empty.epoch);
  CHECK(head.first == 1);
  CHECK(head.last == 2);
  CHECK(wait(subject->line_head({"shipment-status", "globex"}))->epoch != empty.epoch);
  CHECK(Cursor::parse(Cursor{head.epoch, head.last}.text()) == Cursor{head.epoch, 2});
}

TEST_CASE("what was appended is told after the commit, in order, before the unit is answered", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  std::vector<std::string> told;
  std::string epoch;
  subject->on_appended([&](auto entries) {
    for (const auto& appended : *entries) {
      told.push_back(appended.line.partner + " " + std::to_string(appended.entry.seq) + " " + appended.entry.key + " " + *appended.entry.body);
      epoch = appended.epoch;
    }
  });
  EventBatch batch;
  batch.events = {event("e1", {"acme", "globex"}), event("e2", {"globex"})};
  append(subject, batch);
  CHECK(told == std::vector<std::string>{"acme 1 e1 <e>e1</e>", "globex 1 e1 <e>e1</e>", "globex 2 e2 <e>e2</e>"});
  CHECK(epoch == wait(subject->line_head({"shipment-status", "globex"}))->epoch);
  told.clear();
  append(subject, batch);
  CHECK(told.empty());
}

TEST_CASE("an event that is known makes nothing, and with other content stops the whole batch", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  EventBatch batch;
  batch.events = {event("e1", {"acme"})};
  append(subject, batch);

  batch.events = {event("e1", {"acme"}), event("e2", {"acme"}), event("e2", {"acme"})};
  auto outcome = append(subject, batch);
  CHECK(outcome.kind == Kind::appended);
  CHECK(outcome.duplicate == std::vector<bool>{true, false, true});
  CHECK(numbers(subject, "acme") == "1=e1 2=e2 ");

  batch.events = {event("e3", {"acme"}), event("e1", {"acme"}, "other")};
  outcome = append(subject, batch);
  CHECK(outcome.kind == Kind::contradiction);
  CHECK(outcome.event == "e1");
  batch.events = {event("e3", {"acme"}), event("e3", {"acme"}, "other")};
  CHECK(append(subject, batch).kind == Kind::contradiction);
  CHECK(numbers(subject, "acme") == "1=e1 2=e2 ");

  auto known = subject->known_events("tms", {"e1", "e3", "e2"});
  REQUIRE(known);
  REQUIRE(known->size() == 3);
  CHECK((*known)[0].digest == digest("as sent"));
  CHECK((*known)[1].digest.empty());
  CHECK((*known)[2].digest == digest("as sent"));
  CHECK((*subject->known_events("erp", {"e1"}))[0].digest.empty());
}

TEST_CASE("the same event id of two publishers is two events", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  EventBatch batch;
  batch.events = {event("e1", {"acme"}), event("e1", {"acme"}, "other")};
  batch.events[1].publisher = "erp";
  CHECK(append(subject, batch).kind == Kind::appended);
  CHECK(numbers(subject, "acme") == "1=e1 2=e1 ");
}

TEST_CASE("an object is stored on the version that was read, with its batch or not at all", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto now = subject.clock.now();
  EventBatch batch;
  batch.events = {event("e1", {"acme"})};
  batch.objects = {shipment("S1", 0, now)};
  CHECK(append(subject, batch).kind == Kind::appended);
  auto stored = subject->object("shipment", "S1").value();
  REQUIRE(stored);
  CHECK(stored->version == 1);
  CHECK(stored->parties == batch.objects[0].parties);
  CHECK(stored->references == batch.objects[0].references);
  CHECK(*stored->body == "<ShipmentStatus/>");
  CHECK_FALSE(subject->object("situation", "S1").value());
  CHECK_FALSE(subject->object("shipment", "S2").value());

  batch.events = {event("e2", {"acme"})};
  batch.objects = {shipment("S2", 0, now), shipment("S1", 0, now)};
  CHECK(append(subject, batch).kind == Kind::stale);
  CHECK_FALSE(subject->object("shipment", "S2").value());
  CHECK(numbers(subject, "acme") == "1=e1 ");

  batch.objects[1].version = 1;
  batch.objects[1].status = "delivered";
  CHECK(append(subject, batch).kind == Kind::appended);
  CHECK(subject->object("shipment", "S1").value()->version == 2);
  CHECK(subject->object("shipment", "S1").value()->status == "delivered");
  batch.objects[1].version = 2;
  CHECK(append(subject, batch).duplicate == std::vector<bool>{true});
  CHECK(subject->object("shipment", "S1").value()->version == 2);
}

TEST_CASE("objects are found by party, by reference and by time of change", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto start = subject.clock.now();
  auto put = [&](Object object) {
    EventBatch batch;
    batch.objects = {std::move(object)};
    CHECK(append(subject, batch).kind == Kind::appended);
  };
  for (int i = 0; i < 5; ++i) put(shipment("S" + std::to_string(i), 0, start + i * 1s));
  auto moved = shipment("S1", 1, start + 10s);
  moved.parties = {{"acme", "shipper"}, {"acme", "bill-to"}};
  moved.references = {{"purchase-order", "4712"}, {"bol", "4711"}};
  put(moved);
  auto other = shipment("N1", 0, start);
  other.kind = "situation";
  put(other);

  auto ids = [&](Store::ObjectQuery query) {
    std::string ids;
    auto found = subject->objects(query);
    REQUIRE(found);
    for (const auto& object : *found) ids += object.id + " ";
    return ids;
  };
  Store::ObjectQuery query;
  query.kind = "shipment";
  CHECK(ids(query) == "S1 S4 S3 S2 S0 ");
  query.limit = 2;
  CHECK(ids(query) == "S1 S4 ");
  query.limit = 100;
  query.partner = "globex";
  CHECK(ids(query) == "S4 S3 S2 S0 ");
  query.updated_since = start + 2s;
  CHECK(ids(query) == "S2 S3 S4 ");
  query.partner = "acme";
  CHECK(ids(query) == "S2 S3 S4 S1 ");
  query.partner.clear();
  CHECK(ids(query) == "S2 S3 S4 S1 ");
  query.updated_since.reset();
  query.reference_kind = "purchase-order";
  query.reference_value = "4711";
  CHECK(ids(query) == "S4 S3 S2 S0 ");
  query.reference_kind.clear();
  CHECK(ids(query) == "S1 S4 S3 S2 S0 ");
  query.partner = "globex";
  query.updated_since = start + 3s;
  CHECK(ids(query) == "S3 S4 ");
  query.partner = "nobody";
  CHECK(ids(query).empty());
  query.partner.clear();
  query.reference_value = "none";
  CHECK(ids(query).empty());
}

TEST_CASE("a subscription is put, replaced, listed and deleted", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  Subscription s;
  s.id = "s1";
  s.partner = "acme";
  s.feed = "shipment-status";
  s.endpoint = "https://example.com/hook";
  s.secret = "whsec_x";
  s.cursor = {"epoch", 7};
  s.created = subject.clock.now();
  CHECK(wait(subject->put_subscription(s)).value());
  CHECK(show(subject->subscription("s1").value()) == show(std::optional{s}));
  s.status = Subscription::Status::suspended;
  s.reason = "gone";
  s.failing_since = subject.clock.now();
  s.last_failure = "410";
  s.progress = "{}";
  s.cursor.seq = 9;
  CHECK(wait(subject->put_subscription(s)).value());
  auto other = s;
  other.id = "s2";
  other.partner = "globex";
  CHECK(wait(subject->put_subscription(other)).value());
  if (subject.engine == Engine::sqlite) subject.reopen();
  CHECK(show(*subject->subscriptions("acme")) == show(std::vector{s}));
  CHECK(show(*subject->subscriptions("")) == show(std::vector{s, other}));
  CHECK(wait(subject->delete_subscription("s1")).value());
  CHECK_FALSE(wait(subject->delete_subscription("s1")).value());
  CHECK_FALSE(subject->subscription("s1").value());
}

TEST_CASE("a document has one number in a sequence, and numbers have no gaps", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto number = [&](const char* scope, const char* name, const char* document) { return wait(subject->number(scope, name, document)).value(); };
  CHECK(number("acme", "invoice", "d1") == 1);
  CHECK(number("acme", "invoice", "d2") == 2);
  CHECK(number("acme", "invoice", "d1") == 1);
  CHECK(number("globex", "invoice", "d1") == 1);
  CHECK(number("acme", "other", "d9") == 1);
  if (subject.engine == Engine::sqlite) subject.reopen();
  CHECK(number("acme", "invoice", "d2") == 2);
  CHECK(number("acme", "invoice", "d3") == 3);
}

TEST_CASE("pushing writes its progress down and nothing else", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  Subscription s;
  s.id = "s1";
  s.partner = "acme";
  s.feed = "shipment-status";
  s.endpoint = "https://new.example/";
  s.secret = "whsec_new";
  s.cursor = {"ep", 1};
  s.created = subject.clock.now();
  CHECK(wait(subject->put_subscription(s)).value());
  auto pushed = s;
  pushed.endpoint = "https://old.example/";
  pushed.secret = "whsec_old";
  pushed.cursor.seq = 9;
  pushed.progress = "{}";
  pushed.failing_since = subject.clock.now();
  pushed.last_success = subject.clock.now();
  pushed.last_failure = "HTTP 500";
  pushed.status = Subscription::Status::suspended;
  pushed.reason = "dead";
  CHECK(wait(subject->record_progress(pushed)).value());
  auto expected = pushed;
  expected.endpoint = s.endpoint;
  expected.secret = s.secret;
  CHECK(show(subject->subscription("s1").value()) == show(std::optional{expected}));
  // A status that its owner gave it meanwhile stays.
  expected.status = Subscription::Status::paused;
  expected.reason = "by its owner";
  CHECK(wait(subject->put_subscription(expected)).value());
  pushed.cursor.seq = expected.cursor.seq = 10;
  pushed.status = Subscription::Status::active;
  CHECK(wait(subject->record_progress(pushed)).value());
  CHECK(show(subject->subscription("s1").value()) == show(std::optional{expected}));
  CHECK(wait(subject->delete_subscription("s1")).value());
  CHECK_FALSE(wait(subject->record_progress(pushed)).value());
  CHECK_FALSE(subject->subscription("s1").value());
}

TEST_CASE("retention removes what is old and finished, and lines go on counting", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto batch = [&](std::string id) {
    EventBatch batch;
    batch.events = {event(std::move(id), {"acme"})};
    append(subject, batch);
  };
  auto accept = [&](std::string id) {
    auto a = order(id, id, subject.clock.now());
    a.documents[0].process = id == "D2" ? "place-order" : "";
    REQUIRE(wait(subject->accept(a)));
  };
  for (int i = 1; i <= 3; ++i) {
    batch("e" + std::to_string(i));
    accept("D" + std::to_string(i));
    subject.clock.advance(24h);
  }
  auto start = subject.clock.now() - 72h;
  CHECK(wait(subject->retain(start + 30h, start + 30h)).value() == 2 + 1);
  CHECK(numbers(subject, "acme") == "3=e3 ");
  auto head = wait(subject->line_head({"shipment-status", "acme"})).value();
  CHECK(head.first == 3);
  CHECK(head.last == 3);
  CHECK_FALSE(subject->document("D1")->has_value());
  CHECK_FALSE(subject->receipt("R-D1")->has_value());
  CHECK(subject->document("D2")->has_value());
  CHECK(subject->document("D3")->has_value());
  CHECK((*subject->known_events("tms", {"e1"}))[0].digest.empty());
  CHECK_FALSE((*subject->known_events("tms", {"e3"}))[0].digest.empty());

  CHECK(wait(subject->retain(start, subject.clock.now() + 1h)).value() == 1);
  if (subject.engine == Engine::sqlite) subject.reopen();
  auto later = wait(subject->line_head({"shipment-status", "acme"})).value();
  CHECK(later.epoch == head.epoch);
  CHECK(later.first == 4);
  CHECK(later.last == 3);
  batch("e4");
  CHECK(numbers(subject, "acme") == "4=e4 ");
  CHECK(wait(subject->retain(start, start)).value() == 0);
}

TEST_CASE("retention forgets who has which number, and the numbers go on", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto number = [&](const char* document) { return wait(subject->number("acme", "invoice", document)).value(); };
  CHECK(number("d1") == 1);
  subject.clock.advance(48h);
  CHECK(number("d2") == 2);
  REQUIRE(wait(subject->retain(subject.clock.now() - 24h, subject.clock.now() - 24h)));
  if (subject.engine == Engine::sqlite) subject.reopen();
  CHECK(number("d2") == 2);
  CHECK(number("d1") == 3);
}

TEST_CASE("an object that is removed is in no list any more, and may come anew", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  Object object;
  object.kind = "sent";
  object.id = "acme:x12:17";
  object.status = "sent";
  object.updated = subject.clock.now();
  object.parties = {{"acme", "receiver"}};
  object.references = {{"sent", "sent"}};
  object.body = std::make_shared<const std::string>("<a/>");
  auto put = [&](Object o) {
    EventBatch batch;
    batch.objects.push_back(std::move(o));
    return wait(subject->append(batch)).value().kind;
  };
  CHECK(put(object) == AppendOutcome::Kind::appended);
  object.removed = true;
  CHECK(put(object) == AppendOutcome::Kind::stale);
  object.version = 1;
  CHECK(put(object) == AppendOutcome::Kind::appended);
  CHECK_FALSE(subject->object("sent", object.id).value());
  for (const char* reference : {"", "sent"}) {
    Store::ObjectQuery query;
    query.kind = "sent";
    if (*reference) query.reference_kind = query.reference_value = reference;
    else query.partner = "acme";
    CHECK(subject->objects(query).value().empty());
  }
  object.removed = false;
  object.version = 0;
  CHECK(put(object) == AppendOutcome::Kind::appended);
}

TEST_CASE("retention of more than one piece removes all of it", "[store]") {
  Subject subject{Engine::sqlite};
  std::vector<std::string> audience;
  for (int i = 0; i < 150; ++i) audience.push_back("p" + std::to_string(1000 + i));
  for (int i = 0; i < 12; ++i) {
    EventBatch batch;
    for (int j = 0; j < 100; ++j) {
      auto id = std::to_string(i) + "-" + std::to_string(j);
      batch.events.push_back(event(id, j == 0 ? audience : std::vector<std::string>{"acme"}));
    }
    append(subject, batch);
  }
  subject.clock.advance(1h);
  EventBatch batch;
  batch.events = {event("last", audience)};
  append(subject, batch);
  CHECK(wait(subject->retain(subject.clock.now(), subject.clock.now())).value() == 1200);
  CHECK(numbers(subject, "acme").empty());
  CHECK(wait(subject->line_head({"shipment-status", "acme"}))->first == 1189);
  CHECK(numbers(subject, "p1000") == "13=last ");
  CHECK(numbers(subject, "p1149") == "13=last ");
}

TEST_CASE("a cursor is read only in the form it is written in", "[store]") {
  CHECK(Cursor::parse("abc:12") == Cursor{"abc", 12});
  CHECK(Cursor::parse("abc:0") == Cursor{"abc", 0});
  CHECK(Cursor::parse("abc:18446744073709551615") == Cursor{"abc", 18446744073709551615u});
  for (auto text : {"", "abc", ":1", "abc:", "abc:x", "abc:-1", "abc:+1", "abc: 1", "abc:01", "abc:1 ", "a b:1", "abc:1:2",
                    "abc:18446744073709551616", "a'b:1", "now"}) {
    INFO(text);
    CHECK_FALSE(Cursor::parse(text));
  }
  CHECK_FALSE(Cursor::parse(std::string(65, 'a') + ":1"));
  CHECK(Cursor{"abc", 12}.text() == "abc:12");
}

TEST_CASE("every status has a name that is read back", "[store]") {
  for (int i = 0; i <= static_cast<int>(Status::discarded); ++i) {
    auto status = static_cast<Status>(i);
    CHECK(parse_status(to_string(status)) == status);
  }
  CHECK_FALSE(parse_status("Accepted"));
  CHECK_FALSE(parse_status(""));
}
