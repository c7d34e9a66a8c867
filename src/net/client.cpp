#include "net/client.hpp"

#include "base/crash.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <charconv>

#include "net/connection.hpp"
#include "net/resolve.hpp"

namespace wayleave::net {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t answer_head_limit = 16 * 1024;
constexpr int most_interim_answers = 8;  // 100, 102, 103
constexpr std::size_t piece_size = 8 * 1024;

/// One request under way.
struct Job {
  ClientRequest request;
  Url url;
  std::string origin;
  std::string head;  // request line and fields, ready to send
  std::chrono::steady_clock::time_point deadline;
  Connection* connection = nullptr;  // what the alarm closes
  bool expired = false;
  std::size_t written = 0;
  bool answered = false;  // at least a byte of an answer arrived
  bool refused_connection = false;

  ClientFailure failure(Errc code, std::string detail) const {
    if (expired) {
      code = Errc::timeout;
      detail = fmt::format("no answer within {} ms", request.timeout.count());
    }
    return {{code, std::move(detail)}, written > 0 ? Sent::maybe : Sent::nothing, refused_connection};
  }
};
using JobPtr = std::shared_ptr<Job>;
using Answer = ClientResult<ClientResponse>;
using Connected = ClientResult<ConnectionPtr>;

bool holds_line_end(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

Result<std::string> make_head(const ClientRequest& request, const Url& url) {
  const Problem unsendable{Errc::refused, "a header field or the method holds a line end or a NUL"};
  if (request.method.empty() || request.method.find_first_of(" \t") != std::string::npos ||
      holds_line_end(request.method)) {
    return unsendable;
  }
  std::string head = request.method + ' ' + url.path_and_query + " HTTP/1.1\r\n";
  if (!request.headers.has("Host")) {
    bool usual = url.port == (url.scheme == "https" ? 443 : 80);
    bool ipv6 = url.host.find(':') != std::string::npos;
    head +=
        "Host: " + (ipv6 ? '[' + url.host + ']' : url.host) + (usual ? "" : ':' + std::to_string(url.port)) + "\r\n";
  }
  for (const auto& [name, value] : request.headers.all()) {
    if (name.empty() || name.find_first_of(": \t") != std::string::npos || holds_line_end(name) ||
        holds_line_end(value)) {
      return unsendable;
    }
    // Framing is ours alone.
    if (equal_without_case(name, "Content-Length") || equal_without_case(name, "Transfer-Encoding")) continue;
    head += name + ": " + value + "\r\n";
  }
  if (!request.headers.has("User-Agent")) head += "User-Agent: wayleave\r\n";
  bool expects_body = request.method != "GET" && request.method != "HEAD" && request.method != "DELETE";
  std::size_t size = request.body ? request.body->size() : 0;
  if (size > 0 || expects_body) head += "Content-Length: " + std::to_string(size) + "\r\n";
  return head + "\r\n";
}

/// How long the other end keeps the connection by its own account (`Keep-Alive: timeout=5`), less a second for the way.
std::chrono::milliseconds idle_time(const Headers& headers, std::chrono::milliseconds ours) {
  auto field = headers.get("Keep-Alive");
  auto at = field.find("timeout=");
  if (at == std::string_view::npos) return ours;
  unsigned seconds = 0;
  auto digits = field.substr(at + 8);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec != std::errc{}) return ours;
  return std::min<std::chrono::milliseconds>(ours, std::chrono::seconds{seconds} - 1s);
}

class BeastClient final : public Client, public std::enable_shared_from_this<BeastClient> {
 public:
  BeastClient(asio::any_io_executor executor, ClientOptions options)
      : strand_(asio::make_strand(std::move(executor))),
        options_(std::move(options)),
        resolver_(options_.lookup ? options_.lookup : system_lookup),
        pool_(options_.idle_per_origin) {
    auto context = make_client_context(options_.ca_file);
    if (!context) throw ProblemError(context.error());
    tls_ = std::move(*context);
  }

  asio::awaitable<Answer> send(ClientRequest request) override {
    auto job = std::make_shared<Job>();
    job->request = std::move(request);
    auto url = parse_url(job->request.url);
    if (!url) co_return ClientFailure{Problem{Errc::refused, url.error().detail}};
    job->url = std::move(*url);
    auto head = make_head(job->request, job->url);
    if (!head) co_return ClientFailure{head.error()};
    job->head = std::move(*head);
    job->origin = fmt::format("{}://{}:{}", job->url.scheme, job->url.host, job->url.port);
    auto self = shared_from_this();
    co_return co_await asio::co_spawn(strand_, run(std::move(self), std::move(job)), asio::use_awaitable);
  }

  void close() override {
    asio::post(strand_, [self = shared_from_this()] {
      self->closed_ = true;
      self->pool_.clear();
    });
  }

