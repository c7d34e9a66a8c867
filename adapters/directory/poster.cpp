#include "adapters/directory/poster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/directory/file.hpp"
#include "feed/subscription.hpp"

namespace wayleave::adapter::directory {

namespace {

/// Folders that hang hold up their own files, and no others until all of these threads do.
constexpr std::size_t threads = 4;

asio::awaitable<feed::Posted> write(std::filesystem::path site, feed::Post post) {
  const std::filesystem::path given(post.url.substr(feed::directory_scheme.size()));
  const auto folder = (site / given).lexically_normal();
  if (given.is_relative()) {
    std::error_code ignored;           // opening it says what is wrong
    std::filesystem::create_directories(folder, ignored);
  }
  const auto reply = put_file(folder.string(), post.name, *post.body);
  feed::Posted posted;
  if (reply.kind == Reply::Kind::delivered) posted.status = 204;
  posted.detail = reply.detail;
  co_return posted;
}

asio::awaitable<feed::Posted> post_file(std::shared_ptr<asio::thread_pool> pool, std::filesystem::path site, feed::Post post) {
  feed::Posted refused;
  refused.detail = "no file name";
  if (post.name.empty()) co_return refused;
  auto work = write(std::move(site), std::move(post));
  auto posted = co_await asio::co_spawn(*pool, std::move(work), asio::use_awaitable);
  co_return posted;
}

}  // namespace

feed::Poster make_poster(std::filesystem::path site) {
  auto pool = std::make_shared<asio::thread_pool>(threads);
  return [pool, site = std::move(site)](feed::Post post) { return post_file(pool, site, std::move(post)); };
}

}  // namespace wayleave::adapter::directory
