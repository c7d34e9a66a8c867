#include "certificates.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "crypto/digest.hpp"

namespace wayleave::net::test {

namespace {

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

template <class Write>
std::string write_pem(const std::filesystem::path& path, Write write) {
  FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + path.string());
  write(file);
  std::fclose(file);
  return path;
}

}  // namespace

std::string Identity::sha256() const {
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate.get(), &der);
  std::string hash = crypto::sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

Identity make_identity(const Wish& wish) {
  Identity made;
  made.key.reset(wish.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wish.rsa_bits)) : EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* certificate = made.certificate.get();
  const Identity& issuer = wish.issuer != nullptr ? *wish.issuer : made;
  static long serial = 1;
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.starts);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.ends);
  X509_set_pubkey(certificate, made.key.get());
  auto* name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  add_extension(
      certificate, issuer.certificate.get(), NID_basic_constraints, wish.is_ca ? "critical,CA:TRUE" : "CA:FALSE"
  );
  if (!wish.is_ca) {
    add_extension(certificate, issuer.certificate.get(), NID_subject_alt_name, "DNS:" + wish.name + ",IP:127.0.0.1");
  }
  if (wish.usage != nullptr) add_extension(certificate, issuer.certificate.get(), NID_ext_key_usage, wish.usage);
  if (X509_sign(certificate, issuer.key.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
  return made;
}

PemFolder::PemFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "wayleave-pem-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

PemFolder::~PemFolder() {
  std::filesystem::remove_all(path_);
}

std::string PemFolder::certificate(const std::string& name, const Identity& identity) const {
  return write_pem(path_ / name, [&](FILE* file) { PEM_write_X509(file, identity.certificate.get()); });
}

std::string PemFolder::key(const std::string& name, const Identity& identity) const {
  return write_pem(path_ / name, [&](FILE* file) {
    PEM_write_PrivateKey(file, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string PemFolder::text(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name) << content;
  return path_ / name;
}

}  // namespace wayleave::net::test
