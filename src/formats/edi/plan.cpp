#include "formats/edi/plan.hpp"

#include <algorithm>

namespace wayleave::edi {
namespace {

/// Which of them must come: the first 64 as bits, `wide`: one behind those, too.
std::uint64_t mandatory(const Guide& guide, std::uint32_t first, std::uint32_t count, bool& wide) {
  std::uint64_t bits = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (guide.elements[first + i].use != Element::Use::mandatory) continue;
    if (i < 64) bits |= 1ull << i;
    else wide = true;
  }
  return bits;
}

Plan::Element lay_out(const Guide& guide, std::uint32_t index, Plan& plan) {
  const auto& from = guide.elements[index];
  Plan::Element to;
  to.name = from.name;
  to.index = index;
  to.listed = from.use != Element::Use::unlisted;
  to.mandatory = from.use == Element::Use::mandatory;
  to.composite = to.listed && from.value == none;
  to.repeat = from.repeat;
  to.first_component = from.first_component;
  to.component_count = static_cast<std::uint16_t>(from.component_count);
  to.value = from.value;
  if (from.automatic != none) to.tracked |= 1;
  to.mandatory_components = mandatory(guide, from.first_component, from.component_count, to.wide);
  to.dated = guide.standard == Standard::edifact && from.de == "C507" && from.component_count >= 3;
  if (from.value == none) return to;
  const auto& value = guide.values[from.value];
  to.form = value.form;
  to.min = value.min;
  to.max = value.max;
  to.checked = !value.patterns.empty();
  to.first_code = static_cast<std::uint32_t>(plan.codes.size());
  to.code_count = static_cast<std::uint16_t>(value.codes.size());
  for (const auto& code : value.codes) {
    if (code.size() > 8) to.checked = true;
    plan.codes.push_back(packed(code));
  }
  std::sort(plan.codes.begin() + to.first_code, plan.codes.end());
  return to;
}

}  // namespace

std::shared_ptr<const Plan> make_plan(const Guide& guide) {
  auto plan = std::make_shared<Plan>();
  for (std::uint32_t i = 0; i < guide.elements.size(); ++i) plan->elements.push_back(lay_out(guide, i, *plan));
  for (const auto& from : guide.segments) {
    Plan::Segment to;
    to.first_element = from.first_element;
    to.element_count = static_cast<std::uint16_t>(from.element_count);
    to.standard_elements = std::max<std::uint16_t>(from.standard_elements, to.element_count);
    to.first_rule = from.first_rule;
    to.rule_count = from.rule_count;
    to.mandatory = mandatory(guide, from.first_element, from.element_count, to.wide);
    plan->segments.push_back(to);
  }
  for (const auto& from : guide.spots) {
    Plan::Spot to;
    to.tag = from.tag;
    to.first_child = from.first_child;
    to.child_count = from.child_count;
    to.min = from.min;
    to.max = from.max;
    to.segment = from.segment;
    to.first_variant = from.first_variant;
    to.variant_count = from.variant_count;
    to.name = from.name;
    to.level = !from.level.empty();
    plan->spots.push_back(to);
  }
  for (auto& spot : plan->spots) {
    auto needed = none;
    for (auto at = spot.first_child + spot.child_count; at-- > spot.first_child;) {
      auto& child = plan->spots[at];
      spot.variants_below |= child.variant_count != 0;
      spot.tags_below |= Plan::bit(child.tag);
      const auto first = guide.variants.begin() + child.first_variant;
      const bool variant = std::any_of(first, first + child.variant_count, [](const Variant& v) { return v.min != 0; });
      if (child.min != 0 || variant) needed = at;
      child.needed = needed;
    }
  }
  for (const auto& rule : guide.rules) plan->conditions.push_back({rule.kind, rule.all, rule.first});
  for (const auto& automatic : guide.autos) {
    if (automatic.kind == Auto::Kind::count && automatic.spot != none) plan->spots[automatic.spot].counted = true;
    if (automatic.kind != Auto::Kind::sum || automatic.spot == none) continue;
    const auto& segment = guide.segments[guide.spots[automatic.spot].segment];
    auto index = segment.first_element + automatic.element - 1;
    if (automatic.component) index = guide.elements[index].first_component + automatic.component - 1;
    plan->elements[index].tracked |= 2;
  }
  return plan;
}

void Guides::add(GuidePtr guide) {
  for (const auto& segment : guide->segments) tags_.push_back(segment.tag);
  tags_.insert(tags_.end(), guide->known.begin(), guide->known.end());
  std::sort(tags_.begin(), tags_.end());
  tags_.erase(std::unique(tags_.begin(), tags_.end()), tags_.end());
  guides_.push_back(std::move(guide));
}

}  // namespace wayleave::edi
