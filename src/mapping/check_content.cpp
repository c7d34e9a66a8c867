#include "mapping/check_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "mapping/check_expression.hpp"
#include "mapping/segment.hpp"

namespace wayleave::mapping {
namespace {

constexpr std::size_t state_limit = 400;

bool is_writing(const TemplateNode& node) { return node.kind == TemplateNode::Kind::element || node.kind == TemplateNode::Kind::copy; }

std::string local(NameId name) { return name == no_name ? std::string("any element") : std::string(names::local(name)); }

// `position() <= 3` beside a loop: no more than three come of it.
std::uint32_t most_times(const TemplateNode& node) {
  const Expr* condition = node.condition.get();
  if (!condition) return schema::unbounded;
  auto bound = [](const Expr& expr) {
    const bool below = expr.op == Expr::Op::less_equal || expr.op == Expr::Op::less || expr.op == Expr::Op::equal;
    if (!below || expr.args[0]->op != Expr::Op::call || expr.args[0]->function != Function::position) return schema::unbounded;
    if (expr.args[1]->op != Expr::Op::number || expr.args[1]->number.scale() != 0) return schema::unbounded;
    if (expr.op == Expr::Op::equal) return 1u;
    const auto number = expr.args[1]->number.mantissa();
    if (number < 1 || number > 1'000'000) return schema::unbounded;
    return static_cast<std::uint32_t>(number) - (expr.op == Expr::Op::less ? 1 : 0);
  };
  auto least = bound(*condition);
  if (condition->op == Expr::Op::and_) {
    for (const auto& arg : condition->args) least = std::min(least, bound(*arg));
  }
  return least;
}

std::string joined(const std::vector<NameId>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) list += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + local(names[i]);
  return list;
}

}  // namespace

void ContentChecker::add(States& to, const State& state) {
  for (const auto& other : to) {
    if (other.key() == state.key()) return;
  }
  if (to.size() < state_limit) to.push_back(state);
}

void ContentChecker::add(States& to, const States& states) {
  for (const auto& state : states) add(to, state);
}

ContentChecker::Outcome ContentChecker::check(
  const std::vector<TemplateNodePtr>& nodes, schema::TypeId type, bool omittable, Span parent, const std::string& name
) {
  type_ = &model_.type(type);
  filled_.clear();
  for (const auto& use : type_->children) {
    if (!automatic(model_, type, use.element).empty() || (use.min > 0 && automatic_segment(model_, use.element))) filled_.insert(model_.element(use.element).name);
  }
  parent_ = name;
  has_unknown_ = has_unknown(nodes);
  told_.clear();
  Outcome outcome;
  if (type_->automaton.all_group) {
    all_group(nodes, parent, name);
    outcome.may_be_empty = std::none_of(nodes.begin(), nodes.end(), [](const auto& node) { return is_writing(*node); });
    return outcome;
  }
  if (type_->automaton.states.empty()) return outcome;
  auto states = sequence(nodes, {State{}});
  finish(states, omittable, parent, name);
  for (const auto& state : states) {
    if (state.strong) continue;
    outcome.may_be_empty = true;
    if (state.missing) outcome.missing_when_empty = state.missing;
  }
  return outcome;
}

ContentChecker::States ContentChecker::sequence(const std::vector<TemplateNodePtr>& nodes, States states) {
  for (const auto& node : nodes) states = one(*node, states);
  return states;
}

ContentChecker::States ContentChecker::one(const TemplateNode& node, const States& states) {
  switch (node.kind) {
    case TemplateNode::Kind::element:
    case TemplateNode::Kind::copy:
      return node.element == schema::none ? states : element(node, states);
    case TemplateNode::Kind::if_: {
      States after = sequence(node.children, states);
      for (auto state : states) {
        state.skipped = &node;
        add(after, state);
      }
      return after;
    }
    case TemplateNode::Kind::group:
    case TemplateNode::Kind::for_: {
      const bool certain = node.each && !node.each->type.optional && !node.each->type.maybe_empty;
      if (node.kind == TemplateNode::Kind::group || !node.each || node.each->type.many || node.each->type.kind == Kind::unknown) {
        return repeat(node, states, certain, true);
      }
      auto after = sequence(node.children, states);   // one item at most
      if (!certain) {
        for (auto state : states) {
          state.skipped = &node;
          add(after, state);
        }
      }
      return after;
    }
    case TemplateNode::Kind::choose: {
      States after;
      bool otherwise = false;
      for (const auto& branch : node.children) {
        otherwise = otherwise || branch->kind == TemplateNode::Kind::otherwise;
        add(after, sequence(branch->children, states));
      }
      if (otherwise) return after;
      for (auto state : states) {
        state.skipped = &node;
        add(after, state);
      }
      return after;
    }
    default: return states;
  }
}

