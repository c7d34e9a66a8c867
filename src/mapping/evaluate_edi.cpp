#include <fmt/format.h>

#include <algorithm>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"

/// Values of EDI messages: reading what the wire said, writing what it is to say.
namespace wayleave::mapping {
namespace {

std::string no_value(Wire wire) {
  return wire == Wire::date ? "this is no date" : wire == Wire::time ? "this is no time of day" : "this is no number";
}

std::string no_date(const EdifactDate& date) {
  if (date.format.empty()) return "this date does not say its format (2379)";
  return fmt::format("this is no date of the format {} (2379), or that format is not read here", date.format);
}

}  // namespace

// The value of a data element as XML Schema writes it.
std::string_view Evaluator::of_wire(const Item& item, std::string_view text) {
  std::string value;
  bool readable = true;
  if (item.wire == Wire::edifact_date) {
    const auto moment = moment_in(item, Kind::date);
    if (moment) moment->append_date(value);
  } else if (is_blank(text)) {
    return {};
  } else {
    readable = append_value(value, item.wire, text);
  }
  if (!readable) unreadable(item, text, no_value(item.wire));
  return value == text ? text : workspace_.scratch.keep(value);
}

// Told once a place, however often the map asks for it.
void Evaluator::unreadable(const Item& item, std::string_view text, std::string message) {
  const auto before = findings.size();
  report("R803", Severity::error, std::move(message), item, asked_).found = first_characters(text, 200);
  if (findings.size() == before) return;
  const auto& made = findings.back();
  const auto same = [&](const Finding& other) {
    return other.code == made.code && other.path == made.path && other.line == made.line && other.column == made.column;
  };
  if (std::any_of(findings.begin(), findings.begin() + static_cast<std::ptrdiff_t>(before), same)) take_back(before, 1);
}

std::optional<Decimal> Evaluator::number_in(const Item& item) {
  auto text = raw(item);
  if (item.wire == Wire::none) return Decimal::parse(trimmed(text));
  if (is_blank(text)) return std::nullopt;
  auto number = read_wire_number(item.wire, text);
  if (!number) unreadable(item, text, no_value(item.wire));
  return number;
}

std::optional<Moment> Evaluator::moment_in(const Item& item, Kind kind) {
  if (item.wire == Wire::edifact_date) {
    const auto date = edifact_date(*item.document, item.node);
    if (!date.present()) return std::nullopt;
    auto moment = read_edifact_date(date);
    if (!moment) unreadable(item, date.text, no_date(date));
    else if (kind == Kind::date) moment->has_offset = false;
    return moment;
  }
  auto text = raw(item);
  if (item.wire == Wire::none) return parse_moment(trimmed(text), kind);
  if (is_blank(text)) return std::nullopt;
  auto moment = read_wire_moment(item.wire, text);
  if (!moment) unreadable(item, text, no_value(item.wire));
  return moment;
}

std::optional<std::string_view> Evaluator::date_text(const Item& item) {
  const auto text = normalized(item);
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string_view> Evaluator::wire_text(const Expr& expr, const WireForm& form, const Frame& frame) {
  const auto value = evaluate(expr, frame);
  if (value.absent()) return std::nullopt;
  std::string text;
  bool written = false;
  if (is_temporal(expr.type.kind)) {
    const auto moment = as_moment(value, expr.type.kind);
    if (!moment) return std::nullopt;
    written = append_wire(text, form, *moment);
    if (!written) moment->append_date(text);
  } else {
    const auto number = as_number(value, expr);
    if (!number) return std::nullopt;
    written = append_wire(text, form, *number);
    if (!written) text = number->to_string();
  }
  if (written) return workspace_.scratch.keep(text);
  const auto place = place_of(expr, frame);
  refuse("R811", "the receiver's data element has no way to write this", place.item, expr).found = text;
  return std::nullopt;
}

// The value behind the qualifier: the first pair that has it.
Value Evaluator::paired(const Expr& expr, const Frame& frame) {
  const auto wanted = text(*expr.args[0], frame);
  const auto& item = frame.item;
  if (!wanted || !item.document || item.node == Document::none) return {};
  // Elements stand in the order of the guide, and so do the pairs: each is looked for behind the one found before.
  const auto& document = *item.document;
  const auto from = [&](Document::Index child, NameId name) {
    while (child != Document::none && document.node(child).name != name) child = document.next(child);
    return child;
  };
  auto at = document.first_child(item.node);
  for (const auto& pair : expr.pairs) {
    const auto qualifier = from(at, pair.qualifier);
    if (qualifier == Document::none) continue;
    at = qualifier;
    if (trimmed(document.text(qualifier)) != *wanted) continue;
    const auto value = from(qualifier, pair.value);
    if (value == Document::none) continue;
    const Item found{item.document, value, nullptr, {}, pair.whitespace, false, Wire::none};
    if (present(found)) return Value::of(found);
  }
  return {};
}

Value Evaluator::date_of_edifact(const Expr& expr, const Frame& frame) {
  const auto value = evaluate(*expr.args[0], frame);
  if (value.kind != Value::Kind::item) return {};
  const auto date = edifact_date(*value.item.document, value.item.node);
  if (!date.present()) return {};
  const auto moment = read_edifact_date(date);
  if (moment) return Value::of(*moment, Value::Kind::datetime);
  return fail(expr, frame, "R803", no_date(date), date.text);
}

}  // namespace wayleave::mapping
