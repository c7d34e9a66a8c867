#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"

namespace wayleave::mapping {

/// A unit of measure by its UN/ECE Recommendation 20 code, with its exact size in the base unit of its dimension.
struct Measure {
  std::string_view code;
  std::string_view dimension;              ///< mass (kilogram), length (metre), volume (litre)
  std::string_view size;                   ///< exact decimal
  std::string_view name;
};

const Measure* find_measure(std::string_view code);
const std::vector<std::string>& measure_names();
/// Exact where a decimal can be, else to 20 digits after the point; nullopt when the units do not measure the same thing.
std::optional<Decimal> convert(const Decimal& amount, const Measure& from, const Measure& to);

}  // namespace wayleave::mapping
