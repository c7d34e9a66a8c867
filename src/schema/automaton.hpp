#pragma once

#include <cstdint>
#include <vector>

#include "schema/model.hpp"

namespace wayleave::schema {

/// A content model as the schema writes it, neutral of who read the schema.
struct Particle {
  enum class Kind : std::uint8_t { element, wildcard, sequence, choice, all } kind = Kind::sequence;
  std::uint32_t min = 1, max = 1;          ///< max: unbounded for no limit
  ElementId element = none;
  Wildcard wildcard;
  std::vector<Particle> parts;
};

/// Positions of a content model (Glushkov), made deterministic. Repeated elements are counted at run time, bounded
/// repetitions of small groups are written out; where neither is possible the result is looser and `exact` is false.
/// `elements` supplies names and substitution groups.
Automaton build_automaton(const Particle& particle, const std::vector<Element>& elements);

/// How often each child may occur over the whole content.
std::vector<ChildUse> child_uses(const Particle& particle, const std::vector<Element>& elements);

}  // namespace wayleave::schema
