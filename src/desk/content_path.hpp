#pragma once

#include <functional>
#include <vector>

#include "schema/model.hpp"

namespace wayleave::desk {

/// One element of the least content that a type allows.
struct Mandatory {
  schema::ElementId element = schema::none;
  std::uint32_t max = 1;                            ///< how often it may stand in the whole content
  std::uint32_t times = 1;                          ///< how often it must stand here
  std::vector<schema::ElementId> instead;           ///< what a choice would take in its place
};

/// The cheapest way through a content model, in its order: all that is mandatory, and one alternative of every choice.
/// `cost` says what an element costs, 10 for an ordinary one. A wildcard that has to be filled is an element `none`.
std::vector<Mandatory> least_content(const schema::Model& model, const schema::Type& type,
                                     const std::function<unsigned(schema::ElementId)>& cost);

}  // namespace wayleave::desk
