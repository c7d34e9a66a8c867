#include "formats/xml/references.hpp"

#include "base/utf8.hpp"
#include "formats/xml/characters.hpp"

namespace wayleave::xml {
namespace {

Reference character_reference(std::string_view text) {
  const bool hex = text.size() > 2 && text[2] == 'x';
  char32_t c = 0;
  for (std::size_t i = hex ? 3 : 2; i < text.size(); ++i) {
    const char digit = text[i];
    if (digit == ';' && i > (hex ? 3u : 2u)) return is_xml_char(c) ? Reference{i + 1, c} : Reference{};
    int value = -1;
    if (digit >= '0' && digit <= '9')
      value = digit - '0';
    else if (hex && digit >= 'a' && digit <= 'f')
      value = digit - 'a' + 10;
    else if (hex && digit >= 'A' && digit <= 'F')
      value = digit - 'A' + 10;
    if (value < 0) return {};
    c = c * (hex ? 16 : 10) + static_cast<char32_t>(value);
    if (c > 0x10FFFF) return {};
  }
  return {};
}

}  // namespace

Reference parse_reference(std::string_view text, const Entities& entities) {
  if (text.starts_with("&#")) return character_reference(text);
  static constexpr std::pair<std::string_view, char> predefined[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (const auto& [name, c] : predefined)
    if (text.starts_with(name)) return {name.size(), static_cast<char32_t>(c)};
  if (entities.empty()) return {};
  const std::size_t end = text.substr(0, 1024).find(';');
  if (end == std::string_view::npos) return {};
  const auto entity = entities.find(text.substr(1, end - 1));
  return entity == entities.end() ? Reference{} : Reference{end + 1, 0, &entity->second};
}

void decode(std::string& out, std::string_view raw, Decode how, const Entities& entities) {
  const char* special = how == Decode::text ? "&\r" : how == Decode::cdata ? "\r" : "&\r\n\t";
  for (std::size_t i = 0; i < raw.size();) {
    const std::size_t next = raw.find_first_of(special, i);
    out.append(raw.substr(i, next - i));
    if (next == std::string_view::npos) return;
    i = next + 1;
    if (raw[next] == '&') {
      const Reference reference = parse_reference(raw.substr(next), entities);
      if (reference.entity)
        out += *reference.entity;
      else
        append_utf8(out, reference.character);
      i = next + reference.length;
    } else {
      out += how == Decode::attribute ? ' ' : '\n';
      if (raw[next] == '\r' && i < raw.size() && raw[i] == '\n') ++i;
    }
  }
}

}  // namespace wayleave::xml
