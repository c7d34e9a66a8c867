#include "schema/automaton.hpp"

#include <algorithm>
#include <map>

namespace wayleave::schema {

namespace {

constexpr std::size_t max_positions = 2000;   // a content model beyond this is not written out
constexpr std::size_t max_states = 4000;
constexpr std::uint32_t most_copies_of_a_leaf = 100;

using Positions = std::vector<std::uint32_t>;

struct Position {
  const Particle* leaf;
  std::uint32_t min = 0, max = unbounded;   // of a run
  bool counted = false;
};

struct Fragment {
  bool nullable = true;
  Positions first, last;
};

void add(Positions& to, const Positions& from) {
  for (auto p : from) {
    if (std::find(to.begin(), to.end(), p) == to.end()) to.push_back(p);
  }
}

std::size_t leaves(const Particle& particle) {
  if (particle.kind == Particle::Kind::element || particle.kind == Particle::Kind::wildcard) return 1;
  std::size_t sum = 0;
  for (const auto& part : particle.parts) sum += leaves(part);
  const std::size_t copies = particle.max == unbounded ? std::max(particle.min, 1u) : particle.max;
  return sum > 0 && copies > max_positions / sum ? max_positions + 1 : sum * copies;
}

class Builder {
 public:
  /// `counting`: repeated leaves are counted at run time, else written out like groups.
  Builder(const std::vector<Element>& elements, bool counting) : elements_(elements), counting_(counting) {}

  Automaton run(const Particle& root) {
    whole_ = build(root, root.min, root.max);
    determinise();
    return std::move(out_);
  }

 private:
  Fragment build(const Particle& particle, std::uint32_t min, std::uint32_t max) {
    if (max == 0) return {};
    if (particle.kind == Particle::Kind::element || particle.kind == Particle::Kind::wildcard) {
      const bool bounded = min > 1 || (max > 1 && max != unbounded);
      if (counting_ || !bounded || (max == unbounded ? min : max) > most_copies_of_a_leaf) return leaf(particle, min, max);
      return written_out(particle, min, max);
    }
    if (particle.parts.size() == 1 && particle.parts.front().min == 1 && particle.parts.front().max == 1) {
      return build(particle.parts.front(), min, max);
    }
    if (min <= 1 && max == 1) return optional(once(particle), min);
    if (min <= 1 && max == unbounded) return optional(looped(once(particle)), min);
    const std::size_t copies = max == unbounded ? min : max;
    Particle single = particle;
    single.min = single.max = 1;
    if (const auto size = leaves(single); size > 0 && copies > (max_positions - std::min(max_positions, positions_.size())) / size) {
      out_.exact = false;
      return optional(looped(once(particle)), std::min(min, 1u));
    }
    return written_out(particle, min, max);
  }

  Fragment leaf(const Particle& particle, std::uint32_t min, std::uint32_t max) {
    const auto at = static_cast<std::uint32_t>(positions_.size());
    positions_.push_back({&particle});
    follow_.emplace_back();
    if (max > 1) follow_[at].push_back(at);
    if (min > 1 || (max > 1 && max != unbounded)) {
      positions_[at].min = std::max(min, 1u);
      positions_[at].max = max;
      positions_[at].counted = true;
    }
    return {min == 0, {at}, {at}};
  }

  Fragment once(const Particle& particle) {
    if (particle.kind == Particle::Kind::element || particle.kind == Particle::Kind::wildcard) return leaf(particle, 1, 1);
    Fragment out;
    if (particle.kind == Particle::Kind::choice) {
      out.nullable = particle.parts.empty();
      for (const auto& part : particle.parts) {
        const auto branch = build(part, part.min, part.max);
        add(out.first, branch.first);
        add(out.last, branch.last);
        out.nullable = out.nullable || branch.nullable;
      }
      return out;
    }
    for (const auto& part : particle.parts) out = joined(std::move(out), build(part, part.min, part.max));
    return out;
  }

  Fragment joined(Fragment left, const Fragment& right) {
    connect(left.last, right.first);
    if (left.nullable) add(left.first, right.first);
    if (!right.nullable) left.last.clear();
    add(left.last, right.last);
    left.nullable = left.nullable && right.nullable;
    return left;
  }

  static Fragment optional(Fragment fragment, std::uint32_t min) {
    fragment.nullable = fragment.nullable || min == 0;
    return fragment;
  }

  Fragment looped(Fragment fragment) {
    connect(fragment.last, fragment.first);
    return fragment;
  }

