#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wayleave {

/// Length in bytes of the UTF-8 sequence at the start of `text`; 0 when there is none (empty, overlong, surrogate,
/// cut).
std::size_t utf8_sequence(std::string_view text);

/// True when all of `text` is UTF-8.
bool is_utf8(std::string_view text);

/// At most the first `most` bytes; of valid UTF-8 whole characters.
std::string_view utf8_head(std::string_view text, std::size_t most);

/// Adds the character (a Unicode scalar value) in UTF-8.
void append_utf8(std::string& out, char32_t character);

}  // namespace wayleave
