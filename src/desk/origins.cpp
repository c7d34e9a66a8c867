#include "desk/origins.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "desk/phrase.hpp"
#include "mapping/compiled.hpp"

namespace wayleave::desk {

using mapping::Expr;
using mapping::Function;
using mapping::Item;
using mapping::Step;
using mapping::Value;
using mapping::Watched;

namespace {

constexpr std::size_t most_origins = 4;
constexpr std::size_t shown_value = 60;

std::string quoted(std::string text) {
  if (text.size() > shown_value) text = std::string(utf8_head(text, shown_value)) + "…";
  return "'" + text + "'";
}

std::optional<std::string> text_of(const Expr& expr, const Watched& at) {
  return at.evaluator.aside([&]() -> std::optional<std::string> {
    auto text = at.evaluator.text(expr, at.frame);
    return text ? std::optional(std::string(*text)) : std::nullopt;
  });
}

bool has_value(const Expr& expr, const Watched& at) {
  return at.evaluator.aside([&] { return !at.evaluator.evaluate(expr, at.frame).absent(); });
}

bool holds(const Expr& expr, const Watched& at) {
  return at.evaluator.aside([&] { return at.evaluator.condition(expr, at.frame); });
}

bool is_literal(const Expr& expr) { return expr.op == Expr::Op::string || expr.op == Expr::Op::number; }

bool is_context(Function function) {
  return function == Function::now || function == Function::partner || function == Function::message || function == Function::seq ||
         function == Function::position || function == Function::last;
}

void add(std::vector<Origin>& into, Origin origin) {
  if (std::find(into.begin(), into.end(), origin) == into.end()) into.push_back(std::move(origin));
}

// Its name and predicates without the path before it.
std::string local_of(const Step& step) { return (step.attribute ? "@" : "") + step.name; }

}  // namespace

Origins::Origins(const mapping::Map& map, const Document& document) : map_(map), document_(document), lines_(document.source()) {}

std::string Origins::place(mapping::Span span) const {
  const auto& files = map_.impl().compilation->files;
  if (span.file >= files.size()) return {};
  const auto& name = files[span.file].name();
  return fmt::format("{}:{}", name.substr(name.find_last_of('/') + 1), files[span.file].at(span.begin).line);
}

Origin Origins::of(const Item& item) const {
  Origin origin;
  if (!item.document) {
    origin.what = "a piece of text";
    origin.value = std::string(item.text);
    return origin;
  }
  if (item.node == Document::none || item.node >= item.document->size()) return origin;
  const auto& node = item.document->node(item.node);
  origin.what = item.document->path(item.node);
  if (item.attribute) {
    origin.what += "/@" + std::string(item.document->local_name(item.attribute->name));
    origin.value = std::string(item.document->text(*item.attribute));
  } else if (!(node.flags & Document::has_children)) {
    origin.value = std::string(item.document->text(item.node));
  }
  if (item.document == &document_) origin.line = lines_.at(item.attribute && item.attribute->source ? item.attribute->source : node.source).line + document_.begin().line - 1;
  else origin.what += " of another document";
  return origin;
}

// ---- what a value was made of

std::vector<Origin> Origins::of(const Expr& expr, const Watched& at) {
  std::vector<Origin> all;
  collect(expr, at, all);
  return all;
}

std::vector<Origin> Origins::of(const mapping::TextTemplate& text, const Watched& at) {
  std::vector<Origin> all;
  for (const auto& part : text.parts) {
    if (part.expression) collect(*part.expression, at, all);
  }
  return all;
}

const mapping::TemplateNode* Origins::head_let(std::uint32_t slot) const {
  const auto& lets = map_.impl().tree->lets;
  return slot < lets.size() ? lets[slot].get() : nullptr;
}

void Origins::remember(const Watched& let) {
  if (!let.node.value) return;
  lets_[let.node.slot] = {of(*let.node.value, let), why_absent(*let.node.value, let), place(let.node.span)};
}

void Origins::collect(const Expr& expr, const Watched& at, std::vector<Origin>& into) {
  if (into.size() >= most_origins || is_literal(expr)) return;
  if (expr.op == Expr::Op::path) return collect_path(expr, at, into);
  if (expr.op == Expr::Op::call) return collect_call(expr, at, into);
  if (expr.op != Expr::Op::variable) {
    for (const auto& arg : expr.args) collect(*arg, at, into);
    return;
  }
  if (const auto* let = head_let(expr.slot)) {
    const auto root = at.evaluator.root();
    if (let->value) collect(*let->value, {*let, root, at.evaluator}, into);
    else add(into, {0, "the parameter " + let->variable, {}});
    return;
  }
  if (auto known = lets_.find(expr.slot); known != lets_.end()) {
    for (const auto& origin : known->second.origins) add(into, origin);
    return;
  }
  collect_path(expr, at, into);   // a name that a loop gives its items
}

void Origins::collect_path(const Expr& expr, const Watched& at, std::vector<Origin>& into) {
  auto found = at.evaluator.aside([&] {
    std::vector<Item> items;
    const auto value = at.evaluator.evaluate(expr, at.frame);
    if (value.kind == Value::Kind::item) items.push_back(value.item);
    if (value.kind == Value::Kind::items) items.assign(value.items.first, value.items.first + value.items.count);
    for (auto& item : items) {
      if (!item.document) item.text = {};
    }
    return items;
  });
  const bool many = found.size() > 2;
  if (many) found.resize(1);
  for (const auto& item : found) {
    auto origin = of(item);
    if (many) origin.what += " and more of them";
    add(into, std::move(origin));
  }
}

void Origins::collect_call(const Expr& expr, const Watched& at, std::vector<Origin>& into) {
  if (is_context(expr.function)) return add(into, {0, written(expr), {}});
  if (expr.function == Function::choose) {
    collect(*expr.args[0], at, into);
    return collect(*expr.args[holds(*expr.args[0], at) ? 1 : 2], at, into);
  }
  for (const auto& arg : expr.args) {
    if (expr.function == Function::default_ && !has_value(*arg, at)) continue;
    collect(*arg, at, into);
    if (expr.function == Function::default_) return;
  }
}

// ---- why there is none

std::vector<std::string> Origins::why_absent(const Expr& expr, const Watched& at) {
  std::vector<std::string> all;
  absent(expr, at, all);
  return all;
}

std::vector<std::string> Origins::why_absent(const mapping::TextTemplate& text, const Watched& at) {
  std::vector<std::string> all;
  for (const auto& part : text.parts) {
    if (part.expression) absent(*part.expression, at, all);
  }
  return all;
}

void Origins::absent(const Expr& expr, const Watched& at, std::vector<std::string>& into) {
  if (is_literal(expr) || text_of(expr, at)) return;
  if (expr.op == Expr::Op::path) {
    into.push_back(absent_path(expr, at));
  } else if (expr.op == Expr::Op::call) {
    absent_call(expr, at, into);
  } else if (expr.op == Expr::Op::variable) {
    const auto* let = head_let(expr.slot);
    const auto before = into.size();
    std::string where;
    if (let) {
      const auto root = at.evaluator.root();
      if (let->value) absent(*let->value, {*let, root, at.evaluator}, into);
      where = place(let->span);
    } else if (auto known = lets_.find(expr.slot); known != lets_.end()) {
      into.insert(into.end(), known->second.absent.begin(), known->second.absent.end());
      where = known->second.place;
    }
    if (into.size() == before) into.push_back(written(expr) + " has no value");
    else into[before] = fmt::format("{} ({}) has no value: {}", written(expr), where, into[before]);
  } else {
    for (const auto& arg : expr.args) absent(*arg, at, into);
  }
}

void Origins::absent_call(const Expr& expr, const Watched& at, std::vector<std::string>& into) {
  const auto before = into.size();
  if (expr.function == Function::choose) {
    const bool first = holds(*expr.args[0], at);
    into.push_back(fmt::format("{} is {}", written(*expr.args[0]), first));
    return absent(*expr.args[first ? 1 : 2], at, into);
  }
  for (const auto& arg : expr.args) absent(*arg, at, into);
  if (into.size() > before) return;
  if (expr.codes && !expr.args.empty()) {
    into.push_back(fmt::format("the code list {} has nothing for {}", expr.codes->name, quoted(text_of(*expr.args[0], at).value_or(""))));
    return;
  }
  auto sentence = written(expr) + " gives nothing";
  std::vector<std::string> values;
  for (const auto& arg : expr.args) operands(*arg, at, values);
  for (std::size_t i = 0; i < values.size(); ++i) sentence += (i ? ", " : ": ") + values[i];
  into.push_back(std::move(sentence));
}

// How far a path gets: what is there, and the first name that is not.
std::string Origins::absent_path(const Expr& expr, const Watched& at) {
  const auto place = at.evaluator.aside([&] { return at.evaluator.place_of(expr, at.frame); });
  const auto& steps = expr.path.steps;
  const auto missing = static_cast<std::size_t>(std::count(place.missing.begin(), place.missing.end(), '/'));
  const auto there = of(place.item);
  if (missing == 0 || missing > steps.size() || !place.item.document || place.item.attribute) return written(expr) + " is not there";
  const auto& step = steps[steps.size() - missing];
  const auto name = local_of(step);
  const auto below = fmt::format("{} is there (line {})", there.what, there.line);
  if (step.attribute) {
    return fmt::format("{}, {} {}", below, name, place.item.document->attribute(place.item.node, step.id) ? "is empty" : "is not");
  }
  std::size_t same = 0;
  Document::Index first = Document::none;
  const auto& document = *place.item.document;
  for (auto child = document.first_child(place.item.node); child != Document::none; child = document.next(child)) {
    if (document.node(child).name != step.id) continue;
    if (same++ == 0) first = child;
  }
  if (same == 0) return fmt::format("{}, {} is not", below, name);
  Item item;
  item.document = &document;
  item.node = first;
  const auto found = of(item);
  if (step.predicates.empty()) return fmt::format("{} is there but empty (line {})", found.what, found.line);
  return fmt::format("{}, with {} {}, none of which is a {} with a value", below, same, name, written(step));
}

// ---- what a condition saw

std::vector<std::string> Origins::seen(const Expr& condition, const Watched& at) {
  std::vector<std::string> all;
  operands(condition, at, all);
  std::vector<std::string> once;
  for (auto& each : all) {
    if (std::find(once.begin(), once.end(), each) == once.end()) once.push_back(std::move(each));
  }
  return once;
}

void Origins::operands(const Expr& expr, const Watched& at, std::vector<std::string>& into) {
  if (is_literal(expr)) return;
  const bool value = expr.op == Expr::Op::path || expr.op == Expr::Op::variable ||
                     (expr.op == Expr::Op::call && expr.function != Function::exists && expr.type.kind != mapping::Kind::boolean);
  if (!value) {
    for (const auto& arg : expr.args) operands(*arg, at, into);
    return;
  }
  const auto text = text_of(expr, at);
  const auto origins = of(expr, at);
  const auto where = origins.empty() || !origins[0].line ? std::string() : fmt::format(" (line {})", origins[0].line);
  if (text) {
    into.push_back(fmt::format("{} is {}{}", written(expr), quoted(*text), where));
  } else if (has_value(expr, at)) {
    into.push_back(fmt::format("{} is there{}", written(expr), where));
  } else {
    for (auto& reason : why_absent(expr, at)) into.push_back(std::move(reason));
  }
}

}  // namespace wayleave::desk
