#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "schema/schema.hpp"

/// What X12 and EDIFACT have in common: guides, reading, judging and writing of messages.
/// X12 calls a message a transaction set, EDIFACT calls a group of segments a segment group; here: set and loop.
namespace wayleave::edi {

enum class Standard : std::uint8_t { x12, edifact };

/// A segment id as a number: its bytes, big-endian, at most four (`N1` is 0x4e31). Equal numbers, equal ids.
using Tag = std::uint32_t;
constexpr Tag tag_of(std::string_view id) {
  Tag tag = 0;
  for (char c : id.substr(0, 4)) tag = tag << 8 | static_cast<unsigned char>(c);
  return id.size() > 4 || id.starts_with('\0') ? 0 : tag;   // a NUL before it would make it equal to that without
}
std::string tag_text(Tag tag);

inline constexpr std::uint32_t none = 0xffffffffu;
inline constexpr std::uint32_t unbounded = schema::unbounded;

/// How the text of a data element is to be read.
enum class Form : std::uint8_t {
  text,       ///< AN: any characters of the character set
  code,       ///< ID
  date8,      ///< CCYYMMDD
  date6,      ///< YYMMDD
  time,       ///< HHMM, HHMMSS, HHMMSSd, HHMMSSdd
  integer,    ///< N0…N9: digits with an optional leading minus; `decimals` are implied
  decimal,    ///< R: may have a point (EDIFACT: the decimal mark of the interchange) and an exponent
  binary,     ///< B: octets
};

/// What may stand in a simple data element or component.
struct Value {
  Form form = Form::text;
  std::uint8_t decimals = 0;             ///< implied ones, Nn
  std::uint32_t min = 1, max = none;     ///< characters, of numbers digits only; none: no limit
  std::vector<std::string> codes;        ///< sorted; empty: open
  std::vector<std::string> known;        ///< sorted: codes of the standard that this guide does not use
  std::vector<std::shared_ptr<const schema::Pattern>> patterns;   ///< those of the guide itself, not of edi-types.xsd
};

/// X12's syntax notes and EDIFACT's dependency notes (ISO 9735-1:2002 annex). Positions as bits, bit 0 is position 01.
struct Rule {
  enum class Kind : std::uint8_t {
    paired,            ///< P, D2: all or none
    required,          ///< R, D3: at least one
    exclusive,         ///< E, D4: at most one
    conditional,       ///< C, D5: if the first then all the others
    list_conditional,  ///< L, D6: if the first then at least one other
    exactly_one,       ///< D1
    first_excludes,    ///< D7: if the first then none of the others
  } kind = Kind::paired;
  std::uint64_t all = 0, first = 0;      ///< the first one is among `all`
  std::string text;                      ///< `P0304`
};

/// What the writer computes and a reader compares: edi:auto.
struct Auto {
  enum class Kind : std::uint8_t { none, count, sum, position, fixed } kind = Kind::none;
  std::uint32_t spot = none;             ///< count: of these; sum: over the element below of these
  Tag tag = 0;                           ///< count(//HL): of every segment with this id; spot is none then
  std::uint32_t element = 0, component = 0;   ///< sum: positions from 1; component 0: a simple element
  std::string value;                     ///< fixed
};

/// A data element of a segment, or a component of a composite one.
struct Element {
  enum class Use : std::uint8_t { unlisted, optional, mandatory } use = Use::unlisted;
  NameId name = no_name;
  std::uint16_t repeat = 1;              ///< most repetitions
  std::uint32_t value = none;            ///< into Guide::values; none: composite
  std::uint32_t first_component = 0, component_count = 0;   ///< into Guide::elements, by position; unlisted ones among them
  std::uint32_t first_rule = 0, rule_count = 0;             ///< over the components
  std::uint16_t standard_components = 0; ///< how many the standard has (edi:elements); at least component_count
  std::string de;                        ///< data element number: 355, C507, 2380
  std::uint32_t automatic = none;        ///< into Guide::autos
  schema::ElementId declared = none;
};

/// A segment as the guide uses it in one or several places.
struct Segment {
  Tag tag = 0;
  std::string id;
  std::uint32_t first_element = 0, element_count = 0;       ///< into Guide::elements, by position
  std::uint16_t standard_elements = 0;   ///< edi:elements; at least element_count
  std::uint32_t first_rule = 0, rule_count = 0;
  std::uint8_t pairs_from = 0, pairs_to = 0;                ///< edi:pairs; 0: none
  bool hierarchy = false;                ///< HL: 01 its number, 02 its parent's, 03 its level
};

/// edi:variant: a use of a segment told by a qualifier.
struct Variant {
  struct Test {
    std::uint16_t element = 0, component = 0;   ///< positions from 1; component 0: a simple element
    std::vector<std::string> values;            ///< one of them
  };
  std::string name;
  std::vector<Test> tests;               ///< all must hold
  std::uint32_t min = 0, max = unbounded;
};

/// A place where a segment may stand; with children it is a loop that this segment begins. The message itself is spot 0.
struct Spot {
  Tag tag = 0;
  NameId name = no_name;
  std::uint32_t segment = none;          ///< none: the message
  std::uint32_t parent = none;
  std::uint32_t first_child = 0, child_count = 0;           ///< into Guide::spots, one behind the other, in order
  std::uint32_t min = 1, max = 1;
  std::uint32_t first_variant = 0, variant_count = 0;       ///< into Guide::variants
  enum class Others : std::uint8_t { accept, ignore, reject } others = Others::accept;
  std::string level;                     ///< HL03 of this level; empty: no hierarchy
  std::string pos, loop;                 ///< edi:pos; edi:loop or edi:group, empty: no loop
  schema::ElementId declared = none;
};

struct Plan;

/// One guide: a schema with edi: annotations (docs/guides.md), compiled. Immutable; any thread; shared.
struct Guide {
  Standard standard = Standard::x12;
  std::string version;                   ///< 004010, D.96A
  std::string set;                       ///< 850, ORDERS
  std::string group;                     ///< X12: GS01
  std::string agency, association;       ///< EDIFACT: UNH S009 0051, 0057
  std::string name;                      ///< edi:guide
  bool ignore_unused = false;            ///< edi:unused="ignore"
  std::vector<Spot> spots;
  std::vector<Segment> segments;
  std::vector<Element> elements;
  std::vector<Value> values;
  std::vector<Rule> rules;
  std::vector<Auto> autos;
  std::vector<Variant> variants;
  std::vector<Tag> known;                ///< sorted: edi:known
  schema::SchemaPtr schema;
  std::shared_ptr<const Plan> plan;      ///< made from all of the above, for reading

