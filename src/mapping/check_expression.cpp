#include "mapping/check_expression.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/dates.hpp"

namespace wayleave::mapping {
namespace {

bool is_comparison(Expr::Op op) { return op >= Expr::Op::equal && op <= Expr::Op::greater_equal; }

}  // namespace

const std::string* Compilation::namespace_of(std::string_view prefix, std::uint16_t file) const {
  static const std::string xml = "http://www.w3.org/XML/1998/namespace";
  if (prefix == "xml") return &xml;
  for (const auto& declared : prefixes) {
    if (declared.file == file && declared.prefix == prefix) return &declared.ns;
  }
  return nullptr;
}

void handle_failures(Expr& expr) {
  expr.quiet = true;
  if (expr.op == Expr::Op::call && expr.function == Function::require) return;   // says itself what then
  if (expr.op == Expr::Op::call || expr.op == Expr::Op::negate || (expr.op >= Expr::Op::add && expr.op <= Expr::Op::modulo)) {
    for (auto& arg : expr.args) handle_failures(*arg);
  }
}

namespace {

// Only these leave an argument alone when another one is absent.
bool is_lazy(const Expr& expr) {
  if (expr.op == Expr::Op::and_ || expr.op == Expr::Op::or_) return true;
  if (expr.op != Expr::Op::call) return false;
  switch (expr.function) {
    case Function::default_:
    case Function::choose:
    case Function::require:
    case Function::exists: return true;
    default: return false;
  }
}

}  // namespace

const Type& ExpressionChecker::check(Expr& expr, const Scope& scope) {
  check_by_kind(expr, scope);
  expr.refuses = (expr.op == Expr::Op::call && expr.function == Function::require) ||
                 std::any_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return arg->refuses; });
  expr.eager = expr.args.size() > 1 && !is_lazy(expr) &&
               std::any_of(expr.args.begin() + 1, expr.args.end(), [](const auto& arg) { return arg->refuses; });
  return expr.type;
}

const Type& ExpressionChecker::check_by_kind(Expr& expr, const Scope& scope) {
  switch (expr.op) {
    case Expr::Op::string: {
      expr.type = simple(Kind::string);
      expr.type.literal = true;
      expr.type.values = c_.places.add_values({expr.text});
      expr.type.min_length = expr.type.max_length = static_cast<std::uint32_t>(std::count_if(
        expr.text.begin(), expr.text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
      ));
      return expr.type;
    }
    case Expr::Op::number:
      expr.type = simple(expr.number.scale() == 0 ? Kind::integer : Kind::decimal);
      expr.type.literal = true;
      expr.type.scale = expr.number.scale();
      return expr.type;
    case Expr::Op::variable: return check_variable(expr, scope);
    case Expr::Op::path: return check_path(expr, scope);
    case Expr::Op::call: return check_call(expr, scope);
    default: return check_operator(expr, scope);
  }
}

const Type& ExpressionChecker::value(Expr& expr, const Scope& scope) {
  check(expr, scope);
  if (expr.type.kind == Kind::unknown) return expr.type;
  if (expr.type.many) {
    auto& finding = reporter_.error("M102", expr.span, "this may give several values where one is wanted");
    finding.fix = "pick one with [qualifier='…'], [1] or first(), put them together with join() or sum(), or loop with m:each";
    if (expr.type.is_element()) {
      const auto& variants = expr.type.node->element == schema::none
                               ? std::vector<schema::Variant>()
                               : expr.type.node->model->element(expr.type.node->element).variants;
      for (std::size_t i = 0; i < variants.size() && i < 6; ++i) finding.expected += (i ? ", [" : "for example [") + variants[i].when + "]";
    }
    // A variable that holds several where one was meant is told of once, not wherever it is used.
    const Expr* head = expr.op == Expr::Op::variable ? &expr : expr.op == Expr::Op::path && expr.path.start == Path::Start::variable ? expr.path.head.get() : nullptr;
    auto* variable = head && head->op == Expr::Op::variable ? find_variable(head->text) : nullptr;
    if (variable && variable->type.many) variable->type = {};
    expr.type = {};
  } else if (expr.type.kind == Kind::structure) {
    auto below = expr.type.node ? names_below(*expr.type.node->model, expr.type.node->type) : std::vector<std::string>();
    auto& finding = reporter_.error("M301", expr.span, fmt::format("{} has no value of its own", path_of(expr.type.node)));
    finding.expected = "a path to a value; below it: " + list_of(below);
    expr.type = {};
  }
  return expr.type;
}