  /// m mandatory copies, then n − m that each may only follow the one before: x x (x (x)?)?
  Fragment written_out(const Particle& particle, std::uint32_t min, std::uint32_t max) {
    Fragment out;
    const std::uint32_t copies = max == unbounded ? min : max;
    Positions ends;   // where the whole may end before its last copy
    for (std::uint32_t i = 0; i < copies; ++i) {
      auto copy = once(particle);
      if (max == unbounded && i + 1 == copies) copy = looped(std::move(copy));
      if (i >= min) {
        if (i == 0) out.nullable = true;
        add(ends, out.last);
        const bool nullable = out.nullable;
        out = joined(std::move(out), copy);
        out.nullable = nullable;
      } else {
        out = joined(std::move(out), copy);
      }
    }
    add(out.last, ends);
    if (min == 0) out.nullable = true;
    return out;
  }

  void connect(const Positions& from, const Positions& to) {
    for (auto a : from) {
      for (auto b : to) {
        if (std::find(follow_[a].begin(), follow_[a].end(), b) == follow_[a].end()) {
          follow_[a].push_back(b);
        } else if (a == b && positions_[a].counted) {
          // A run may follow a run: where the least is one, any number is a sum of runs.
          if (positions_[a].min > 1) out_.exact = false;
          uncount(a);
        }
      }
    }
  }

  void uncount(std::uint32_t position) {
    positions_[position].counted = false;
    positions_[position].min = 0;
    positions_[position].max = unbounded;
  }

  struct Symbol {
    NameId name;
    ElementId element;
    std::uint32_t wildcard;
    auto operator<=>(const Symbol&) const = default;
  };

  /// The names by which a position can be entered: the element itself, and what may stand for it.
  std::vector<Symbol> symbols(std::uint32_t position) {
    const auto& leaf = *positions_[position].leaf;
    if (leaf.kind == Particle::Kind::wildcard) return {{no_name, none, wildcard(leaf)}};
    std::vector<Symbol> out;
    const auto& element = elements_[leaf.element];
    if (!element.abstract) out.push_back({element.name, leaf.element, none});
    for (auto id : element.substitutes) {
      if (!elements_[id].abstract) out.push_back({elements_[id].name, id, none});
    }
    return out;
  }

  std::uint32_t wildcard(const Particle& leaf) {
    const auto [at, fresh] = wildcards_.try_emplace(&leaf, static_cast<std::uint32_t>(out_.wildcards.size()));
    if (fresh) out_.wildcards.push_back(leaf.wildcard);
    return at->second;
  }

  void determinise() {
    std::map<Positions, std::uint32_t> known;
    std::vector<Positions> states;
    const auto state_of = [&](const Positions& set) {
      const auto [at, fresh] = known.try_emplace(set, static_cast<std::uint32_t>(states.size() + 1));
      if (fresh) states.push_back(set);
      return at->second;
    };
    out_.states.push_back({});
    for (std::size_t s = 0; s <= states.size(); ++s) {
      const Positions here = s == 0 ? Positions{} : states[s - 1];
      Positions next = s == 0 ? whole_.first : Positions{};
      for (auto p : here) add(next, follow_[p]);
      const bool accepting = s == 0 ? whole_.nullable : std::any_of(here.begin(), here.end(), [&](auto p) {
        return std::find(whole_.last.begin(), whole_.last.end(), p) != whole_.last.end();
      });
      out_.states.resize(std::max(out_.states.size(), s + 1));
      out_.states[s] = {static_cast<std::uint32_t>(out_.edges.size()), 0, accepting};
      append_edges(next, state_of, states.size() >= max_states);
      out_.states[s].edge_count = static_cast<std::uint32_t>(out_.edges.size()) - out_.states[s].first_edge;
    }
    out_.states.resize(states.size() + 1);
  }

  template <class StateOf>
  void append_edges(const Positions& next, StateOf state_of, bool full) {
    std::vector<std::pair<Symbol, Positions>> targets;
    for (auto p : next) {
      for (const auto& symbol : symbols(p)) {
        const auto at = std::find_if(targets.begin(), targets.end(), [&](const auto& t) {
          return t.first.name == symbol.name && t.first.wildcard == symbol.wildcard;
        });
        if (at == targets.end()) targets.push_back({symbol, {p}});
        else at->second.push_back(p);
      }
    }
    std::stable_partition(targets.begin(), targets.end(), [](const auto& t) { return t.first.wildcard == none; });
    for (auto& [symbol, set] : targets) {
      std::sort(set.begin(), set.end());
      set.erase(std::unique(set.begin(), set.end()), set.end());
      if (full) set.resize(1);
      if (full) out_.exact = false;
      Automaton::Edge edge{symbol.name, symbol.element, 0, 0, unbounded, symbol.wildcard};
      if (set.size() == 1 && positions_[set[0]].counted) {
        edge.min = positions_[set[0]].min;
        edge.max = positions_[set[0]].max;
      } else if (std::any_of(set.begin(), set.end(), [&](auto p) { return positions_[p].counted; })) {
        out_.exact = false;   // which of two runs it is cannot be told without counting both
      }
      edge.target = state_of(set);
      out_.edges.push_back(edge);
    }
  }

