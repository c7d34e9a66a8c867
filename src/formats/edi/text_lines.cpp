#include "formats/edi/text_lines.hpp"

#include "base/utf8.hpp"

namespace wayleave::edi {

std::vector<std::string> text_lines(std::string_view text, std::size_t width, std::size_t most) {
  std::vector<std::string> lines;
  do {
    auto end = utf8_head(text, width).size();
    if (end < text.size()) {
      const auto blank = text[end] == ' ' ? end : text.substr(0, end).rfind(' ');
      if (blank != std::string_view::npos && blank > 0) end = blank;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  } while (!text.empty() && lines.size() < most);
  return lines;
}

}  // namespace wayleave::edi
