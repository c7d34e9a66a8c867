#include "formats/edi/raw_set.hpp"

#include <algorithm>

namespace wayleave::edi {
namespace {

constexpr std::size_t most_pieces = 10'000;
constexpr std::string_view replacement = "\xef\xbf\xbd";

}  // namespace

RawSet::RawSet(std::string_view bytes, Standard standard, const Delimiters& delimiters, CharacterSet characters)
    : bytes_(bytes),
      size_(bytes.size()),
      standard_(standard),
      delimiters_(delimiters),
      characters_(characters),
      lexer_(most_pieces) {
  bytes_.append(lexer_padding, '\0');
  lexer_.use(delimiters, false);
}

bool RawSet::next(RawSegment& segment) {
  while (at_ < size_ && (bytes_[at_] == '\r' || bytes_[at_] == '\n' || bytes_[at_] == ' ' || bytes_[at_] == '\t'))
    ++at_;
  if (at_ >= size_) return false;
  if (binary(segment)) return true;
  if (lexer_.next(bytes_.data(), size_, at_) != Lexer::Outcome::segment) return false;
  const auto* pieces = lexer_.begin();
  segment.begin = pieces[0].begin;
  segment.end = static_cast<std::uint32_t>(lexer_.end());
  segment.id = raw(pieces[0].begin, pieces[0].end);
  segment.values.clear();
  RawValue at;
  for (std::uint32_t i = 0; i < lexer_.count(); ++i) {
    const auto& piece = pieces[i];
    if (at.element) {
      auto value = at;
      // An element is composite as soon as one component separator stands in it.
      if (value.component == 0 && piece.closed == Piece::by_component) value.component = 1;
      value.begin = piece.begin;
      value.end = piece.end;
      segment.values.push_back(value);
      at.component = value.component;
    }
    if (piece.closed == Piece::by_component && at.element) {
      ++at.component;
    } else if (piece.closed == Piece::by_repetition && at.element) {
      ++at.repetition;
      at.component = 0;
    } else {
      ++at.element;
      at.repetition = at.component = 0;
    }
  }
  at_ = lexer_.end() + 1;
  return true;
}

/// A segment with octets, if one begins here and ends as it says; Reader::State::binary_segment is its like.
bool RawSet::binary(RawSegment& segment) {
  const std::string_view rest = raw(static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(size_));
  const bool bds = rest.starts_with("BDS");
  if (standard_ != Standard::x12 || (!bds && !rest.starts_with("BIN"))) return false;
  if (rest.size() < 4 || rest[3] != delimiters_.element) return false;
  std::size_t from = 4;
  if (bds) {
    const char ends[] = {delimiters_.element, delimiters_.segment};
    from = rest.find_first_of(std::string_view(ends, 2), from);
    if (from == rest.npos || rest[from] != delimiters_.element) return false;
    ++from;
  }
  std::uint64_t length = 0;
  auto p = from;
  for (; p < rest.size() && p < from + 16 && rest[p] >= '0' && rest[p] <= '9'; ++p)
    length = length * 10 + static_cast<unsigned>(rest[p] - '0');
  if (p == from || p >= rest.size() || rest[p] != delimiters_.element) return false;
  const auto begin = p + 1;
  if (length >= rest.size() - begin || rest[begin + length] != delimiters_.segment) return false;
  const auto stop = begin + static_cast<std::size_t>(length);
  const auto add = [&](std::uint32_t element, std::size_t first, std::size_t last, bool octets) {
    segment.values.push_back(
        {element, 0, 0, static_cast<std::uint32_t>(at_ + first), static_cast<std::uint32_t>(at_ + last), octets}
    );
  };
  segment.begin = static_cast<std::uint32_t>(at_);
  segment.end = static_cast<std::uint32_t>(at_ + stop);
  segment.id = rest.substr(0, 3);
  segment.values.clear();
  if (bds) add(1, 4, from - 1, false);
  add(bds ? 2 : 1, from, p, false);
  add(bds ? 3 : 2, begin, stop, true);
  at_ += stop + 1;
  return true;
}

std::string RawSet::text(const RawValue& value) const {
  std::string data;
  for (auto i = value.begin; i < value.end; ++i) {
    if (!value.octets && delimiters_.release && bytes_[i] == delimiters_.release && i + 1 < value.end)
      ++i;
    else if (!value.octets && (bytes_[i] == '\r' || bytes_[i] == '\n'))
      continue;  // of a file broken into lines
    data += bytes_[i];
  }
  std::string out;
  for (std::string_view rest = data; !rest.empty();) {
    std::size_t bad = 0;
    if (const auto whole = decode(characters_, rest, bad)) {
      out += *whole;
      break;
    }
    const auto offending = std::min(bad, rest.size() - 1);
    if (const auto good = decode(characters_, rest.substr(0, offending), bad)) out += *good;
    const auto c = static_cast<unsigned char>(rest[offending]);
    // A character that the set does not have, but that is one: it is shown as it came.
    if (c >= 0x20 && c < 0x7f)
      out += static_cast<char>(c);
    else
      out += replacement;
    rest.remove_prefix(offending + 1);
  }
  std::string shown;
  for (const char c : out) {
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\t')
      shown += c;
    else
      shown += replacement;
  }
  return shown;
}

}  // namespace wayleave::edi
