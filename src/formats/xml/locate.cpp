#include "formats/xml/locate.hpp"

#include <algorithm>

#include "document/document.hpp"

namespace wayleave::xml {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string quote(std::string_view text, std::size_t from, std::size_t length) {
  constexpr std::size_t most = 200;
  std::size_t end = from, characters = 0;
  const std::size_t last = std::min(text.size(), from + length);
  while (end < last && characters < most) {
    ++end;
    while (end < last && continues(text[end])) ++end;
    ++characters;
  }
  return std::string(text.substr(from, end - from));
}

Finding locate(
    std::string_view text, std::size_t offset, std::size_t length, std::string code, std::string message,
    std::string expected, std::string fix
) {
  offset = std::min(offset, text.size());
  const auto at = LineIndex(text.substr(0, offset)).at(static_cast<std::uint32_t>(offset));
  Finding finding;
  finding.code = std::move(code);
  finding.line = at.line;
  finding.column = at.column;
  finding.found = quote(text, offset, length);
  finding.length = static_cast<std::uint32_t>(std::count_if(finding.found.begin(), finding.found.end(), [](char c) {
    return !continues(c);
  }));
  finding.message = std::move(message);
  finding.expected = std::move(expected);
  finding.fix = std::move(fix);
  return finding;
}

}  // namespace wayleave::xml
