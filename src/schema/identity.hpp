#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "document/document.hpp"
#include "schema/model.hpp"
#include "schema/report.hpp"

namespace wayleave::schema {

/// The xs:ID and xs:IDREF values of one document.
class IdTable {
 public:
  explicit IdTable(const Document& document) : document_(document) {}
  /// Takes a valid value of a type that may be ID, IDREF or a list of IDREF; others are passed over.
  void take(const Model& model, const Facets& facets, std::string_view text, Document::Index node, const Document::Attribute* attribute);
  void finish(Report& report);

 private:
  struct Place {
    std::string value;
    Document::Index node;
    const Document::Attribute* attribute;
  };
  const Document& document_;
  std::unordered_map<std::string, Place> ids_;
  std::vector<Place> repeated_, references_;
};

/// The xs:key, xs:unique and xs:keyref of one element. `types` tells by node how its value is compared; `broken`: the
/// element has findings already, so that a missing key field is no second mistake.
void check_identity(const Document& document, const Model& model, const std::vector<TypeId>& types, Document::Index node,
                    const Element& declaration, bool broken, Report& report);

}  // namespace wayleave::schema
