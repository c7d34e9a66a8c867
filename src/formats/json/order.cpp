#include "formats/json/order.hpp"

#include <algorithm>
#include <map>

namespace wayleave::json {
namespace {

/// The children of one declaration that are still to be placed.
struct Kind {
  schema::ElementId element;
  std::vector<std::size_t> items;
  std::size_t placed = 0;
};

/// Looks for a walk through the automaton that uses up all children: depth first, edges in the schema's order, with a
/// bound on the steps.
class Walk {
 public:
  Walk(const schema::Model& model, const schema::Automaton& automaton, std::vector<Kind>& kinds, std::size_t count)
      : model_(model), automaton_(automaton), kinds_(kinds), count_(count) {}

  bool find(std::vector<std::size_t>& order) {
    std::size_t steps = 64 * count_ + 4096;
    std::vector<Step> walk{{0, 0, nullptr}};
    while (!walk.empty() && steps-- > 0) {
      if (order.size() == count_ && automaton_.states[walk.back().state].accepting) return true;
      if (advance(walk, order)) continue;
      if (Kind* kind = walk.back().kind) {
        --kind->placed;
        order.pop_back();
      }
      walk.pop_back();
    }
    return false;
  }

 private:
  struct Step {
    std::uint32_t state;
    std::size_t next_edge;
    Kind* kind;  // whose child led here
  };

  bool advance(std::vector<Step>& walk, std::vector<std::size_t>& order) {
    Step& here = walk.back();
    const auto edges = automaton_.from(here.state);
    while (here.next_edge < edges.size()) {
      const auto& edge = edges[here.next_edge++];
      Kind* kind = kind_of(edge);
      if (!kind || kind->placed == kind->items.size()) continue;
      order.push_back(kind->items[kind->placed++]);
      walk.push_back({edge.target, 0, kind});
      return true;
    }
    return false;
  }

  Kind* kind_of(const schema::Automaton::Edge& edge) {
    if (edge.element == schema::none) return nullptr;
    const auto& substitutes = model_.element(edge.element).substitutes;
    for (Kind& kind : kinds_) {
      if (model_.element(kind.element).name == edge.name) return &kind;
      if (std::find(substitutes.begin(), substitutes.end(), kind.element) != substitutes.end()) return &kind;
    }
    return nullptr;
  }

  const schema::Model& model_;
  const schema::Automaton& automaton_;
  std::vector<Kind>& kinds_;
  const std::size_t count_;
};

std::vector<Kind> kinds_of(
    const schema::Model& model, schema::TypeId type, const std::vector<schema::ElementId>& children
) {
  std::map<schema::ElementId, std::size_t> rank;
  for (const auto& use : model.type(type).children) {
    rank.emplace(use.element, rank.size());
    for (const auto substitute : model.element(use.element).substitutes) rank.emplace(substitute, rank.size());
  }
  std::map<std::size_t, Kind> by_rank;
  for (std::size_t i = 0; i < children.size(); ++i) {
    Kind& kind = by_rank.emplace(rank[children[i]], Kind{children[i], {}}).first->second;
    kind.items.push_back(i);
  }
  std::vector<Kind> kinds;
  for (auto& [_, kind] : by_rank) kinds.push_back(std::move(kind));
  return kinds;
}

}  // namespace

std::vector<std::size_t> schema_order(
    const schema::Model& model, schema::TypeId type, const std::vector<schema::ElementId>& children
) {
  std::vector<Kind> kinds = kinds_of(model, type, children);
  std::vector<std::size_t> order;
  const auto& automaton = model.type(type).automaton;
  if (!automaton.states.empty() && !automaton.all_group && Walk(model, automaton, kinds, children.size()).find(order))
    return order;
  order.clear();
  for (const Kind& kind : kinds) order.insert(order.end(), kind.items.begin(), kind.items.end());
  return order;
}

}  // namespace wayleave::json
