#pragma once

#include <map>
#include <string>
#include <vector>

#include "subject.hpp"

namespace mutations {

struct Edit {
  Range range;
  std::string text;
};

/// Where a finding must point, in the text as it was: a line from `begin` to `end`. `file` empty: the map.
struct Place {
  Range range;
  std::string file;
};

/// One way to break a map. Edits of one file do not overlap.
struct Mutation {
  std::string kind;
  std::string what;                        ///< in words, for those that survive
  std::map<std::string, std::vector<Edit>> edits;   ///< by file; empty name: the map
  std::vector<Place> places;
  std::string overlay;                     ///< an overlay upon the map, which is judged then; places are in it
  std::size_t variant = 0;                 ///< of several ways to break one place the n-th
};

/// Takes what the generators find.
class Collector {
 public:
  explicit Collector(const Subject& subject) : subject_(subject) {}
  /// The n-th call for one place gives the n-th variant.
  void add(std::string kind, std::string what, std::vector<Edit> edits, std::vector<Range> places, std::size_t variant = 0);
  void add(Mutation mutation) { found_.push_back(std::move(mutation)); }
  Mutation& last() { return found_.back(); }
  /// A change that gives another legal map, by the schemas: it is not made, only counted with its reason.
  void legal(const std::string& kind, const std::string& reason) { ++legal_[kind + ": " + reason]; }
  /// At most `limit` of each kind: first one of every place, then a second …, evenly over the places.
  std::vector<Mutation> chosen(std::size_t limit) const;
  const std::map<std::string, std::size_t>& legal() const { return legal_; }

 private:
  const Subject& subject_;
  std::vector<Mutation> found_;
  std::map<std::string, std::size_t> legal_;
};

/// A text after edits, and where offsets of the text before are then.
class Edited {
 public:
  Edited(const std::string& text, std::vector<Edit> edits);
  const std::string& text() const { return text_; }
  Offset now(Offset before) const;

 private:
  std::vector<Edit> edits_;
  std::string text_;
};

/// Misspellings of a name by one character, all of them names.
std::vector<std::string> typos(const std::string& name);

/// The generators, by what they break.
void break_names(const Subject& subject, Collector& into);
void break_content(const Subject& subject, Collector& into);
void break_values(const Subject& subject, Collector& into);
void break_presence(const Subject& subject, Collector& into);
void break_codes(const Subject& subject, Collector& into);
void break_syntax(const Subject& subject, Collector& into);
void break_directives(const Subject& subject, Collector& into);
void break_overlays(const Subject& subject, Collector& into);

}  // namespace mutations
