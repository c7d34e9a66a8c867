#include "process/schedule.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace wayleave;
using process::Failure;
using process::next_attempt;

namespace {

const Time now = *parse_iso("2026-11-21T09:00:00Z");

config::Step step() {
  config::Step step;
  step.retry = {1s, 5s, 30s};
  step.give_up = 72h;
  return step;
}

}  // namespace

TEST_CASE("the n-th failure waits the n-th delay within 20 percent, the last delay repeats") {
  std::mt19937_64 random(7);
  const std::vector<std::chrono::milliseconds> expected{1s, 5s, 30s, 30s, 30s};
  for (int attempts = 1; attempts <= 5; ++attempts) {
    const double delay = static_cast<double>(expected[static_cast<std::size_t>(attempts - 1)].count());
    double shortest = 1e12, longest = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto at = next_attempt(step(), Failure{attempts, now, now, std::nullopt}, random);
      REQUIRE(at);
      const double waited = static_cast<double>((*at - now).count());
      shortest = std::min(shortest, waited);
      longest = std::max(longest, waited);
    }
    CHECK(shortest >= delay * 0.8 - 1);
    CHECK(shortest < delay * 0.85);
    CHECK(longest <= delay * 1.2 + 1);
    CHECK(longest > delay * 1.15);
  }
}

TEST_CASE("what the back end asks for takes the delay's place, never earlier, at most a day") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const auto at = next_attempt(step(), Failure{3, now, now, 7s}, random);
    REQUIRE(at);
    CHECK(*at >= now + 7s);
    CHECK(*at <= now + 8400ms);
    const auto far = next_attempt(step(), Failure{1, now, now, 1000h}, random);
    REQUIRE(far);
    CHECK(*far >= now + 24h);
    CHECK(*far <= now + 29h);
  }
  const auto at_once = next_attempt(step(), Failure{2, now, now, 0ms}, random);
  REQUIRE(at_once);
  CHECK(*at_once >= now + 4s);   // a Retry-After of nothing is the schedule's business
}

TEST_CASE("trying ends when give-up has passed, with one last attempt at its end") {
  std::mt19937_64 random(7);
  auto short_lived = step();
  short_lived.give_up = 10s;
  CHECK(next_attempt(short_lived, Failure{4, now - 9s, now, std::nullopt}, random) == now + 1s);
  CHECK(next_attempt(short_lived, Failure{5, now - 10s, now, std::nullopt}, random) == std::nullopt);
  CHECK(next_attempt(short_lived, Failure{5, now - 11s, now, 1s}, random) == std::nullopt);
}

TEST_CASE("a step that says nothing of retries has the defaults of the file format") {
  std::mt19937_64 random(7);
  const auto at = next_attempt(config::Step{}, Failure{6, now - 71h, now, std::nullopt}, random);
  REQUIRE(at);
  CHECK(*at - now > 47min);
  CHECK(next_attempt(config::Step{}, Failure{6, now - 72h, now, std::nullopt}, random) == std::nullopt);
}
