#include "adapters/directory/poster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace wayleave;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "wayleave-poster-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  feed::Posted post(const std::string& url, const std::string& name, const std::string& body) {
    feed::Post post;
    post.url = url;
    post.name = name;
    post.body = std::make_shared<const std::string>(body);
    auto done = asio::co_spawn(io, poster(std::move(post)), asio::use_future);
    io.restart();
    io.run();
    return done.get();
  }
  std::string content(const std::string& file) const {
    std::ifstream in(path / file, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }

  asio::io_context io;
  fs::path path;
  feed::Poster poster = adapter::directory::make_poster(path);
};

}  // namespace

TEST_CASE("what is posted to a directory becomes a file, once") {
  Folder folder;
  folder.poster = adapter::directory::make_poster(folder.path);
  CHECK(folder.post("directory:outbox/acme", "214-000000001.edi", "ISA~").status == 204);
  CHECK(folder.content("outbox/acme/214-000000001.edi") == "ISA~");
  CHECK(folder.post("directory:outbox/acme", "214-000000001.edi", "ISA~").status == 204);
  const auto other = folder.post("directory:outbox/acme", "214-000000001.edi", "GS~");
  CHECK(other.status == 0);
  CHECK(other.detail.find("something else is already at") != std::string::npos);
  CHECK(folder.content("outbox/acme/214-000000001.edi") == "ISA~");
}

TEST_CASE("a folder outside the site must be there") {
  Folder folder;
  folder.poster = adapter::directory::make_poster(folder.path / "site");
  const auto missing = folder.path / "drive";
  CHECK(folder.post("directory:" + missing.string(), "a.edi", "x").status == 0);
  CHECK_FALSE(fs::exists(missing));
  fs::create_directory(missing);
  CHECK(folder.post("directory:" + missing.string(), "a.edi", "x").status == 204);
  CHECK(folder.post("directory:" + missing.string(), "", "x").status == 0);
}
