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

// What these give looks as the map says, whatever they are given.
bool shapes(Function function) {
  return function == Function::extract || function == Function::concat || function == Function::pad_left || function == Function::pad_right ||
         function == Function::digits || function == Function::gtin14 || function == Function::sscc;
}

}  // namespace

void ExpressionChecker::may_fail(Expr& call, std::string what) {
  call.type.fallible = true;
  if (call.quiet) {
    call.type.optional = true;
    return;
  }
  auto& finding = reporter_.warning("M310", call.span, std::move(what) + "; where it fails, the document is refused in our words, not yours");
  finding.fix = "say what then: require(…, 'CODE', 'text for the customer') or default(…, instead)";
}

const Type& ExpressionChecker::check_call(Expr& expr, const Scope& scope) {
  expr.type = {};
  switch (expr.function) {
    case Function::default_:
    case Function::require:
    case Function::exists:
    case Function::choose:
    case Function::first:
    case Function::count: check_presence(expr, scope); break;
    case Function::number:
    case Function::round:
    case Function::abs:
    case Function::sum:
    case Function::min:
    case Function::max:
    case Function::format:
    case Function::unit: check_number_function(expr, scope); break;
    case Function::date:
    case Function::time:
    case Function::datetime:
    case Function::parse_date:
    case Function::format_date:
    case Function::add_days:
    case Function::add_workdays:
    case Function::days_between:
    case Function::to_zone:
    case Function::now: check_date_function(expr, scope); break;
    case Function::code:
    case Function::code_or:
    case Function::label:
    case Function::in_list: check_code_function(expr, scope); break;
    case Function::position:
    case Function::last:
    case Function::partner:
    case Function::message:
    case Function::seq:
    case Function::linked:
    case Function::key:
    case Function::state: check_context_function(expr, scope); break;
    case Function::paired: check_paired(expr, scope); break;
    case Function::edifact_date: check_edifact_date(expr, scope); break;
    default: check_text_function(expr, scope); break;
  }
  return expr.type;
}

// ---- arguments

const Type& ExpressionChecker::sequence(Expr& expr, const Scope& scope, Expr& call) {
  check(expr, scope);
  // An aggregate over the whole document is computed once, not its items kept.
  if (expr.cache != schema::none) {
    call.cache = expr.cache;
    expr.cache = schema::none;
  }
  return expr.type;
}

const Type& ExpressionChecker::text_argument(Expr& call, std::size_t i, const Scope& scope) {
  const auto& type = value(*call.args[i], scope);
  call.type.optional = call.type.optional || type.optional;
  return type;
}

const Type& ExpressionChecker::number_argument(Expr& call, std::size_t i, const Scope& scope) {
  const auto& type = value(*call.args[i], scope);
  call.type.optional = call.type.optional || type.optional;
  if (type.kind != Kind::unknown && !is_number(type.kind)) {
    auto& finding = reporter_.error(
      "M301", call.args[i]->span, fmt::format("{}() takes a number here, this is {}", signature(call.function).name, words(type.kind))
    );
    if (type.kind == Kind::string) finding.fix = "make a number of it with number()";
  }
  return type;
}

const Type& ExpressionChecker::date_argument(Expr& call, std::size_t i, const Scope& scope, bool with_time) {
  value(*call.args[i], scope);
  read_literal_as(*call.args[i], with_time ? Kind::datetime : Kind::date);
  const auto& type = call.args[i]->type;
  call.type.optional = call.type.optional || type.optional;
  const bool right = with_time ? type.kind == Kind::datetime : type.kind == Kind::date;
  if (type.kind != Kind::unknown && !right) {
    auto& finding = reporter_.error(
      "M301", call.args[i]->span,
      fmt::format("{}() takes {} here, this is {}", signature(call.function).name, words(with_time ? Kind::datetime : Kind::date), words(type.kind))
    );
    if (type.kind == Kind::string) finding.fix = "read it with parse-date(text, 'CCYYMMDD')";
    else if (type.kind == Kind::datetime) finding.fix = "take its day with date()";
    else if (type.kind == Kind::date) finding.fix = "add a time with datetime(date, time, 'zone')";
  }
  return type;
}

