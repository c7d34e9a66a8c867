#include "adapters/directory/receive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace wayleave;
using namespace wayleave::adapter::directory;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A folder with a clock of its own: nothing here waits.
class Folder {
 public:
  explicit Folder(std::chrono::milliseconds stable = 5s, std::uint64_t limit = 1000) {
    std::string name = (fs::temp_directory_path() / "wayleave-receive-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    options.path = root / "in";
    options.done = root / "in/done";
    options.failed = root / "in/failed";
    options.make_missing = true;
    options.patterns = {"*.edi", "*.xml"};
    options.stable = stable;
    options.limit = limit;
    receiver = std::make_unique<Receiver>(options);
    now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    look();
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  void drop(const std::string& name, const std::string& bytes = "bytes", std::chrono::seconds age = 0s) {
    write(root / "in" / name, bytes, age);
  }
  void write(const fs::path& file, const std::string& bytes, std::chrono::seconds age) {
    std::ofstream(file, std::ios::binary) << bytes;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>((now + passed - age).time_since_epoch()).count();
    const struct timespec times[2] = {{0, UTIME_OMIT}, {since / 1000, since % 1000 * 1'000'000}};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  }
  Receiver::Look look() { return receiver->look(now + passed, std::chrono::steady_clock::time_point() + passed); }
  std::vector<std::string> ready() {
    const auto seen = look();
    CHECK(seen.trouble.empty());
    std::vector<std::string> names;
    for (const auto& each : seen.ready) names.push_back(each.name);
    return names;
  }
  std::unique_ptr<TakenFile> take(const std::string& name) {
    for (const auto& each : look().ready)
      if (each.name == name) return std::move(receiver->take(each).file);
    return nullptr;
  }
  std::string refused(const std::string& name) {
    for (const auto& each : look().ready)
      if (each.name == name) return receiver->take(each).refused;
    return "not ready";
  }
  std::vector<std::string> files(const std::string& where) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root / where)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  std::string content(const std::string& file) const {
    std::ifstream in(root / file, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }

  fs::path root;
  DropFolder options;
  std::unique_ptr<Receiver> receiver;
  Time now;
  std::chrono::milliseconds passed{};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file is whole when it has not changed for as long as the folder says", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "half");
  CHECK(folder.ready().empty());
  folder.passed = 4s;
  folder.drop("a.edi", "half and more");
  CHECK(folder.ready().empty());
  folder.passed = 8s;
  CHECK(folder.ready().empty());
  folder.passed = 9s;
  CHECK(folder.ready() == Names{"a.edi"});
}

TEST_CASE("a file with the same size and a new time is still being written", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "12345");
  CHECK(folder.ready().empty());
  folder.passed = 4s;
  folder.drop("a.edi", "54321");
  CHECK(folder.ready().empty());
  folder.passed = 6s;
  CHECK(folder.ready().empty());
}

TEST_CASE("an older file that is renamed into the folder is whole at once, a young one is not", "[adapters]") {
  Folder folder;
  folder.write(folder.root / "old", "bytes", 60s);
  folder.write(folder.root / "young", "bytes", 1s);
  fs::rename(folder.root / "old", folder.root / "in/old.edi");
  fs::rename(folder.root / "young", folder.root / "in/young.edi");
  CHECK(folder.ready() == Names{"old.edi"});
}

TEST_CASE("a file from a clock that runs ahead is whole when we saw it unchanged", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "bytes", -3600s);
  CHECK(folder.ready().empty());
  folder.passed = 5s;
  CHECK(folder.ready() == Names{"a.edi"});
}

TEST_CASE("hidden and unfinished names, other patterns and folders are left alone", "[adapters]") {
  Folder folder;
  for (const char* name : {".a.edi", "a.edi.part", "a.edi.tmp", "a.edi.filepart", "a.edi.PART", "a.txt", "edi", "A.EDI", "b.xml"})
    folder.drop(name, "bytes", 60s);
  fs::create_directory(folder.root / "in/folder.edi");
  CHECK(folder.ready() == Names{"A.EDI", "b.xml"});
  CHECK(folder.look().waiting == 2);
}

TEST_CASE("the oldest comes first", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "bytes", 10s);
  folder.drop("b.edi", "bytes", 30s);
  folder.drop("c.edi", "bytes", 20s);
  CHECK(folder.ready() == Names{"b.edi", "c.edi", "a.edi"});
}

TEST_CASE("a taken file is out of sight, readable, and put away under the receipt", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "all of it", 60s);
  const auto file = folder.take("a.edi");
  REQUIRE(file);
  CHECK(folder.files("in") == Names{".taking", "done", "failed"});
  CHECK(file->read().value() == "all of it");
  CHECK(file->begin(3) == "all");
  std::ifstream by_path(file->path(), std::ios::binary);
  std::string word;
  by_path >> word;
  CHECK(word == "all");
  CHECK(folder.receiver->put_away(*file, Receiver::Place::done, "R1", {{".ack.edi", "ISA"}}).empty());
  CHECK(folder.files("in/done") == Names{"R1-a.edi", "R1-a.edi.ack.edi"});
  CHECK(folder.content("in/done/R1-a.edi") == "all of it");
  CHECK(folder.files("in/.taking").empty());
  CHECK(folder.ready().empty());
}

