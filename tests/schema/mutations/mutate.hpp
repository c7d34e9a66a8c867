#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace wayleave::mutations {

/// A valid document broken in one place.
struct Mutant {
  std::string kind;
  std::string what;                     ///< for the list of survivors
  std::string text;
  std::vector<std::size_t> places;      ///< byte offsets: a finding at one of these points at the start of what is wrong
  std::size_t until = 0;                ///< if set, one anywhere from places[0] to here is on a right line too
  std::vector<std::string> codes;       ///< what it should be called; more than one where the schema decides
};

/// Breaks `text` in every way of the code table, at most `each` places a way, chosen by `seed`. Knows no schema: many
/// mutants are still valid, and the caller drops those.
std::vector<Mutant> mutate(const std::string& text, std::size_t each, std::uint32_t seed);

}  // namespace wayleave::mutations
