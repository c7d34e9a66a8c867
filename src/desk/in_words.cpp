#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "desk/phrase.hpp"

namespace wayleave::desk {
namespace {

using mapping::Expr;
using mapping::Function;
using Op = Expr::Op;

struct Phrase {
  Function function;
  const char* text;                          ///< {0}, {1} …: the arguments in words
};

// Functions that it takes no programmer to understand; the others are shown as they are written.
constexpr std::array phrases{
  Phrase{Function::exists, "there is {0}"},
  Phrase{Function::choose, "if {0}: {1}, else {2}"},
  Phrase{Function::first, "the first {0}"},
  Phrase{Function::require, "{0}; if absent, the document is refused ({1})"},
  Phrase{Function::truncate, "{0}; cut to {1} characters"},
  Phrase{Function::fits, "{0}; refused when longer than {1} characters"},
  Phrase{Function::chunk, "{0} in pieces of {1} characters"},
  Phrase{Function::before, "{0} up to the first {1}"},
  Phrase{Function::after, "{0} behind the first {1}"},
  Phrase{Function::upper, "{0} in capitals"},
  Phrase{Function::lower, "{0} in small letters"},
  Phrase{Function::round, "{0}; rounded to {1} decimals"},
  Phrase{Function::sum, "the sum of {0}"},
  Phrase{Function::count, "the number of {0}"},
  Phrase{Function::min, "the least {0}"},
  Phrase{Function::max, "the greatest {0}"},
  Phrase{Function::format, "{0} written as {1}"},
  Phrase{Function::unit, "{0} converted from {1} to {2}"},
  Phrase{Function::date, "the day of {0}"},
  Phrase{Function::time, "the time of day of {0}"},
  Phrase{Function::parse_date, "{0} read as a date of the form {1}"},
  Phrase{Function::format_date, "{0} written as {1}"},
  Phrase{Function::add_days, "{1} days after {0}"},
  Phrase{Function::add_workdays, "{1} working days after {0}"},
  Phrase{Function::days_between, "the days from {0} to {1}"},
  Phrase{Function::to_zone, "{0} in the time of {1}"},
  Phrase{Function::now, "the time of mapping"},
  Phrase{Function::code, "{0}; translated by the list {1}"},
  Phrase{Function::code_or, "{0}; translated by the list {1}, {2} when it is not there"},
  Phrase{Function::label, "what the list {1} calls {0}"},
  Phrase{Function::in_list, "{0} is in the list {1}"},
  Phrase{Function::paired, "the number behind the qualifier {0}"},
  Phrase{Function::edifact_date, "the date of {0}"},
  Phrase{Function::position, "the number of the item"},
  Phrase{Function::partner, "the partner's {0}"},
  Phrase{Function::message, "the message's {0}"},
  Phrase{Function::seq, "the next number of the sequence {0}"},
};

const char* words(Op op) {
  switch (op) {
    case Op::or_: return " or ";
    case Op::and_: return " and ";
    case Op::equal: return " is ";
    case Op::not_equal: return " is not ";
    case Op::less: return " is less than ";
    case Op::less_equal: return " is at most ";
    case Op::greater: return " is greater than ";
    case Op::greater_equal: return " is at least ";
    case Op::add: return " plus ";
    case Op::subtract: return " minus ";
    case Op::multiply: return " times ";
    case Op::divide: return " divided by ";
    default: return nullptr;
  }
}

// Inside of something greater: brackets where words alone would not tell what belongs together.
std::string part(const Expr& expr, Op around) {
  auto text = in_words(expr);
  const bool operation = !expr.args.empty() && expr.op != Op::call && expr.op != around;
  return operation || text.find("; ") != std::string::npos ? "(" + text + ")" : text;
}

std::string operands(const Expr& expr, const char* between) {
  std::string text;
  for (const auto& arg : expr.args) text += (text.empty() ? "" : between) + part(*arg, expr.op);
  return text;
}

// Names of lists, codes, numbers and patterns stand bare; a text that is written out has its quotes.
std::string argument(const Expr& call, std::size_t i) {
  const bool name = i > 0 && call.function != Function::choose && call.function != Function::code_or;
  const bool key = call.function == Function::partner || call.function == Function::message || call.function == Function::seq ||
                   call.function == Function::paired;
  if (call.args[i]->op == Op::string && (name || key || (call.function == Function::code_or && i == 1))) return call.args[i]->text;
  return call.function == Function::choose ? in_words(*call.args[i]) : part(*call.args[i], Op::call);
}

std::string filled(const char* text, const Expr& call) {
  std::string made;
  for (const char* c = text; *c; ++c) {
    if (*c != '{') {
      made += *c;
      continue;
    }
    const auto i = static_cast<std::size_t>(c[1] - '0');
    // What goes on after a semicolon goes on from all that was said.
    const bool chained = i == 0 && made.empty() && c[3] == ';';
    if (i < call.args.size()) made += chained ? in_words(*call.args[i]) : argument(call, i);
    c += 2;
  }
  return made;
}

std::string call_in_words(const Expr& expr) {
  if (expr.function == Function::default_) {
    std::string text;
    for (const auto& arg : expr.args) text += (text.empty() ? "" : "; if absent, ") + in_words(*arg);
    return text;
  }
  if (expr.function == Function::concat) return operands(expr, " + ");
  if (expr.function == Function::join && expr.args.size() == 2) return fmt::format("all {} with {} between", part(*expr.args[0], Op::call), in_words(*expr.args[1]));
  const auto found = std::find_if(phrases.begin(), phrases.end(), [&](const Phrase& p) { return p.function == expr.function; });
  return found == phrases.end() ? written(expr) : filled(found->text, expr);
}

}  // namespace

std::string in_words(const Expr& expr) {
  if (expr.op == Op::string) return "“" + expr.text + "”";
  if (expr.op == Op::call) return call_in_words(expr);
  if (expr.op == Op::path && expr.path.steps.size() == 1 && expr.path.steps[0].self) return "the item";
  if (const auto* between = words(expr.op)) return operands(expr, between);
  return written(expr);
}

std::string in_words_together(const Expr& expr) { return part(expr, expr.op); }

std::string in_words(const mapping::TextTemplate& text) {
  if (text.parts.size() == 1 && text.parts[0].expression) return in_words(*text.parts[0].expression);
  if (!text.has_expressions()) return "always “" + written(text) + "”";
  std::string made;
  for (const auto& each : text.parts) made += (made.empty() ? "" : " + ") + (each.expression ? in_words_together(*each.expression) : "“" + each.literal + "”");
  return made;
}

}  // namespace wayleave::desk
