#include "schema/compile_facets.hpp"

#include <xercesc/framework/psvi/XSFacet.hpp>
#include <xercesc/util/KVStringPair.hpp>
#include <xercesc/validators/datatype/DatatypeValidator.hpp>
#include <xercesc/validators/schema/SchemaSymbols.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <mutex>
#include <utility>

#include "schema/pattern.hpp"
#include "schema/xerces_platform.hpp"

namespace wayleave::schema {

namespace {

using namespace xercesc;

struct Builtin {
  std::string_view name;
  Primitive primitive;
  const char* pattern = nullptr;       // lexical space beyond the primitive's
  const char* min = nullptr;           // integers
  const char* max = nullptr;
};

constexpr const char* name_pattern = "\\i\\c*";
constexpr const char* ncname_pattern = "[\\i-[:]][\\c-[:]]*";

constexpr std::array<Builtin, 44> builtins{{
  {"string", Primitive::string}, {"boolean", Primitive::boolean}, {"decimal", Primitive::decimal}, {"float", Primitive::floating},
  {"double", Primitive::floating}, {"duration", Primitive::duration}, {"dateTime", Primitive::date_time}, {"time", Primitive::time},
  {"date", Primitive::date}, {"gYearMonth", Primitive::g_year_month}, {"gYear", Primitive::g_year}, {"gMonthDay", Primitive::g_month_day},
  {"gDay", Primitive::g_day}, {"gMonth", Primitive::g_month}, {"hexBinary", Primitive::hex_binary}, {"base64Binary", Primitive::base64_binary},
  {"anyURI", Primitive::any_uri}, {"QName", Primitive::qname}, {"NOTATION", Primitive::qname}, {"anySimpleType", Primitive::any_simple},
  {"normalizedString", Primitive::string}, {"token", Primitive::string}, {"language", Primitive::string, "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"},
  {"NMTOKEN", Primitive::string, "\\c+"}, {"Name", Primitive::string, name_pattern}, {"NCName", Primitive::string, ncname_pattern},
  {"ID", Primitive::string, ncname_pattern}, {"IDREF", Primitive::string, ncname_pattern}, {"ENTITY", Primitive::string, ncname_pattern},
  {"integer", Primitive::decimal}, {"nonPositiveInteger", Primitive::decimal, nullptr, nullptr, "0"},
  {"negativeInteger", Primitive::decimal, nullptr, nullptr, "-1"},
  {"long", Primitive::decimal, nullptr, "-9223372036854775808", "9223372036854775807"},
  {"int", Primitive::decimal, nullptr, "-2147483648", "2147483647"}, {"short", Primitive::decimal, nullptr, "-32768", "32767"},
  {"byte", Primitive::decimal, nullptr, "-128", "127"}, {"nonNegativeInteger", Primitive::decimal, nullptr, "0"},
  {"unsignedLong", Primitive::decimal, nullptr, "0", "18446744073709551615"}, {"unsignedInt", Primitive::decimal, nullptr, "0", "4294967295"},
  {"unsignedShort", Primitive::decimal, nullptr, "0", "65535"}, {"unsignedByte", Primitive::decimal, nullptr, "0", "255"},
  {"positiveInteger", Primitive::decimal, nullptr, "1"}, {"NMTOKENS", Primitive::string}, {"IDREFS", Primitive::string},
}};

/// Patterns of built-in types are the same in every schema.
std::shared_ptr<const Pattern> shared_pattern(const char* text) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Pattern>> known;
  const std::lock_guard lock(mutex);
  auto& pattern = known[text];
  if (!pattern) pattern = compile_pattern({text});
  return pattern;
}

bool is_builtin(XSTypeDefinition& type) { return !type.getAnonymous() && from_xerces(type.getNamespace()) == "http://www.w3.org/2001/XMLSchema"; }

std::string own(const DatatypeValidator& step, const XMLCh* facet) {
  auto* facets = step.getFacets();
  if (!facets) return {};
  auto* pair = facets->get(facet);
  return pair ? from_xerces(pair->getValue()) : std::string();
}

std::optional<std::uint32_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, ec] = std::from_chars(begin, text.data() + text.size(), value);
  if (ec != std::errc()) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xfffffffe));
}

void set_number(std::optional<std::uint32_t>& to, const DatatypeValidator& step, const XMLCh* facet) {
  if (to) return;
  if (const auto text = own(step, facet); !text.empty()) to = number(text);
}

