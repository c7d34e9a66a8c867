#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wayleave::edi {

/// A text in lines of at most `width` bytes, broken at blanks where there are any and never inside a character; what is
/// beyond `most` lines is left out. At least one line.
std::vector<std::string> text_lines(std::string_view text, std::size_t width, std::size_t most);

}  // namespace wayleave::edi
