#include <algorithm>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"

namespace wayleave::mapping {

std::string_view Evaluator::raw(const Item& item) const {
  if (!item.document) return item.text;
  return item.attribute ? item.document->text(*item.attribute) : item.document->text(item.node);
}

std::string_view Evaluator::normalized(const Item& item) {
  auto text = raw(item);
  if (item.wire != Wire::none) return of_wire(item, text);
  if (item.whitespace == schema::Whitespace::collapse) {
    return collapsed(text);
  }
  if (item.whitespace == schema::Whitespace::replace && text.find_first_of("\t\n\r") != std::string_view::npos) {
    char* copy = workspace_.scratch.take(text.size());
    std::transform(text.begin(), text.end(), copy, [](char c) { return c == '\t' || c == '\n' || c == '\r' ? ' ' : c; });
    return {copy, text.size()};
  }
  return text;
}

// Empty and nil count as absent; an element that has elements in it is there when it is there.
bool Evaluator::present(const Item& item) const {
  if (!item.document) return !is_blank(item.text);
  if (item.attribute) return !is_blank(item.document->text(*item.attribute));
  const auto& node = item.document->node(item.node);
  if (node.flags & Document::is_nil) return false;
  return item.structure || !is_blank(item.document->text(item.node));
}

// True when one of what `rel` selects compares as it should.
bool Evaluator::holds(const Step::Condition& condition, const Document& document, Document::Index node) {
  return holds_below(condition, 0, Item{&document, node, nullptr, {}, condition.whitespace, condition.wire == Wire::edifact_date, condition.wire});
}

bool Evaluator::holds_below(const Step::Condition& condition, std::size_t i, Item item) {
  for (; i < condition.rel.size(); ++i) {
    const auto& step = condition.rel[i];
    if (step.attribute) {
      if (!take_attribute(step, item)) return false;
      continue;
    }
    for (auto child = item.document->first_child(item.node); child != Document::none; child = item.document->next(child)) {
      if (item.document->node(child).name != step.id) continue;
      Item next = item;
      next.node = child;
      next.whitespace = step.whitespace;
      next.structure = !step.value;
      next.wire = step.wire;
      if (holds_below(condition, i + 1, next)) return true;
      if (step.single) return false;
    }
    return false;
  }
  if (condition.value->op == Expr::Op::variable) return equals_variable(condition, item);
  auto text = raw(item);
  if (condition.number) {
    auto number = number_in(item);
    return number && *number == *condition.number;
  }
  if (condition.moment) {
    auto moment = moment_in(item, condition.kind);
    return moment && compare_moments(*moment, *condition.moment, condition.kind) == 0;
  }
  if (condition.kind == Kind::boolean) {
    auto is_true = [](std::string_view value) { return value == "true" || value == "1"; };
    return present(item) && is_true(trimmed(text)) == is_true(condition.constant);
  }
  if (text == condition.constant) return !text.empty();
  if (is_collapsed(text)) return false;
  return present(item) && normalized(item) == condition.constant;
}

bool Evaluator::equals_variable(const Step::Condition& condition, const Item& item) {
  const auto& variable = *condition.value;
  const auto wanted = evaluate(variable, root());
  if (wanted.absent() || !present(item)) return false;
  if (is_number(condition.kind) && is_number(variable.type.kind)) {
    auto a = number_in(item), b = as_number(wanted, variable);
    return a && b && *a == *b;
  }
  if (is_temporal(condition.kind) && condition.kind == variable.type.kind) {
    auto a = moment_in(item, condition.kind), b = as_moment(wanted, condition.kind);
    return a && b && compare_moments(*a, *b, condition.kind) == 0;
  }
  auto text = as_text(wanted, variable);
  return text && normalized(item) == *text;
}

bool Evaluator::matches(const Step::Predicate& predicate, const Document& document, Document::Index node) {
  for (const auto& condition : predicate.conditions) {
    if (!holds(condition, document, node)) return false;
  }
  return true;
}

bool Evaluator::take_attribute(const Step& step, Item& item) const {
  const auto* attribute = item.document->attribute(item.node, step.id);
  if (!attribute) return false;
  item.attribute = attribute;
  item.whitespace = step.whitespace;
  item.structure = false;
  item.wire = Wire::none;
  return true;
}

// Calls f with each child that a step selects until it says true.
template <class F>
bool Evaluator::children(const Step& step, const Document& document, Document::Index parent, F&& f) {
  std::size_t visited = 0;
  const bool counted = std::any_of(step.predicates.begin(), step.predicates.end(),
                                   [](const auto& p) { return p.kind != Step::Predicate::Kind::conditions; });
  if (counted) return counted_children(step, document, parent, f);
  for (auto child = document.first_child(parent); child != Document::none; child = document.next(child)) {
    ++visited;
    const auto name = document.node(child).name;
    if (name != step.id) {
      if (step.stop >> (name & 63) & 1) break;
      continue;
    }
    bool selected = true;
    for (const auto& predicate : step.predicates) selected = selected && matches(predicate, document, child);
    if (!selected) continue;
    if (f(child)) {
      evaluated_ += visited;
      return true;
    }
  }
  evaluated_ += visited;
  return false;
}

// With [n] or [last()]: the predicates thin out the list one after the other. What is empty counts as absent, so it has no number.
template <class F>
bool Evaluator::counted_children(const Step& step, const Document& document, Document::Index parent, F&& f) {
  std::vector<Document::Index> selected;
  for (auto child = document.first_child(parent); child != Document::none; child = document.next(child)) {
    ++evaluated_;
    if (document.node(child).name != step.id) continue;
    if (present({&document, child, nullptr, {}, step.whitespace, !step.value, step.wire})) selected.push_back(child);
  }
  for (const auto& predicate : step.predicates) {
    switch (predicate.kind) {
      case Step::Predicate::Kind::conditions:
        std::erase_if(selected, [&](auto child) { return !matches(predicate, document, child); });
        break;
      case Step::Predicate::Kind::index:
        selected = predicate.index <= selected.size() ? std::vector{selected[predicate.index - 1]} : std::vector<Document::Index>{};
        break;
      case Step::Predicate::Kind::last:
        if (selected.size() > 1) selected = {selected.back()};
        break;
    }
  }
  for (auto child : selected) {
    if (f(child)) return true;
  }
  return false;
}

// The first item below `item` by steps [i, end). A step with one at most decides; of several the first that is there counts.
bool Evaluator::walk(const std::vector<Step>& steps, std::size_t i, std::size_t end, Item item, Item& found) {
  for (; i < end; ++i) {
    const auto& step = steps[i];
    if (step.self) continue;
    if (step.attribute) {
      if (!take_attribute(step, item)) return false;
      continue;
    }
    if (step.single) {
      const auto parent = item.node;
      item.node = Document::none;
      children(step, *item.document, parent, [&](Document::Index child) {
        item.node = child;
        return true;
      });
      if (item.node == Document::none) return false;
      item.whitespace = step.whitespace;
      item.structure = !step.value;
      item.wire = step.wire;
      continue;
    }
    return children(step, *item.document, item.node, [&](Document::Index child) {
      Item next{item.document, child, nullptr, {}, step.whitespace, !step.value, step.wire};
      return walk(steps, i + 1, end, next, found);
    });
  }
  if (!present(item)) return false;
  found = item;
  return true;
}

void Evaluator::collect(const std::vector<Step>& steps, std::size_t i, const Item& item) {
  while (i < steps.size() && steps[i].self) ++i;
  if (i == steps.size()) {
    if (present(item)) workspace_.items.push_back(item);
    return;
  }
  const auto& step = steps[i];
  if (step.attribute) {
    Item attribute = item;
    if (take_attribute(step, attribute) && present(attribute)) workspace_.items.push_back(attribute);
    return;
  }
  children(step, *item.document, item.node, [&](Document::Index child) {
    collect(steps, i + 1, Item{item.document, child, nullptr, {}, step.whitespace, !step.value, step.wire});
    return step.single;
  });
}

bool Evaluator::begin(const Expr& expr, const Frame& frame, Item& item) {
  const auto& path = expr.path;
  switch (path.start) {
    case Path::Start::root: item = root().item; break;
    case Path::Start::variable:
    case Path::Start::call: {
      auto head = evaluate(*path.head, frame);
      if (head.kind == Value::Kind::items && head.items.count > 0) head = Value::of(head.items.first[0]);
      if (head.kind != Value::Kind::item) return false;
      item = head.item;
      break;
    }
    case Path::Start::current: {
      item = frame.item;
      for (std::uint32_t up = path.up; up > 0; --up) {
        if (!item.document || item.node == Document::none) return false;
        item.node = item.document->parent(item.node);
      }
      if (path.up) item.attribute = nullptr;
      if (item.node == Document::none && item.document) return false;
      break;
    }
  }
  // The place a path begins at is an element; whether it has a value the path itself says when it stops there.
  const bool stays = path.steps.empty() || (path.start == Path::Start::root && path.steps.size() == 1) ||
                     (path.steps.size() == 1 && path.steps[0].self);
  if (stays) {
    item.structure = expr.type.kind == Kind::structure || expr.type.wire == Wire::edifact_date;
    item.wire = expr.type.wire;
    if (path.up || path.start == Path::Start::root) item.whitespace = schema::Whitespace::collapse;
  }
  return true;
}

bool Evaluator::locate(const Expr& expr, const Frame& frame, Item& found) {
  Item start;
  if (!begin(expr, frame, start)) return false;
  return walk(expr.path.steps, expr.path.start == Path::Start::root ? 1 : 0, expr.path.steps.size(), start, found);
}

Value Evaluator::path(const Expr& expr, const Frame& frame) {
  if (!expr.type.many) {
    Item found;
    return locate(expr, frame, found) ? Value::of(found) : Value();
  }
  if (expr.path.head && expr.path.head->type.many) return many_from_many(expr, frame);
  const auto base = workspace_.items.size();
  Item start;
  if (begin(expr, frame, start)) collect(expr.path.steps, expr.path.start == Path::Start::root ? 1 : 0, start);
  return take_items(base);
}

// $lines/Quantity: the path from each of the items.
Value Evaluator::many_from_many(const Expr& expr, const Frame& frame) {
  auto head = evaluate(*expr.path.head, frame);
  const auto base = workspace_.items.size();
  if (head.kind == Value::Kind::item) collect(expr.path.steps, 0, head.item);
  if (head.kind == Value::Kind::items) {
    for (std::size_t i = 0; i < head.items.count; ++i) collect(expr.path.steps, 0, head.items.first[i]);
  }
  return take_items(base);
}

// Moves what was pushed since `base` into scratch memory.
Value Evaluator::take_items(std::size_t base) {
  auto& items = workspace_.items;
  const auto count = items.size() - base;
  if (count == 0) return {};
  if (count == 1) {
    auto item = items[base];
    items.resize(base);
    return Value::of(item);
  }
  auto* copy = reinterpret_cast<Item*>(workspace_.scratch.take(count * sizeof(Item), alignof(Item)));
  std::uninitialized_copy(items.begin() + static_cast<std::ptrdiff_t>(base), items.end(), copy);
  items.resize(base);
  return Value::of(copy, count);
}

void Evaluator::items(const Expr& expr, const Frame& frame) {
  if (expr.op == Expr::Op::path && expr.type.many && !(expr.path.head && expr.path.head->type.many)) {
    Item start;
    if (begin(expr, frame, start)) collect(expr.path.steps, expr.path.start == Path::Start::root ? 1 : 0, start);
    return;
  }
  auto value = evaluate(expr, frame);
  if (value.kind == Value::Kind::item) {
    workspace_.items.push_back(value.item);
  } else if (value.kind == Value::Kind::items) {
    workspace_.items.insert(workspace_.items.end(), value.items.first, value.items.first + value.items.count);
  } else if (auto text = as_text(value, expr)) {
    Item item;
    item.text = workspace_.kept.keep(*text);
    workspace_.items.push_back(item);
  }
}

}  // namespace wayleave::mapping