ContentChecker::States ContentChecker::element(const TemplateNode& node, const States& states) {
  States after;
  if (node.each) {
    const bool certain = !node.each->type.optional && !node.each->type.maybe_empty && !node.condition;
    if (node.each->type.many) after = repeat(node, states, certain, false);
    else {
      after = once(node, states);
      if (!certain) {
        for (auto state : states) {
          state.skipped = &node;
          add(after, state);
        }
      }
    }
    return after;
  }
  after = once(node, states);
  if (node.condition) {
    for (auto state : states) {
      state.skipped = &node;
      add(after, state);
    }
  }
  return after;
}

// One time through: written with content, written without, or left out for want of a value.
ContentChecker::States ContentChecker::once(const TemplateNode& node, const States& states) {
  auto found = occurrences_.find(&node);
  const Occurrence occurrence = found == occurrences_.end() ? Occurrence{} : found->second;
  States after = advance(node, states, true, nullptr);
  if (occurrence.may_be_missing || occurrence.may_be_weak) add(after, advance(node, states, false, occurrence.blame));
  if (occurrence.may_be_omitted) {
    for (auto state : states) {
      // Of several elements of one name the first is told.
      const bool same = state.skipped && state.skipped->kind == TemplateNode::Kind::element && state.skipped->element == node.element;
      if (!same) state.skipped = &node;
      add(after, state);
    }
  }
  return after;
}

// Any number of times, until nothing new comes of it.
ContentChecker::States ContentChecker::repeat(const TemplateNode& node, const States& states, bool at_least_once, bool body) {
  auto round = [&](const States& from) { return body ? sequence(node.children, from) : once(node, from); };
  const auto most = most_times(node);
  const auto bound = most > 50 ? schema::unbounded : most;   // too many rounds to walk: step() compares
  const auto around = std::exchange(most_, most);
  States after = round(states);
  ++looping_;
  for (std::uint32_t i = 0; i < 8 || bound != schema::unbounded; ++i) {
    if (i + 1 >= bound) break;
    const auto before = after.size();
    States again = after;
    for (auto& state : again) {
      if (i >= 2 && state.run > 1 && bound == schema::unbounded) state.run = many;
    }
    add(after, round(again));
    if (after.size() == before) break;
  }
  --looping_;
  most_ = around;
  if (!at_least_once) {
    for (auto state : states) {
      state.skipped = &node;
      add(after, state);
    }
  }
  return after;
}

ContentChecker::States ContentChecker::advance(const TemplateNode& node, const States& states, bool strong, const TemplateNode* missing) {
  States after;
  // Where at least one possibility goes on, those that do not are somebody else's fault: told once, at the one to blame.
  for (auto state : states) {
    if (!step(node, state, false)) stuck(node, state);
    state.strong = state.strong || strong;
    if (missing) state.missing = missing;
    add(after, state);
  }
  return after;
}

bool ContentChecker::step(const TemplateNode& node, State& state, bool quiet) {
  const auto name = model_.element(node.element).name;
  for (const auto& edge : type_->automaton.from(state.at)) {
    if (edge.name != name) continue;
    const bool same_run = state.last == name && edge.target == state.at;
    if (!same_run) state.run_max = edge.max;
    // What may come without end need not be counted, and what was left out before is not missed: the content goes on.
    state.run = same_run && state.run_max != schema::unbounded ? std::min(state.run + 1, many) : 1;
    state.last = name;
    state.at = edge.target;
    state.skipped = nullptr;
    const bool bounded = looping_ && most_ <= state.run_max && most_ != schema::unbounded;
    if (!quiet && !bounded && state.run_max != schema::unbounded && state.run > state.run_max && reported_.insert(&node).second) {
      if (state.run == many || looping_) {
        reporter_.warning("M203", node.span, fmt::format("{} may come more than {} times, which is the most the target takes", node.name, state.run_max)).fix =
          fmt::format("m:if=\"position() &lt;= {}\" beside the loop drops the rest; m:reject refuses the document", state.run_max);
      } else {
        reporter_.error("M203", node.span, fmt::format("{} may stand here {} times at most", node.name, state.run_max));
      }
    }
    return true;
  }
  return false;
}

