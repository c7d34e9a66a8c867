#include <catch2/catch.hpp>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;
using namespace std::chrono_literals;

namespace {

std::vector<ClaimedLane> claim(Subject& subject, std::size_t limit = 10, std::chrono::milliseconds lease = 60s) {
  auto claimed = wait(subject->claim_lanes("node", subject.clock.now(), lease, limit));
  REQUIRE(claimed);
  return std::move(*claimed);
}

void accept(Subject& subject, std::string id, std::string key, std::string lane) {
  auto a = order(std::move(id), std::move(key), subject.clock.now());
  a.documents[0].lane = std::move(lane);
  REQUIRE(wait(subject->accept(std::move(a)))->kind == AcceptOutcome::Kind::accepted);
  subject.clock.advance(1ms);
}

StepDone done(Subject& subject, std::string document, Status status = Status::delivered) {
  StepDone done;
  done.document = std::move(document);
  done.stage = stage("step", subject.clock.now());
  done.status = status;
  return done;
}

Status status_of(Subject& subject, const std::string& document) { return subject->document(document).value()->status; }

std::string heads(const std::vector<ClaimedLane>& lanes) {
  std::string heads;
  for (const auto& lane : lanes) heads += lane.head.id + " ";
  return heads;
}

}  // namespace

TEST_CASE("a lane gives its documents one after the other, in the order of acceptance", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "B1", "2", "b");
  accept(subject, "A2", "3", "a");
  accept(subject, "A3", "4", "a");

  auto lanes = claim(subject);
  CHECK(heads(lanes) == "A1 B1 ");
  CHECK(lanes[0].fence.partner == "acme");
  CHECK(lanes[0].fence.lane == "a");
  CHECK(claim(subject).empty());
  auto fence = lanes[0].fence;
  CHECK(wait(subject->next_in_lane(fence, subject.clock.now())).value()->id == "A1");
  CHECK(wait(subject->complete_step(fence, done(subject, "A1"))).value());
  CHECK(status_of(subject, "A1") == Status::delivered);
  CHECK(wait(subject->next_in_lane(fence, subject.clock.now())).value()->id == "A2");
  CHECK(claim(subject).empty());

  auto last = done(subject, "A2");
  last.release = true;
  CHECK(wait(subject->complete_step(fence, last)).value());
  CHECK(heads(claim(subject)) == "A3 ");
  CHECK(subject->counts()->waiting == 2);
}

TEST_CASE("a document without a lane is a lane of its own", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "D1", "1", "");
  accept(subject, "D2", "2", "");
  auto lanes = claim(subject);
  REQUIRE(heads(lanes) == "D1 D2 ");
  CHECK(lanes[0].fence.lane == "#D1");
  CHECK(wait(subject->next_in_lane(lanes[0].fence, subject.clock.now())).value()->id == "D1");
  CHECK(wait(subject->complete_step(lanes[1].fence, done(subject, "D1"))).error().code == Errc::conflict);
  CHECK(wait(subject->complete_step(lanes[0].fence, done(subject, "D1"))).value());
  CHECK_FALSE(wait(subject->next_in_lane(lanes[0].fence, subject.clock.now())).value());
  CHECK(wait(subject->release(lanes[0].fence)).value());
  CHECK(subject->counts()->waiting == 1);
}

TEST_CASE("the same lane name of two partners is two lanes", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "D1", "1", "a");
  auto other = order("D2", "2", subject.clock.now(), "globex");
  other.documents[0].lane = "a";
  REQUIRE(wait(subject->accept(other)));
  CHECK(heads(claim(subject)) == "D1 D2 ");
}

