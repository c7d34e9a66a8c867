#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/edi/interchange.hpp"
#include "formats/edi/pen.hpp"

namespace wayleave::edi {

/// How a partner wants interchanges written.
struct WritePolicy {
  std::optional<Delimiters>
      delimiters;          ///< absent: the standard's, with a repetition separator where the version has one
  bool newline = false;    ///< a line break behind every segment
  std::uint32_t wrap = 0;  ///< a line break after so many bytes, wherever that is; 0: none
  bool una = true;         ///< EDIFACT: always UNA; false: only where the delimiters are not the defaults
  /// What becomes of a character that the character set or the delimiters do not admit: X12 has no release character.
  /// `blank`: its nearest ASCII letter where it has one, or else a blank.
  enum class Unfit : std::uint8_t { refuse, blank } unfit = Unfit::refuse;
  /// X12: basic, extended, or utf8; EDIFACT: by the syntax identifier of the interchange.
  std::string character_set = "extended";
};

/// Writes one interchange front to back. Control numbers, dates and times are the caller's; counts, HL numbers and
/// trailers are the writer's. Trailing empty elements and components are left out. What the caller gives for an
/// envelope is made to fit: cut to its field, blank where a character cannot stand; who takes it from people judges it
/// before (write_interchanges). `out` outlives it and is complete
/// between two calls. One thread. Calls in another order than (group? (set* | begin_set segment* end_set)* end_group?)*
/// end are bugs.
class Writer {
 public:
  Writer(std::string& out, const InterchangeHead& head, const WritePolicy& policy = {});
  void group(const GroupHead& head);
  /// A guide's tree as `document` has it below `root`, judged before (judge_tree): fields with edi:auto and the numbers
  /// of HL are computed, whatever the tree has. Findings with the path of the value where a character cannot be written
  /// (E310), a value repeats that cannot (E306), or the tree is not the guide's (E307); nothing of this set is written
  /// then, and it is not counted.
  Findings set(const SetHead& head, const Guide& guide, const Document& document, Document::Index root = 0);
  /// A set without a guide: `message` has the <segment> elements of interchange-1.xsd.
  Findings plain_set(const SetHead& head, const Document& document, Document::Index message);
  /// One made up of plain elements, for acknowledgments: `AK5`, `A`. Components inside an element are separated by the
  /// component separator already; other delimiters are released, or blank where that cannot be. Counted like any other.
  void begin_set(const SetHead& head);
  void segment(std::initializer_list<std::string_view> elements);
  void end_set();
  void end_group();
  void end();

  std::uint32_t sets() const { return sets_; }
  const Delimiters& delimiters() const { return delimiters_; }
  CharacterSet characters() const { return characters_; }

 private:
  struct Tree;
  struct Notes;
  std::size_t open() { return pen_.open(); }
  void close(std::size_t mark);
  void lines(std::size_t mark);
  void write_isa();
  void write_una();
  void write_unb();
  void begin(const SetHead& head);
  void finish();
  void put(std::uint32_t element, std::string_view value, std::uint32_t component = 0);
  void put_dotted(std::uint32_t element, std::string_view version, std::uint32_t component);

  std::string& out_;
  InterchangeHead head_;
  WritePolicy policy_;
  Delimiters delimiters_;
  CharacterSet characters_;
  Pen pen_;
  GroupHead group_;
  SetHead set_;
  bool grouped_ = false;
  std::uint32_t groups_ = 0, sets_ = 0, sets_in_group_ = 0, segments_ = 0;
  std::uint64_t column_ = 0;
  std::shared_ptr<const Notes> notes_;  // of the guide that was written last
};

/// What is wrong with a tree that is to be written: schema::diagnose without the absence of what the writer makes
/// itself.
Findings judge_tree(const Guide& guide, const Document& document, Document::Index root = 0, std::size_t limit = 100);

}  // namespace wayleave::edi
