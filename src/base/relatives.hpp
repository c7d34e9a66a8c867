#pragma once

#include <string_view>

namespace wayleave {

/// What stands for a character where only ASCII can be written: é e, ß ss, “ ", € EUR. Letters from U+00C0 to U+017F and
/// common punctuation; empty: it has no such relative. Lives as long as the program.
std::string_view nearest_ascii(char32_t character);

}  // namespace wayleave
