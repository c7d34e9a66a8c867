#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/server.hpp"

namespace wayleave::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// TLS 1.2 and 1.3 with forward secrecy and AEAD only. Problem (Errc::unusable) naming the file that does not load, or
/// when certificate and key do not belong together.
Result<TlsContext> make_server_context(const TlsOptions& options);

/// Checks the server's certificate against `ca_file`, or the system's store when it is empty. The host name is checked
/// by the connection.
Result<TlsContext> make_client_context(const std::string& ca_file);

/// Lower-case hex of SHA-256 of the certificate with which the other end proved itself; empty when it showed none or
/// its verification failed.
std::string peer_certificate_sha256(SSL* connection);

/// The newest error of OpenSSL on this thread in words; clears the rest.
std::string openssl_error();

}  // namespace wayleave::net