 private:
  /// On the strand, as everything from here on.
  static asio::awaitable<Answer> run(std::shared_ptr<BeastClient> self, JobPtr job) {
    if (self->closed_) co_return job->failure(Errc::stopping, "the client is closed");
    job->deadline = std::chrono::steady_clock::now() + job->request.timeout;
    ClientTimer alarm(self->strand_, job->deadline);
    alarm.async_wait([job](const error_code& error) {
      if (error) return;
      job->expired = true;
      if (job->connection != nullptr) job->connection->close();
    });
    Answer answer = co_await self->exchange(job);
    job->connection = nullptr;
    co_return answer;
  }

  asio::awaitable<Answer> exchange(JobPtr job) {
    if (!job->request.fresh_connection) {
      ConnectionPtr kept = pool_.take(job->origin);
      if (kept) {
        auto reason = objection(*job, kept->address);
        if (!reason.empty()) co_return job->failure(Errc::refused, reason);
        Answer answer = co_await talk(job, std::move(kept));
        if (answer.has_value() || !may_go_again(*job)) co_return answer;
        job->written = 0;
      }
    }
    Connected connection = co_await connect(job);
    if (!connection) co_return connection.error();
    co_return co_await talk(job, std::move(*connection));
  }

  /// A kept-alive connection that was closed under us: again, if certainly nothing was done with the request.
  static bool may_go_again(const Job& job) {
    bool harmless = job.request.method == "GET" || job.request.method == "HEAD";
    return !job.expired && !job.answered && (job.written == 0 || harmless);
  }

  std::string objection(const Job& job, const std::string& address) const {
    return options_.policy ? options_.policy(job.url.host, address, job.url.port) : std::string{};
  }

  // ---- connecting

