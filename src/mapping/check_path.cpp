#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/nearest.hpp"
#include "mapping/check_expression.hpp"
#include "mapping/parse_expression.hpp"

namespace wayleave::mapping {
namespace {

struct Candidate {
  schema::ElementId element = schema::none;
  std::uint32_t min = 0, max = 1;
};

// The child elements that a step may mean: members of substitution groups are steps of their own.
std::vector<Candidate> candidates(const schema::Model& model, schema::TypeId type, std::string_view local) {
  std::vector<Candidate> found;
  if (type == schema::none) return found;
  for (const auto& use : model.type(type).children) {
    const auto& element = model.element(use.element);
    if (names::local(element.name) == local) {
      found.push_back({use.element, element.substitutes.empty() ? use.min : 0, use.max});
    }
    for (auto member : element.substitutes) {
      if (names::local(model.element(member).name) == local) found.push_back({member, 0, use.max});
    }
  }
  return found;
}

std::uint32_t times(std::uint32_t a, std::uint32_t b) { return a > 1 || b > 1 ? 2u : a * b; }

// What a qualifier says, in one order: `@role='ship-to'`.
std::set<std::string> condition_keys(const std::vector<Step::Condition>& conditions) {
  std::set<std::string> keys;
  for (const auto& condition : conditions) {
    std::string key = condition.rel_self ? "." : "";
    for (const auto& step : condition.rel) key += (key.empty() ? "" : "/") + std::string(step.attribute ? "@" : "") + step.name;
    keys.insert(key + "='" + (condition.value->op == Expr::Op::variable ? "$" : "") + condition.value->text + "'");
  }
  return keys;
}

std::set<std::string> variant_keys(const schema::Variant& variant) {
  const auto conditions = conditions_of(variant);
  return conditions.empty() ? std::set<std::string>() : condition_keys(conditions);
}

}  // namespace

// An edi:variant's `when` is a predicate; one that does not parse says nothing.
std::vector<Step::Condition> conditions_of(const schema::Variant& variant) {
  Findings findings;
  Files files;
  Reporter reporter(files, findings);
  Fragment fragment;
  fragment.text = "x[" + variant.when + "]";
  auto expr = parse_expression(fragment, 0, fragment.text.size(), reporter);
  if (!expr || expr->op != Expr::Op::path || expr->path.steps.size() != 1) return {};
  auto& predicates = expr->path.steps[0].predicates;
  if (predicates.size() != 1 || predicates[0].kind != Step::Predicate::Kind::conditions) return {};
  return std::move(predicates[0].conditions);
}

std::string step_key(const Step& step) {
  std::string key = step.self ? "." : (step.attribute ? "@" : "") + (step.prefix.empty() ? "" : step.prefix + ":") + step.name;
  for (const auto& predicate : step.predicates) {
    switch (predicate.kind) {
      case Step::Predicate::Kind::index: key += fmt::format("[{}]", predicate.index); break;
      case Step::Predicate::Kind::last: key += "[last()]"; break;
      case Step::Predicate::Kind::conditions:
        key += '[';
        for (const auto& part : condition_keys(predicate.conditions)) key += part + ";";
        key += ']';
    }
  }
  return key;
}

std::vector<std::string> names_below(const schema::Model& model, schema::TypeId type) {
  std::vector<std::string> found;
  if (type == schema::none) return found;
  auto add = [&](std::string name) {
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(std::move(name));
  };
  for (const auto& use : model.type(type).children) {
    if (!model.element(use.element).abstract) add(element_name(model, use.element));
    for (auto member : model.element(use.element).substitutes) add(element_name(model, member));
  }
  for (const auto& attribute : model.type(type).attributes) add("@" + std::string(names::local(attribute.name)));
  return found;
}

std::string list_of(const std::vector<std::string>& names, std::size_t limit) {
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < limit; ++i) list += (i ? " " : "") + names[i];
  if (names.size() > limit) list += fmt::format(" … ({} more)", names.size() - limit);
  return list;
}