TEST_CASE("a test never holds up what is real in a lane of the same name, nor the other way round", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto test = order("T1", "1", subject.clock.now());
  test.test = true;
  test.documents[0].lane = "a";
  REQUIRE(wait(subject->accept(test)));
  accept(subject, "D1", "1", "a");
  test = order("T2", "2", subject.clock.now());
  test.test = true;
  test.documents[0].lane = "a";
  REQUIRE(wait(subject->accept(test)));
  accept(subject, "D2", "2", "a");
  auto lanes = claim(subject);
  REQUIRE(heads(lanes) == "T1 D1 ");
  CHECK(lanes[0].fence.test);
  CHECK_FALSE(lanes[1].fence.test);
  CHECK(wait(subject->complete_step(lanes[0].fence, done(subject, "D1"))).error().code == Errc::conflict);
  StepParked parked;
  parked.document = "T1";
  parked.stage = stage("step", subject.clock.now(), "failed");
  CHECK(wait(subject->park(lanes[0].fence, parked)).value());
  CHECK_FALSE(wait(subject->next_in_lane(lanes[0].fence, subject.clock.now())).value());
  CHECK(wait(subject->complete_step(lanes[1].fence, done(subject, "D1"))).value());
  CHECK(wait(subject->next_in_lane(lanes[1].fence, subject.clock.now())).value()->id == "D2");
}

TEST_CASE("what has no process is never claimed and does not count as waiting", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  auto a = order("D1", "1", subject.clock.now());
  a.documents[0].process.clear();
  REQUIRE(wait(subject->accept(a)));
  CHECK(claim(subject).empty());
  CHECK(subject->counts()->waiting == 0);
}

TEST_CASE("at most so many lanes are claimed as asked for, the longest waiting first", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  for (char c : std::string{"abcde"}) accept(subject, std::string{"D"} + c, std::string{c}, std::string{c});
  CHECK(claim(subject, 0).empty());
  CHECK(heads(claim(subject, 2)) == "Da Db ");
  CHECK(heads(claim(subject, 2)) == "Dc Dd ");
  CHECK(heads(claim(subject, 2)) == "De ");
}

TEST_CASE("a later claim makes an earlier token stale, and a stale one changes nothing", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "D1", "1", "a");
  auto first = claim(subject, 1, 10s)[0].fence;
  subject.clock.advance(10s);
  CHECK(wait(subject->next_in_lane(first, subject.clock.now())).value());   // over, but nobody else came
  auto second = claim(subject, 1, 10s)[0].fence;
  CHECK(second.token > first.token);

  auto before = show(subject->document("D1").value());
  StepRetry retry{"D1", stage("step", subject.clock.now(), "waiting"), subject.clock.now() + 5s};
  StepParked parked{"D1", stage("step", subject.clock.now(), "failed")};
  CHECK(wait(subject->sending(first, "D1")).error().code == Errc::conflict);
  CHECK(wait(subject->complete_step(first, done(subject, "D1"))).error().code == Errc::conflict);
  CHECK(wait(subject->retry_at(first, retry)).error().code == Errc::conflict);
  CHECK(wait(subject->park(first, parked)).error().code == Errc::conflict);
  CHECK(wait(subject->release(first)).error().code == Errc::conflict);
  CHECK(wait(subject->next_in_lane(first, subject.clock.now())).error().code == Errc::conflict);
  CHECK(show(subject->document("D1").value()) == before);
  CHECK(subject->stages("D1")->empty());

  CHECK(wait(subject->complete_step(second, done(subject, "D1"))).value());
  CHECK(wait(subject->release(second)).value());
  CHECK(wait(subject->release(second)).error().code == Errc::conflict);
  CHECK(wait(subject->complete_step(second, done(subject, "none"))).error().code == Errc::conflict);
}

