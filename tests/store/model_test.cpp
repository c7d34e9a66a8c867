// The same random units on SQLite and on the model: every answer and everything that can be read must agree.

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* partners[] = {"acme", "globex"};
constexpr const char* feeds[] = {"documents", "shipment-status"};

class Walk {
 public:
  Walk(unsigned seed) : random_(seed) {}

  void step() {
    clock_advance();
    switch (below(16)) {
      case 0: case 1: case 2: case 3: return accept();
      case 4: case 5: return claim();
      case 6: case 7: return complete();
      case 8: return retry();
      case 9: return park();
      case 10: return give_back();
      case 11: return settle();
      case 12: return operate();
      case 13: case 14: return append();
      default: return rarely();
    }
  }

  void compare_all() {
    for (int i = 0; i < documents_; ++i) {
      auto id = "D" + std::to_string(i);
      both([&](Store& s) { return show(s.document(id).value()) + show(s.stages(id).value()); });
      both([&](Store& s) { return text(s.document_canonical(id)); });
    }
    for (std::string partner : {"acme", "globex", "p0", "p34"}) {
      for (auto* feed : feeds) {
        both([&](Store& s) { return show(s.read_line({feed, partner}, below_fixed_, 50, 200).value()); });
        both([&](Store& s) {
          auto head = wait(s.line_head({feed, partner})).value();
          return fmt::format("{} {}", head.first, head.last);
        });
      }
      for (int i = 0; i < 4; ++i) {
        both([&](Store& s) {
          std::string fingerprint;
          auto first = s.idempotency(partner, "k" + std::to_string(i), fingerprint).value();
          return show(first) + fingerprint;
        });
      }
      DocumentQuery query;
      query.partner = partner;
      both([&](Store& s) { return show(s.documents(query).value()); });
      query.key = "1";
      both([&](Store& s) { return show(s.documents(query).value()); });
      query.without = {Status::rejected, Status::refused};
      both([&](Store& s) { return show(s.documents(query).value()); });
      query.kind = "order";
      query.test = false;
      both([&](Store& s) { return show(s.documents(query).value()); });
      Store::ObjectQuery objects;
      objects.kind = "shipment";
      objects.partner = partner;
      both([&](Store& s) { return show(s.objects(objects).value()); });
      objects.reference_value = "r1";
      both([&](Store& s) { return show(s.objects(objects).value()); });
    }
    for (auto status : {Status::parked, Status::unknown, Status::delivering, Status::accepted}) {
      DocumentQuery query;
      query.status = status;
      query.limit = 7;
      both([&](Store& s) { return show(s.documents(query).value()); });
    }
    both([&](Store& s) {
      auto counts = s.counts().value();
      return fmt::format("parked {} unknown {} waiting {}", counts.parked, counts.unknown, counts.waiting);
    });
    both([&](Store& s) { return show(s.subscriptions("").value()); });
  }