  asio::awaitable<Connected> connect(JobPtr job) {
    auto addresses = co_await look_up(job);
    if (addresses.empty()) co_return job->failure(Errc::unreachable, "the name of the host leads to no address");
    // All of them before any: a name that also leads somewhere forbidden is not to be trusted at all.
    for (const std::string& address : addresses) {
      auto reason = objection(*job, address);
      if (!reason.empty()) co_return job->failure(Errc::refused, reason);
    }
    error_code error;
    for (const std::string& address : addresses) {
      asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address, error), job->url.port);
      if (error) continue;
      auto connection = std::make_unique<Connection>(strand_);
      connection->address = address;
      job->connection = connection.get();
      std::tie(error) = co_await connection->plain->async_connect(endpoint, no_throw);
      job->connection = nullptr;
      if (job->expired) break;
      if (error) continue;
      error_code ignored;
      connection->plain->set_option(asio::ip::tcp::no_delay(true), ignored);
      connection->plain->set_option(asio::socket_base::keep_alive(true), ignored);
      if (job->url.scheme == "http") co_return connection;
      co_return co_await shake_hands(job, std::move(connection));
    }
    job->refused_connection = error == asio::error::connection_refused;
    co_return job->failure(Errc::unreachable, "no connection: " + error.message());
  }

  /// Addresses as text; none when the deadline passes first.
  asio::awaitable<std::vector<std::string>> look_up(JobPtr job) {
    error_code no_literal;
    auto literal = asio::ip::make_address(job->url.host, no_literal);
    if (!no_literal) co_return std::vector<std::string>{literal.to_string()};
    struct Found {
      explicit Found(const ClientExecutor& executor) : ready(executor) {}
      ClientTimer ready;
      bool done = false;
      std::vector<std::string> addresses;
    };
    auto found = std::make_shared<Found>(strand_);
    found->ready.expires_at(job->deadline);
    resolver_.resolve(job->url.host, [found, strand = strand_](std::vector<std::string> addresses) {
      asio::post(strand, [found, addresses = std::move(addresses)]() mutable {
        found->addresses = std::move(addresses);
        found->done = true;
        found->ready.cancel();
      });
    });
    if (!found->done) co_await found->ready.async_wait(no_throw);
    if (!found->done) job->expired = true;
    co_return found->addresses;
  }

  asio::awaitable<Connected> shake_hands(JobPtr job, ConnectionPtr connection) {
    connection->context = tls_;
    connection->tls = std::make_unique<ClientTlsStream>(std::move(*connection->plain), *tls_);
    connection->plain.reset();
    SSL* ssl = connection->tls->native_handle();
    const std::string& host = job->url.host;
    in6_addr unused;
    bool literal =
        ::inet_pton(AF_INET, host.c_str(), &unused) == 1 || ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool prepared = literal ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                            : SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
    if (!prepared) co_return job->failure(Errc::unreachable, "TLS: " + openssl_error());
    job->connection = connection.get();
    auto [error] = co_await connection->tls->async_handshake(asio::ssl::stream_base::client, no_throw);
    job->connection = nullptr;
    if (!error) co_return connection;
    auto verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
      co_return job->failure(
          Errc::unreachable,
          fmt::format("the certificate of {} is refused: {}", host, X509_verify_cert_error_string(verdict))
      );
    }
    co_return job->failure(Errc::unreachable, "no TLS connection: " + error.message());
  }

  // ---- one request and its answer on a connection

  asio::awaitable<Answer> talk(JobPtr job, ConnectionPtr connection) {
    std::optional<Answer> answer;
    bool reusable = false;
    job->connection = connection.get();
    if (connection->tls) {
      answer = co_await talk_over(*connection->tls, *connection, *job, reusable);
    } else {
      answer = co_await talk_over(*connection->plain, *connection, *job, reusable);
    }
    job->connection = nullptr;
    if (reusable && !closed_ && !job->expired) {
      auto idle = idle_time((*answer)->headers, options_.idle);
      if (idle > 0ms) pool_.keep(job->origin, std::move(connection), idle);
    }
    co_return std::move(*answer);
  }

  template <class Transport>
  static asio::awaitable<Answer> talk_over(Transport& transport, Connection& connection, Job& job, bool& reusable) {
    error_code not_sent = co_await write_request(transport, job);
    if (not_sent && job.written == 0) {
      co_return job.failure(Errc::unreachable, "the request could not be sent: " + not_sent.message());
    }
    if (!not_sent && job.request.on_sent) job.request.on_sent();
    // Even when sending broke off: the answer may say why (413, 401).
    ClientResponse response;
    http::response_parser<http::buffer_body> parser;
    http::response_parser<http::buffer_body>* current = &parser;
    std::unique_ptr<http::response_parser<http::buffer_body>> further;
    for (int interim = 0;; ++interim) {
      current->header_limit(answer_head_limit);
      current->body_limit(boost::none);
      if (job.request.method == "HEAD") current->skip(true);
      auto [error, count] = co_await http::async_read_header(transport, connection.in, *current, no_throw);
      job.answered = job.answered || count > 0 || connection.in.size() > 0 || current->got_some();
      if (error) co_return answer_failed(job, error);
      response.status = static_cast<int>(current->get().result_int());
      if (response.status >= 200) break;
      if (response.status < 100 || response.status == 101 || interim == most_interim_answers) {
        co_return job.failure(Errc::invalid, fmt::format("an unexpected answer with status {}", response.status));
      }
      further = std::make_unique<http::response_parser<http::buffer_body>>();
      current = further.get();
    }
    // Copied before the body is read: Beast adds the fields of a trailer to them.
    for (const auto& field : current->get()) {
      auto name = field.name_string(), value = field.value();
      response.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    error_code broken =
        co_await read_answer_body(transport, connection, *current, job.request.response_limit, response);
    if (broken) co_return answer_failed(job, broken);
    reusable = !not_sent && !response.truncated && current->keep_alive() && connection.in.size() == 0;
    co_return response;
  }

  template <class Transport>
  static asio::awaitable<error_code> write_request(Transport& transport, Job& job) {
    std::string_view body = job.request.body ? std::string_view(*job.request.body) : std::string_view{};
    std::array<asio::const_buffer, 2> buffers{asio::buffer(job.head), asio::buffer(body)};
    auto [error, count] = co_await asio::async_write(transport, buffers, no_throw);
    job.written = count;
    crash_point("after-send");
    co_return error;
  }

  template <class Transport>
  static asio::awaitable<error_code> read_answer_body(
      Transport& transport, Connection& connection, http::response_parser<http::buffer_body>& parser, std::size_t limit,
      ClientResponse& response
  ) {
    std::string piece(piece_size, '\0');
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      auto [error, count] = co_await http::async_read_some(transport, connection.in, parser, no_throw);
      response.body.append(piece, 0, piece.size() - parser.get().body().size);
      if (response.body.size() > limit) {
        response.body.resize(limit);
        response.truncated = true;
        co_return error_code{};
      }
      if (error && error != http::error::need_buffer) co_return error;
    }
    co_return error_code{};
  }

  static ClientFailure answer_failed(const Job& job, const error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
      return job.failure(Errc::unreachable, "the connection was closed before the whole answer arrived");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return job.failure(Errc::too_large, "the head or a chunk's head of the answer is longer than 16 KiB");
    }
    if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
      return job.failure(Errc::invalid, "the answer is not HTTP: " + error.message());
    }
    return job.failure(Errc::unreachable, "the connection broke before the whole answer arrived: " + error.message());
  }

  ClientExecutor strand_;
  ClientOptions options_;
  TlsContext tls_;
  Resolver resolver_;
  ConnectionPool pool_;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Client> make_client(asio::any_io_executor executor, ClientOptions options) {
  return std::make_shared<BeastClient>(std::move(executor), std::move(options));
}

}  // namespace wayleave::net
