#pragma once

#include <string>
#include <vector>

#include "mapping/tree.hpp"

namespace wayleave::desk {

/// An expression as a person would write it: from its tree, so white space, superfluous brackets and the kind of quotes
/// make no difference.
std::string written(const mapping::Expr& expr);
/// A text with its braces.
std::string written(const mapping::TextTemplate& text);
std::string written(const mapping::Step& step);
std::string written(const std::vector<mapping::Step>& steps);

/// The same in words for people who do not read expressions: `Date; if absent 2001-01-01`, `translated by the list unit`.
std::string in_words(const mapping::Expr& expr);
std::string in_words(const mapping::TextTemplate& text);
/// In brackets where it would fall apart inside a sentence.
std::string in_words_together(const mapping::Expr& expr);

}  // namespace wayleave::desk
