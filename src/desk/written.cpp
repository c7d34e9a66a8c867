#include <array>

#include "desk/phrase.hpp"

namespace wayleave::desk {
namespace {

using mapping::Expr;
using mapping::Path;
using mapping::Step;
using Op = Expr::Op;

struct Sign {
  const char* text;
  int binding;                               ///< the looser, the smaller
};

Sign sign(Op op) {
  switch (op) {
    case Op::or_: return {" or ", 1};
    case Op::and_: return {" and ", 2};
    case Op::equal: return {" = ", 3};
    case Op::not_equal: return {" != ", 3};
    case Op::less: return {" < ", 4};
    case Op::less_equal: return {" <= ", 4};
    case Op::greater: return {" > ", 4};
    case Op::greater_equal: return {" >= ", 4};
    case Op::add: return {" + ", 5};
    case Op::subtract: return {" - ", 5};
    case Op::multiply: return {" * ", 6};
    case Op::divide: return {" div ", 6};
    case Op::modulo: return {" mod ", 6};
    case Op::negate: return {"-", 7};
    default: return {"", 8};
  }
}

std::string quoted(const std::string& text) {
  const char mark = text.find('\'') == std::string::npos ? '\'' : '"';
  return mark + text + mark;
}

std::string within(const Expr& expr, int binding) {
  auto text = desk::written(expr);
  return sign(expr.op).binding < binding ? "(" + text + ")" : text;
}

std::string name_of(const Step& step) {
  if (step.self) return ".";
  return (step.attribute ? "@" : "") + (step.prefix.empty() ? "" : step.prefix + ":") + step.name;
}

std::string written(const Step::Predicate& predicate) {
  switch (predicate.kind) {
    case Step::Predicate::Kind::index: return "[" + std::to_string(predicate.index) + "]";
    case Step::Predicate::Kind::last: return "[last()]";
    case Step::Predicate::Kind::conditions: break;
  }
  std::string text;
  for (const auto& condition : predicate.conditions) {
    text += text.empty() ? "[" : " and ";
    text += condition.rel_self ? "." : desk::written(condition.rel);
    text += "=" + (condition.value ? desk::written(*condition.value) : quoted(condition.constant));
  }
  return text + "]";
}

std::string written(const Path& path) {
  std::string text;
  if (path.start == Path::Start::root) text = "/";
  if (path.head) text = desk::written(*path.head) + (path.steps.empty() ? "" : "/");
  for (std::uint32_t i = 0; i < path.up; ++i) text += i + 1 < path.up || !path.steps.empty() ? "../" : "..";
  return text + desk::written(path.steps);
}

std::string written_call(const Expr& expr) {
  std::string text = expr.text + "(";
  for (std::size_t i = 0; i < expr.args.size(); ++i) text += (i ? ", " : "") + desk::written(*expr.args[i]);
  return text + ")";
}

}  // namespace

std::string written(const Step& step) {
  auto text = name_of(step);
  for (const auto& predicate : step.predicates) text += written(predicate);
  return text;
}

std::string written(const std::vector<Step>& steps) {
  std::string text;
  for (const auto& step : steps) text += (text.empty() ? "" : "/") + written(step);
  return text;
}

std::string written(const Expr& expr) {
  switch (expr.op) {
    case Op::string: return quoted(expr.text);
    case Op::number: return expr.text;
    case Op::variable: return "$" + expr.text;
    case Op::path: return written(expr.path);
    case Op::call: return written_call(expr);
    case Op::negate: return "-" + within(*expr.args[0], sign(Op::negate).binding);
    default: break;
  }
  const auto [text, binding] = sign(expr.op);
  std::string made;
  for (std::size_t i = 0; i < expr.args.size(); ++i) made += (i ? text : "") + within(*expr.args[i], i ? binding + 1 : binding);
  return made;
}

std::string written(const mapping::TextTemplate& text) {
  std::string made;
  for (const auto& part : text.parts) {
    if (part.expression) {
      made += "{" + written(*part.expression) + "}";
      continue;
    }
    for (const char c : part.literal) made.append(c == '{' || c == '}' ? 2 : 1, c);
  }
  return made;
}

}  // namespace wayleave::desk
