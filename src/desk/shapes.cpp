#include "desk/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "schema/words.hpp"

namespace wayleave::desk {
namespace {

using Types = std::set<schema::TypeId>;

std::string occurrence(const schema::ChildUse& use) {
  return fmt::format("{}..{}", use.min, use.max == schema::unbounded ? "n" : std::to_string(use.max));
}

std::string sentence(const std::string& documentation, const std::string& words) {
  if (documentation.empty()) return words;
  return documentation + " (" + words + ")";
}

// Sets of types are made into shapes as sets of states are made into states of a deterministic automaton.
class Builder {
 public:
  explicit Builder(const schema::Schema& schema) : schema_(schema), model_(schema.model()) {}

  Shapes build() {
    const auto& root = model_.element(schema_.root());
    made_.document = add_special("document");
    const auto of_root = of({root.type});
    made_.all[made_.document].children.push_back({std::string(names::local(root.name)), of_root, sentence(root.documentation, "1..1")});
    made_.namespaces.insert(std::string(names::ns(root.name)));
    while (!open_.empty()) {
      const auto next = open_.back();
      open_.pop_back();
      fill(next.first, next.second);
    }
    fragments();
    return std::move(made_);
  }

 private:
  std::size_t add_special(const std::string& name) {
    taken_.insert(name);
    made_.all.push_back({});
    made_.all.back().name = name;
    return made_.all.size() - 1;
  }

  std::size_t of(const Types& types) {
    const auto [known, fresh] = index_.emplace(types, made_.all.size());
    if (!fresh) return known->second;
    made_.all.push_back({});
    made_.all.back().name = name_for(types, known->second);
    open_.emplace_back(types, known->second);
    return known->second;
  }

  std::string name_for(const Types& types, std::size_t index) {
    std::string name;
    if (types.size() == 1 && model_.type(*types.begin()).name != no_name) name = names::local(model_.type(*types.begin()).name);
    if (name.empty() || !taken_.insert(name).second) taken_.insert(name = fmt::format("shape-{}", index));
    return name;
  }

  struct Gathered {
    std::string name, documentation;
    Types types;
  };

  static Gathered& gather(std::vector<Gathered>& into, const std::string& name) {
    const auto known = std::find_if(into.begin(), into.end(), [&](const Gathered& g) { return g.name == name; });
    if (known != into.end()) return *known;
    into.push_back({name, "", {}});
    return into.back();
  }

  void fill(const Types& types, std::size_t index) {
    Shape shape;
    std::vector<Gathered> children;
    for (const auto id : types) {
      const auto& type = model_.type(id);
      if (!type.complex || type.content == schema::Content::simple || type.content == schema::Content::mixed) shape.text = true;
      if (!type.automaton.wildcards.empty()) shape.open = true;
      for (const auto& use : type.children) child(use, children);
      for (const auto& use : type.attributes) attribute(use, shape);
    }
    for (const auto& each : children) shape.children.push_back({each.name, of(each.types), each.documentation});
    shape.name = made_.all[index].name;
    made_.all[index] = std::move(shape);
  }

  void child(const schema::ChildUse& use, std::vector<Gathered>& children) {
    const auto& element = model_.element(use.element);
    made_.namespaces.insert(std::string(names::ns(element.name)));
    const std::string name(names::local(element.name));
    for (auto* into : {&gather(children, name), &gather(everything_, name)}) {
      into->types.insert(element.type);
      if (!into->documentation.empty()) continue;
      const auto& type = model_.type(element.type);
      auto words = occurrence(use);
      if (!type.complex || type.content == schema::Content::simple) words += ", " + schema::describe(model_, element.type);
      into->documentation = sentence(element.documentation.empty() ? type.documentation : element.documentation, words);
    }
  }

  void attribute(const schema::AttributeUse& use, Shape& shape) {
    const std::string name(names::local(use.name));
    if (!names::ns(use.name).empty()) made_.namespaces.insert(std::string(names::ns(use.name)));
    if (std::any_of(shape.attributes.begin(), shape.attributes.end(), [&](const auto& a) { return a.name == name; })) return;
    shape.attributes.push_back({name, sentence(use.documentation, (use.required ? "1..1, " : "0..1, ") + schema::describe(model_, use.type))});
  }

  void fragments() {
    made_.fragment = add_special("fragment");
    const auto elements = everything_;
    for (const auto& each : elements) {
      const auto shape = of(each.types);
      made_.all[made_.fragment].children.push_back({each.name, shape, each.documentation});
    }
    while (!open_.empty()) {
      const auto next = open_.back();
      open_.pop_back();
      fill(next.first, next.second);
    }
  }

  const schema::Schema& schema_;
  const schema::Model& model_;
  Shapes made_;
  std::map<Types, std::size_t> index_;
  std::set<std::string> taken_;
  std::vector<std::pair<Types, std::size_t>> open_;
  std::vector<Gathered> everything_;
};

}  // namespace

Shapes shapes_of(const schema::Schema& schema) { return Builder(schema).build(); }

}  // namespace wayleave::desk
