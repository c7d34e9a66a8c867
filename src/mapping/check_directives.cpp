#include <fmt/format.h>

#include <algorithm>

#include "mapping/check_map.hpp"

/// The directives that are neither target elements nor branches: keys, linked documents, messages, groups, copies.
namespace wayleave::mapping {
namespace {

bool is_value(const schema::Type& type) { return !type.complex || type.content == schema::Content::simple; }

// The names that a path of plain steps selects, below where it begins; nothing when it is not that plain.
std::optional<std::vector<schema::Constraint::Step>> plain_steps(const Expr& expr, std::size_t from) {
  if (expr.op != Expr::Op::path || expr.path.up > 0) return std::nullopt;
  std::vector<schema::Constraint::Step> steps;
  for (std::size_t i = from; i < expr.path.steps.size(); ++i) {
    const auto& step = expr.path.steps[i];
    if (!step.predicates.empty()) return std::nullopt;
    if (!step.self) steps.push_back({step.id, step.attribute});
  }
  return steps;
}

bool same_steps(const std::vector<schema::Constraint::Step>& a, const std::vector<schema::Constraint::Step>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return x.name == y.name && x.attribute == y.attribute; });
}

/// `path = 'literal'`: the path as it is written, or empty.
std::string compared_path(const Expr& condition, const Files& files) {
  if (condition.op != Expr::Op::equal) return {};
  const auto& a = *condition.args[0];
  const auto& b = *condition.args[1];
  const auto* path = b.op == Expr::Op::string ? &a : a.op == Expr::Op::string ? &b : nullptr;
  if (!path || path->type.kind != Kind::string || path->op == Expr::Op::string) return {};
  return files[path->span.file].text().substr(path->span.begin, path->span.end - path->span.begin);
}

}  // namespace

// ---- keys and linked documents

void MapChecker::check_keys(const Scope& root) {
  for (auto& key : map_.keys) {
    if (!c_.keys.emplace(key.name, &key).second) {
      reporter_.error("M016", key.span, fmt::format("there are two keys '{}'", key.name));
      continue;
    }
    key.index = static_cast<std::uint32_t>(&key - map_.keys.data());
    const auto inner = expressions_.items(*key.match, root);
    key.type = key.match->type;
    if (key.type.kind == Kind::unknown) continue;
    if (!key.type.is_element() || key.match->op != Expr::Op::path) {
      reporter_.error("M301", key.match->span, "match is a path to elements: those that key() gives");
      key.type = {};
      continue;
    }
    expressions_.value(*key.use, inner);
    key.unique = !key.type.many || shown_unique(key);
  }
}

// An xs:key or xs:unique on the root element that selects the same elements by the same value.
bool MapChecker::shown_unique(const Key& key) const {
  const auto& model = source_.model();
  const auto elements = plain_steps(*key.match, key.match->path.start == Path::Start::root ? 1 : 0);
  const auto value = plain_steps(*key.use, 0);
  if (!elements || !value || key.use->path.start != Path::Start::current) return false;
  for (auto index : model.element(source_.root()).constraints) {
    const auto& constraint = model.constraints[index];
    if (constraint.kind == schema::Constraint::Kind::keyref || constraint.selector.size() != 1 || constraint.fields.size() != 1) continue;
    if (constraint.selector[0].descendants || constraint.fields[0].size() != 1 || constraint.fields[0][0].descendants) continue;
    if (same_steps(constraint.selector[0].steps, *elements) && same_steps(constraint.fields[0][0].steps, *value)) return true;
  }
  return false;
}

void MapChecker::check_linked(const Scope& root) {
  for (auto& linked : map_.linked) {
    auto type = expressions_.value(*linked.by, root);
    if (type.kind == Kind::boolean) reporter_.error("M301", linked.by->span, "by is the business key of the document that is looked for");
  }
}

// ---- several documents out of one