TEST_CASE("a retry waits for its time and holds the lane", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "A2", "2", "a");
  auto fence = claim(subject)[0].fence;
  StepRetry retry{"A1", stage("step", subject.clock.now(), "waiting"), subject.clock.now() + 5s};
  retry.entries = {entry("documents", "A1", {"acme"})};
  CHECK(wait(subject->retry_at(fence, retry)).value());
  CHECK_FALSE(wait(subject->next_in_lane(fence, subject.clock.now())).value());
  retry.counts = false;
  retry.entries.clear();
  retry.release = true;
  CHECK(wait(subject->retry_at(fence, retry)).value());

  auto document = subject->document("A1").value();
  CHECK(document->status == Status::delivering);
  CHECK(document->attempts == 1);
  CHECK(document->next_attempt == retry.at);
  CHECK(document->blocked == "as seen");
  CHECK(subject->stages("A1")->size() == 2);
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 1);
  CHECK(claim(subject).empty());
  subject.clock.advance(5s);
  auto again = claim(subject);
  CHECK(heads(again) == "A1 ");

  auto next = done(subject, "A1", Status::delivering);
  next.next_step = 1;
  CHECK(wait(subject->complete_step(again[0].fence, next)).value());
  document = wait(subject->next_in_lane(again[0].fence, subject.clock.now())).value();
  REQUIRE(document);
  CHECK(document->step == 1);
  CHECK(document->attempts == 0);
  CHECK_FALSE(document->next_attempt);
  CHECK(document->blocked.empty());
}

TEST_CASE("a parked document holds its lane until it is replayed or discarded", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "A2", "2", "a");
  accept(subject, "B1", "3", "b");
  auto lanes = claim(subject);
  REQUIRE(heads(lanes) == "A1 B1 ");
  StepParked parked{"A1", stage("step", subject.clock.now(), "failed")};
  parked.status = GENERATE(Status::parked, Status::unknown);
  parked.release = true;
  parked.entries = {entry("documents", "A1", {"acme"})};
  CHECK(wait(subject->park(lanes[0].fence, parked)).value());
  CHECK(status_of(subject, "A1") == parked.status);
  CHECK(subject->counts()->parked + subject->counts()->unknown == 1);
  CHECK(subject->counts()->waiting == 2);
  subject.clock.advance(1h);
  CHECK(heads(claim(subject)) == "B1 ");

  SECTION("replayed, it comes first again") {
    CHECK(wait(subject->replay("A1", 0, nullptr, stage("step", subject.clock.now()), {})).value());
    CHECK(heads(claim(subject)) == "A1 ");
    CHECK(*subject->document_canonical("A1").value() == "<Order>1</Order>");
  }
  SECTION("replayed with another canonical form, that is delivered") {
    CHECK(wait(subject->replay("A1", 1, bytes("<Order>anew</Order>"), stage("mapped", subject.clock.now()), {})).value());
    CHECK(*subject->document_canonical("A1").value() == "<Order>anew</Order>");
    CHECK(subject->document("A1").value()->step == 1);
  }
  SECTION("discarded, the next one starts") {
    CHECK(wait(subject->set_status("A1", Status::discarded, stage("step", subject.clock.now()), {})).value());
    CHECK_FALSE(wait(subject->set_status("A1", Status::discarded, stage("step", subject.clock.now()), {})).value());
    CHECK(subject->stages("A1")->size() == 2);
    CHECK(heads(claim(subject)) == "A2 ");
    CHECK(wait(subject->replay("A1", 0, nullptr, stage("step", subject.clock.now()), {})).error().code == Errc::conflict);
  }
  SECTION("settled by the back end, the next one starts") {
    Settlement settlement{"A1", verdict(true, "", subject.clock.now()), stage("verdict", subject.clock.now())};
    CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::settled);
    CHECK(heads(claim(subject)) == "A2 ");
    CHECK(subject->counts()->parked + subject->counts()->unknown == 0);
  }
}

