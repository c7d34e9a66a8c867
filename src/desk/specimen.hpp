#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "schema/schema.hpp"

namespace wayleave::desk {

/// Documents made from a schema alone, to try maps and schemas with: each is valid, and the same seed gives the same one.
class Specimens {
 public:
  explicit Specimens(schema::SchemaPtr schema);
  ~Specimens();

  /// minimal: nothing that can be left out. maximal: everything once and what repeats two or three times, as deep as stays
  /// readable; the seed turns choices and code lists on. random: whatever the seed says, every
  /// second one with odd characters and lengths.
  enum class Kind : std::uint8_t { minimal, maximal, random };
  /// nullopt: the schema asks for what nothing here could make up (a pattern, a wildcard, keys that hang together).
  std::optional<std::string> make(Kind kind, std::uint64_t seed) const;
  /// The `number`th of a series that begins with the minimal one and two maximal ones and goes on at random.
  std::optional<std::string> make(std::uint64_t number, std::uint64_t seed) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace wayleave::desk
