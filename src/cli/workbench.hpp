#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "mapping/map.hpp"

namespace wayleave::cli {

/// What commands about maps work with: schemas and maps of a site, else of the product alone.
struct Workbench {
  std::filesystem::path site;              ///< empty: none
  std::shared_ptr<schema::Library> schemas;
  std::unique_ptr<mapping::Maps> maps;
  Findings findings;                       ///< about the schemas of states

  /// `given`: the site that was named; empty: the one around `map`, else around the working folder.
  Workbench(const std::string& given, const std::string& map);
  /// A file, else a name that is searched in the mappings folders.
  mapping::Maps::Compiled load(const std::string& name);
};

/// The absolute path of a file that exists, else the name as it was given, which is then searched.
std::string located(const std::string& name);

}  // namespace wayleave::cli