  const std::vector<std::string>& trail() const { return trail_; }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }
  std::string some_document() { return "D" + std::to_string(documents_ == 0 ? 0 : below(static_cast<unsigned>(documents_ + 1))); }
  Time now() const { return sqlite_.clock.now(); }
  void clock_advance() {
    auto by = std::chrono::milliseconds{1 + below(3000)};
    sqlite_.clock.advance(by);
    model_.clock.advance(by);
  }

  template <class T>
  static std::string text(const Result<T>& result) {
    if (!result) return fmt::format("problem {}", static_cast<int>(result.error().code));
    if constexpr (std::is_same_v<T, bool>) return *result ? "true" : "false";
    else if constexpr (std::is_same_v<T, Bytes>) return *result ? **result : "null";
    else if constexpr (std::is_same_v<T, SettleOutcome>) return std::to_string(static_cast<int>(*result));
    else if constexpr (std::is_same_v<T, std::uint64_t>) return std::to_string(*result);
    else return show(*result);
  }

  /// Asks both and holds the answers against each other; says whether it was a success.
  template <class Ask>
  void both(Ask ask) {
    auto model = ask(*model_);
    auto sqlite = ask(*sqlite_);
    if (model != sqlite) {
      std::string trail;
      for (const auto& line : trail_) trail += line + "\n";
      INFO(trail);
      CHECK(sqlite == model);
      FAIL("the stores differ");
    }
  }
  template <class Ask>
  void unit(std::string name, Ask ask) {
    trail_.push_back(std::move(name));
    both([&](Store& s) { return text(wait(ask(s))); });
  }
  template <class Ask>
  void fenced(std::string name, std::size_t lane, Ask ask) {
    trail_.push_back(std::move(name));
    auto model = text(wait(ask(*model_, fences_[lane].model)));
    auto sqlite = text(wait(ask(*sqlite_, fences_[lane].sqlite)));
    INFO(trail_.back());
    REQUIRE(sqlite == model);
  }

  std::vector<NewEntry> some_entries() {
    std::vector<NewEntry> entries;
    for (auto count = below(3); count-- > 0;) {
      std::vector<std::string> audience;
      for (auto* partner : partners) {
        if (chance(2)) audience.push_back(partner);
      }
      // Large audiences are kept in another way.
      if (chance(6)) {
        for (int i = 0; i < 35; ++i) audience.push_back("p" + std::to_string(i));
      }
      entries.push_back(entry(feeds[below(2)], "entry" + std::to_string(entries_++), std::move(audience)));
    }
    return entries;
  }

  void accept() {
    Acceptance a = order("D" + std::to_string(documents_), std::to_string(below(6)), now(), partners[below(2)]);
    // Now and then an id that is taken.
    if (documents_ == 0 || !chance(20)) ++documents_;
    else a = order("D" + std::to_string(documents_ - 1), "9", now());
    a.test = chance(6);
    if (chance(3)) {
      a.idempotency_key = "k" + std::to_string(below(4));
      a.fingerprint = digest(std::to_string(below(2)));
    }
    a.site_version = below(2);
    if (chance(5)) {
      a.http_status = 422;
      a.documents[0].status = Status::rejected;
    }
    if (chance(4)) a.documents[0].lane = chance(2) ? "" : "shipment:" + std::to_string(below(3));
    if (chance(5)) a.documents[0].process.clear();
    if (chance(4)) a.documents[0].canonical_digest = digest(std::to_string(below(3)));
    if (chance(3)) a.documents[0].check_duplicate = false;
    if (chance(8)) {
      auto second = order("D" + std::to_string(documents_++), std::to_string(below(6)), now()).documents[0];
      a.documents.push_back(second);
    }
    a.entries = some_entries();
    unit("accept " + a.receipt + " " + a.documents[0].key + " " + a.idempotency_key, [&](Store& s) { return s.accept(a); });
  }

  void claim() {
    auto lease = std::chrono::milliseconds{1000 + below(20'000)};
    auto limit = below(4);
    trail_.push_back("claim");
    auto model = wait(model_->claim_lanes("n", now(), lease, limit)).value();
    auto sqlite = wait(sqlite_->claim_lanes("n", now(), lease, limit)).value();
    auto list = [](const std::vector<ClaimedLane>& lanes) {
      std::string text;
      for (const auto& lane : lanes) text += lane.fence.partner + " " + lane.fence.lane + " " + show(lane.head) + "\n";
      return text;
    };
    REQUIRE(list(sqlite) == list(model));
    for (std::size_t i = 0; i < model.size(); ++i) fences_.push_back({model[i].fence, sqlite[i].fence, model[i].head.id});
  }

  /// Mostly a recent fence with a document of its lane, sometimes an old one or another document.
  std::optional<std::pair<std::size_t, std::string>> pick() {
    if (fences_.empty()) return std::nullopt;
    auto lane = fences_.size() - 1 - below(static_cast<unsigned>(std::min<std::size_t>(fences_.size(), 5)));
    auto document = fences_[lane].head;
    if (auto next = wait(model_->next_in_lane(fences_[lane].model, now())); next && *next && chance(2)) document = (*next)->id;
    if (chance(12)) document = some_document();
    return std::pair{lane, document};
  }

  void complete() {
    auto picked = pick();
    if (!picked) return;
    auto [lane, document] = *picked;
    StepDone done;
    done.document = document;
    done.stage = stage("step", now());
    done.status = static_cast<Status>(2 + below(5));
    done.next_step = static_cast<int>(below(3));
    if (done.status == Status::confirmed || done.status == Status::refused) done.verdict = verdict(done.status == Status::confirmed, "C", now());
    done.entries = some_entries();
    done.release = chance(2);
    fenced("complete " + document, lane, [&](Store& s, const Fence& f) { return s.complete_step(f, done); });
  }
  void retry() {
    auto picked = pick();
    if (!picked) return;
    auto [lane, document] = *picked;
    if (chance(2)) fenced("sending " + document, lane, [&](Store& s, const Fence& f) { return s.sending(f, document); });
    StepRetry retry{document, stage("step", now(), "waiting"), now() + std::chrono::milliseconds{below(10'000)}, chance(2)};
    retry.entries = some_entries();
    retry.release = chance(2);
    if (chance(3)) return;
    fenced("retry " + document, lane, [&](Store& s, const Fence& f) { return s.retry_at(f, retry); });
  }
  void park() {
    auto picked = pick();
    if (!picked) return;
    auto [lane, document] = *picked;
    StepParked parked{document, stage("step", now(), "failed"), chance(2) ? Status::parked : Status::unknown};
    parked.entries = some_entries();
    parked.release = chance(2);
    fenced("park " + document, lane, [&](Store& s, const Fence& f) { return s.park(f, parked); });
  }
  void give_back() {
    auto picked = pick();
    if (!picked) return;
    auto lane = picked->first;
    fenced("next in " + fences_[lane].model.lane, lane, [&](Store& s, const Fence& f) { return s.next_in_lane(f, now()); });
    fenced("release " + fences_[lane].model.lane, lane, [&](Store& s, const Fence& f) { return s.release(f); });
  }
  void settle() {
    Settlement settlement{some_document(), verdict(!chance(3), chance(2) ? "A" : "B", now()), stage("verdict", now())};
    settlement.entries = some_entries();
    unit("settle " + settlement.document, [&](Store& s) { return s.settle(settlement); });
  }
  void operate() {
    auto document = some_document();
    if (chance(2)) {
      auto canonical = chance(2) ? bytes("anew") : nullptr;
      auto entries = some_entries();
      auto step = static_cast<int>(below(2));
      unit("replay " + document, [&](Store& s) { return s.replay(document, step, canonical, stage("step", now()), entries); });
    } else {
      constexpr Status to[] = {Status::discarded, Status::discarded, Status::parked, Status::delivering, Status::confirmed};
      auto status = to[below(5)];
      auto entries = some_entries();
      unit("set " + document, [&](Store& s) { return s.set_status(document, status, stage("step", now()), entries); });
    }
  }
  void append() {
    EventBatch batch;
    for (auto count = 1 + below(3); count-- > 0;) {
      auto& event = batch.events.emplace_back();
      event.id = "e" + std::to_string(chance(4) ? below(20) : events_++);
      event.publisher = chance(5) ? "erp" : "tms";
      event.digest = digest(chance(10) ? "other" : "same");
      auto entries = some_entries();
      if (!entries.empty()) event.entry = entries[0];
    }
    for (auto count = below(3); count-- > 0;) {
      auto& object = batch.objects.emplace_back();
      object.kind = chance(4) ? "situation" : "shipment";
      object.id = "S" + std::to_string(10 * batch.objects.size() + below(3));
      auto current = model_->object(object.kind, object.id).value();
      object.version = chance(8) ? below(3) : current ? current->version : 0;
      object.updated = now();
      object.status = "s" + std::to_string(below(9));
      object.body = bytes(object.status);
      for (auto* partner : partners) {
        if (chance(2)) object.parties.push_back({partner, "shipper"});
      }
      for (unsigned i = 0; i < below(3); ++i) object.references.push_back({"bol", "r" + std::to_string(i)});
      object.removed = object.version != 0 && chance(8);
    }
    unit("append", [&](Store& s) { return s.append(batch); });
    both([&](Store& s) {
      std::string known;
      for (const auto& k : s.known_events("tms", {"e1", "e2", "e3"}).value()) known += k.digest + " ";
      return known;
    });
  }
  void rarely() {
    switch (below(6)) {
      case 5: {
        std::string document = "d" + std::to_string(below(6)), scope = partners[below(2)];
        return unit("number", [&](Store& s) { return s.number(scope, "invoice", document); });
      }
      case 0: {
        auto documents = now() - 1h, feeds = now() - std::chrono::minutes{below(40)};
        return unit("retain", [&](Store& s) { return s.retain(documents, feeds); });
      }
      case 1: {
        Subscription s;
        s.id = "s" + std::to_string(below(4));
        s.partner = partners[below(2)];
        s.feed = feeds[below(2)];
        s.cursor = {"x", below(9)};
        s.created = now();
        return unit("put subscription", [&](Store& store) { return store.put_subscription(s); });
      }
      case 2: {
        auto id = "s" + std::to_string(below(4));
        return unit("delete subscription", [&](Store& s) { return s.delete_subscription(id); });
      }
      case 3: {
        auto receipt = "R-" + some_document();
        return unit("remember", [&](Store& s) { return s.remember_answer(receipt, 200, bytes("verdict")); });
      }
      default: {
        auto receipt = "R-" + some_document();
        trail_.push_back("read " + receipt);
        both([&](Store& s) { return show(s.receipt(receipt).value()) + text(s.receipt_content(receipt)); });
      }
    }
  }

  struct Pair {
    Fence model, sqlite;
    std::string head;
  };

  std::mt19937 random_;
  Subject model_{Engine::memory};
  Subject sqlite_{Engine::sqlite};
  std::vector<Pair> fences_;
  std::vector<std::string> trail_;
  int documents_ = 0, entries_ = 0, events_ = 0;
  static constexpr std::uint64_t below_fixed_ = 2;
};

}  // namespace

TEST_CASE("random units do to SQLite what they do to the model", "[store]") {
  // WAYLEAVE_WALKS=n walks further; the seed of a walk is its number.
  const char* asked = std::getenv("WAYLEAVE_WALKS");
  unsigned walks = asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : 6;
  for (unsigned seed = 1; seed <= walks; ++seed) {
    INFO("seed " << seed);
    Walk walk{seed};
    for (int i = 0; i < 400; ++i) {
      walk.step();
      if (i % 50 == 49) walk.compare_all();
    }
    CHECK(walk.trail().size() > 300);
  }
}
