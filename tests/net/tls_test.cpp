#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "certificates.hpp"
#include "raw_socket.hpp"
#include "running_server.hpp"

using namespace wayleave;
using namespace wayleave::net;
using namespace wayleave::net::test;
using namespace std::chrono_literals;
using Clients = TlsOptions::Clients;

namespace {

/// What a TLS client of its own settings gets for `GET /head`: the body of the answer, or why there is none.
struct Call {
  const Identity* identity = nullptr;
  int least = TLS1_2_VERSION, most = TLS1_3_VERSION;
  const char* ciphers = nullptr;
};

std::string call(std::uint16_t port, const Call& with = {}) {
  RawSocket socket(port);
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), with.least);
  SSL_CTX_set_max_proto_version(context.get(), with.most);
  if (with.ciphers != nullptr) SSL_CTX_set_cipher_list(context.get(), with.ciphers);
  if (with.identity != nullptr) {
    SSL_CTX_use_certificate(context.get(), with.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), with.identity->key.get());
  }
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), socket.handle());
  if (SSL_connect(ssl.get()) != 1) return "no handshake";
  std::string request = get("/head", "Connection: close\r\n");
  if (SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())) <= 0) return "cut";
  std::string all;
  char bytes[4096];
  int count;
  while ((count = SSL_read(ssl.get(), bytes, sizeof bytes)) > 0) all.append(bytes, static_cast<std::size_t>(count));
  // An orderly end, told by close_notify, not a cut connection.
  if (SSL_get_error(ssl.get(), count) != SSL_ERROR_ZERO_RETURN) return "cut";
  auto body = all.find("\r\n\r\n");
  return body == std::string::npos ? "no answer" : all.substr(body + 4);
}

struct TlsFixture {
  PemFolder folder;
  Identity ca = make_identity({.name = "Test CA", .is_ca = true});
  Identity other_ca = make_identity({.name = "Other CA", .is_ca = true});
  Identity server = make_identity({.issuer = &ca});

  TlsOptions options(Clients clients = Clients::none, bool with_ca = false) const {
    TlsOptions tls;
    tls.certificate = folder.certificate("server.pem", server);
    tls.key = folder.key("server.key", server);
    tls.clients = clients;
    if (with_ca) tls.ca = folder.certificate("ca.pem", ca);
    return tls;
  }

  static ServerOptions served(const TlsOptions& tls) {
    ServerOptions options;
    options.tls = tls;
    options.handshake = 200ms;
    return options;
  }
};

