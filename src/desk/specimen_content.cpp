#include "desk/specimen_content.hpp"

#include <algorithm>
#include <map>

#include "schema/content.hpp"

namespace wayleave::desk {

using schema::Automaton;

namespace {

constexpr std::size_t most_children = 2'000;

// The element of an edge, or `none` for a wildcard.
schema::ElementId element_of(const Automaton::Edge& edge) { return edge.name == no_name ? schema::none : edge.element; }

std::vector<const Automaton::Edge*> open_edges(const Automaton& automaton, const schema::Cursor& cursor) {
  std::vector<const Automaton::Edge*> open;
  for (const auto& edge : automaton.from(cursor.state)) {
    const bool again = edge.target == cursor.state;
    if (again ? cursor.run < edge.max : cursor.run >= cursor.run_min) open.push_back(&edge);
  }
  return open;
}

// Whether `name` may still come once `edge` was taken.
bool leads_to(const Automaton& automaton, const Automaton::Edge& edge, NameId name) {
  std::vector<bool> seen(automaton.states.size());
  std::vector<std::uint32_t> next{edge.target};
  while (!next.empty()) {
    const auto state = next.back();
    next.pop_back();
    if (seen[state]) continue;
    seen[state] = true;
    for (const auto& each : automaton.from(state)) {
      if (each.name == name) return true;
      next.push_back(each.target);
    }
  }
  return false;
}

// Where the first edges are alternatives, another of them comes to the front.
void rotate_alternatives(const Automaton& automaton, std::vector<const Automaton::Edge*>& open, std::uint32_t rotation) {
  std::size_t alternatives = 1;
  while (alternatives < open.size() && !leads_to(automaton, *open[0], open[alternatives]->name)) ++alternatives;
  std::rotate(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(rotation % alternatives), open.begin() + static_cast<std::ptrdiff_t>(alternatives));
}

}  // namespace

ContentWalks::ContentWalks(const schema::Model& model, schema::ElementId root) : model_(model) {
  std::vector<schema::TypeId> order;
  std::vector<schema::ElementId> next{root};
  while (!next.empty()) {
    const auto type = model.element(next.back()).type;
    next.pop_back();
    if (!costs_.emplace(type, Costs{}).second) continue;
    order.push_back(type);
    for (const auto& edge : model.type(type).automaton.edges) {
      if (edge.name != no_name) next.push_back(edge.element);
    }
  }
  // Costs only fall; what was found last is what the others hang on.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto type = order.rbegin(); type != order.rend(); ++type) changed = update(*type) || changed;
  }
}

std::uint32_t ContentWalks::weight(schema::ElementId element) const {
  if (model_.element(element).abstract || model_.type_of(element).abstract) return impossible;
  const auto known = costs_.find(model_.element(element).type);
  return known == costs_.end() ? impossible : std::min(impossible, known->second.least + 1);
}

std::uint32_t ContentWalks::weight_of(const Automaton::Edge& edge) const {
  return edge.name == no_name ? 50 : weight(edge.element);
}

bool ContentWalks::update(schema::TypeId id) {
  const auto& automaton = model_.type(id).automaton;
  auto& costs = costs_[id];
  const auto before = costs.least;
  if (automaton.states.empty()) {
    costs.least = 0;
  } else if (automaton.all_group) {
    std::uint64_t sum = 0;
    for (const auto& edge : automaton.from(0)) sum += std::uint64_t{edge.min} * weight_of(edge);
    costs.least = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, impossible));
  } else {
    costs.to_end.resize(automaton.states.size(), impossible);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::uint32_t i = static_cast<std::uint32_t>(automaton.states.size()); i-- > 0;) {
        auto least = automaton.states[i].accepting ? 0 : costs.to_end[i];
        for (const auto& edge : automaton.from(i)) {
          const auto over = std::uint64_t{weight_of(edge)} * std::max(edge.min, 1u) + costs.to_end[edge.target];
          least = static_cast<std::uint32_t>(std::min<std::uint64_t>(least, over));
        }
        if (least < costs.to_end[i]) costs.to_end[i] = least, changed = true;
      }
    }
    costs.least = costs.to_end[0];
  }
  return costs.least != before;
}

const Automaton::Edge* ContentWalks::cheapest(const Costs& costs, const std::vector<const Automaton::Edge*>& open) const {
  const Automaton::Edge* best = nullptr;
  std::uint64_t least = 0;
  for (const auto* edge : open) {
    const auto over = std::uint64_t{weight_of(*edge)} * std::max(edge->min, 1u) + costs.to_end[edge->target];
    if (!best || over < least) best = edge, least = over;
  }
  return best;
}

std::vector<const Automaton::Edge*> ContentWalks::walk(const schema::Type& type, const Takes& takes, std::uint32_t rotation) const {
  std::vector<const Automaton::Edge*> way;
  const auto& automaton = type.automaton;
  if (automaton.states.empty()) return way;
  std::map<NameId, std::uint32_t> had;
  const auto wanted = [&](const Automaton::Edge& edge) {
    return weight_of(edge) < impossible && takes(element_of(edge), had[edge.name]);
  };
  if (automaton.all_group) {
    for (const auto& edge : automaton.from(0)) {
      while (had[edge.name] < edge.max && (had[edge.name] < edge.min || wanted(edge))) way.push_back(&edge), ++had[edge.name];
    }
    return way;
  }
  const auto& costs = costs_.at(static_cast<schema::TypeId>(&type - model_.types.data()));
  schema::Cursor cursor;
  while (way.size() < most_children) {
    auto open = open_edges(automaton, cursor);
    rotate_alternatives(automaton, open, rotation);
    const auto found = std::find_if(open.begin(), open.end(), [&](const auto* edge) { return wanted(*edge); });
    const auto* next = found != open.end() ? *found : nullptr;
    if (!next && cursor.accepts(automaton)) break;
    if (!next) next = cheapest(costs, open);
    if (!next) break;
    cursor.take(*next);
    ++had[next->name];
    way.push_back(next);
  }
  return way;
}

}  // namespace wayleave::desk
