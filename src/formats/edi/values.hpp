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
Measured measure_form(Form form, std::string_view text, bool wide, bool edifact);
inline Measured measure(Form form, std::string_view text, bool wide, bool edifact) {
  if (form <= Form::code && !wide) [[likely]] return {Misfit::none, static_cast<std::uint32_t>(text.size())};
  return measure_form(form, text, wide, edifact);
}

/// A value of 2380 in the form that 2379 names: 101 102 103 201 203 204 205 301 303 401 402 609 610 616 711 713 718 719;
/// forms that are none of these are not judged.
bool is_edifact_date(std::string_view value, std::string_view form);

/// CCYYMMDD as a calendar date.
bool is_date(std::string_view ccyymmdd);

}  // namespace wayleave::edi
