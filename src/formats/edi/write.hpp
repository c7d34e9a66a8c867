#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/edi/interchange.hpp"

namespace wayleave::edi {

/// How a partner wants interchanges written.
struct WritePolicy {
  Delimiters delimiters;                 ///< of the standard by default
  bool newline = false;                  ///< a line break behind every segment
  std::uint32_t wrap = 0;                ///< a line break after so many bytes; 0: none
  bool una = true;                       ///< EDIFACT: always UNA; false: only where the delimiters are not the defaults
  /// What becomes of a character that the character set or the delimiters do not admit: X12 has no release character.
  enum class Unfit : std::uint8_t { refuse, blank } unfit = Unfit::refuse;
  /// X12: basic, extended, or utf8; EDIFACT: by the syntax identifier of the interchange.
  std::string character_set = "extended";
};

/// Writes one interchange front to back. Control numbers are the caller's; counts, HL numbers and trailers are the
/// writer's. Trailing empty elements and components are left out.
class Writer {
 public:
  Writer(std::string& out, const InterchangeHead& head, WritePolicy policy);
  void group(const GroupHead& head);
  /// A guide's tree as `document` has it, judged before: fields with edi:auto are computed and need not be there.
  /// Findings (E306 with the path of the value) when a character cannot be written; nothing of this set is written then.
  Findings set(const SetHead& head, const Guide& guide, const Document& document, Document::Index root = 0);
  /// One made up of plain elements, for acknowledgments: `AK5`, `A`. Components inside an element are separated by the
  /// component separator already. Counted like any other.
  void begin_set(const SetHead& head);
  void segment(std::initializer_list<std::string_view> elements);
  void end_set();
  void end_group();
  void end();

  std::uint32_t sets() const { return sets_; }

 private:
  struct Tree;
  void raw_segment(std::string_view bytes);

  std::string& out_;
  InterchangeHead head_;
  WritePolicy policy_;
  std::string line_;
  GroupHead group_;
  SetHead set_;
  bool grouped_ = false;
  std::uint32_t groups_ = 0, sets_ = 0, sets_in_group_ = 0, segments_ = 0;
  std::uint64_t column_ = 0;
};

}  // namespace wayleave::edi
