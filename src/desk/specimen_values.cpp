#include "desk/specimen_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/utf8.hpp"
#include "mapping/wire.hpp"
#include "schema/pattern.hpp"
#include "schema/schema.hpp"
#include "schema/value.hpp"

namespace wayleave::desk {
namespace {

using schema::Facets;
using schema::Primitive;

constexpr unsigned attempts = 24;
constexpr std::size_t open_length = 60;   // of a text without maxLength

// Short ones that many patterns and bounds take.
constexpr std::array simple_texts{"A1", "1", "a", "x-1", "AB", "ABC", "0", "en", "urn:x:1", "A", "a1", "00", "10", "1.0", "x"};
constexpr std::array simple_numbers{"1", "2", "0", "10", "0.5", "100", "-1", "12", "0.25", "3"};

std::size_t least_length(const Facets& facets) { return facets.length.value_or(facets.min_length.value_or(0)); }
std::optional<std::uint32_t> greatest_length(const Facets& facets) { return facets.length ? facets.length : facets.max_length; }

}  // namespace

std::optional<std::string> SpecimenValues::make(schema::TypeId type, std::string_view name) {
  ++made_;
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    auto value = guess(type, name, attempt);
    if (value && schema::diagnose_value(model_, type, *value).empty()) return value;
  }
  return std::nullopt;
}

std::optional<std::string> SpecimenValues::make_unique(schema::TypeId type, std::string_view name, const void* of) {
  auto& had = had_[of];
  std::string buffer;
  const auto& facets = model_.type(type).facets;
  std::optional<std::string> value;
  for (unsigned attempt = 0; attempt < 3 * attempts; ++attempt) {
    value = make(type, name);
    if (!value) return value;
    if (had.insert(std::string(schema::normalised(facets, *value, buffer))).second) return value;
  }
  // The values are used up; the next one belongs to another element with a list of its own.
  had.clear();
  if (value) had.insert(*value);
  return value;
}

std::optional<std::string> SpecimenValues::guess(schema::TypeId type, std::string_view name, unsigned attempt) {
  const auto& facets = model_.type(type).facets;
  if (attempt < attempts / 2) {
    if (auto value = of_wire(type, name, attempt)) return value;
  }
  if (!facets.enumeration.empty()) {
    const auto which = wild_ ? chance_.below(facets.enumeration.size()) : made_ + attempt;
    return facets.enumeration[which % facets.enumeration.size()];
  }
  if (facets.variety == schema::Variety::union_of) {
    if (facets.members.empty()) return std::nullopt;
    const auto which = wild_ ? chance_.below(facets.members.size()) : attempt;
    return guess(facets.members[which % facets.members.size()], name, attempt);
  }
  if (facets.variety == schema::Variety::list) return of_list(facets, name);
  if (!facets.patterns.empty() && attempt % 3 != 2) return matching(*facets.patterns[attempt % facets.patterns.size()]);
  switch (facets.primitive) {
    case Primitive::boolean: return (made_ + attempt) % 2 ? "true" : "false";
    case Primitive::decimal:
    case Primitive::floating: return number(facets, attempt);
    case Primitive::duration: return fmt::format("P{}D", 1 + made_ % 30);
    case Primitive::hex_binary: return std::string(2 * std::max<std::size_t>(least_length(facets), 1), 'A');
    case Primitive::base64_binary: return "QUJD";
    case Primitive::date_time:
    case Primitive::time:
    case Primitive::date:
    case Primitive::g_year_month:
    case Primitive::g_year:
    case Primitive::g_month_day:
    case Primitive::g_day:
    case Primitive::g_month: return moment(facets, attempt);
    default: return text(facets, name, attempt);
  }
}

