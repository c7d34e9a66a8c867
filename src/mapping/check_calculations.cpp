#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/check_expression.hpp"
#include "mapping/characters.hpp"
#include "mapping/dates.hpp"
#include "mapping/measures.hpp"
#include "mapping/zones.hpp"

namespace wayleave::mapping {
namespace {

constexpr std::uint32_t length_limit = 1u << 20;

}  // namespace

// ---- numbers

void ExpressionChecker::check_number_function(Expr& expr, const Scope& scope) {
  auto& args = expr.args;
  auto& type = expr.type;
  type = simple(Kind::decimal);
  switch (expr.function) {
    case Function::number: {
      const Type source = text_argument(expr, 0, scope);
      if (is_number(source.kind)) {
        reporter_.warning("M702", expr.name_span, "this is a number already").fix = "leave number() out";
      }
      if (args.size() > 1) {
        const auto* pattern = literal_argument(expr, 1, scope, "the pattern of the number");
        if (pattern && pattern->find_first_not_of("0#,. '") != std::string::npos) {
          reporter_.error("M004", args[1]->span, "a pattern of numbers shows the signs between digits").expected = "as 0,00 or 0.000,00";
        }
      }
      may_fail(expr, "not every text is a number");
      return;
    }
    case Function::round: {
      auto scale = length_argument(expr, 1, scope);
      if (scale && *scale > 30) reporter_.error("M004", args[1]->span, "a number has at most 30 decimals here").expected = "0 to 30";
      if (args.size() > 2) {
        static const std::vector<std::string> modes{"half-up", "half-even", "down", "up", "floor", "ceiling"};
        const auto* mode = literal_argument(expr, 2, scope, "the kind of rounding");
        if (mode && std::find(modes.begin(), modes.end(), *mode) == modes.end()) {
          auto& finding = reporter_.error("M004", args[2]->span, fmt::format("there is no rounding '{}'", *mode));
          finding.expected = list_of(modes);
          if (auto near = nearest(*mode, modes); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
        }
      }
      if (args[0]->op == Expr::Op::divide) {
        // The quotient is rounded as it is made; its operands are checked like those of any other calculation.
        args[0]->op = Expr::Op::multiply;
        check(*args[0], scope);
        args[0]->op = Expr::Op::divide;
        type.optional = args[0]->type.optional;
        if (args[0]->args[1]->op == Expr::Op::number && args[0]->args[1]->number.is_zero()) {
          reporter_.error("M301", args[0]->args[1]->span, "nothing can be divided by zero");
        } else if (args[0]->args[1]->op != Expr::Op::number && expr.quiet) {
          type.optional = true;
        }
      } else {
        const auto& source = number_argument(expr, 0, scope);
        if (source.kind == Kind::integer) type.kind = Kind::integer;
        if (source.scale < scale.value_or(0)) scale = source.scale;
      }
      if (scale) type.scale = *scale;
      if (scale == 0u) type.kind = Kind::integer;
      return;
    }
    case Function::abs: {
      const Type source = number_argument(expr, 0, scope);
      type.kind = source.kind == Kind::integer ? Kind::integer : Kind::decimal;
      type.scale = source.scale;
      return;
    }
    case Function::sum:
    case Function::min:
    case Function::max: {
      const Type items = sequence(*args[0], scope, expr);
      type = items;
      type.many = type.literal = type.fallible = type.maybe_empty = false;
      type.node = nullptr;
      type.attribute = nullptr;
      if (expr.function == Function::sum) type.optional = false;
      const bool date = is_temporal(items.kind) && expr.function != Function::sum;
      if (items.kind != Kind::unknown && !is_number(items.kind) && !date) {
        reporter_.error("M301", args[0]->span, fmt::format("{}() adds up or compares numbers, these are {}", signature(expr.function).name,
                                                            words(items.kind)));
        type = {};
      }
      return;
    }
    case Function::format: {
      number_argument(expr, 0, scope);
      const auto* pattern = literal_argument(expr, 1, scope, "the pattern of the number");
      if (pattern) {
        if (auto problem = number_pattern_problem(*pattern); !problem.empty()) {
          reporter_.error("M004", args[1]->span, problem).expected = "as 0, 000000, 0.00, #,##0.00";
        }
      }
      const bool optional = type.optional;
      type = simple(Kind::string);
      type.optional = optional;
      type.shaped = true;
      type.min_length = 1;
      return;
    }
    default: {  // unit
      number_argument(expr, 0, scope);
      text_argument(expr, 1, scope);
      text_argument(expr, 2, scope);
      type.kind = Kind::decimal;
      const auto* from = args[1]->op == Expr::Op::string ? &args[1]->text : nullptr;
      const auto* to = args[2]->op == Expr::Op::string ? &args[2]->text : nullptr;
      for (const auto* side : {from, to}) {
        if (!side || find_measure(*side)) continue;
        auto& finding = reporter_.error("M401", args[side == from ? 1 : 2]->span, fmt::format("there is no known unit '{}'", *side));
        finding.expected = list_of(measure_names(), 40);
        if (auto near = nearest(*side, measure_names()); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
        return;
      }
      if (from && to && find_measure(*from) && find_measure(*to)) {
        if (find_measure(*from)->dimension != find_measure(*to)->dimension) {
          reporter_.error("M401", expr.span, fmt::format("{} and {} do not measure the same thing", *from, *to));
        }
        return;
      }
      may_fail(expr, "the unit may be unknown or measure something else");
      return;
    }
  }
}

// ---- dates

void ExpressionChecker::check_date_function(Expr& expr, const Scope& scope) {
  auto& args = expr.args;
  auto& type = expr.type;
  auto zone = [&](std::size_t i) {
    text_argument(expr, i, scope);
    if (args[i]->op != Expr::Op::string) {
      may_fail(expr, "the name of the time zone may be unknown");
    } else if (!Zone::find(args[i]->text)) {
      reporter_.error("M004", args[i]->span, fmt::format("there is no time zone '{}'", args[i]->text)).expected =
        "a name as America/Chicago, UTC, or an offset as +01:00";
    }
  };
  switch (expr.function) {
    case Function::date:
      type = simple(Kind::date);
      date_argument(expr, 0, scope, true);
      return;
    case Function::time:
      type = simple(Kind::time);
      date_argument(expr, 0, scope, true);
      return;
    case Function::datetime: {
      type = simple(Kind::datetime);
      date_argument(expr, 0, scope, false);
      value(*args[1], scope);
      read_literal_as(*args[1], Kind::time);
      type.optional = type.optional || args[1]->type.optional;
      if (args[1]->type.kind != Kind::unknown && args[1]->type.kind != Kind::time) {
        reporter_.error("M301", args[1]->span, fmt::format("datetime() takes a time of day here, this is {}", words(args[1]->type.kind)));
      }
      if (args.size() > 2) zone(2);
      return;
    }
    case Function::parse_date: {
      text_argument(expr, 0, scope);
      const bool optional = type.optional;
      const auto* pattern = literal_argument(expr, 1, scope, "the pattern of the date");
      type = simple(pattern && pattern_has_time(*pattern) ? Kind::datetime : Kind::date);
      type.optional = optional;
      if (pattern) {
        if (auto problem = pattern_problem(*pattern, true); !problem.empty()) {
          reporter_.error("M004", args[1]->span, "this is no pattern of a date: " + problem).expected = "as CCYYMMDD, DD.MM.CCYY, CCYYMMDDhhmm";
        }
      }
      may_fail(expr, "not every text is a date of that form");
      return;
    }
    case Function::format_date: {
      type = simple(Kind::string);
      type.shaped = true;
      value(*args[0], scope);
      const Type source = args[0]->type;
      type.optional = source.optional;
      if (source.kind != Kind::unknown && !is_temporal(source.kind)) {
        reporter_.error("M301", args[0]->span, fmt::format("format-date() takes a date here, this is {}", words(source.kind)));
      }
      const auto* pattern = literal_argument(expr, 1, scope, "the pattern of the date");
      if (pattern) {
        if (auto problem = pattern_problem(*pattern, false); !problem.empty()) {
          reporter_.error("M004", args[1]->span, "this is no pattern of a date: " + problem).expected = "as CCYYMMDD, DD.MM.CCYY, hh:mm";
        } else if (source.kind == Kind::date && pattern_has_time(*pattern)) {
          reporter_.error("M301", args[1]->span, "a date has no time of day to write");
        }
        type.min_length = 1;
        type.max_length = static_cast<std::uint32_t>(pattern->size()) + (pattern->find("ZZ") != std::string::npos ? 4 : 0);
      }
      return;
    }
    case Function::add_days:
    case Function::add_workdays:
      value(*args[0], scope);
      type = simple(args[0]->type.kind == Kind::datetime && expr.function == Function::add_days ? Kind::datetime : Kind::date);
      date_argument(expr, 0, scope, type.kind == Kind::datetime);
      number_argument(expr, 1, scope);
      if (args[1]->type.kind == Kind::decimal) reporter_.error("M301", args[1]->span, "days are counted whole").fix = "round(…, 0)";
      if (args.size() > 2) list_argument(expr, 2, scope);
      return;
    case Function::days_between:
      type = simple(Kind::integer);
      date_argument(expr, 0, scope, false);
      date_argument(expr, 1, scope, false);
      return;
    case Function::to_zone:
      type = simple(Kind::datetime);
      date_argument(expr, 0, scope, true);
      zone(1);
      return;
    default: type = simple(Kind::datetime); return;   // now
  }
}

}  // namespace wayleave::mapping
