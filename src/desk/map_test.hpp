#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "mapping/map.hpp"
#include "mapping/observer.hpp"

namespace wayleave::desk {

/// The map files at or below a path, by name; libraries left out.
std::vector<std::filesystem::path> maps_below(const std::filesystem::path& path);

struct CaseResult {
  std::string name;
  bool passed = false;
  std::string why;                         ///< lines; what is different
  std::vector<std::string> wrote;          ///< accepted: files that were written
};
/// The cases beside a map. `accept`: what the map does becomes what is expected, in cases that differ or expect nothing yet.
std::vector<CaseResult> run_cases(const mapping::Map& map, bool accept, mapping::Observer* observer);

/// What became of documents that nobody wrote: made from the source schema alone, and inputs of the cases with gaps.
struct Generated {
  std::uint64_t mapped = 0, unmade = 0;
  std::map<std::string, std::uint64_t> refused;          ///< by the code of the first refusal
  struct Failure {
    std::uint64_t number = 0;
    std::filesystem::path kept;                          ///< the document
    Findings findings;                                   ///< on what the map made of it
  };
  std::vector<Failure> failures;
};
/// Maps `count` of them. Each output has to be valid, or the document refused with a code. `partner()` and the like give what
/// the first case has. A document whose output is invalid is written to `keep`.
Generated run_generated(const mapping::Map& map, std::uint64_t count, std::uint64_t seed, const std::filesystem::path& keep);

}  // namespace wayleave::desk
