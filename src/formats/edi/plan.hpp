#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "formats/edi/guide.hpp"

namespace wayleave::edi {

/// A guide laid out for reading: what every segment and element of a set is held against, in few cache lines.
/// Made once a guide, immutable, shared.
struct Plan {
  struct Code {
    std::uint64_t packed;                ///< at most eight bytes; longer ones are looked up in the guide
    bool operator<(const Code& o) const { return packed < o.packed; }
  };
  struct Element {
    NameId name = no_name;
    std::uint32_t min = 0, max = none;
    std::uint32_t value = none;          ///< into Guide::values
    std::uint32_t index = 0;             ///< into Guide::elements
    std::uint32_t first_component = 0;   ///< into `elements`
    std::uint32_t first_code = 0;
    std::uint16_t component_count = 0, code_count = 0;
    std::uint16_t repeat = 1;
    Form form = Form::text;
    bool listed = false, mandatory = false, composite = false, checked = false;   ///< checked: patterns or long codes
    bool dated = false;                  ///< C507: 2380 is a date in the form that 2379 names
    bool wide = false;                   ///< a component beyond the 64th is mandatory
    std::uint8_t tracked = 0;            ///< 1: has edi:auto, 2: is summed by one
    std::uint64_t mandatory_components = 0;   ///< of the first 64
  };
  struct Segment {
    std::uint32_t first_element = 0;
    std::uint16_t element_count = 0, standard_elements = 0;
    std::uint32_t first_rule = 0, rule_count = 0;
    std::uint64_t mandatory = 0;         ///< of the first 64
    bool wide = false;                   ///< one beyond them is
  };
  struct Spot {
    Tag tag = 0;
    std::uint32_t first_child = 0, child_count = 0;
    std::uint32_t min = 1, max = 1;
    std::uint32_t segment = 0;
    std::uint32_t first_variant = 0, variant_count = 0;
    NameId name = no_name;
    bool level = false;                  ///< has an HL03 of its own
    bool counted = false;                ///< an edi:auto counts these
    bool variants_below = false;         ///< a child has variants
    std::uint32_t needed = none;         ///< this one or the next sibling that must come, or one of whose variants must
    std::uint64_t tags_below = 0;        ///< a bit for the tag of each child: where it is not set, none has that tag
  };
  struct Condition {
    Rule::Kind kind;
    std::uint64_t all, first;
  };
  static std::uint64_t bit(Tag tag) { return 1ull << ((tag * 0x9e3779b1u) >> 26); }
  std::vector<Spot> spots;
  std::vector<Segment> segments;
  std::vector<Element> elements;
  std::vector<Condition> conditions;     ///< Guide::rules without their words
  std::vector<std::uint64_t> codes;      ///< packed, sorted within one element
};

/// At most eight bytes as a number; 0 for longer texts.
inline std::uint64_t packed(std::string_view text) {
  std::uint64_t value = 0;
  if (text.size() > 8) return 0;
  for (char c : text) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::shared_ptr<const Plan> make_plan(const Guide& guide);

}  // namespace wayleave::edi
