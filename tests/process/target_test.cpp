#include "process/target.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using wayleave::process::Target;

namespace {

Target::Limits small() {
  Target::Limits limits;
  limits.calls = 2;
  limits.share = 4;
  limits.failures = 3;
  limits.probe = 30s;
  return limits;
}

const Target::Instant start{1h};

void fail(Target& target, Target::Instant now) {
  const bool probe = target.begin(now);
  target.end(probe, Target::End::failed, now);
}

}  // namespace

TEST_CASE("a target takes as many calls as it may, then lanes wait, then they are put back") {
  Target target("http://erp:80", small());
  CHECK(target.ask(start) == Target::Answer::go);
  target.begin(start);
  target.begin(start);
  CHECK(target.ask(start) == Target::Answer::wait);
  target.wait();
  target.wait();
  CHECK(target.ask(start) == Target::Answer::put_back);
  CHECK(target.room(start) == 0);
  target.end(false, Target::End::answered, start);
  CHECK(target.may_start(start));
  CHECK(target.ask(start) == Target::Answer::wait);   // those who wait go first
}

TEST_CASE("failures in a row open the breaker, an answer in between does not let them add up") {
  Target target("http://erp:80", small());
  fail(target, start);
  fail(target, start);
  target.end(target.begin(start), Target::End::answered, start);
  fail(target, start);
  fail(target, start);
  CHECK_FALSE(target.breaker_open());
  fail(target, start);
  CHECK(target.open(start));
  CHECK(target.ask(start + 29s) == Target::Answer::put_back);
  CHECK(target.failures() == 5);
}

TEST_CASE("after its pause an open breaker lets exactly one probe through, and closes or opens by it") {
  Target target("http://erp:80", small());
  for (int i = 0; i < 3; ++i) fail(target, start);
  const auto later = start + 30s;
  REQUIRE(target.ask(later) == Target::Answer::go);
  REQUIRE(target.begin(later));
  CHECK(target.ask(later) == Target::Answer::wait);
  SECTION("a probe that fails opens it for another pause") {
    target.end(true, Target::End::failed, later);
    CHECK(target.open(later + 29s));
    CHECK(target.ask(later + 30s) == Target::Answer::go);
  }
  SECTION("a probe that is answered closes it") {
    target.end(true, Target::End::answered, later);
    CHECK_FALSE(target.breaker_open());
    CHECK(target.ask(later) == Target::Answer::go);
  }
  SECTION("a probe that was broken off leaves room for another") {
    target.end(true, Target::End::nothing, later);
    CHECK(target.breaker_open());
    CHECK(target.ask(later) == Target::Answer::go);
  }
}

TEST_CASE("a call that began before the breaker opened neither prolongs the pause nor is lost as a sign of life") {
  Target target("http://erp:80", small());
  target.begin(start);
  for (int i = 0; i < 3; ++i) fail(target, start);
  REQUIRE(target.open(start + 20s));
  SECTION("failing late") {
    target.end(false, Target::End::failed, start + 20s);
    CHECK(target.ask(start + 30s) == Target::Answer::go);
  }
  SECTION("answering late") {
    target.end(false, Target::End::answered, start + 20s);
    CHECK_FALSE(target.breaker_open());
  }
}

TEST_CASE("lanes that were put back stay away until the probe, spread out") {
  Target target("http://erp:80", small());
  for (int i = 0; i < 3; ++i) fail(target, start);
  const auto first = target.put_back_for(start);
  const auto second = target.put_back_for(start);
  CHECK(first >= 30s);
  CHECK(second > first);
  auto longest = second;
  for (int i = 0; i < 10'000; ++i) longest = std::max(longest, target.put_back_for(start));
  CHECK(longest <= 61s);
}

TEST_CASE("a target that hangs keeps few lanes, and gets its share back with the first call that ends") {
  auto limits = small();
  limits.calls = 4;
  limits.share = 32;
  Target target("http://erp:80", limits);
  for (std::size_t i = 0; i < limits.calls; ++i) target.begin(start);
  for (int i = 0; i < 20; ++i) target.wait();
  target.tick(start);
  CHECK(target.refuses_waiting(start));
  CHECK(target.room(start) == 0);
  target.end(false, Target::End::answered, start);
  CHECK_FALSE(target.refuses_waiting(start));
}

TEST_CASE("lanes come back at the pace that the back end could keep, not at that at which it was asked") {
  auto limits = small();
  limits.calls = 4;
  Target target("http://erp:80", limits);
  // How far apart lanes that are put back now are spread.
  auto apart = [](Target& of, Target::Instant now) {
    const auto first = of.put_back_for(now);
    return of.put_back_for(now) - first;
  };
  auto calls = [&](Target::Instant begin, std::size_t times, Target::Duration each) {
    for (std::size_t i = 0; i < times; ++i) {
      const auto at = begin + 20ms * i;
      const bool probe = target.begin(at);
      target.end(probe, Target::End::answered, at + each);
    }
    target.tick(begin + 1s);
  };
  CHECK(apart(target, start) == 5ms);                  // nothing known yet
  SECTION("quick, and seldom asked") {
    calls(start, 2, 10ms);                             // 4 places of 10 ms: 400 a second
    CHECK(apart(target, start + 100s) == 2ms);
  }
  SECTION("slow") {
    for (int i = 0; i < 10; ++i) {
      const auto at = start + i * 1s;
      for (std::size_t k = 0; k < limits.calls; ++k) target.begin(at);
      for (std::size_t k = 0; k < limits.calls; ++k) target.end(false, Target::End::answered, at + 100ms);
      target.tick(at + 1s);                            // 40 a second
    }
    CHECK(apart(target, start + 100s) == 25ms);
  }
  SECTION("known from the calls of this very second") {
    target.begin(start);
    target.end(false, Target::End::answered, start + 20ms);
    CHECK(apart(target, start + 100s) == 5ms);
    target.begin(start + 100ms);
    target.end(false, Target::End::answered, start + 280ms);   // 2 calls in 0.2 s of 4 places
    CHECK(apart(target, start + 200s) == 25ms);
  }
  SECTION("hanging") {
    for (std::size_t k = 0; k < limits.calls; ++k) target.begin(start);
    target.tick(start + 1s);
    CHECK(apart(target, start + 100s) == 100ms);
  }
}