void MapChecker::check_messages(TemplateNode& node, const Scope& root) {
  for (auto& message : node.children) {
    const auto variables = expressions_.variables.size();
    const auto known = expressions_.mark();
    const Scope scope = message->by ? enter_group(*message, root) : enter_loop(*message, root);
    const TemplateNode* document = nullptr;
    for (auto& child : message->children) {
      switch (child->kind) {
        case TemplateNode::Kind::let: check_let(*child, scope); break;
        case TemplateNode::Kind::reject:
        case TemplateNode::Kind::warn: check_rule(*child, scope); break;
        case TemplateNode::Kind::element:
          if (document) {
            reporter_.error("M202", child->span, "a message is one document, and this is a second").fix = "give it an m:message of its own";
            break;
          }
          document = child.get();
          check_root(*child, scope);
          break;
        default:
          reporter_.error("M202", child->span, "in m:message stand m:let, rules and the document").fix =
            "refuse what is not to be mapped with m:reject; select what makes a message with each=\"…[…]\"";
      }
    }
    if (!document) {
      reporter_.error("M201", message->span, fmt::format("a message needs its document, <{}>", names::local(model_.element(target_.root()).name)));
    }
    expressions_.variables.resize(variables);
    expressions_.forget(known);
  }
}

// ---- groups

Scope MapChecker::enter_group(TemplateNode& node, const Scope& scope) {
  if (!node.each) return scope;
  auto inner = expressions_.items(*node.each, scope);
  if (!node.by) return inner;
  expressions_.value(*node.by, inner);
  if (!node.as.empty()) {
    node.as_slot = c_.slots++;
    Type type = node.each->type;
    type.many = true;
    type.optional = type.maybe_empty = false;
    declare(node.as, node.span, type, node.as_slot, inner.depth);
  }
  return inner;
}

void MapChecker::check_group(TemplateNode& node, const Scope& scope, schema::TypeId parent) {
  const auto variables = expressions_.variables.size();
  const auto inner = enter_group(node, scope);
  check_nodes(node.children, inner, parent);
  for (auto i = variables; i < expressions_.variables.size(); ++i) {
    const auto& variable = expressions_.variables[i];
    if (!variable.used) reporter_.warning("M702", variable.span, fmt::format("the group ${} is never used", variable.name));
  }
  expressions_.variables.resize(variables);
}

// ---- copies

void MapChecker::check_copy(TemplateNode& node, const Scope& scope, schema::TypeId parent) {
  if (!node.each) return;
  const auto& type = expressions_.check(*node.each, scope);
  if (node.each->cache != schema::none) {
    node.each->cache = schema::none;
    reporter_.error("M601", node.each->span, "a copy inside a loop cannot take from the whole document again for every item").fix = "begin the path at the item of the loop";
  }
  if (type.kind == Kind::unknown || parent == schema::none) return;
  if (!type.is_element() || type.node->element == schema::none) {
    reporter_.error("M301", node.each->span, "only elements are copied").fix = "write the element, and the value into it with {…}";
    return;
  }
  const auto& source = *type.node->model;
  const auto name = source.element(type.node->element).name;
  node.name = names::local(name);
  for (const auto& use : model_.type(parent).children) {
    if (model_.element(use.element).name == name) node.element = use.element;
  }
  if (node.element == schema::none) {
    unknown_element(node, parent);
    return;
  }
  node.type = model_.element(node.element).type;
  std::set<std::pair<schema::TypeId, schema::TypeId>> seen;
  if (!same_content(source, type.node->type, node.type, seen)) {
    reporter_.error("M301", node.each->span, fmt::format("{} is of another type in the target, and cannot be copied as it is", node.name)).fix =
      "write its elements out, or call a definition";
    return;
  }
  for (const auto& [a, b] : seen) {
    for (const auto& use : source.type(a).children) c_.read_elements.emplace(&source, use.element);
    for (const auto& use : source.type(a).attributes) c_.read_attributes.emplace(&source, &use);
  }
  map_.copied.push_back(node.type);
  Occurrence occurrence;
  occurrence.may_be_omitted = type.optional && !type.many;
  content_.note(node, occurrence);
}

