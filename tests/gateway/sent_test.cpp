#include "gateway/sent.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include "base/log.hpp"
#include "formats/xml/read.hpp"
#include "schema/schema.hpp"

using namespace wayleave;
using namespace wayleave::gateway;

namespace {

class ManualClock final : public Clock {
 public:
  Time now() const override { return time; }
  Time time = *parse_iso("2026-11-21T09:12:04Z");
};

struct Bench {
  Bench() { log::start("off"); }
  ManualClock clock;
  std::unique_ptr<store::Store> store = store::open_memory(clock);
  SentLog sent{*store, clock};

  template <class T>
  T now(asio::awaitable<T> work) {
    asio::io_context context;
    auto future = asio::co_spawn(context, std::move(work), asio::use_future);
    context.run();
    return future.get();
  }
  std::string send(std::uint64_t control, const std::string& partner = "acme") {
    SentLog::Interchange interchange;
    interchange.partner = partner;
    interchange.control = control;
    interchange.set = "214";
    interchange.version = "004010";
    interchange.set_control = "0001";
    interchange.feed = "shipment-status";
    interchange.event = "e <1>";
    interchange.key = "S-1";
    interchange.cursor = "ep:4";
    interchange.via = "directory";
    interchange.made = clock.time;
    const auto id = interchange.id();
    CHECK(now(sent.begin(std::move(interchange))));
    return id;
  }
  bool answer(const std::string& control, Answer what, const std::string& partner = "acme") {
    return now(sent.acknowledged(partner, edi::Standard::x12, control, what, "AK5 " + control)).value();
  }
  std::string status(const std::string& id) { return sent.status(id).value().value_or("none"); }
  std::vector<std::string> find(SentLog::Query query) { return sent.find(query).value(); }
};

}  // namespace

TEST_CASE("an interchange is sending, then sent, then answered for") {
  Bench bench;
  const auto id = bench.send(17);
  CHECK(id == "acme:x12:17");
  CHECK(bench.status(id) == "sending");
  CHECK(bench.sent.waiting().empty());
  CHECK(bench.now(bench.sent.left(id)));
  CHECK(bench.status(id) == "sent");
  CHECK(bench.sent.waiting()["acme"] == 1);
  bench.send(17);                                  // again, after a crash
  CHECK(bench.status(id) == "sent");
  CHECK(bench.answer("000000017", Answer::arrived));
  CHECK(bench.status(id) == "sent");
  CHECK(bench.answer("17", Answer::accepted));
  CHECK(bench.status(id) == "accepted");
  CHECK(bench.sent.waiting()["acme"] == 0);
  CHECK(bench.answer("17", Answer::rejected));
  CHECK(bench.status(id) == "rejected");
  CHECK(bench.sent.waiting()["acme"] == 0);
  CHECK(bench.now(bench.sent.left(id)));
  CHECK(bench.status(id) == "rejected");
}

TEST_CASE("an answer may be faster than we are") {
  Bench bench;
  const auto id = bench.send(3);
  CHECK(bench.answer("3", Answer::accepted));
  CHECK(bench.now(bench.sent.left(id)));
  CHECK(bench.status(id) == "accepted");
  CHECK(bench.sent.waiting()["acme"] == 0);
}

TEST_CASE("a set's own word stands over that on its group, unless the group is rejected") {
  Bench bench;
  const auto id = bench.send(7);
  CHECK(bench.now(bench.sent.left(id)));
  const auto say = [&](Answer what, About about) {
    const bool set = about.level == About::Level::set;
    return bench.now(bench.sent.acknowledged("acme", edi::Standard::x12, "7", what, set ? "set " + about.set : "group", std::move(about))).value();
  };
  const About group{About::Level::group, "", ""}, ours{About::Level::set, "214", "1"};
  CHECK(say(Answer::accepted, group));
  CHECK(bench.status(id) == "accepted");
  CHECK(say(Answer::rejected, ours));
  CHECK(say(Answer::accepted, group));
  CHECK(say(Answer::partly, group));
  CHECK(bench.status(id) == "rejected");
  CHECK(say(Answer::accepted, ours));
  CHECK(bench.status(id) == "accepted");
  CHECK(say(Answer::rejected, group));
  CHECK(bench.status(id) == "rejected");
  CHECK(bench.sent.waiting()["acme"] == 0);
}

