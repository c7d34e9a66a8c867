#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "run_call.hpp"

using namespace wayleave;
using namespace wayleave::adapter;
using namespace wayleave::adapter::testing;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "wayleave-directory-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    fs::create_directory(path / "out");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Reply put(const Call& call, std::string to = "out", std::string name = {}) {
    Findings findings;
    auto given = options({{"path", std::move(to)}});
    if (!name.empty()) given["name"] = {std::move(name), {}};
    const auto sender = find("directory")->make_sender(given, {}, {io.get_executor(), path}, findings);
    REQUIRE(findings.empty());
    return run(io, *sender, call);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path / "out")) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  asio::io_context io;
  fs::path path;
};

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

const std::string usual = "order-01JDB40000000000000000000A.xml";

}  // namespace

TEST_CASE("a document becomes a whole file under its own name, with nothing left beside it") {
  Folder folder;
  const std::string body(300'000, 'x');
  const auto reply = folder.put(order(body));
  CHECK(reply.kind == Reply::Kind::delivered);
  CHECK(folder.files() == std::vector<std::string>{usual});
  CHECK(content(folder.path / "out" / usual) == body);
  struct stat about {};
  REQUIRE(::stat((folder.path / "out" / usual).c_str(), &about) == 0);
  CHECK((about.st_mode & 07777 & ~0640u) == 0u);   // never more than that, whatever the umask
}

TEST_CASE("a repeat finds its own file and is content") {
  Folder folder;
  CHECK(folder.put(order()).kind == Reply::Kind::delivered);
  const auto before = fs::last_write_time(folder.path / "out" / usual);
  CHECK(folder.put(order()).kind == Reply::Kind::delivered);
  CHECK(fs::last_write_time(folder.path / "out" / usual) == before);
  CHECK(folder.files().size() == 1);
}

TEST_CASE("what an attempt that was cut off left behind is not in the way") {
  Folder folder;
  std::ofstream(folder.path / "out" / ("." + usual + ".part")) << "half of";
  CHECK(folder.put(order()).kind == Reply::Kind::delivered);
  CHECK(folder.files() == std::vector<std::string>{usual});
  CHECK(content(folder.path / "out" / usual) == "<Order/>");
}

TEST_CASE("nothing is overwritten: another file, a link or a folder of that name parks the step") {
  Folder folder;
  const auto taken = folder.path / "out" / usual;
  const auto precious = folder.path / "precious";
  std::ofstream(precious) << "precious";
  SECTION("another file") { std::ofstream(taken) << "something else"; }
  SECTION("a file of the same length") { std::ofstream(taken) << "<0rder/>"; }
  SECTION("a link to a file") { fs::create_symlink(precious, taken); }
  SECTION("a link to the same content") {
    std::ofstream(folder.path / "same") << "<Order/>";
    fs::create_symlink(folder.path / "same", taken);
  }
  SECTION("a link to nowhere") { fs::create_symlink(folder.path / "nowhere", taken); }
  SECTION("a folder") { fs::create_directory(taken); }
  SECTION("a pipe") { REQUIRE(::mkfifo(taken.c_str(), 0600) == 0); }
  const auto reply = folder.put(order());
  CHECK(reply.kind == Reply::Kind::misconfigured);
  CHECK(reply.detail.find(usual) != std::string::npos);
  CHECK(content(precious) == "precious");
  CHECK_FALSE(fs::exists(folder.path / "nowhere"));
  CHECK(folder.files().size() == 1);
}

TEST_CASE("a link planted where the hidden file goes is removed, never followed") {
  Folder folder;
  const auto precious = folder.path / "precious";
  std::ofstream(precious) << "precious";
  fs::create_symlink(precious, folder.path / "out" / ("." + usual + ".part"));
  CHECK(folder.put(order()).kind == Reply::Kind::delivered);
  CHECK(content(precious) == "precious");
  CHECK_FALSE(fs::is_symlink(folder.path / "out" / usual));
}

TEST_CASE("a relative folder is made in the site, a missing absolute one parks the step") {
  Folder folder;
  CHECK(folder.put(order(), "new/deep").kind == Reply::Kind::delivered);
  CHECK(content(folder.path / "new" / "deep" / usual) == "<Order/>");
  const auto reply = folder.put(order(), (folder.path / "not-mounted").string());
  CHECK(reply.kind == Reply::Kind::misconfigured);
  CHECK_FALSE(fs::exists(folder.path / "not-mounted"));
}

TEST_CASE("a path that is no folder parks the step") {
  Folder folder;
  std::ofstream(folder.path / "file") << "x";
  CHECK(folder.put(order(), (folder.path / "file").string()).kind == Reply::Kind::misconfigured);
  CHECK(folder.put(order(), "file").kind == Reply::Kind::misconfigured);
  CHECK(folder.put(order(), "file/below").kind == Reply::Kind::misconfigured);
}

TEST_CASE("a folder that may not be written to parks the step") {
  if (::geteuid() == 0) {
    WARN("not tried: the superuser may write everywhere");
    return;
  }
  Folder folder;
  REQUIRE(::chmod((folder.path / "out").c_str(), 0500) == 0);
  CHECK(folder.put(order()).kind == Reply::Kind::misconfigured);
}

TEST_CASE("keys cannot lead anywhere, whatever they hold") {
  Folder folder;
  auto call = order();
  for (const char* key : {"../../etc/passwd", "/absolute", "a/b", ".", "..", "", "Größe 5", "x\ny", "$(reboot)"}) {
    call.key = key;
    CHECK(folder.put(call, "out", "{key}-{document}.xml").kind == Reply::Kind::delivered);
  }
  call.key = std::string(4000, 'k');
  CHECK(folder.put(call, "out", "{key}-{document}.xml").kind == Reply::Kind::delivered);
  const auto files = folder.files();
  CHECK(files.size() == 10);
  for (const auto& name : files) {
    CAPTURE(name);
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-=") == std::string::npos);
    CHECK(name.size() <= 80);
    CHECK(name.front() != '.');
  }
  CHECK(std::ranges::find(files, "=2E.=2F..=2Fetc=2Fpasswd-01JDB40000000000000000000A.xml") != files.end());
}

TEST_CASE("the JSON twin gets a name of its own kind") {
  Folder folder;
  auto call = order("{}");
  call.content_type = "application/json";
  CHECK(folder.put(call).kind == Reply::Kind::delivered);
  CHECK(folder.files() == std::vector<std::string>{"order-01JDB40000000000000000000A.json"});
}

TEST_CASE("names that could collide, hide or lead out of the folder are refused when the site is checked") {
  for (const char* good : {"{document}", "{kind}-{document}.xml", "in.{partner}.{step}.{key}.{document}"}) {
    CHECK(codes("directory", options({{"path", "out"}, {"name", good}})).empty());
  }
  for (const char* bad : {"", "order.xml", "{key}.xml", ".{document}", "a/{document}", "{document", "{document}}", "{date}-{document}", "{}{document}", "a\n{document}"}) {
    CAPTURE(bad);
    CHECK(codes("directory", options({{"path", "out"}, {"name", bad}})) == std::vector<std::string>{"C149"});
  }
  CHECK(codes("directory", options({{"path", ""}})) == std::vector<std::string>{"C149"});
  CHECK(codes("directory", {}) == std::vector<std::string>{"C147"});
}

TEST_CASE("the folder is what breaker and bulkhead are kept by") {
  Findings findings;
  const auto sender = find("directory")->make_sender(options({{"path", "./out/../drop"}}), {}, {{}, "/srv/site"}, findings);
  REQUIRE(sender);
  CHECK(sender->target() == "directory:/srv/site/drop");
}
