#include "mapping/parse_expression.hpp"

#include <fmt/format.h>

#include "base/nearest.hpp"

// The grammar, a subset of XPath 1.0's with its precedence (https://www.w3.org/TR/1999/REC-xpath-19991116, section 3):
//
//   expr       or
//   or         and ('or' and)*
//   and        equality ('and' equality)*
//   equality   relation (('=' | '!=') relation)*
//   relation   sum (('<' | '<=' | '>' | '>=') sum)*
//   sum        product (('+' | '-') product)*
//   product    unary (('*' | 'div' | 'mod') unary)*
//   unary      '-'* primary
//   primary    number | string | '(' expr ')' | path
//   path       '/' steps | '$' name ('/' steps)? | call ('/' steps)? | ('..' '/')* steps | '..' ('/' '..')*
//   call       name '(' (expr (',' expr)*)? ')'
//   steps      step ('/' step)*
//   step       '.' | (name ':')? name predicate* | '@' (name ':')? name
//   predicate  '[' digits ']' | '[' 'last' '(' ')' ']' | '[' equals ('and' equals)* ']'
//   equals     rel '=' (string | number | '$' name)
//   rel        '.' | '@' name | name ('/' name)* ('/' '@' name)?
namespace wayleave::mapping {
namespace {

constexpr std::size_t depth_limit = 100;
constexpr std::size_t size_limit = 20'000;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80);
}
bool continues_name(char c) { return starts_name(c) || is_digit(c) || c == '-' || c == '.'; }

enum class Token : std::uint8_t { end, name, number, string, symbol, bad };

class Parser {
 public:
  Parser(const Fragment& fragment, std::size_t begin, std::size_t end, Reporter& reporter)
      : fragment_(fragment), text_(fragment.text), next_(begin), begin_(begin), end_(end), reporter_(reporter) {
    advance();
  }

  ExprPtr whole() {
    if (end_ - begin_ > size_limit) {
      fail(begin_, end_, "M010", fmt::format("this expression is longer than {} characters", size_limit));
      return nullptr;
    }
    if (token_ == Token::end) {
      fail(begin_, end_, "M010", "an expression is missing here");
      return nullptr;
    }
    auto expr = parse_or();
    if (expr && token_ != Token::end) {
      unexpected("an operator or the end of the expression");
      return nullptr;
    }
    return failed_ ? nullptr : std::move(expr);
  }

 private:
  using Op = Expr::Op;

  // ---- tokens

  void advance() {
    previous_end_ = token_end_;
    while (next_ < end_ && is_blank(text_[next_])) ++next_;
    token_begin_ = next_;
    symbol_ = 0;
    if (next_ >= end_) {
      token_ = Token::end;
    } else if (starts_name(text_[next_])) {
      token_ = Token::name;
      while (next_ < end_ && continues_name(text_[next_])) ++next_;
    } else if (is_digit(text_[next_]) || (text_[next_] == '.' && next_ + 1 < end_ && is_digit(text_[next_ + 1]))) {
      token_ = Token::number;
      while (next_ < end_ && is_digit(text_[next_])) ++next_;
      if (next_ < end_ && text_[next_] == '.') ++next_;
      while (next_ < end_ && is_digit(text_[next_])) ++next_;
    } else if (text_[next_] == '\'' || text_[next_] == '"') {
      read_string();
    } else {
      read_symbol();
    }
    token_end_ = next_;
  }

  void read_string() {
    auto close = text_.find(text_[next_], next_ + 1);
    if (close == std::string::npos || close >= end_) {
      fail(next_, end_, "M010", fmt::format("this text has no closing {}", text_[next_]));
      token_ = Token::bad;
      next_ = end_;
      return;
    }
    token_ = Token::string;
    next_ = close + 1;
  }

  // Two-character symbols are given letters of their own: N !=, L <=, G >=, D ., U .., Q ::, S //.
  void read_symbol() {
    token_ = Token::symbol;
    char c = text_[next_];
    char second = next_ + 1 < end_ ? text_[next_ + 1] : '\0';
    auto two = [&](char a, char b) { return c == a && second == b; };
    if (two('!', '=')) symbol_ = 'N';
    else if (two('<', '=')) symbol_ = 'L';
    else if (two('>', '=')) symbol_ = 'G';
    else if (two('.', '.')) symbol_ = 'U';
    else if (two(':', ':')) symbol_ = 'Q';
    else if (two('/', '/')) symbol_ = 'S';
    if (symbol_) {
      next_ += 2;
      return;
    }
    symbol_ = c == '.' ? 'D' : c;
    if (std::string_view("D@/()[],=<>+-*$:|").find(symbol_) == std::string_view::npos) token_ = Token::bad;
    ++next_;
  }

