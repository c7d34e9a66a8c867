#include "mapping/measures.hpp"

#include <algorithm>
#include <array>

namespace wayleave::mapping {
namespace {

// International avoirdupois pound (1959 agreement) 0.45359237 kg; inch 25.4 mm; US gallon 231 cubic inches.
constexpr std::array measures{
  Measure{"KGM", "mass", "1", "kilogram"},
  Measure{"GRM", "mass", "0.001", "gram"},
  Measure{"TNE", "mass", "1000", "tonne"},
  Measure{"LBR", "mass", "0.45359237", "pound"},
  Measure{"ONZ", "mass", "0.028349523125", "ounce"},
  Measure{"STN", "mass", "907.18474", "short ton"},
  Measure{"MTR", "length", "1", "metre"},
  Measure{"CMT", "length", "0.01", "centimetre"},
  Measure{"MMT", "length", "0.001", "millimetre"},
  Measure{"INH", "length", "0.0254", "inch"},
  Measure{"FOT", "length", "0.3048", "foot"},
  Measure{"LTR", "volume", "1", "litre"},
  Measure{"MLT", "volume", "0.001", "millilitre"},
  Measure{"GLL", "volume", "3.785411784", "US gallon"},
};

}  // namespace

const Measure* find_measure(std::string_view code) {
  auto found = std::find_if(measures.begin(), measures.end(), [&](const auto& m) { return m.code == code; });
  return found == measures.end() ? nullptr : &*found;
}

const std::vector<std::string>& measure_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const auto& measure : measures) made.emplace_back(measure.code);
    return made;
  }();
  return names;
}

std::optional<Decimal> convert(const Decimal& amount, const Measure& from, const Measure& to) {
  if (from.dimension != to.dimension) return std::nullopt;
  if (from.code == to.code) return amount;
  auto base = Decimal::multiply(amount, *Decimal::parse(from.size));
  if (!base) return std::nullopt;
  // Zeros that the division added say nothing.
  for (unsigned scale : {20u, 12u, 6u}) {
    auto quotient = Decimal::divide(*base, *Decimal::parse(to.size), scale);
    if (quotient) return Decimal::parse(quotient->to_string(false));
  }
  return std::nullopt;
}

}  // namespace wayleave::mapping