std::uint64_t stop_mask(const schema::Model& model, const schema::Type& type, NameId name) {
  const auto& automaton = type.automaton;
  if (automaton.all_group || automaton.states.empty()) return 0;
  const auto states = automaton.states.size();
  if (states > 4'000) return 0;
  // can[s]: an element of that name may still come from state s on.
  std::vector<bool> can(states, false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t s = 0; s < states; ++s) {
      if (can[s]) continue;
      for (const auto& edge : automaton.from(s)) {
        if (edge.name == name || (edge.target < states && can[edge.target])) {
          can[s] = changed = true;
          break;
        }
      }
    }
  }
  std::uint64_t after = 0, before = 0;
  for (const auto& edge : automaton.edges) {
    if (edge.name == no_name) return 0;
    const auto bit = std::uint64_t(1) << (edge.name & 63);
    if (edge.name == name || edge.target >= states || can[edge.target]) before |= bit;
    else after |= bit;
    // Members of a substitution group come under names of their own.
    if (edge.element != schema::none && !model.element(edge.element).substitutes.empty()) return 0;
  }
  return after & ~before;
}

void ExpressionChecker::unknown_step(const Step& step, const StaticNode* node) {
  auto names = names_below(*node->model, node->type);
  auto wrong = (step.attribute ? "@" : "") + step.name;
  auto& finding = reporter_.error(
    "M101", step.span,
    names.empty() ? fmt::format("{} holds a value only, there is no '{}' below it", path_of(node), wrong)
                  : fmt::format("{} has no {} '{}'", path_of(node), step.attribute ? "attribute" : "element", step.name)
  );
  auto other = step.attribute ? step.name : "@" + step.name;
  if (std::find(names.begin(), names.end(), other) != names.end()) finding.fix = "did you mean " + other + "?";
  else if (auto near = nearest(wrong, names); !near.empty()) finding.fix = "did you mean " + near + "?";
  if (!names.empty()) finding.expected = "here: " + list_of(names);
}

bool ExpressionChecker::known(const StaticNode* origin, const std::string& key) const {
  return std::any_of(facts_.begin(), facts_.end(), [&](const Fact& fact) { return fact.origin == origin && fact.key == key; });
}

const StaticNode* ExpressionChecker::take_attribute(
  Step& step, const StaticNode* node, Type& type, const std::string& key, const StaticNode* origin
) {
  const schema::AttributeUse* use = nullptr;
  if (node->type != schema::none) {
    for (const auto& attribute : node->model->type(node->type).attributes) {
      if (names::local(attribute.name) != step.name) continue;
      const auto* ns = step.prefix.empty() ? nullptr : c_.namespace_of(step.prefix, step.span.file);
      if (step.prefix.empty() || (ns && *ns == names::ns(attribute.name))) {
        use = &attribute;
        break;
      }
    }
  }
  if (!use) {
    unknown_step(step, node);
    return nullptr;
  }
  step.id = use->name;
  c_.read_attributes.emplace(node->model, use);
  step.single = true;
  step.value = true;
  if (use->type != schema::none) step.whitespace = node->model->type(use->type).facets.whitespace;
  step.may_lack = !use->required && !known(origin, key);
  const bool optional = type.optional || step.may_lack;
  const bool many = type.many;
  type = type_of(c_.places, *node->model, use->type);
  type.optional = optional;
  type.many = many;
  type.maybe_empty = !optional && type.kind == Kind::string && type.min_length == 0 && !known(origin, key);
  type.attribute = use;
  type.node = node;
  return node;
}

