#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"

namespace wayleave::mapping {

inline constexpr std::size_t number_text_size = 96;

/// The number as XML Schema writes it, without allocation; the view points into `buffer`.
std::string_view write_number(std::array<char, number_text_size>& buffer, const Decimal& number);
/// By a pattern of format(): `000000`, `0.00`, `#,##0.00`. Rounds half away from zero.
void append_formatted(std::string& out, const Decimal& number, std::string_view pattern);
/// Text to number by a pattern that shows the signs: `0.000,00`; empty: as XML Schema writes it.
std::optional<Decimal> parse_by_number_pattern(std::string_view text, std::string_view pattern);
std::optional<Decimal::Rounding> find_rounding(std::string_view name);
/// a / b rounded once, in any way.
std::optional<Decimal> divide_rounded(const Decimal& a, const Decimal& b, unsigned scale, Decimal::Rounding mode);

/// A whole number in the range of what texts and calendars can count.
std::optional<std::int64_t> whole(const Decimal& number);

}  // namespace wayleave::mapping
