#include "adapters/webhook/poster.hpp"

#include "adapters/retry_after.hpp"
#include "net/client.hpp"

namespace wayleave::webhook {
namespace {

namespace asio = boost::asio;

constexpr std::size_t answer_read = 16u << 10;
constexpr std::size_t answer_kept = 1u << 10;

net::ClientRequest request_of(const feed::Post& post, std::chrono::milliseconds timeout) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = post.url;
  for (const auto& [name, value] : post.headers) request.headers.add(name, value);
  request.headers.add("User-Agent", "Wayleave-Webhook/1");
  request.body = post.body;
  request.timeout = timeout;
  request.response_limit = answer_read;
  return request;
}

feed::Posted refused(std::string reason) {
  feed::Posted posted;
  posted.address_refused = true;
  posted.detail = std::move(reason);
  return posted;
}

feed::Posted judged(const net::ClientResult<net::ClientResponse>& result) {
  if (!result) {
    const auto& failure = result.error();
    if (failure.problem.code == Errc::refused) return refused(failure.problem.detail);
    feed::Posted posted;
    posted.detail = failure.problem.detail;
    return posted;
  }
  feed::Posted posted;
  posted.status = result->status;
  posted.detail = result->body.substr(0, answer_kept);
  if (posted.status >= 300 && posted.status < 400) posted.detail = "redirects are not followed";
  if (const auto after = result->headers.get("Retry-After"); !after.empty())
    posted.retry_after = adapter::parse_retry_after(after, Clock::system().now());
  return posted;
}

/// A kept-alive connection that the endpoint was just closing tells nothing about the endpoint.
bool worth_another_try(const net::ClientResult<net::ClientResponse>& result) {
  return !result && result.error().problem.code == Errc::unreachable && result.error().sent == net::Sent::maybe;
}

asio::awaitable<feed::Posted> send(std::shared_ptr<net::Client> client, std::function<Policy()> policy, feed::Post post) {
  const auto reason = check_endpoint(post.url, policy());
  if (!reason.empty()) co_return refused("the endpoint is not allowed: " + reason);
  const auto started = std::chrono::steady_clock::now();
  auto request = request_of(post, post.timeout);
  auto result = co_await client->send(std::move(request));
  const auto left = post.timeout - std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  if (worth_another_try(result) && left > post.timeout / 2) {
    auto again = request_of(post, left);
    again.fresh_connection = true;
    result = co_await client->send(std::move(again));
  }
  co_return judged(result);
}

}  // namespace

feed::Poster make_poster(asio::any_io_executor executor, std::function<Policy()> policy, PosterOptions options) {
  net::ClientOptions client;
  client.policy = [policy](const std::string& host, const std::string& address, std::uint16_t port) {
    return check_address(host, address, port, policy());
  };
  client.lookup = std::move(options.lookup);
  client.ca_file = std::move(options.ca_file);
  client.idle_per_origin = 8;
  auto shared = net::make_client(std::move(executor), std::move(client));
  return [shared, policy](feed::Post post) { return send(shared, policy, std::move(post)); };
}

}  // namespace wayleave::webhook