// Types of two schemas say the same when their elements, attributes and values do, all the way down.
bool MapChecker::same_content(const schema::Model& source, schema::TypeId a, schema::TypeId b, std::set<std::pair<schema::TypeId, schema::TypeId>>& seen) {
  if (!seen.emplace(a, b).second) return true;
  const auto& from = source.type(a);
  const auto& to = model_.type(b);
  if (from.name != to.name || from.complex != to.complex || from.content != to.content) return false;
  if (from.content == schema::Content::mixed || from.any_attribute || to.any_attribute || !from.automaton.wildcards.empty()) return false;
  if (is_value(from)) {
    const auto &f = from.facets, &t = to.facets;
    if (f.primitive != t.primitive || f.enumeration != t.enumeration || f.max_length != t.max_length || f.min_length != t.min_length) return false;
  }
  if (from.attributes.size() != to.attributes.size() || from.children.size() != to.children.size()) return false;
  for (std::size_t i = 0; i < from.attributes.size(); ++i) {
    const auto &x = from.attributes[i], &y = to.attributes[i];
    if (x.name != y.name || (y.required && !x.required) || !same_content(source, x.type, y.type, seen)) return false;
  }
  for (std::size_t i = 0; i < from.children.size(); ++i) {
    const auto &x = from.children[i], &y = to.children[i];
    const auto &p = source.element(x.element), &q = model_.element(y.element);
    if (p.name != q.name || x.min < y.min || x.max > y.max || !p.substitutes.empty()) return false;
    if (!same_content(source, p.type, q.type, seen)) return false;
  }
  return true;
}

// ---- doubts

// choose(X='A','1',choose(X='B','2',…)): a code list hidden in an expression (M701).
void MapChecker::suggest_codes(const Expr& expr) {
  std::string path;
  std::size_t rows = 0;
  for (const auto* at = &expr; at->op == Expr::Op::call && at->function == Function::choose && at->args.size() == 3; at = at->args[2].get()) {
    auto compared = compared_path(*at->args[0], c_.files);
    if (compared.empty() || (rows > 0 && compared != path) || at->args[1]->op != Expr::Op::string) break;
    path = std::move(compared);
    ++rows;
  }
  if (rows < 3) return;
  reporter_.warning("M701", expr.span, fmt::format("this is a table of codes for {}, with {} rows", path, rows)).fix =
    "put it into a code list file and write code(…): tables change more often than maps, and others can edit them";
}

// m:choose whose branches compare one path with literals and write one literal each.
void MapChecker::suggest_codes(const TemplateNode& choose) {
  std::string path;
  std::size_t rows = 0;
  for (const auto& branch : choose.children) {
    if (branch->kind != TemplateNode::Kind::when) continue;
    auto compared = branch->condition ? compared_path(*branch->condition, c_.files) : std::string();
    const bool literal = branch->children.size() == 1 && branch->children[0]->text && !branch->children[0]->text->has_expressions() &&
                         branch->children[0]->attributes.empty();
    if (compared.empty() || !literal || (rows > 0 && compared != path)) return;
    path = std::move(compared);
    ++rows;
  }
  if (rows < 3) return;
  reporter_.warning("M701", choose.span, fmt::format("this is a table of codes for {}, with {} rows", path, rows)).fix =
    "put it into a code list file and write code(…): tables change more often than maps, and others can edit them";
}

// M703: what every document brings and no expression reads. Below what is not read nothing more is told.
void MapChecker::gather_unmapped() {
  const auto& model = source_.model();
  constexpr std::size_t limit = 200;
  std::vector<schema::TypeId> open;
  auto visit = [&](auto& self, schema::TypeId type, const std::string& path) -> void {
    if (map_.unmapped.size() >= limit || std::find(open.begin(), open.end(), type) != open.end()) return;
    open.push_back(type);
    for (const auto& use : model.type(type).attributes) {
      if (use.required && !c_.read_attributes.contains({&model, &use})) map_.unmapped.push_back(path + "/@" + std::string(names::local(use.name)));
    }
    for (const auto& use : model.type(type).children) {
      const auto& element = model.element(use.element);
      const auto below = path + "/" + std::string(names::local(element.name));
      if (c_.read_elements.contains({&model, use.element})) self(self, element.type, below);
      else if (use.min > 0) map_.unmapped.push_back(below);
    }
    open.pop_back();
  };
  visit(visit, model.element(source_.root()).type, std::string(names::local(model.element(source_.root()).name)));
}

}  // namespace wayleave::mapping
