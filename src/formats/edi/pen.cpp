#include "formats/edi/pen.hpp"

#include <algorithm>
#include <utility>

#include "base/relatives.hpp"
#include "base/utf8.hpp"

namespace wayleave::edi {
namespace {

/// Of a whole UTF-8 sequence.
char32_t character(std::string_view sequence) {
  auto c = static_cast<unsigned char>(sequence[0]) & (sequence.size() == 1 ? 0xffu : 0xffu >> (sequence.size() + 1));
  for (const char next : sequence.substr(1)) c = c << 6 | (static_cast<unsigned char>(next) & 0x3f);
  return c;
}

}  // namespace

Pen::Pen(std::string& out, const Delimiters& delimiters, CharacterSet characters, bool blank_unfit, bool newline)
    : out_(out), delimiters_(delimiters), characters_(characters), blank_unfit_(blank_unfit), newline_(newline) {
  for (unsigned c = 0; c < 256; ++c)
    kinds_[c] = c >= 0x80 ? wide : admits_ascii(characters, static_cast<unsigned char>(c)) ? plain : unfit;
  const auto d = delimiters_;
  for (const char c : {d.segment, d.element, d.component, d.repetition, d.release})
    if (c) kinds_[static_cast<unsigned char>(c)] |= d.release ? released : unfit;
  // A character that stands for itself where it is released need not be of the set: it is one of the interchange's own.
  if (d.release) {
    for (auto& kind : kinds_)
      if (kind == (released | unfit)) kind = released;
  }
  made_kinds_ = kinds_;
  made_kinds_[static_cast<unsigned char>(d.component)] = plain;
}

std::size_t Pen::open() {
  const auto size = out_.size();
  at_ = limit_ = out_.data() + size;
  return size;
}

void Pen::close() {
  out_.resize(static_cast<std::size_t>(at_ - out_.data()));
  at_ = limit_ = nullptr;
}

void Pen::grow(std::size_t bytes) {
  const auto used = static_cast<std::size_t>(at_ - out_.data());
  // Filled with zeros only to be written over: steps of 64 KiB keep them in the cache.
  out_.resize(used + std::max<std::size_t>(bytes, std::min<std::size_t>(std::max<std::size_t>(used, 512), 64u << 10)));
  at_ = out_.data() + used;
  limit_ = out_.data() + out_.size();
}

void Pen::raw(std::string_view bytes) {
  need(bytes.size());
  std::memcpy(at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

void Pen::put_fitted(std::uint32_t element, std::uint32_t component, std::string_view value, bool made) {
  if (value.empty()) return;
  need(element - element_ + component + 2 * value.size() + 4);
  separate(element, 0, component);
  std::size_t bad = 0;
  const bool blank = std::exchange(blank_unfit_, true);
  put_odd(value, false, made ? made_kinds_ : kinds_, bad);
  blank_unfit_ = blank;
}

/// Room for twice the value is there: no character grows when it is encoded, and none has more than one release
/// character.
bool Pen::put_odd(std::string_view value, bool number, const Kinds& kinds, std::size_t& bad) {
  for (std::size_t i = 0; i < value.size();) {
    const auto c = static_cast<unsigned char>(value[i]);
    const auto kind = kinds[c];
    if (kind & wide) {
      const auto length = utf8_sequence(value.substr(i));
      std::size_t where = 0;
      const auto encoded = length ? encode(characters_, value.substr(i, length), where) : std::nullopt;
      // A delimiter may be one of the upper half, too.
      const bool clash = encoded && std::any_of(encoded->begin(), encoded->end(), [&](char e) {
                           return kinds[static_cast<unsigned char>(e)] & ~wide;
                         });
      if (encoded && (!clash || (encoded->size() == 1 && delimiters_.release))) {
        if (clash) *at_++ = delimiters_.release;
        std::memcpy(at_, encoded->data(), encoded->size());
        at_ += encoded->size();
      } else if (blank_unfit_) {
        // One for one, or a text might grow beyond its element.
        const auto near = nearest_ascii(length ? character(value.substr(i, length)) : 0);
        *at_++ = !near.empty() && near.size() <= 2 && kinds[static_cast<unsigned char>(near[0])] == plain ? near[0] : ' ';
      } else {
        bad = i;
        return false;
      }
      i += std::max<std::size_t>(length, 1);
      continue;
    }
    if (kind & unfit) {
      if (!blank_unfit_) {
        bad = i;
        return false;
      }
      *at_++ = ' ';
    } else if (kind & released && !(number && c == '.')) {
      *at_++ = delimiters_.release;
      *at_++ = static_cast<char>(c);
    } else {
      *at_++ = number && c == '.' ? delimiters_.decimal : static_cast<char>(c);
    }
    ++i;
  }
  return true;
}

}  // namespace wayleave::edi
