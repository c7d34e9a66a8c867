#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/model.hpp"

namespace wayleave::desk {

/// Which elements and attributes the identity constraints of a schema are about.
class KeyFields {
 public:
  /// An element's own value, or that of an attribute (by name) of it.
  using Field = std::pair<schema::ElementId, NameId>;
  explicit KeyFields(const schema::Model& model);
  /// Its values have to differ.
  bool unique(schema::ElementId element, NameId attribute = no_name) const { return unique_.count({element, attribute}) > 0; }
  /// The key whose values it has to take from, or none; an index into Model::constraints.
  std::uint32_t refers_to(schema::ElementId element, NameId attribute = no_name) const;
  /// The keys that it gives values to.
  std::vector<std::uint32_t> keys(schema::ElementId element, NameId attribute = no_name) const;

 private:
  std::set<Field> unique_;
  std::set<std::pair<Field, std::uint32_t>> keys_, references_;
};

}  // namespace wayleave::desk
