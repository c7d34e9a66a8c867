#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>

#include "net/server.hpp"

using namespace wayleave::net;

TEST_CASE("an exception out of a handler is counted and the thread goes on", "[net]") {
  IoThreads threads(2);
  REQUIRE(threads.size() == 2);
  for (unsigned i = 0; i < 2; ++i) {
    asio::post(threads.executor(i), [] { throw std::length_error("field value too large"); });
    asio::post(threads.executor(i), [] { throw 1; });
    std::promise<bool> done;
    asio::post(threads.executor(i), [&done] { done.set_value(true); });
    CHECK(done.get_future().get());
  }
  CHECK(threads.escaped_exceptions() == 4);
}

TEST_CASE("executors are handed out in turn and run on threads of their own", "[net]") {
  IoThreads threads(2);
  std::promise<std::thread::id> first, second;
  asio::post(threads.next(), [&] { first.set_value(std::this_thread::get_id()); });
  asio::post(threads.next(), [&] { second.set_value(std::this_thread::get_id()); });
  bool apart = first.get_future().get() != second.get_future().get();
  CHECK(apart);
  threads.stop();
  threads.stop();  // again does no harm
}
