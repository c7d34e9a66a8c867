#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapping/check_expression.hpp"
#include "mapping/map_file.hpp"
#include "mapping/tree.hpp"

namespace wayleave::mapping {

/// A map file taken apart; expressions parsed, nothing checked against a schema yet.
struct MapSource {
  Fragment name, source, target;           ///< attributes of m:map
  Span span;
  std::string note;
  struct Codes {
    std::string name;
    Fragment href;
    Span span;
  };
  std::vector<Codes> codes;
  std::vector<TemplateNodePtr> lets;           ///< of the head, in order
  std::vector<std::unique_ptr<Definition>> definitions;
  TemplateNodePtr root;
  std::vector<TemplateNodePtr> rules;          ///< m:reject and m:warn beside the root
};

/// Findings M0xx; null when it is no map at all.
std::unique_ptr<MapSource> parse_map(Compilation& compilation, const MapFile& file);

}  // namespace wayleave::mapping
