#include "mapping/types.hpp"

#include <algorithm>

#include "base/decimal.hpp"
#include "mapping/dates.hpp"

namespace wayleave::mapping {
namespace {

std::uint32_t length_in_characters(const std::string& text) {
  return static_cast<std::uint32_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })
  );
}

void bound_by_values(Type& type) {
  if (!type.values || type.values->empty()) return;
  type.min_length = schema::unbounded;
  type.max_length = 0;
  for (const auto& value : *type.values) {
    type.min_length = std::min(type.min_length, length_in_characters(value));
    type.max_length = std::max(type.max_length, length_in_characters(value));
  }
}

Type of_union(Places& places, const schema::Model& model, const schema::Facets& facets) {
  Type joined;
  joined.kind = Kind::string;
  std::vector<std::string> values;
  bool closed = true;
  bool first = true;
  for (auto id : facets.members) {
    Type member = type_of(places, model, id);
    if (member.kind != Kind::string || !member.values) closed = false;
    else values.insert(values.end(), member.values->begin(), member.values->end());
    auto longest = member.kind == Kind::string ? member.max_length : schema::unbounded;
    joined.min_length = first ? member.min_length : std::min(joined.min_length, member.min_length);
    joined.max_length = first ? longest : std::max(joined.max_length, longest);
    first = false;
  }
  if (closed && !values.empty()) joined.values = places.add_values(std::move(values));
  return joined;
}

Type of_facets(Places& places, const schema::Model& model, const schema::Facets& facets) {
  using schema::Primitive;
  if (facets.variety == schema::Variety::union_of && facets.enumeration.empty()) return of_union(places, model, facets);
  Type type;
  type.kind = Kind::string;
  if (facets.variety == schema::Variety::atomic) {
    switch (facets.primitive) {
      case Primitive::boolean: type.kind = Kind::boolean; return type;
      case Primitive::decimal:
        type.kind = facets.integer || facets.fraction_digits == 0u ? Kind::integer : Kind::decimal;
        if (type.kind == Kind::integer) type.scale = 0;
        else if (facets.fraction_digits) type.scale = *facets.fraction_digits;
        return type;
      case Primitive::date: type.kind = Kind::date; return type;
      case Primitive::time: type.kind = Kind::time; return type;
      case Primitive::date_time: type.kind = Kind::datetime; return type;
      default: break;
    }
  }
  if (!facets.enumeration.empty()) {
    type.values = &facets.enumeration;
    bound_by_values(type);
    return type;
  }
  if (facets.variety != schema::Variety::atomic) return type;   // lengths of a list count its items
  if (facets.length) type.min_length = type.max_length = *facets.length;
  if (facets.min_length) type.min_length = *facets.min_length;
  if (facets.max_length) type.max_length = *facets.max_length;
  // A pattern that does not match the empty text keeps a value from being empty.
  if (type.min_length == 0 && !facets.patterns.empty()) type.min_length = 1;
  if (facets.primitive != Primitive::string && facets.primitive != Primitive::any_simple) {
    if (type.min_length == 0 && facets.primitive != Primitive::any_uri) type.min_length = 1;
  }
  return type;
}

}  // namespace

const StaticNode* Places::add(const schema::Model& model, schema::ElementId element, const StaticNode* parent) {
  nodes_.push_back({&model, element, model.element(element).type, parent});
  return &nodes_.back();
}

const StaticNode* Places::add_type(const schema::Model& model, schema::TypeId type) {
  nodes_.push_back({&model, schema::none, type, nullptr});
  return &nodes_.back();
}

const std::vector<std::string>* Places::add_values(std::vector<std::string> values) {
  values_.push_back(std::move(values));
  return &values_.back();
}

Type simple(Kind kind) {
  Type type;
  type.kind = kind;
  if (kind == Kind::integer) type.scale = 0;
  return type;
}

bool is_number(Kind kind) { return kind == Kind::integer || kind == Kind::decimal; }

bool reads_as(std::string_view text, Kind kind) {
  switch (kind) {
    case Kind::integer: {
      auto number = Decimal::parse(text);
      return number && number->scale() == 0;
    }
    case Kind::decimal: return Decimal::parse(text).has_value();
    case Kind::date: return Moment::parse_date(text).has_value();
    case Kind::time: return Moment::parse_time(text).has_value();
    case Kind::datetime: return Moment::parse_datetime(text).has_value();
    case Kind::boolean: return text == "true" || text == "false" || text == "1" || text == "0";
    default: return true;
  }
}

bool is_temporal(Kind kind) { return kind == Kind::date || kind == Kind::time || kind == Kind::datetime; }

