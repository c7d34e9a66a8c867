#include <algorithm>

#include "mapping/functions.hpp"
#include "mutation.hpp"

// Names that name nothing, and names of something that does not stand where they are written.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

const char* const named_elsewhere = "the new name is one of something else in the schema";

class Names {
 public:
  Names(const Subject& subject, Collector& into) : subject_(subject), into_(into) {}

  void run() {
    for (const auto& step : subject_.steps()) this->step(step);
    for (const auto& placed : subject_.nodes()) node(placed);
    for (const auto& use : subject_.uses()) expression(*use);
    for (const auto& definition : subject_.map().definitions) head(*definition);
    for (const auto& let : subject_.map().lets) declared(*let);
    for (const auto& codes : subject_.map().codes) list(codes);
  }

 private:
  Range find(Offset from, std::string_view name) const {
    const auto at = static_cast<Offset>(subject_.text().find(name, from));
    return {at, static_cast<Offset>(at + name.size())};
  }

  void misspell(const std::string& kind, const std::string& name, Range at, const std::set<std::string>& real, const std::vector<Range>& places) {
    std::size_t variant = 0;
    for (const auto& typo : typos(name)) {
      if (real.contains(typo)) into_.legal(kind, named_elsewhere);
      else into_.add(kind, name + " → " + typo, {{at, typo}}, places.empty() ? std::vector{at} : places, variant++);
    }
  }

  // ---- the source

  void step(const PlacedStep& placed) {
    const auto& step = *placed.step;
    if (step.self) return;
    const auto at = find(step.span.begin, step.name);
    misspell("step-misspelt", step.name, at, subject_.source_names(), {});
    if (placed.from && placed.from->model == &subject_.source()) {
      elsewhere("step-elsewhere", step.name, at, subject_.source(), placed.from->type, step.attribute, {});
    }
  }

  // Names that the schema has, only not here.
  void elsewhere(const std::string& kind, const std::string& name, Range at, const schema::Model& model, schema::TypeId type, bool attribute,
                 std::vector<Edit> more) {
    if (type == schema::none || model.type(type).any_attribute) return;
    std::set<std::string> here, all;
    for (const auto& use : model.type(type).children) {
      here.emplace(names::local(model.element(use.element).name));
      for (auto member : model.element(use.element).substitutes) here.emplace(names::local(model.element(member).name));
    }
    if (attribute) here.clear();
    for (const auto& use : model.type(type).attributes) {
      if (attribute) here.emplace(names::local(use.name));
    }
    for (const auto& other : model.types) {
      for (const auto& use : other.attributes) {
        if (attribute) all.emplace(names::local(use.name));
      }
    }
    for (const auto& element : model.elements) {
      if (!attribute) all.emplace(names::local(element.name));
    }
    for (const auto& used : here) all.erase(used);
    std::vector<std::string> others(all.begin(), all.end());
    for (std::size_t variant = 0; variant < std::min<std::size_t>(3, others.size()); ++variant) {
      const auto& other = others[(at.begin * 7 + variant * 31) % others.size()];
      auto edits = more;
      for (auto& edit : edits) edit.text = other;
      edits.push_back({at, other});
      into_.add(kind, name + " → " + other, std::move(edits), {at}, variant);
    }
  }

  // ---- the target

  void node(const Placed& placed) {
    const auto& node = *placed.node;
    const auto* tag = subject_.tag(node);
    if (node.kind != TemplateNode::Kind::element) {
      if (node.kind == TemplateNode::Kind::let) declared(node);
      return;
    }
    if (node.of_segment) return;           // its name stands in the guide
    std::size_t variant = 0;
    for (const auto& typo : typos(node.name)) {
      if (subject_.target_names().contains(typo)) into_.legal("element-misspelt", named_elsewhere);
      else into_.add("element-misspelt", node.name + " → " + typo, renamed(*tag, typo), {tag->opening_name}, variant++);
    }
    if (placed.type != schema::none) {
      std::vector<Edit> closing;
      if (!tag->closing_name.empty()) closing.push_back({tag->closing_name, ""});
      elsewhere("element-elsewhere", node.name, tag->opening_name, subject_.target(), placed.type, false, closing);
    }
    if (!tag->closing_name.empty()) {
      into_.add("tags-differ", node.name, {{tag->closing_name, node.name + "s"}}, {tag->opening_name, tag->closing_name});
    }
    for (const auto& attribute : node.attributes) {
      const auto at = find(attribute.name_span.begin, attribute.name);
      misspell("attribute-misspelt", attribute.name, at, subject_.target_names(), {});
      elsewhere("attribute-elsewhere", attribute.name, at, subject_.target(), node.type, true, {});
    }
    if (!node.call.empty()) misspell("call-misspelt", node.call, {node.call_span.begin, node.call_span.end}, definitions(), {});
    if (!node.as.empty()) declared(node, node.as, tag->attribute(tag->directive() ? "as" : "m:as")->value_at);
  }

