#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/check_map.hpp"

/// The definitions of a map: callees first, none that calls itself, each over its own piece of the source.
namespace wayleave::mapping {
namespace {

std::string local_part(const std::string& name) {
  auto colon = name.find(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

}  // namespace

void MapChecker::check_definitions() {
  if (!order_definitions()) return;
  for (auto& definition : map_.definitions) check_definition(*definition);
}

// Callees first; a definition that calls itself by any way never ends.
bool MapChecker::order_definitions() {
  std::vector<std::unique_ptr<Definition>> ordered;
  bool acyclic = true;
  for (auto& definition : map_.definitions) acyclic = visit_definition(*definition) && acyclic;
  std::stable_sort(map_.definitions.begin(), map_.definitions.end(), [](const auto& a, const auto& b) { return a->mark < b->mark; });
  return acyclic;
}

bool MapChecker::visit_definition(Definition& definition) {
  constexpr std::uint8_t open = 1, cyclic = 2, first_rank = 3;
  if (definition.mark == open) {
    reporter_.error("M016", definition.name_span.end ? definition.name_span : definition.span,
                    fmt::format("the definition '{}' calls itself, and would never end", definition.name));
    definition.mark = cyclic;
    return false;
  }
  if (definition.mark) return definition.mark != cyclic;
  definition.mark = open;
  std::uint8_t rank = first_rank;
  bool fine = true;
  std::vector<const std::vector<TemplateNodePtr>*> pending{&definition.body};
  while (!pending.empty()) {
    const auto* nodes = pending.back();
    pending.pop_back();
    for (const auto& node : *nodes) {
      pending.push_back(&node->children);
      if (node->call.empty()) continue;
      for (auto& other : map_.definitions) {
        if (other->name != node->call) continue;
        fine = visit_definition(*other) && fine;
        rank = std::max<std::uint8_t>(rank, static_cast<std::uint8_t>(std::min(other->mark + 1, 250)));
      }
    }
  }
  if (definition.mark == open) definition.mark = rank;
  return fine && definition.mark != cyclic;
}

void MapChecker::check_definition(Definition& definition) {
  const auto& source = source_.model();
  auto of = local_part(definition.of);
  auto source_type = source.find_type(of);
  if (source_type == schema::none) {
    for (const auto& element : source.elements) {
      if (names::local(element.name) != of) continue;
      if (source_type != schema::none && source_type != element.type) {
        reporter_.error("M102", definition.of_span, fmt::format("elements '{}' of several types are in the source", of)).fix =
          "name the type instead";
        return;
      }
      source_type = element.type;
    }
  }
  auto unknown = [&](Span at, const std::string& name, const schema::Model& model, std::string_view side) {
    auto& finding = reporter_.error("M101", at, fmt::format("the {} has no type or element '{}'", side, name));
    std::vector<std::string> names;
    for (const auto& type : model.types) {
      if (type.complex && type.name != no_name) names.emplace_back(wayleave::names::local(type.name));
    }
    for (const auto& element : model.elements) names.emplace_back(wayleave::names::local(element.name));
    if (auto near = nearest(name, names); !near.empty()) finding.fix = fmt::format("did you mean {}?", near);
  };
  if (!definition.of.empty() && source_type == schema::none) unknown(definition.of_span, of, source, "source");
  auto gives = local_part(definition.gives);
  definition.type = model_.find_type(gives);
  for (const auto& element : model_.elements) {
    if (definition.type == schema::none && names::local(element.name) == gives) definition.type = element.type;
  }
  if (!definition.gives.empty() && definition.type == schema::none) unknown(definition.gives_span, gives, model_, "target");
  if (definition.type == schema::none || source_type == schema::none) return;

  definition.node = c_.places.add_type(source, source_type);
  Scope scope;
  scope.root = c_.places.add(source, source_.root(), nullptr);
  scope.node = definition.node;
  scope.current = type_of(c_.places, source, source_type);
  scope.current.node = definition.node;
  parent_name_ = gives;
  check_nodes(definition.body, scope, definition.type);
  if (model_.type(definition.type).content == schema::Content::simple || !model_.type(definition.type).complex) {
    reporter_.error("M202", definition.gives_span, fmt::format("{} has a value and no elements; a definition gives elements", gives));
    return;
  }
  auto outcome = content_.check(definition.body, definition.type, true, definition.name_span, gives);
  check_segment(definition.body, schema::none, definition.type, definition.name_span, gives);
  definition.may_be_empty = outcome.may_be_empty;
  definition.missing_when_empty = outcome.missing_when_empty;
}

}  // namespace wayleave::mapping
