#include "mapping/check_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.hpp"

namespace wayleave::mapping {
namespace {

// Of one that may repeat no single one is mandatory; that there is none at all the content check tells.
bool mandatory(const schema::Model& model, schema::TypeId parent, schema::ElementId element) {
  if (parent == schema::none) return true;   // the root
  for (const auto& use : model.type(parent).children) {
    if (use.element == element || model.element(use.element).name == model.element(element).name) return use.min > 0 && use.max == 1;
  }
  return false;
}

bool has_value(const schema::Type& type) { return !type.complex || type.content == schema::Content::simple; }

// A text that its own type has not collapsed already.
bool may_hold_space(const Type& value) {
  if (value.kind != Kind::string || value.values) return false;
  const auto type = value.attribute ? value.attribute->type : value.node ? value.node->type : schema::none;
  return type == schema::none || value.node->model->type(type).facets.whitespace != schema::Whitespace::collapse;
}

}  // namespace

MapChecker::MapChecker(Compilation& compilation, MapSource& map, const schema::Schema& source, const schema::Schema& target)
    : c_(compilation), reporter_(compilation.reporter), expressions_(compilation), map_(map), source_(source), target_(target),
      model_(target.model()), content_(compilation.reporter, target.model()) {}

void MapChecker::run() {
  Scope root;
  root.root = root.node = c_.places.add(source_.model(), source_.root(), nullptr);
  root.current = type_of(c_.places, source_.model(), root.node->type);
  root.current.node = root.node;
  for (const auto& [name, span, per_partner] : map_.sequences) {
    if (!c_.sequences.emplace(name, false).second) reporter_.error("M016", span, fmt::format("there are two sequences '{}'", name));
  }
  check_keys(root);
  check_linked(root);
  for (auto& let : map_.lets) check_let(*let, root);
  check_definitions();
  if (map_.root && map_.root->kind == TemplateNode::Kind::messages) check_messages(*map_.root, root);
  else if (map_.root && map_.root->kind == TemplateNode::Kind::element) check_root(*map_.root, root);
  for (auto& rule : map_.rules) check_rule(*rule, root);
  report_unused();
}

// ---- the template

void MapChecker::check_root(TemplateNode& node, const Scope& root) {
  const auto& element = model_.element(target_.root());
  if (node.name != names::local(element.name)) {
    auto& finding = reporter_.error("M202", node.span, fmt::format("the target's root element is {}, not {}", names::local(element.name), node.name));
    finding.fix = fmt::format("write <{}>", names::local(element.name));
    return;
  }
  if (node.each || node.condition) {
    reporter_.error("M202", node.span, "a map writes one document: its root element is neither repeated nor left out").fix =
      "refuse what is not to be mapped with m:reject";
    return;
  }
  node.element = target_.root();
  node.type = element.type;
  check_element(node, root, schema::none);
}

void MapChecker::declare(const std::string& name, Span span, const Type& type, std::uint32_t slot, std::uint32_t depth) {
  if (name.empty()) return;
  if (const auto* other = expressions_.find_variable(name)) {
    reporter_.error("M016", span, fmt::format("there is a variable ${} already", name)).expected = "the other is at " + reporter_.name(other->span);
  }
  expressions_.declare({name, type, span, slot, depth, false});
}

void MapChecker::check_nodes(std::vector<TemplateNodePtr>& nodes, const Scope& scope, schema::TypeId parent) {
  const auto variables = expressions_.variables.size();
  for (auto& node : nodes) check_node(*node, scope, parent);
  for (auto i = variables; i < expressions_.variables.size(); ++i) {
    const auto& variable = expressions_.variables[i];
    if (!variable.used) reporter_.warning("M702", variable.span, fmt::format("${} is never used", variable.name));
  }
  expressions_.variables.resize(variables);
}

void MapChecker::check_node(TemplateNode& node, const Scope& scope, schema::TypeId parent) {
  const auto known = expressions_.mark();
  switch (node.kind) {
    case TemplateNode::Kind::element:
      resolve(node, parent);
      check_element(node, scope, parent);
      break;
    case TemplateNode::Kind::if_:
    case TemplateNode::Kind::when:
      if (node.condition) {
        expressions_.condition(*node.condition, scope);
        expressions_.assume(*node.condition, scope);
      }
      check_nodes(node.children, scope, parent);
      break;
    case TemplateNode::Kind::otherwise: check_nodes(node.children, scope, parent); break;
    case TemplateNode::Kind::choose:
      for (auto& branch : node.children) check_node(*branch, scope, parent);
      suggest_codes(node);
      break;
    case TemplateNode::Kind::for_: {
      const auto variables = expressions_.variables.size();
      auto inner = enter_loop(node, scope);
      check_nodes(node.children, inner, parent);
      expressions_.variables.resize(variables);
      break;
    }
    case TemplateNode::Kind::let: check_let(node, scope); break;
    case TemplateNode::Kind::group: check_group(node, scope, parent); break;
    case TemplateNode::Kind::copy: check_copy(node, scope, parent); break;
    case TemplateNode::Kind::messages:
    case TemplateNode::Kind::message:
    case TemplateNode::Kind::xslt:
    case TemplateNode::Kind::base: break;   // the parser lets them stand where they are checked, and nowhere else
    case TemplateNode::Kind::reject:
    case TemplateNode::Kind::warn: check_rule(node, scope); break;
  }
  expressions_.forget(known);
}

Scope MapChecker::enter_loop(TemplateNode& node, const Scope& scope) {
  if (!node.each) {
    Scope unknown = scope;
    unknown.node = nullptr;
    unknown.current = {};
    ++unknown.depth;
    return unknown;
  }
  auto inner = expressions_.items(*node.each, scope);
  if (node.sort) {
    expressions_.value(*node.sort, inner);
    if (!node.each->type.many && node.each->type.kind != Kind::unknown) {
      reporter_.warning("M702", node.sort->span, "there is one item at most, so nothing to sort");
    }
  }
  if (!node.as.empty()) {
    node.as_slot = c_.slots++;
    declare(node.as, node.span, inner.current, node.as_slot, inner.depth);
    if (!expressions_.variables.empty()) expressions_.variables.back().used = true;
  }
  return inner;
}

void MapChecker::check_element(TemplateNode& node, Scope scope, schema::TypeId parent) {
  const auto known = expressions_.mark();
  const auto variables = expressions_.variables.size();
  if (node.each || node.broken_loop) scope = enter_loop(node, scope);
  if (node.condition) {
    expressions_.condition(*node.condition, scope);
    expressions_.assume(*node.condition, scope);
  }
  const bool resolved = node.element != schema::none;
  if (resolved && parent != schema::none) check_written(node, parent);
  const bool demanded = resolved && mandatory(model_, parent, node.element);
  Occurrence occurrence;
  if (resolved) node.target = type_of(c_.places, model_, node.type);

  if (!node.call.empty()) {
    check_call(node, scope);
    const bool absent = node.with && node.with->type.optional;
    const auto* definition = node.definition;
    const bool empty = (absent || !definition || definition->may_be_empty) && !node.keep;
    node.when_absent = demanded || node.keep ? WhenAbsent::write_empty : WhenAbsent::omit;
    occurrence.may_be_omitted = !demanded && empty;
    occurrence.may_be_weak = demanded && empty;
    if (demanded && definition && definition->missing_when_empty) occurrence = {false, true, true, definition->missing_when_empty};
  } else if (node.text) {
    check_text(node, scope);
    for (auto& part : node.text->parts) {
      if (part.expression) expressions_.assume(*part.expression, scope);
    }
    const bool optional = text_optional_;
    const bool writes_empty = node.target.kind == Kind::string && node.target.min_length == 0 && !node.target.values;
    node.when_absent = !demanded ? WhenAbsent::omit : writes_empty ? WhenAbsent::write_empty : WhenAbsent::reject;
    if (node.keep) node.when_absent = writes_empty ? WhenAbsent::write_empty : WhenAbsent::reject;
    if (optional) {
      if (node.when_absent == WhenAbsent::omit) occurrence.may_be_omitted = true;
      else if (node.when_absent == WhenAbsent::write_empty) occurrence.may_be_weak = !node.keep;
      else occurrence = {false, true, false, &node};
    } else if (text_maybe_empty_ && node.when_absent == WhenAbsent::reject) {
      reporter_.warning("M211", node.text->span, fmt::format("{} is mandatory, and its source may be empty, which counts as absent", node.name)).fix =
        "require(…, 'CODE', 'text') or default(…, instead)";
    } else if (text_maybe_empty_ && node.when_absent == WhenAbsent::omit) {
      occurrence.may_be_omitted = true;
    }
  } else {
    check_body(node, scope);
    if (resolved && has_value(model_.type(node.type))) {
      if (node.children.empty() && (node.target.kind != Kind::string || node.target.min_length > 0)) {
        reporter_.error("M201", node.span, fmt::format("{} has no value", node.name)).expected = words(node.target);
      }
    } else if (resolved) {
      // An element without a content template is not left out for want of content.
      auto outcome = content_.check(node.children, node.type, !demanded && !node.keep && node.has_content, node.span, node.name);
      if (!node.segment || !node.segment->broken) check_segment(node.children, node.element, node.type, node.span, node.name);
      if (node.has_content && !node.keep) {
        occurrence.may_be_omitted = !demanded && outcome.may_be_empty;
        occurrence.may_be_weak = demanded && outcome.may_be_empty;
        if (demanded && outcome.missing_when_empty) occurrence = {false, true, true, outcome.missing_when_empty};
      }
    }
    node.when_absent = demanded || node.keep ? WhenAbsent::write_empty : WhenAbsent::omit;
  }
  check_attributes(node, scope);
  if (!node.has_content && !node.keep && node.when_absent == WhenAbsent::omit) {
    bool any = false, certain = false;
    for (const auto& attribute : node.attributes) {
      if (!attribute.value.has_expressions()) continue;
      any = true;
      bool optional = false;
      for (const auto& part : attribute.value.parts) optional = optional || (part.expression && (part.expression->type.optional || part.expression->type.maybe_empty));
      certain = certain || !optional;
    }
    occurrence.may_be_omitted = any && !certain;
  }
  if (resolved) content_.note(node, occurrence);
  for (auto i = variables; i < expressions_.variables.size(); ++i) {
    const auto& variable = expressions_.variables[i];
    if (!variable.used) reporter_.warning("M702", variable.span, fmt::format("${} is never used", variable.name));
  }
  expressions_.variables.resize(variables);
  expressions_.forget(known);
}

// M202: what the writer counts and numbers.
void MapChecker::check_written(const TemplateNode& node, schema::TypeId parent) {
  const auto how = automatic(model_, parent, node.element);
  if (how.empty() || node.name == "HL03" || (node.children.empty() && !node.text)) return;
  auto& finding = reporter_.error("M202", node.span, how == "hierarchy" ? fmt::format("{} is numbered by the writer, and a map does not write it", node.name)
                                                                       : fmt::format("{} is filled in by the writer, {}, and a map does not write it", node.name, how));
  finding.fix = node.of_segment ? "leave the place between the * empty" : "leave it out";
}

void MapChecker::check_body(TemplateNode& node, const Scope& scope) {
  auto outer = std::exchange(parent_name_, node.name);
  check_nodes(node.children, scope, node.element == schema::none ? schema::none : node.type);
  parent_name_ = std::move(outer);
}

void MapChecker::check_call(TemplateNode& node, const Scope& scope) {
  if (node.with) {
    // A definition is made for an element with content as well as for one with a value: only "several" is wrong.
    if (expressions_.check(*node.with, scope).many)
      reporter_.error("M102", node.with->span, "this may be several elements where a definition takes one").fix =
        "pick one with [qualifier='…'] or [1], or put m:each on the element";
  }
  auto found = std::find_if(map_.definitions.begin(), map_.definitions.end(), [&](const auto& d) { return d->name == node.call; });
  if (found == map_.definitions.end()) {
    if (expressions_.told("definition " + node.call, node.call_span)) return;
    auto& finding = reporter_.error("M014", node.call_span, fmt::format("there is no definition '{}'", node.call));
    std::vector<std::string> names;
    for (const auto& definition : map_.definitions) names.push_back(definition->name);
    if (auto near = nearest(node.call, names); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
    return;
  }
  auto& definition = **found;
  definition.used = true;
  node.definition = &definition;
  if (!definition.node || definition.type == schema::none) return;
  if (node.element != schema::none && !derives_from(model_, definition.type, node.type)) {
    reporter_.error("M301", node.call_span, fmt::format("the definition '{}' gives {}, and {} is something else", node.call, definition.gives, node.name));
  }
  const StaticNode* over = node.with ? node.with->type.node : scope.node;
  if (node.with && node.with->type.kind == Kind::unknown) return;
  if (!over || (node.with && !node.with->type.is_element()) || !derives_from(source_.model(), over->type, definition.node->type)) {
    reporter_.error("M301", node.with ? node.with->span : node.call_span,
                    fmt::format("the definition '{}' is made for {}, and this is {}", node.call, definition.of, over ? path_of(over) : "a value"));
  }
}

void MapChecker::check_text(TemplateNode& node, const Scope& scope) {
  // A path to elements is fine as a condition, never as a text: text() has told.
  auto value = expressions_.text(*node.text, scope);
  for (const auto& part : node.text->parts) {
    if (part.expression) suggest_codes(*part.expression);
  }
  text_optional_ = value.optional;
  text_maybe_empty_ = value.maybe_empty;
  if (node.element == schema::none || value.kind == Kind::unknown) return;
  const auto& type = model_.type(node.type);
  node.collapse = type.facets.whitespace == schema::Whitespace::collapse && may_hold_space(value);
  if (!has_value(type) && type.content != schema::Content::mixed) {
    auto& finding = reporter_.error("M202", node.text->span, fmt::format("{} has elements in it and no text", node.name));
    finding.expected = "in it: " + list_of(names_below(model_, node.type));
    return;
  }
  if (node.target.kind == Kind::structure) return;
  const bool fits = check_fit(value, node.target, node.type, node.text->span, node.name);
  const bool one = node.text->parts.size() == 1 && node.text->parts[0].expression;
  if (fits && one && node.target.wire != Wire::none && (is_number(value.kind) || is_temporal(value.kind))) node.wire = wire_form(model_, node.element);
  if (value.optional) {
    std::string why;
    for (const auto& part : node.text->parts) {
      if (!part.expression || !part.expression->type.optional) continue;
      const auto& source = part.expression->type;
      why = source.node ? fmt::format("{} is {} in the source", source.attribute ? "@" + std::string(names::local(source.attribute->name)) : path_of(source.node), cardinality(source))
                        : "what stands here may be absent";
    }
    content_.explain(node, why);
  }
}

// ---- attributes

const schema::AttributeUse* MapChecker::find_attribute(const TemplateNode& node, const TemplateAttribute& attribute) const {
  auto ns = attribute.prefix.empty() ? std::nullopt : declared_namespace(attribute.prefix, attribute.name_span);
  for (const auto& use : model_.type(node.type).attributes) {
    if (names::local(use.name) != attribute.name) continue;
    if (attribute.prefix.empty() || (ns && *ns == names::ns(use.name))) return &use;
  }
  return nullptr;
}

std::optional<std::string> MapChecker::declared_namespace(const std::string& prefix, Span at) const {
  const auto* ns = c_.namespace_of(prefix, at.file);
  return ns ? std::optional(*ns) : std::nullopt;
}

void MapChecker::check_attributes(TemplateNode& node, const Scope& scope) {
  for (auto& attribute : node.attributes) {
    auto value = expressions_.text(attribute.value, scope);
    for (const auto& part : attribute.value.parts) {
      if (part.expression) suggest_codes(*part.expression);
    }
    if (node.element == schema::none) continue;
    const auto* use = find_attribute(node, attribute);
    if (!use) {
      if (model_.type(node.type).any_attribute) continue;
      auto& finding = reporter_.error("M202", attribute.name_span, fmt::format("{} has no attribute {}", node.name, attribute.name));
      std::vector<std::string> names;
      for (const auto& known : model_.type(node.type).attributes) names.emplace_back(wayleave::names::local(known.name));
      if (auto near = nearest(attribute.name, names); !near.empty()) finding.fix = fmt::format("did you mean {}?", near);
      finding.expected = names.empty() ? "no attributes" : "here: " + list_of(names);
      continue;
    }
    attribute.target = type_of(c_.places, model_, use->type);
    attribute.when_absent = !use->required ? WhenAbsent::omit
                            : attribute.target.kind == Kind::string && attribute.target.min_length == 0 && !attribute.target.values ? WhenAbsent::write_empty
                                                                                                           : WhenAbsent::reject;
    if (value.kind == Kind::unknown) continue;
    attribute.collapse = use->type != schema::none && model_.type(use->type).facets.whitespace == schema::Whitespace::collapse && may_hold_space(value);
    const auto what = fmt::format("{}/@{}", node.name, attribute.name);
    check_fit(value, attribute.target, use->type, attribute.value.span, what);
    if (use->required && value.optional && attribute.when_absent == WhenAbsent::reject) {
      auto& finding = reporter_.error("M210", attribute.value.span, fmt::format("{} is mandatory, and its value may be absent", what));
      finding.fix = "default(…, instead), require(…, 'CODE', 'text'), or m:if on the element";
    } else if (use->required && value.maybe_empty && attribute.when_absent == WhenAbsent::reject) {
      reporter_.warning("M211", attribute.value.span, fmt::format("{} is mandatory, and its source may be empty, which counts as absent", what)).fix =
        "require(…, 'CODE', 'text') or default(…, instead)";
    }
  }
  if (node.element == schema::none) return;
  for (const auto& use : model_.type(node.type).attributes) {
    if (!use.required) continue;
    const bool written = std::any_of(node.attributes.begin(), node.attributes.end(), [&](const auto& a) { return find_attribute(node, a) == &use; });
    if (written) continue;
    auto& finding = reporter_.error("M201", node.span, fmt::format("{} needs the attribute {}, and the map never writes it", node.name, names::local(use.name)));
    finding.fix = fmt::format("add {}=\"{{…}}\"", names::local(use.name));
  }
}

// ---- names

bool MapChecker::resolve(TemplateNode& node, schema::TypeId parent) {
  if (parent == schema::none) return false;
  std::vector<schema::ElementId> found;
  auto ns = node.prefix.empty() ? std::nullopt : declared_namespace(node.prefix, node.span);
  for (const auto& use : model_.type(parent).children) {
    const auto& element = model_.element(use.element);
    if (names::local(element.name) != node.name) continue;
    if (ns && *ns != names::ns(element.name)) continue;
    const bool same = std::any_of(found.begin(), found.end(), [&](auto id) { return model_.element(id).name == element.name; });
    if (!same) found.push_back(use.element);
  }
  if (found.empty()) {
    unknown_element(node, parent);
    return false;
  }
  if (found.size() > 1) {
    reporter_.error("M102", node.span, fmt::format("{} may stand here in two namespaces", node.name)).fix =
      "declare a prefix for the one that is meant on m:map, and write it before the name";
    return false;
  }
  node.element = found[0];
  node.type = model_.element(found[0]).type;
  if (model_.type(node.type).abstract) {
    reporter_.error("M202", node.span, fmt::format("{} is abstract in the target's schema and cannot be written", node.name));
  }
  return true;
}

void MapChecker::unknown_element(const TemplateNode& node, schema::TypeId parent) {
  auto names = names_below(model_, parent);
  std::erase_if(names, [](const std::string& name) { return name.starts_with('@'); });
  auto& finding = reporter_.error(
    "M202", node.span, names.empty() ? fmt::format("{} takes a value and no elements", parent_name_) : fmt::format("{} has no element {}", parent_name_, node.name)
  );
  if (names.empty()) return;
  if (auto near = nearest(node.name, names); !near.empty()) finding.fix = fmt::format("did you mean {}?", near);
  else if (model_.attribute(parent, node.name)) finding.fix = fmt::format("{} is an attribute: write {}=\"…\"", node.name, node.name);
  finding.expected = "here: " + list_of(names);
}

// ---- let and rules

void MapChecker::check_let(TemplateNode& node, const Scope& scope) {
  node.slot = c_.slots++;
  Type type;
  if (node.value) {
    type = expressions_.check(*node.value, scope);
    suggest_codes(*node.value);
  } else if (node.parameter) {
    type = simple(node.parameter->kind);
    type.min_length = 1;
  }
  declare(node.variable, node.span, type, node.slot, scope.depth);
}

void MapChecker::check_rule(TemplateNode& node, const Scope& scope) {
  const auto known = expressions_.mark();
  if (node.condition) {
    expressions_.condition(*node.condition, scope);
    expressions_.assume(*node.condition, scope);
  }
  if (node.text) expressions_.message(*node.text, scope);
  if (node.at) {
    expressions_.check(*node.at, scope);
    if (node.at->op != Expr::Op::path && node.at->type.kind != Kind::unknown) {
      reporter_.error("M301", node.at->span, "at is a path: the place in the document that the message points at");
    }
  }
  expressions_.forget(known);
}

void MapChecker::report_unused() {
  if (reporter_.errors() > 0) return;   // what an error hides may well be used
  for (const auto& variable : expressions_.variables) {
    if (!variable.used) reporter_.warning("M702", variable.span, fmt::format("${} is never used", variable.name));
  }
  for (const auto& [name, codes] : c_.codes) {
    if (!codes.used) reporter_.warning("M702", codes.span, fmt::format("the code list '{}' is never used", name));
  }
  for (const auto& definition : map_.definitions) {
    if (!definition->used) reporter_.warning("M702", definition->name_span, fmt::format("the definition '{}' is never used", definition->name));
  }
  for (const auto& [name, span, per_partner] : map_.sequences) {
    if (!c_.sequences[name]) reporter_.warning("M702", span, fmt::format("the sequence '{}' is never used", name));
  }
  for (const auto& key : map_.keys) {
    if (!key.used) reporter_.warning("M702", key.span, fmt::format("the key '{}' is never used", key.name));
  }
  for (const auto& linked : map_.linked) {
    if (!linked.used) reporter_.warning("M702", linked.span, fmt::format("the linked document '{}' is never used", linked.name));
  }
  gather_unmapped();
}

}  // namespace wayleave::mapping
