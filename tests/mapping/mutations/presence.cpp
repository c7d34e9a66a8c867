#include <algorithm>

#include "flow.hpp"
#include "mutation.hpp"

// What handles absence and several values: default(), require(), m:each, the last branch of a choice.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

class Presence {
 public:
  Presence(const Subject& subject, Collector& into) : subject_(subject), into_(into), flow_(subject) {}

  void run() {
    for (const auto& use : subject_.uses()) unhandled(*use);
    for (const auto& placed : subject_.nodes()) {
      if (placed.node->each) {
        forgotten(*placed.node);
        each_dropped(*placed.node);
      }
      if (placed.node->kind == TemplateNode::Kind::otherwise) branch(placed);
      if (placed.node->kind == TemplateNode::Kind::element && placed.node->text && !placed.node->of_segment) emptied(placed);
    }
  }

 private:
  // ---- default() and require()

  void unhandled(const Use& use) {
    const auto& expr = *use.expr;
    if (expr.op != Expr::Op::call || (expr.function != Function::default_ && expr.function != Function::require)) return;
    const std::string kind = "optional-unhandled";
    const auto& value = *expr.args[0];
    if (value.type.kind == Kind::unknown) return;
    if (!value.type.optional && !value.type.maybe_empty && !value.type.fallible) return into_.legal(kind, "the value is always there");
    std::vector<Range> places{range_of(use)};
    for (const auto* reader : flow_.readers(*whole(use))) places.push_back(range_of(*reader));
    // What can fail is to be handled wherever it goes.
    const bool demanded = reaches_mandatory(use, !value.type.optional && !value.type.fallible, 0);
    if (!demanded) return into_.legal(kind, "what it is written into may be absent");
    into_.add(kind, std::string(subject_.at(expr.span)), {{range_of(use), std::string(subject_.at(value.span))}}, places);
  }

  static const Use* whole(const Use& use) {
    const auto* at = &use;
    while (at->parent) at = at->parent;
    return at;
  }

  bool reaches_mandatory(const Use& use, bool only_empty, int depth) const {
    if (!Flow::absence_arrives(use) || depth > 3) return false;
    const auto* top = whole(use);
    const auto readers = flow_.readers(*top);
    if (std::any_of(readers.begin(), readers.end(), [&](const Use* reader) { return reaches_mandatory(*reader, only_empty, depth + 1); })) return true;
    const auto destination = flow_.destination(*top);
    if (!destination.target || !destination.mandatory) return false;
    const bool writes_empty = destination.target->kind == Kind::string && destination.target->min_length == 0 && !destination.target->values;
    if (writes_empty || (only_empty && !destination.single)) return false;
    return destination.attribute || !goes_with_parent(*destination.node);
  }

  // The only element in one that is left out when it has nothing in it.
  bool goes_with_parent(const TemplateNode& node) const {
    const auto* placed = flow_.placed(node);
    if (!placed || !placed->element) return false;
    for (const auto& other : subject_.nodes()) {
      if (other.node != &node && other.element == placed->element && other.node->kind == TemplateNode::Kind::element) return false;
    }
    const auto* parent = flow_.placed(*placed->element);
    if (!parent || placed->element->keep) return false;
    const auto* use = child_use(subject_.target(), parent->type, placed->element->name);
    return use && use->min == 0;
  }

  // A mandatory value that is not written.
  void emptied(const Placed& placed) {
    const auto* use = child_use(subject_.target(), placed.type, placed.node->name);
    const auto& target = placed.node->target;
    const bool writes_empty = target.kind == Kind::string && target.min_length == 0 && !target.values;
    if (!use || writes_empty || target.kind == Kind::structure) return;
    const auto& tag = *subject_.tag(*placed.node);
    into_.add("value-emptied", placed.node->name, {{tag.content, blank(slice(subject_.text(), tag.content))}}, {tag.opening_name});
  }

  // ---- several

  // `.` of the loop written as the path itself, without the loop.
  void forgotten(const TemplateNode& node) {
    if (node.kind != TemplateNode::Kind::element || !node.text || !node.each->type.many) return;
    const auto& tag = *subject_.tag(node);
    std::vector<Edit> edits;
    for (const char* name : {"m:each", "m:sort", "m:as"}) {
      if (const auto* attribute = tag.attribute(name)) edits.push_back({attribute->whole, blank(slice(subject_.text(), attribute->whole))});
    }
    std::vector<Range> places{tag.opening_name};
    bool wants_one = false;
    for (const auto& use : subject_.uses()) {
      const auto& expr = *use->expr;
      const bool item = expr.op == Expr::Op::path && expr.path.steps.size() == 1 && expr.path.steps[0].self && expr.path.up == 0;
      if (!item || use->origin.node != &node || use->origin.role != Origin::Role::text) continue;
      edits.push_back({range_of(*use), std::string(subject_.at(node.each->span))});
      places.push_back(range_of(*use));
      wants_one = wants_one || flow_.wants_one(*use);
    }
    if (wants_one) into_.add("each-forgotten", std::string(subject_.at(node.each->span)), std::move(edits), places);
  }

  // The loop left out, and its body as it was: what it names is not there.
  void each_dropped(const TemplateNode& node) {
    const auto& tag = *subject_.tag(node);
    const auto* attribute = tag.attribute("m:each");
    const StaticNode* outside = nullptr;
    std::size_t missing = 0;
    for (const auto& step : subject_.steps()) {
      const bool begins = step.use->origin.node == &node && step.use->expr->op == Expr::Op::path && step.step == &step.use->expr->path.steps[0] &&
                          step.use->expr->path.start == Path::Start::current && step.use->expr->path.up == 0 && !step.step->self;
      if (!begins) continue;
      if (step.use->origin.role == Origin::Role::each && !step.use->parent) outside = step.from;
      else if (outside && step.from && step.from != outside && !in_type(*outside, *step.step)) ++missing;
    }
    if (!attribute || !outside) return;
    if (missing == 0) return into_.legal("each-dropped", "its body means something outside the loop, too");
    into_.add("each-dropped", std::string(subject_.at(node.each->span)), {{attribute->whole, blank(slice(subject_.text(), attribute->whole))}}, {tag.whole});
  }

  static bool in_type(const StaticNode& node, const Step& step) {
    return step.attribute ? node.model->attribute(node.type, step.name) != nullptr : child_use(*node.model, node.type, step.name) != nullptr;
  }

  // ---- choices

  void branch(const Placed& placed) {
    const auto& tag = *subject_.tag(*placed.node);
    bool needed = false;
    for (const auto& node : placed.node->children) {
      const auto* use = node->kind == TemplateNode::Kind::element ? child_use(subject_.target(), placed.type, node->name) : nullptr;
      if (!use || use->min == 0) continue;
      const auto* choose = placed.around.back();
      needed = needed || std::none_of(subject_.nodes().begin(), subject_.nodes().end(), [&](const Placed& other) {
        return other.element == placed.element && other.definition == placed.definition && other.node->kind == TemplateNode::Kind::element &&
               other.node->name == node->name && std::find(other.around.begin(), other.around.end(), choose) == other.around.end();
      });
    }
    if (!needed) return into_.legal("branch-dropped", "nothing in it is mandatory");
    std::vector<Range> places{tag.whole, subject_.tag(*placed.around.back())->opening_name};
    into_.add("branch-dropped", "m:otherwise", {{tag.whole, blank(slice(subject_.text(), tag.whole))}}, places);
  }

  const Subject& subject_;
  Collector& into_;
  Flow flow_;
};

}  // namespace

void break_presence(const Subject& subject, Collector& into) { Presence(subject, into).run(); }

}  // namespace mutations
