#include "desk/specimen_keys.hpp"

namespace wayleave::desk {
namespace {

using schema::Constraint;

void step_down(const schema::Model& model, schema::ElementId from, NameId name, bool deep, std::set<schema::ElementId>& found, std::set<schema::ElementId>& seen) {
  if (!seen.insert(from).second) return;
  for (const auto& use : model.type_of(from).children) {
    if (name == no_name || model.element(use.element).name == name) found.insert(use.element);
    if (deep) step_down(model, use.element, name, deep, found, seen);
  }
}

// The elements and attributes that a path selects from these elements.
std::set<KeyFields::Field> follow(const schema::Model& model, std::set<schema::ElementId> from, const Constraint::Path& path) {
  std::set<KeyFields::Field> fields;
  bool deep = path.descendants;
  for (const auto& step : path.steps) {
    if (step.attribute) {
      for (const auto element : from) fields.insert({element, step.name});
      return fields;
    }
    std::set<schema::ElementId> found, seen;
    for (const auto element : from) step_down(model, element, step.name, deep, found, seen);
    deep = false;
    from = std::move(found);
  }
  for (const auto element : from) fields.insert({element, no_name});
  return fields;
}

}  // namespace

KeyFields::KeyFields(const schema::Model& model) {
  for (std::uint32_t i = 0; i < model.constraints.size(); ++i) {
    const auto& constraint = model.constraints[i];
    std::set<schema::ElementId> selected;
    for (const auto& path : constraint.selector) {
      for (const auto& [element, attribute] : follow(model, {constraint.on}, path)) selected.insert(element);
    }
    for (const auto& alternatives : constraint.fields) {
      for (const auto& path : alternatives) {
        for (const auto& field : follow(model, selected, path)) {
          if (constraint.kind == Constraint::Kind::keyref) references_.insert({field, constraint.refer_to});
          else unique_.insert(field), keys_.insert({field, i});
        }
      }
    }
  }
}

std::uint32_t KeyFields::refers_to(schema::ElementId element, NameId attribute) const {
  const auto found = references_.lower_bound({{element, attribute}, 0});
  return found != references_.end() && found->first == Field{element, attribute} ? found->second : schema::none;
}

std::vector<std::uint32_t> KeyFields::keys(schema::ElementId element, NameId attribute) const {
  std::vector<std::uint32_t> all;
  for (auto key = keys_.lower_bound({{element, attribute}, 0}); key != keys_.end() && key->first == Field{element, attribute}; ++key) {
    all.push_back(key->second);
  }
  return all;
}

}  // namespace wayleave::desk
