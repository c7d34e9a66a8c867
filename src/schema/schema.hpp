#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "base/result.hpp"
#include "document/document.hpp"
#include "schema/model.hpp"

namespace wayleave::schema {

/// One root element of a compiled closure: what a document is judged by. Immutable; any thread; shared.
/// Holds the Model (ours) and a locked Xerces grammar pool (the authority on validity), neither of which it leaks.
class Schema {
 public:
  struct Impl;
  explicit Schema(std::shared_ptr<const Impl> impl, ElementId root);
  const Model& model() const;
  ElementId root() const { return root_; }
  NameId root_name() const { return model().element(root_).name; }
  /// `canonical/order-1.xsd#Order` as it was asked for, and the file's absolute path.
  const std::string& label() const;
  const std::filesystem::path& file() const;
  const Impl& impl() const { return *impl_; }   ///< for the validator in formats/xml only

 private:
  std::shared_ptr<const Impl> impl_;
  ElementId root_;
};
using SchemaPtr = std::shared_ptr<const Schema>;

/// Where schemas come from: `./` and `../` are relative to the file that names them, every other path is searched in the
/// roots in order (the site's schemas/, then the product's).
struct SearchPath {
  std::vector<std::filesystem::path> roots;
  /// nullopt when no such file exists.
  /// `ubl-2.4/maindoc/…` is also found in the folder that the environment variable WAYLEAVE_UBL names.
  std::optional<std::filesystem::path> find(const std::string& reference, const std::filesystem::path& from_directory) const;

 private:
  std::optional<std::filesystem::path> find_ubl(const std::string& reference) const;
};

/// Compiles schemas, each closure of files once. Thread-safe; slow (tens of milliseconds a schema): start-up and reload.
/// Every closure is first read by our own policy lint (S9xx: nested quantifiers, maxOccurs on groups, external DTD,
/// more than 64 files …), then compiled in a limited child process (`vet`), and only then in this one.
class Library {
 public:
  explicit Library(SearchPath path);
  ~Library();
  /// `file.xsd#Root`. The findings carry file, line and column of what is wrong with the schema.
  struct Loaded {
    SchemaPtr schema;      ///< null: unusable, see findings
    Findings findings;     ///< `in` names the file
  };
  /// `file.xsd#Root`; `#Root` may be left out where the file's namespace has one global element.
  Loaded load(const std::string& reference, const std::filesystem::path& from_directory = {});
  /// Try all of these in one child process first; later load() calls do not vet them again, and those among them that
  /// share files are compiled together into one pool and one Model. References relative to a file are given as its
  /// absolute path.
  void vet(const std::vector<std::string>& references);
  const SearchPath& search_path() const;

 private:
  friend Findings compile_here(const std::vector<std::string>& files, const SearchPath& path);
  Findings compile_without_vetting(const std::vector<std::string>& files);
  struct State;
  std::unique_ptr<State> state_;
};

/// Our own judgement of a built tree: *what* is wrong and where, all of it, one finding a mistake, resynchronised at the
/// next sibling. Empty: valid as far as our automata and facets go (identity constraints included).
/// `limit`: at most so many findings. Codes X110–X320 (docs/codes.md). `root`: the node that is to be the schema's root,
/// where a document holds others around it.
Findings diagnose(const Document& document, const Schema& schema, std::size_t limit = 100, Document::Index root = 0);

/// The same for one value: empty when `text` is of that type, else a finding without position.
Findings diagnose_value(const Model& model, TypeId type, std::string_view text);

/// The hidden command `wayleave vet-schema FILE…`: compiles each file; exit code 0 good, 2 faulty, 3 too large.
/// Sets its own limits.
int vet_main(const std::vector<std::string>& files);

}  // namespace wayleave::schema
