#include "schema/value.hpp"

#include <xercesc/util/XMLUri.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "schema/pattern.hpp"
#include "schema/temporal.hpp"
#include "schema/xerces_platform.hpp"

namespace wayleave::schema {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Sign, integer digits without leading zeros, fraction digits without trailing ones.
struct Digits {
  bool negative = false;
  std::string_view whole, fraction;
  bool zero() const { return whole.empty() && fraction.empty(); }
};

bool split_decimal(std::string_view text, bool integer, Digits& out) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto point = text.find('.');
  out.whole = text.substr(0, point);
  out.fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
  if (integer && point != text.npos) return false;
  if (out.whole.empty() && out.fraction.empty()) return false;
  if (!std::all_of(out.whole.begin(), out.whole.end(), is_digit) || !std::all_of(out.fraction.begin(), out.fraction.end(), is_digit)) return false;
  while (!out.whole.empty() && out.whole.front() == '0') out.whole.remove_prefix(1);
  while (!out.fraction.empty() && out.fraction.back() == '0') out.fraction.remove_suffix(1);
  if (out.zero()) out.negative = false;
  return true;
}

int magnitude(const Digits& a, const Digits& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  if (const int whole = a.whole.compare(b.whole)) return whole;
  return a.fraction.compare(b.fraction);
}

int compare_digits(const Digits& a, const Digits& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  return a.negative ? magnitude(b, a) : magnitude(a, b);
}

bool is_float(std::string_view text, double& value) {
  if (text == "INF") return value = HUGE_VAL, true;
  if (text == "-INF") return value = -HUGE_VAL, true;
  if (text == "NaN") return value = std::nan(""), true;
  const auto exponent = text.find_first_of("eE");
  Digits mantissa, power;
  if (!split_decimal(text.substr(0, exponent), false, mantissa)) return false;
  if (exponent != text.npos && !split_decimal(text.substr(exponent + 1), true, power)) return false;
  if (text.front() == '+') text.remove_prefix(1);
  // Only bounds and lists compare the value, and those are short.
  std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 400), value);
  return true;
}

bool is_base64(std::string_view text) {
  std::size_t letters = 0, padding = 0;
  char last = 'A';
  for (char c : text) {
    if (is_blank(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '/';
    if (!good || padding) return false;
    ++letters;
    last = c;
  }
  if (padding > 2 || (letters + padding) % 4 != 0) return false;
  // The bits that padding leaves over are zero.
  if (padding == 2) return std::string_view("AQgw").find(last) != std::string_view::npos;
  if (padding == 1) return std::string_view("AEIMQUYcgkosw048").find(last) != std::string_view::npos;
  return true;
}

std::size_t base64_bytes(std::string_view text) {
  std::size_t letters = 0;
  for (char c : text) letters += !is_blank(c) && c != '=';
  return letters * 3 / 4;
}

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool is_uri(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '/';
  };
  if (std::all_of(text.begin(), text.end(), plain)) return true;
  ensure_xerces();
  // What an anyURI may hold beyond a URI is escaped first, as XLink says.
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x21 || byte > 0x7E || std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos) {
      constexpr char hex[] = "0123456789ABCDEF";
      escaped += '%';
      escaped += hex[byte >> 4];
      escaped += hex[byte & 15];
    } else {
      escaped += c;
    }
  }
  return xercesc::XMLUri::isValidURI(true, to_xerces(escaped).c_str(), true);
}

const Pattern& qname_pattern() {
  static const auto pattern = compile_pattern({"[\\i-[:]][\\c-[:]]*(:[\\i-[:]][\\c-[:]]*)?"});
  return *pattern;
}

bool is_lexical(const Facets& facets, std::string_view text) {
  Temporal temporal;
  Duration duration;
  Digits digits;
  double number = 0;
  switch (facets.primitive) {
    case Primitive::string: case Primitive::any_simple: return true;
    case Primitive::boolean: return text == "true" || text == "false" || text == "1" || text == "0";
    case Primitive::decimal: return split_decimal(text, facets.integer, digits);
    case Primitive::floating: return is_float(text, number);
    case Primitive::duration: return parse_duration_value(text, duration);
    case Primitive::hex_binary: return is_hex(text);
    case Primitive::base64_binary: return is_base64(text);
    case Primitive::any_uri: return is_uri(text);
    case Primitive::qname: return qname_pattern().matches(text);
    default: return parse_temporal(facets.primitive, text, temporal) == TemporalFault::none;
  }
}