const StaticNode* ExpressionChecker::take_step(
  Step& step, const StaticNode* node, Type& type, std::string& key, const StaticNode* origin
) {
  if (step.self) return node;
  key += (key.empty() ? "" : "/") + step_key(step);
  if (step.attribute) return take_attribute(step, node, type, key, origin);

  auto found = candidates(*node->model, node->type, step.name);
  if (!step.prefix.empty()) {
    const auto* declared = c_.namespace_of(step.prefix, step.span.file);
    if (!declared) {
      reporter_.error("M101", step.span, fmt::format("no namespace is declared for the prefix '{}'", step.prefix)).fix =
        fmt::format("declare xmlns:{}=\"…\" on m:map, or leave the prefix out", step.prefix);
      return nullptr;
    }
    std::erase_if(found, [&](const Candidate& c) { return names::ns(node->model->element(c.element).name) != *declared; });
  }
  if (found.empty()) {
    unknown_step(step, node);
    return nullptr;
  }
  for (const auto& other : found) {
    if (node->model->element(other.element).name == node->model->element(found[0].element).name) continue;
    auto& finding = reporter_.error("M102", step.span, fmt::format("{} has '{}' in two namespaces", path_of(node), step.name));
    finding.expected = fmt::format("{} or {}", names::ns(node->model->element(found[0].element).name),
                                   names::ns(node->model->element(other.element).name));
    finding.fix = "declare a prefix for the one that is meant on m:map, and write it before the name";
    return nullptr;
  }
  const auto& element = node->model->element(found[0].element);
  step.id = element.name;
  c_.read_elements.emplace(node->model, found[0].element);
  step.stop = stop_mask(*node->model, node->model->type(node->type), element.name);
  const auto* child = c_.places.add(*node->model, found[0].element, node);
  auto min = std::min(found[0].min, 2u), max = std::min(found[0].max, 2u);
  if (element.nillable) min = 0;
  apply_predicates(step, child, min, max);
  step.single = max <= 1;
  if (min == 0 && known(origin, key)) min = 1;
  step.may_lack = min == 0;

  const auto& schema_type = node->model->type(element.type);
  const bool simple = !schema_type.complex || schema_type.content == schema::Content::simple;
  step.value = simple;
  step.whitespace = schema_type.facets.whitespace;
  const bool optional = type.optional || min == 0;
  const bool many = type.many || times(1, max) > 1;
  type = type_of(c_.places, *node->model, element.type);
  type.optional = optional;
  type.many = many;
  type.maybe_empty = simple && !optional && type.kind == Kind::string && type.min_length == 0 && !known(origin, key);
  type.node = child;
  step.wire = type.wire;
  if (type.wire == Wire::edifact_date) type.maybe_empty = !read_date(*node->model, element.type) && !optional && !known(origin, key);
  return child;
}

// C507 and what is in it is read where a segment is read as a date; true when the date must be there.
bool ExpressionChecker::read_date(const schema::Model& model, schema::TypeId type) {
  bool there = false;
  for (const auto& use : model.type(type).children) {
    const auto name = names::local(model.element(use.element).name);
    if (name != "C507" && name != "E2380" && name != "E2379") continue;
    c_.read_elements.emplace(&model, use.element);
    const bool within = name == "C507" ? read_date(model, model.element(use.element).type) : name == "E2380";
    there = there || (within && use.min > 0);
  }
  return there;
}

bool ExpressionChecker::resolve_condition(Step::Condition& condition, const StaticNode* node) {
  Type type;
  type.optional = false;
  const StaticNode* at = node;
  schema::TypeId simple = node->type;
  std::string key;
  if (condition.rel_self) {
    type = type_of(c_.places, *node->model, node->type);
  } else {
    for (auto& step : condition.rel) {
      at = take_step(step, at, type, key, node);
      if (!at) return false;
      simple = step.attribute ? type.attribute->type : at->type;
      condition.whitespace = step.whitespace;
    }
  }
  condition.kind = type.kind;
  condition.wire = type.wire;
  if (type.kind == Kind::structure) {
    reporter_.error("M301", condition.span, fmt::format("{} has no value to compare", path_of(at)));
    return false;
  }
  if (condition.value->op == Expr::Op::variable) {
    const auto& variable = check_variable(*condition.value, Scope{});
    if (variable.many || variable.kind == Kind::structure) {
      reporter_.error("M102", condition.value->span, "a predicate compares with one value");
    }
    return true;
  }
  condition.constant = condition.value->text;
  return check_constant(condition, type, *node->model, simple);
}