TEST_CASE("a delivered document that is replayed goes before those that wait, whoever holds the lane", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "A2", "2", "a");
  accept(subject, "A3", "3", "a");
  auto fence = claim(subject)[0].fence;
  CHECK(wait(subject->complete_step(fence, done(subject, "A1"))).value());
  CHECK(wait(subject->replay("A1", 0, nullptr, stage("step", subject.clock.now()), {})).value());
  CHECK(claim(subject).empty());
  // The holder was about to deliver A2 and may finish that.
  CHECK(wait(subject->complete_step(fence, done(subject, "A2"))).value());
  CHECK(wait(subject->next_in_lane(fence, subject.clock.now())).value()->id == "A1");
  CHECK(wait(subject->complete_step(fence, done(subject, "A1"))).value());
  CHECK(wait(subject->next_in_lane(fence, subject.clock.now())).value()->id == "A3");
}

TEST_CASE("a document marked as being sent becomes unknown when its lane is claimed again", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "A2", "2", "a");
  auto fence = claim(subject, 1, 10s)[0].fence;
  CHECK(wait(subject->sending(fence, "A1")).value());
  CHECK(status_of(subject, "A1") == Status::delivering);
  CHECK(wait(subject->sending(fence, "A1")).error().code == Errc::conflict);

  SECTION("by a crash or a restart") {
    if (subject.engine == Engine::sqlite) {
      subject.reopen();
    } else {
      subject.clock.advance(10s);
    }
    for (int times = 0; times < 2; ++times) {
      auto lanes = claim(subject, 1, 10s);
      REQUIRE(lanes.size() == 1);
      CHECK(lanes[0].head.id == "A1");
      CHECK(lanes[0].head.status == Status::unknown);
      CHECK(status_of(subject, "A1") == Status::unknown);
      CHECK(subject->counts()->unknown == 1);
      CHECK(wait(subject->sending(lanes[0].fence, "A1")).error().code == Errc::conflict);
      CHECK_FALSE(wait(subject->next_in_lane(lanes[0].fence, subject.clock.now())).value());
      subject.clock.advance(10s);        // this holder went away too before it could tell the partner
    }
    auto last = claim(subject, 1, 10s)[0].fence;
    StepParked parked{"A1", stage("step", subject.clock.now(), "failed"), Status::unknown};
    parked.release = true;
    CHECK(wait(subject->park(last, parked)).value());
    subject.clock.advance(1h);
    CHECK(claim(subject).empty());
    CHECK(subject->counts()->unknown == 1);
    CHECK(subject->counts()->waiting == 1);
  }
  SECTION("but not when the attempt ended") {
    StepRetry retry{"A1", stage("step", subject.clock.now(), "waiting"), subject.clock.now()};
    CHECK(wait(subject->retry_at(fence, retry)).value());
    CHECK(wait(subject->release(fence)).value());
    auto lanes = claim(subject);
    REQUIRE(lanes.size() == 1);
    CHECK(lanes[0].head.status == Status::delivering);
    CHECK(wait(subject->sending(lanes[0].fence, "A1")).value());
  }
}

TEST_CASE("the back end's word may come before the step's own reply", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  accept(subject, "A2", "2", "a");
  auto fence = claim(subject)[0].fence;
  Settlement settlement{"A1", verdict(false, "TOO-LATE", subject.clock.now()), stage("verdict", subject.clock.now())};
  settlement.verdict.response = bytes("<OrderResponse/>");
  settlement.entries = {entry("documents", "A1", {"acme"})};
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::settled);

  auto late = done(subject, "A1");
  late.entries = {entry("documents", "A1", {"acme"})};
  CHECK_FALSE(wait(subject->complete_step(fence, late)).value());
  auto document = subject->document("A1").value();
  CHECK(document->status == Status::refused);
  REQUIRE(document->verdict);
  CHECK(document->verdict->code == "TOO-LATE");
  CHECK(document->verdict->reason == "because");
  CHECK(*document->verdict->response == "<OrderResponse/>");
  CHECK(subject->stages("A1")->size() == 2);
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 1);
  CHECK(wait(subject->next_in_lane(fence, subject.clock.now())).value()->id == "A2");

  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::repeated);
  settlement.verdict.code = "UNKNOWN";
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::contradicts);
  settlement.verdict = verdict(true, "", subject.clock.now());
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::contradicts);
  CHECK(wait(subject->line_head({"documents", "acme"}))->last == 1);
  settlement.document = "none";
  CHECK(wait(subject->settle(settlement)).error().code == Errc::not_found);
}

