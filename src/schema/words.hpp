#pragma once

#include <string>
#include <string_view>

#include "schema/model.hpp"
#include "schema/value.hpp"

namespace wayleave::schema {

/// A finding's code, sentence and remedy for a value, without its position. `what` is how the sentence calls the value:
/// `Date`, `attribute uom of Quantity`.
struct ValueWords {
  std::string code;
  std::string message;
  std::string expected;
  std::string fix;
};
ValueWords explain_value(const Model& model, const Facets& facets, ValueFault fault, std::string_view text, std::string_view what);

/// `describe()` for facets that have no type id of their own.
std::string describe_facets(const Model& model, const Facets& facets);

/// At most `most` characters of a value, for sentences.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace wayleave::schema
