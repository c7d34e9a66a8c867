#include "net/chunked.hpp"

#include <catch2/catch.hpp>

using namespace wayleave::net;
using State = ChunkReader::State;

namespace {

struct Outcome {
  State state;
  std::string body, rest;
};

/// Feeds `bytes` in pieces of `step`.
Outcome read(const std::string& bytes, std::size_t step, std::uint64_t limit = 1 << 20) {
  ChunkReader reader(limit);
  Outcome outcome{State::more, "", ""};
  std::size_t at = 0;
  while (at < bytes.size() && outcome.state == State::more) {
    std::string_view piece = std::string_view(bytes).substr(at, step);
    auto size = piece.size();
    outcome.state = reader.take(piece, outcome.body);
    at += size - piece.size();
  }
  outcome.rest = bytes.substr(at);
  return outcome;
}

State state_of(const std::string& bytes, std::uint64_t limit = 1 << 20) {
  auto whole = read(bytes, bytes.size(), limit), single = read(bytes, 1, limit);
  REQUIRE(whole.state == single.state);
  REQUIRE(whole.body == single.body);
  return whole.state;
}

}  // namespace

TEST_CASE("chunks are joined however the bytes arrive", "[net]") {
  const std::string bytes = "5\r\nhello\r\n1;name=value\r\n \r\n00A\r\n0123456789\r\n0\r\n\r\nGET /";
  for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, bytes.size()}) {
    INFO(step);
    auto outcome = read(bytes, step);
    CHECK(outcome.state == State::done);
    CHECK(outcome.body == "hello 0123456789");
    CHECK(outcome.rest == "GET /");
  }
}

TEST_CASE("anything but strict chunks is broken", "[net]") {
  for (const char* bytes :
       {"\r\n", "x\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\nhello\r\n", "0x5\r\nhello\r\n", "+5\r\nhello\r\n",
        "-5\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\rX", "5\rX", "5;a\x01\r\n", "5;a\nb\r\n",
        "0\r\nTrailer: x\r\n\r\n", "0\r\n\rX", "00000000000000005\r\nhello\r\n", "5,5\r\nhello\r\n", "\x80\r\n"}) {
    INFO(bytes);
    CHECK(state_of(bytes) == State::broken);
  }
}

TEST_CASE("a body that stops early needs more", "[net]") {
  const std::string bytes = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    INFO(size);
    CHECK(state_of(bytes.substr(0, size)) == State::more);
  }
  CHECK(state_of(bytes) == State::done);
}

TEST_CASE("the limit counts all chunks, by their announced size", "[net]") {
  CHECK(state_of("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 10) == State::done);
  CHECK(state_of("5\r\nhello\r\n6\r\n", 10) == State::too_large);
  CHECK(state_of("FFFFFFFFFFFFFFFF\r\n", 10) == State::too_large);
  CHECK(state_of("5\r\nhello\r\nFFFFFFFFFFFFFFFF\r\n") == State::too_large);
  CHECK(state_of("0\r\n\r\n", 0) == State::done);
}

TEST_CASE("chunk extensions are bounded over the whole body", "[net]") {
  CHECK(state_of("1;" + std::string(4'000, 'x') + "\r\na\r\n0\r\n\r\n") == State::done);
  CHECK(state_of("1;" + std::string(65'536, 'x') + "\r\na\r\n0\r\n\r\n") == State::broken);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;" + std::string(100, 'x') + "\r\na\r\n";
  CHECK(state_of(many) == State::broken);
}
