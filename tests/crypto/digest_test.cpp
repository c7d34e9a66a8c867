#include "crypto/digest.hpp"

#include <catch2/catch.hpp>

using namespace wayleave::crypto;

TEST_CASE("SHA-256 gives the values of FIPS 180-4", "[crypto]") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256("abc").size() == 32);
}

TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231", "[crypto]") {
  CHECK(
      to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
  );
  CHECK(
      to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
  );
  CHECK(
      to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
  );
  CHECK(to_hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("base64 gives the values of RFC 4648 both ways", "[crypto]") {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}};
  for (auto [plain, coded] : cases) {
    INFO(plain);
    CHECK(base64(plain) == coded);
    CHECK(from_base64(coded) == plain);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(from_base64(base64(all)) == all);
}

TEST_CASE("what is no base64 is refused", "[crypto]") {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm9_", "Zh==", "Zm9=", "=Zg="}) {
    INFO(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}

TEST_CASE("random bytes have the length asked for and differ", "[crypto]") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(33).size() == 33);
  CHECK(random_bytes(16) != random_bytes(16));
}

TEST_CASE("secrets are equal only when every byte is", "[crypto]") {
  CHECK(equal_secrets("", ""));
  CHECK(equal_secrets("abc", "abc"));
  CHECK_FALSE(equal_secrets("abc", "abd"));
  CHECK_FALSE(equal_secrets("abc", "abcd"));
}