std::string plain() {
  return "GET /head peer=127.0.0.1 certificate=";
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken and nothing older or weaker", "[net]") {
  TlsFixture f;
  RunningServer running(TlsFixture::served(f.options()));
  CHECK(call(running.port) == plain());
  CHECK(call(running.port, {.most = TLS1_2_VERSION}) == plain());
  CHECK(call(running.port, {.least = TLS1_3_VERSION}) == plain());
  CHECK(call(running.port, {.least = TLS1_VERSION, .most = TLS1_1_VERSION}) == "no handshake");
  CHECK(
      call(running.port, {.most = TLS1_2_VERSION, .ciphers = "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA"}) ==
      "no handshake"
  );
  CHECK(call(running.port, {.most = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"}) == plain());
  CHECK(running.server->counters().handshake_failures == 2);
}

TEST_CASE("client certificates that are offered are verified against the CA", "[net]") {
  TlsFixture f;
  auto good = make_identity({.name = "acme", .issuer = &f.ca, .usage = "clientAuth"});
  auto foreign = make_identity({.name = "acme", .issuer = &f.other_ca});
  auto expired = make_identity({.name = "acme", .issuer = &f.ca, .starts = -7200, .ends = -3600});
  auto wrong_use = make_identity({.name = "acme", .issuer = &f.ca, .usage = "serverAuth"});
  auto weak = make_identity({.name = "acme", .issuer = &f.ca, .rsa_bits = 1024});
  RunningServer running(TlsFixture::served(f.options(Clients::offered, true)));
  CHECK(call(running.port) == plain());
  CHECK(call(running.port, {.identity = &good}) == plain() + good.sha256());
  CHECK(call(running.port, {.identity = &good, .most = TLS1_2_VERSION}) == plain() + good.sha256());
  for (const Identity* bad : {&foreign, &expired, &wrong_use, &weak}) {
    auto answer = call(running.port, {.identity = bad});
    CHECK((answer == "no handshake" || answer == "cut"));
  }
}

TEST_CASE("required client certificates must be there", "[net]") {
  TlsFixture f;
  auto good = make_identity({.name = "acme", .issuer = &f.ca});
  RunningServer running(TlsFixture::served(f.options(Clients::required, true)));
  auto without = call(running.port);
  CHECK((without == "no handshake" || without == "cut"));
  CHECK(call(running.port, {.identity = &good}) == plain() + good.sha256());
}

TEST_CASE("without a CA any proven certificate is told by its hash, if it is in force", "[net]") {
  TlsFixture f;
  auto self_signed = make_identity({.name = "acme"});
  auto foreign = make_identity({.name = "acme", .issuer = &f.other_ca});
  auto expired = make_identity({.name = "acme", .starts = -7200, .ends = -3600});
  RunningServer running(TlsFixture::served(f.options(Clients::offered)));
  CHECK(call(running.port) == plain());
  CHECK(call(running.port, {.identity = &self_signed}) == plain() + self_signed.sha256());
  CHECK(call(running.port, {.identity = &foreign, .most = TLS1_2_VERSION}) == plain() + foreign.sha256());
  auto late = call(running.port, {.identity = &expired});
  CHECK((late == "no handshake" || late == "cut"));
}

TEST_CASE("a certificate is not asked for when clients need none", "[net]") {
  TlsFixture f;
  auto self_signed = make_identity({.name = "acme"});
  RunningServer running(TlsFixture::served(f.options()));
  CHECK(call(running.port, {.identity = &self_signed}) == plain());
}

TEST_CASE("stalled and foreign handshakes are ended in time", "[net]") {
  TlsFixture f;
  RunningServer running(TlsFixture::served(f.options()));
  RawSocket silent(running.port), plain_http(running.port), one_byte(running.port);
  plain_http.send(get("/"));
  one_byte.send("\x16");
  CHECK(silent.receive_all(3s).empty());
  CHECK(answers_in(plain_http.receive_all(3s)) == 0);
  CHECK(one_byte.receive_all(3s).empty());
  CHECK(call(running.port) == plain());
}

TEST_CASE("files that do not load stop the start, each by its name", "[net]") {
  TlsFixture f;
  auto other = make_identity({});
  IoThreads threads(1);
  auto start = [&](TlsOptions tls) {
    auto started = make_server(threads, TlsFixture::served(tls), answer)->start();
    return started.has_error() ? started.error().detail : "started";
  };
  auto tls = f.options();
  tls.certificate = "missing.pem";
  CHECK(start(tls).find("missing.pem") != std::string::npos);
  tls = f.options();
  tls.certificate = f.folder.text("broken.pem", "no certificate");
  CHECK(start(tls).find("broken.pem") != std::string::npos);
  tls = f.options();
  tls.key = f.folder.key("other.key", other);
  CHECK(start(tls).find("other.key") != std::string::npos);
  tls = f.options(Clients::required, true);
  tls.ca = f.folder.text("empty.pem", "");
  CHECK(start(tls).find("empty.pem") != std::string::npos);
}

TEST_CASE("a reload takes a new pair and refuses a broken one", "[net]") {
  TlsFixture f;
  RunningServer running(TlsFixture::served(f.options()));
  auto broken = f.options();
  broken.key = f.folder.text("broken.key", "no key");
  CHECK(running.server->reload_tls(broken).has_error());
  CHECK(call(running.port) == plain());
  // Certificates are asked for from now on: seen by the client's hash coming through.
  auto self_signed = make_identity({.name = "acme"});
  CHECK(running.server->reload_tls(f.options(Clients::offered)).has_value());
  CHECK(call(running.port, {.identity = &self_signed}) == plain() + self_signed.sha256());
}
