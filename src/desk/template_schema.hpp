#pragma once

#include <string>

#include "schema/schema.hpp"

namespace wayleave::desk {

/// Two schema files by which an XML editor completes and checks the names in a map of one target. A schema file is about
/// one namespace: `map` is about the map's own words and is the one to begin with; it imports `elements`, the target's.
struct TemplateSchema {
  std::string map, elements;
};

/// `language`: schemas/wayleave/map-1.xsd, which says what directives there are. `map_file`, `elements_file`: what the two
/// files will be called; they lie side by side. Elements of the target stand in the namespace of its root, as templates
/// are written; order, number and types of values are left to lint.
TemplateSchema template_schema(const schema::Schema& target, const schema::Schema& language, const std::string& map_file,
                               const std::string& elements_file);

}  // namespace wayleave::desk
