#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "document/document.hpp"
#include "schema/model.hpp"

namespace wayleave::schema {

/// Where a walk through a content model stands.
struct Cursor {
  std::uint32_t state = 0;
  std::uint32_t run = 0;        ///< how often the state was entered in a row
  std::uint32_t run_min = 0;    ///< how often it must be before it is left

  /// The edge that a child of this name takes, or nullptr. `ns` is asked for only where there are wildcards.
  template <class NamespaceOf>
  const Automaton::Edge* find(const Automaton& automaton, NameId name, NamespaceOf ns) const {
    for (const auto& edge : automaton.from(state)) {
      const bool matches = edge.name != no_name ? edge.name == name : automaton.wildcards[edge.wildcard].matches(ns());
      if (!matches) continue;
      const bool again = edge.target == state;
      if (again ? run < edge.max : run >= run_min) return &edge;
    }
    return nullptr;
  }
  void take(const Automaton::Edge& edge) {
    run = edge.target == state && run > 0 ? run + 1 : 1;
    run_min = edge.min;
    state = edge.target;
  }
  bool accepts(const Automaton& automaton) const { return automaton.states[state].accepting && run >= run_min; }
};

/// One mistake in the children of an element.
struct ContentFault {
  enum class Kind : std::uint8_t { missing, out_of_order, too_many, unknown, misspelt, wrong_namespace } kind;
  std::uint32_t child;                  ///< which; missing: before which, the number of children for the end
  std::vector<ElementId> expected;      ///< missing: any of these, none: one that a wildcard admits; misspelt, wrong_namespace: what is meant; unknown: what may stand here
  std::uint32_t before = none;          ///< out_of_order: the child before which it belongs, none: later
};

/// What each child is to be judged by, and what is wrong with the children as such.
struct ContentDiagnosis {
  static constexpr std::uint32_t skip = none;
  struct Assigned {
    ElementId element = skip;           ///< skip: not judged (or judged by the wildcard)
    const Wildcard* wildcard = nullptr;
    bool wrong_namespace = false;
  };
  std::vector<ContentFault> faults;
  std::vector<Assigned> children;
};

/// Explains the children of an element that its content model does not accept: the cheapest of the plausible repairs at
/// each place where the model refuses a child, looking a few siblings ahead, so that one mistake is one fault. After `limit` faults the rest is not looked at.
ContentDiagnosis diagnose_content(const Model& model, const Type& type, const Document& document,
                                  std::span<const Document::Index> children, std::size_t limit);

/// True when `wrong` may be a misspelling of `right`; `distance` in edits, letter case at no cost.
bool is_misspelling(std::string_view wrong, std::string_view right, std::size_t& distance);

}  // namespace wayleave::schema
