#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/model.hpp"

namespace wayleave::schema {

/// What is wrong with a value: the first thing that is.
enum class ValueFault : std::uint8_t {
  none, lexical, pattern, enumeration, too_short, too_long, wrong_length, too_small, too_large, total_digits, fraction_digits,
  item,     ///< of a list
  members,  ///< no member of a union takes it
};

/// Judges `text` as it stands in the document, white space included. Allocates only for white space inside a collapsed
/// value, for unions and for what is wrong. Linear in the text.
ValueFault check_value(const Model& model, const Facets& facets, std::string_view text);

/// `text` by the type's white space facet: a view of it, or of `buffer` where it had to change.
std::string_view normalised(const Facets& facets, std::string_view text, std::string& buffer);

/// The value as a key for identity constraints and fixed values: equal keys, equal values of that type.
std::string value_key(const Model& model, const Facets& facets, std::string_view text);

/// Compares two lexical xs:decimals by value, however long.
int compare_decimals(std::string_view a, std::string_view b);

/// Characters, as the standard counts them (XML Schema 1.0 part 2, 4.3.1). Xerces counts UTF-16 units: see xml::read.
std::size_t length_of(std::string_view utf8);

}  // namespace wayleave::schema
