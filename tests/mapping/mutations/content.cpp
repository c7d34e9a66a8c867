#include <algorithm>

#include "mutation.hpp"

// The shape of the target: what is mandatory, what may come once, in which order, and what is repeated.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

using Kind = TemplateNode::Kind;

// The chain of lists around a node, up to the element it belongs to: `choose` branches tell what excludes each other.
bool exclude_each_other(const Placed& a, const Placed& b) {
  for (std::size_t i = 0; i < std::min(a.around.size(), b.around.size()); ++i) {
    if (a.around[i] == b.around[i]) continue;
    return i > 0 && a.around[i - 1]->kind == Kind::choose && a.around[i - 1] == b.around[i - 1];
  }
  return false;
}

// Whether an element may come anywhere after another, by the content model.
bool may_follow(const schema::Type& type, NameId first, NameId then) {
  const auto& automaton = type.automaton;
  if (automaton.all_group) return true;
  std::vector<bool> seen(automaton.states.size(), false);
  std::vector<std::uint32_t> open;
  for (std::uint32_t state = 0; state < automaton.states.size(); ++state) {
    for (const auto& edge : automaton.from(state)) {
      if (edge.name == first && !seen[edge.target]) seen[edge.target] = true, open.push_back(edge.target);
    }
  }
  while (!open.empty()) {
    const auto state = open.back();
    open.pop_back();
    for (const auto& edge : automaton.from(state)) {
      if (edge.name == then || edge.name == no_name) return true;
      if (!seen[edge.target]) seen[edge.target] = true, open.push_back(edge.target);
    }
  }
  return false;
}

class Content {
 public:
  Content(const Subject& subject, Collector& into) : subject_(subject), into_(into) {}

  void run() {
    for (const auto& placed : subject_.nodes()) {
      if (placed.node->of_segment) {
        slot(placed);
        continue;
      }
      if (placed.node->kind == Kind::element && placed.type != schema::none) element(placed);
      if (placed.node->kind == Kind::element) attributes(*placed.node);
      if (placed.node->segment) segment(*placed.node);
    }
  }

 private:
  void element(const Placed& placed) {
    const auto* use = child_use(subject_.target(), placed.type, placed.node->name);
    if (!use) return;
    drop(placed, *use);
    duplicate(placed, *use);
    swap(placed);
  }

  // ---- m:seg

  void slot(const Placed& placed) {
    const auto& node = *placed.node;
    const auto& tag = *subject_.tag(node);
    const auto* use = placed.type == schema::none ? nullptr : child_use(subject_.target(), placed.type, node.name);
    if (!use || !node.text) return;
    if (use->min > 0) into_.add("slot-emptied", node.name, {{{node.span.begin, node.span.end}, ""}}, {tag.start});
    const bool whole = placed.element && placed.element->segment;
    if (whole) into_.add("slot-component", node.name, {{{node.span.end, node.span.end}, ":x"}}, {tag.start});
  }

  void segment(const TemplateNode& node) {
    const auto& tag = *subject_.tag(node);
    const auto* written = tag.attribute("m:seg");
    if (!written) return;
    into_.add("slot-surplus", node.name, {{{written->value_at.end, written->value_at.end}, std::string(40, '*') + "x"}}, {tag.start});
    const Range front{written->value_at.begin, written->value_at.begin};
    into_.add("slot-brace", node.name, {{front, "{"}}, {tag.start});
  }

  // ---- dropped

  void drop(const Placed& placed, const schema::ChildUse& use) {
    const std::string kind = "mandatory-dropped";
    if (use.min == 0) return into_.legal(kind, "the element is optional");
    for (const auto& other : subject_.nodes()) {
      if (other.node == placed.node || other.element != placed.element || other.definition != placed.definition) continue;
      if (other.node->kind == Kind::element && other.node->name == placed.node->name && !exclude_each_other(placed, other)) {
        return into_.legal(kind, "another element of that name is still there");
      }
    }
    const auto& tag = *subject_.tag(*placed.node);
    std::vector<Range> places = around(placed, tag);
    into_.add(kind, placed.node->name, {{tag.whole, blank(slice(subject_.text(), tag.whole))}}, places);
  }

