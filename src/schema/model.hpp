#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "document/names.hpp"

namespace wayleave::schema {

using TypeId = std::uint32_t;
using ElementId = std::uint32_t;
inline constexpr std::uint32_t none = 0xffffffffu;
inline constexpr std::uint32_t unbounded = 0xffffffffu;

enum class Primitive : std::uint8_t {
  string, boolean, decimal, floating, duration, date_time, time, date, g_year_month, g_year, g_month_day, g_day, g_month,
  hex_binary, base64_binary, any_uri, qname, any_simple,
};
enum class Whitespace : std::uint8_t { preserve, replace, collapse };
enum class Variety : std::uint8_t { atomic, list, union_of };
enum class Content : std::uint8_t { empty, simple, element_only, mixed };

/// A pattern facet, compiled once (RE2; linear time). Several patterns of one derivation step are alternatives and come
/// joined; those of different steps must all match and come as several Patterns.
struct Pattern;

/// The facets of a simple type, all those inherited included.
struct Facets {
  Primitive primitive = Primitive::string;
  Variety variety = Variety::atomic;
  bool integer = false;                       ///< xs:integer or derived from it
  bool id = false, idref = false;             ///< xs:ID, xs:IDREF
  Whitespace whitespace = Whitespace::preserve;
  std::optional<std::uint32_t> length, min_length, max_length, total_digits, fraction_digits;
  std::optional<std::string> min_inclusive, max_inclusive, min_exclusive, max_exclusive;   ///< lexical
  std::vector<std::shared_ptr<const Pattern>> patterns;
  std::vector<std::string> enumeration;       ///< in schema order; empty: open
  std::vector<std::uint32_t> sorted;          ///< indices into `enumeration`, by text
  std::vector<std::string> labels;            ///< xs:documentation of each member of `enumeration`; empty: none has any
  TypeId item = none;                         ///< of a list
  std::vector<TypeId> members;                ///< of a union
};

struct AttributeUse {
  NameId name = no_name;
  TypeId type = none;
  bool required = false;
  std::optional<std::string> default_value, fixed_value;
  std::string documentation;
};

/// An `edi:variant` note: how often the element may occur with one qualifier. `when` is an expression over the element.
struct Variant {
  std::string name;
  std::string when;
  std::uint32_t min = 0;
  std::uint32_t max = unbounded;
};

/// A wildcard: which namespaces it admits and how what it admits is judged.
struct Wildcard {
  enum class Admits : std::uint8_t { any, other, listed } admits = Admits::any;
  enum class Process : std::uint8_t { strict, lax, skip } process = Process::strict;
  std::vector<std::string> namespaces;        ///< listed: these; other: any but these and none
  bool matches(std::string_view ns) const;
};

/// How often a child may occur anywhere in a content model: what a mapping path needs to know.
struct ChildUse {
  ElementId element = none;
  std::uint32_t min = 0;
  std::uint32_t max = 1;                      ///< unbounded: no limit
};

/// A content model as a deterministic automaton over child elements. State 0 is the start.
/// An element particle with maxOccurs from 2 to a large bound is one transition that loops on itself; `Counter` bounds it.
struct Automaton {
  struct Edge {
    NameId name = no_name;                    ///< no_name: the wildcard `any`
    ElementId element = none;                 ///< none for a wildcard
    std::uint32_t target = 0;
    /// Bounds of a run: how often in a row the target state may be entered, first by this edge and then by its own edge
    /// to itself, before it is left. 0..unbounded: the automaton itself does not count. In an all group: how often in all.
    std::uint32_t min = 0, max = unbounded;
    std::uint32_t wildcard = none;            ///< index into `wildcards` where name is no_name
  };
  struct State {
    std::uint32_t first_edge = 0;
    std::uint32_t edge_count = 0;
    bool accepting = false;
  };
  std::vector<State> states;
  std::vector<Edge> edges;                    ///< of one state: elements in schema order, then wildcards
  std::vector<Wildcard> wildcards;
  bool all_group = false;                     ///< xs:all: `edges` of state 0 in any order, each within min..max
  bool exact = true;                          ///< false: looser than the schema (a large repeated group); Xerces decides
  std::span<const Edge> from(std::uint32_t state) const {
    return std::span(edges).subspan(states[state].first_edge, states[state].edge_count);
  }
};

struct Type {
  NameId name = no_name;                      ///< no_name: anonymous
  TypeId base = none;
  Content content = Content::simple;
  bool complex = false;
  bool abstract = false;
  Facets facets;                              ///< of the type, or of its simple content
  std::vector<AttributeUse> attributes;
  bool any_attribute = false;
  std::optional<Wildcard> attribute_wildcard; ///< set when any_attribute
  std::vector<ChildUse> children;             ///< in order of first mention
  Automaton automaton;
  std::vector<std::pair<std::string, std::string>> notes;   ///< foreign attributes of the definition: `{ns}local` → value
  std::string documentation;
  std::string source;                         ///< `order-1.xsd:14`, for messages; may be empty
};

struct Element {
  NameId name = no_name;
  TypeId type = none;
  bool nillable = false;
  bool abstract = false;
  std::optional<std::string> default_value, fixed_value;
  std::vector<Variant> variants;
  std::vector<std::uint32_t> constraints;     ///< into Model::constraints: those declared here
  std::vector<ElementId> substitutes;         ///< members of its substitution group, itself left out
  std::vector<std::pair<std::string, std::string>> notes;   ///< foreign attributes: `{ns}local` → value (edi:*)
  std::string documentation;
  std::string source;
};

/// xs:key, xs:unique, xs:keyref of an element declaration. Paths are the schema's own text with names resolved.
struct Constraint {
  enum class Kind : std::uint8_t { key, unique, keyref } kind = Kind::key;
  std::string name;
  NameId id = no_name;                        ///< the same with its namespace: unique in the closure
  ElementId on = none;
  struct Step {
    NameId name = no_name;                    ///< no_name: any
    bool attribute = false;
  };
  struct Path {
    bool descendants = false;                 ///< `.//`
    std::vector<Step> steps;
  };
  std::vector<Path> selector;
  std::vector<std::vector<Path>> fields;
  std::string refer;                          ///< keyref: the key's name
  std::uint32_t refer_to = none;              ///< keyref: index of that key
};

/// A compiled schema: the files of one closure, or of several that share files. Immutable, table-shaped, shared by all
/// threads.
/// Ids index the tables and mean nothing in another Model.
class Model {
 public:
  std::vector<Type> types;
  std::vector<Element> elements;
  std::vector<ElementId> roots;               ///< global elements
  std::vector<std::pair<NameId, ElementId>> root_index;   ///< `roots` sorted by name
  std::vector<AttributeUse> global_attributes;
  std::vector<Constraint> constraints;
  std::string target_namespace;               ///< of the first file that was asked for
  /// Foreign attributes of the xs:schema elements, by target namespace: what an EDI guide says of itself.
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> schema_notes;

  const Type& type(TypeId id) const { return types[id]; }
  const Element& element(ElementId id) const { return elements[id]; }
  const Type& type_of(ElementId id) const { return types[elements[id].type]; }
  /// The global element of that local name (any namespace of the closure), or none.
  ElementId root(std::string_view local) const;
  ElementId root(NameId name) const;
  /// The child uses of a type that have this local name; more than one: several namespaces.
  std::vector<const ChildUse*> children(TypeId type, std::string_view local) const;
  const AttributeUse* attribute(TypeId type, std::string_view local) const;
  /// A type by its local name, or none.
  TypeId find_type(std::string_view local) const;
};

/// Words for people: `a date`, `a number with at most 2 decimals`, `one of EA, CS, PL`.
std::string describe(const Model& model, TypeId type);

}  // namespace wayleave::schema
