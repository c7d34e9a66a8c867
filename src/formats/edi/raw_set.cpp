#include "formats/edi/raw_set.hpp"

#include <algorithm>

namespace wayleave::edi {
namespace {

constexpr std::size_t most_pieces = 10'000;
constexpr std::string_view replacement = "\xef\xbf\xbd";

}  // namespace

RawSet::RawSet(std::string_view bytes, const Delimiters& delimiters, CharacterSet characters)
    : bytes_(bytes), size_(bytes.size()), delimiters_(delimiters), characters_(characters), lexer_(most_pieces) {
  bytes_.append(lexer_padding, '\0');
  lexer_.use(delimiters, false);
}

bool RawSet::next(RawSegment& segment) {
  while (at_ < size_ && (bytes_[at_] == '\r' || bytes_[at_] == '\n' || bytes_[at_] == ' ' || bytes_[at_] == '\t'))
    ++at_;
  if (at_ >= size_) return false;
  if (lexer_.next(bytes_.data(), size_, at_) != Lexer::Outcome::segment) return false;
  const auto* pieces = lexer_.begin();
  segment.begin = pieces[0].begin;
  segment.end = static_cast<std::uint32_t>(lexer_.end());
  segment.id = raw(pieces[0].begin, pieces[0].end);
  segment.values.clear();
  RawValue at{0, 0, 0, 0, 0};
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

std::string RawSet::text(const RawValue& value) const {
  std::string data;
  for (auto i = value.begin; i < value.end; ++i) {
    if (delimiters_.release && bytes_[i] == delimiters_.release && i + 1 < value.end)
      ++i;
    else if (bytes_[i] == '\r' || bytes_[i] == '\n')
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
