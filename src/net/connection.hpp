#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/tls.hpp"

/// The inside of a Client: its connections and where idle ones wait. Used on the client's strand only.
namespace wayleave::net {

using ClientExecutor = asio::strand<asio::any_io_executor>;
using ClientSocket = asio::basic_stream_socket<asio::ip::tcp, ClientExecutor>;
using ClientTlsStream = asio::ssl::stream<ClientSocket>;
using ClientTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, ClientExecutor>;

/// A connection to one origin. TLS wraps the socket when `tls` is set.
struct Connection {
  explicit Connection(const ClientExecutor& executor) : plain(std::make_unique<ClientSocket>(executor)) {}

  ClientSocket& socket() { return tls ? tls->next_layer() : *plain; }
  void close();
  /// Nothing has arrived since the last answer: neither the end of the connection nor bytes nobody asked for.
  bool quiet();

  std::unique_ptr<ClientSocket> plain;
  TlsContext context;
  std::unique_ptr<ClientTlsStream> tls;
  boost::beast::flat_buffer in{16 * 1024};  // and no more: Beast 1.81 throws on fields over 64 KiB
  std::string address;                      // as the policy saw it
  bool reused = false;
  std::chrono::steady_clock::time_point expires;
};
using ConnectionPtr = std::unique_ptr<Connection>;

/// Kept-alive connections by origin (`scheme://host:port`).
class ConnectionPool {
 public:
  explicit ConnectionPool(std::size_t per_origin) : per_origin_(per_origin) {}

  /// The one used last that is still quiet; null when there is none.
  ConnectionPtr take(const std::string& origin);
  void keep(const std::string& origin, ConnectionPtr connection, std::chrono::milliseconds idle);
  void clear() { idle_.clear(); }

 private:
  void drop_expired(std::chrono::steady_clock::time_point now);

  std::size_t per_origin_;
  std::map<std::string, std::vector<ConnectionPtr>> idle_;
  std::chrono::steady_clock::time_point next_sweep_;
};

}  // namespace wayleave::net
