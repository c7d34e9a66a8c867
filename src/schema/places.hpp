#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "schema/grammar.hpp"
#include "schema/model.hpp"

namespace wayleave::schema {

/// Where components stand in their files, and what Xerces keeps only without its namespaces: identity constraints.
class Places {
 public:
  struct Place {
    const SourceFile* source = nullptr;
    SourceFile::Index node = SourceFile::none;
    const std::string* file = nullptr;
    explicit operator bool() const { return source != nullptr; }
    /// `order-1.xsd:14`, or empty.
    std::string text() const;
  };

  explicit Places(const FileSet& files);
  /// A global component: `kind` is element, complexType, simpleType or attribute.
  Place global(std::string_view kind, std::string_view ns, std::string_view local) const;
  /// The element declaration of that name inside a type's definition, anonymous types of its children left out.
  Place local_element(const Place& type, std::string_view local) const;
  /// The anonymous type inside an element declaration.
  Place anonymous_type(const Place& element) const;
  /// Selector and fields of a constraint, names resolved; false when there is no such constraint.
  bool constraint_paths(std::string_view ns, std::string_view local, Constraint& out) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  SourceFile::Index find_element(const SourceFile& source, SourceFile::Index under, std::string_view local) const;
  std::map<Key, Place> globals_;
  std::map<Key, Place> constraints_;
};

}  // namespace wayleave::schema
