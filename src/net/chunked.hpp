#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wayleave::net {

/// Takes the chunks of a request body apart, strictly and piece by piece: sizes of at most 16 hex digits, extensions
/// bounded, no trailer at all (its fields would pass for header fields). Pure; fuzzed with the head check.
class ChunkReader {
 public:
  enum class State : std::uint8_t { more, done, broken, too_large };

  /// No more than `limit` bytes of body are taken.
  explicit ChunkReader(std::uint64_t limit) : limit_(limit) {}

  /// Takes bytes off the front of `bytes` and appends those of the body to `body`. After `done` what is left of `bytes`
  /// belongs to the next request; `broken` and `too_large` are final.
  State take(std::string_view& bytes, std::string& body);

  /// Why it is broken: one sentence; empty otherwise.
  const char* detail() const { return detail_; }

 private:
  enum class Place : std::uint8_t { size, extension, size_end, data, data_end, data_end_lf, last_cr, last_lf };

  State fail(const char* detail);
  State take_size_line(char c);

  std::uint64_t limit_;
  std::uint64_t taken_ = 0;
  std::uint64_t left_ = 0;  // of the chunk's data
  unsigned digits_ = 0;
  std::size_t extensions_ = 0;  // bytes of them so far, in the whole body
  Place place_ = Place::size;
  State state_ = State::more;
  const char* detail_ = "";
};

}  // namespace wayleave::net
