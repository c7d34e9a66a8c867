#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/schema.hpp"

namespace wayleave::xml {

/// The attributes that a schema gives to elements whose tags leave them out (XML Schema 1.0 part 1, §3.4.4 attribute
/// default and fixed values), and which type a child has, so that the builder knows whose they are.
class AttributeDefaults {
 public:
  struct Default {
    NameId name;
    std::string value;
  };
  explicit AttributeDefaults(const schema::Model& model);

  /// Those of a schema; null when it has none. Kept per thread while the schema lives.
  static std::shared_ptr<const AttributeDefaults> of(const schema::Schema& schema);

  bool empty() const { return defaults_.empty(); }
  schema::TypeId root(NameId name) const;
  schema::TypeId child(schema::TypeId parent, NameId name) const;
  /// The type that an xsi:type names.
  schema::TypeId named(std::string_view local) const { return model_.find_type(local); }
  std::span<const Default> of_type(schema::TypeId type) const;

 private:
  const schema::Model& model_;
  std::unordered_map<schema::TypeId, std::vector<Default>> defaults_;
  std::unordered_map<std::uint64_t, schema::TypeId> children_;
};

}  // namespace wayleave::xml