int compare_moments(const Moment& a, const Moment& b, Kind kind) {
  auto key = [&](const Moment& m) { return kind == Kind::date ? std::int64_t(m.days) * 86'400 : m.instant(); };
  if (key(a) != key(b)) return key(a) < key(b) ? -1 : 1;
  return kind == Kind::date ? 0 : a.nanos < b.nanos ? -1 : b.nanos < a.nanos ? 1 : 0;
}

std::optional<Moment> parse_moment(std::string_view text, Kind kind) {
  switch (kind) {
    case Kind::date: return Moment::parse_date(text);
    case Kind::time: return Moment::parse_time(text);
    default: return Moment::parse_datetime(text);
  }
}

std::string words(Kind kind) {
  switch (kind) {
    case Kind::unknown: return "anything";
    case Kind::boolean: return "true or false";
    case Kind::string: return "text";
    case Kind::integer: return "a whole number";
    case Kind::decimal: return "a number";
    case Kind::date: return "a date";
    case Kind::time: return "a time of day";
    case Kind::datetime: return "a date with time";
    case Kind::structure: return "an element with child elements";
  }
  return {};
}

std::string words(const Type& type) {
  if (type.kind == Kind::string && type.values) {
    std::string list = "one of ";
    std::size_t shown = 0;
    for (const auto& value : *type.values) {
      if (shown == 8) {
        list += " …";
        break;
      }
      list += (shown++ ? ", " : "") + value;
    }
    return list;
  }
  if (type.kind == Kind::string && (type.min_length || type.max_length != schema::unbounded)) {
    auto text = "text of " + std::to_string(type.min_length) + " to ";
    return text + (type.max_length == schema::unbounded ? "any number of" : std::to_string(type.max_length)) + " characters";
  }
  if (type.kind == Kind::decimal && type.scale != schema::unbounded) {
    return "a number with at most " + std::to_string(type.scale) + " decimals";
  }
  return words(type.kind);
}

std::string cardinality(const Type& type) {
  return std::string(type.may_be_absent() ? "0" : "1") + ".." + (type.many ? "n" : "1");
}

Type type_of(Places& places, const schema::Model& model, schema::TypeId id) {
  Type type;
  if (id == schema::none || id >= model.types.size()) {
    type.kind = Kind::string;
    return type;
  }
  const auto& schema_type = model.type(id);
  if (const auto wire = wire_of(model, id); wire != Wire::none) {
    type.wire = wire;
    switch (wire) {
      case Wire::date:
      case Wire::edifact_date: type.kind = Kind::date; break;
      case Wire::time: type.kind = Kind::time; break;
      case Wire::integer: type.kind = Kind::integer; type.scale = 0; break;
      default:
        type.kind = Kind::decimal;
        if (wire >= Wire::implied) type.scale = implied_decimals(wire);
    }
    return type;
  }
  if (schema_type.complex && schema_type.content != schema::Content::simple) {
    type.kind = schema_type.content == schema::Content::mixed ? Kind::string : Kind::structure;
    if (schema_type.content == schema::Content::mixed && !schema_type.children.empty()) type.kind = Kind::structure;
    return type;
  }
  type = of_facets(places, model, schema_type.facets);
  if (type.kind == Kind::string && type.min_length == 0 && says_as(model, id) != schema::none) type.min_length = 1;   // an empty data element is none
  if (!schema_type.facets.patterns.empty()) type.form = &schema_type;
  return type;
}

bool same_type(const schema::Model& model, schema::TypeId a, schema::TypeId b) {
  if (a == b) return true;
  if (a == schema::none || b == schema::none) return false;
  // A named type may stand in the tables more than once.
  return model.type(a).name != no_name && model.type(a).name == model.type(b).name;
}

bool derives_from(const schema::Model& model, schema::TypeId type, schema::TypeId base) {
  for (std::size_t depth = 0; type != schema::none && depth < 64; ++depth) {
    if (same_type(model, type, base)) return true;
    type = model.type(type).base;
  }
  return false;
}

std::string element_name(const schema::Model& model, schema::ElementId element) {
  if (element == schema::none) return {};
  return std::string(names::local(model.element(element).name));
}

std::string path_of(const StaticNode* node) {
  std::string path;
  for (; node; node = node->parent) {
    auto name = node->element != schema::none ? element_name(*node->model, node->element)
                : node->model->type(node->type).name != no_name
                  ? std::string(names::local(node->model->type(node->type).name))
                  : std::string("…");
    path = path.empty() ? name : name + "/" + path;
  }
  return path;
}

}  // namespace wayleave::mapping
