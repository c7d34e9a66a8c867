// A process that can be killed: opens a store, submits units and says on stdout what it was answered.
//   store_child DIRECTORY UNITS COROUTINES [early] [unsynchronised] [large]
// A line `acked R-<id>` each, written as soon as the answer is there; `early` says so before it asks, which is the lie that
// the crash tests must be able to see. `refused <reason>` for a unit that could not be stored. Exit 3: cannot open.

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "tests/store/values.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;

namespace {

bool early = false;
bool large = false;

void say(const std::string& what) {
  auto line = what + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(4);
}

asio::awaitable<void> submit(Store& store, int& next, int units, std::string run) {
  while (next < units) {
    auto id = run + "-" + std::to_string(next++);
    auto a = order(id, id, Clock::system().now());
    a.entries = {entry("documents", id, {"acme"})};
    if (large) a.content = std::make_shared<const std::string>(20'000, 'x');
    if (early) say("acked " + a.receipt);
    auto receipt = a.receipt;
    auto outcome = co_await store.accept(std::move(a));
    if (!outcome) say("refused " + outcome.error().detail);
    else if (!early) say("acked " + receipt);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  SqliteOptions options;
  options.directory = words[1];
  for (int i = 4; i < count; ++i) {
    std::string word = words[i];
    early = early || word == "early";
    large = large || word == "large";
    if (word == "unsynchronised") options.synchronous = false;
  }
  auto opened = open_sqlite(options);
  if (!opened) {
    std::cerr << opened.error().detail << "\n";
    return 3;
  }
  auto run = std::to_string(::getpid());
  int next = 0;
  asio::io_context io;
  for (int i = 0; i < std::stoi(words[3]); ++i) {
    asio::co_spawn(io, submit(**opened, next, std::stoi(words[2]), run), asio::detached);
  }
  io.run();
  (*opened)->stop();
  return 0;
}
