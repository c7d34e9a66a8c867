#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace wayleave::net {

namespace asio = boost::asio;

struct ClientRequest {
  std::string method = "POST";
  std::string url;  ///< http:// or https://
  Headers headers;
  std::shared_ptr<const std::string> body;
  std::chrono::milliseconds timeout{30'000};  ///< the whole exchange, name look-up included
  std::size_t response_limit = 1u << 20;      ///< bytes of body read; what is beyond is cut, see `truncated`
  /// Not on a kept-alive connection: one that the other end is just closing leaves the outcome unknown (Sent::maybe),
  /// which a request that must not be repeated cannot afford.
  bool fresh_connection = false;
  /// Called once all of it was handed to the system, before the answer is awaited. Null: nobody.
  std::function<void()> on_sent;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  bool truncated = false;  ///< the body was longer than response_limit and ends there
};

/// How far a failed request got: what decides between "try again" and "unknown". `nothing`: no byte of the request was
/// handed to the system.
enum class Sent : std::uint8_t { nothing, maybe };
struct ClientFailure {
  /// unreachable (name, refused, reset, certificate), timeout, refused (address not allowed, or a URL or field that
  /// cannot be sent), invalid (garbage instead of an answer), too_large (head of the answer), stopping
  Problem problem;
  Sent sent = Sent::nothing;
  bool refused_connection = false;
};
[[noreturn]] inline void throw_exception_from_error(const ClientFailure& failure, const boost::source_location&) {
  throw ProblemError(failure.problem);
}
template <class T>
using ClientResult = boost::system::result<T, ClientFailure>;

/// Which addresses a name may lead to. Called with every address the name resolved to before any is connected; the
/// connection then goes to exactly the address that passed. Empty string: allowed; else the reason.
using AddressPolicy =
    std::function<std::string(const std::string& host, const std::string& address, std::uint16_t port)>;

/// Why a webhook endpoint's address is not allowed (loopback, private, link-local, CGNAT, documentation, NAT64, 6to4,
/// v4-mapped … ); empty: it is a public address. Accepts textual IPv4/IPv6 addresses.
std::string forbidden_address(const std::string& address);

struct ClientOptions {
  AddressPolicy policy;              ///< null: any
  std::string ca_file;               ///< empty: the system's
  std::size_t idle_per_origin = 64;  ///< kept-alive connections
  std::chrono::milliseconds idle{20'000};
  /// Name look-up, called on threads of its own, may block; null: the system's.
  std::function<std::vector<std::string>(const std::string& host)> lookup;
};

/// Sends HTTP/1.1 requests; keeps connections alive per origin; never follows a redirect; checks TLS certificates and
/// host names. Any number of requests at once; call from coroutines on `executor` or any other executor: the work is
/// done on `executor`, whose context must outlive the client.
class Client {
 public:
  virtual ~Client() = default;
  virtual asio::awaitable<ClientResult<ClientResponse>> send(ClientRequest request) = 0;
  /// Drops kept-alive connections and refuses further requests; those under way go on. Any thread.
  virtual void close() = 0;
};

/// Throws ProblemError when `options.ca_file` does not load.
std::shared_ptr<Client> make_client(asio::any_io_executor executor, ClientOptions options);

/// The parts of an absolute http(s) URL; Problem with the reason otherwise.
struct Url {
  std::string scheme, host, path_and_query;
  std::uint16_t port = 0;
  bool has_userinfo = false;
  bool host_is_address = false;  ///< an IP literal, in any notation inet_aton would take
};
Result<Url> parse_url(const std::string& text);

}  // namespace wayleave::net
