#pragma once

#include <atomic>
#include <memory>

#include "mapping/check_expression.hpp"
#include "mapping/map.hpp"
#include "mapping/parse_map.hpp"
#include "mapping/stylesheet.hpp"

namespace wayleave::mapping {

struct Map::Impl {
  std::string name;
  std::filesystem::path file;
  schema::SchemaPtr source, target;
  std::unique_ptr<Compilation> compilation;     ///< files for places, types, code lists
  std::unique_ptr<MapSource> tree;              ///< checked
  std::unique_ptr<Stylesheet> stylesheet;       ///< of m:xslt
  bool fills_in = false;                        ///< the target is a guide of EDI of which the writer does a part
  std::string partner;                          ///< of an overlay: whose documents take it
  std::vector<std::string> chain;               ///< the file, and what it extends, down to the base
  mutable std::atomic<std::size_t> size_hint{2'048};   ///< bytes of the last outputs
};

/// Gives what the files of a map name; `from` is the file that names it.
struct MapResolver {
  virtual ~MapResolver() = default;
  virtual schema::Library::Loaded schema(const std::string& reference, const std::string& from) = 0;
  /// A code list, a base map, a library or a stylesheet: its path and text, or nothing when there is no such file.
  struct File {
    std::string name, text;
  };
  virtual std::optional<File> file(const std::string& reference, const std::string& from) = 0;
};

/// Compiles the text of a map, or of an overlay with all it is laid upon.
struct Compiled {
  std::shared_ptr<Map::Impl> map;               ///< null: unusable
  Findings findings;
  std::vector<std::pair<std::string, std::string>> sources;   ///< files that findings point into
};
/// What a map reads and makes in the place of what its file names; null: that.
struct Over {
  schema::SchemaPtr source, target;
};
Compiled compile_map(std::string file, std::string text, const States& states, MapResolver& resolver, const Over& over = {});

}  // namespace wayleave::mapping