  bool is(char symbol) const { return token_ == Token::symbol && symbol_ == symbol; }
  bool is_word(std::string_view word) const { return token_ == Token::name && token_text() == word; }
  std::string_view token_text() const { return std::string_view(text_).substr(token_begin_, token_end_ - token_begin_); }
  bool take(char symbol) {
    if (!is(symbol)) return false;
    advance();
    return true;
  }
  char peek() const {
    auto i = next_;
    while (i < end_ && is_blank(text_[i])) ++i;
    return i < end_ ? text_[i] : '\0';
  }

  // ---- findings

  Finding& fail(std::size_t begin, std::size_t end, std::string_view code, std::string message) {
    if (failed_) return ignored_;
    failed_ = true;
    return reporter_.error(code, fragment_.span(begin, end), std::move(message));
  }

  void unexpected(std::string_view wanted) {
    if (failed_) return;
    if (is('S')) {
      forbid("// looks everywhere below, and a map says where: write the steps of the path, or loop with m:each");
    } else if (is('*')) {
      forbid("* stands for any name, and a map says which: write the name of the step");
    } else if (is('Q')) {
      forbid("axes are not part of the language: write the path with /, ../ and @");
    } else if (is('|')) {
      forbid("unions of paths are not part of the language: loop over each, or use default()");
    } else if (token_ == Token::end) {
      fail(end_, end_, "M010", fmt::format("the expression ends where {} should stand", wanted)).expected = wanted;
    } else {
      fail(token_begin_, token_end_, "M010", fmt::format("'{}' stands where {} should", token_text(), wanted)).expected =
        wanted;
    }
  }

  void forbid(std::string message) { fail(token_begin_, token_end_, "M017", std::move(message)); }

  ExprPtr make(Op op, std::size_t begin) {
    auto expr = std::make_unique<Expr>();
    expr->op = op;
    expr->span = fragment_.span(begin, begin);
    return expr;
  }
  ExprPtr close(ExprPtr expr, std::size_t begin) {
    expr->span = fragment_.span(begin, previous_end_);
    return expr;
  }

  // ---- operators

  struct Depth {
    explicit Depth(std::size_t& d) : depth(d) { ++depth; }
    ~Depth() { --depth; }
    std::size_t& depth;
  };

  std::optional<Op> operator_of_level(int level) const {
    switch (level) {
      case 0: return is_word("or") ? std::optional(Op::or_) : std::nullopt;
      case 1: return is_word("and") ? std::optional(Op::and_) : std::nullopt;
      case 2: return is('=') ? std::optional(Op::equal) : is('N') ? std::optional(Op::not_equal) : std::nullopt;
      case 3:
        return is('<')   ? std::optional(Op::less)
               : is('L') ? std::optional(Op::less_equal)
               : is('>') ? std::optional(Op::greater)
               : is('G') ? std::optional(Op::greater_equal)
                         : std::nullopt;
      case 4: return is('+') ? std::optional(Op::add) : is('-') ? std::optional(Op::subtract) : std::nullopt;
      default:
        return is('*')           ? std::optional(Op::multiply)
               : is_word("div") ? std::optional(Op::divide)
               : is_word("mod") ? std::optional(Op::modulo)
                                : std::nullopt;
    }
  }

  ExprPtr parse_or() {
    Depth deeper(depth_);
    if (depth_ > depth_limit) {
      fail(token_begin_, end_, "M010", fmt::format("this expression is nested more than {} deep", depth_limit));
      return nullptr;
    }
    return parse_level(0);
  }

  ExprPtr parse_level(int level) {
    auto begin = token_begin_;
    auto left = level == 5 ? parse_unary() : parse_level(level + 1);
    std::size_t operators = 0;
    while (left && !failed_) {
      auto op = operator_of_level(level);
      if (!op) break;
      if (++operators > depth_limit * 4) {
        fail(token_begin_, end_, "M010", "this expression has too many operators");
        return nullptr;
      }
      auto name = fragment_.span(token_begin_, token_end_);
      advance();
      auto right = level == 5 ? parse_unary() : parse_level(level + 1);
      if (!right) return nullptr;
      auto expr = make(*op, begin);
      expr->name_span = name;
      expr->args.push_back(std::move(left));
      expr->args.push_back(std::move(right));
      left = close(std::move(expr), begin);
    }
    return failed_ ? nullptr : std::move(left);
  }

  ExprPtr parse_unary() {
    auto begin = token_begin_;
    if (!is('-')) return parse_primary();
    Depth deeper(depth_);
    if (depth_ > depth_limit) {
      fail(token_begin_, end_, "M010", fmt::format("this expression is nested more than {} deep", depth_limit));
      return nullptr;
    }
    advance();
    auto operand = parse_unary();
    if (!operand) return nullptr;
    auto expr = make(Op::negate, begin);
    expr->args.push_back(std::move(operand));
    return close(std::move(expr), begin);
  }

