#include "base/id.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

using namespace wayleave;

namespace {
Time at(std::int64_t milliseconds) {
  return Time{std::chrono::milliseconds{milliseconds}};
}
}  // namespace

TEST_CASE("ids sort by time and never go backwards within a thread", "[base]") {
  std::vector<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.push_back(new_id(at(1'800'000'000'000 + i / 100)));
  ids.push_back(new_id(at(1'700'000'000'000)));  // the clock went back
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  CHECK(std::all_of(ids.begin(), ids.end(), [](const std::string& id) { return is_id(id); }));
}

TEST_CASE("the first ten characters of an id are its time", "[base]") {
  std::string early, late;
  std::thread([&] { early = new_id(at(1'469'918'176'385)); }).join();
  std::thread([&] { late = new_id(at((1ll << 48) - 1)); }).join();
  CHECK(early.substr(0, 10) == "01ARYZ6S41");
  CHECK(late.substr(0, 10) == "7ZZZZZZZZZ");
}

TEST_CASE("threads make different ids in the same millisecond", "[base]") {
  std::vector<std::vector<std::string>> made(8);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1'000; ++i) mine.push_back(new_id(at(1'800'000'000'000)));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (auto& mine : made) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == 8'000);
}

TEST_CASE("is_id tells an id from other texts", "[base]") {
  CHECK(is_id("01ARYZ6S41TSV4RRFFQ69G5FAV"));
  CHECK_FALSE(is_id(""));
  CHECK_FALSE(is_id("01ARYZ6S41TSV4RRFFQ69G5FA"));
  CHECK_FALSE(is_id("01ARYZ6S41TSV4RRFFQ69G5FAVV"));
  CHECK_FALSE(is_id("81ARYZ6S41TSV4RRFFQ69G5FAV"));
  CHECK_FALSE(is_id("01aryz6s41tsv4rrffq69g5fav"));
  CHECK_FALSE(is_id("01ARYZ6S41TSV4RRFFQ69G5FAU"));
  CHECK_FALSE(is_id("../../etc/passwd/aaaaaaaaa"));
}
