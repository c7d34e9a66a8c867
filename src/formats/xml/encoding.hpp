#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/finding.hpp"

namespace wayleave::xml {

/// Zero bytes that follow a text while it is scanned, so that a scan may look ahead without a test of bounds.
inline constexpr std::size_t padding = 64;

/// Makes `bytes` valid UTF-8 without a byte order mark, every character of it allowed in XML, and appends the padding.
/// Told from the byte order mark and the XML declaration: UTF-8, UTF-16 (with its mark), US-ASCII, ISO-8859-1 and
/// Windows-1252; everything else is refused, and so is a mark that contradicts the declaration. Line ends stay as they
/// are. A finding (X002–X005) and unspecified bytes when the text is refused.
std::optional<Finding> to_utf8(std::string& bytes);

/// The first `most` bytes of `bytes` in the same way; bytes cut off in the middle of a character are left out.
std::optional<std::string> head_as_utf8(std::string_view bytes, std::size_t most);

}  // namespace wayleave::xml
