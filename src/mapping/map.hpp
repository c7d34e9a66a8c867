#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "document/document.hpp"
#include "mapping/context.hpp"
#include "mapping/expression.hpp"
#include "mapping/types.hpp"
#include "schema/schema.hpp"

namespace wayleave::mapping {

/// A compiled map: parsed into a typed tree, checked against both schemas. Immutable; any thread; shared.
class Map {
 public:
  struct Impl;
  explicit Map(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const std::string& name() const;
  const std::filesystem::path& file() const;
  const schema::SchemaPtr& source() const;
  const schema::SchemaPtr& target() const;
  /// True: a run makes any number of documents (m:messages).
  bool splits() const;
  /// What the place that uses the map gives it values for (Context::parameters).
  struct NeededParameter {
    std::string name;
    Kind kind = Kind::string;
    bool mandatory = false;                ///< has no default
  };
  std::vector<NeededParameter> parameters() const;
  /// What seq() counts: the caller gives each run its numbers (Context::sequence).
  struct Sequence {
    std::string name;
    bool per_partner = true;
  };
  std::vector<Sequence> sequences() const;
  /// Properties of the partner without which it refuses: require(partner('x'), …).
  std::vector<std::string> needed_properties() const;
  /// Of an overlay: whose documents take it; empty: only those who name it.
  const std::string& partner() const;
  /// The file, and what it extends, down to the base.
  const std::vector<std::string>& chain() const;
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};
using MapPtr = std::shared_ptr<const Map>;

/// One run's outcome. Of a map with m:messages `messages` are the documents, in order, and `xml` is empty. Else `xml` is the target document, serialised straight from the template: UTF-8, no declaration, one
/// line, namespaces from the target schema. Findings are the map's rejects and warnings (R8xx, m:reject codes) with the
/// source position they point at; any error among them means: nothing was made.
struct Mapped {
  std::string xml;
  std::vector<std::string> messages;
  Findings findings;
  std::vector<TextAt> origins;   ///< one a finding: the place in the map that it came from
  bool ok() const { return !has_errors(findings); }
};

/// Runs a map. The document must be one that the map's source schema accepted (it was compiled against that schema).
/// The caller validates `xml` where the map was not proven (R9xx): see pipeline/map.
Mapped run(const Map& map, const Document& document, const Context& context, const Budget& budget = {});

/// Compiles maps, each once; keeps code lists and schemas shared. Slow: start-up and reload. Thread-safe.
class Maps {
 public:
  /// `roots` are searched for maps as schema::SearchPath is for schemas.
  Maps(std::shared_ptr<schema::Library> schemas, schema::SearchPath roots, States states);
  struct Compiled {
    MapPtr map;             ///< null: unusable
    Findings findings;      ///< errors, and warnings of a usable map; `in` empty: in the map file itself
    std::filesystem::path file;                                  ///< the map file; empty: there is none
    std::map<std::string, std::string, std::less<>> sources;     ///< text of the map and its code lists, for excerpts
  };
  Compiled load(const std::string& reference, const std::filesystem::path& from_directory = {});
  /// A map that is loaded already, checked again over other schemas for the same roots: a partner's own guide of what it
  /// reads, or of what it makes. Null: its own. M7 codes, on how it is written, are by its own all the same.
  Compiled load_over(const Map& map, const schema::SchemaPtr& source, const schema::SchemaPtr& target = nullptr);
  /// From now on `text` is what the file holds: what would be if it were changed. Before the first load.
  void suppose(const std::filesystem::path& file, std::string text);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wayleave::mapping
