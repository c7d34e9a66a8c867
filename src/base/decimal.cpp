#include "base/decimal.hpp"

#include <algorithm>
#include <array>

namespace wayleave {

namespace {

using Signed = __int128;
using Unsigned = unsigned __int128;

constexpr unsigned most_digits = Decimal::max_digits;

constexpr std::array<Unsigned, most_digits + 1> make_powers() {
  std::array<Unsigned, most_digits + 1> powers{};
  powers[0] = 1;
  for (unsigned i = 1; i <= most_digits; ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr auto power_of_ten = make_powers();

Unsigned magnitude(Signed value) {
  return value < 0 ? Unsigned{0} - static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
}

/// 256 bits, for what lies between two mantissas and a result that fits again. Enough for 10^38 * 10^38.
struct Wide {
  Unsigned high = 0;
  Unsigned low = 0;

  friend bool operator==(const Wide&, const Wide&) = default;
  friend auto operator<=>(const Wide&, const Wide&) = default;
};

Wide multiply_wide(Unsigned a, Unsigned b) {
  constexpr Unsigned mask = ~std::uint64_t{0};
  Unsigned a_low = a & mask, a_high = a >> 64, b_low = b & mask, b_high = b >> 64;
  Unsigned low = a_low * b_low, middle = a_low * b_high, other = a_high * b_low;
  Unsigned carry = ((low >> 64) + (middle & mask) + (other & mask)) >> 64;
  return {a_high * b_high + (middle >> 64) + (other >> 64) + carry, low + (middle << 64) + (other << 64)};
}

Wide add_wide(Wide a, Wide b) {
  Unsigned low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

Wide subtract_wide(Wide a, Wide b) {
  return {a.high - b.high - (a.low < b.low ? 1 : 0), a.low - b.low};
}

struct Quotient {
  Wide value;
  Wide rest;
};

Quotient divide_wide(Wide a, Wide b) {
  if (a.high == 0 && b.high == 0) return {{0, a.low / b.low}, {0, a.low % b.low}};
  Quotient result;
  for (int bit = 255; bit >= 0; --bit) {
    Unsigned next = bit >= 128 ? (a.high >> (bit - 128)) & 1 : (a.low >> bit) & 1;
    result.rest = {result.rest.high << 1 | result.rest.low >> 127, result.rest.low << 1 | next};
    if (result.rest >= b) {
      result.rest = subtract_wide(result.rest, b);
      if (bit >= 128) {
        result.value.high |= Unsigned{1} << (bit - 128);
      } else {
        result.value.low |= Unsigned{1} << bit;
      }
    }
  }
  return result;
}

/// The decimal ±value × 10^-scale, giving up zeros after the point where only that makes it fit.
std::optional<Decimal> fit(bool negative, Wide value, unsigned scale) {
  while (scale > 0 && (value.high != 0 || value.low >= power_of_ten[most_digits] || scale > most_digits)) {
    Quotient shorter = divide_wide(value, {0, 10});
    if (shorter.rest.low != 0) return std::nullopt;
    value = shorter.value;
    --scale;
  }
  if (value.high != 0 || value.low >= power_of_ten[most_digits]) return std::nullopt;
  auto mantissa = static_cast<Signed>(value.low);
  return Decimal(negative ? -mantissa : mantissa, scale);
}

struct Aligned {
  Wide a, b;
  unsigned scale;
};

/// Both magnitudes at the larger of the two scales.
Aligned align(const Decimal& a, const Decimal& b) {
  unsigned scale = std::max(a.scale(), b.scale());
  return {
      multiply_wide(magnitude(a.mantissa()), power_of_ten[scale - a.scale()]),
      multiply_wide(magnitude(b.mantissa()), power_of_ten[scale - b.scale()]), scale};
}

/// Whether the digits cut off (rest of a division by `divisor`) call for one more in the last place kept.
bool rounds_away(Decimal::Rounding mode, bool negative, bool odd, Wide rest, Wide divisor) {
  if (rest == Wide{}) return false;
  Wide doubled = add_wide(rest, rest);
  switch (mode) {
    case Decimal::Rounding::half_up:
      return doubled >= divisor;
    case Decimal::Rounding::half_even:
      return doubled == divisor ? odd : doubled > divisor;
    case Decimal::Rounding::down:
      return false;
    case Decimal::Rounding::up:
      return true;
    case Decimal::Rounding::floor:
      return negative;
    case Decimal::Rounding::ceiling:
      return !negative;
  }
  return false;
}

}  // namespace

// xs:decimal, XML Schema 1.0 part 2, clause 3.2.3.1: (+|-)? (digits ('.' digits?)? | '.' digits)
std::optional<Decimal> Decimal::parse(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  auto point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  constexpr std::string_view digits = "0123456789";
  if (whole.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  if (fraction.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;

  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  // Zeros at the end are kept as written while they fit, and carry no value when they do not.
  while (!fraction.empty() && fraction.back() == '0' && whole.size() + fraction.size() > most_digits) {
    fraction.remove_suffix(1);
  }
  if (whole.size() > most_digits || fraction.size() > most_digits) return std::nullopt;
  Unsigned value = 0;
  unsigned significant = 0;
  for (std::string_view part : {whole, fraction}) {
    for (char c : part) {
      if ((significant > 0 || c != '0') && ++significant > most_digits) return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
  }
  auto mantissa = static_cast<Signed>(value);
  return Decimal(negative ? -mantissa : mantissa, static_cast<unsigned>(fraction.size()));
}

std::string Decimal::to_string(bool keep_scale) const {
  Unsigned value = magnitude(mantissa_);
  unsigned scale = scale_;
  if (!keep_scale) {
    while (scale > 0 && value % 10 == 0) {
      value /= 10;
      --scale;
    }
  }
  std::array<char, 2 * most_digits + 4> buffer;
  std::size_t start = buffer.size();
  unsigned written = 0;
  do {
    if (written == scale && scale > 0) buffer[--start] = '.';
    buffer[--start] = static_cast<char>('0' + static_cast<unsigned>(value % 10));
    value /= 10;
    ++written;
  } while (value != 0 || written <= scale);
  if (mantissa_ < 0) buffer[--start] = '-';
  return {buffer.data() + start, buffer.size() - start};
}

std::optional<Decimal> Decimal::add(const Decimal& a, const Decimal& b) {
  auto [left, right, scale] = align(a, b);
  if (a.negative() == b.negative()) return fit(a.negative(), add_wide(left, right), scale);
  if (left >= right) return fit(a.negative(), subtract_wide(left, right), scale);
  return fit(b.negative(), subtract_wide(right, left), scale);
}

std::optional<Decimal> Decimal::subtract(const Decimal& a, const Decimal& b) {
  return add(a, Decimal(-b.mantissa_, b.scale_));
}

std::optional<Decimal> Decimal::multiply(const Decimal& a, const Decimal& b) {
  return fit(
      a.negative() != b.negative(), multiply_wide(magnitude(a.mantissa_), magnitude(b.mantissa_)), a.scale_ + b.scale_
  );
}

std::optional<Decimal> Decimal::divide(const Decimal& a, const Decimal& b, unsigned scale) {
  if (b.is_zero() || scale > most_digits) return std::nullopt;
  // a/b × 10^scale = a.mantissa × 10^(scale + b.scale - a.scale) / b.mantissa
  Wide above{0, magnitude(a.mantissa_)}, below{0, magnitude(b.mantissa_)};
  int shift = static_cast<int>(scale + b.scale_) - static_cast<int>(a.scale_);
  if (shift >= 0) {
    auto up = static_cast<unsigned>(shift);
    above = multiply_wide(above.low, power_of_ten[std::min(up, most_digits)]);
    // More than 38 places up leaves room in 256 bits only for a short mantissa; a long one could not fit after it.
    for (unsigned i = most_digits; i < up; ++i) {
      if (above.high >> 124 != 0) return std::nullopt;
      Wide eight{above.high << 3 | above.low >> 125, above.low << 3};
      above = add_wide(eight, add_wide(above, above));
    }
  } else {
    below = multiply_wide(below.low, power_of_ten[static_cast<unsigned>(-shift)]);
  }
  Quotient quotient = divide_wide(above, below);
  bool negative = a.negative() != b.negative();
  bool odd = (quotient.value.low & 1) != 0;
  if (rounds_away(Rounding::half_up, negative, odd, quotient.rest, below)) {
    quotient.value = add_wide(quotient.value, {0, 1});
  }
  return fit(negative, quotient.value, scale);
}

std::optional<Decimal> Decimal::remainder(const Decimal& a, const Decimal& b) {
  if (b.is_zero()) return std::nullopt;
  auto [left, right, scale] = align(a, b);
  return fit(a.negative(), divide_wide(left, right).rest, scale);
}

std::optional<Decimal> Decimal::round(unsigned scale, Rounding mode) const {
  if (scale >= scale_) return *this;
  Wide divisor{0, power_of_ten[scale_ - scale]};
  Quotient quotient = divide_wide({0, magnitude(mantissa_)}, divisor);
  bool odd = (quotient.value.low & 1) != 0;
  if (rounds_away(mode, negative(), odd, quotient.rest, divisor)) quotient.value = add_wide(quotient.value, {0, 1});
  return fit(negative(), quotient.value, scale);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative() != b.negative()) return a.negative() ? std::strong_ordering::less : std::strong_ordering::greater;
  auto [left, right, scale] = align(a, b);
  return a.negative() ? right <=> left : left <=> right;
}

}  // namespace wayleave
