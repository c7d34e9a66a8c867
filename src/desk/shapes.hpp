#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/schema.hpp"

namespace wayleave::desk {

/// What may stand in an element of a template, by local names, as templates are written. One type of the target's schema
/// is a shape; several together are one where the same name has several types and nobody can tell which is meant.
struct Shape {
  struct Child {
    std::string name;
    std::size_t shape = 0;
    std::string documentation;
  };
  struct Attribute {
    std::string name, documentation;
  };
  std::string name;                        ///< unique among shapes; a name of XML
  bool text = false;                       ///< may have a value
  bool open = false;                       ///< the target takes any element here
  std::vector<Child> children;
  std::vector<Attribute> attributes;
};

/// The shapes of all that can be reached from the root.
struct Shapes {
  std::vector<Shape> all;
  std::size_t document = 0;                ///< holds the root element and nothing else
  std::size_t fragment = 0;                ///< holds every element: what may stand in a definition or a directive
  std::set<std::string> namespaces;        ///< of elements and attributes
};

Shapes shapes_of(const schema::Schema& schema);

}  // namespace wayleave::desk
