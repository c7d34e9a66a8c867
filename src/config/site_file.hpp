#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "config/site.hpp"
#include "document/document.hpp"

namespace wayleave::config {

/// Where findings about a site go. One object for a whole reading.
class Problems {
 public:
  Finding& error(std::string code, const Where& where, std::string message, std::string fix = {});
  Finding& warning(std::string code, const Where& where, std::string message, std::string fix = {});
  Finding& info(std::string code, const Where& where, std::string message);
  /// What the XSD said about a file.
  void add(Findings findings, const std::string& file);
  /// Sorted by file and place. Of what the XSD and we say about one value, ours stays: it knows what the value is for.
  Findings take();

 private:
  Findings findings_;
};

/// A finding about a place in the site's files.
Finding finding_at(const Where& where, std::string code, std::string message, std::string fix = {});

/// One file of a site, read and judged: its attributes and texts with their places. The tree may be invalid by its XSD
/// (that is reported already): whatever is missing then comes out empty.
class SiteFile {
 public:
  /// `name` is relative to the site. `judged`: what the XSD said of the file; it goes to `problems`, too.
  SiteFile(std::string name, std::filesystem::path path, Document document, const Findings& judged, Problems& problems);

  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }
  Problems& problems() const { return *problems_; }
  Document::Index root() const { return document_.root(); }
  std::string_view local_name(Document::Index node) const { return document_.local_name(document_.node(node).name); }

  /// Children of that local name, in order; all children when it is empty.
  std::vector<Document::Index> children(Document::Index node, std::string_view local = {}) const;
  Document::Index child(Document::Index node, std::string_view local) const;

  bool has(Document::Index node, std::string_view attribute) const { return find(node, attribute) != nullptr; }
  /// An attribute of the element is unknown: one that seems to be missing is probably the one that is misspelt.
  bool is_misspelt(Document::Index node) const;
  /// An attribute word for word (expressions, templates); empty when absent.
  Text raw(Document::Index node, std::string_view attribute) const;
  /// An attribute without surrounding blanks, inner runs of blanks as one.
  Text token(Document::Index node, std::string_view attribute) const;
  /// An attribute's words.
  std::vector<std::string> words(Document::Index node, std::string_view attribute) const;
  /// Attributes of no namespace other than these.
  std::vector<std::pair<std::string, Text>> others(Document::Index node, const std::set<std::string, std::less<>>& known) const;
  /// An element's text without surrounding blanks.
  Text text(Document::Index node) const;

  /// Where an element begins.
  Where where(Document::Index node) const;

 private:
  const Document::Attribute* find(Document::Index node, std::string_view local) const;
  Text value_of(const Document::Attribute& attribute) const;
  Where at(std::uint32_t offset) const;

  std::string name_;
  std::filesystem::path path_;
  Document document_;
  LineIndex lines_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> unknown_attributes_;   ///< where they stand
  Problems* problems_;
};

/// Values that take parts from the environment. An unset or malformed `${NAME}` is reported and comes out empty.
std::string with_environment(const Text& text, Problems& problems);

/// The readers of one file each. `site` is the site's absolute folder.
Gateway read_gateway(const SiteFile& file, const std::filesystem::path& site);
Partner read_partner(const SiteFile& file);
Backend read_backend(const SiteFile& file);
Process read_process(const SiteFile& file);

/// What needs more than one file: names, identities, references to schemas and maps, listeners.
/// `unreadable`: names of processes and back ends whose files could not be read, so that nobody calls them unknown.
struct Surroundings {
  std::vector<std::filesystem::path> schema_roots, map_roots;
  std::set<std::string> unreadable_processes, unreadable_backends;
};
void check_site(Site& site, const Surroundings& around, Problems& problems);

/// The lists that the canonical documents and the feeds give.
const std::vector<std::string>& known_roles();
const std::vector<std::string>& known_feeds();
const std::vector<std::string>& known_kinds();
const std::vector<std::string>& known_identity_kinds();

}  // namespace wayleave::config
