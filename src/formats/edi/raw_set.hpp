#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/edi/charset.hpp"
#include "formats/edi/guide.hpp"
#include "formats/edi/lexer.hpp"

namespace wayleave::edi {

/// One value of a segment as it stands on the wire: `begin` and `end` are offsets into the bytes of the set.
struct RawValue {
  std::uint32_t element = 0, repetition = 0,
                component =
                    0;  ///< element from 1, repetition from 0, component from 1; 0: the element is not composite
  std::uint32_t begin = 0, end = 0;
  bool octets = false;  ///< of BIN or BDS: delimiters and line breaks in it are data
};
struct RawSegment {
  std::uint32_t begin = 0, end = 0;  ///< without its terminator
  std::string_view id;
  std::vector<RawValue> values;  ///< empty ones among them
};

/// The bytes of one set, cut into segments and values; no guide is asked. BIN and BDS of X12 end where the number of
/// octets in them says, as for the Reader.
class RawSet {
 public:
  RawSet(std::string_view bytes, Standard standard, const Delimiters& delimiters, CharacterSet characters);
  /// False: there are no more.
  bool next(RawSegment& segment);
  std::string_view raw(std::uint32_t begin, std::uint32_t end) const {
    return std::string_view(bytes_).substr(begin, end - begin);
  }
  /// The value's text: release characters removed, UTF-8; what is no character of the set or none of XML is U+FFFD.
  std::string text(const RawValue& value) const;

 private:
  bool binary(RawSegment& segment);

  std::string bytes_;  // and the padding that the lexer reads
  std::size_t size_, at_ = 0;
  Standard standard_;
  Delimiters delimiters_;
  CharacterSet characters_;
  Lexer lexer_;
};

}  // namespace wayleave::edi
