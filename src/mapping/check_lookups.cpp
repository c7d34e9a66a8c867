#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/characters.hpp"
#include "mapping/check_expression.hpp"
#include "mapping/codes.hpp"

namespace wayleave::mapping {
// ---- codes

void ExpressionChecker::check_code_function(Expr& expr, const Scope& scope) {
  auto& type = expr.type;
  type = simple(expr.function == Function::in_list ? Kind::boolean : Kind::string);
  const Type source = text_argument(expr, 0, scope);
  const auto* list = list_argument(expr, 1, scope);
  if (!list) type.kind = Kind::unknown;   // told; nothing more about its value
  if (!list) return;
  if (expr.function == Function::in_list) return;
  if (expr.function == Function::label) {
    type.optional = true;
    return;
  }
  std::vector<std::string> targets;
  if (list) {
    for (const auto& row : list->rows) targets.push_back(row.to);
    if (list->unknown == CodeList::Unknown::fallback) targets.push_back(list->fallback);
  }
  std::vector<std::string> missing;
  if (list && source.values) {
    for (const auto& value : *source.values) {
      if (!list->find(value, 0)) missing.push_back(value);
    }
  }
  const bool total = list && ((source.values && missing.empty()) || known_in_list(expr));
  if (expr.function == Function::code_or) {
    const auto& other = text_argument(expr, 2, scope);
    if (other.values) targets.insert(targets.end(), other.values->begin(), other.values->end());
    else list = nullptr;
  } else if (list && list->unknown == CodeList::Unknown::reject && !total) {
    type.fallible = true;
    if (expr.quiet) {
      type.optional = true;
    } else {
      auto& finding = reporter_.warning(
        "M401", expr.span,
        missing.empty() ? fmt::format("list {} cannot have a row for every text; others are refused in our words, not yours", list->name)
                        : fmt::format("list {} has no row for {}", list->name, list_of(missing, 6))
      );
      finding.fix = missing.empty() ? "say what then: require(code(…), 'CODE', 'text for the customer') or code-or(…, 'instead')"
                                    : "add the rows, or say what then with require(), default() or code-or()";
    }
  }
  const bool open = !list || (expr.function == Function::code && list->unknown == CodeList::Unknown::pass && !total);
  if (!open) {
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    type.min_length = targets.empty() ? 0 : schema::unbounded;
    type.max_length = 0;
    for (const auto& target : targets) {
      type.min_length = std::min(type.min_length, characters(target));
      type.max_length = std::max(type.max_length, characters(target));
    }
    type.values = c_.places.add_values(std::move(targets));
    if (expr.function == Function::code) type.list = list;
  }
}

// ---- context

void ExpressionChecker::check_context_function(Expr& expr, const Scope& scope) {
  auto& args = expr.args;
  auto& type = expr.type;
  switch (expr.function) {
    case Function::position:
    case Function::last:
      type = simple(Kind::integer);
      if (scope.depth == 0) {
        reporter_.error("M019", expr.span, fmt::format("{}() counts the items of a loop, and there is none around it", expr.text));
      }
      return;
    case Function::partner:
    case Function::message:
      type = simple(Kind::string);
      text_argument(expr, 0, scope);
      type.optional = true;
      type.min_length = 1;
      // Ids of partners have the form that partner.xsd gives them, and that the canonical schemas repeat.
      type.shaped = expr.function == Function::partner && args[0]->op == Expr::Op::string && args[0]->text == "id";
      return;
    case Function::seq: {
      type = simple(Kind::integer);
      const auto* name = literal_argument(expr, 0, scope, "the name of the sequence");
      if (!name) return;
      auto found = c_.sequences.find(*name);
      if (found != c_.sequences.end()) {
        found->second = true;
        return;
      }
      auto& finding = reporter_.error("M014", args[0]->span, fmt::format("there is no sequence '{}'", *name));
      finding.fix = c_.is_map ? fmt::format("declare it: <m:sequence name=\"{}\" scope=\"partner\"/>", *name) : "only maps count";
      return;
    }
    case Function::key: return check_key(expr, scope);
    case Function::linked: return check_linked(expr, scope);
    default: {  // state
      const auto* kind = literal_argument(expr, 0, scope, "the kind of state");
      text_argument(expr, 1, scope);
      type = {};
      if (!kind) return;
      auto found = c_.states.find(*kind);
      if (found != c_.states.end() && found->second) return document_type(expr, *found->second);
      std::vector<std::string> names;
      for (const auto& [known, schema] : c_.states) names.push_back(known);
      unknown_name(*args[0], "state", *kind, names);
      return;
    }
  }
}

void ExpressionChecker::document_type(Expr& expr, const schema::Schema& schema) {
  const auto& model = schema.model();
  expr.type = type_of(c_.places, model, model.element(schema.root()).type);
  expr.type.node = c_.places.add(model, schema.root(), nullptr);
  expr.type.optional = true;
}

void ExpressionChecker::unknown_name(const Expr& at, std::string_view what, const std::string& name, const std::vector<std::string>& names) {
  auto& finding = reporter_.error("M014", at.span, fmt::format("there is no {} '{}'", what, name));
  finding.expected = names.empty() ? "nothing of that sort here" : "one of " + list_of(names);
  if (auto near = nearest(name, names); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
}

void ExpressionChecker::check_linked(Expr& expr, const Scope& scope) {
  const auto* name = literal_argument(expr, 0, scope, "the name");
  expr.type = {};
  if (!name) return;
  auto found = c_.linked.find(*name);
  if (found == c_.linked.end()) {
    std::vector<std::string> names;
    for (const auto& [known, linked] : c_.linked) names.push_back(known);
    unknown_name(*expr.args[0], "linked document", *name, names);
    return;
  }
  found->second->used = true;
  expr.linked = found->second;
  if (found->second->loaded) document_type(expr, *found->second->loaded);
}

void ExpressionChecker::check_key(Expr& expr, const Scope& scope) {
  const auto* name = literal_argument(expr, 0, scope, "the name of the key");
  const auto& wanted = value(*expr.args[1], scope);
  expr.type = {};
  if (!name) return;
  auto found = c_.keys.find(*name);
  if (found == c_.keys.end()) {
    std::vector<std::string> names;
    for (const auto& [known, key] : c_.keys) names.push_back(known);
    unknown_name(*expr.args[0], "key", *name, names);
    return;
  }
  auto& key = *found->second;
  key.used = true;
  expr.key = &key;
  if (key.type.kind == Kind::unknown || key.type.node == nullptr) return;
  const auto kind = key.use->type.kind;
  if (wanted.kind != Kind::unknown && kind != Kind::unknown && wanted.kind != kind && !(is_number(wanted.kind) && is_number(kind)) &&
      (is_number(wanted.kind) || is_number(kind))) {
    reporter_.error("M301", expr.args[1]->span, fmt::format("the key '{}' is {}, this is {}", *name, words(kind), words(wanted.kind)));
  }
  expr.type = key.type;
  expr.type.optional = true;
  expr.type.many = !key.unique;
  if (!key.unique && picking_ == 0) {
    auto& finding = reporter_.warning("M602", expr.span, fmt::format("nothing in the schema says that a value of '{}' stands for one element, and every look-up gives all of them", *name));
    finding.fix = "take one, first(key(…)), or declare an xs:unique in the schema";
  }
}

}  // namespace wayleave::mapping
