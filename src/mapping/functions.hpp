#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wayleave::mapping {

/// The built-in functions (docs/mapping-guide: the whole list).
enum class Function : std::uint8_t {
  default_, require, exists, choose, first,
  concat, join, substring, before, after, upper, lower, trim, collapse, replace, matches, extract, pad_left, pad_right,
  truncate, fits, chunk, charset, digits,
  number, round, abs, sum, min, max, count, format, unit,
  date, time, datetime, parse_date, format_date, add_days, add_workdays, days_between, to_zone, now,
  code, code_or, label, in_list,
  gtin14, check_digit_ok, sscc, paired, edifact_date,
  position, last, partner, message, seq, linked, state, key,
};

/// How a function may be called. `parameters` is for messages: `truncate(text, length)`.
struct Signature {
  std::string_view name;
  Function function;
  std::uint8_t min_arguments;
  std::uint8_t max_arguments;
  std::string_view parameters;
};

/// nullptr when there is none of that name.
const Signature* find_function(std::string_view name);
const Signature& signature(Function function);
std::vector<std::string> function_names();
/// Why a function of the language's specification is not here, or empty.
std::string_view missing_function(std::string_view name);

}  // namespace wayleave::mapping
