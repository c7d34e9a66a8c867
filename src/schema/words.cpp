#include "schema/words.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "schema/pattern.hpp"
#include "schema/suggest.hpp"
#include "schema/temporal.hpp"

namespace wayleave::schema {

namespace {

constexpr std::size_t values_listed = 12;

std::string plural(std::uint32_t n, const char* one, const char* many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

std::string quoted(std::string_view text) { return "\"" + shortened(text, 60) + "\""; }

std::string listed(const std::vector<std::string>& values, std::size_t most = values_listed) {
  std::string out;
  for (std::size_t i = 0; i < values.size() && i < most; ++i) out += (i ? ", " : "") + values[i];
  if (values.size() > most) out += " and " + std::to_string(values.size() - most) + " more";
  return out;
}

const char* noun(const Facets& facets) {
  switch (facets.primitive) {
    case Primitive::boolean: return "true or false";
    case Primitive::decimal: return facets.integer ? "a whole number" : "a number";
    case Primitive::floating: return "a number";
    case Primitive::duration: return "a duration";
    case Primitive::date_time: return "a date and time";
    case Primitive::time: return "a time";
    case Primitive::date: return "a date";
    case Primitive::g_year_month: return "a year and month";
    case Primitive::g_year: return "a year";
    case Primitive::g_month_day: return "a month and day";
    case Primitive::g_day: return "a day of the month";
    case Primitive::g_month: return "a month";
    case Primitive::hex_binary: return "hexadecimal digits";
    case Primitive::base64_binary: return "base64 text";
    case Primitive::any_uri: return "an address (URI)";
    case Primitive::qname: return "a qualified name";
    default: return "text";
  }
}

const char* form(const Facets& facets) {
  switch (facets.primitive) {
    case Primitive::boolean: return "true or false";
    case Primitive::decimal: return facets.integer ? "digits only, e.g. 12" : "digits, e.g. 12 or 12.5";
    case Primitive::floating: return "digits, e.g. 12.5 or 1.25E1";
    case Primitive::duration: return "a duration such as P1DT2H30M";
    case Primitive::date_time: return "YYYY-MM-DDThh:mm:ss, with Z or an offset where one is known";
    case Primitive::time: return "hh:mm:ss";
    case Primitive::date: return "YYYY-MM-DD";
    case Primitive::g_year_month: return "YYYY-MM";
    case Primitive::g_year: return "YYYY";
    case Primitive::g_month_day: return "--MM-DD";
    case Primitive::g_day: return "---DD";
    case Primitive::g_month: return "--MM";
    case Primitive::hex_binary: return "pairs of hexadecimal digits";
    case Primitive::base64_binary: return "base64 text";
    case Primitive::any_uri: return "an address such as https://example.org/a";
    default: return "";
  }
}

std::string lengths(const Facets& facets) {
  const char* one = facets.primitive == Primitive::hex_binary || facets.primitive == Primitive::base64_binary ? "byte"
    : facets.variety == Variety::list ? "value" : "character";
  const std::string many = std::string(one) + "s";
  if (facets.length) return " of exactly " + plural(*facets.length, one, many.c_str());
  const auto min = facets.min_length.value_or(0);
  if (facets.max_length && min > 1) return " of " + std::to_string(min) + " to " + plural(*facets.max_length, one, many.c_str());
  if (facets.max_length) return std::string(" of ") + (min == 1 ? "1 to " : "at most ") + plural(*facets.max_length, one, many.c_str());
  if (min > 0) return " of at least " + plural(min, one, many.c_str());
  return {};
}

std::string bounds(const Facets& facets) {
  std::string out;
  const auto add = [&](const char* word, const std::optional<std::string>& bound) {
    if (bound) out += (out.empty() ? " " : " and ") + std::string(word) + " " + *bound;
  };
  const bool date = facets.primitive != Primitive::decimal && facets.primitive != Primitive::floating;
  add(date ? "not before" : "of at least", facets.min_inclusive);
  add(date ? "after" : "greater than", facets.min_exclusive);
  add(date ? "not after" : "of at most", facets.max_inclusive);
  add(date ? "before" : "less than", facets.max_exclusive);
  return out;
}

std::string digits(const Facets& facets) {
  std::string out;
  if (facets.fraction_digits && !facets.integer) {
    out += *facets.fraction_digits == 0 ? " without decimals" : " with at most " + plural(*facets.fraction_digits, "decimal", "decimals");
  }
  if (facets.total_digits) out += (out.empty() ? " with at most " : " and at most ") + plural(*facets.total_digits, "digit", "digits");
  return out;
}

std::string code_of(const Facets& facets) {
  switch (facets.primitive) {
    case Primitive::date: case Primitive::date_time: case Primitive::g_year: case Primitive::g_year_month:
    case Primitive::g_month: case Primitive::g_day: case Primitive::g_month_day: return "X201";
    case Primitive::time: return "X202";
    case Primitive::decimal: case Primitive::floating: return "X203";
    case Primitive::boolean: return "X206";
    default: return "X209";
  }
}

const char* month_name(int month) {
  constexpr const char* names[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                                   "November", "December"};
  return names[month - 1];
}

/// Why a text of the right form is no date or time, or nothing.
std::string calendar_reason(const Facets& facets, std::string_view text, bool& time) {
  Temporal t;
  switch (parse_temporal(facets.primitive, text, t)) {
    case TemporalFault::day:
      return std::string(month_name(t.month)) + " has " + std::to_string(days_in_month(t.year, t.month)) + " days" +
             (t.month == 2 && facets.primitive != Primitive::g_month_day ? " in " + std::to_string(t.year) : "");
    case TemporalFault::month: return "there is no month " + std::to_string(t.month);
    case TemporalFault::year_zero: return "there is no year 0000";
    case TemporalFault::hour: return time = true, "hours go from 00 to 23";
    case TemporalFault::minute: return time = true, "minutes go from 00 to 59";
    case TemporalFault::second: return time = true, "seconds go from 00 to 59";
    case TemporalFault::zone: return time = true, "offsets go from -14:00 to +14:00";
    default: return {};
  }
}

void explain_lexical(const Facets& facets, std::string_view text, std::string_view what, ValueWords& out) {
  bool time = false;
  const auto reason = calendar_reason(facets, text, time);
  out.code = time ? "X202" : code_of(facets);
  if (facets.primitive == Primitive::date_time && reason.empty()) {
    // The date may be right and the time not.
    Temporal t;
    const auto day = text.substr(0, text.find('T'));
    if (day.size() < text.size() && parse_temporal(Primitive::date, day, t) == TemporalFault::none) out.code = "X202";
  }
  out.message = text.empty() ? std::string(what) + " is empty; it must be " + noun(facets) + "."
                             : std::string(what) + " is " + quoted(text) + ", which is not " + noun(facets) + (reason.empty() ? "" : ": " + reason) + ".";
  const auto better = suggest_value(facets.primitive, facets.integer, text);
  const std::string shape = form(facets);
  if (better) out.fix = "write " + *better + (facets.primitive == Primitive::decimal || facets.primitive == Primitive::boolean ? "" : " (" + shape + ")");
  else if (!shape.empty()) out.fix = "write " + shape;
}

void explain_enumeration(const Facets& facets, std::string_view text, std::string_view what, ValueWords& out) {
  out.code = "X310";
  out.message = std::string(what) + " is " + quoted(text) + ", which is not in the list of agreed values.";
  auto better = nearest(text, facets.enumeration);
  for (const auto& value : facets.enumeration) {
    if (value.size() == text.size() && std::equal(value.begin(), value.end(), text.begin(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        })) better = value;
  }
  out.fix = better.empty() ? "write one of " + listed(facets.enumeration) : "did you mean " + better + "?";
}

void explain_pattern(const Facets& facets, std::string_view text, std::string_view what, ValueWords& out) {
  out.code = "X205";
  for (const auto& pattern : facets.patterns) {
    if (pattern->matches(text)) continue;
    out.message = std::string(what) + " is " + quoted(text) + ", which does not have the agreed form.";
    out.fix = "write it in the form " + pattern->text;
    return;
  }
}

void explain_length(const Facets& facets, std::string_view text, std::string_view what, ValueFault fault, ValueWords& out) {
  out.code = "X204";
  const auto length = length_of(text);
  out.message = text.empty() ? std::string(what) + " is empty."
    : std::string(what) + " has " + plural(static_cast<std::uint32_t>(length), "character", "characters") + ", which is too " +
      (fault == ValueFault::too_long || (fault == ValueFault::wrong_length && length > *facets.length) ? "long" : "short") + ".";
  out.fix = text.empty() ? "write a value, or leave the element out where it may be left out"
    : fault == ValueFault::too_long ? "shorten it to " + plural(*facets.max_length, "character", "characters") : "write" + lengths(facets).substr(3);
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  auto end = most;
  while (end > 0 && static_cast<unsigned char>(text[end]) >> 6 == 2) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string describe_facets(const Model& model, const Facets& facets) {
  if (facets.variety == Variety::list) return "a list of values, each " + (facets.item == none ? "text" : describe(model, facets.item)) + lengths(facets);
  if (facets.variety == Variety::union_of && facets.enumeration.empty()) {
    std::string out;
    for (const auto member : facets.members) out += (out.empty() ? "" : ", or ") + describe(model, member);
    return out;
  }
  if (!facets.enumeration.empty()) return (facets.enumeration.size() == 1 ? "" : "one of ") + listed(facets.enumeration);
  std::string out = noun(facets);
  const auto size = lengths(facets);
  if (!size.empty() && out == "text") out = "a text";
  out += size + bounds(facets) + digits(facets);
  // Of built-in name types nobody wants to read the expression.
  if (facets.primitive == Primitive::string && !facets.patterns.empty()) out += " of the form " + facets.patterns.front()->text;
  else if (!facets.patterns.empty() && facets.primitive != Primitive::decimal) out += " of the form " + facets.patterns.front()->text;
  return out;
}

std::string describe(const Model& model, TypeId type) {
  const auto& t = model.type(type);
  switch (t.content) {
    case Content::empty: return "nothing";
    case Content::element_only: case Content::mixed: {
      std::vector<std::string> children;
      for (const auto& use : t.children) {
        if (use.min > 0) children.emplace_back(names::local(model.element(use.element).name));
      }
      if (children.empty()) {
        for (const auto& use : t.children) children.emplace_back(names::local(model.element(use.element).name));
        return children.empty() ? "elements" : "elements such as " + listed(children, 6);
      }
      return "elements: " + listed(children, 8);
    }
    case Content::simple: break;
  }
  return describe_facets(model, t.facets);
}

ValueWords explain_value(const Model& model, const Facets& facets, ValueFault fault, std::string_view raw, std::string_view what) {
  std::string buffer;
  const auto text = normalised(facets, raw, buffer);
  ValueWords out;
  out.expected = describe_facets(model, facets);
  switch (fault) {
    case ValueFault::none: return out;
    case ValueFault::lexical: explain_lexical(facets, text, what, out); break;
    case ValueFault::enumeration: explain_enumeration(facets, text, what, out); break;
    case ValueFault::pattern: explain_pattern(facets, text, what, out); break;
    case ValueFault::too_short: case ValueFault::too_long: case ValueFault::wrong_length:
      explain_length(facets, text, what, fault, out);
      break;
    case ValueFault::too_small: case ValueFault::too_large:
      out.code = code_of(facets);
      out.message = std::string(what) + " is " + quoted(text) + ", which is too " + (fault == ValueFault::too_small ? "small" : "large") + ".";
      out.fix = "write" + bounds(facets).replace(0, 1, " a value ");
      break;
    case ValueFault::total_digits: case ValueFault::fraction_digits:
      out.code = "X203";
      out.message = std::string(what) + " is " + quoted(text) + ", which has too many " +
                    (fault == ValueFault::fraction_digits ? "decimals" : "digits") + ".";
      out.fix = fault == ValueFault::fraction_digits ? "round it to " + plural(*facets.fraction_digits, "decimal", "decimals")
                                                     : "write at most " + plural(*facets.total_digits, "digit", "digits");
      break;
    case ValueFault::item: case ValueFault::members: {
      const auto& inner = facets.variety == Variety::list ? std::vector<TypeId>{facets.item} : facets.members;
      // The member that comes nearest to an answer: one with a list of values, else the first.
      TypeId chosen = inner.empty() ? none : inner.front();
      for (const auto member : inner) {
        if (!model.type(member).facets.enumeration.empty()) chosen = member;
      }
      if (chosen == none) break;
      const auto& member = model.type(chosen).facets;
      std::string_view wrong = text;
      if (facets.variety == Variety::list) {
        for (std::size_t at = 0; at < text.size();) {
          const auto end = std::min(text.find(' ', at), text.size());
          wrong = text.substr(at, end - at);
          if (!wrong.empty() && check_value(model, member, wrong) != ValueFault::none) break;
          at = end + 1;
        }
      }
      const auto expected = std::move(out.expected);
      out = explain_value(model, member, check_value(model, member, wrong), wrong, what);
      out.expected = expected;
      break;
    }
  }
  if (out.code.empty()) out.code = "X209";
  return out;
}

}  // namespace wayleave::schema