/// Facets of one derivation step; the nearer to the type, the earlier it is asked, and what is set stays.
void take_step(Facets& out, const DatatypeValidator& step) {
  using Symbols = SchemaSymbols;
  set_number(out.length, step, Symbols::fgELT_LENGTH);
  set_number(out.min_length, step, Symbols::fgELT_MINLENGTH);
  set_number(out.max_length, step, Symbols::fgELT_MAXLENGTH);
  set_number(out.total_digits, step, Symbols::fgELT_TOTALDIGITS);
  set_number(out.fraction_digits, step, Symbols::fgELT_FRACTIONDIGITS);
  const auto bound = [&](std::optional<std::string>& inclusive, const XMLCh* inclusive_facet, std::optional<std::string>& exclusive,
                         const XMLCh* exclusive_facet) {
    if (inclusive || exclusive) return;
    if (auto text = own(step, inclusive_facet); !text.empty()) inclusive = std::move(text);
    if (auto text = own(step, exclusive_facet); !text.empty()) exclusive = std::move(text);
  };
  bound(out.min_inclusive, Symbols::fgELT_MININCLUSIVE, out.min_exclusive, Symbols::fgELT_MINEXCLUSIVE);
  bound(out.max_inclusive, Symbols::fgELT_MAXINCLUSIVE, out.max_exclusive, Symbols::fgELT_MAXEXCLUSIVE);
  // Xerces joins the alternatives of one step with '|' and splits them again wrongly, so the joined text is used.
  if (const auto text = own(step, Symbols::fgELT_PATTERN); !text.empty()) out.patterns.push_back(compile_pattern({text}));
  if (out.enumeration.empty()) {
    if (const auto* values = step.getEnumString()) {
      for (XMLSize_t i = 0; i < values->size(); ++i) out.enumeration.push_back(from_xerces(values->elementAt(i)));
    }
  }
}

void take_builtin(Facets& out, const Builtin& builtin) {
  out.primitive = builtin.primitive;
  if (builtin.pattern) out.patterns.push_back(shared_pattern(builtin.pattern));
  if (builtin.min && !out.min_inclusive && !out.min_exclusive) out.min_inclusive = builtin.min;
  if (builtin.max && !out.max_inclusive && !out.max_exclusive) out.max_inclusive = builtin.max;
  out.id = builtin.name == "ID";
  out.idref = builtin.name == "IDREF";
}

Whitespace whitespace(XSSimpleTypeDefinition& type) {
  switch (type.getDatatypeValidator()->getWSFacet()) {
    case DatatypeValidator::PRESERVE: return Whitespace::preserve;
    case DatatypeValidator::REPLACE: return Whitespace::replace;
    default: return Whitespace::collapse;
  }
}

}  // namespace

Facets compile_facets(XSSimpleTypeDefinition& type) {
  Facets out;
  out.variety = type.getVariety() == XSSimpleTypeDefinition::VARIETY_LIST ? Variety::list
    : type.getVariety() == XSSimpleTypeDefinition::VARIETY_UNION ? Variety::union_of : Variety::atomic;
  out.whitespace = out.variety == Variety::list ? Whitespace::collapse
    : out.variety == Variety::union_of ? Whitespace::preserve : whitespace(type);
  bool first_builtin = true;
  for (XSTypeDefinition* step = &type; step; step = step->getBaseType()) {
    if (step->getTypeCategory() != XSTypeDefinition::SIMPLE_TYPE) break;
    auto& simple = static_cast<XSSimpleTypeDefinition&>(*step);
    if (is_builtin(simple)) {
      const auto name = from_xerces(simple.getName());
      out.integer = out.integer || name == "integer";
      const auto known = std::find_if(builtins.begin(), builtins.end(), [&](const auto& b) { return b.name == name; });
      if (known != builtins.end() && std::exchange(first_builtin, false)) take_builtin(out, *known);
      if ((name == "NMTOKENS" || name == "IDREFS" || name == "ENTITIES") && !out.min_length && !out.length) out.min_length = 1;
    } else if (auto* validator = simple.getDatatypeValidator()) {
      take_step(out, *validator);
    }
    if (step->getBaseType() == step) break;
  }
  out.sorted.resize(out.enumeration.size());
  for (std::uint32_t i = 0; i < out.sorted.size(); ++i) out.sorted[i] = i;
  std::sort(out.sorted.begin(), out.sorted.end(), [&](auto a, auto b) { return out.enumeration[a] < out.enumeration[b]; });
  return out;
}

}  // namespace wayleave::schema