std::partial_ordering compare_durations(const Duration& a, const Duration& b) {
  if (a.months == b.months && a.seconds == b.seconds && a.negative == b.negative && a.fraction == b.fraction) return std::partial_ordering::equivalent;
  // A month has 28 to 31 days: an order holds when it holds with both.
  const auto value = [](const Duration& d, std::int64_t days) {
    const auto seconds = d.months * days * 86400 + d.seconds;
    return d.negative ? -seconds : seconds;
  };
  const auto low = value(a, 28) <=> value(b, 28), high = value(a, 31) <=> value(b, 31);
  return low == high ? std::partial_ordering(low) : std::partial_ordering::unordered;
}

std::partial_ordering compare_values(const Facets& facets, std::string_view a, std::string_view b) {
  switch (facets.primitive) {
    case Primitive::decimal: return compare_decimals(a, b) <=> 0;
    case Primitive::floating: {
      double x = 0, y = 0;
      is_float(a, x);
      is_float(b, y);
      return x <=> y;
    }
    case Primitive::duration: {
      Duration x, y;
      parse_duration_value(a, x);
      parse_duration_value(b, y);
      return compare_durations(x, y);
    }
    case Primitive::boolean: return (a == "true" || a == "1") <=> (b == "true" || b == "1");
    case Primitive::date: case Primitive::time: case Primitive::date_time: case Primitive::g_year: case Primitive::g_year_month:
    case Primitive::g_month: case Primitive::g_day: case Primitive::g_month_day: {
      Temporal x, y;
      parse_temporal(facets.primitive, a, x);
      parse_temporal(facets.primitive, b, y);
      return compare(x, y);
    }
    default: return a <=> b;
  }
}

bool by_text(const Facets& facets) {
  switch (facets.primitive) {
    case Primitive::string: case Primitive::any_uri: case Primitive::qname: case Primitive::any_simple: return true;
    default: return false;
  }
}

bool in_enumeration(const Facets& facets, std::string_view text) {
  const auto at = std::lower_bound(facets.sorted.begin(), facets.sorted.end(), text,
                                   [&](auto index, std::string_view value) { return facets.enumeration[index] < value; });
  if (at != facets.sorted.end() && facets.enumeration[*at] == text) return true;
  if (facets.variety == Variety::atomic && by_text(facets)) return false;
  return std::any_of(facets.enumeration.begin(), facets.enumeration.end(), [&](const std::string& value) {
    std::string buffer;
    const auto member = facets.variety == Variety::atomic ? trimmed(value) : normalised(facets, value, buffer);
    if (facets.variety != Variety::atomic) return member == text;
    return is_lexical(facets, member) && compare_values(facets, text, member) == std::partial_ordering::equivalent;
  });
}

ValueFault check_length(const Facets& facets, std::size_t length) {
  if (facets.length && length != *facets.length) return ValueFault::wrong_length;
  if (facets.min_length && length < *facets.min_length) return ValueFault::too_short;
  if (facets.max_length && length > *facets.max_length) return ValueFault::too_long;
  return ValueFault::none;
}

ValueFault check_bounds(const Facets& facets, std::string_view text) {
  const auto below = [&](const std::optional<std::string>& bound, bool equal_too) {
    if (!bound) return false;
    const auto order = compare_values(facets, text, *bound);
    return order == std::partial_ordering::less || (equal_too && order == std::partial_ordering::equivalent);
  };
  const auto above = [&](const std::optional<std::string>& bound, bool equal_too) {
    if (!bound) return false;
    const auto order = compare_values(facets, text, *bound);
    return order == std::partial_ordering::greater || (equal_too && order == std::partial_ordering::equivalent);
  };
  if (below(facets.min_inclusive, false) || below(facets.min_exclusive, true)) return ValueFault::too_small;
  if (above(facets.max_inclusive, false) || above(facets.max_exclusive, true)) return ValueFault::too_large;
  return ValueFault::none;
}

ValueFault check_digits(const Facets& facets, std::string_view text) {
  if (!facets.total_digits && !facets.fraction_digits) return ValueFault::none;
  Digits digits;
  split_decimal(text, facets.integer, digits);
  if (facets.fraction_digits && digits.fraction.size() > *facets.fraction_digits) return ValueFault::fraction_digits;
  if (facets.total_digits && digits.whole.size() + digits.fraction.size() > *facets.total_digits) return ValueFault::total_digits;
  return ValueFault::none;
}

ValueFault check_patterns(const Facets& facets, std::string_view text) {
  for (const auto& pattern : facets.patterns) {
    if (!pattern->matches(text)) return ValueFault::pattern;
  }
  return ValueFault::none;
}

