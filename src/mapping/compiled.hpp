#pragma once

#include <atomic>
#include <memory>

#include "mapping/check_expression.hpp"
#include "mapping/map.hpp"
#include "mapping/parse_map.hpp"

namespace wayleave::mapping {

struct Map::Impl {
  std::string name;
  std::filesystem::path file;
  schema::SchemaPtr source, target;
  std::unique_ptr<Compilation> compilation;     ///< files for places, types, code lists
  std::unique_ptr<MapSource> tree;              ///< checked
  mutable std::atomic<std::size_t> size_hint{2'048};   ///< bytes of the last outputs
};

/// Compiles the text of a map. `resolve` gives schemas and code list files; it is asked for what the map names.
struct MapResolver {
  virtual ~MapResolver() = default;
  virtual schema::Library::Loaded schema(const std::string& reference) = 0;
  /// The file's path and text, or nothing when there is no such file.
  struct File {
    std::string name, text;
  };
  virtual std::optional<File> codes(const std::string& reference) = 0;
};

struct Compiled {
  std::shared_ptr<Map::Impl> map;               ///< null: unusable
  Findings findings;
  std::vector<std::pair<std::string, std::string>> sources;   ///< files that findings point into
};
Compiled compile_map(std::string file, std::string text, const States& states, MapResolver& resolver);

}  // namespace wayleave::mapping
