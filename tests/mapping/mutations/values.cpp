#include <algorithm>

#include "flow.hpp"
#include "mutation.hpp"
#include "schema/pattern.hpp"

// Qualifiers, constants, lengths and types: values that are wrong, or go where they do not fit.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

const char* const any_text = "the schema takes any text there";

class Values {
 public:
  Values(const Subject& subject, Collector& into) : subject_(subject), into_(into), flow_(subject) {}

  void run() {
    for (const auto& step : subject_.steps()) qualifiers(step);
    for (const auto& use : subject_.uses()) {
      comparison(*use);
      constant(*use);
      length(*use);
      scale(*use);
      one_of_several(*use);
    }
    for (const auto& placed : subject_.nodes()) literals(*placed.node);
    moves();
  }

 private:
  bool wrong(const schema::Model& model, schema::TypeId type, const std::string& text) const {
    return type != schema::none && !schema::diagnose_value(model, type, text).empty();
  }

  // Another text in the place of one, where the type does not take it.
  void other_text(const std::string& kind, const std::string& text, Range at, const schema::Model& model, schema::TypeId type) {
    std::size_t variant = 0;
    for (const auto& typo : typos(text)) {
      if (wrong(model, type, typo)) into_.add(kind, text + " → " + typo, {{at, typo}}, {at}, variant++);
      else into_.legal(kind, any_text);
    }
  }

  static Range inside(const Span& literal) { return {literal.begin + 1, literal.end - 1}; }

  // ---- qualifiers

  void qualifiers(const PlacedStep& placed) {
    const auto& step = *placed.step;
    if (step.predicates.empty() || !placed.from) return;
    const auto* use = child_use(*placed.from->model, placed.from->type, step.name);
    if (!use) return;
    dropped(placed, *use);
    for (const auto& predicate : step.predicates) {
      for (const auto& condition : predicate.conditions) {
        if (!condition.value || condition.value->op != Expr::Op::string) continue;
        const auto type = type_of_condition(*placed.from->model, placed.from->model->element(use->element).type, condition);
        other_text("qualifier-unlisted", condition.value->text, inside(condition.value->span), *placed.from->model, type);
      }
    }
  }

  static schema::TypeId type_of_condition(const schema::Model& model, schema::TypeId type, const Step::Condition& condition) {
    for (const auto& step : condition.rel) {
      if (step.attribute) {
        const auto* attribute = model.attribute(type, step.name);
        return attribute ? attribute->type : schema::none;
      }
      const auto* child = child_use(model, type, step.name);
      if (!child) return schema::none;
      type = model.element(child->element).type;
    }
    return type;
  }

  void dropped(const PlacedStep& placed, const schema::ChildUse& use) {
    const std::string kind = "qualifier-dropped";
    if (use.max == 1) return into_.legal(kind, "there is one at most");
    if (!flow_.wants_one(*placed.use)) return into_.legal(kind, "several are fine there");
    const auto& step = *placed.step;
    const Range predicates{step.predicates.front().span.begin, step.predicates.back().span.end};
    std::vector<Range> places{range_of(*placed.use)};
    for (const auto* reader : flow_.readers(*placed.use)) places.push_back(range_of(*reader));
    into_.add(kind, step.name + std::string(slice(subject_.text(), predicates)), {{predicates, ""}}, places);
  }

  void one_of_several(const Use& use) {
    if (use.expr->op != Expr::Op::call || use.expr->function != Function::first) return;
    const auto& items = *use.expr->args[0];
    if (!items.type.many) return;
    if (!flow_.wants_one(use)) return into_.legal("first-dropped", "several are fine there");
    std::vector<Range> places{range_of(use)};
    for (const auto* reader : flow_.readers(use)) places.push_back(range_of(*reader));
    into_.add("first-dropped", std::string(subject_.at(use.expr->span)), {{range_of(use), std::string(subject_.at(items.span))}}, places);
  }