TEST_CASE("a verdict in a step's reply settles the document", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  auto fence = claim(subject)[0].fence;
  auto confirmed = done(subject, "A1", Status::confirmed);
  confirmed.verdict = verdict(true, "OK", subject.clock.now());
  CHECK(wait(subject->complete_step(fence, confirmed)).value());
  Settlement settlement{"A1", verdict(true, "", subject.clock.now()), stage("verdict", subject.clock.now())};
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::repeated);
  settlement.verdict.accepted = false;
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::contradicts);
  CHECK(wait(subject->replay("A1", 0, nullptr, stage("step", subject.clock.now()), {})).error().code == Errc::conflict);
}

TEST_CASE("a delivered document may be settled later, a rejected one never", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  auto fence = claim(subject)[0].fence;
  CHECK(wait(subject->complete_step(fence, done(subject, "A1"))).value());
  Settlement settlement{"A1", verdict(true, "", subject.clock.now()), stage("verdict", subject.clock.now())};
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::settled);
  CHECK(status_of(subject, "A1") == Status::confirmed);

  auto rejected = order("D2", "2", subject.clock.now());
  rejected.documents[0].status = Status::rejected;
  REQUIRE(wait(subject->accept(rejected)));
  settlement.document = "D2";
  CHECK(wait(subject->settle(settlement)).value() == SettleOutcome::contradicts);
  CHECK(wait(subject->set_status("D2", Status::discarded, stage("step", subject.clock.now()), {})).error().code == Errc::conflict);
  CHECK(wait(subject->set_status("A1", Status::rejected, stage("step", subject.clock.now()), {})).error().code == Errc::conflict);
}

TEST_CASE("a document that an operator parked in flight is not retried, but its outcome counts", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  auto fence = claim(subject)[0].fence;
  CHECK(wait(subject->set_status("A1", Status::parked, stage("step", subject.clock.now()), {})).value());
  StepRetry retry{"A1", stage("step", subject.clock.now(), "waiting"), subject.clock.now()};
  CHECK_FALSE(wait(subject->retry_at(fence, retry)).value());
  CHECK(status_of(subject, "A1") == Status::parked);
  CHECK(wait(subject->complete_step(fence, done(subject, "A1"))).value());
  CHECK(status_of(subject, "A1") == Status::delivered);
}

TEST_CASE("only a step's ends are taken for ends of a step", "[store]") {
  Subject subject{GENERATE(Engine::memory, Engine::sqlite)};
  accept(subject, "A1", "1", "a");
  auto fence = claim(subject)[0].fence;
  CHECK(wait(subject->complete_step(fence, done(subject, "A1", Status::parked))).error().code == Errc::invalid);
  StepParked parked{"A1", stage("step", subject.clock.now()), Status::discarded};
  CHECK(wait(subject->park(fence, parked)).error().code == Errc::invalid);
}

TEST_CASE("tokens grow across restarts and a restart voids every lease", "[store]") {
  Subject subject{Engine::sqlite};
  accept(subject, "A1", "1", "a");
  std::uint64_t last = 0;
  for (int restart = 0; restart < 3; ++restart) {
    auto lanes = claim(subject);
    REQUIRE(heads(lanes) == "A1 ");
    CHECK(lanes[0].fence.token > last);
    last = lanes[0].fence.token;
    subject.reopen();
    CHECK(wait(subject->complete_step(lanes[0].fence, done(subject, "A1"))).error().code == Errc::conflict);
    CHECK(subject->counts()->waiting == 1);
  }
}
