#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wayleave::crypto {

/// Raw 32 bytes.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Lower-case hex of SHA-256.
std::string sha256_hex(std::string_view bytes);
/// SHA-256 of bytes that come in pieces. One thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Lower-case hex; ready for another text afterwards.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
std::string to_hex(std::string_view bytes);
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
/// `count` bytes from the system's generator; throws when there are none to be had.
std::string random_bytes(std::size_t count);
/// In time that depends on the lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace wayleave::crypto
