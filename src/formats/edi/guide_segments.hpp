#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "formats/edi/guide.hpp"
#include "formats/edi/guide_lint.hpp"

namespace wayleave::edi {

constexpr bool is_number(Form form) { return form == Form::integer || form == Form::decimal; }

/// Compiles what segments hold: data elements, components, values, rules. Fills `guide`, of which it needs `standard` and
/// `version`; both outlive it. One thread.
class SegmentCompiler {
 public:
  SegmentCompiler(const schema::Model& model, Guide& guide, GuideFindings& findings) : model_(model), guide_(guide), findings_(findings) {}

  /// An edi:auto whose path can be followed only when all places are known.
  struct OpenAuto {
    std::uint32_t at;                    ///< into Guide::autos
    std::string text;
    schema::ElementId declared;
    std::uint32_t value;                 ///< into Guide::values; none: a composite
  };
  const std::vector<OpenAuto>& open_autos() const { return open_autos_; }

  /// Names of segments have at most three characters before a suffix, those of data elements at least four.
  static bool is_segment_name(const schema::Model& model, schema::ElementId id);
  /// The segment that an element stands for, compiled once a type: into Guide::segments.
  std::uint32_t segment(schema::ElementId declared, std::string id);
  /// lint_content, once a type.
  bool sequence(schema::TypeId type, const std::string& name);
  /// Positions of a simple element (component 0) or component; 0: `problem` says why not.
  std::pair<unsigned, unsigned> find_element(std::uint32_t segment, const std::vector<std::string>& path, std::string& problem) const;

 private:
  using Told = GuideFindings::Told;
  using Range = std::pair<std::uint32_t, std::uint32_t>;   // first and count
  std::string name_of(schema::ElementId id) const { return std::string(names::local(model_.element(id).name)); }
  unsigned find_part(std::uint32_t first, std::uint32_t count, const std::string& name, const std::string& in, std::string& problem) const;

  void pairs(Segment& out, const std::string& text, const schema::Type& type, unsigned& used);
  void hierarchy(Segment& out, const schema::Type& type);
  std::uint16_t standard_count(const schema::Type& type, const std::string& name, unsigned count, unsigned used);
  Range rules(const schema::Type& type, unsigned& used);
  void automatic_segment(const Segment& segment, schema::ElementId declared, const std::string& text);
  std::uint32_t open_auto(const std::string& text, schema::ElementId declared, std::uint32_t value);

  Range elements(const std::vector<schema::ChildUse>& uses, const std::string& in, bool components);
  unsigned position(const schema::Element& element, std::string_view name, const std::string& in, bool component, std::string& problem) const;
  void element(std::uint32_t at, const schema::ChildUse& use, bool component);
  void composite(Element& out, const schema::Type& type, const std::string& name);
  void repetitions(const schema::ChildUse& use, const std::string& name, bool component);

  const std::string* inherited(const schema::Element& element, std::string_view name) const;
  std::uint32_t text_value();
  std::uint32_t value(const schema::Element& element, const std::string& name);
  struct Lengths {
    std::string low, high;               // edi:minLength, edi:maxLength
  };
  void lengths(Value& out, const schema::Facets& facets, const schema::Facets& base, const Lengths& own, const std::string& name,
               const std::string& source);

  const schema::Model& model_;
  Guide& guide_;
  GuideFindings& findings_;
  std::map<std::tuple<std::string, schema::TypeId, schema::ElementId>, std::uint32_t> segments_;
  std::map<std::tuple<schema::TypeId, std::string, std::string, std::string>, std::uint32_t> values_;
  std::map<schema::TypeId, bool> sequences_;
  std::vector<OpenAuto> open_autos_;
};

}  // namespace wayleave::edi
