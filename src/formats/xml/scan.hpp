#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "formats/xml/namespaces.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/references.hpp"

namespace wayleave::xml {

/// One piece of a well-formed document, as offsets into its bytes.
struct Token {
  enum Kind : std::uint8_t { start, attribute, text, cdata, end };
  Kind kind;
  bool raw = false;          ///< holds a reference, a CR or white space to be normalised: decode() tells what it means
  std::uint16_t prefix = 0;  ///< start, attribute: bytes of the prefix with its colon
  std::uint16_t name = 0;    ///< start, attribute: bytes of the local part
  std::uint32_t at = 0;      ///< start, attribute: the (prefixed) name; text, cdata: the first byte
  std::uint32_t value = 0;   ///< attribute: its value's first byte
  std::uint32_t length = 0;  ///< bytes of the attribute's value, of text, of cdata
  Uri uri = no_namespace;    ///< start, attribute
};

/// What the pre-scan leaves to the tree builder. Declarations of namespaces are resolved and not among the tokens, nor
/// is white space between two tags of which one opens or closes an element that has children.
struct Scan {
  std::vector<Token> tokens;
  std::uint32_t elements = 0;
  std::uint32_t attributes = 0;
  Namespaces namespaces;
  Entities entities;
};

/// The pre-scan: is `text` well-formed, without a DOCTYPE, and within the limits? `text` is what to_utf8 left (valid
/// UTF-8 and the padding). The finding (X001, X006–X038) tells the first place where it is not; `out` is then
/// unspecified. Linear in the size of `text` whatever it holds; nothing is opened. `out` may be used again, one thread
/// at a time.
std::optional<Finding> scan(const std::string& text, const Limits& limits, Scan& out);

/// Scans as far as the end of the first start tag, which is then the only thing in `out`.
std::optional<Finding> scan_root(const std::string& text, const Limits& limits, Scan& out);

}  // namespace wayleave::xml
