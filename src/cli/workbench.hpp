#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "mapping/map.hpp"

namespace CLI {
class App;
}

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

  /// A map as its partners use it.
  struct Used {
    mapping::Maps::Compiled compiled;
    std::vector<std::string> over;         ///< guides that stand in the place of those it names
    std::string note;                      ///< which, and who says so, or why none does; empty: nothing to tell
    bool fits = true;                      ///< false: `guide` describes neither what it reads nor what it makes
  };
  /// Over `guide`, where one is given. Else, where the map is of the site and its agreements use it with one guide, over that.
  Used load_used(const std::string& name, const schema::SchemaPtr& guide);
};

/// Says on stderr over which guide a map was taken, where that is not its own.
void tell(const Workbench::Used& used);
/// `--guide` describes neither what `map` reads nor what it makes: says so; the exit code.
int unfit(const std::string& guide, const std::string& map);
/// Adds `--guide`.
void add_guide(CLI::App& command, std::string& guide);
/// What --guide names, in `guide`: null where nothing was given; false, told, where it cannot be had.
bool load_guide(Workbench& bench, const std::string& reference, schema::SchemaPtr& guide);

/// What partner() gives; nullopt, with the reason told, when that partner cannot be had. Empty: nobody.
std::optional<mapping::Context> context_for(const Workbench& bench, const std::string& partner);

/// The absolute path of a file that exists, else the name as it was given, which is then searched.
std::string located(const std::string& name);

/// `file.xsd#Root`; null, with what is wrong told on stderr.
schema::SchemaPtr load_schema(Workbench& bench, const std::string& reference);
/// A map that compiles; null, with its errors told on stderr.
mapping::MapPtr load_map(Workbench& bench, const std::string& name);

/// Writes a text to a file, or to stdout where none is named; the exit code.
int put(const std::string& file, const std::string& text);
/// Says why there is no judgement; the exit code for that.
int fail(const std::string& why);

}  // namespace wayleave::cli