TEST_CASE("a file has one taker", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "bytes", 60s);
  Receiver other(folder.options);
  auto theirs = other.look(folder.now, {});
  REQUIRE(theirs.ready.size() == 1);
  auto mine = folder.take("a.edi");
  REQUIRE(mine);
  CHECK_FALSE(other.take(theirs.ready[0]).file);
  // It lies in .taking, and is locked: nothing a crash left.
  theirs = other.look(folder.now, {});
  REQUIRE(theirs.ready.size() == 1);
  CHECK_FALSE(other.take(theirs.ready[0]).file);
  const auto identity = mine->identity();
  mine.reset();
  const auto left = other.take(theirs.ready[0]).file;
  REQUIRE(left);
  CHECK(left->identity() == identity);
}

TEST_CASE("what a crash left is offered first, with the identity it had", "[adapters]") {
  Folder folder;
  folder.drop("b.edi", "first", 30s);
  auto file = folder.take("b.edi");
  REQUIRE(file);
  const auto identity = file->identity();
  file.reset();
  folder.drop("a.edi", "second", 60s);
  folder.drop("b.edi", "third", 60s);
  CHECK(folder.ready() == Names{"b.edi", "a.edi", "b.edi"});
  file = folder.take("b.edi");
  REQUIRE(file);
  CHECK(file->identity() == identity);
  CHECK(file->read().value() == "first");
  // The other of that name waits until the first is put away.
  const auto seen = folder.look();
  CHECK_FALSE(folder.receiver->take(seen.ready.back()).file);
  CHECK(folder.content("in/b.edi") == "third");
  CHECK(folder.receiver->put_away(*file, Receiver::Place::done, "R1", {}).empty());
  file = folder.take("b.edi");
  REQUIRE(file);
  CHECK(file->read().value() == "third");
  CHECK(file->identity() != identity);
}

TEST_CASE("nothing in done or failed is overwritten", "[adapters]") {
  Folder folder;
  for (const char* bytes : {"one", "two", "three"}) {
    folder.drop("a.edi", bytes, 60s);
    const auto file = folder.take("a.edi");
    REQUIRE(file);
    CHECK(folder.receiver->put_away(*file, Receiver::Place::done, "R1", {}).empty());
  }
  CHECK(folder.files("in/done") == Names{"R1-2-a.edi", "R1-3-a.edi", "R1-a.edi"});
  CHECK(folder.content("in/done/R1-a.edi") == "one");
  CHECK(folder.content("in/done/R1-3-a.edi") == "three");
}

TEST_CASE("the thousandth file of one name and receipt is put away like the others", "[adapters]") {
  Folder folder;
  folder.drop("a.xml", "bytes", 60s);
  folder.write(folder.root / "in/done/R1-a.xml", "earlier", 0s);
  for (int n = 2; n < 1001; ++n) folder.write(folder.root / "in/done" / ("R1-" + std::to_string(n) + "-a.xml"), "earlier", 0s);
  const auto file = folder.take("a.xml");
  REQUIRE(file);
  CHECK(folder.receiver->put_away(*file, Receiver::Place::done, "R1", {{".ack.edi", "ISA"}}).empty());
  CHECK(folder.files("in/done").size() == 1002);
  CHECK(folder.files("in/.taking").empty());
}

TEST_CASE("another one's report is not taken for this one's", "[adapters]") {
  Folder folder;
  std::ofstream(folder.root / "in/failed/R1-a.edi.report.txt") << "another";
  folder.drop("a.edi", "bytes", 60s);
  const auto file = folder.take("a.edi");
  REQUIRE(file);
  CHECK(folder.receiver->put_away(*file, Receiver::Place::failed, "R1", {{".report.txt", "mine"}}).empty());
  CHECK(folder.files("in/failed") == Names{"R1-2-a.edi", "R1-2-a.edi.report.txt", "R1-a.edi.report.txt"});
}

