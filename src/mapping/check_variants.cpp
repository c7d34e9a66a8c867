#include <fmt/format.h>

#include <algorithm>

#include "mapping/check_map.hpp"

/// Uses of an element that a schema tells by a qualifier (edi:variant), and says how often they come.
namespace wayleave::mapping {
namespace {

enum class Match : std::uint8_t { no, unknown, yes };

std::optional<std::string> literal(const TextTemplate& text) {
  if (text.has_expressions()) return std::nullopt;
  std::string whole;
  for (const auto& part : text.parts) whole += part.literal;
  return whole;
}

Match matches(const TemplateNode& node, const std::vector<Step>& rel, std::size_t i, const std::string& wanted) {
  const auto equal = [&](const std::optional<std::string>& text) { return !text ? Match::unknown : *text == wanted ? Match::yes : Match::no; };
  if (i == rel.size()) return node.text ? equal(literal(*node.text)) : node.children.empty() && node.call.empty() ? Match::no : Match::unknown;
  if (rel[i].attribute) {
    for (const auto& attribute : node.attributes) {
      if (attribute.name == rel[i].name) return equal(literal(attribute.value));
    }
    return Match::no;
  }
  if (!node.call.empty()) return Match::unknown;
  for (const auto& child : node.children) {
    if (child->kind != TemplateNode::Kind::element) return Match::unknown;
    if (child->name != rel[i].name) continue;
    const auto found = matches(*child, rel, i + 1, wanted);
    return found == Match::yes && (child->condition || child->each) ? Match::unknown : found;
  }
  return Match::no;
}

Match matches(const TemplateNode& node, const std::vector<Step::Condition>& when) {
  auto worst = Match::yes;
  for (const auto& condition : when) {
    const auto found = condition.rel_self || condition.value->op != Expr::Op::string
                           ? Match::unknown
                           : matches(node, condition.rel, 0, condition.value->text);
    worst = std::min(worst, found);
  }
  return worst;
}

struct Use {
  const TemplateNode* node = nullptr;
  bool certain = true;                     ///< once, whatever comes
  bool repeated = false;
};

// `position() = 1`: one item of the loop around it.
bool picks_one(const Expr& condition) {
  if (condition.op == Expr::Op::and_)
    return std::any_of(condition.args.begin(), condition.args.end(), [](const auto& arg) { return picks_one(*arg); });
  if (condition.op != Expr::Op::equal && condition.op != Expr::Op::less_equal) return false;
  const auto& left = *condition.args[0];
  const auto& right = *condition.args[1];
  return left.op == Expr::Op::call && left.function == Function::position && right.op == Expr::Op::number && right.number == Decimal(1);
}

// `loops` that repeat what stands in them.
void uses_of(const std::vector<TemplateNodePtr>& nodes, bool certain, std::uint32_t loops, std::vector<Use>& found) {
  for (const auto& node : nodes) {
    auto inside = loops + (node->each && node->each->type.many ? 1 : 0);
    if (inside && node->condition && picks_one(*node->condition)) --inside;
    if (node->kind == TemplateNode::Kind::element || node->kind == TemplateNode::Kind::copy) {
      found.push_back({node.get(), certain && !node->condition && !node->each, inside > 0});
    } else {
      uses_of(node->children, false, inside, found);
    }
  }
}

}  // namespace

// M201, M203: uses of an element that the guide tells by a qualifier, and says how often they come.
void MapChecker::check_variants(const std::vector<TemplateNodePtr>& nodes, schema::TypeId type, Span at, const std::string& name) {
  std::vector<Use> written;
  uses_of(nodes, true, 0, written);
  for (const auto& use : model_.type(type).children) {
    const auto& declared = model_.element(use.element);
    for (const auto& variant : declared.variants) {
      const auto when = conditions_of(variant);
      if (when.empty()) continue;
      std::uint32_t certain = 0;
      bool maybe = false;
      const TemplateNode* last = nullptr;
      const TemplateNode* repeated = nullptr;
      for (const auto& [node, sure, loop] : written) {
        if (node->element == schema::none || model_.element(node->element).name != declared.name) continue;
        const auto match = node->kind == TemplateNode::Kind::copy ? Match::unknown : matches(*node, when);
        maybe = maybe || match != Match::no;
        if (match != Match::yes) continue;
        if (sure) ++certain, last = node;
        if (loop && !repeated) repeated = node;
      }
      const auto called = fmt::format(
          "{}[{}]{}", element_name(model_, use.element), variant.when,
          variant.name.empty() ? "" : " (" + variant.name + ")"
      );
      if (variant.min > 0 && !maybe) {
        reporter_.error("M201", at, fmt::format("{} needs {}, and the map never writes it", name, called)).fix =
          fmt::format("add a <{}> with that qualifier", element_name(model_, use.element));
      }
      if (certain > variant.max) {
        reporter_.error("M203", last->span, fmt::format("{} is written {} times, and the target takes {}", called, certain, variant.max));
      } else if (repeated && variant.max == 1) {
        reporter_.warning("M203", repeated->span, fmt::format("{} may be written several times here, and the target takes one", called)).fix =
          "take one with [1] or [qualifier='…'], or put them together with join()";
      }
    }
  }
}

}  // namespace wayleave::mapping
