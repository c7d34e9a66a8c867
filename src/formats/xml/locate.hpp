#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/finding.hpp"

namespace wayleave::xml {

/// A finding (an error) that points at `length` bytes of `text` from `offset` on and quotes them. `text` need only be
/// valid UTF-8 up to there; `length` is cut to whole characters, and what is quoted to 200 of them.
Finding locate(
    std::string_view text, std::size_t offset, std::size_t length, std::string code, std::string message,
    std::string expected = {}, std::string fix = {}
);

/// `from` bytes on, at most 200 characters, never half a character.
std::string quote(std::string_view text, std::size_t from, std::size_t length);

}  // namespace wayleave::xml