// What EDI writes: patterns alone would give days and exponents that are none, and dates in another form than is said beside them.
std::optional<std::string> SpecimenValues::of_wire(schema::TypeId type, std::string_view name, unsigned attempt) {
  using mapping::Wire;
  const auto draw = wild_ ? chance_.below(10'000) : made_;
  const auto day = fmt::format("{}{:02}{:02}", 2025 + draw % 2, 1 + draw / 3 % 12, 1 + draw / 7 % 28);
  if (name == "E2379") return "102";
  if (name == "E2380") return day;
  const auto wire = mapping::wire_of(model_, type);
  switch (wire) {
    case Wire::none:
    case Wire::edifact_date: return std::nullopt;
    case Wire::date: return attempt % 2 ? day.substr(2) : day;
    case Wire::time: return fmt::format("{:02}{:02}", draw % 24, draw / 5 % 60) + (wild_ && attempt % 2 == 0 && chance_.percent(30) ? "07" : "");
    default: {
      auto digits = std::to_string(1 + draw % (attempt < 4 ? 9'999 : 9));
      if (wire == Wire::real && draw % 3 == 1) digits += ".5";
      return wild_ && wire == Wire::real && chance_.percent(5) ? digits + "E1" : digits;
    }
  }
}

std::optional<std::string> SpecimenValues::of_list(const Facets& facets, std::string_view name) {
  const auto least = std::max<std::size_t>(least_length(facets), 1);
  const auto most = std::max<std::size_t>(least, std::min<std::size_t>(greatest_length(facets).value_or(least + 2), least + 2));
  std::string all;
  for (auto count = least + chance_.below(most - least + 1); count > 0; --count) {
    auto item = make(facets.item, name);
    if (!item) return std::nullopt;
    if (!all.empty()) all += ' ';
    all += *item;
  }
  return all;
}

// ---- texts

std::string SpecimenValues::matching(const schema::Pattern& pattern) {
  auto known = patterns_.find(&pattern);
  if (known == patterns_.end()) known = patterns_.emplace(&pattern, schema::parse_pattern(pattern.text)).first;
  std::string text;
  if (known->second) append(text, *known->second);
  return text;
}

void SpecimenValues::append(std::string& text, const schema::PatternNode& node) {
  using Kind = schema::PatternNode::Kind;
  switch (node.kind) {
    case Kind::empty: return;
    case Kind::set: append(text, node.set); return;
    case Kind::sequence:
      for (const auto& part : node.parts) append(text, part);
      return;
    case Kind::choice:
      if (!node.parts.empty()) append(text, node.parts[chance_.below(node.parts.size())]);
      return;
    case Kind::repeat: {
      const auto most = std::min(node.max, node.min + 3);
      for (auto count = node.min + chance_.below(most - node.min + 1); count > 0; --count) {
        for (const auto& part : node.parts) append(text, part);
      }
      return;
    }
  }
}

void SpecimenValues::append(std::string& text, const schema::CharacterSet& set) {
  const auto holds = [&](std::uint32_t c) {
    return std::any_of(set.ranges.begin(), set.ranges.end(), [&](const auto& range) { return range.first <= c && c <= range.second; });
  };
  // Letters and digits first: a class of all characters would give many that no document may hold.
  for (int i = 0; i < 40; ++i) {
    const auto c = static_cast<std::uint32_t>("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[chance_.below(62)]);
    if (holds(c) != set.negated) return append_utf8(text, c);
  }
  if (!set.negated && !set.ranges.empty()) {
    const auto& range = set.ranges[chance_.below(set.ranges.size())];
    return append_utf8(text, range.first + static_cast<std::uint32_t>(chance_.below(range.second - range.first + 1)));
  }
  text += "a1-_."[chance_.below(5)];
}

std::string SpecimenValues::text(const Facets& facets, std::string_view name, unsigned attempt) {
  const auto least = std::max<std::size_t>(least_length(facets), attempt < 20 ? 1 : 0);
  const auto most = std::max<std::size_t>(least, std::min<std::size_t>(greatest_length(facets).value_or(open_length), 1'000));
  if (wild_ && attempt < 4) {
    if (least_length(facets) == 0 && chance_.percent(4)) return {};
    return odd_text(chance_.percent(20) ? most : least + chance_.below(std::min<std::size_t>(most - least, open_length) + 1));
  }
  if (attempt > 4) return simple_texts[(attempt - 5 + made_) % simple_texts.size()];
  auto made = attempt == 4 ? fmt::format("{}{}", name, made_) : fmt::format("{} {}", name, made_);
  if (made.size() > most) made = std::to_string(made_);
  if (made.size() > most) made.erase(0, made.size() - most);
  while (made.size() < least) made += 'x';
  return made;
}

// Characters that escaping, upper case and lengths have trouble with; no space at an end or beside another.
std::string SpecimenValues::odd_text(std::size_t length) {
  static constexpr std::array odd{"é", "ß", "Ł", "&", "<", ">", "\"", "'", "日", "😀", "{", "}", "'", ":", "*", "~", "+", "?", "-", "/"};
  std::string made;
  while (schema::length_of(made) < length) {
    const auto left = length - schema::length_of(made);
    const auto draw = chance_.below(40);
    if (draw < odd.size()) {
      const std::string_view piece = odd[draw];
      made += schema::length_of(piece) <= left ? piece : "z";
    } else if (draw < 23 && left > 1 && !made.empty() && made.back() != ' ') {
      made += ' ';
    } else {
      made += "abcdefghijklmnopqrstuvwxyzABCDEF0123456789"[chance_.below(42)];
    }
  }
  return made;
}

// ---- numbers and dates

std::string SpecimenValues::number(const Facets& facets, unsigned attempt) {
  if (attempt == 20 && facets.min_inclusive) return *facets.min_inclusive;
  if (attempt == 21 && facets.max_inclusive) return *facets.max_inclusive;
  if (attempt >= 8) return simple_numbers[(attempt - 8) % simple_numbers.size()];
  const auto bound = [](const std::optional<std::string>& inclusive, const std::optional<std::string>& exclusive, double otherwise) {
    return inclusive ? std::strtod(inclusive->c_str(), nullptr) : exclusive ? std::strtod(exclusive->c_str(), nullptr) : otherwise;
  };
  const auto total = facets.total_digits.value_or(12);
  const auto most_fraction = facets.integer ? 0u : std::min(facets.fraction_digits.value_or(2), total);
  if (wild_ && attempt < 2 && chance_.percent(8)) {
    const auto fraction = std::min(most_fraction, total - 1);
    auto nines = std::string(std::min(total, 24u) - fraction, '9');
    return fraction ? nines + "." + std::string(fraction, '9') : nines;
  }
  const double least = bound(facets.min_inclusive, facets.min_exclusive, wild_ && chance_.percent(10) ? -1'000 : 0);
  const double most = std::min(bound(facets.max_inclusive, facets.max_exclusive, 1e15), least + 99'999);
  const auto whole = static_cast<std::int64_t>(least) + static_cast<std::int64_t>(wild_ ? chance_.below(static_cast<std::uint64_t>(std::max(most - least, 0.0)) + 1) : made_ % 90 + 1);
  auto made = std::to_string(whole);
  const auto fraction = std::min(most_fraction, wild_ ? static_cast<unsigned>(chance_.below(4)) : made_ % 3);
  if (fraction && attempt < 6) made += "." + fmt::format("{:0{}}", chance_.below(fraction == 1 ? 10 : fraction == 2 ? 100 : 1'000), fraction);
  return made;
}

std::string SpecimenValues::moment(const Facets& facets, unsigned attempt) {
  if (attempt == 20 && facets.min_inclusive) return *facets.min_inclusive;
  if (attempt == 21 && facets.max_inclusive) return *facets.max_inclusive;
  const auto draw = wild_ ? chance_.below(10'000) : made_;
  const auto year = wild_ && chance_.percent(5) ? 2024 : 2025 + draw % 2;
  const auto month = 1 + draw / 3 % 12, day = 1 + draw / 7 % 28;
  const auto date = fmt::format("{}-{:02}-{:02}", year, month, wild_ && month == 2 && year == 2024 ? 29 : day);
  const auto time = fmt::format("{:02}:{:02}:{:02}", draw % 24, draw / 5 % 60, wild_ ? draw / 11 % 60 : 0);
  static constexpr std::array zones{"Z", "-06:00", "+05:30", "+14:00"};
  const std::string zone = wild_ ? zones[chance_.below(zones.size())] : "Z";
  const auto rarely = wild_ && attempt < 2 && chance_.percent(10) ? zone : std::string();
  switch (facets.primitive) {
    case Primitive::date_time: return date + "T" + time + (wild_ && chance_.percent(15) ? ".250" : "") + (attempt % 4 == 3 ? "" : zone);
    case Primitive::time: return time + rarely;
    case Primitive::date: return date + rarely;
    case Primitive::g_year_month: return date.substr(0, 7);
    case Primitive::g_year: return date.substr(0, 4);
    case Primitive::g_month_day: return "--" + date.substr(5);
    case Primitive::g_day: return "---" + date.substr(8);
    default: return "--" + date.substr(5, 2);
  }
}

}  // namespace wayleave::desk
