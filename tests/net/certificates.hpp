#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

namespace wayleave::net::test {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A P-256 key with a certificate, for tests only.
struct Identity {
  std::unique_ptr<EVP_PKEY, FreeKey> key;
  std::unique_ptr<X509, FreeCertificate> certificate;
  std::string sha256() const;  ///< lower-case hex of its DER
};

struct Wish {
  std::string name = "localhost";    ///< common name and DNS name; 127.0.0.1 is added
  const Identity* issuer = nullptr;  ///< null: signs itself
  bool is_ca = false;
  const char* usage = nullptr;       ///< extended key usage: serverAuth, clientAuth; null: any
  long starts = -3600, ends = 3600;  ///< seconds from now
  int rsa_bits = 0;                  ///< RSA of that size instead of P-256
};

Identity make_identity(const Wish& wish);

/// A folder for PEM files that goes with the object.
class PemFolder {
 public:
  PemFolder();
  ~PemFolder();
  std::string certificate(const std::string& name, const Identity& identity) const;
  std::string key(const std::string& name, const Identity& identity) const;
  std::string text(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace wayleave::net::test
