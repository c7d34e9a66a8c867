#include "subject.hpp"

#include <algorithm>

namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

std::set<std::string> names_of(const schema::Model& model) {
  std::set<std::string> found;
  for (const auto& element : model.elements) found.emplace(names::local(element.name));
  for (const auto& type : model.types) {
    for (const auto& attribute : type.attributes) found.emplace(names::local(attribute.name));
    if (type.name != no_name) found.emplace(names::local(type.name));
  }
  return found;
}

}  // namespace

const schema::ChildUse* child_use(const schema::Model& model, schema::TypeId type, std::string_view name) {
  if (type == schema::none) return nullptr;
  auto found = model.children(type, name);
  return found.empty() ? nullptr : found[0];
}

Subject::Subject(std::string name, Map::Impl& map)
    : name_(std::move(name)), path_(map.compilation->files[0].name()), impl_(map), text_(map.compilation->files[0].text()), markup_(text_),
      source_names_(names_of(map.source->model())), target_names_(names_of(map.target->model())) {
  const auto& files = map.compilation->files;
  for (std::uint16_t i = 1; i < files.size(); ++i) files_.emplace(files[i].name(), files[i].text());
  const auto& tree = *map.tree;
  for (const auto& key : tree.keys) {
    whole(key.match, {Origin::Role::key, nullptr, nullptr, nullptr});
    whole(key.use, {Origin::Role::key, nullptr, nullptr, nullptr});
  }
  place(tree.lets, {});
  for (const auto& definition : tree.definitions) {
    if (definition->span.file != 0) continue;
    Placed top;
    top.definition = definition.get();
    top.type = definition->type;
    place(definition->body, top);
  }
  Placed root;
  root.node = tree.root.get();
  nodes_.push_back(root);
  expressions(*tree.root);
  Placed below;
  below.element = tree.root->kind == TemplateNode::Kind::element ? tree.root.get() : nullptr;
  below.type = tree.root->type;
  place(tree.root->children, below);
  place(tree.rules, {});
}

void Subject::place(const std::vector<TemplateNodePtr>& list, Placed around) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& node = *list[i];
    if (node.span.file != 0) continue;
    Placed placed = around;
    placed.node = &node;
    placed.list = &list;
    placed.index = i;
    nodes_.push_back(placed);
    expressions(node);
    Placed below = around;
    if (node.kind == TemplateNode::Kind::element) {
      below.element = &node;
      below.type = node.type;
      below.around.clear();
    } else {
      below.around.push_back(&node);
    }
    place(node.children, below);
  }
}

void Subject::expressions(const TemplateNode& node) {
  using Role = Origin::Role;
  whole(node.each, {Role::each, &node, nullptr, nullptr});
  whole(node.sort, {Role::sort, &node, nullptr, nullptr});
  whole(node.condition, {Role::condition, &node, nullptr, nullptr});
  whole(node.with, {Role::with, &node, nullptr, nullptr});
  whole(node.by, {Role::by, &node, nullptr, nullptr});
  whole(node.value, {Role::let, &node, nullptr, nullptr});
  whole(node.at, {Role::at, &node, nullptr, nullptr});
  for (const auto& attribute : node.attributes) text(attribute.value, {Role::attribute, &node, &attribute, &attribute.value});
  const bool rule = node.kind == TemplateNode::Kind::reject || node.kind == TemplateNode::Kind::warn;
  if (node.text) text(*node.text, {rule ? Role::message : Role::text, &node, nullptr, &*node.text});
}

void Subject::text(const TextTemplate& text, Origin origin) {
  for (const auto& part : text.parts) whole(part.expression, origin);
}

void Subject::whole(const ExprPtr& expr, Origin origin) {
  if (expr) take(*expr, nullptr, 0, origin);
}

void Subject::take(const Expr& expr, const Use* parent, std::size_t argument, const Origin& origin) {
  auto& use = *uses_.emplace_back(std::make_unique<Use>(Use{&expr, parent, argument, origin}));
  for (std::size_t i = 0; i < expr.args.size(); ++i) {
    // The third of require() is the message below, when that has expressions.
    take(*expr.args[i], &use, i, origin);
  }
  if (expr.message) {
    Origin inner = origin;
    inner.role = Origin::Role::message;
    inner.text = expr.message.get();
    text(*expr.message, inner);
  }
  if (expr.op == Expr::Op::path) take_path(expr, use);
}

void Subject::take_path(const Expr& expr, const Use& use) {
  const auto& path = expr.path;
  if (path.head) take(*path.head, &use, 0, use.origin);
  // From the end of the path back to its beginning.
  std::vector<const StaticNode*> from(path.steps.size(), nullptr);
  const StaticNode* node = expr.type.node;
  for (std::size_t i = path.steps.size(); i-- > 0;) {
    const auto& step = path.steps[i];
    if (!step.self && !step.attribute && node) node = node->parent;
    from[i] = node;
  }
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const auto& step = path.steps[i];
    if (step.span.begin == step.span.end) continue;   // the checker's own
    steps_.push_back({&step, from[i], &use, i + 1 == path.steps.size()});
    for (const auto& predicate : step.predicates) {
      for (const auto& condition : predicate.conditions) {
        for (const auto& inner : condition.rel) steps_.push_back({&inner, nullptr, &use, false});
        if (condition.value) take(*condition.value, &use, 1, use.origin);
      }
    }
  }
}

}  // namespace mutations