  static std::vector<Edit> renamed(const Tag& tag, const std::string& name) {
    std::vector<Edit> edits{{tag.opening_name, name}};
    if (!tag.closing_name.empty()) edits.push_back({tag.closing_name, name});
    return edits;
  }

  // ---- the map's own names

  void expression(const Use& use) {
    const auto& expr = *use.expr;
    if (expr.op == Expr::Op::call) {
      function(expr);
      const bool by_code = expr.function == Function::code || expr.function == Function::code_or || expr.function == Function::in_list ||
                           expr.function == Function::label;
      if (by_code) {
        const auto& list = *expr.args[1];
        misspell("list-misspelt", list.text, find(list.span.begin, list.text), lists(), {});
      }
    }
    if (expr.op == Expr::Op::variable) misspell("variable-misspelt", expr.text, find(expr.span.begin, expr.text), variables(), {});
  }

  void function(const Expr& expr) {
    std::set<std::string> real;
    const std::string name = expr.text;
    for (const auto& typo : typos(name)) {
      if (find_function(typo)) real.insert(typo);
    }
    misspell("function-misspelt", name, find(expr.name_span.begin, name), real, {});
  }

  void declared(const TemplateNode& let) { declared(let, let.variable, {let.span.begin, let.span.end}); }

  // A declaration with another name: told there, or where the old name is used.
  void declared(const TemplateNode&, const std::string& name, Range at) {
    std::vector<Range> places{at};
    for (const auto& use : subject_.uses()) {
      if (use->expr->op == Expr::Op::variable && use->expr->text == name) places.push_back({use->expr->span.begin, use->expr->span.end});
    }
    misspell("declaration-renamed", name, at, variables(), places);
  }

  void head(const Definition& definition) {
    if (definition.span.file != 0) return;
    const auto range = [](const Span& span) { return Range{span.begin, span.end}; };
    std::vector<Range> places{range(definition.name_span)};
    for (const auto& placed : subject_.nodes()) {
      if (placed.node->call == definition.name) places.push_back(range(placed.node->call_span));
    }
    misspell("declaration-renamed", definition.name, range(definition.name_span), definitions(), places);
    misspell("definition-of", definition.of, range(definition.of_span), subject_.source_names(), {});
    misspell("definition-gives", definition.gives, range(definition.gives_span), subject_.target_names(), {});
  }

  void list(const MapSource::Codes& codes) {
    if (codes.span.file != 0) return;
    const auto* tag = subject_.markup().at(codes.span.begin);
    if (!tag) return;
    std::vector<Range> places{tag->opening_name};
    for (const auto& use : subject_.uses()) {
      if (use->parent && use->argument == 1 && use->expr->op == Expr::Op::string && use->expr->text == codes.name) {
        places.push_back({use->expr->span.begin, use->expr->span.end});
      }
    }
    misspell("declaration-renamed", codes.name, tag->attribute("name")->value_at, lists(), places);
    if (const auto* href = tag->attribute("href")) {
      into_.add("file-missing", codes.href.text, {{{href->value_at.end, href->value_at.end}, "x"}}, {href->value_at});
    }
  }

  std::set<std::string> definitions() const {
    std::set<std::string> found;
    for (const auto& definition : subject_.map().definitions) found.insert(definition->name);
    return found;
  }
  std::set<std::string> lists() const {
    std::set<std::string> found;
    for (const auto& codes : subject_.map().codes) found.insert(codes.name);
    return found;
  }
  std::set<std::string> variables() const {
    std::set<std::string> found;
    for (const auto& let : subject_.map().lets) found.insert(let->variable);
    for (const auto& placed : subject_.nodes()) found.insert({placed.node->variable, placed.node->as});
    return found;
  }

  const Subject& subject_;
  Collector& into_;
};

}  // namespace

void break_names(const Subject& subject, Collector& into) {
  Names(subject, into).run();
  const auto& root = subject.markup().tags().front();
  for (const char* side : {"source", "target"}) {
    const auto* reference = root.attribute(side);
    if (!reference) continue;
    const auto value = slice(subject.text(), reference->value_at);
    into.add("schema-missing", std::string(value), {{{reference->value_at.begin + 3, reference->value_at.begin + 3}, "x"}}, {reference->value_at});
    into.add("schema-root", std::string(value), {{{reference->value_at.end, reference->value_at.end}, "x"}}, {reference->value_at});
  }
}

}  // namespace mutations