const std::string* ExpressionChecker::literal_argument(Expr& call, std::size_t i, const Scope& scope, std::string_view what) {
  auto& arg = *call.args[i];
  check(arg, scope);
  if (arg.op == Expr::Op::string) return &arg.text;
  if (arg.type.kind != Kind::unknown || arg.op != Expr::Op::path) {
    reporter_.error("M301", arg.span, fmt::format("{} is written out here, in quotes", what)).fix = fmt::format(
      "{}({})", signature(call.function).name, signature(call.function).parameters
    );
  }
  return nullptr;
}

std::optional<std::uint32_t> ExpressionChecker::length_argument(Expr& call, std::size_t i, const Scope& scope) {
  auto& arg = *call.args[i];
  check(arg, scope);
  if (arg.op == Expr::Op::number && arg.number.scale() == 0 && arg.number.mantissa() <= length_limit) {
    return static_cast<std::uint32_t>(arg.number.mantissa());
  }
  reporter_.error("M301", arg.span, "a whole number is written out here").expected = fmt::format("0 to {}", length_limit);
  return std::nullopt;
}

const CodeList* ExpressionChecker::list_argument(Expr& call, std::size_t i, const Scope& scope) {
  const auto* name = literal_argument(call, i, scope, "the name of the code list");
  if (!name) return nullptr;
  auto found = c_.codes.find(*name);
  if (found == c_.codes.end()) {
    if (told("list " + *name, call.args[i]->span)) return nullptr;
    auto& finding = reporter_.error("M014", call.args[i]->span, fmt::format("there is no code list '{}'", *name));
    std::vector<std::string> names;
    for (const auto& [known, codes] : c_.codes) names.push_back(known);
    if (auto near = nearest(*name, names); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
    else if (c_.is_map) finding.fix = fmt::format("declare it: <m:codes name=\"{}\" href=\"./codes/….codes.xml\"/>", *name);
    return nullptr;
  }
  found->second.used = true;
  call.codes = found->second.list;
  return call.codes.get();
}

// ---- presence

void ExpressionChecker::check_presence(Expr& expr, const Scope& scope) {
  auto& args = expr.args;
  switch (expr.function) {
    case Function::default_: {
      Type type;
      for (std::size_t i = 0; i < args.size(); ++i) {
        const bool final = i + 1 == args.size();
        if (!final || expr.quiet) handle_failures(*args[i]);
        Type next = check(*args[i], scope);
        if (next.many) next = value(*args[i], scope);
        if (i > 0 && next.kind != Kind::unknown) {
          read_literal_as(*args[i], type.kind);
          next = args[i]->type;
        }
        const bool optional = next.optional;
        type = i == 0 ? next : join(type, next, *args[i]);
        type.optional = optional;
        type.maybe_empty = next.maybe_empty;
        if (final && next.literal && next.kind == Kind::string && args[i]->text.empty()) type.min_length = 0;
        if (!final && !next.optional && !next.maybe_empty && !next.fallible && next.kind != Kind::unknown) {
          reporter_.warning("M702", args[i + 1]->span, "this is never used: the value before it is always there");
        }
      }
      type.literal = false;
      expr.type = type;
      return;
    }
    case Function::require: {
      handle_failures(*args[0]);
      Type type = check(*args[0], scope);
      if (type.many) type = value(*args[0], scope);
      const auto& wanted = *args[0];
      if (wanted.op == Expr::Op::call && wanted.function == Function::partner && wanted.args[0]->op == Expr::Op::string)
        c_.needed_properties.insert(wanted.args[0]->text);
      literal_argument(expr, 1, scope, "the code of the refusal");
      if (expr.message) message(*expr.message, scope);
      else value(*args[2], scope);
      if (type.kind != Kind::unknown && !type.optional && !type.maybe_empty && !type.fallible) {
        reporter_.warning("M702", expr.span, "this never refuses anything: the value is always there").fix = "write the value alone";
      }
      type.optional = type.fallible = type.maybe_empty = false;
      if (type.kind == Kind::string && type.min_length == 0) type.min_length = 1;
      expr.type = type;
      return;
    }
    case Function::exists:
      handle_failures(*args[0]);
      ++picking_;
      sequence(*args[0], scope, expr);
      --picking_;
      expr.type = simple(Kind::boolean);
      return;
    case Function::choose: {
      condition(*args[0], scope);
      auto known = mark();
      assume(*args[0], scope);
      if (expr.quiet) handle_failures(*args[1]), handle_failures(*args[2]);
      Type a = check(*args[1], scope);
      forget(known);
      Type b = check(*args[2], scope);
      read_literal_as(*args[1], b.kind);
      read_literal_as(*args[2], a.kind);
      expr.type = join(args[1]->type, args[2]->type, *args[2]);
      expr.type.literal = false;
      return;
    }
    case Function::first: {
      ++picking_;
      Type type = sequence(*args[0], scope, expr);
      --picking_;
      if (type.kind != Kind::unknown && !type.many) {
        reporter_.warning("M702", expr.name_span, "first() has nothing to choose from: there is one at most").fix = "write the path alone";
      }
      type.many = false;
      type.optional = type.optional || type.maybe_empty;
      type.maybe_empty = false;
      expr.type = type;
      return;
    }
    default:
      sequence(*args[0], scope, expr);
      expr.type = simple(Kind::integer);
      return;
  }
}

// ---- text

void ExpressionChecker::check_text_function(Expr& expr, const Scope& scope) {
  auto& args = expr.args;
  expr.type = simple(Kind::string);
  auto& type = expr.type;
  type.shaped = shapes(expr.function);
  // Most take a text first and give a text of their own length.
  switch (expr.function) {
    case Function::concat: {
      std::uint64_t shortest = 0, longest = 0;
      for (std::size_t i = 0; i < args.size(); ++i) {
        const auto& piece = text_argument(expr, i, scope);
        shortest += piece.kind == Kind::string ? piece.min_length : 1;
        longest += piece.kind == Kind::string ? piece.max_length : schema::unbounded;
      }
      type.min_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(shortest, length_limit));
      type.max_length = longest >= schema::unbounded ? schema::unbounded : static_cast<std::uint32_t>(longest);
      return;
    }
    case Function::join: {
      const auto& items = sequence(*args[0], scope, expr);
      if (items.kind == Kind::structure) value(*args[0], scope);
      if (args.size() > 1) value(*args[1], scope);
      if (args.size() > 1 && args[1]->op != Expr::Op::string) expr.cache = schema::none;
      type.optional = items.optional;
      return;
    }
    case Function::substring: {
      const auto longest = text_argument(expr, 0, scope).max_length;
      for (std::size_t i = 1; i < args.size(); ++i) number_argument(expr, i, scope);
      type.max_length = longest;
      if (args.size() == 3 && args[2]->op == Expr::Op::number && args[2]->number.mantissa() >= 0 && args[2]->number.mantissa() < length_limit) {
        type.max_length = std::min(longest, static_cast<std::uint32_t>(args[2]->number.mantissa()));
      }
      return;
    }
    case Function::before:
    case Function::after: {
      const auto longest = text_argument(expr, 0, scope).max_length;
      text_argument(expr, 1, scope);
      type.max_length = longest;
      type.optional = true;
      return;
    }
    case Function::upper:
    case Function::lower:
    case Function::trim:
    case Function::collapse:
    case Function::digits:
    case Function::charset: {
      const Type source = text_argument(expr, 0, scope);
      type.max_length = source.kind == Kind::string ? source.max_length : schema::unbounded;
      type.min_length = expr.function == Function::upper || expr.function == Function::lower ? source.min_length : 0;
      if (expr.function == Function::trim || expr.function == Function::collapse) {
        type.form = source.form;
        type.shaped = source.shaped;
      }
      if (expr.function != Function::charset) return;
      const auto* name = literal_argument(expr, 1, scope, "the name of the character set");
      if (name && !find_charset(*name)) {
        reporter_.error("M004", args[1]->span, fmt::format("there is no character set '{}'", *name)).expected = list_of(charset_names());
      }
      // Letters of other alphabets may become two: ß becomes ss.
      type.max_length = schema::unbounded;
      return;
    }
    case Function::replace:
      text_argument(expr, 0, scope);
      literal_argument(expr, 1, scope, "what is replaced");
      literal_argument(expr, 2, scope, "what replaces it");
      if (args[1]->op == Expr::Op::string && args[1]->text.empty()) {
        reporter_.error("M004", args[1]->span, "an empty text stands nowhere and everywhere; say what is replaced");
      }
      return;
    case Function::matches:
    case Function::extract: {
      text_argument(expr, 0, scope);
      const auto* pattern = literal_argument(expr, 1, scope, "the regular expression");
      if (pattern) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(1 << 20);
        auto regex = std::make_shared<re2::RE2>(*pattern, options);
        if (!regex->ok()) {
          reporter_.error("M004", args[1]->span, "this is no regular expression: " + regex->error()).expected = "RE2 syntax";
        } else {
          expr.regex = std::move(regex);
        }
      }
      if (expr.function == Function::matches) {
        type = simple(Kind::boolean);
        return;
      }
      type.optional = true;
      auto group = length_argument(expr, 2, scope);
      if (group && expr.regex && static_cast<int>(*group) > expr.regex->NumberOfCapturingGroups()) {
        reporter_.error("M004", args[2]->span, fmt::format("the regular expression has no group {}", *group)).expected =
          fmt::format("0 (all of it) to {}", expr.regex->NumberOfCapturingGroups());
      }
      return;
    }
    case Function::pad_left:
    case Function::pad_right: {
      const Type source = text_argument(expr, 0, scope);
      auto length = length_argument(expr, 1, scope);
      const auto* fill = literal_argument(expr, 2, scope, "the character to fill with");
      if (fill && characters(*fill) != 1) reporter_.error("M004", args[2]->span, "one character fills").expected = "one character";
      if (length) {
        type.min_length = std::max(*length, source.kind == Kind::string ? source.min_length : 0);
        type.max_length = source.kind == Kind::string && source.max_length != schema::unbounded ? std::max(*length, source.max_length)
                                                                                             : schema::unbounded;
      }
      return;
    }
    case Function::truncate:
    case Function::fits:
    case Function::chunk: {
      const Type source = text_argument(expr, 0, scope);
      auto length = length_argument(expr, 1, scope);
      if (length && *length == 0) reporter_.error("M004", args[1]->span, "nothing fits into no characters").expected = "1 or more";
      type.min_length = source.kind == Kind::string ? std::min(source.min_length, length.value_or(0)) : 1;
      type.max_length = length.value_or(schema::unbounded);
      type.form = source.form;
      type.shaped = source.shaped || source.kind != Kind::string;
      if (expr.function == Function::truncate && source.kind == Kind::string) {
        type.max_length = std::min(source.max_length, type.max_length);
        type.maybe_empty = source.maybe_empty;
      }
      if (expr.function == Function::fits) {
        if (source.values) type.values = source.values;
        type.fallible = source.kind != Kind::string || source.max_length > type.max_length;
        type.maybe_empty = source.maybe_empty;
        if (expr.quiet && type.fallible) type.optional = true;
      }
      if (expr.function == Function::chunk) {
        type.many = true;
        type.optional = type.optional || source.maybe_empty;
        type.min_length = 1;
      }
      return;
    }
    case Function::gtin14:
      text_argument(expr, 0, scope);
      type.min_length = type.max_length = 14;
      may_fail(expr, "not every text is a GTIN");
      return;
    case Function::sscc:
      text_argument(expr, 0, scope);
      text_argument(expr, 1, scope);
      type.min_length = type.max_length = 18;
      may_fail(expr, "a prefix and a serial number may be too long for an SSCC, or no digits");
      return;
    case Function::check_digit_ok:
      text_argument(expr, 0, scope);
      type = simple(Kind::boolean);
      return;
    default: return;
  }
}

}  // namespace wayleave::mapping
