#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/compiled.hpp"

namespace wayleave::desk {

/// A path into what a map writes, as a person types it.
struct OutputPath {
  struct Step {
    std::string name;
    std::uint32_t number = 0;                          ///< 0: any
    std::vector<std::pair<std::string, std::string>> attributes;
  };
  std::vector<Step> steps;
  std::string attribute;                               ///< empty: the element
  std::string text() const;
};

/// Empty of steps when it is none. The root may be left out.
OutputPath parse_output_path(const std::string& text, const mapping::Map& map);

/// Why the target schema has no such path, with the nearest name; nullopt when it has.
std::optional<std::string> no_path_of_target(const OutputPath& path, const mapping::Map& map);

/// One way through the template to what may write a path: all nodes from the root down, directives too.
struct Chain {
  struct Link {
    const mapping::TemplateNode* node;
    std::uint32_t number;                              ///< the item of this loop that is asked for; 0: any
  };
  std::vector<Link> links;
  const mapping::TemplateAttribute* attribute = nullptr;
};
std::vector<Chain> chains_to(const OutputPath& path, const mapping::Map& map);

}  // namespace wayleave::desk
