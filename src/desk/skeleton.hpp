#pragma once

#include <string>

#include "schema/schema.hpp"

namespace wayleave::desk {

/// How a new map calls itself and its schemas.
struct SkeletonHead {
  std::string name, source, target;
};

struct Skeleton {
  std::string text;                        ///< the map file
  std::size_t filled = 0;                  ///< values that were copied from where name and type agree
  std::size_t todo = 0;                    ///< places that somebody has to write
};

/// A map that writes every mandatory element and attribute of the target, in order. Values are copied where the source
/// has the same name at the same position and the type agrees; every other place says `{$TODO}`, which lint refuses,
/// with a comment that says in words what belongs there.
Skeleton skeleton(const schema::Schema& source, const schema::Schema& target, const SkeletonHead& head);

}  // namespace wayleave::desk
