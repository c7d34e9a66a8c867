#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayleave {

/// An exact decimal: mantissa × 10^-scale, mantissa and scale of at most 38 digits. Never binary floating point: 227.65
/// stays 227.65. A result that does not fit is absent (nullopt), never rounded behind the caller's back; zeros after
/// the point are given up where only that makes it fit.
class Decimal {
 public:
  static constexpr unsigned max_digits = 38;

  Decimal() = default;
  explicit Decimal(std::int64_t value) : mantissa_(value) {}
  /// |mantissa| < 10^38 and scale <= 38.
  Decimal(__int128 mantissa, unsigned scale) : mantissa_(mantissa), scale_(scale) {}

  /// Lexical xs:decimal (optional sign, digits, optional point); nullopt when it is none or has too many digits.
  static std::optional<Decimal> parse(std::string_view text);
  /// Canonical: no exponent, no superfluous zeros after the point unless `keep_scale`.
  std::string to_string(bool keep_scale = true) const;

  __int128 mantissa() const { return mantissa_; }
  unsigned scale() const { return scale_; }
  bool is_zero() const { return mantissa_ == 0; }
  bool negative() const { return mantissa_ < 0; }

  static std::optional<Decimal> add(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
  /// a / b rounded half away from zero at `scale` digits; nullopt for b = 0.
  static std::optional<Decimal> divide(const Decimal& a, const Decimal& b, unsigned scale);
  /// a mod b with the sign of a, as XPath; nullopt for b = 0.
  static std::optional<Decimal> remainder(const Decimal& a, const Decimal& b);
  /// half_up: half away from zero. down, up: towards and away from zero.
  enum class Rounding : std::uint8_t { half_up, half_even, down, up, floor, ceiling };
  /// To at most `scale` digits after the point; one with fewer stays as it is (1.5 does not become 1.50).
  std::optional<Decimal> round(unsigned scale, Rounding mode = Rounding::half_up) const;

  /// Compares values: 1.0 equals 1.00.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  __int128 mantissa_ = 0;
  unsigned scale_ = 0;
};

}  // namespace wayleave
