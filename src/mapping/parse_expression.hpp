#pragma once

#include "mapping/tree.hpp"

namespace wayleave::mapping {

/// Parses the bytes [begin, end) of a fragment as one expression. Null when it does not parse; the reporter has one
/// finding (M010, M011, M012, M013, M017) at the place inside it.
ExprPtr parse_expression(const Fragment& fragment, std::size_t begin, std::size_t end, Reporter& reporter);

/// Splits a text at its braces; `{{` and `}}` stand for one brace each. `trim`: white space at both ends is left out,
/// and white space that holds a line end counts as one blank. Parts whose expression did not parse are left out.
TextTemplate parse_template(const Fragment& fragment, bool trim, Reporter& reporter);
/// The same for a part of a fragment: the inside of a string literal.
TextTemplate parse_template(const Fragment& fragment, std::size_t begin, std::size_t end, bool trim, Reporter& reporter);

/// The index of the brace that closes the expression begun before `i`, quotes respected; npos when there is none.
std::size_t closing_brace(std::string_view text, std::size_t i, std::size_t end);

/// True for a name without prefix, as variables, definitions and code lists have.
bool is_name(std::string_view text);

}  // namespace wayleave::mapping
