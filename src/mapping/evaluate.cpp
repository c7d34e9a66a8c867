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

Value::Kind value_kind(Kind kind) {
  return kind == Kind::date ? Value::Kind::date : kind == Kind::time ? Value::Kind::time : Value::Kind::datetime;
}

// A finding points at the value of an attribute, its node at the name.
std::uint32_t value_offset(const Document& document, const Document::Attribute& attribute) {
  const auto quote = document.source().find_first_of("\"'", attribute.source);
  return quote == std::string_view::npos ? attribute.source : static_cast<std::uint32_t>(quote + 1);
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

void Evaluator::take_back(std::size_t from, std::size_t count) {
  if (count == 0 || stopped_ || from + count > findings.size()) return;
  findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(from), findings.begin() + static_cast<std::ptrdiff_t>(from + count));
  origins.erase(origins.begin() + static_cast<std::ptrdiff_t>(from), origins.begin() + static_cast<std::ptrdiff_t>(from + count));
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
  if (expr.op == Expr::Op::call && expr.function == Function::paired) {
    const auto value = paired(expr, frame);
    return {value.kind == Value::Kind::item ? value.item : frame.item, {}};
  }
  for (const auto& arg : expr.args) {
    if (arg->op == Expr::Op::path || arg->op == Expr::Op::call || !arg->args.empty()) return place_of(*arg, frame);
  }
  return {frame.item, {}};
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

// Whether all arguments are there; each is asked, for one of them may refuse the document.
bool Evaluator::all_there(const Expr& expr, const Frame& frame) {
  const auto before = findings.size();
  bool there = true;
  for (const auto& arg : expr.args) there = !evaluate(*arg, frame).absent() && there;
  return there && findings.size() == before;
}

Value Evaluator::evaluate(const Expr& expr, const Frame& frame) {
  ++evaluated_;
  if (expr.eager && !all_there(expr, frame)) return expr.type.kind == Kind::boolean && expr.op != Expr::Op::call ? Value::of(false) : Value();
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

std::string_view Evaluator::collapsed(std::string_view text) {
  if (is_collapsed(text)) return text;
  workspace_.build.clear();
  append_collapsed(workspace_.build, text);
  return workspace_.scratch.keep(workspace_.build);
}

std::optional<std::string_view> Evaluator::as_text(const Value& value, const Expr& expr) {
  switch (value.kind) {
    case Value::Kind::absent: return std::nullopt;
    case Value::Kind::boolean: return value.boolean ? "true" : "false";
    case Value::Kind::string: return value.text;
    case Value::Kind::item:
      if (!present(value.item)) return std::nullopt;
      if (value.item.wire == Wire::edifact_date) return date_text(value.item);
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
    asked_ = expr.span;
    return found.wire == Wire::edifact_date ? date_text(found) : normalized(found);
  }
  return as_text(evaluate(expr, frame), expr);
}

std::optional<Decimal> Evaluator::as_number(const Value& value, const Expr& expr) {
  if (value.kind == Value::Kind::number) return value.number;
  if (value.kind != Value::Kind::item && value.kind != Value::Kind::string && value.kind != Value::Kind::items) return std::nullopt;
  if (value.kind == Value::Kind::item && value.item.wire != Wire::none) {
    asked_ = expr.span;
    return number_in(value.item);
  }
  auto text = as_text(value, expr);
  return text ? Decimal::parse(*text) : std::nullopt;
}

std::optional<Decimal> Evaluator::number(const Expr& expr, const Frame& frame) { return as_number(evaluate(expr, frame), expr); }

std::optional<Moment> Evaluator::as_moment(const Value& value, Kind kind) {
  if (value.kind == Value::Kind::date || value.kind == Value::Kind::time || value.kind == Value::Kind::datetime) return value.moment;
  if (value.kind == Value::Kind::item && value.item.wire != Wire::none) return moment_in(value.item, kind);
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
    if (!expr.path.head || !expr.path.head->type.many) {
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
    return compare_moments(*x, *y, kind);
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
  bool absent = false;
  for (std::size_t i = 0; i < text.parts.size(); ++i) {
    const auto& part = text.parts[i];
    if (absent && (!part.expression || !part.expression->refuses)) continue;
    if (!part.expression) {
      pieces[i] = part.literal;
    } else if (auto piece = this->text(*part.expression, frame)) {
      pieces[i] = *piece;
    } else if (!lenient) {
      absent = true;
    }
    size += pieces[i].size();
  }
  if (absent) return std::nullopt;
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
