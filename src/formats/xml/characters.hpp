#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace wayleave::xml {

// Extensible Markup Language (XML) 1.0, fifth edition:
//   [2] Char           #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]
//   [3] S              (#x20 | #x9 | #xD | #xA)+
//   [4] NameStartChar, [4a] NameChar, without the colon (Namespaces in XML 1.0, [4] NCName)
bool is_xml_char(char32_t c);
bool is_name_start(char32_t c);
bool is_name_char(char32_t c);

inline bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// What a byte may be in a name as far as one byte tells: those from 0x80 on are to be decoded and looked up.
inline constexpr std::uint8_t byte_starts_name = 1, byte_in_name = 2;
extern const std::array<std::uint8_t, 256> name_bytes;
inline bool starts_name(char c) {
  return name_bytes[static_cast<unsigned char>(c)] & byte_starts_name;
}
inline bool in_name(char c) {
  return name_bytes[static_cast<unsigned char>(c)] & byte_in_name;
}

/// The character at `p` of valid UTF-8; `p` moves behind it.
char32_t next_character(const char*& p);

}  // namespace wayleave::xml
