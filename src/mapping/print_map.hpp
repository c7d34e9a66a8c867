#pragma once

#include <string>

#include "mapping/parse_map.hpp"

namespace wayleave::mapping {

/// A template as it would be written, two blanks a level; expressions and texts as they stand in their files.
std::string print_node(const TemplateNode& node, const Files& files);
std::string print_nodes(const std::vector<TemplateNodePtr>& nodes, const Files& files);

/// A whole map, overlays laid upon it; what came from another file than the base carries a comment that says where from.
/// Compiles to the same map when it is put beside the base.
std::string print_map(const MapSource& map, const Compilation& compilation);

}  // namespace wayleave::mapping
