#include "desk/content_path.hpp"

#include <algorithm>
#include <queue>

namespace wayleave::desk {
namespace {

using schema::Automaton;

constexpr unsigned wildcard_cost = 1'000;

const schema::ChildUse* use_of(const schema::Model& model, const schema::Type& type, NameId name) {
  for (const auto& use : type.children) {
    if (model.element(use.element).name == name) return &use;
  }
  return nullptr;
}

Mandatory mandatory(const schema::Model& model, const schema::Type& type, const Automaton::Edge& edge) {
  Mandatory made;
  made.element = edge.name == no_name ? schema::none : edge.element;
  made.times = std::max(edge.min, 1u);
  if (const auto* use = use_of(model, type, edge.name)) made.max = use->max;
  return made;
}

// What else might stand where a choice took this edge.
std::vector<schema::ElementId> alternatives(const schema::Model& model, const schema::Type& type, std::uint32_t state, const Automaton::Edge& taken) {
  std::vector<schema::ElementId> others;
  const auto* use = use_of(model, type, taken.name);
  if (!use || use->min > 0) return others;
  for (const auto& edge : type.automaton.from(state)) {
    if (edge.name == taken.name || edge.name == no_name) continue;
    if (const auto* other = use_of(model, type, edge.name); other && other->min == 0) others.push_back(edge.element);
  }
  return others;
}

struct Reached {
  unsigned cost = ~0u;
  std::uint32_t from = 0;
  const Automaton::Edge* by = nullptr;
};

// Dijkstra's shortest paths over the states.
std::vector<Reached> reach(const Automaton& automaton, const std::function<unsigned(schema::ElementId)>& cost) {
  std::vector<Reached> reached(automaton.states.size());
  reached[0].cost = 0;
  using Entry = std::pair<unsigned, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  open.emplace(0, 0);
  while (!open.empty()) {
    const auto [so_far, state] = open.top();
    open.pop();
    if (so_far > reached[state].cost) continue;
    for (const auto& edge : automaton.from(state)) {
      const auto total = so_far + (edge.name == no_name ? wildcard_cost : cost(edge.element)) * std::max(edge.min, 1u);
      if (total >= reached[edge.target].cost) continue;
      reached[edge.target] = {total, state, &edge};
      open.emplace(total, edge.target);
    }
  }
  return reached;
}

}  // namespace

std::vector<Mandatory> least_content(const schema::Model& model, const schema::Type& type,
                                     const std::function<unsigned(schema::ElementId)>& cost) {
  std::vector<Mandatory> content;
  const auto& automaton = type.automaton;
  if (automaton.states.empty()) return content;
  if (automaton.all_group) {
    for (const auto& edge : automaton.from(0)) {
      if (edge.min > 0) content.push_back(mandatory(model, type, edge));
    }
    return content;
  }
  const auto reached = reach(automaton, cost);
  std::uint32_t best = schema::none;
  for (std::uint32_t i = 0; i < automaton.states.size(); ++i) {
    if (automaton.states[i].accepting && reached[i].cost != ~0u && (best == schema::none || reached[i].cost < reached[best].cost)) best = i;
  }
  if (best == schema::none) return content;
  for (auto state = best; reached[state].by; state = reached[state].from) {
    content.push_back(mandatory(model, type, *reached[state].by));
    content.back().instead = alternatives(model, type, reached[state].from, *reached[state].by);
  }
  std::reverse(content.begin(), content.end());
  return content;
}

}  // namespace wayleave::desk