TEST_CASE("links, devices, empty and large files are never read", "[adapters]") {
  Folder folder;
  std::ofstream(folder.root / "secret") << "secret";
  fs::create_symlink(folder.root / "secret", folder.root / "in/link.edi");
  fs::create_hard_link(folder.root / "secret", folder.root / "in/hard.edi");
  REQUIRE(::mkfifo((folder.root / "in/pipe.edi").c_str(), 0600) == 0);
  folder.drop("empty.edi", "");
  folder.drop("large.edi", std::string(1001, 'x'));
  folder.drop("limit.edi", std::string(1000, 'x'));
  folder.passed = 60s;
  folder.look();
  folder.passed = 120s;
  CHECK(folder.refused("link.edi").find("symbolic link") != std::string::npos);
  CHECK(folder.refused("hard.edi").find("hard link") != std::string::npos);
  CHECK(folder.refused("pipe.edi").find("no ordinary file") != std::string::npos);
  CHECK(folder.refused("empty.edi") == "it is empty");
  CHECK(folder.refused("large.edi").find("1001 bytes; at most 1000") != std::string::npos);
  CHECK(folder.take("limit.edi"));
  for (const auto& each : folder.look().ready) {
    if (each.name != "link.edi") continue;
    CHECK(folder.receiver->put_away(each, "T1", "it is a symbolic link").empty());
  }
  CHECK(fs::is_symlink(folder.root / "in/failed/T1-link.edi"));
  CHECK(folder.content("secret") == "secret");
  CHECK(folder.content("in/failed/T1-link.edi.report.txt") == "link.edi was not taken: it is a symbolic link\n");
}

TEST_CASE("a link that takes the place of a file between looking and taking is not followed", "[adapters]") {
  Folder folder;
  std::ofstream(folder.root / "secret") << "secret";
  folder.drop("a.edi", "secret", 60s);
  const auto seen = folder.look();
  REQUIRE(seen.ready.size() == 1);
  fs::remove(folder.root / "in/a.edi");
  fs::create_symlink(folder.root / "secret", folder.root / "in/a.edi");
  const auto attempt = folder.receiver->take(seen.ready[0]);
  CHECK_FALSE(attempt.file);
  CHECK(fs::is_symlink(folder.root / "in/a.edi"));
}

TEST_CASE("links in place of done, failed or .taking are not followed", "[adapters]") {
  for (const char* name : {"done", "failed", ".taking"}) {
    Folder folder;
    fs::create_directory(folder.root / "elsewhere");
    fs::remove(folder.root / "in" / name);
    fs::create_directory_symlink(folder.root / "elsewhere", folder.root / "in" / name);
    folder.drop("a.edi", "bytes", 60s);
    const auto seen = folder.look();
    INFO(name << ": " << seen.trouble);
    CHECK(seen.trouble.find(name) != std::string::npos);
    CHECK(seen.ready.empty());
    CHECK(folder.files("elsewhere").empty());
  }
}

TEST_CASE("a file that is written to while it is read is put back and waits", "[adapters]") {
  Folder folder;
  folder.drop("a.edi", "half", 60s);
  auto file = folder.take("a.edi");
  REQUIRE(file);
  std::ofstream(folder.root / "in/.taking/a.edi", std::ios::app) << " and half";
  const auto bytes = file->read();
  REQUIRE_FALSE(static_cast<bool>(bytes));
  CHECK(bytes.error().code == Errc::conflict);
  folder.receiver->put_back(*file);
  const auto identity = file->identity();
  file.reset();
  CHECK(folder.content("in/a.edi") == "half and half");
  CHECK(folder.ready().empty());
  folder.passed = 5s;
  CHECK(folder.ready() == Names{"a.edi"});
  file = folder.take("a.edi");
  REQUIRE(file);
  CHECK(file->identity() != identity);
}

TEST_CASE("a missing folder is made or told, and works when it is there", "[adapters]") {
  Folder folder;
  auto options = folder.options;
  options.path = folder.root / "mount";
  options.done = options.path / "done";
  options.failed = folder.root / "failed";
  options.make_missing = false;
  Receiver receiver(options);
  CHECK(receiver.look(folder.now, {}).trouble.find("cannot open folder") == 0);
  CHECK_FALSE(fs::exists(options.path));
  fs::create_directory(options.path);
  CHECK(receiver.look(folder.now, {}).trouble.empty());
  CHECK(fs::is_directory(options.path / ".taking"));
  CHECK(fs::is_directory(folder.root / "failed"));
}

TEST_CASE("how much waits and for how long", "[adapters]") {
  Folder folder;
  folder.drop("a.edi");
  folder.drop("b.xml");
  folder.passed = 90s;
  const auto seen = folder.look();
  CHECK(seen.waiting == 2);
  CHECK(seen.oldest > 80s);
  CHECK(seen.oldest < 100s);
}

TEST_CASE("names of files stay harmless and keep their ends", "[adapters]") {
  CHECK(shown_name("a\nb\x1b[2J.edi") == "a_b_[2J.edi");
  const auto longest = shown_name(std::string(240, 'x') + ".edi");
  CHECK(longest.size() == 150);
  CHECK(longest.ends_with("x.edi"));
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "\xC3\xA4";
  CHECK((static_cast<unsigned char>(shown_name(umlauts + "x").front())) == 0xC3);
  Folder folder;
  folder.drop(std::string(251, 'x') + ".edi", "bytes", 60s);
  const auto file = folder.take(std::string(251, 'x') + ".edi");
  REQUIRE(file);
  CHECK(folder.receiver->put_away(*file, Receiver::Place::failed, std::string(26, 'R'), {{".report.txt", "why"}}).empty());
  CHECK(folder.files("in/failed").size() == 2);
}
