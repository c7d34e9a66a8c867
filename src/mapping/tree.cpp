#include "mapping/tree.hpp"

namespace wayleave::mapping {
namespace {

Step clone(const Step& step) {
  Step made;
  made.prefix = step.prefix;
  made.name = step.name;
  made.attribute = step.attribute;
  made.self = step.self;
  made.span = step.span;
  for (const auto& predicate : step.predicates) {
    Step::Predicate copy;
    copy.kind = predicate.kind;
    copy.index = predicate.index;
    copy.span = predicate.span;
    for (const auto& condition : predicate.conditions) {
      Step::Condition part;
      for (const auto& rel : condition.rel) part.rel.push_back(clone(rel));
      part.rel_self = condition.rel_self;
      part.value = mapping::clone(*condition.value);
      part.span = condition.span;
      copy.conditions.push_back(std::move(part));
    }
    made.predicates.push_back(std::move(copy));
  }
  return made;
}

ExprPtr clone(const ExprPtr& expr) { return expr ? mapping::clone(*expr) : nullptr; }

SegmentText clone(const SegmentText& segment) {
  SegmentText made;
  made.span = segment.span;
  made.values = segment.values;
  made.broken = segment.broken;
  for (const auto& element : segment.elements) {
    auto& copy = made.elements.emplace_back();
    copy.span = element.span;
    for (const auto& repetition : element.repetitions) {
      auto& components = copy.repetitions.emplace_back();
      for (const auto& component : repetition) components.push_back({mapping::clone(component.text), component.span, component.empty});
    }
  }
  return made;
}

}  // namespace

ExprPtr clone(const Expr& expr) {
  auto made = std::make_unique<Expr>();
  made->op = expr.op;
  made->span = expr.span;
  made->text = expr.text;
  made->name_span = expr.name_span;
  for (const auto& arg : expr.args) made->args.push_back(clone(*arg));
  made->path.start = expr.path.start;
  made->path.up = expr.path.up;
  made->path.head = clone(expr.path.head);
  for (const auto& step : expr.path.steps) made->path.steps.push_back(clone(step));
  if (expr.message) made->message = std::make_unique<TextTemplate>(clone(*expr.message));
  made->number = expr.number;
  made->function = expr.function;
  return made;
}

TextTemplate clone(const TextTemplate& text) {
  TextTemplate made;
  made.span = text.span;
  for (const auto& part : text.parts) made.parts.push_back({part.literal, clone(part.expression), part.span});
  return made;
}

TemplateNodePtr clone(const TemplateNode& node) {
  auto made = std::make_unique<TemplateNode>();
  made->kind = node.kind;
  made->span = node.span;
  made->tag_offset = node.tag_offset;
  made->each = clone(node.each);
  made->sort = clone(node.sort);
  made->condition = clone(node.condition);
  made->with = clone(node.with);
  made->by = clone(node.by);
  made->descending = node.descending;
  made->as = node.as;
  made->call = node.call;
  made->call_span = node.call_span;
  made->keep = node.keep;
  made->is_final = node.is_final;
  made->broken_loop = node.broken_loop;
  made->id = node.id;
  made->note = node.note;
  made->prefix = node.prefix;
  made->name = node.name;
  if (node.segment) made->segment = clone(*node.segment);
  made->of_segment = node.of_segment;
  for (const auto& attribute : node.attributes) {
    TemplateAttribute copy;
    copy.prefix = attribute.prefix;
    copy.name = attribute.name;
    copy.name_span = attribute.name_span;
    copy.value = clone(attribute.value);
    made->attributes.push_back(std::move(copy));
  }
  if (node.text) made->text = clone(*node.text);
  made->children = clone(node.children);
  made->has_content = node.has_content;
  made->variable = node.variable;
  made->value = clone(node.value);
  made->parameter = node.parameter;
  made->code = node.code;
  made->at = clone(node.at);
  made->href = node.href;
  return made;
}

std::vector<TemplateNodePtr> clone(const std::vector<TemplateNodePtr>& nodes) {
  std::vector<TemplateNodePtr> made;
  for (const auto& node : nodes) made.push_back(clone(*node));
  return made;
}

}  // namespace wayleave::mapping