  const Spot& root() const { return spots[0]; }
  /// The words of the guide for a place; may be empty.
  const std::string& documentation(schema::ElementId declared) const;
};
using GuidePtr = std::shared_ptr<const Guide>;

/// True when the schema is a guide: its xs:schema has edi:standard.
bool is_guide(const schema::Schema& schema);

/// Compiles a guide and lints it: what cannot be understood or used, E6xx, errors (`guide` is then null), and what looks
/// unwise, warnings: a segment that no message reaches, two loops that one segment could begin, variants that overlap.
struct CompiledGuide {
  GuidePtr guide;
  Findings findings;
};
CompiledGuide compile_guide(const schema::SchemaPtr& schema);

/// The guides that a reader may choose from. Immutable once filled.
class Guides {
 public:
  void add(GuidePtr guide);
  bool empty() const { return guides_.empty(); }
  /// X12: set and version (ST03 where there is one, else GS08; a longer one like 004010VICS finds 004010 too). EDIFACT:
  /// type and version `D.96A`; `association` prefers the guide that names it. Null: none.
  const Guide* find(Standard standard, std::string_view set, std::string_view version, std::string_view association = {}) const;
  const std::vector<GuidePtr>& all() const { return guides_; }
  /// Sorted: every segment id that one of them knows.
  const std::vector<Tag>& tags() const { return tags_; }

 private:
  std::vector<GuidePtr> guides_;
  std::vector<Tag> tags_;
};

}  // namespace wayleave::edi
