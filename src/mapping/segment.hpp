#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/parse_map.hpp"
#include "mapping/tree.hpp"
#include "mapping/wire.hpp"

/// What an EDI guide says of segments, for maps: where data elements stand, which of them the writer fills in.
namespace wayleave::mapping {

/// A data element of a segment, or a component of a composite one, and its position, from 1.
struct Position {
  std::uint32_t number = 0;
  schema::ElementId element = schema::none;
  std::uint32_t max = 1;                   ///< repetitions
};
/// Those of a segment or composite, in the order of the schema; empty: it is none. Positions are in the name (`N103`,
/// `REF0402`) or said by edi:at.
std::vector<Position> positions(const schema::Model& model, schema::TypeId type);
/// 0: no data element of that type.
std::uint32_t position_of(const schema::Model& model, schema::TypeId type, schema::ElementId element);

/// edi:pairs: qualifier and value, in order.
std::vector<std::pair<schema::ElementId, schema::ElementId>> pairs_of(const schema::Model& model, schema::TypeId type);
/// C507 stands in it, or it is C507.
bool holds_date(const schema::Model& model, schema::TypeId type);

/// Why the writer fills an element in and no map does: edi:auto, or a place of edi:hierarchy; empty: it does not.
/// `parent` is the type around it.
std::string automatic(const schema::Model& model, schema::TypeId parent, schema::ElementId element);
/// A segment that the writer adds when it is missing: nothing that must stand in it is a map's to say.
bool automatic_segment(const schema::Model& model, schema::ElementId element);

/// X12's syntax notes and EDIFACT's dependency notes: `P0304`, `D50203`.
struct SegmentRule {
  enum class Kind : std::uint8_t {
    paired, at_least_one, at_most_one, if_first_all, if_first_some, exactly_one, first_excludes,
  } kind = Kind::paired;
  std::vector<std::uint32_t> positions;
  std::string text;
};
/// edi:rule of a segment or composite; those that cannot be read are left out.
std::vector<SegmentRule> rules_of(const schema::Model& model, schema::ElementId element, schema::TypeId type);

/// Takes m:seg apart: `*` elements, `^` repetitions, `:` components, outside braces; `\\` before one of them is that character.
SegmentText parse_segment(const Fragment& value, Reporter& reporter);
/// Makes children of every m:seg of a map, an overlay or a library. What `target` does not know stays as it is: the check tells.
void expand_segments(MapSource& map, const schema::Schema& target, Reporter& reporter);

}  // namespace wayleave::mapping
