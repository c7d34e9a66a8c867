#include "formats/json/members.hpp"

namespace wayleave::json {
namespace {

template <class Matches>
Child find_child(const schema::Model& model, schema::TypeId type, Matches matches) {
  if (type == schema::none) return {};
  for (const auto& use : model.type(type).children) {
    if (matches(model.element(use.element).name)) return {&use, use.element};
    for (const auto substitute : model.element(use.element).substitutes)
      if (matches(model.element(substitute).name)) return {&use, substitute};
  }
  return {};
}

}  // namespace

bool has_value_member(const schema::Type& type) {
  return type.content == schema::Content::simple && (!type.attributes.empty() || type.any_attribute);
}

std::string attribute_member(const schema::Model& model, schema::TypeId type, std::string_view local) {
  const bool taken = type != schema::none && (child_of(model, type, local).use != nullptr ||
                                              (local == "value" && has_value_member(model.type(type))));
  return (taken ? "@" : "") + std::string(local);
}

Child child_of(const schema::Model& model, schema::TypeId type, NameId name) {
  return find_child(model, type, [name](NameId candidate) { return candidate == name; });
}

Child child_of(const schema::Model& model, schema::TypeId type, std::string_view local) {
  return find_child(model, type, [local](NameId candidate) { return names::local(candidate) == local; });
}

}  // namespace wayleave::json