  const std::vector<Element>& elements_;
  bool counting_;
  std::vector<Position> positions_;
  std::vector<Positions> follow_;
  std::map<const Particle*, std::uint32_t> wildcards_;
  Fragment whole_;
  Automaton out_;
};

Automaton all_group(const Particle& root, const std::vector<Element>& elements) {
  Automaton out;
  out.all_group = true;
  for (const auto& part : root.parts) {
    if (part.kind != Particle::Kind::element) continue;
    const auto& element = elements[part.element];
    const bool replaceable = element.abstract || !element.substitutes.empty();
    if (!element.abstract) out.edges.push_back({element.name, part.element, 0, replaceable ? 0 : part.min, part.max, none});
    for (auto id : element.substitutes) {
      if (!elements[id].abstract) out.edges.push_back({elements[id].name, id, 0, 0, part.max, none});
    }
    if (replaceable) out.exact = false;
  }
  const bool nullable = root.min == 0 || std::all_of(out.edges.begin(), out.edges.end(), [](const auto& e) { return e.min == 0; });
  out.states.push_back({0, static_cast<std::uint32_t>(out.edges.size()), nullable});
  return out;
}

using Uses = std::vector<ChildUse>;

std::uint32_t times(std::uint32_t a, std::uint32_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == unbounded || b == unbounded) return unbounded;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} * b, unbounded - 1));
}

std::uint32_t plus(std::uint32_t a, std::uint32_t b) {
  if (a == unbounded || b == unbounded) return unbounded;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} + b, unbounded - 1));
}

ChildUse* find_use(Uses& uses, ElementId id) {
  const auto at = std::find_if(uses.begin(), uses.end(), [&](const auto& u) { return u.element == id; });
  return at == uses.end() ? nullptr : &*at;
}

Uses uses_of(const Particle& particle, const std::vector<Element>& elements) {
  Uses out;
  switch (particle.kind) {
    case Particle::Kind::wildcard: return out;
    case Particle::Kind::element: {
      const auto& element = elements[particle.element];
      const bool replaceable = element.abstract || !element.substitutes.empty();
      if (!element.abstract) out.push_back({particle.element, replaceable ? 0 : particle.min, particle.max});
      for (auto id : element.substitutes) {
        if (!elements[id].abstract) out.push_back({id, 0, particle.max});
      }
      return out;
    }
    case Particle::Kind::choice: {
      std::vector<Uses> branches;
      for (const auto& part : particle.parts) branches.push_back(uses_of(part, elements));
      for (auto& branch : branches) {
        for (const auto& use : branch) {
          if (find_use(out, use.element)) continue;
          ChildUse merged{use.element, unbounded, 0};
          for (auto& other : branches) {
            const auto* same = find_use(other, use.element);
            merged.min = std::min(merged.min, same ? same->min : 0);
            merged.max = std::max(merged.max, same ? same->max : 0);
          }
          out.push_back(merged);
        }
      }
      break;
    }
    case Particle::Kind::sequence:
    case Particle::Kind::all:
      for (const auto& part : particle.parts) {
        for (const auto& use : uses_of(part, elements)) {
          if (auto* known = find_use(out, use.element)) {
            known->min = plus(known->min, use.min);
            known->max = plus(known->max, use.max);
          } else {
            out.push_back(use);
          }
        }
      }
      break;
  }
  for (auto& use : out) {
    use.min = times(use.min, particle.min);
    use.max = times(use.max, particle.max);
  }
  return out;
}

}  // namespace

Automaton build_automaton(const Particle& particle, const std::vector<Element>& elements) {
  if (particle.kind == Particle::Kind::all) return all_group(particle, elements);
  auto counted = Builder(elements, true).run(particle);
  if (counted.exact) return counted;
  // Two counters may meet in one state, as when a repeated group ends and begins with the same repeated element.
  auto written_out = Builder(elements, false).run(particle);
  return written_out.exact ? written_out : counted;
}

std::vector<ChildUse> child_uses(const Particle& particle, const std::vector<Element>& elements) {
  return uses_of(particle, elements);
}

}  // namespace wayleave::schema
