#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <fmt/format.h>

#include "crypto/digest.hpp"

namespace wayleave::net {

namespace {

namespace ssl = boost::asio::ssl;

// Mozilla's "intermediate" 5.8 without DHE: forward secrecy and AEAD only. TLS 1.3's own suites are OpenSSL's default.
constexpr const char* cipher_list =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr int verify_depth = 4;
constexpr long max_certificate_list = 32 * 1024;
constexpr unsigned char session_context[] = "wayleave";

/// Both ends. SSL_OP_IGNORE_UNEXPECTED_EOF is left off: a connection cut short must not look like one that ended.
bool harden(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, max_certificate_list);
  SSL_CTX_set_verify_depth(context, verify_depth);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, cipher_list) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

/// Without a CA partners are known by their certificate's hash: an unknown issuer is no fault, everything else is.
int accept_unknown_issuer(int fine, X509_STORE_CTX* store) {
  if (fine == 1) return 1;
  switch (X509_STORE_CTX_get_error(store)) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      X509_STORE_CTX_set_error(store, X509_V_OK);
      return 1;
    default:
      return 0;
  }
}

Problem unusable(const std::string& what, const std::string& file) {
  return {Errc::unusable, fmt::format("{} '{}': {}", what, file, openssl_error()), {file}};
}

/// Empty password, so that an encrypted key fails instead of asking on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

std::optional<Problem> ask_for_certificates(SSL_CTX* context, const TlsOptions& options) {
  if (options.clients == TlsOptions::Clients::none) return std::nullopt;
  int mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;
  if (options.clients == TlsOptions::Clients::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, options.ca.empty() ? accept_unknown_issuer : nullptr);
  SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
  // A resumed session would carry a certificate past its end, or past a change of the CA.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (options.ca.empty()) return std::nullopt;
  if (SSL_CTX_load_verify_file(context, options.ca.c_str()) != 1) return unusable("cannot use the CA file", options.ca);
  // Names the CAs in the handshake, so that a client with several certificates can choose.
  if (auto* names = SSL_load_client_CA_file(options.ca.c_str())) SSL_CTX_set_client_CA_list(context, names);
  return std::nullopt;
}

}  // namespace

std::string openssl_error() {
  std::string text = "no reason given";
  if (auto code = ERR_peek_last_error(); code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : fmt::format("OpenSSL error {:x}", code);
  }
  ERR_clear_error();
  return text;
}

Result<TlsContext> make_server_context(const TlsOptions& options) {
  ERR_clear_error();
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* context = made->native_handle();
  if (!harden(context)) return Problem{Errc::unusable, "OpenSSL refuses our TLS settings: " + openssl_error()};
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1);
  SSL_CTX_set_default_passwd_cb(context, no_password);
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1) {
    return unusable("cannot use the certificate file", options.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("cannot use the key file", options.key);
  }
  if (SSL_CTX_check_private_key(context) != 1)
    return unusable("the certificate does not belong to the key", options.key);
  if (auto problem = ask_for_certificates(context, options)) return *problem;
  return made;
}

Result<TlsContext> make_client_context(const std::string& ca_file) {
  ERR_clear_error();
  auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* context = made->native_handle();
  if (!harden(context)) return Problem{Errc::unusable, "OpenSSL refuses our TLS settings: " + openssl_error()};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return unusable("cannot use the system's CA store", "");
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    return unusable("cannot use the CA file", ca_file);
  }
  return made;
}

std::string peer_certificate_sha256(SSL* connection) {
  X509* certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return {};
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string hash = crypto::sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

}  // namespace wayleave::net
