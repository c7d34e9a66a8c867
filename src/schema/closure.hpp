#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "schema/schema.hpp"
#include "schema/source.hpp"

namespace wayleave::schema {

/// Bounds of one closure; a schema beyond them is refused (S904–S906).
struct ClosureLimits {
  std::size_t files = 64;
  std::size_t depth = 24;                     ///< includes of includes
  std::uint64_t file = 8u << 20;
  std::uint64_t all = 32u << 20;
};

/// A schema file with all it includes and imports, found by our own walk; what the walk did not find cannot be opened
/// later by anything a schema says.
struct Closure {
  struct File {
    std::string bytes;                        ///< as on disk: what Xerces gets
    SourceFile source;
    std::map<std::string, std::string> references;   ///< schemaLocation as written → key in `files`
  };
  std::filesystem::path root;
  std::map<std::string, File> files;          ///< by absolute path
  Findings findings;                          ///< errors: unusable
};

/// Reads `root` and everything it names. A schemaLocation is searched beside the file that names it, then in the search
/// path; never on the network. Circular references are fine.
Closure read_closure(const std::filesystem::path& root, const SearchPath& search, const ClosureLimits& limits = {});

/// A finding in a schema file at a byte offset.
Finding schema_finding(std::string code, const std::string& path, const SourceFile& source, std::uint32_t offset,
                       std::string found, std::string message, std::string fix);

/// The policy of schemas: what Xerces must never see because compiling or using it could end or stall the process.
void lint_policy(const std::string& path, const SourceFile& source, Findings& findings);

/// Key under which our own copy of the schema of xml:lang, xml:space, xml:base and xml:id stands in a closure.
inline constexpr std::string_view builtin_xml_schema = "builtin:xml.xsd";

}  // namespace wayleave::schema
