#pragma once

#include <cstdint>
#include <string_view>

#include "formats/edi/guide.hpp"

namespace wayleave::edi {

/// What is wrong with a value as its form goes; `length` counts what length limits count: characters, of numbers digits.
enum class Misfit : std::uint8_t { none, character, number, date, time };
struct Measured {
  Misfit misfit = Misfit::none;
  std::uint32_t length = 0;
};
/// `text` is UTF-8; `wide`: it has bytes from 0x80 on. X12.6 §3.5.1 (data elements); EDIFACT numbers may have ',' or '.'.
Measured measure(Form form, std::string_view text, bool wide, bool edifact);

/// CCYYMMDD as a calendar date.
bool is_date(std::string_view ccyymmdd);

}  // namespace wayleave::edi
