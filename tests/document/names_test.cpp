#include "document/names.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace wayleave;

TEST_CASE("a name is interned once and found again", "[document]") {
  const NameId order = names::intern("urn:names-test:1", "Order");
  CHECK(names::intern("urn:names-test:1", "Order") == order);
  CHECK(names::find("urn:names-test:1", "Order") == order);
  CHECK(names::local(order) == "Order");
  CHECK(names::ns(order) == "urn:names-test:1");
  CHECK((order & local_name_bit) == 0);
}

TEST_CASE("names differ by namespace, by local part and by where one ends", "[document]") {
  const NameId one = names::intern("urn:a", "bc");
  CHECK(names::intern("urn:ab", "c") != one);
  CHECK(names::intern("", "urn:abc") != one);
  CHECK(names::intern("urn:a", "Bc") != one);
  CHECK(names::intern("", "bc") != one);
}

TEST_CASE("a name that nobody interned is not found", "[document]") {
  CHECK(names::find("urn:names-test:1", "NobodyKnowsThis") == no_name);
}

TEST_CASE("names longer than a word of the hash keep their tails apart", "[document]") {
  const std::string stem(40, 'x');
  const NameId a = names::intern("urn:long", stem + "a");
  const NameId b = names::intern("urn:long", stem + "b");
  CHECK(a != b);
  CHECK(names::local(b) == stem + "b");
}

TEST_CASE("finding goes on while others intern, and ids stay what they were", "[document]") {
  constexpr int writers = 3, each = 20000;
  const NameId fixed = names::intern("urn:threads", "fixed");
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    while (!done)
      if (names::find("urn:threads", "fixed") != fixed || names::local(fixed) != "fixed") ++wrong;
  });
  std::vector<std::vector<NameId>> ids(writers);
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&ids, w] {
      for (int i = 0; i < each; ++i) ids[w].push_back(names::intern("urn:threads", "n" + std::to_string(i)));
    });
  for (auto& thread : threads) thread.join();
  done = true;
  reader.join();
  CHECK(wrong == 0);
  CHECK(ids[0] == ids[1]);
  CHECK(ids[0] == ids[2]);
  for (int i = 0; i < each; ++i) {
    if (names::local(ids[0][i]) != "n" + std::to_string(i)) FAIL("id " << i << " lost its name");
    if (names::find("urn:threads", "n" + std::to_string(i)) != ids[0][i]) FAIL("name " << i << " is not found");
  }
}
