#include "schema/model.hpp"

#include <algorithm>

namespace wayleave::schema {

bool Wildcard::matches(std::string_view ns) const {
  switch (admits) {
    case Admits::any: return true;
    case Admits::other: return !ns.empty() && std::find(namespaces.begin(), namespaces.end(), ns) == namespaces.end();
    case Admits::listed: return std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end();
  }
  return false;
}

ElementId Model::root(NameId name) const {
  const auto at = std::lower_bound(root_index.begin(), root_index.end(), std::pair(name, ElementId{0}));
  return at != root_index.end() && at->first == name ? at->second : none;
}

ElementId Model::root(std::string_view local) const {
  ElementId elsewhere = none;
  for (const auto id : roots) {
    if (names::local(elements[id].name) != local) continue;
    if (names::ns(elements[id].name) == target_namespace) return id;
    if (elsewhere == none) elsewhere = id;
  }
  return elsewhere;
}

std::vector<const ChildUse*> Model::children(TypeId type, std::string_view local) const {
  std::vector<const ChildUse*> out;
  for (const auto& use : types[type].children) {
    if (names::local(elements[use.element].name) == local) out.push_back(&use);
  }
  return out;
}

const AttributeUse* Model::attribute(TypeId type, std::string_view local) const {
  for (const auto& use : types[type].attributes) {
    if (names::local(use.name) == local) return &use;
  }
  return nullptr;
}

TypeId Model::find_type(std::string_view local) const {
  TypeId elsewhere = none;
  for (TypeId id = 0; id < types.size(); ++id) {
    if (types[id].name == no_name || names::local(types[id].name) != local) continue;
    if (names::ns(types[id].name) == target_namespace) return id;
    if (elsewhere == none) elsewhere = id;
  }
  return elsewhere;
}

}  // namespace wayleave::schema
