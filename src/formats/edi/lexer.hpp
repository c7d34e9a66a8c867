#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "formats/edi/delimiters.hpp"

namespace wayleave::edi {

/// The smallest part of a segment: what stands between two delimiters.
struct Piece {
  enum Closed : std::uint8_t { data = 0, by_element, by_repetition, by_component, by_segment, release };
  std::uint32_t begin = 0, end = 0;      ///< offsets into the bytes given to next()
  Closed closed = by_segment;
  std::uint32_t size() const { return end - begin; }
};

/// Zero bytes that follow what is lexed, so that blocks may be loaded without a test of bounds.
inline constexpr std::size_t lexer_padding = 64;

/// Cuts a segment into its pieces: 64 bytes at a time are compared with all delimiters, and only delimiters are looked at.
class Lexer {
 public:
  explicit Lexer(std::size_t most_pieces) : most_(most_pieces + 2), pieces_(std::min<std::size_t>(most_, 256)) {}

  /// `strict`: mark what UNOA and UNOB may not have; else only control characters and bytes from 0x7f on are odd.
  void use(const Delimiters& delimiters, bool strict);
  /// The bytes moved, or others came behind them.
  void forget() { block_ = ~std::size_t{0}; }

  enum class Outcome : std::uint8_t { segment, unfinished, too_many };
  /// The segment that begins at `at`; `data[size]` to `data[size + 63]` are readable.
  Outcome next(const char* data, std::size_t size, std::size_t at);

  const Piece* begin() const { return pieces_.data(); }
  std::uint32_t count() const { return count_; }
  std::size_t end() const { return end_; }     ///< offset of the terminator
  bool odd() const { return odd_; }            ///< has bytes that need a second look
  bool released() const { return released_; }  ///< has release characters

 private:
  void load(const char* data, std::size_t size, std::size_t block);

  std::size_t most_;
  std::vector<Piece> pieces_;
  std::array<std::uint8_t, 256> kinds_{};
  Delimiters delimiters_;
  bool strict_ = false;
  std::uint32_t count_ = 0;
  std::size_t end_ = 0;
  bool odd_ = false, released_ = false;
  std::size_t block_ = ~std::size_t{0};
  std::uint64_t marks_ = 0, odds_ = 0;
};

}  // namespace wayleave::edi
