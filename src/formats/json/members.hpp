#pragma once

#include <string>
#include <string_view>

#include "schema/model.hpp"

namespace wayleave::json {

// How a tree and its JSON twin correspond; both directions follow this.
//   document                the object of its root (the root's name is not in the text)
//   element, attribute      a member with its local name; an attribute whose name an element of the same type, or
//   `value`,
//                           has already: `@` and the name
//   element that may repeat an array, whatever the number of its elements
//   simple type             xs:boolean: true, false; numbers: as written, brought to JSON's form (+5 → 5, .5 → 0.5);
//                           NaN, INF and everything else: a string
//   simple content with attributes declared     an object with the text as member `value`
//   mixed content           its text if it has neither attributes nor children, else an object of those
//   xsi:nil                 null
// What the schema does not know (a wildcard's content) is written untyped, as an array where it repeats.

/// Text beside attributes is a member of its own, so elements of this type are objects.
bool has_value_member(const schema::Type& type);
/// The member that holds an attribute.
std::string attribute_member(const schema::Model& model, schema::TypeId type, std::string_view local);
/// The declaration of a child (its substitution group included), or null.
struct Child {
  const schema::ChildUse* use = nullptr;
  schema::ElementId element = schema::none;
};
Child child_of(const schema::Model& model, schema::TypeId type, NameId name);
Child child_of(const schema::Model& model, schema::TypeId type, std::string_view local);

}  // namespace wayleave::json