  void comparison(const Use& use) {
    const auto& expr = *use.expr;
    if (expr.op != Expr::Op::equal && expr.op != Expr::Op::not_equal) return;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& literal = *expr.args[i];
      const auto& other = *expr.args[1 - i];
      if (literal.op != Expr::Op::string) continue;
      if (other.op == Expr::Op::path && other.type.node) {
        const auto type = other.type.attribute ? other.type.attribute->type : other.type.node->type;
        other_text("comparison-impossible", literal.text, inside(literal.span), *other.type.node->model, type);
      } else if (other.op == Expr::Op::call && other.function == Function::code && other.codes && other.codes->unknown != CodeList::Unknown::pass) {
        std::size_t variant = 0;
        for (const auto& typo : typos(literal.text)) {
          into_.add("comparison-impossible", literal.text + " → " + typo, {{inside(literal.span), typo}}, {inside(literal.span)}, variant++);
        }
      }
    }
  }

  // ---- constants of the target

  void literals(const TemplateNode& node) {
    if (node.kind != TemplateNode::Kind::element || node.type == schema::none) return;
    for (const auto& attribute : node.attributes) {
      const auto* use = subject_.target().attribute(node.type, attribute.name);
      if (use) literal(attribute.value, use->type);
    }
    if (node.text) literal(*node.text, node.type);
  }

  void literal(const TextTemplate& text, schema::TypeId type) {
    if (text.has_expressions() || text.parts.size() != 1) return;
    other_text("constant-wrong", text.parts[0].literal, {text.span.begin, text.span.end}, subject_.target(), type);
  }

  void constant(const Use& use) {
    if (use.expr->op != Expr::Op::string || use.expr->text.empty() || !Flow::arrives(use)) return;
    const auto destination = flow_.destination(use);
    if (!destination.single || destination.type == schema::none) return;
    other_text("constant-wrong", use.expr->text, inside(use.expr->span), subject_.target(), destination.type);
  }

  // ---- longer than it may be

  void length(const Use& use) {
    const auto& expr = *use.expr;
    const bool bounded = expr.op == Expr::Op::call && (expr.function == Function::fits || expr.function == Function::truncate);
    if (!bounded || !Flow::arrives(use)) return;
    const auto destination = flow_.destination(use);
    if (!destination.single || !destination.target || destination.target->kind != Kind::string) return;
    const auto limit = destination.target->max_length;
    const auto& text = *expr.args[0];
    const bool longer = text.type.kind == Kind::string && limit != schema::unbounded && text.type.max_length > limit;
    if (!longer) return into_.legal("length-unchecked", limit == schema::unbounded ? "the target takes any length" : "what is written is never longer");
    into_.add("length-unchecked", std::string(subject_.at(expr.span)), {{range_of(use), std::string(subject_.at(text.span))}}, {range_of(use)});
    const auto& bound = expr.args[1]->span;
    into_.add("length-too-long", std::string(subject_.at(expr.span)), {{{bound.begin, bound.end}, std::to_string(limit + 1)}}, {range_of(use)});
  }

  void scale(const Use& use) {
    const auto& expr = *use.expr;
    if (expr.op != Expr::Op::call || expr.function != Function::round || !Flow::arrives(use) || expr.args.size() < 2) return;
    const auto destination = flow_.destination(use);
    if (!destination.single || !destination.target) return;
    const auto& number = *expr.args[0];
    const auto limit = destination.target->kind == Kind::integer ? 0 : destination.target->scale;
    const auto digits = number.type.kind == Kind::integer ? 0 : number.type.scale;
    // A quotient has no end of digits wherever it goes.
    const bool quotient = number.op == Expr::Op::divide;
    const bool finer = is_number(destination.target->kind) && digits > limit;
    if (!finer && !quotient) return into_.legal("scale-unchecked", "what is written has no more decimals than the target takes");
    into_.add("scale-unchecked", std::string(subject_.at(expr.span)), {{range_of(use), std::string(subject_.at(number.span))}}, {range_of(use)});
    if (!finer) return;
    const auto& bound = expr.args[1]->span;
    into_.add("scale-too-fine", std::string(subject_.at(expr.span)), {{{bound.begin, bound.end}, std::to_string(limit + 1)}}, {range_of(use)});
  }

  // ---- a value in the place of another

  struct Leaf {
    const Use* use;
    Destination destination;
  };

  // What is written in one place over one item of the source: any of them could stand where another does.
  void moves() {
    std::map<const void*, std::vector<Leaf>> scopes;
    for (const auto& use : subject_.uses()) {
      if (use->parent) continue;
      auto destination = flow_.destination(*use);
      if (!destination.single || !destination.target || destination.target->kind == Kind::structure) continue;
      const auto* placed = flow_.placed(*use->origin.node);
      const void* scope = use->origin.node->each ? static_cast<const void*>(use->origin.node) : placed ? static_cast<const void*>(placed->list) : nullptr;
      scopes[scope].push_back({use.get(), destination});
    }
    for (const auto& [scope, leaves] : scopes) {
      for (const auto& leaf : leaves) {
        std::size_t variant = 0;
        for (const auto& donor : leaves) {
          if (&donor == &leaf) continue;
          const auto reason = misfit(*donor.use->expr, leaf.destination);
          if (reason.empty()) into_.legal("value-moved", "the types agree");
          else into_.add("value-moved-" + reason, std::string(subject_.at(leaf.use->expr->span)) + " → " + std::string(subject_.at(donor.use->expr->span)),
                         {{range_of(*leaf.use), std::string(subject_.at(donor.use->expr->span))}}, {range_of(*leaf.use)}, variant++);
        }
      }
    }
  }

  // Why a value does not fit, for certain or perhaps; empty: it does.
  std::string misfit(const Expr& donor, const Destination& to) const {
    const auto& value = donor.type;
    const auto& target = *to.target;
    if (value.kind == Kind::unknown || value.kind == Kind::structure || value.many) return "";
    if (value.values) {
      const auto fits = [&](const std::string& text) { return (text.empty() && target.kind == Kind::string) || !wrong(subject_.target(), to.type, text); };
      return std::all_of(value.values->begin(), value.values->end(), fits) ? "" : "unlisted";
    }
    if (target.kind == Kind::string) {
      if (target.values) return "unlisted";
      if (value.kind != Kind::string) return other_kind(value.kind, to.type) ? "type" : "";
      if (unshaped(donor, to.type)) return "unshaped";
      return target.max_length != schema::unbounded && value.max_length > target.max_length ? "longer" : "";
    }
    if (is_number(target.kind)) {
      if (!is_number(value.kind)) return "type";
      const auto limit = target.kind == Kind::integer ? 0 : target.scale;
      return value.kind == Kind::decimal && value.scale > limit ? "finer" : "";
    }
    return value.kind == target.kind ? "" : "type";
  }

  // A date, a time, true and false, that no text of the type looks like.
  bool other_kind(Kind kind, schema::TypeId type) const {
    const auto none = [&](std::initializer_list<const char*> specimens) {
      return std::all_of(specimens.begin(), specimens.end(), [&](const char* text) { return wrong(subject_.target(), type, text); });
    };
    switch (kind) {
      case Kind::boolean: return none({"true", "false"});
      case Kind::date: return none({"2024-02-29"});
      case Kind::time: return none({"17:30:00", "17:30:00Z"});
      case Kind::datetime: return none({"2024-02-29T17:30:00", "2024-02-29T17:30:00Z"});
      default: return false;
    }
  }

  // A path to text of the sender's own, for a target that wants a certain form.
  bool unshaped(const Expr& donor, schema::TypeId target) const {
    const auto* path = &donor;
    while (path->op == Expr::Op::call && (path->function == Function::fits || path->function == Function::truncate)) path = path->args[0].get();
    const auto& wanted = subject_.target().type(target).facets.patterns;
    if (path->op != Expr::Op::path || !path->type.node || wanted.empty()) return false;
    const auto type = path->type.attribute ? path->type.attribute->type : path->type.node->type;
    if (type == schema::none) return true;
    const auto& given = path->type.node->model->type(type).facets.patterns;
    const auto lexical = says_as(subject_.target(), target);   // that a data element is not blank goes without saying
    return std::any_of(wanted.begin(), wanted.end(), [&](const auto& pattern) {
      if (lexical != schema::none) {
        const auto& own = subject_.target().type(lexical).facets.patterns;
        if (std::any_of(own.begin(), own.end(), [&](const auto& other) { return other->text == pattern->text; })) return false;
      }
      return std::none_of(given.begin(), given.end(), [&](const auto& other) { return other->text == pattern->text; });
    });
  }

  const Subject& subject_;
  Collector& into_;
  Flow flow_;
};

}  // namespace

void break_values(const Subject& subject, Collector& into) { Values(subject, into).run(); }

}  // namespace mutations
