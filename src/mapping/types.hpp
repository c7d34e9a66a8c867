#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "mapping/dates.hpp"
#include "mapping/wire.hpp"
#include "schema/schema.hpp"

namespace wayleave::mapping {

/// What a value is, as the checker knows it. `structure`: an element that has child elements and no value of its own.
/// `unknown`: already reported, agrees with everything.
enum class Kind : std::uint8_t { unknown, boolean, string, integer, decimal, date, time, datetime, structure };

class CodeList;

/// A place in a source document as the schema describes it: one element on a path from where the path began.
/// Pointers are good as long as the Places that made them.
struct StaticNode {
  const schema::Model* model = nullptr;
  schema::ElementId element = schema::none;
  schema::TypeId type = schema::none;
  const StaticNode* parent = nullptr;      ///< null: the root, or not known (the node of a m:def)
};

/// The type of an expression: value type, cardinality, and where it came from.
struct Type {
  Kind kind = Kind::unknown;
  bool optional = false;                   ///< may select nothing
  bool many = false;                       ///< may select more than one
  bool fallible = false;                   ///< may fail on a value that is there: code(), number(), fits() …
  bool maybe_empty = false;                ///< mandatory by the schema, but its text may be empty and then counts as absent
  bool literal = false;                    ///< a constant of the map
  std::uint32_t min_length = 0;
  std::uint32_t max_length = schema::unbounded;
  std::uint32_t scale = schema::unbounded; ///< digits after the point at most
  const std::vector<std::string>* values = nullptr;   ///< a closed set of strings
  const CodeList* list = nullptr;          ///< that values of the set are from
  const StaticNode* node = nullptr;        ///< set when it selects nodes of a document
  const schema::AttributeUse* attribute = nullptr;
  const schema::Type* form = nullptr;      ///< a type of the source whose patterns its text matches
  bool shaped = false;                     ///< put into a form by the map itself: extract(), format() …
  Wire wire = Wire::none;                  ///< of a data element of EDI: how its text says the value

  bool is_element() const { return node && !attribute; }
  bool may_be_absent() const { return optional || fallible; }
};

/// Owns what types point at; one a compilation, kept as long as its result.
class Places {
 public:
  const StaticNode* add(const schema::Model& model, schema::ElementId element, const StaticNode* parent);
  const StaticNode* add_type(const schema::Model& model, schema::TypeId type);
  const std::vector<std::string>* add_values(std::vector<std::string> values);

 private:
  std::deque<StaticNode> nodes_;
  std::deque<std::vector<std::string>> values_;
};

bool is_number(Kind kind);
/// Whether a text is one of the values of a kind, as XML Schema writes them.
bool reads_as(std::string_view text, Kind kind);
bool is_temporal(Kind kind);
/// A date, a time or both, as XML Schema writes them.
std::optional<Moment> parse_moment(std::string_view text, Kind kind);
/// Negative, zero, positive. Dates are days, whatever offset stands beside them; times with an offset are compared as moments.
int compare_moments(const Moment& a, const Moment& b, Kind kind);
/// A value of that kind of which nothing else is known.
Type simple(Kind kind);
/// `a decimal`, `text`, `a date`: for messages.
std::string words(Kind kind);
/// `text 1..35`, `one of EA, CS`, `a date`: for messages.
std::string words(const Type& type);
std::string cardinality(const Type& type);

/// The value type of a simple type, or of a complex type's simple content; structure when it has none.
Type type_of(Places& places, const schema::Model& model, schema::TypeId type);
bool same_type(const schema::Model& model, schema::TypeId a, schema::TypeId b);
/// True when `type` is `base` or derived from it.
bool derives_from(const schema::Model& model, schema::TypeId type, schema::TypeId base);
/// The local name of an element, of a type (empty: anonymous).
std::string element_name(const schema::Model& model, schema::ElementId element);
/// `Order`, `Order/Line/Quantity`, `…/@unit`: for messages.
std::string path_of(const StaticNode* node);

}  // namespace wayleave::mapping
