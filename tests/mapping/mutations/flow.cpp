#include "flow.hpp"

#include <algorithm>

namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;
using Role = Origin::Role;

Range range_of(const Use& use) { return {use.expr->span.begin, use.expr->span.end}; }

Flow::Flow(const Subject& subject) : subject_(subject) {
  for (const auto& placed : subject.nodes()) nodes_.emplace(placed.node, &placed);
}

const Placed* Flow::placed(const TemplateNode& node) const {
  auto found = nodes_.find(&node);
  return found == nodes_.end() ? nullptr : found->second;
}

Destination Flow::destination(const Use& use) const {
  Destination found;
  const auto& origin = use.origin;
  if (origin.role != Role::text && origin.role != Role::attribute) return found;
  if (!origin.node || origin.node->kind != TemplateNode::Kind::element || origin.node->type == schema::none) return found;
  found.node = origin.node;
  found.single = origin.text->parts.size() == 1;
  if (origin.attribute) {
    const auto* declared = subject_.target().attribute(origin.node->type, origin.attribute->name);
    if (!declared) return found;
    found.attribute = origin.attribute;
    found.type = declared->type;
    found.target = &origin.attribute->target;
    found.mandatory = declared->required;
    return found;
  }
  const auto* place = placed(*origin.node);
  const auto* declared = place ? child_use(subject_.target(), place->type, origin.node->name) : nullptr;
  found.type = origin.node->type;
  found.target = &origin.node->target;
  found.mandatory = declared && declared->min > 0 && declared->max == 1;
  return found;
}

bool Flow::arrives(const Use& use) {
  if (!use.parent) return true;
  const auto& parent = *use.parent->expr;
  if (parent.op != Expr::Op::call) return false;
  const bool through = parent.function == Function::default_ || (parent.function == Function::choose && use.argument > 0) ||
                       (parent.function == Function::code_or && use.argument == 2) || (parent.function == Function::require && use.argument == 0);
  return through && arrives(*use.parent);
}

bool Flow::absence_arrives(const Use& use) {
  if (!use.parent) return true;
  const auto& parent = *use.parent->expr;
  if (parent.op >= Expr::Op::add && parent.op <= Expr::Op::negate) return absence_arrives(*use.parent);
  if (parent.op != Expr::Op::call) return false;
  switch (parent.function) {
    case Function::default_: return use.argument + 1 == parent.args.size() && absence_arrives(*use.parent);
    case Function::choose: return use.argument > 0 && absence_arrives(*use.parent);
    case Function::require:
    case Function::exists:
    case Function::count:
    case Function::join:
    case Function::sum:
    case Function::matches:
    case Function::in_list:
    case Function::check_digit_ok: return false;
    case Function::code_or: return use.argument == 2 && absence_arrives(*use.parent);
    default: return absence_arrives(*use.parent);
  }
}

std::vector<const Use*> Flow::readers(const Use& use) const {
  std::vector<const Use*> found;
  if (use.parent || use.origin.role != Role::let || !use.origin.node) return found;
  const auto* declared = placed(*use.origin.node);
  for (const auto& other : subject_.uses()) {
    if (other->expr->op != Expr::Op::variable || other->expr->text != use.origin.node->variable) continue;
    if (other->expr->slot == use.origin.node->slot || !declared) found.push_back(other.get());
  }
  return found;
}

bool Flow::wants_one(const Use& use) const {
  if (use.parent) {
    const auto& parent = *use.parent->expr;
    if (parent.op == Expr::Op::path) return false;   // the beginning of a path: several give several
    if (parent.op == Expr::Op::and_ || parent.op == Expr::Op::or_) return false;
    if (parent.op != Expr::Op::call) return true;
    switch (parent.function) {
      case Function::exists:
      case Function::count:
      case Function::first:
      case Function::join:
      case Function::sum:
      case Function::min:
      case Function::max: return use.argument > 0;
      case Function::choose: return use.argument > 0 && wants_one(*use.parent);
      default: return true;
    }
  }
  switch (use.origin.role) {
    case Role::text:
    case Role::attribute:
    case Role::message:
    case Role::with:
    case Role::sort:
    case Role::by: return true;
    case Role::let: {
      const auto found = readers(use);
      return std::any_of(found.begin(), found.end(), [&](const Use* reader) { return wants_one(*reader); });
    }
    default: return false;
  }
}

}  // namespace mutations