  // The parent, the directives between, and what stands before and after it.
  std::vector<Range> around(const Placed& placed, const Tag& tag) const {
    std::vector<Range> places{tag.whole};
    for (const auto* node : placed.around) places.push_back(subject_.tag(*node)->opening_name);
    if (placed.element) places.push_back(subject_.tag(*placed.element)->opening_name);
    else if (placed.definition) places.push_back({placed.definition->name_span.begin, placed.definition->name_span.end});
    for (auto at = &tag; at->parent; at = at->parent) {
      const auto& siblings = at->parent->children;
      const auto i = static_cast<std::size_t>(std::find(siblings.begin(), siblings.end(), at) - siblings.begin());
      // The sibling that comes next may be inside directives: its first element is where the gap shows.
      for (auto k = i + 1; k < siblings.size(); ++k) {
        auto next = siblings[k];
        places.push_back(next->opening_name);
        while (next->directive() && !next->children.empty()) places.push_back((next = next->children[0])->opening_name);
        if (!next->directive()) break;     // m:let and rules write nothing
      }
      if (!at->parent->directive()) break;
    }
    return places;
  }

  // ---- written twice

  void duplicate(const Placed& placed, const schema::ChildUse& use) {
    const std::string kind = "once-duplicated";
    if (use.max != 1) return into_.legal(kind, "the element may come several times");
    const auto& tag = *subject_.tag(*placed.node);
    const Range behind{tag.whole.end, tag.whole.end};
    into_.add(kind, placed.node->name, {{behind, std::string(slice(subject_.text(), tag.whole))}}, {tag.opening_name, behind});
  }

  // ---- in the wrong order

  void swap(const Placed& placed) {
    const std::string kind = "order-swapped";
    if (!placed.list || placed.index + 1 >= placed.list->size()) return;
    const auto& next = *(*placed.list)[placed.index + 1];
    if (next.kind != Kind::element || next.of_segment || next.name == placed.node->name) return;
    const auto* a = child_use(subject_.target(), placed.type, placed.node->name);
    const auto* b = child_use(subject_.target(), placed.type, next.name);
    if (!a || !b) return;
    const auto& model = subject_.target();
    if (may_follow(model.type(placed.type), model.element(b->element).name, model.element(a->element).name)) {
      return into_.legal(kind, "the content model takes them in any order");
    }
    const auto& first = *subject_.tag(*placed.node);
    const auto& second = *subject_.tag(next);
    into_.add(kind, placed.node->name + ", " + next.name,
              {{first.whole, std::string(slice(subject_.text(), second.whole))}, {second.whole, std::string(slice(subject_.text(), first.whole))}},
              {first.opening_name, second.opening_name});
  }

  // ---- attributes

  void attributes(const TemplateNode& node) {
    if (node.type == schema::none) return;
    const auto& tag = *subject_.tag(node);
    for (const auto& attribute : node.attributes) {
      const auto* use = subject_.target().attribute(node.type, attribute.name);
      const auto* written = tag.attribute(attribute.prefix.empty() ? attribute.name : attribute.prefix + ":" + attribute.name);
      if (!use || !written) continue;
      if (use->required) into_.add("attribute-dropped", node.name + "/@" + attribute.name, {{written->whole, blank(slice(subject_.text(), written->whole))}}, {tag.opening_name, tag.start});
      else into_.legal("attribute-dropped", "the attribute is optional");
      const Range behind{written->whole.end, written->whole.end};
      into_.add("attribute-duplicated", node.name + "/@" + attribute.name, {{behind, " " + std::string(slice(subject_.text(), {written->name_at.begin, written->whole.end}))}},
                {tag.opening_name, written->name_at, behind});
    }
  }

  const Subject& subject_;
  Collector& into_;
};

}  // namespace

void break_content(const Subject& subject, Collector& into) { Content(subject, into).run(); }

}  // namespace mutations
