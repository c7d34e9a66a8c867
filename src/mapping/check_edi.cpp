#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/check_expression.hpp"
#include "mapping/segment.hpp"

/// The functions that read segments of EDI messages.
namespace wayleave::mapping {

// paired('BP'): a value of the segment at hand, told by the qualifier before it.
void ExpressionChecker::check_paired(Expr& expr, const Scope& scope) {
  expr.type = simple(Kind::string);
  auto& type = expr.type;
  const Type& wanted = text_argument(expr, 0, scope);
  type.optional = true;
  if (!scope.node) {
    if (scope.current.kind == Kind::unknown) return;   // told where the loop begins
    reporter_.error("M301", expr.span, "paired() reads the segment at hand, and the item here is a text");
    return;
  }
  const auto& model = *scope.node->model;
  const auto pairs = pairs_of(model, scope.node->type);
  if (pairs.empty()) {
    reporter_
        .error(
            "M301", expr.span,
            fmt::format("paired() reads pairs of a qualifier and its value, and {} has none", path_of(scope.node))
        )
        .expected = "a segment whose guide says edi:pairs";
    return;
  }
  type.max_length = 0;
  std::vector<std::string> allowed;
  bool closed = true;
  for (const auto& [qualifier, value] : pairs) {
    const auto& declared = model.element(value);
    expr.pairs.push_back({model.element(qualifier).name, declared.name, model.type(declared.type).facets.whitespace});
    c_.read_elements.emplace(&model, qualifier);
    c_.read_elements.emplace(&model, value);
    const auto kind = type_of(c_.places, model, declared.type);
    type.max_length = std::max(type.max_length, kind.max_length);
    const auto codes = type_of(c_.places, model, model.element(qualifier).type);
    if (!codes.values) closed = false;
    else allowed.insert(allowed.end(), codes.values->begin(), codes.values->end());
  }
  type.min_length = 1;
  if (known(scope.node, paired_key(expr))) type.optional = wanted.optional;
  if (!closed || expr.args[0]->op != Expr::Op::string) return;
  if (std::find(allowed.begin(), allowed.end(), expr.args[0]->text) != allowed.end()) return;
  auto& finding = reporter_.error(
      "M110", expr.args[0]->span,
      fmt::format("'{}' is no qualifier that the guide allows here, so nothing is ever found", expr.args[0]->text)
  );
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  finding.expected = "one of " + list_of(allowed);
  if (auto near = nearest(expr.args[0]->text, allowed); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
}

std::string ExpressionChecker::paired_key(const Expr& call) { return "paired(" + call.args[0]->text + ")"; }

// edifact-date(C507): what 2380 says in the form of 2379.
void ExpressionChecker::check_edifact_date(Expr& expr, const Scope& scope) {
  const Type given = check(*expr.args[0], scope);
  expr.type = simple(Kind::datetime);
  expr.type.optional = given.optional || given.maybe_empty;
  if (given.kind == Kind::unknown) {
    expr.type = {};
    return;
  }
  if (given.many) {
    reporter_.error("M102", expr.args[0]->span, "this may give several dates where one is wanted").fix = "pick one with [C507/E2005='…'] or first()";
    return;
  }
  if (!given.is_element() || !holds_date(*given.node->model, given.node->type)) {
    reporter_.error("M301", expr.args[0]->span, "edifact-date() reads C507, and this is something else").expected = "a path to C507 or to a DTM";
    return;
  }
  if (!read_date(*given.node->model, given.node->type)) expr.type.optional = true;
  may_fail(expr, "not every text is a date of the format that is said beside it");
}

}  // namespace wayleave::mapping