  // ---- primaries and paths

  ExprPtr parse_primary() {
    auto begin = token_begin_;
    if (token_ == Token::number) {
      auto expr = make(Op::number, begin);
      expr->text = token_text();
      auto number = Decimal::parse(expr->text);
      if (!number) {
        fail(token_begin_, token_end_, "M010", "this number has more digits than a number can have (38)");
        return nullptr;
      }
      expr->number = *number;
      advance();
      return close(std::move(expr), begin);
    }
    if (token_ == Token::string) {
      auto expr = make(Op::string, begin);
      expr->text = text_.substr(token_begin_ + 1, token_end_ - token_begin_ - 2);
      advance();
      return close(std::move(expr), begin);
    }
    if (is('(')) {
      advance();
      auto expr = parse_or();
      if (!expr) return nullptr;
      if (!take(')')) {
        unexpected("')'");
        return nullptr;
      }
      return expr;
    }
    return parse_path();
  }

  ExprPtr parse_path() {
    auto begin = token_begin_;
    ExprPtr head;
    auto path = make(Op::path, begin);
    if (is('$')) {
      head = parse_variable();
      if (!head) return nullptr;
      if (!is('/')) return head;
      advance();
      path->path.start = Path::Start::variable;
    } else if (token_ == Token::name && peek() == '(') {
      head = parse_call();
      if (!head) return nullptr;
      if (!is('/')) return head;
      advance();
      path->path.start = Path::Start::call;
    } else if (is('/')) {
      advance();
      path->path.start = Path::Start::root;
    } else {
      while (is('U')) {
        advance();
        ++path->path.up;
        if (!is('/')) return close(std::move(path), begin);
        advance();
      }
    }
    path->path.head = std::move(head);
    if (!parse_steps(path->path.steps)) return nullptr;
    return close(std::move(path), begin);
  }

  ExprPtr parse_variable() {
    auto begin = token_begin_;
    advance();
    if (token_ != Token::name) {
      unexpected("the name of a variable");
      return nullptr;
    }
    auto expr = make(Op::variable, begin);
    expr->text = token_text();
    expr->name_span = fragment_.span(begin, token_end_);
    advance();
    return close(std::move(expr), begin);
  }

  ExprPtr parse_call() {
    auto begin = token_begin_;
    auto expr = make(Op::call, begin);
    expr->text = token_text();
    expr->name_span = fragment_.span(token_begin_, token_end_);
    const auto name_begin = token_begin_, name_end = token_end_;
    const auto* function = find_function(expr->text);
    if (!function) {
      unknown_function(expr->text);
      return nullptr;
    }
    expr->function = function->function;
    advance();
    advance();
    Depth deeper(depth_);
    if (depth_ > depth_limit) {
      fail(token_begin_, end_, "M010", fmt::format("this expression is nested more than {} deep", depth_limit));
      return nullptr;
    }
    if (!is(')')) {
      do {
        if (function->function == Function::require && expr->args.size() == 2 && token_ == Token::string) {
          expr->message = std::make_unique<TextTemplate>(
            parse_template(fragment_, token_begin_ + 1, token_end_ - 1, false, reporter_)
          );
        }
        auto argument = parse_or();
        if (!argument) return nullptr;
        expr->args.push_back(std::move(argument));
      } while (take(','));
    }
    if (!is(')')) {
      unexpected("',' or ')'");
      return nullptr;
    }
    advance();
    if (expr->args.size() < function->min_arguments || expr->args.size() > function->max_arguments) {
      auto& finding = fail(
        name_begin, name_end, "M013",
        fmt::format("{}() does not take {} argument{}", function->name, expr->args.size(), expr->args.size() == 1 ? "" : "s")
      );
      finding.expected = fmt::format("{}({})", function->name, function->parameters);
      return nullptr;
    }
    return close(std::move(expr), begin);
  }

  void unknown_function(const std::string& name) {
    auto& finding = fail(token_begin_, token_end_, "M012", fmt::format("there is no function {}()", name));
    auto names = function_names();
    if (auto why = missing_function(name); !why.empty()) finding.fix = why;
    else if (auto near = nearest(name, names); !near.empty()) finding.fix = fmt::format("did you mean {}()?", near);
    if (finding.fix.empty()) finding.expected = "a built-in function";
  }

  bool parse_steps(std::vector<Step>& steps) {
    do {
      Step step;
      if (!parse_step(step)) return false;
      const bool attribute = step.attribute;
      steps.push_back(std::move(step));
      if (steps.size() > 200) {
        fail(begin_, end_, "M010", "this path has too many steps");
        return false;
      }
      if (is('S')) {
        unexpected("a step");
        return false;
      }
      if (attribute && is('/')) {
        unexpected("the end of the path, for an attribute has nothing below it,");
        return false;
      }
    } while (take('/'));
    return true;
  }

