#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "formats/edi/charset.hpp"
#include "formats/edi/delimiters.hpp"

namespace wayleave::edi {

/// A number's digits, without allocation.
struct Digits {
  explicit Digits(std::uint64_t value) { end = std::to_chars(text, text + sizeof text, value).ptr; }
  operator std::string_view() const { return {text, static_cast<std::size_t>(end - text)}; }
  char text[24];
  char* end;
};

/// Writes segments into a string, data element by data element, by position: what lies between two of them is left
/// empty, and nothing is written behind the last one. Between open() and close() the string is longer than what was
/// written.
class Pen {
 public:
  Pen(std::string& out, const Delimiters& delimiters, CharacterSet characters, bool blank_unfit, bool newline);
  /// Begins a piece of work; positions are offsets into the string.
  std::size_t open();
  void close();
  /// Forgets what was written since `mark`.
  void back_to(std::size_t mark) { at_ = out_.data() + mark; }

  void begin(std::string_view id) {
    need(id.size() + 4);
    std::memcpy(at_, id.data(), id.size());
    at_ += id.size();
    element_ = 0;
  }
  /// The value at that place: element from 1, repetition and component from 0; places only rise. False: the character
  /// at `bad` cannot be written. '.' becomes the decimal mark where the value is a number.
  bool put(
      std::uint32_t element, std::uint32_t repetition, std::uint32_t component, std::string_view value, bool number,
      std::size_t& bad
  ) {
    if (value.empty()) return true;
    const std::uint32_t gap = element - element_ + repetition + component;
    need(gap + 2 * value.size() + 4);
    separate(element, repetition, component);
    const char* from = value.data();
    unsigned seen = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      at_[i] = from[i];
      seen |= kinds_[static_cast<unsigned char>(from[i])];
    }
    if (number && delimiters_.decimal != '.') mark_decimals(value.size());
    if (seen == plain) [[likely]] {
      at_ += value.size();
      return true;
    }
    return put_odd(value, number, kinds_, bad);
  }
  /// The same with blanks for what cannot be written. `made`: the value has its component separators already.
  void put_fitted(std::uint32_t element, std::uint32_t component, std::string_view value, bool made = false);
  void end() {
    need(4);
    *at_++ = delimiters_.segment;
    if (newline_) *at_++ = '\n';
  }
  /// Bytes that are none of a segment's data.
  void raw(std::string_view bytes);

  const Delimiters& delimiters() const { return delimiters_; }

 private:
  enum Kind : std::uint8_t { plain = 0, released = 1, unfit = 2, wide = 4 };
  using Kinds = std::array<std::uint8_t, 256>;

  void need(std::size_t bytes) {
    if (static_cast<std::size_t>(limit_ - at_) < bytes) [[unlikely]]
      grow(bytes);
  }
  void grow(std::size_t bytes);
  void separate(std::uint32_t element, std::uint32_t repetition, std::uint32_t component) {
    if (element != element_) {
      while (element_ < element) *at_++ = delimiters_.element, ++element_;
      repetition_ = component_ = 0;
    }
    if (repetition != repetition_) {
      while (repetition_ < repetition) *at_++ = delimiters_.repetition, ++repetition_;
      component_ = 0;
    }
    while (component_ < component) *at_++ = delimiters_.component, ++component_;
  }
  void mark_decimals(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      if (at_[i] == '.') at_[i] = delimiters_.decimal;
  }
  bool put_odd(std::string_view value, bool number, const Kinds& kinds, std::size_t& bad);

  std::string& out_;
  char* at_ = nullptr;
  char* limit_ = nullptr;
  std::uint32_t element_ = 0, repetition_ = 0, component_ = 0;
  Kinds kinds_{}, made_kinds_{};
  Delimiters delimiters_;
  CharacterSet characters_;
  bool blank_unfit_, newline_;
};

}  // namespace wayleave::edi
