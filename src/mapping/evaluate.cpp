#include "mapping/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "mapping/characters.hpp"
#include "mapping/numbers.hpp"
#include "mapping/parse_map.hpp"

namespace wayleave::mapping {
namespace {

constexpr std::size_t finding_limit = 100;

bool is_blank(std::string_view text) { return trimmed(text).empty(); }

Value::Kind value_kind(Kind kind) {
  return kind == Kind::date ? Value::Kind::date : kind == Kind::time ? Value::Kind::time : Value::Kind::datetime;
}

// A finding points at the value of an attribute, its node at the name.
std::uint32_t value_offset(const Document& document, const Document::Attribute& attribute) {
  const auto quote = document.source().find_first_of("\"'", attribute.source);
  return quote == std::string_view::npos ? attribute.source : static_cast<std::uint32_t>(quote + 1);
}

std::optional<Moment> parse_moment(std::string_view text, Kind kind) {
  switch (kind) {
    case Kind::date: return Moment::parse_date(text);
    case Kind::time: return Moment::parse_time(text);
    default: return Moment::parse_datetime(text);
  }
}

}  // namespace

Workspace& Workspace::of_thread() {
  thread_local Workspace workspace;
  return workspace;
}

Evaluator::Evaluator(const Document& document, const Context& context, const Budget& budget, const Files& files, Workspace& workspace,
                     std::uint32_t variables, std::uint32_t caches, const MapSource* map)
    : document_(document), context_(context), budget_(budget), files_(files), workspace_(workspace), map_(map),
      today_(Moment::from(context.now).days) {
  workspace_.scratch.reset();
  workspace_.kept.reset();
  workspace_.items.clear();
  workspace_.variables.assign(variables, Value());
  workspace_.caches.assign(caches, Value());
  workspace_.cached.assign(caches + (map ? map->lets.size() : 0), 0);
}

Evaluator::~Evaluator() {
  // Nothing of this run may be seen by the next; its memory may.
  workspace_.variables.clear();
  workspace_.caches.clear();
  workspace_.items.clear();
}

Frame Evaluator::root() const {
  Frame frame;
  frame.item.document = &document_;
  frame.item.node = document_.root();
  return frame;
}

// ---- findings

bool Evaluator::exceed(Span at, std::string_view what) {
  if (stopped_) return false;
  stopped_ = true;
  auto name = at.file < files_.size() ? files_[at.file].name() : std::string();
  auto position = at.file < files_.size() ? files_[at.file].at(at.begin) : Document::Position{};
  report("R801", Severity::error,
         fmt::format("this document costs more than one may: too many {} at {}:{}", what, name.substr(name.find_last_of('/') + 1), position.line),
         root().item, at);
  return false;
}

Finding& Evaluator::report(std::string code, Severity severity, std::string message, const Item& item, Span at) {
  if (findings.size() >= finding_limit) return dropped_ = Finding{};
  Finding finding;
  finding.code = std::move(code);
  finding.severity = severity;
  finding.message = std::move(message);
  if (item.document == &document_ && item.node < document_.size()) {
    const auto& node = document_.node(item.node);
    finding.path = document_.path(item.node);
    auto offset = node.source;
    if (item.attribute) {
      finding.path += "/@" + std::string(document_.local_name(item.attribute->name));
      if (item.attribute->source) offset = value_offset(*item.document, *item.attribute);
    } else if (!(node.flags & Document::has_children) && node.source_text && node.text_length) {
      offset = node.source_text;
    }
    auto position = document_.position(offset);
    finding.line = position.line;
    finding.column = position.column;
  }
  TextAt origin;
  if (at.file < files_.size()) {
    auto position = files_[at.file].at(at.begin);
    origin = {files_[at.file].name(), position.line, position.column};
  }
  origins.push_back(std::move(origin));
  findings.push_back(std::move(finding));
  return findings.back();
}

Finding& Evaluator::refuse(std::string code, std::string message, const Item& item, const Expr& expr) {
  return report(std::move(code), Severity::error, std::move(message), item, expr.span);
}

Value Evaluator::fail(const Expr& expr, const Frame& frame, std::string_view code, std::string message, std::string_view found) {
  if (expr.quiet) return {};
  auto place = place_of(expr, frame);
  auto& finding = refuse(std::string(code), std::move(message), place.item, expr);
  finding.found = first_characters(found, 200);
  return {};
}

// The node that an expression is about: the deepest one that is there on its first path.
Evaluator::Place Evaluator::place_of(const Expr& expr, const Frame& frame) {
  if (expr.op == Expr::Op::path) {
    Place place;
    Item start;
    if (!begin(expr, frame, start)) return {frame.item, {}};
    const auto& steps = expr.path.steps;
    const std::size_t first = expr.path.start == Path::Start::root ? 1 : 0;
    place.item = start;
    for (std::size_t length = steps.size(); length > first; --length) {
      Item found;
      if (!walk(steps, first, length, start, found)) continue;
      place.item = found;
      for (std::size_t i = length; i < steps.size(); ++i) {
        place.missing += std::string("/") + (steps[i].attribute ? "@" : "") + steps[i].name;
      }
      return place;
    }
    for (std::size_t i = first; i < steps.size(); ++i) {
      if (!steps[i].self) place.missing += std::string("/") + (steps[i].attribute ? "@" : "") + steps[i].name;
    }
    return place;
  }
  for (const auto& arg : expr.args) {
    if (arg->op == Expr::Op::path || arg->op == Expr::Op::call || !arg->args.empty()) return place_of(*arg, frame);
  }
  return {frame.item, {}};
}

// ---- paths

std::string_view Evaluator::raw(const Item& item) const {
  if (!item.document) return item.text;
  return item.attribute ? item.document->text(*item.attribute) : item.document->text(item.node);
}

std::string_view Evaluator::normalized(const Item& item) {
  auto text = raw(item);
  if (item.whitespace == schema::Whitespace::collapse) {
    if (is_collapsed(text)) return text;
    workspace_.build.clear();
    append_collapsed(workspace_.build, text);
    return workspace_.scratch.keep(workspace_.build);
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

bool Evaluator::holds(const Step::Condition& condition, const Document& document, Document::Index node) {
  Item item{&document, node, nullptr, {}, condition.whitespace, false};
  for (const auto& step : condition.rel) {
    if (step.attribute) {
      if (!take_attribute(step, item)) return false;
      continue;
    }
    Document::Index found = Document::none;
    for (auto child = document.first_child(item.node); child != Document::none; child = document.next(child)) {
      if (document.node(child).name == step.id) {
        found = child;
        break;
      }
    }
    if (found == Document::none) return false;
    item.node = found;
    item.whitespace = step.whitespace;
  }
  auto text = raw(item);
  if (condition.value->op == Expr::Op::variable) {
    auto wanted = as_text(evaluate(*condition.value, root()), *condition.value);
    return wanted && normalized(item) == *wanted && present(item);
  }
  if (condition.number) {
    auto number = Decimal::parse(trimmed(text));
    return number && *number == *condition.number;
  }
  if (text == condition.constant) return !text.empty();
  if (is_collapsed(text)) return false;
  return present(item) && normalized(item) == condition.constant;
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
    if (present({&document, child, nullptr, {}, step.whitespace, !step.value})) selected.push_back(child);
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
      continue;
    }
    return children(step, *item.document, item.node, [&](Document::Index child) {
      Item next{item.document, child, nullptr, {}, step.whitespace, !step.value};
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
    collect(steps, i + 1, Item{item.document, child, nullptr, {}, step.whitespace, !step.value});
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
    item.structure = expr.type.kind == Kind::structure;
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

// ---- values

Value Evaluator::keep(const Value& value) {
  auto keep_text = [&](std::string_view text) {
    const auto source = document_.source();
    const bool stays = text.data() >= source.data() && text.data() + text.size() <= source.data() + source.size();
    return stays ? text : workspace_.kept.keep(text);
  };
  Value kept = value;
  if (value.kind == Value::Kind::string) {
    kept.text = keep_text(value.text);
  } else if (value.kind == Value::Kind::item) {
    if (!value.item.document) kept.item.text = keep_text(value.item.text);
  } else if (value.kind == Value::Kind::items) {
    auto* copy = reinterpret_cast<Item*>(workspace_.kept.take(value.items.count * sizeof(Item), alignof(Item)));
    std::uninitialized_copy(value.items.first, value.items.first + value.items.count, copy);
    for (std::size_t i = 0; i < value.items.count; ++i) {
      if (!copy[i].document) copy[i].text = keep_text(copy[i].text);
    }
    kept.items.first = copy;
  }
  return kept;
}

Value Evaluator::evaluate(const Expr& expr, const Frame& frame) {
  ++evaluated_;
  switch (expr.op) {
    case Expr::Op::string:
      if (is_temporal(expr.type.kind)) {
        auto moment = parse_moment(expr.text, expr.type.kind);
        return moment ? Value::of(*moment, value_kind(expr.type.kind)) : Value();
      }
      if (expr.type.kind == Kind::boolean) return Value::of(expr.text == "true");
      return Value::of(std::string_view(expr.text));
    case Expr::Op::number: return Value::of(expr.number);
    case Expr::Op::variable: return variable(expr);
    case Expr::Op::path:
      if (expr.path.start == Path::Start::current && expr.path.up == 0 && expr.path.steps.size() == 1 && expr.path.steps[0].self) {
        return present(frame.item) || !expr.type.node ? Value::of(frame.item) : Value();
      }
      return path(expr, frame);
    case Expr::Op::call: return call(expr, frame);
    case Expr::Op::or_: return Value::of(condition(*expr.args[0], frame) || condition(*expr.args[1], frame));
    case Expr::Op::and_: return Value::of(condition(*expr.args[0], frame) && condition(*expr.args[1], frame));
    case Expr::Op::equal:
    case Expr::Op::not_equal:
    case Expr::Op::less:
    case Expr::Op::less_equal:
    case Expr::Op::greater:
    case Expr::Op::greater_equal: return Value::of(comparison(expr, frame));
    default: return arithmetic(expr, frame);
  }
}

Value Evaluator::variable(const Expr& expr) {
  // Variables of the head are computed when they are first asked for, once.
  if (map_ && expr.slot < map_->lets.size()) {
    auto& known = workspace_.cached[workspace_.caches.size() + expr.slot];
    if (!known) {
      known = 1;
      const auto& let = *map_->lets[expr.slot];
      workspace_.variables[expr.slot] = let.value ? keep(evaluate(*let.value, root())) : parameter(let);
    }
  }
  return workspace_.variables[expr.slot];
}

Value Evaluator::parameter(const TemplateNode& node) {
  auto given = context_.parameters.find(node.variable);
  const std::string* text = given != context_.parameters.end() ? &given->second
                            : node.parameter->fallback         ? &*node.parameter->fallback
                                                               : nullptr;
  if (!text) {
    report("R809", Severity::error, fmt::format("the map needs a value for its parameter {}, and was given none", node.variable), root().item, node.span);
    return {};
  }
  if (!reads_as(*text, node.parameter->kind)) {
    report("R809", Severity::error, fmt::format("the map's parameter {} is to be {}", node.variable, words(node.parameter->kind)), root().item, node.span).found =
      first_characters(*text, 200);
    return {};
  }
  switch (node.parameter->kind) {
    case Kind::integer:
    case Kind::decimal: return Value::of(*Decimal::parse(*text));
    case Kind::date:
    case Kind::time:
    case Kind::datetime: return Value::of(*parse_moment(*text, node.parameter->kind), value_kind(node.parameter->kind));
    case Kind::boolean: return Value::of(*text == "true" || *text == "1");
    default: return is_blank(*text) ? Value() : Value::of(std::string_view(*text));
  }
}

std::optional<std::string_view> Evaluator::as_text(const Value& value, const Expr& expr) {
  switch (value.kind) {
    case Value::Kind::absent: return std::nullopt;
    case Value::Kind::boolean: return value.boolean ? "true" : "false";
    case Value::Kind::string: return value.text;
    case Value::Kind::item:
      if (!present(value.item)) return std::nullopt;
      if (value.item.document && !value.item.attribute && value.item.structure) return std::nullopt;
      return normalized(value.item);
    case Value::Kind::items: return value.items.count ? as_text(Value::of(value.items.first[0]), expr) : std::nullopt;
    case Value::Kind::number: {
      std::array<char, number_text_size> buffer;
      return workspace_.scratch.keep(write_number(buffer, value.number));
    }
    default: break;
  }
  workspace_.build.clear();
  if (value.kind == Value::Kind::date) value.moment.append_date(workspace_.build);
  else if (value.kind == Value::Kind::time) value.moment.append_time(workspace_.build);
  else value.moment.append_datetime(workspace_.build);
  return workspace_.scratch.keep(workspace_.build);
}

std::optional<std::string_view> Evaluator::text(const Expr& expr, const Frame& frame) {
  if (expr.op == Expr::Op::path && !expr.type.many) {
    Item found;
    if (expr.path.start == Path::Start::current && expr.path.steps.size() == 1 && expr.path.steps[0].self && expr.path.up == 0) {
      return as_text(Value::of(frame.item), expr);
    }
    if (!locate(expr, frame, found)) return std::nullopt;
    return normalized(found);
  }
  return as_text(evaluate(expr, frame), expr);
}

std::optional<Decimal> Evaluator::as_number(const Value& value, const Expr& expr) {
  if (value.kind == Value::Kind::number) return value.number;
  if (value.kind != Value::Kind::item && value.kind != Value::Kind::string && value.kind != Value::Kind::items) return std::nullopt;
  auto text = as_text(value, expr);
  return text ? Decimal::parse(*text) : std::nullopt;
}

std::optional<Decimal> Evaluator::number(const Expr& expr, const Frame& frame) { return as_number(evaluate(expr, frame), expr); }

std::optional<Moment> Evaluator::as_moment(const Value& value, Kind kind) {
  if (value.kind == Value::Kind::date || value.kind == Value::Kind::time || value.kind == Value::Kind::datetime) return value.moment;
  if (value.kind == Value::Kind::item) return parse_moment(normalized(value.item), kind);
  if (value.kind == Value::Kind::string) return parse_moment(value.text, kind);
  return std::nullopt;
}

std::optional<Moment> Evaluator::moment(const Expr& expr, const Frame& frame, Kind kind) { return as_moment(evaluate(expr, frame), kind); }

bool Evaluator::truth(const Value& value, const Expr& expr) {
  switch (value.kind) {
    case Value::Kind::absent: return false;
    case Value::Kind::boolean: return value.boolean;
    case Value::Kind::string: return !is_blank(value.text);
    case Value::Kind::item:
      if (expr.type.kind != Kind::boolean) return present(value.item);
      return present(value.item) && (normalized(value.item) == "true" || normalized(value.item) == "1");
    default: return true;
  }
}

bool Evaluator::condition(const Expr& expr, const Frame& frame) {
  if (expr.op == Expr::Op::path && expr.type.many) {
    // Whether there is any is known at the first.
    Item start, found;
    if (expr.path.start != Path::Start::variable) {
      return begin(expr, frame, start) && walk(expr.path.steps, expr.path.start == Path::Start::root ? 1 : 0, expr.path.steps.size(), start, found);
    }
  }
  return truth(evaluate(expr, frame), expr);
}

int Evaluator::compare(const Value& a, const Value& b, const Expr& left, const Expr& right) {
  const auto kind = left.type.kind;
  if (is_number(kind) && is_number(right.type.kind)) {
    auto x = as_number(a, left), y = as_number(b, right);
    if (!x || !y) return x ? -1 : y ? 1 : 0;
    return *x < *y ? -1 : *y < *x ? 1 : 0;
  }
  if (is_temporal(kind) && kind == right.type.kind) {
    auto x = as_moment(a, kind), y = as_moment(b, kind);
    if (!x || !y) return x ? -1 : y ? 1 : 0;
    // Dates are days, whatever offset stands beside them; times with an offset are compared as moments.
    auto key = [&](const Moment& m) { return kind == Kind::date ? std::int64_t(m.days) * 86'400 : m.instant(); };
    if (key(*x) != key(*y)) return key(*x) < key(*y) ? -1 : 1;
    return kind == Kind::date ? 0 : x->nanos < y->nanos ? -1 : y->nanos < x->nanos ? 1 : 0;
  }
  if (kind == Kind::boolean) {
    const bool x = truth(a, left), y = truth(b, right);
    return x == y ? 0 : x ? 1 : -1;
  }
  auto x = as_text(a, left);
  auto y = as_text(b, right);
  if (!x || !y) return x ? -1 : y ? 1 : 0;
  return x->compare(*y);
}

bool Evaluator::comparison(const Expr& expr, const Frame& frame) {
  const auto& left = *expr.args[0];
  const auto& right = *expr.args[1];
  auto a = evaluate(left, frame);
  if (a.absent()) return false;
  auto b = evaluate(right, frame);
  if (b.absent()) return false;
  const auto order = compare(a, b, left, right);
  switch (expr.op) {
    case Expr::Op::equal: return order == 0;
    case Expr::Op::not_equal: return order != 0;
    case Expr::Op::less: return order < 0;
    case Expr::Op::less_equal: return order <= 0;
    case Expr::Op::greater: return order > 0;
    default: return order >= 0;
  }
}

Value Evaluator::arithmetic(const Expr& expr, const Frame& frame) {
  auto a = number(*expr.args[0], frame);
  if (!a) return {};
  if (expr.op == Expr::Op::negate) return Value::of(Decimal(-a->mantissa(), a->scale()));
  auto b = number(*expr.args[1], frame);
  if (!b) return {};
  std::optional<Decimal> result;
  switch (expr.op) {
    case Expr::Op::add: result = Decimal::add(*a, *b); break;
    case Expr::Op::subtract: result = Decimal::subtract(*a, *b); break;
    case Expr::Op::multiply: result = Decimal::multiply(*a, *b); break;
    case Expr::Op::modulo:
      if (b->is_zero()) return fail(expr, frame, "R806", "a division by zero has no remainder", "");
      result = Decimal::remainder(*a, *b);
      break;
    default: break;
  }
  if (!result) return fail(expr, frame, "R806", "the result has more digits than a number can have (38)", "");
  return Value::of(*result);
}

// ---- texts with braces

std::optional<std::string_view> Evaluator::text(const TextTemplate& text, const Frame& frame, bool lenient) {
  if (text.parts.size() == 1) {
    const auto& part = text.parts[0];
    if (!part.expression) return std::string_view(part.literal);
    auto value = this->text(*part.expression, frame);
    return value || !lenient ? value : std::string_view();
  }
  // The pieces are gathered first: making one may use the buffer that the whole is built in.
  std::array<std::string_view, 16> few;
  std::vector<std::string_view> many;
  if (text.parts.size() > few.size()) many.resize(text.parts.size());
  auto* pieces = many.empty() ? few.data() : many.data();
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.parts.size(); ++i) {
    const auto& part = text.parts[i];
    if (!part.expression) {
      pieces[i] = part.literal;
    } else if (auto piece = this->text(*part.expression, frame)) {
      pieces[i] = *piece;
    } else if (!lenient) {
      return std::nullopt;
    }
    size += pieces[i].size();
  }
  if (size > budget_.value) {
    exceed(text.span, "bytes of one value");
    return std::nullopt;
  }
  char* whole = workspace_.scratch.take(size);
  char* at = whole;
  for (std::size_t i = 0; i < text.parts.size(); ++i) at = std::copy(pieces[i].begin(), pieces[i].end(), at);
  return std::string_view(whole, size);
}

Value Evaluator::built(const Expr& expr) {
  if (workspace_.build.size() > budget_.value) {
    exceed(expr.span, "bytes of one value");
    return {};
  }
  return Value::of(workspace_.scratch.keep(workspace_.build));
}

}  // namespace wayleave::mapping
