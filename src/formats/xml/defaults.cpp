#include "formats/xml/defaults.hpp"

#include <list>

#include "schema/impl.hpp"

namespace wayleave::xml {
namespace {

std::uint64_t key(schema::TypeId parent, NameId name) {
  return std::uint64_t{parent} << 32 | name;
}

}  // namespace

AttributeDefaults::AttributeDefaults(const schema::Model& model) : model_(model) {
  for (schema::TypeId type = 0; type < model.types.size(); ++type)
    for (const auto& use : model.type(type).attributes)
      if (const auto& value = use.default_value ? use.default_value : use.fixed_value)
        defaults_[type].push_back({use.name, *value});
  if (defaults_.empty()) return;
  for (schema::TypeId type = 0; type < model.types.size(); ++type)
    for (const auto& use : model.type(type).children) {
      children_.emplace(key(type, model.element(use.element).name), model.element(use.element).type);
      for (const auto substitute : model.element(use.element).substitutes)
        children_.emplace(key(type, model.element(substitute).name), model.element(substitute).type);
    }
}

std::shared_ptr<const AttributeDefaults> AttributeDefaults::of(const schema::Schema& schema) {
  struct Entry {
    std::weak_ptr<const schema::Model> model;
    std::shared_ptr<const AttributeDefaults> defaults;
  };
  static thread_local std::list<Entry> entries;
  const auto& model = schema.impl().model;
  // While the weak pointer lives no other model can have its control block.
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (entry->model.owner_before(model) || model.owner_before(entry->model)) continue;
    entries.splice(entries.begin(), entries, entry);
    return entry->defaults;
  }
  entries.remove_if([](const Entry& entry) { return entry.model.expired(); });
  constexpr std::size_t most = 64;
  if (entries.size() >= most) entries.pop_back();
  auto defaults = std::make_shared<const AttributeDefaults>(*model);
  if (defaults->empty()) defaults = nullptr;
  entries.push_front({model, defaults});
  return defaults;
}

schema::TypeId AttributeDefaults::root(NameId name) const {
  const schema::ElementId element = model_.root(name);
  return element == schema::none ? schema::none : model_.element(element).type;
}

schema::TypeId AttributeDefaults::child(schema::TypeId parent, NameId name) const {
  const auto known = children_.find(key(parent, name));
  return known == children_.end() ? schema::none : known->second;
}

std::span<const AttributeDefaults::Default> AttributeDefaults::of_type(schema::TypeId type) const {
  const auto known = defaults_.find(type);
  return known == defaults_.end() ? std::span<const Default>() : std::span<const Default>(known->second);
}

}  // namespace wayleave::xml
