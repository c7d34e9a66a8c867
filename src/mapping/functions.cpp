#include "mapping/functions.hpp"

#include <algorithm>
#include <array>

namespace wayleave::mapping {
namespace {

constexpr std::uint8_t any = 255;

constexpr std::array signatures{
  Signature{"default", Function::default_, 2, any, "value, instead, …"},
  Signature{"require", Function::require, 3, 3, "value, 'CODE', 'text'"},
  Signature{"exists", Function::exists, 1, 1, "path"},
  Signature{"choose", Function::choose, 3, 3, "condition, then, else"},
  Signature{"first", Function::first, 1, 1, "path"},
  Signature{"concat", Function::concat, 1, any, "text, text, …"},
  Signature{"join", Function::join, 1, 2, "path, separator"},
  Signature{"substring", Function::substring, 2, 3, "text, from, length"},
  Signature{"before", Function::before, 2, 2, "text, mark"},
  Signature{"after", Function::after, 2, 2, "text, mark"},
  Signature{"upper", Function::upper, 1, 1, "text"},
  Signature{"lower", Function::lower, 1, 1, "text"},
  Signature{"trim", Function::trim, 1, 1, "text"},
  Signature{"collapse", Function::collapse, 1, 1, "text"},
  Signature{"replace", Function::replace, 3, 3, "text, 'what', 'by what'"},
  Signature{"matches", Function::matches, 2, 2, "text, 'regular expression'"},
  Signature{"extract", Function::extract, 3, 3, "text, 'regular expression', group"},
  Signature{"pad-left", Function::pad_left, 3, 3, "text, length, 'character'"},
  Signature{"pad-right", Function::pad_right, 3, 3, "text, length, 'character'"},
  Signature{"truncate", Function::truncate, 2, 2, "text, length"},
  Signature{"fits", Function::fits, 2, 2, "text, length"},
  Signature{"chunk", Function::chunk, 2, 2, "text, length"},
  Signature{"charset", Function::charset, 2, 2, "text, 'x12-basic|x12-extended|UNOA|UNOB|UNOC|ascii|latin-1'"},
  Signature{"digits", Function::digits, 1, 1, "text"},
  Signature{"number", Function::number, 1, 2, "text, '0,00'"},
  Signature{"round", Function::round, 2, 3, "number, decimals, 'half-up|half-even|down|up|floor|ceiling'"},
  Signature{"abs", Function::abs, 1, 1, "number"},
  Signature{"sum", Function::sum, 1, 1, "path"},
  Signature{"min", Function::min, 1, 1, "path"},
  Signature{"max", Function::max, 1, 1, "path"},
  Signature{"count", Function::count, 1, 1, "path"},
  Signature{"format", Function::format, 2, 2, "number, '0.00'"},
  Signature{"unit", Function::unit, 3, 3, "number, from, to"},
  Signature{"date", Function::date, 1, 1, "date with time"},
  Signature{"time", Function::time, 1, 1, "date with time"},
  Signature{"datetime", Function::datetime, 2, 3, "date, time, 'zone'"},
  Signature{"parse-date", Function::parse_date, 2, 2, "text, 'CCYYMMDD'"},
  Signature{"format-date", Function::format_date, 2, 2, "date, 'CCYY-MM-DD'"},
  Signature{"add-days", Function::add_days, 2, 2, "date, days"},
  Signature{"add-workdays", Function::add_workdays, 2, 3, "date, days, calendar"},
  Signature{"days-between", Function::days_between, 2, 2, "from, to"},
  Signature{"to-zone", Function::to_zone, 2, 2, "date with time, 'zone'"},
  Signature{"now", Function::now, 0, 0, ""},
  Signature{"code", Function::code, 2, 2, "text, 'list'"},
  Signature{"code-or", Function::code_or, 3, 3, "text, 'list', 'instead'"},
  Signature{"label", Function::label, 2, 2, "text, 'list'"},
  Signature{"in-list", Function::in_list, 2, 2, "text, 'list'"},
  Signature{"gtin14", Function::gtin14, 1, 1, "text"},
  Signature{"check-digit-ok", Function::check_digit_ok, 1, 1, "text"},
  Signature{"sscc", Function::sscc, 2, 2, "prefix, serial"},
  Signature{"paired", Function::paired, 1, 1, "'qualifier'"},
  Signature{"edifact-date", Function::edifact_date, 1, 1, "path to C507"},
  Signature{"position", Function::position, 0, 0, ""},
  Signature{"last", Function::last, 0, 0, ""},
  Signature{"partner", Function::partner, 1, 1, "'property'"},
  Signature{"message", Function::message, 1, 1, "'field'"},
  Signature{"seq", Function::seq, 1, 1, "'sequence'"},
  Signature{"linked", Function::linked, 1, 1, "'name'"},
  Signature{"key", Function::key, 2, 2, "'name', value"},
  Signature{"state", Function::state, 2, 2, "'shipment|order', id"},
};

}  // namespace

const Signature* find_function(std::string_view name) {
  auto found = std::find_if(signatures.begin(), signatures.end(), [&](const auto& s) { return s.name == name; });
  return found == signatures.end() ? nullptr : &*found;
}

const Signature& signature(Function function) {
  return *std::find_if(signatures.begin(), signatures.end(), [&](const auto& s) { return s.function == function; });
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& s : signatures) names.emplace_back(s.name);
  return names;
}

std::string_view missing_function(std::string_view name) {
  if (name == "text" || name == "string") return "write the path alone, or . for the item itself";
  if (name == "not") return "write the opposite comparison, or use choose(); a path that is absent makes its comparison false";
  if (name == "doc" || name == "document") return "a map reads nothing but its document";
  if (name == "if") return "write choose(condition, then, else)";
  if (name == "string-length") return "compare by matches(), or bound the text with fits() or truncate()";
  return {};
}

}  // namespace wayleave::mapping