// M110: a qualifier that the schema does not know can never match.
bool ExpressionChecker::check_constant(
  Step::Condition& condition, const Type& type, const schema::Model& model, schema::TypeId simple
) {
  if (is_temporal(type.kind)) {
    condition.moment = parse_moment(condition.constant, type.kind);
    if (type.wire != Wire::none) {
      if (condition.moment) return true;
      auto& finding = reporter_.error("M301", condition.value->span, fmt::format("'{}' is not {}", condition.constant, words(type.kind)));
      finding.expected = type.kind == Kind::date ? "a date as 2026-12-31, whatever the message writes" : "a time as 17:30:00, whatever the message writes";
      return false;
    }
  }
  if (is_number(type.kind)) {
    condition.number = Decimal::parse(condition.constant);
    if (!condition.number) {
      reporter_.error("M301", condition.value->span, fmt::format("'{}' is no number", condition.constant)).expected =
        "a number, for the path gives one";
    }
    return condition.number.has_value();
  }
  if (simple == schema::none) return true;
  auto problems = schema::diagnose_value(model, simple, condition.constant);
  if (problems.empty()) return true;
  auto& finding = reporter_.error(
    "M110", condition.value->span, fmt::format("'{}' is no value that the schema allows here, so nothing ever matches", condition.constant)
  );
  finding.expected = schema::describe(model, simple);
  if (type.values) {
    finding.expected = words(type);
    if (auto near = nearest(condition.constant, *type.values); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
  }
  return false;
}

// A qualifier takes its cardinality from the schema's edi:variant note with the same condition.
void ExpressionChecker::apply_predicates(Step& step, const StaticNode* node, std::uint32_t& min, std::uint32_t& max) {
  for (auto& predicate : step.predicates) {
    if (predicate.kind != Step::Predicate::Kind::conditions) {
      const bool one = predicate.kind == Step::Predicate::Kind::last || predicate.index == 1;
      max = std::min(max, 1u);
      if (!one) min = 0;
      continue;
    }
    bool resolved = true;
    for (auto& condition : predicate.conditions) resolved = resolve_condition(condition, node) && resolved;
    min = 0;
    if (!resolved) {
      broken_ = true;   // told; nothing more about this path
      continue;
    }
    auto keys = condition_keys(predicate.conditions);
    for (const auto& variant : node->model->element(node->element).variants) {
      auto when = variant_keys(variant);
      if (when.empty() || !std::includes(keys.begin(), keys.end(), when.begin(), when.end())) continue;
      max = std::min(max, variant.max);
      if (keys == when && step.predicates.size() == 1) min = std::min(variant.min, 2u);
    }
  }
}

const StaticNode* ExpressionChecker::begin_path(Expr& expr, const Scope& scope, Type& type, bool& outer) {
  auto& path = expr.path;
  switch (path.start) {
    case Path::Start::root: {
      auto& first = path.steps[0];
      if (first.attribute || first.self || first.name != element_name(*scope.root->model, scope.root->element)) {
        reporter_.error("M101", first.span, fmt::format("an absolute path begins with the root element, /{}",
                                                        element_name(*scope.root->model, scope.root->element)));
        return nullptr;
      }
      if (!first.predicates.empty()) {
        reporter_.error("M010", first.span, "there is one root element; it takes no predicate");
        return nullptr;
      }
      outer = scope.depth > 0;
      type.node = scope.root;
      return scope.root;
    }
    case Path::Start::variable:
    case Path::Start::call: {
      type = check(*path.head, scope);
      if (type.kind == Kind::unknown) return nullptr;
      if (!type.is_element()) {
        reporter_.error("M301", path.head->span, "only an element has something below it; this is a value");
        return nullptr;
      }
      if (path.start == Path::Start::variable) {
        const auto* variable = find_variable(path.head->text);
        outer = outer || (variable && variable->depth < scope.depth);
      }
      return type.node;
    }
    case Path::Start::current: break;
  }
  if (!scope.node && scope.current.kind == Kind::unknown) return nullptr;   // told where the loop begins
  if (!scope.node) {
    reporter_.error("M101", expr.span, "the item here is a text and has nothing below it").fix =
      "write . for the text itself, or begin with ../ outside the loop and m:let";
    return nullptr;
  }
  const StaticNode* node = scope.node;
  for (std::uint32_t i = 0; i < path.up; ++i) {
    if (!node->parent) {
      reporter_.error("M101", expr.span, node->element == schema::none || node != scope.root
                                           ? "nothing is known here of what is above: a definition sees its own node only"
                                           : "there is nothing above the root element");
      return nullptr;
    }
    node = node->parent;
  }
  outer = path.up > 0 && scope.depth > 0;
  type.node = node;
  return node;
}

const Type& ExpressionChecker::check_path(Expr& expr, const Scope& scope) {
  auto& path = expr.path;
  Type type;
  bool outer = false;
  if (path.start == Path::Start::current && path.up == 0 && path.steps.size() == 1 && path.steps[0].self) {
    return expr.type = scope.current;
  }
  const StaticNode* node = begin_path(expr, scope, type, outer);
  expr.type = {};
  if (!node) return expr.type;
  const StaticNode* origin = node;
  if (path.steps.empty() || (path.start == Path::Start::root && path.steps.size() == 1) || path.steps[0].self) {
    auto kept = type;
    type = type_of(c_.places, *node->model, node->type);
    type.node = node;
    type.optional = kept.optional;
    type.many = kept.many;
  }
  std::string key;
  broken_ = false;
  for (std::size_t i = path.start == Path::Start::root ? 1 : 0; i < path.steps.size(); ++i) {
    node = take_step(path.steps[i], node, type, key, origin);
    if (!node || broken_) return expr.type;
  }
  type.fallible = false;
  type.literal = false;
  expr.type = type;
  // A loop over what is outside the loop is a product of the two; aggregates of the whole document are computed once.
  if (type.many && outer) {
    bool varies = false;
    for (const auto& step : path.steps) {
      for (const auto& predicate : step.predicates) {
        for (const auto& condition : predicate.conditions) varies = varies || condition.value->op == Expr::Op::variable;
      }
    }
    if (origin == scope.root && !varies) {
      expr.cache = c_.caches++;
      if (path.start == Path::Start::current) {
        // It is computed once, from the root: `../Line` is then `/Order/Line`.
        Step root;
        root.name = element_name(*origin->model, origin->element);
        path.steps.insert(path.steps.begin(), std::move(root));
        path.start = Path::Start::root;
        path.up = 0;
      }
    } else {
      reporter_.error("M601", expr.span, "inside a loop this path gives many values from outside it, again for every item").fix =
        "begin at the item of the loop, or compute what is needed in an m:let before the loop";
    }
  }
  return expr.type;
}

// The place that a checked path begins at: as far up from its end as it has steps.
const StaticNode* ExpressionChecker::origin_of(const Expr& expr) {
  const auto& path = expr.path;
  const StaticNode* origin = expr.type.node;
  std::size_t steps = 0;
  for (std::size_t i = path.start == Path::Start::root ? 1 : 0; i < path.steps.size(); ++i) {
    if (!path.steps[i].self && !path.steps[i].attribute) ++steps;
  }
  for (; steps > 0 && origin; --steps) origin = origin->parent;
  return origin;
}

// `in-list(Type, 'kind')` says that code(Type, 'kind') finds a row.
std::string ExpressionChecker::list_key(const Expr& call) {
  std::string key = fmt::format("{} {}", call.args[1]->text, static_cast<const void*>(origin_of(*call.args[0])));
  for (const auto& step : call.args[0]->path.steps) key += "/" + step_key(step);
  return key;
}

bool ExpressionChecker::known_in_list(const Expr& call) const {
  return call.args[0]->op == Expr::Op::path && known(nullptr, list_key(call));
}

void ExpressionChecker::assume_path(const Expr& expr) {
  const auto& path = expr.path;
  if (!expr.type.node || path.steps.empty()) return;
  const StaticNode* origin = origin_of(expr);
  std::string key;
  for (std::size_t i = path.start == Path::Start::root ? 1 : 0; i < path.steps.size(); ++i) {
    if (path.steps[i].self) continue;
    key += (key.empty() ? "" : "/") + step_key(path.steps[i]);
    facts_.push_back({origin, key});
  }
}

void ExpressionChecker::assume(const Expr& condition, const Scope& scope) {
  switch (condition.op) {
    case Expr::Op::and_:
      for (const auto& arg : condition.args) assume(*arg, scope);
      return;
    case Expr::Op::path: assume_path(condition); return;
    case Expr::Op::call:
      if (condition.function == Function::exists) {
        if (condition.args[0]->op == Expr::Op::path) assume_path(*condition.args[0]);
        else if (condition.args[0]->op == Expr::Op::call && condition.args[0]->function == Function::paired) {
          facts_.push_back({scope.node, paired_key(*condition.args[0])});
        }
      } else if (condition.function == Function::matches || condition.function == Function::in_list) {
        if (condition.args[0]->op != Expr::Op::path) return;
        assume_path(*condition.args[0]);
        if (condition.function == Function::in_list) facts_.push_back({nullptr, list_key(condition)});
      }
      return;
    case Expr::Op::equal:
    case Expr::Op::not_equal:
    case Expr::Op::less:
    case Expr::Op::less_equal:
    case Expr::Op::greater:
    case Expr::Op::greater_equal:
      for (const auto& arg : condition.args) {
        if (arg->op == Expr::Op::path) assume_path(*arg);
      }
      return;
    default: return;
  }
}

}  // namespace wayleave::mapping
