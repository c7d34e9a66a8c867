#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wayleave::edi {

/// Character sets of interchanges. EDIFACT, ISO 9735 annex A and its character repertoires: UNOA (upper case), UNOB, UNOC
/// (ISO 8859-1), UNOD (8859-2), UNOE (8859-5), UNOF (8859-7), UNOG (8859-3), UNOH (8859-4), UNOI (8859-6), UNOJ (8859-8),
/// UNOK (8859-9), UNOX (ISO 2022, refused), UNOY (UTF-8), UNOW (UTF-8 with code extension); KECA (Korean, as UTF-8 or EUC-KR: refused unless ASCII).
/// X12: basic, extended, utf8.
enum class CharacterSet : unsigned char {
  x12_basic, x12_extended, utf8, unoa, unob, latin1, latin2, cyrillic, greek, latin3, latin4, arabic, hebrew, latin5, keca, unsupported
};
/// Of a syntax identifier, `UNOC`; unsupported when it is none of ours.
CharacterSet edifact_character_set(std::string_view identifier);

/// True when the ASCII character may be data in it (letters, digits, marks; not what the delimiters take away).
bool admits_ascii(CharacterSet set, unsigned char c);
/// Data bytes to UTF-8; nullopt: they are not of this set (the offending byte's index in `bad`).
std::optional<std::string> decode(CharacterSet set, std::string_view bytes, std::size_t& bad);
/// UTF-8 to data bytes; nullopt: a character it does not have, its byte index in `bad`.
std::optional<std::string> encode(CharacterSet set, std::string_view utf8, std::size_t& bad);

}  // namespace wayleave::edi
