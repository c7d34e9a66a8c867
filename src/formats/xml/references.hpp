#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wayleave::xml {

/// Entities that an administrator's own file declares in its internal subset (Limits::internal_dtd); empty otherwise.
using Entities = std::map<std::string, std::string, std::less<>>;

/// What a reference stands for. XML 1.0 §4.1: [66] CharRef '&#' [0-9]+ ';' | '&#x' [0-9a-fA-F]+ ';', [68] EntityRef
/// '&' Name ';' with the five names of §4.6 and those of `entities`.
struct Reference {
  std::size_t length = 0;  ///< bytes from `&` to `;`, 0: not well-formed or not known
  char32_t character = 0;  ///< 0 when `entity` is meant
  const std::string* entity = nullptr;
};
/// `text` begins with `&`.
Reference parse_reference(std::string_view text, const Entities& entities);

/// The three ways in which characters become data: XML 1.0 §2.11 (line ends), §4.1 (references) and, for attributes,
/// §3.3.3.
enum class Decode { text, cdata, attribute };
/// Appends what the raw characters mean. Precondition: the scan accepted them.
void decode(std::string& out, std::string_view raw, Decode how, const Entities& entities);

}  // namespace wayleave::xml