  bool parse_step(Step& step) {
    auto begin = token_begin_;
    if (is('D')) {
      step.self = true;
      advance();
      step.span = fragment_.span(begin, previous_end_);
      if (is('[')) {
        unexpected("the end of the step, for . takes no predicate,");
        return false;
      }
      return true;
    }
    if (is('U')) {
      forbid("../ stands only at the beginning of a path");
      return false;
    }
    if (take('@')) step.attribute = true;
    if (!parse_step_name(step)) return false;
    step.span = fragment_.span(begin, previous_end_);
    while (is('[')) {
      if (step.attribute) {
        unexpected("the end of the step, for an attribute takes no predicate,");
        return false;
      }
      if (!parse_predicate(step)) return false;
    }
    return true;
  }

  bool parse_step_name(Step& step) {
    if (token_ != Token::name) {
      unexpected(step.attribute ? "the name of an attribute" : "a path or a value");
      return false;
    }
    step.name = token_text();
    advance();
    if (is('Q')) {
      unexpected("a step");
      return false;
    }
    if (is(':')) {
      advance();
      if (token_ != Token::name) {
        unexpected("a name");
        return false;
      }
      step.prefix = std::move(step.name);
      step.name = token_text();
      advance();
    }
    return true;
  }

  bool parse_predicate(Step& step) {
    auto begin = token_begin_;
    advance();
    Step::Predicate predicate;
    if (token_ == Token::number) {
      auto digits = token_text();
      if (digits.find('.') != std::string_view::npos || digits.size() > 9 || digits.find_first_not_of('0') == std::string_view::npos) {
        unexpected("a whole number from 1");
        return false;
      }
      predicate.kind = Step::Predicate::Kind::index;
      predicate.index = static_cast<std::uint32_t>(std::stoul(std::string(digits)));
      advance();
    } else if (is_word("last") && peek() == '(') {
      predicate.kind = Step::Predicate::Kind::last;
      advance();
      advance();
      if (!take(')')) {
        unexpected("')'");
        return false;
      }
    } else if (!parse_conditions(predicate)) {
      return false;
    }
    if (!take(']')) {
      unexpected("'and' or ']'");
      return false;
    }
    predicate.span = fragment_.span(begin, previous_end_);
    step.predicates.push_back(std::move(predicate));
    return true;
  }

  bool parse_conditions(Step::Predicate& predicate) {
    do {
      if (!predicate.conditions.empty()) advance();
      if (token_ == Token::name && peek() == '(') {
        fail(
          token_begin_, token_end_, "M017",
          "a predicate compares a path with a constant, is a number, or is last(); it calls no other function"
        );
        return false;
      }
      Step::Condition condition;
      auto begin = token_begin_;
      if (!parse_relative(condition)) return false;
      if (!take('=')) {
        unexpected("'=', the only comparison in a predicate,");
        return false;
      }
      if (token_ == Token::string || token_ == Token::number) condition.value = parse_primary();
      else if (is('$')) condition.value = parse_variable();
      else unexpected("a text in quotes, a number or a $variable");
      if (!condition.value) return false;
      condition.span = fragment_.span(begin, previous_end_);
      predicate.conditions.push_back(std::move(condition));
      if (is_word("or")) {
        forbid("a predicate knows only 'and': loop twice, or choose()");
        return false;
      }
    } while (is_word("and"));
    return true;
  }

  bool parse_relative(Step::Condition& condition) {
    if (is('D')) {
      advance();
      condition.rel_self = true;
      return true;
    }
    do {
      Step step;
      auto begin = token_begin_;
      if (take('@')) step.attribute = true;
      if (!parse_step_name(step)) return false;
      step.span = fragment_.span(begin, previous_end_);
      const bool attribute = step.attribute;
      condition.rel.push_back(std::move(step));
      if (attribute) break;
    } while (take('/'));
    return true;
  }

  const Fragment& fragment_;
  const std::string& text_;
  std::size_t next_, begin_, end_;
  Reporter& reporter_;
  Token token_ = Token::end;
  char symbol_ = 0;
  std::size_t token_begin_ = 0, token_end_ = 0, previous_end_ = 0;
  std::size_t depth_ = 0;
  bool failed_ = false;
  Finding ignored_;
};

}  // namespace

ExprPtr parse_expression(const Fragment& fragment, std::size_t begin, std::size_t end, Reporter& reporter) {
  return Parser(fragment, begin, end, reporter).whole();
}

bool is_name(std::string_view text) {
  if (text.empty() || !starts_name(text[0])) return false;
  for (char c : text) {
    if (!continues_name(c)) return false;
  }
  return true;
}

}  // namespace wayleave::mapping
