#include "mapping/numbers.hpp"

#include <algorithm>
#include <charconv>

#include "mapping/characters.hpp"

namespace wayleave::mapping {

std::string_view write_number(std::array<char, number_text_size>& buffer, const Decimal& number) {
  const auto mantissa = number.mantissa();
  const auto scale = number.scale();
  const bool short_number = mantissa >= INT64_MIN + 1 && mantissa <= INT64_MAX;
  if (!short_number || scale > 30) {
    auto text = number.to_string();
    auto size = std::min(text.size(), buffer.size());
    std::copy_n(text.data(), size, buffer.data());
    return {buffer.data(), size};
  }
  // Digits first, then the point is put between them.
  auto value = static_cast<std::int64_t>(mantissa);
  const bool negative = value < 0;
  std::array<char, 24> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), negative ? -value : value).ptr;
  auto length = static_cast<std::size_t>(end - digits.data());
  char* out = buffer.data();
  if (negative) *out++ = '-';
  if (scale == 0) {
    out = std::copy_n(digits.data(), length, out);
  } else {
    if (length <= scale) *out++ = '0';
    else out = std::copy_n(digits.data(), length - scale, out);
    *out++ = '.';
    for (auto zeros = length; zeros < scale; ++zeros) *out++ = '0';
    const auto whole = length > scale ? length - scale : 0;
    out = std::copy(digits.data() + whole, digits.data() + length, out);
  }
  return {buffer.data(), static_cast<std::size_t>(out - buffer.data())};
}

void append_formatted(std::string& out, const Decimal& number, std::string_view pattern) {
  auto point = pattern.find('.');
  auto whole_pattern = pattern.substr(0, point);
  auto fraction_pattern = point == std::string_view::npos ? std::string_view() : pattern.substr(point + 1);
  auto rounded = number.round(static_cast<unsigned>(fraction_pattern.size())).value_or(number);
  auto text = rounded.to_string();
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  auto mark = digits.find('.');
  std::string whole(digits.substr(0, mark));
  std::string fraction(mark == std::string_view::npos ? std::string_view() : digits.substr(mark + 1));

  const auto least_fraction = static_cast<std::size_t>(std::count(fraction_pattern.begin(), fraction_pattern.end(), '0'));
  while (fraction.size() > least_fraction && fraction.back() == '0') fraction.pop_back();
  fraction.resize(std::max(fraction.size(), least_fraction), '0');
  const auto least_whole = static_cast<std::size_t>(std::count(whole_pattern.begin(), whole_pattern.end(), '0'));
  if (whole == "0" && least_whole == 0) whole.clear();
  if (whole.size() < least_whole) whole.insert(0, least_whole - whole.size(), '0');
  if (auto comma = whole_pattern.rfind(','); comma != std::string_view::npos) {
    const auto group = whole_pattern.size() - comma - 1;
    for (auto i = whole.size(); group > 0 && i > group; i -= group) whole.insert(i - group, ",");
  }
  if (negative && !rounded.is_zero()) out += '-';
  out += whole;
  if (whole.empty() && fraction.empty()) out += '0';   // no pattern makes nothing of zero
  if (!fraction.empty()) out += '.' + fraction;
}

std::optional<Decimal> parse_by_number_pattern(std::string_view text, std::string_view pattern) {
  text = trimmed(text);
  if (pattern.empty()) return Decimal::parse(text);
  // The last sign that is no digit is the decimal one, unless it repeats; those before it stand between thousands.
  char decimal = 0;
  auto last = pattern.find_last_not_of("0#");
  if (last != std::string_view::npos) decimal = pattern[last];
  std::string grouping;
  for (auto i = std::size_t(0); i < pattern.size() && i != last; ++i) {
    if (pattern[i] != '0' && pattern[i] != '#' && grouping.find(pattern[i]) == std::string::npos) grouping += pattern[i];
  }
  std::string plain;
  bool seen = false;
  for (char c : text) {
    if (c == decimal && !seen) {
      plain += '.';
      seen = true;
    } else if (!seen && grouping.find(c) != std::string::npos && !plain.empty()) {
      continue;
    } else {
      plain += c;
    }
  }
  if (plain.ends_with('.') || plain.find_first_not_of("+-.0123456789") != std::string::npos) return std::nullopt;
  return Decimal::parse(plain);
}

std::optional<Decimal::Rounding> find_rounding(std::string_view name) {
  using Rounding = Decimal::Rounding;
  if (name == "half-up") return Rounding::half_up;
  if (name == "half-even") return Rounding::half_even;
  if (name == "down") return Rounding::down;
  if (name == "up") return Rounding::up;
  if (name == "floor") return Rounding::floor;
  if (name == "ceiling") return Rounding::ceiling;
  return std::nullopt;
}

std::optional<Decimal> divide_rounded(const Decimal& a, const Decimal& b, unsigned scale, Decimal::Rounding mode) {
  auto half_up = Decimal::divide(a, b, scale);
  if (!half_up || mode == Decimal::Rounding::half_up) return half_up;
  // The quotient cut off, and what then is left of a, decide; no digit is rounded twice.
  auto product = Decimal::multiply(*half_up, b);
  auto rest = product ? Decimal::subtract(a, *product) : std::nullopt;
  if (!rest) return std::nullopt;
  if (rest->is_zero()) return half_up;
  const bool negative = a.negative() != b.negative();
  const Decimal unit(__int128(1), scale);
  const bool away = rest->negative() != a.negative();   // half-up went past the quotient
  auto cut = !away ? half_up : negative ? Decimal::add(*half_up, unit) : Decimal::subtract(*half_up, unit);
  if (!cut) return std::nullopt;
  auto next = negative ? Decimal::subtract(*cut, unit) : Decimal::add(*cut, unit);
  switch (mode) {
    case Decimal::Rounding::down: return cut;
    case Decimal::Rounding::up: return next;
    case Decimal::Rounding::floor: return negative ? next : cut;
    case Decimal::Rounding::ceiling: return negative ? cut : next;
    default: break;
  }
  // half-even: half-up is right but for an exact half.
  auto cut_product = Decimal::multiply(*cut, b);
  auto left = cut_product ? Decimal::subtract(a, *cut_product) : std::nullopt;
  auto twice = left ? Decimal::add(*left, *left) : std::nullopt;
  auto whole = Decimal::multiply(unit, b);
  if (!twice || !whole) return std::nullopt;
  auto magnitude = [](const Decimal& d) { return d.negative() ? Decimal(-d.mantissa(), d.scale()) : d; };
  if (magnitude(*twice) != magnitude(*whole)) return half_up;
  auto at_scale = cut->round(scale);
  const bool odd = at_scale && at_scale->scale() == scale && at_scale->mantissa() % 2 != 0;
  return odd ? next : cut;
}

std::optional<std::int64_t> whole(const Decimal& number) {
  auto rounded = number.round(0, Decimal::Rounding::half_up);
  if (!rounded || rounded->mantissa() > INT32_MAX || rounded->mantissa() < INT32_MIN) return std::nullopt;
  return static_cast<std::int64_t>(rounded->mantissa());
}

}  // namespace wayleave::mapping