// No way on with this element: something mandatory before it is missing, it comes too late, or too often.
void ContentChecker::stuck(const TemplateNode& node, State& state) {
  const auto name = model_.element(node.element).name;
  auto between = path_to(state.at, name);
  if (!between.empty()) {
    if (auto missing = left_to_write(between); !missing.empty()) report_missing(state.skipped, missing, node.span, parent_, node.name);
    for (auto passed : between) {
      for (const auto& edge : type_->automaton.from(state.at)) {
        if (edge.name == passed) {
          state.at = edge.target;
          break;
        }
      }
    }
    step(node, state, true);
    return;
  }
  if (!reported_.insert(&node).second) return;
  if (state.last == name) {
    auto& finding = reporter_.error("M203", node.span, is_repeated(node) ? fmt::format("{} may be written several times here, and the target takes one", node.name)
                                                                         : fmt::format("{} was written already, and the target takes one", node.name));
    finding.fix = is_repeated(node) ? "take one with [qualifier='…'] or first(), or put them together with join()" : "";
    return;
  }
  auto& finding = reporter_.error("M202", node.span, fmt::format("{} does not stand here in {}", node.name, parent_));
  auto allowed = expected(state.at);
  finding.expected = allowed.empty() ? "nothing more" : "here: " + list_of(allowed);
  finding.fix = "elements stand in the order of the target's schema";
}

bool ContentChecker::has_unknown(const std::vector<TemplateNodePtr>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const auto& node) {
    return is_writing(*node) ? node->element == schema::none : has_unknown(node->children);
  });
}

// Whether an element of one of these names stands in what was left out.
bool ContentChecker::writes_one_of(const TemplateNode& node, const std::vector<NameId>& names) const {
  if (is_writing(node)) {
    return node.element != schema::none && std::find(names.begin(), names.end(), model_.element(node.element).name) != names.end();
  }
  return std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) { return writes_one_of(*child, names); });
}

bool ContentChecker::report_missing(
  const TemplateNode* skipped, const std::vector<NameId>& names, Span at, const std::string& parent, std::string_view before
) {
  // An element that the target does not know is told already, and may be the one that is missing here.
  if (has_unknown_) return false;
  const TemplateNode* blamed = skipped && writes_one_of(*skipped, names) ? skipped : nullptr;
  if (blamed) {
    if (!reported_.insert(blamed).second) return false;
    auto occurrence = occurrences_.find(blamed);
    const bool by_value = blamed->kind == TemplateNode::Kind::element && !blamed->condition && !blamed->each &&
                          occurrence != occurrences_.end() && occurrence->second.may_be_omitted;
    auto& finding = reporter_.error(
      by_value ? "M210" : "M201", blamed->span,
      by_value ? fmt::format("{} needs {}, and its value may be absent", parent, joined(names))
               : fmt::format("{} needs {}, which is not written in every case", parent, joined(names))
    );
    if (auto reason = reasons_.find(blamed); reason != reasons_.end()) finding.expected = reason->second;
    finding.fix = by_value ? "default(…, instead), require(…, 'CODE', 'text'), or m:if on the parent"
                           : blamed->kind == TemplateNode::Kind::choose ? "write it in every branch, m:otherwise included" : "leave the condition out, or write it in the other case too";
    return true;
  }
  const Span place = at;
  // One finding a gap: what is missing before one element is missing before those that may come instead, too.
  if (std::find(told_.begin(), told_.end(), names) != told_.end()) return false;
  told_.push_back(names);
  auto& finding = reporter_.error(
    "M201", place,
    before.empty() ? fmt::format("{} needs {}, and the map never writes {}", parent, joined(names), names.size() > 1 ? "them" : "it")
                   : fmt::format("{} needs {} before {}, and the map never writes {}", parent, joined(names), before, names.size() > 1 ? "them" : "it")
  );
  finding.fix = fmt::format("add <{}>{{…}}</{}>", local(names[0]), local(names[0]));
  return true;
}