ValueFault check_atomic(const Facets& facets, std::string_view text) {
  if (!is_lexical(facets, text)) return ValueFault::lexical;
  if (!facets.enumeration.empty() && !in_enumeration(facets, text)) return ValueFault::enumeration;
  if (facets.length || facets.min_length || facets.max_length) {
    const bool uncounted = facets.primitive == Primitive::qname;
    const auto length = facets.primitive == Primitive::hex_binary ? text.size() / 2
      : facets.primitive == Primitive::base64_binary ? base64_bytes(text) : length_of(text);
    if (const auto fault = check_length(facets, length); !uncounted && fault != ValueFault::none) return fault;
  }
  if (const auto fault = check_patterns(facets, text); fault != ValueFault::none) return fault;
  if (const auto fault = check_bounds(facets, text); fault != ValueFault::none) return fault;
  return facets.primitive == Primitive::decimal ? check_digits(facets, text) : ValueFault::none;
}

template <class Use>
bool each_item(std::string_view text, Use use) {
  while (true) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    if (text.empty()) return true;
    const auto end = std::find_if(text.begin(), text.end(), is_blank);
    const auto item = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (!use(item)) return false;
    text.remove_prefix(item.size());
  }
}

ValueFault check_list(const Model& model, const Facets& facets, std::string_view text) {
  std::size_t count = 0;
  const bool good = each_item(text, [&](std::string_view item) {
    ++count;
    return facets.item == none || check_value(model, model.type(facets.item).facets, item) == ValueFault::none;
  });
  if (!good) return ValueFault::item;
  if (!facets.enumeration.empty() && !in_enumeration(facets, text)) return ValueFault::enumeration;
  if (const auto fault = check_length(facets, count); fault != ValueFault::none) return fault;
  return check_patterns(facets, text);
}

ValueFault check_union(const Model& model, const Facets& facets, std::string_view text) {
  const bool taken = std::any_of(facets.members.begin(), facets.members.end(), [&](TypeId member) {
    return check_value(model, model.type(member).facets, text) == ValueFault::none;
  });
  if (!taken) return ValueFault::members;
  if (!facets.enumeration.empty() && !in_enumeration(facets, trimmed(text))) return ValueFault::enumeration;
  return check_patterns(facets, text);
}

}  // namespace

int compare_decimals(std::string_view a, std::string_view b) {
  Digits x, y;
  split_decimal(trimmed(a), false, x);
  split_decimal(trimmed(b), false, y);
  return compare_digits(x, y);
}

std::size_t length_of(std::string_view utf8) {
  std::size_t length = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    length += byte >> 6 != 2;
  }
  return length;
}

std::string_view normalised(const Facets& facets, std::string_view text, std::string& buffer) {
  if (facets.whitespace == Whitespace::preserve) return text;
  if (facets.whitespace == Whitespace::replace) {
    if (text.find_first_of("\t\n\r") == text.npos) return text;
    buffer.assign(text);
    std::replace_if(buffer.begin(), buffer.end(), is_blank, ' ');
    return buffer;
  }
  text = trimmed(text);
  const auto untidy = [&] {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (is_blank(text[i]) && (text[i] != ' ' || is_blank(text[i + 1]))) return true;
    }
    return false;
  };
  if (!untidy()) return text;
  buffer.clear();
  each_item(text, [&](std::string_view item) {
    if (!buffer.empty()) buffer += ' ';
    buffer += item;
    return true;
  });
  return buffer;
}

ValueFault check_value(const Model& model, const Facets& facets, std::string_view text) {
  std::string buffer;
  const auto value = normalised(facets, text, buffer);
  switch (facets.variety) {
    case Variety::list: return check_list(model, facets, value);
    case Variety::union_of: return check_union(model, facets, value);
    case Variety::atomic: break;
  }
  return check_atomic(facets, value);
}

std::string value_key(const Model& model, const Facets& facets, std::string_view text) {
  std::string buffer;
  const auto value = normalised(facets, text, buffer);
  if (facets.variety == Variety::union_of) {
    for (const auto member : facets.members) {
      if (check_value(model, model.type(member).facets, value) == ValueFault::none) return value_key(model, model.type(member).facets, value);
    }
  }
  if (facets.variety != Variety::atomic) return "s" + std::string(value);
  switch (facets.primitive) {
    case Primitive::boolean: return value == "1" || value == "true" ? "b1" : "b0";
    case Primitive::decimal: {
      Digits digits;
      if (!split_decimal(value, false, digits)) return "s" + std::string(value);
      return std::string(digits.negative ? "d-" : "d") + std::string(digits.whole) + "." + std::string(digits.fraction);
    }
    case Primitive::date: case Primitive::time: case Primitive::date_time: case Primitive::g_year: case Primitive::g_year_month:
    case Primitive::g_month: case Primitive::g_day: case Primitive::g_month_day: {
      Temporal t;
      if (parse_temporal(facets.primitive, value, t) != TemporalFault::none) return "s" + std::string(value);
      return "t" + std::to_string(instant_of(t)) + "." + std::string(t.fraction) + (t.zone ? "z" : "");
    }
    default: return "s" + std::string(value);
  }
}

}  // namespace wayleave::schema
