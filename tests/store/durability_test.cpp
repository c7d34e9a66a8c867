// What was answered is on disk: processes that are killed, disks that are full, syncs that fail, files that are not ours.

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/store/fixture.hpp"

using namespace wayleave;
using namespace wayleave::store;
using namespace wayleave::store::test;

namespace {

/// What a child said, and how it ended.
struct Said {
  std::vector<std::string> acked;
  std::size_t refused = 0;
  int status = 0;

  bool killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
  int exit() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

struct Child {
  std::vector<std::string> words;                      ///< the program and its arguments
  std::string crash_at;
  std::optional<std::chrono::microseconds> kill_after; ///< counted from its first word
};

Said run(const Child& child) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    if (!child.crash_at.empty()) ::setenv("WAYLEAVE_CRASH_AT", child.crash_at.c_str(), 1);
    std::vector<char*> words;
    for (const auto& word : child.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string all;
  std::array<char, 65536> piece{};
  ssize_t size = 0;
  while ((size = ::read(ends[0], piece.data(), piece.size())) > 0) {
    if (all.empty() && child.kill_after) {
      ::usleep(static_cast<useconds_t>(child.kill_after->count()));
      ::kill(pid, SIGKILL);
    }
    all.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  Said said;
  ::waitpid(pid, &said.status, 0);
  std::istringstream lines{all};
  // A last line without its end was cut by the kill: it was not said.
  for (std::string line; std::getline(lines, line) && !lines.eof();) {
    if (line.starts_with("acked ")) said.acked.push_back(line.substr(6));
    if (line.starts_with("refused ")) ++said.refused;
  }
  return said;
}

Child child(const std::string& directory, int units, int coroutines, std::vector<std::string> more = {}) {
  Child child;
  child.words = {WAYLEAVE_STORE_CHILD, directory, std::to_string(units), std::to_string(coroutines)};
  child.words.insert(child.words.end(), more.begin(), more.end());
  return child;
}

std::unique_ptr<Store> open(const std::string& directory) {
  SqliteOptions options;
  options.directory = directory;
  auto opened = open_sqlite(options);
  if (!opened) FAIL(opened.error().detail);
  return std::move(*opened);
}

/// How many of those that were acknowledged are missing or not whole; and the feed must have no hole.
std::size_t lost(const std::string& directory, const std::vector<std::string>& acked) {
  auto store = open(directory);
  std::size_t lost = 0;
  for (const auto& receipt : acked) {
    auto found = store->receipt(receipt);
    REQUIRE(found);
    auto content = store->receipt_content(receipt);
    bool whole = *found && content && *content && digest(**content) == (*found)->content_digest && (*found)->documents.size() == 1;
    if (!whole) ++lost;
  }
  auto entries = store->read_line({"documents", "acme"}, 0, 1'000'000, 1u << 30).value();
  bool contiguous = true;
  for (std::size_t i = 0; i < entries.size(); ++i) contiguous = contiguous && entries[i].seq == i + 1;
  CHECK(contiguous);
  CHECK(wait(store->line_head({"documents", "acme"}))->last == entries.size());
  CHECK(entries.size() >= acked.size() - lost);
  store->stop();
  return lost;
}

void change_database(const std::string& directory, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((directory + "/wayleave.db").c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

bool found_on_path(const std::string& program) {
  std::istringstream path{std::getenv("PATH") == nullptr ? "" : std::getenv("PATH")};
  for (std::string folder; std::getline(path, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("killed around a commit, nothing that was acknowledged is lost", "[store][crash]") {
  TemporaryDirectory directory;
  std::vector<std::string> acked;
  for (std::string point : {"before-commit:1", "after-commit:1", "before-commit:7", "after-commit:7", "before-commit:40"}) {
    INFO(point);
    auto one = child(directory.path(), 2000, 16);
    one.crash_at = point;
    auto said = run(one);
    CHECK(said.killed());
    if (point.ends_with(":40")) CHECK_FALSE(said.acked.empty());
    acked.insert(acked.end(), said.acked.begin(), said.acked.end());
    CHECK(lost(directory.path(), acked) == 0);
  }
}

TEST_CASE("killed at any time, nothing that was acknowledged is lost", "[store][crash]") {
  TemporaryDirectory directory;
  std::vector<std::string> acked;
  std::mt19937 random{7};
  for (int i = 0; i < 10; ++i) {
    auto one = child(directory.path(), 1'000'000, 16);
    one.kill_after = std::chrono::microseconds{random() % 60'000};
    auto said = run(one);
    CHECK(said.killed());
    acked.insert(acked.end(), said.acked.begin(), said.acked.end());
  }
  CHECK(acked.size() > 10);
  CHECK(lost(directory.path(), acked) == 0);
}

TEST_CASE("the negative control: a process that answers before the commit is caught losing", "[store][crash]") {
  TemporaryDirectory directory;
  auto liar = child(directory.path(), 2000, 16, {"early"});
  liar.crash_at = "before-commit:7";
  auto said = run(liar);
  CHECK(said.killed());
  CHECK(lost(directory.path(), said.acked) > 0);
}

TEST_CASE("killed while the layout is made, the next start makes it", "[store][crash]") {
  TemporaryDirectory directory;
  auto one = child(directory.path(), 1, 1);
  one.crash_at = "mid-migration";
  CHECK(run(one).killed());
  auto said = run(child(directory.path(), 3, 1));
  CHECK(said.exit() == 0);
  CHECK(said.acked.size() == 3);
  CHECK(lost(directory.path(), said.acked) == 0);
}

// Calls are made to fail by a library that is loaded first; a sanitizer insists on being that itself.
static bool can_make_calls_fail() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped: calls cannot be made to fail under a sanitizer");
  return false;
#else
  if (found_on_path("fiu-run")) return true;
  WARN("skipped: fiu-run is not installed (package fiu-utils)");
  return false;
#endif
}

TEST_CASE("a failing fdatasync ends the process with 70, and nothing is acknowledged on it", "[store][fault]") {
  if (!can_make_calls_fail()) return;
  TemporaryDirectory directory;
  auto clean = run(child(directory.path(), 50, 4));
  REQUIRE(clean.exit() == 0);
  auto faulty = [&](std::string fault) {
    auto one = child(directory.path(), 1000, 8);
    std::vector<std::string> words{"fiu-run", "-x", "-c", std::move(fault)};
    words.insert(words.end(), one.words.begin(), one.words.end());
    one.words = std::move(words);
    return run(one);
  };
  SECTION("from the first on") {
    auto said = faulty("enable name=posix/io/sync/fdatasync,failinfo=5");
    CHECK(said.exit() == 70);
    CHECK(said.acked.empty());
    CHECK(said.refused == 0);
    CHECK(lost(directory.path(), clean.acked) == 0);
  }
  SECTION("now and then") {
    auto acked = clean.acked;
    for (int i = 0; i < 5; ++i) {
      auto said = faulty("enable_random name=posix/io/sync/fdatasync,probability=0.1,failinfo=5");
      CHECK((said.exit() == 70 || (said.exit() == 0 && said.acked.size() == 1000)));
      CHECK(said.refused == 0);
      acked.insert(acked.end(), said.acked.begin(), said.acked.end());
    }
    CHECK(lost(directory.path(), acked) == 0);
  }
}

TEST_CASE("failing writes refuse units, and what was acknowledged stays", "[store][fault]") {
  if (!can_make_calls_fail()) return;
  TemporaryDirectory directory;
  auto one = child(directory.path(), 1000, 8);
  auto clean = run(child(directory.path(), 50, 4));
  one.words.insert(one.words.begin(), {"fiu-run", "-x", "-c", "enable_random name=posix/io/rw/pwrite,probability=0.02,failinfo=28"});
  auto said = run(one);
  CHECK((said.exit() == 0 || said.exit() == 3));
  CHECK(said.acked.size() + said.refused == (said.exit() == 0 ? 1000 : 0));
  auto acked = clean.acked;
  acked.insert(acked.end(), said.acked.begin(), said.acked.end());
  CHECK(lost(directory.path(), acked) == 0);
}

TEST_CASE("a full disk refuses new units, reads go on, and writing comes back by itself with the space", "[store][fault]") {
  TemporaryDirectory directory;
  auto mounted = directory.path() + "/small";
  std::filesystem::create_directory(mounted);
  if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=2m") != 0) {
    WARN("skipped: mounting a tmpfs of 2 MiB is not permitted here");
    return;
  }
  struct Unmount {
    std::string path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{mounted};

  auto store = open(mounted);
  auto submit = [&](std::string id) {
    auto a = order(id, id, Clock::system().now());
    a.content = std::make_shared<const std::string>(20'000, 'x');
    a.entries = {entry("documents", id, {"acme"})};
    return wait(store->accept(std::move(a)));
  };
  int stored = 0;
  Result<AcceptOutcome> outcome{AcceptOutcome{}};
  while (stored < 1000 && (outcome = submit("D" + std::to_string(stored)))) ++stored;
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == Errc::storage);
  CHECK(stored > 5);
  auto health = store->health();
  CHECK_FALSE(health.writable);
  CHECK_FALSE(health.reason.empty());
  CHECK(store->receipt("R-D0")->has_value());
  CHECK(store->read_line({"documents", "acme"}, 0, 1000)->size() == static_cast<std::size_t>(stored));
  CHECK(wait(store->claim_lanes("n", Clock::system().now(), std::chrono::hours{1}, 3))->size() == 3);
  CHECK_FALSE(submit("again"));

  REQUIRE(::mount("none", mounted.c_str(), "tmpfs", MS_REMOUNT, "size=16m") == 0);
  CHECK(submit("after"));
  CHECK(store->health().writable);
  CHECK(wait(store->line_head({"documents", "acme"}))->last == static_cast<std::uint64_t>(stored) + 1);
  store->stop();
  store.reset();
  std::vector<std::string> acked{"R-after"};
  for (int i = 0; i < stored; ++i) acked.push_back("R-D" + std::to_string(i));
  auto again = open(mounted);
  for (const auto& receipt : acked) CHECK(again->receipt(receipt)->has_value());
  again->stop();
}

TEST_CASE("a store that could not write notices by itself that it can again", "[store][fault]") {
  TemporaryDirectory directory;
  auto mounted = directory.path() + "/small";
  std::filesystem::create_directory(mounted);
  if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=2m") != 0) {
    WARN("skipped: mounting a tmpfs of 2 MiB is not permitted here");
    return;
  }
  struct Unmount {
    std::string path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{mounted};
  auto store = open(mounted);
  auto big = order("D1", "1", Clock::system().now());
  big.content = std::make_shared<const std::string>(4'000'000, 'x');
  CHECK(wait(store->accept(big)).error().code == Errc::storage);
  CHECK_FALSE(store->health().writable);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!store->health().writable && std::chrono::steady_clock::now() < until) ::usleep(20'000);
  CHECK(store->health().writable);
  store->stop();
}

TEST_CASE("after somebody else held the file, the next unit is kept like any other", "[store]") {
  TemporaryDirectory directory;
  auto store = open(directory.path());
  auto add = [&](int i) {
    auto a = order("D" + std::to_string(i), "PO-" + std::to_string(i), Clock::system().now());
    a.entries.push_back(entry("documents", "D" + std::to_string(i), {"acme"}));
    return wait(store->accept(a));
  };
  CHECK(add(1));
  CHECK(add(2));
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open((directory.path() + "/wayleave.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(add(3).error().code == Errc::storage);
  CHECK(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  CHECK(add(4));
  CHECK(store->counts()->waiting == 3);
  auto entries = store->read_line({"documents", "acme"}, 0, 10);
  REQUIRE(entries);
  CHECK(entries->size() == 3);
  store->stop();
}

TEST_CASE("a second store on the same directory is refused, and the lock goes with its holder", "[store]") {
  TemporaryDirectory directory;
  auto first = open(directory.path());
  SqliteOptions options;
  options.directory = directory.path();
  auto second = open_sqlite(options);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::refused);
  CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
  first->stop();
  first.reset();
  CHECK(open_sqlite(options));
}

TEST_CASE("a newer layout, a foreign file and a damaged one are refused with a remedy", "[store]") {
  TemporaryDirectory directory;
  SqliteOptions options;
  options.directory = directory.path();
  REQUIRE(run(child(directory.path(), 200, 4)).exit() == 0);
  auto refused = [&](std::string_view remedy) {
    auto opened = open_sqlite(options);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::unusable);
    INFO(opened.error().detail);
    CHECK(opened.error().detail.find(remedy) != std::string::npos);
  };
  SECTION("newer") {
    change_database(directory.path(), "PRAGMA user_version=99");
    refused("newer Wayleave");
  }
  SECTION("older") {
    change_database(directory.path(), "DROP TABLE sequence; DROP TABLE sequence_number; ALTER TABLE receipt DROP COLUMN acknowledgment; PRAGMA user_version=1");
    auto opened = open_sqlite(options);
    REQUIRE(opened);
    CHECK(wait((*opened)->number("acme", "invoice", "d1")).value() == 1);
  }
  SECTION("foreign") {
    change_database(directory.path(), "PRAGMA application_id=7");
    refused("another directory");
  }
  SECTION("not a database") {
    std::ofstream{directory.path() + "/wayleave.db", std::ios::trunc} << std::string(100'000, 'x');
    refused("backup");
  }
  SECTION("damaged") {
    auto path = directory.path() + "/wayleave.db";
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    for (std::size_t page = 2; page < std::filesystem::file_size(path) / 8192; page += 3) {
      file.seekp(static_cast<std::streamoff>(page * 8192));
      file << std::string(200, '\xff');
    }
    file.close();
    refused("damaged");
  }
}

TEST_CASE("a directory that cannot be used is named with what is wrong", "[store]") {
  TemporaryDirectory directory;
  SqliteOptions options;
  options.directory = directory.path() + "/file/data";
  std::ofstream{directory.path() + "/file"} << "in the way";
  auto opened = open_sqlite(options);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::unusable);
  CHECK(opened.error().detail.find("file/data") != std::string::npos);
}

TEST_CASE("a missing directory is made, for its owner alone", "[store]") {
  TemporaryDirectory directory;
  auto path = directory.path() + "/a/b";
  open(path)->stop();
  auto permissions = std::filesystem::status(path).permissions();
  CHECK((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) == std::filesystem::perms::none);
}
