#include "formats/edi/lexer.hpp"

#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wayleave::edi {

void Lexer::use(const Delimiters& delimiters, bool strict) {
  delimiters_ = delimiters;
  strict_ = strict;
  kinds_.fill(Piece::data);
  auto set = [&](char c, Piece::Closed kind) {
    if (c) kinds_[static_cast<unsigned char>(c)] = kind;
  };
  set(delimiters.release, Piece::release);
  set(delimiters.repetition, Piece::by_repetition);
  set(delimiters.component, Piece::by_component);
  set(delimiters.element, Piece::by_element);
  set(delimiters.segment, Piece::by_segment);
  forget();
}

void Lexer::load(const char* data, std::size_t size, std::size_t block) {
  block_ = block;
  marks_ = odds_ = 0;
#if defined(__SSE2__)
  // A delimiter that does not exist compares with the terminator once more.
  auto same = [&](char c) { return _mm_set1_epi8(c ? c : delimiters_.segment); };
  const __m128i s = same(delimiters_.segment), e = same(delimiters_.element), c = same(delimiters_.component);
  const __m128i r = same(delimiters_.repetition), q = same(delimiters_.release);
  const __m128i one = _mm_set1_epi8(1), above_blank = _mm_set1_epi8(0x21);
  for (int i = 0; i < 4; ++i) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + block) + i);
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, s), _mm_cmpeq_epi8(v, e));
    hit = _mm_or_si128(hit, _mm_or_si128(_mm_cmpeq_epi8(v, c), _mm_or_si128(_mm_cmpeq_epi8(v, r), _mm_cmpeq_epi8(v, q))));
    __m128i odd = _mm_cmplt_epi8(_mm_add_epi8(v, one), above_blank);   // signed: from 0x7f on too
    if (strict_) {
      odd = _mm_or_si128(odd, _mm_cmpgt_epi8(v, _mm_set1_epi8('Z')));
      odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('#')), _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('$')), _mm_cmpeq_epi8(v, _mm_set1_epi8('@')))));
    }
    marks_ |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hit))) << (16 * i);
    odds_ |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(odd))) << (16 * i);
  }
#else
  for (int i = 0; i < 64; ++i) {
    const auto b = static_cast<unsigned char>(data[block + i]);
    if (kinds_[b] != Piece::data) marks_ |= 1ull << i;
    if (b < 0x20 || b >= 0x7f || (strict_ && (b > 'Z' || b == '#' || b == '$' || b == '@'))) odds_ |= 1ull << i;
  }
#endif
  if (block + 64 > size) {
    const auto inside = size > block ? (size - block >= 64 ? ~0ull : (1ull << (size - block)) - 1) : 0ull;
    marks_ &= inside;
    odds_ &= inside;
  }
  odds_ &= ~marks_;
}

Lexer::Outcome Lexer::next(const char* data, std::size_t size, std::size_t at) {
  std::size_t block = at & ~std::size_t{63};
  if (block != block_) load(data, size, block);
  std::uint64_t ahead = ~0ull << (at & 63);
  std::uint64_t marks = marks_ & ahead;
  std::uint64_t odd = 0;
  bool released = false;
  std::size_t taken = 0;                 // the byte behind a release character at the end of a block
  auto begin = static_cast<std::uint32_t>(at);
  Piece* out = pieces_.data();
  const Piece* last = out + pieces_.size() - 1;
  for (;;) {
    while (marks) {
      const auto bit = static_cast<unsigned>(std::countr_zero(marks));
      marks &= marks - 1;
      const auto pos = block + bit;
      const auto kind = static_cast<Piece::Closed>(kinds_[static_cast<unsigned char>(data[pos])]);
      if (kind == Piece::release) [[unlikely]] {
        released = true;
        if (bit < 63) marks &= ~(1ull << (bit + 1));
        else taken = pos + 1;
        continue;
      }
      *out = {begin, static_cast<std::uint32_t>(pos), kind};
      begin = static_cast<std::uint32_t>(pos + 1);
      if (kind == Piece::by_segment) {
        odd |= odds_ & ahead & ((1ull << bit) - 1);
        count_ = static_cast<std::uint32_t>(out + 1 - pieces_.data());
        end_ = pos;
        odd_ = odd != 0;
        released_ = released;
        return Outcome::segment;
      }
      if (++out == last) [[unlikely]] {
        if (pieces_.size() >= most_) return Outcome::too_many;
        const auto used = static_cast<std::size_t>(out - pieces_.data());
        pieces_.resize(std::min(most_, pieces_.size() * 4));
        out = pieces_.data() + used;
        last = pieces_.data() + pieces_.size() - 1;
      }
    }
    odd |= odds_ & ahead;
    block += 64;
    if (block >= size) return Outcome::unfinished;
    load(data, size, block);
    ahead = ~0ull;
    marks = marks_;
    if (taken == block && taken) marks &= ~1ull;
  }
}

}  // namespace wayleave::edi
