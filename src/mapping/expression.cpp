#include "mapping/expression.hpp"

#include "mapping/check_expression.hpp"
#include "mapping/evaluate.hpp"
#include "mapping/parse_expression.hpp"

namespace wayleave::mapping {
namespace {

// What an expression and a template outside a map have in common.
struct Checked {
  Compilation compilation;
  schema::SchemaPtr schema;
  Scope scope;
  Fragment fragment;

  Checked(std::string_view text, const schema::SchemaPtr& of, const States& states, const TextAt& at) : schema(of) {
    compilation.states = states;
    compilation.files.add(at.file, std::string(text), at.line, at.column);
    fragment.text = text;
    if (!schema) return;
    const auto& model = schema->model();
    scope.root = scope.node = compilation.places.add(model, schema->root(), nullptr);
    scope.current = type_of(compilation.places, model, scope.node->type);
    scope.current.node = scope.node;
  }

  // Findings go to the caller; false when there are errors.
  bool settle(const TextAt& at, Findings& findings) {
    const bool fine = compilation.reporter.errors() == 0;
    for (auto& finding : compilation.findings) {
      finding.in = at.file;
      findings.push_back(std::move(finding));
    }
    compilation.findings.clear();
    return fine;
  }
};

void append(Findings& to, Findings&& from) {
  for (auto& finding : from) to.push_back(std::move(finding));
}

const Budget& default_budget() {
  static const Budget budget;
  return budget;
}

}  // namespace

struct Expression::Impl {
  explicit Impl(std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at)
      : checked(text, schema, states, at) {}
  Checked checked;
  ExprPtr expr;
};

struct Template::Impl {
  explicit Impl(std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at)
      : checked(text, schema, states, at) {}
  Checked checked;
  TextTemplate text;
};

bool Expression::test(const Document& document, const Context& context, Findings& findings) const {
  const auto& c = impl_->checked.compilation;
  if (document.empty()) return false;
  Evaluator evaluator(document, context, default_budget(), c.files, Workspace::of_thread(), c.slots, c.caches);
  const bool holds = evaluator.condition(*impl_->expr, evaluator.root());
  const bool failed = has_errors(evaluator.findings);
  append(findings, std::move(evaluator.findings));
  return holds && !failed;
}

std::optional<std::string> Expression::value(const Document& document, const Context& context, Findings& findings) const {
  const auto& c = impl_->checked.compilation;
  if (document.empty()) return std::nullopt;
  Evaluator evaluator(document, context, default_budget(), c.files, Workspace::of_thread(), c.slots, c.caches);
  auto text = evaluator.text(*impl_->expr, evaluator.root());
  std::optional<std::string> value;
  if (text) value = std::string(*text);
  if (has_errors(evaluator.findings)) value.reset();
  append(findings, std::move(evaluator.findings));
  return value;
}

std::optional<std::string> Template::render(const Document& document, const Context& context, Findings& findings) const {
  const auto& c = impl_->checked.compilation;
  if (document.empty()) return std::nullopt;
  Evaluator evaluator(document, context, default_budget(), c.files, Workspace::of_thread(), c.slots, c.caches);
  auto text = evaluator.text(impl_->text, evaluator.root());
  std::optional<std::string> value;
  if (text) value = std::string(*text);
  if (has_errors(evaluator.findings)) value.reset();
  append(findings, std::move(evaluator.findings));
  return value;
}

std::shared_ptr<const Expression> compile_expression(
  std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at, Findings& findings
) {
  auto impl = std::make_shared<Expression::Impl>(text, schema, states, at);
  auto& checked = impl->checked;
  impl->expr = parse_expression(checked.fragment, 0, checked.fragment.text.size(), checked.compilation.reporter);
  if (impl->expr && schema) {
    ExpressionChecker checker(checked.compilation);
    checker.check(*impl->expr, checked.scope);
  }
  if (!checked.settle(at, findings) || !impl->expr || !schema) return nullptr;
  return std::make_shared<const Expression>(std::move(impl));
}

std::shared_ptr<const Template> compile_template(
  std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at, Findings& findings
) {
  auto impl = std::make_shared<Template::Impl>(text, schema, states, at);
  auto& checked = impl->checked;
  impl->text = parse_template(checked.fragment, true, checked.compilation.reporter);
  if (schema) {
    ExpressionChecker checker(checked.compilation);
    checker.text(impl->text, checked.scope);
  }
  if (!checked.settle(at, findings) || !schema) return nullptr;
  return std::make_shared<const Template>(std::move(impl));
}

}  // namespace wayleave::mapping