TEST_CASE("who answers for a set that is not in it, answers for nothing") {
  for (const About& about : {About{About::Level::set, "850", "0001"}, About{About::Level::set, "214", "0777"}}) {
    Bench bench;
    const auto id = bench.send(7);
    CHECK(bench.now(bench.sent.left(id)));
    CHECK_FALSE(bench.now(bench.sent.acknowledged("acme", edi::Standard::x12, "7", Answer::accepted, "set " + about.set, about)).value());
    CHECK(bench.now(bench.sent.acknowledged("acme", edi::Standard::x12, "7", Answer::accepted, "group", {About::Level::group, "", ""})).value());
    CHECK(bench.status(id) == "sent");
    CHECK(bench.sent.waiting()["acme"] == 1);
    CHECK(bench.now(bench.sent.acknowledged("acme", edi::Standard::x12, "7", Answer::accepted, "set 214", {About::Level::set, "214", "0001"})).value());
    CHECK(bench.status(id) == "accepted");
    CHECK(bench.find({})[0].find("which is not in it") != std::string::npos);
  }
}

TEST_CASE("a number that another interchange has is known as taken") {
  Bench bench;
  SentLog::Interchange one;
  one.partner = "acme";
  one.control = 3;
  one.feed = "shipment-status";
  one.event = "e1";
  one.cursor = "ep:4";
  const auto known = [&](const SentLog::Interchange& interchange) { return bench.sent.known(interchange).value(); };
  CHECK(known(one) == SentLog::Known::no);
  CHECK(bench.now(bench.sent.begin(one)));
  CHECK(known(one) == SentLog::Known::sending);
  CHECK(bench.now(bench.sent.left(one.id())));
  CHECK(known(one) == SentLog::Known::left);
  auto other = one;
  other.cursor = "ep:5";
  CHECK(known(other) == SentLog::Known::another);
}

TEST_CASE("nobody answers for another's, or for what was never sent") {
  Bench bench;
  const auto id = bench.send(1);
  CHECK(bench.now(bench.sent.left(id)));
  CHECK_FALSE(bench.answer("1", Answer::accepted, "cobalt"));
  CHECK_FALSE(bench.answer("2", Answer::accepted));
  CHECK_FALSE(bench.answer("", Answer::accepted));
  CHECK_FALSE(bench.now(bench.sent.acknowledged("acme", edi::Standard::edifact, "1", Answer::accepted, "")).value());
  CHECK(bench.status(id) == "sent");
}

TEST_CASE("the list is by partner, status and age, and keeps to its schema") {
  Bench bench;
  for (const auto& id : {bench.send(1), bench.send(2), bench.send(1, "cobalt")}) CHECK(bench.now(bench.sent.left(id)));
  CHECK(bench.answer("2", Answer::partly));
  bench.send(3);
  CHECK(bench.find({}).size() == 4);
  CHECK(bench.find({"acme", "sent", {}}).size() == 1);
  CHECK(bench.find({"", "sent", {}}).size() == 2);
  CHECK(bench.find({"", "", std::chrono::hours(24)}).empty());
  bench.clock.time += std::chrono::hours(25);
  CHECK(bench.find({"", "", std::chrono::hours(24)}).size() == 2);
  CHECK(bench.find({"acme", "partly", std::chrono::hours(24)}).size() == 1);
  std::string list = "<sent xmlns=\"urn:wayleave:sent:1\">";
  for (const auto& interchange : bench.find({})) list += interchange;
  list += "</sent>";
  schema::Library library(schema::SearchPath{{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  const auto loaded = library.load("wayleave/sent-1.xsd#sent");
  REQUIRE(loaded.schema);
  const auto reading = xml::read(list, *loaded.schema);
  for (const auto& finding : reading.findings) UNSCOPED_INFO(finding.message);
  INFO(list);
  CHECK(reading.valid());

  SentLog later(*bench.store, bench.clock);
  later.load();
  CHECK(later.waiting() == std::map<std::string, std::uint64_t>{{"acme", 1}, {"cobalt", 1}});
}

TEST_CASE("what nothing was said of for long is forgotten, and counted no more") {
  Bench bench;
  const auto old = bench.send(1);
  CHECK(bench.now(bench.sent.left(old)));
  const auto answered = bench.send(2);
  CHECK(bench.now(bench.sent.left(answered)));
  bench.clock.time += std::chrono::hours(48);
  CHECK(bench.answer("2", Answer::accepted));
  for (std::uint64_t control = 10; control < 250; ++control) bench.send(control, "cobalt");
  const auto fresh = bench.send(3);
  CHECK(bench.now(bench.sent.left(fresh)));
  CHECK(bench.now(bench.sent.forget(bench.clock.time - std::chrono::hours(24))).value() == 1);
  CHECK(bench.status(old) == "none");
  CHECK(bench.status(answered) == "accepted");
  CHECK(bench.sent.waiting()["acme"] == 1);
  bench.clock.time += std::chrono::hours(48);
  CHECK(bench.now(bench.sent.forget(bench.clock.time - std::chrono::hours(24))).value() == 242);
  CHECK(bench.find({}).empty());
  CHECK(bench.sent.waiting()["acme"] == 0);
}