void ExpressionChecker::condition(Expr& expr, const Scope& scope) {
  handle_failures(expr);
  check(expr, scope);
  if (expr.type.literal) {
    reporter_.warning("M301", expr.span, "this condition is a constant").fix = "compare it with something, or leave the condition out";
  }
}

Scope ExpressionChecker::items(Expr& expr, const Scope& scope) {
  check(expr, scope);
  if (expr.cache != schema::none) {
    expr.cache = schema::none;
    reporter_.error("M601", expr.span, "a loop inside a loop cannot walk the whole document again for every item").fix =
      "begin the path at the item of the outer loop; counts and sums of the whole document are fine";
  }
  Scope inner = scope;
  inner.depth = scope.depth + 1;
  inner.current = expr.type;
  inner.current.optional = inner.current.many = inner.current.fallible = inner.current.maybe_empty = false;
  inner.node = expr.type.is_element() ? expr.type.node : nullptr;
  if (expr.type.kind == Kind::unknown) inner.node = nullptr;
  return inner;
}

Type ExpressionChecker::text(TextTemplate& text, const Scope& scope) {
  if (text.parts.size() == 1 && text.parts[0].expression) return value(*text.parts[0].expression, scope);
  Type type = simple(Kind::string);
  std::uint64_t shortest = 0, longest = 0;
  std::string constant;
  bool literal = true;
  for (auto& part : text.parts) {
    if (!part.expression) {
      auto length = std::count_if(part.literal.begin(), part.literal.end(),
                                  [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      shortest += static_cast<std::uint64_t>(length);
      longest += static_cast<std::uint64_t>(length);
      constant += part.literal;
      continue;
    }
    literal = false;
    const auto& piece = value(*part.expression, scope);
    type.optional = type.optional || piece.optional;
    type.maybe_empty = type.maybe_empty || piece.maybe_empty;
    shortest += piece.kind == Kind::string ? piece.min_length : 1;
    longest += piece.kind == Kind::string ? piece.max_length : piece.kind == Kind::boolean ? 5u : schema::unbounded;
  }
  type.shaped = true;
  type.min_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(shortest, schema::unbounded - 1));
  type.max_length = longest >= schema::unbounded ? schema::unbounded : static_cast<std::uint32_t>(longest);
  if (literal) {
    type.literal = true;
    type.values = c_.places.add_values({constant});
  }
  return type;
}

void ExpressionChecker::message(TextTemplate& text, const Scope& scope) {
  for (auto& part : text.parts) {
    if (!part.expression) continue;
    handle_failures(*part.expression);
    value(*part.expression, scope);
  }
}

bool ExpressionChecker::told(const std::string& what, Span at) {
  if (!reporter_.loud) return false;
  auto [known, fresh] = told_.emplace(what, c_.findings.size());
  if (fresh || known->second >= c_.findings.size()) return false;
  auto& first = c_.findings[known->second];
  const auto& file = c_.files[at.file];
  const auto line = file.at(at.begin).line;
  if ((at.file == 0 ? first.in.empty() : first.in == file.name()) && first.line == line) return true;
  const auto place = at.file == 0 ? fmt::format("line {}", line) : reporter_.name(at);
  if (!first.message.ends_with(place)) first.message += (first.message.find("; also ") == std::string::npos ? "; also " : ", ") + place;
  return true;
}

void ExpressionChecker::declare(Variable variable) {
  declared_[variable.name].push_back(variables.size());
  variables.push_back(std::move(variable));
}

Variable* ExpressionChecker::find_variable(const std::string& name) {
  auto known = declared_.find(name);
  if (known == declared_.end()) return nullptr;
  auto& indices = known->second;
  while (!indices.empty() && (indices.back() >= variables.size() || variables[indices.back()].name != name)) indices.pop_back();
  return indices.empty() ? nullptr : &variables[indices.back()];
}

const Type& ExpressionChecker::check_variable(Expr& expr, const Scope&) {
  expr.type = {};
  auto* found = find_variable(expr.text);
  if (!found) {
    // What `wayleave new` leaves to do is many places of work, not one mistake.
    if (expr.text != "TODO" && told("variable " + expr.text, expr.span)) return expr.type;
    auto& finding = reporter_.error("M014", expr.span, fmt::format("there is no variable ${} here", expr.text));
    std::vector<std::string> names;
    for (const auto& variable : variables) names.push_back(variable.name);
    if (auto near = nearest(expr.text, names); !near.empty()) finding.fix = fmt::format("did you mean ${}?", near);
    if (!names.empty()) finding.expected = "here: $" + fmt::format("{}", fmt::join(names, " $"));
    return expr.type;
  }
  found->used = true;
  expr.slot = found->slot;
  return expr.type = found->type;
}

const Type& ExpressionChecker::check_operator(Expr& expr, const Scope& scope) {
  expr.type = simple(Kind::boolean);
  if (expr.op == Expr::Op::and_ || expr.op == Expr::Op::or_) {
    auto known = mark();
    for (auto& arg : expr.args) {
      condition(*arg, scope);
      if (expr.op == Expr::Op::and_) assume(*arg, scope);
    }
    forget(known);
    return expr.type;
  }
  if (is_comparison(expr.op)) return check_comparison(expr, scope);
  return check_arithmetic(expr, scope);
}

// A constant in quotes beside a date, or beside true and false, is read as one: nothing can fail when it runs.
void ExpressionChecker::read_literal_as(Expr& expr, Kind kind) {
  if (expr.op != Expr::Op::string) return;
  bool fits = false;
  if (kind == Kind::date) fits = Moment::parse_date(expr.text).has_value();
  else if (kind == Kind::time) fits = Moment::parse_time(expr.text).has_value();
  else if (kind == Kind::datetime) fits = Moment::parse_datetime(expr.text).has_value();
  else if (kind == Kind::boolean) fits = expr.text == "true" || expr.text == "false";
  if (!fits) return;
  expr.type = simple(kind);
  expr.type.literal = true;
}

const Type& ExpressionChecker::check_comparison(Expr& expr, const Scope& scope) {
  auto& left = *expr.args[0];
  auto& right = *expr.args[1];
  value(left, scope);
  value(right, scope);
  read_literal_as(right, left.type.kind);
  read_literal_as(left, right.type.kind);
  const auto a = left.type, b = right.type;
  expr.type = simple(Kind::boolean);
  if (a.kind == Kind::unknown || b.kind == Kind::unknown) return expr.type;
  const bool agree = a.kind == b.kind || (is_number(a.kind) && is_number(b.kind));
  const bool ordered = expr.op != Expr::Op::equal && expr.op != Expr::Op::not_equal;
  if (!agree) {
    const auto& text = a.kind == Kind::string ? left : right;
    const auto& other = a.kind == Kind::string ? b : a;
    auto& finding = reporter_.error("M301", expr.span, fmt::format("{} is compared with {}", words(a.kind), words(b.kind)));
    if (is_number(other.kind) && text.op == Expr::Op::string && Decimal::parse(text.text)) finding.fix = fmt::format("write {} without quotes", text.text);
    else if (is_number(other.kind)) finding.fix = "make a number of the text with number(), and say what then if it is none";
    else if (is_temporal(other.kind) && text.op == Expr::Op::string) finding.fix = "write the date as 2026-12-31, a time as 17:30:00";
    else if (is_temporal(other.kind)) finding.fix = "use parse-date(), date() or time()";
  } else if (ordered && a.kind == Kind::boolean) {
    reporter_.error("M301", expr.span, "true and false have no order").fix = "compare with = or !=";
  } else {
    // M110: a code compared with what it can never be.
    for (auto* pair : {&left, &right}) {
      auto& constant = *pair;
      const auto& other = &constant == &left ? b : a;
      if (constant.op != Expr::Op::string || other.kind != Kind::string || other.literal || ordered) continue;
      const schema::Model* model = other.node ? other.node->model : nullptr;
      auto type = other.attribute ? other.attribute->type : other.node ? other.node->type : schema::none;
      bool impossible = other.values && std::find(other.values->begin(), other.values->end(), constant.text) == other.values->end();
      if (!impossible && model && type != schema::none && !constant.text.empty()) impossible = !schema::diagnose_value(*model, type, constant.text).empty();
      if (!impossible) continue;
      auto& finding = reporter_.error("M110", constant.span, fmt::format("'{}' is no value that can stand there", constant.text));
      finding.expected = other.values ? words(other) : schema::describe(*model, type);
      if (other.values) {
        if (auto near = nearest(constant.text, *other.values); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
      }
    }
  }
  return expr.type;
}

const Type& ExpressionChecker::check_arithmetic(Expr& expr, const Scope& scope) {
  Type type = simple(Kind::integer);
  type.scale = 0;
  for (auto& arg : expr.args) {
    const auto& operand = value(*arg, scope);
    if (operand.kind == Kind::unknown) {
      type.kind = Kind::unknown;
      continue;
    }
    if (!is_number(operand.kind)) {
      auto& finding = reporter_.error("M301", arg->span, fmt::format("this is {}, and one calculates with numbers", words(operand.kind)));
      if (operand.kind == Kind::string) finding.fix = "make a number of it with number(), and say what then if it is none";
      else if (is_temporal(operand.kind)) finding.fix = "use add-days(), days-between()";
      type.kind = Kind::unknown;
      continue;
    }
    if (operand.kind == Kind::decimal && type.kind != Kind::unknown) type.kind = Kind::decimal;
    type.optional = type.optional || operand.optional;
    auto scale = operand.kind == Kind::integer ? 0u : operand.scale;
    if (expr.op == Expr::Op::multiply) type.scale = type.scale == schema::unbounded || scale == schema::unbounded ? schema::unbounded : type.scale + scale;
    else type.scale = std::max(type.scale, scale);
  }
  if (expr.op == Expr::Op::divide) {
    reporter_.error("M301", expr.name_span, "a quotient has no end of digits: div stands directly inside round()").fix =
      "write round(a div b, 2); for a div b * c write round(a * c div b, 2)";
    type.kind = Kind::unknown;
  }
  return expr.type = type;
}

Type ExpressionChecker::join(const Type& a, const Type& b, const Expr& at) {
  if (a.kind == Kind::unknown || b.kind == Kind::unknown) return {};
  Type type = a;
  type.literal = a.literal && b.literal;
  type.many = a.many || b.many;
  type.optional = a.optional || b.optional;
  type.maybe_empty = a.maybe_empty || b.maybe_empty;
  type.attribute = nullptr;
  type.shaped = b.values ? a.shaped : a.values ? b.shaped : (a.shaped || a.form) && (b.shaped || b.form);
  type.form = b.values ? a.form : a.values ? b.form : nullptr;
  if (!type.list) type.list = b.list;
  const bool nodes = a.is_element() && b.is_element() && a.node->model == b.node->model && same_type(*a.node->model, a.node->type, b.node->type);
  if (!nodes) type.node = nullptr;
  if (a.kind == Kind::structure || b.kind == Kind::structure) {
    if (!nodes) {
      reporter_.error("M301", at.span, "these give different elements, and nothing can take both");
      return {};
    }
    return type;
  }
  if (is_number(a.kind) && is_number(b.kind)) {
    type.kind = a.kind == b.kind ? a.kind : Kind::decimal;
    type.scale = std::max(a.kind == Kind::integer ? 0u : a.scale, b.kind == Kind::integer ? 0u : b.scale);
    return type;
  }
  if (a.kind == b.kind && a.kind != Kind::string) return type;
  const bool one_text = a.kind == Kind::string || b.kind == Kind::string;
  if (!one_text) {
    reporter_.error("M301", at.span, fmt::format("one gives {}, the other {}", words(a.kind), words(b.kind)));
    return {};
  }
  type.kind = Kind::string;
  type.values = nullptr;
  if (a.values && b.values) {
    std::vector<std::string> both = *a.values;
    both.insert(both.end(), b.values->begin(), b.values->end());
    type.values = c_.places.add_values(std::move(both));
  }
  type.min_length = std::min(a.kind == Kind::string ? a.min_length : 1u, b.kind == Kind::string ? b.min_length : 1u);
  type.max_length = a.kind != b.kind ? schema::unbounded : std::max(a.max_length, b.max_length);
  return type;
}

}  // namespace wayleave::mapping
