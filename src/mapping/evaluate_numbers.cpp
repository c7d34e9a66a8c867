#include <fmt/format.h>

#include <algorithm>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"
#include "mapping/measures.hpp"
#include "mapping/numbers.hpp"
#include "mapping/zones.hpp"

/// Functions of numbers and dates.
namespace wayleave::mapping {
namespace {

constexpr std::int64_t workday_limit = 100'000;
constexpr std::int32_t day_limit = 300'000'000;

}  // namespace

Value Evaluator::number_function(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  switch (expr.function) {
    case Function::number: {
      auto subject = text(*args[0], frame);
      if (!subject) return {};
      auto number = parse_by_number_pattern(*subject, args.size() > 1 ? std::string_view(args[1]->text) : std::string_view());
      if (!number) return fail(expr, frame, "R803", "this is no number", *subject);
      return Value::of(*number);
    }
    case Function::round: return round(expr, frame);
    case Function::abs: {
      auto value = number(*args[0], frame);
      if (!value) return {};
      return Value::of(value->negative() ? Decimal(-value->mantissa(), value->scale()) : *value);
    }
    case Function::format: {
      auto value = number(*args[0], frame);
      if (!value) return {};
      workspace_.build.clear();
      append_formatted(workspace_.build, *value, args[1]->text);
      return built(expr);
    }
    default: {
      auto value = number(*args[0], frame);
      auto from = value ? text(*args[1], frame) : std::nullopt;
      auto to = from ? text(*args[2], frame) : std::nullopt;
      if (!to) return {};
      const auto* a = find_measure(*from);
      const auto* b = find_measure(*to);
      if (!a || !b) return fail(expr, frame, "R807", fmt::format("'{}' is no unit that is known here", first_characters(a ? *to : *from, 20)), a ? *to : *from);
      auto converted = convert(*value, *a, *b);
      if (!converted) return fail(expr, frame, "R807", fmt::format("{} cannot be converted to {}", *from, *to), *from);
      return Value::of(*converted);
    }
  }
}

Value Evaluator::round(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  const auto scale = length_of(expr, 1);
  const auto mode = args.size() > 2 ? *find_rounding(args[2]->text) : Decimal::Rounding::half_up;
  std::optional<Decimal> rounded;
  if (args[0]->op == Expr::Op::divide) {
    auto a = number(*args[0]->args[0], frame);
    auto b = a ? number(*args[0]->args[1], frame) : std::nullopt;
    if (!b) return {};
    if (b->is_zero()) return fail(expr, frame, "R806", "this would be a division by zero", "");
    rounded = divide_rounded(*a, *b, scale, mode);
  } else {
    auto value = number(*args[0], frame);
    if (!value) return {};
    rounded = value->round(scale, mode);
  }
  if (!rounded) return fail(expr, frame, "R806", "the result has more digits than a number can have (38)", "");
  return Value::of(*rounded);
}

Value Evaluator::aggregate(const Expr& expr, const Frame& frame) {
  const auto& arg = *expr.args[0];
  const auto base = workspace_.items.size();
  items(arg, frame);
  Decimal sum;
  std::optional<Decimal> best;
  std::optional<Value> best_date;
  bool overflow = false;
  for (auto i = base; i < workspace_.items.size(); ++i) {
    const auto item = Value::of(workspace_.items[i]);
    if (is_temporal(arg.type.kind)) {
      auto moment = as_moment(item, arg.type.kind);
      if (!moment) continue;
      auto value = Value::of(*moment, arg.type.kind == Kind::date ? Value::Kind::date : arg.type.kind == Kind::time ? Value::Kind::time : Value::Kind::datetime);
      if (!best_date) best_date = value;
      else if (const auto order = compare(value, *best_date, arg, arg); expr.function == Function::min ? order < 0 : order > 0) best_date = value;
      continue;
    }
    auto value = as_number(item, arg);
    if (!value) continue;
    auto next = Decimal::add(sum, *value);
    if (next) sum = *next;
    else overflow = true;
    if (!best || (expr.function == Function::min ? *value < *best : *value > *best)) best = *value;
  }
  workspace_.items.resize(base);
  if (expr.function == Function::sum) {
    if (overflow) return fail(expr, frame, "R806", "the sum has more digits than a number can have (38)", "");
    return Value::of(sum);
  }
  if (best_date) return *best_date;
  return best ? Value::of(*best) : Value();
}

// ---- dates

Value Evaluator::workdays(const Expr& expr, const Moment& moment, std::int64_t days) {
  const auto* holidays = expr.args.size() > 2 ? expr.codes.get() : nullptr;
  Moment result = moment;
  std::string day;
  for (auto left = days < 0 ? -days : days; left > 0;) {
    result.days += days < 0 ? -1 : 1;
    if (weekday(result.days) >= 5) continue;
    if (holidays) {
      Moment plain = result;
      plain.has_offset = false;
      day.clear();
      plain.append_date(day);
      if (holidays->find(day, today_)) continue;
    }
    --left;
  }
  return Value::of(result, Value::Kind::date);
}

Value Evaluator::date_function(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  if (expr.function == Function::now) return Value::of(Moment::from(context_.now), Value::Kind::datetime);
  if (expr.function == Function::parse_date) {
    auto subject = text(*args[0], frame);
    if (!subject) return {};
    auto read = parse_by_pattern(trimmed(*subject), args[1]->text);
    if (!read) return fail(expr, frame, "R803", fmt::format("this is no date of the form {}", args[1]->text), *subject);
    return Value::of(*read, expr.type.kind == Kind::datetime ? Value::Kind::datetime : Value::Kind::date);
  }
  auto first = moment(*args[0], frame, args[0]->type.kind);
  if (!first) return {};
  auto zone = [&](std::size_t i) -> std::shared_ptr<const Zone> {
    auto name = text(*args[i], frame);
    if (!name) return nullptr;
    auto found = Zone::find(*name);
    if (!found) fail(expr, frame, "R803", "this is no time zone that is known here", *name);
    return found;
  };
  switch (expr.function) {
    case Function::date:
    case Function::time:
      first->has_offset = false;
      return Value::of(*first, expr.function == Function::date ? Value::Kind::date : Value::Kind::time);
    case Function::datetime: {
      auto clock = moment(*args[1], frame, Kind::time);
      if (!clock) return {};
      Moment both = *clock;
      both.days = first->days;
      if (args.size() > 2) {
        auto place = zone(2);
        if (!place) return {};
        both.has_offset = true;
        both.offset = static_cast<std::int16_t>(place->offset_of_local(std::int64_t(both.days) * 86'400 + both.seconds));
      } else if (!both.has_offset) {
        both.has_offset = first->has_offset;
        both.offset = first->offset;
      }
      return Value::of(both, Value::Kind::datetime);
    }
    case Function::format_date:
      workspace_.build.clear();
      format_by_pattern(workspace_.build, *first, args[1]->text);
      return built(expr);
    case Function::add_days:
    case Function::add_workdays: {
      auto number_of_days = number(*args[1], frame);
      auto days = number_of_days ? whole(*number_of_days) : std::nullopt;
      if (!number_of_days) return {};
      const bool workday = expr.function == Function::add_workdays;
      const auto limit = workday ? workday_limit : std::int64_t(day_limit);
      if (!days || *days > limit || *days < -limit) return fail(expr, frame, "R806", "this is more days than the calendar has", "");
      if (workday) return workdays(expr, *first, *days);
      first->days += static_cast<std::int32_t>(*days);
      return Value::of(*first, args[0]->type.kind == Kind::datetime ? Value::Kind::datetime : Value::Kind::date);
    }
    case Function::days_between: {
      auto second = moment(*args[1], frame, args[1]->type.kind);
      if (!second) return {};
      return Value::of(Decimal(std::int64_t(second->days) - first->days));
    }
    default: {  // to_zone
      auto place = zone(1);
      if (!place) return {};
      const auto offset = place->offset_at(first->instant());
      auto local = first->instant() + std::int64_t(offset) * 60;
      Moment moved = *first;
      moved.has_offset = true;
      moved.offset = static_cast<std::int16_t>(offset);
      moved.days = static_cast<std::int32_t>(local >= 0 ? local / 86'400 : -((-local + 86'399) / 86'400));
      moved.seconds = static_cast<std::int32_t>(local - std::int64_t(moved.days) * 86'400);
      return Value::of(moved, Value::Kind::datetime);
    }
  }
}

}  // namespace wayleave::mapping