void ContentChecker::finish(const States& states, bool omittable, Span parent, const std::string& name) {
  for (const auto& state : states) {
    if (omittable && !state.strong) continue;
    if (state.missing && reported_.insert(state.missing).second) {
      const auto& node = *state.missing;
      auto& finding = reporter_.error("M210", node.text && !node.text->parts.empty() ? node.text->span : node.span,
                                      fmt::format("{} is mandatory, and its value may be absent", node.name));
      if (auto reason = reasons_.find(&node); reason != reasons_.end()) finding.expected = reason->second;
      finding.fix = "default(…, instead), require(…, 'CODE', 'text'), or m:if on the parent";
    }
    if (type_->automaton.states[state.at].accepting) continue;
    auto names = left_to_write(path_to_end(state.at));
    if (!names.empty()) report_missing(state.skipped, names, parent, name, "");
  }
}

// Without what the writer fills in.
std::vector<NameId> ContentChecker::left_to_write(std::vector<NameId> names) const {
  std::erase_if(names, [&](NameId name) { return filled_.contains(name); });
  return names;
}

// The names on the shortest way to a state that `ends` takes; empty: there is none, or it is this one.
template <class Ends>
std::vector<NameId> ContentChecker::shortest(std::uint32_t from, Ends ends) const {
  const auto& automaton = type_->automaton;
  std::vector<std::pair<std::uint32_t, NameId>> came(automaton.states.size(), {schema::none, no_name});
  std::deque<std::uint32_t> queue{from};
  std::vector<bool> seen(automaton.states.size(), false);
  seen[from] = true;
  while (!queue.empty()) {
    auto state = queue.front();
    queue.pop_front();
    if (ends(state)) {
      std::vector<NameId> path;
      for (auto s = state; s != from; s = came[s].first) path.insert(path.begin(), came[s].second);
      return path;
    }
    for (const auto& edge : automaton.from(state)) {
      if (seen[edge.target]) continue;
      seen[edge.target] = true;
      came[edge.target] = {state, edge.name};
      queue.push_back(edge.target);
    }
  }
  return {};
}

// Elements that must come before `name` can, by the shortest way; empty: it cannot come any more.
std::vector<NameId> ContentChecker::path_to(std::uint32_t from, NameId name) const {
  return shortest(from, [&](std::uint32_t state) {
    const auto edges = type_->automaton.from(state);
    return std::any_of(edges.begin(), edges.end(), [&](const auto& edge) { return edge.name == name; });
  });
}

std::vector<NameId> ContentChecker::path_to_end(std::uint32_t from) const {
  return shortest(from, [&](std::uint32_t state) { return type_->automaton.states[state].accepting; });
}

std::vector<std::string> ContentChecker::expected(std::uint32_t state) const {
  std::vector<std::string> names;
  for (const auto& edge : type_->automaton.from(state)) {
    auto name = local(edge.name);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// ---- xs:all: any order, each so often

void ContentChecker::gather(
  const std::vector<TemplateNodePtr>& nodes, bool certain, std::unordered_map<NameId, std::pair<bool, const TemplateNode*>>& found
) {
  for (const auto& node : nodes) {
    if (!is_writing(*node)) {
      gather(node->children, false, found);
      continue;
    }
    if (node->element == schema::none) continue;
    const auto name = model_.element(node->element).name;
    auto occurrence = occurrences_.find(node.get());
    const bool sure = certain && !node->condition && !node->each && (occurrence == occurrences_.end() || !occurrence->second.may_be_omitted);
    auto [place, fresh] = found.emplace(name, std::pair(sure, node.get()));
    if (!fresh && certain && place->second.first && reported_.insert(node.get()).second) {
      reporter_.error("M203", node->span, fmt::format("{} was written already, and the target takes one", node->name));
    }
    place->second.first = place->second.first || sure;
    if (occurrence != occurrences_.end() && occurrence->second.may_be_missing && occurrence->second.blame && reported_.insert(occurrence->second.blame).second) {
      reporter_.error("M210", occurrence->second.blame->span, fmt::format("{} is mandatory, and its value may be absent", occurrence->second.blame->name)).fix =
        "default(…, instead), require(…, 'CODE', 'text'), or m:if on the parent";
    }
  }
}

void ContentChecker::all_group(const std::vector<TemplateNodePtr>& nodes, Span parent, const std::string& name) {
  std::unordered_map<NameId, std::pair<bool, const TemplateNode*>> found;
  gather(nodes, true, found);
  for (const auto& edge : type_->automaton.edges) {
    if (edge.min == 0) continue;
    auto place = found.find(edge.name);
    if (place == found.end()) report_missing(nullptr, {edge.name}, parent, name, "");
    else if (!place->second.first) report_missing(place->second.second, {edge.name}, parent, name, "");
  }
}

}  // namespace wayleave::mapping
