#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wayleave::store {

/// The numbers that one entry got in the lines of its readers, as one blob: 12 bytes a reader, sorted by line,
///   line: 4 bytes, seq: 8 bytes, both big-endian.
class Audience {
 public:
  void add(std::int64_t line, std::uint64_t seq) { numbers_.emplace_back(static_cast<std::uint32_t>(line), seq); }

  /// Valid until the next call.
  std::string_view pack() {
    std::ranges::sort(numbers_);
    packed_.clear();
    packed_.reserve(numbers_.size() * width);
    for (auto [line, seq] : numbers_) {
      put(line, 4);
      put(seq, 8);
    }
    return packed_;
  }

  template <class Take>
  static void each(std::string_view packed, Take take) {
    for (; packed.size() >= width; packed.remove_prefix(width)) take(static_cast<std::int64_t>(get(packed, 0, 4)), get(packed, 4, 8));
  }

  /// The number in one line; 0: it is not among the readers.
  static std::uint64_t find(std::string_view packed, std::int64_t line) {
    std::size_t low = 0;
    std::size_t high = packed.size() / width;
    while (low < high) {
      auto middle = low + (high - low) / 2;
      auto at = static_cast<std::int64_t>(get(packed, middle * width, 4));
      if (at == line) return get(packed, middle * width + 4, 8);
      (at < line ? low : high) = at < line ? middle + 1 : middle;
    }
    return 0;
  }

 private:
  static constexpr std::size_t width = 12;

  void put(std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) packed_ += static_cast<char>(value >> (8 * i));
  }
  static std::uint64_t get(std::string_view packed, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(packed[at + i]);
    return value;
  }

  std::vector<std::pair<std::uint32_t, std::uint64_t>> numbers_;
  std::string packed_;
};

}  // namespace wayleave::store
