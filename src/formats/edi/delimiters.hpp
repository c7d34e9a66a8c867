#pragma once

#include <cstdint>
#include <string>

#include "formats/edi/guide.hpp"

namespace wayleave::edi {

/// The service characters of one interchange. '\0': there is none.
/// X12: from ISA (X12.5: element separator ISA byte 4, repetition ISA11 from version 00402 on, component ISA16, terminator
/// behind it). EDIFACT: from UNA or the defaults (ISO 9735 §7): `:` `+` `.` `?` `*` (syntax 4) `'`.
struct Delimiters {
  char segment = '~', element = '*', component = ':', repetition = '\0', release = '\0';
  char decimal = '.';
  bool operator==(const Delimiters&) const = default;
};
inline constexpr Delimiters x12_delimiters{};
inline constexpr Delimiters edifact_delimiters{'\'', '+', ':', '\0', '?', '.'};

}  // namespace wayleave::edi
