#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"

namespace wayleave::edi {

/// What can be wrong in an interchange. Each has a code E1xx–E5xx and its translation into every acknowledgment.
enum class Cause : std::uint8_t {
  // the interchange
  not_an_interchange, malformed_header, bad_terminator, bad_element_separator, bad_component_separator, bad_repetition_separator,
  bad_standards_id, bad_version, bad_authorization, bad_security, bad_sender_qualifier, bad_sender, bad_receiver_qualifier,
  bad_receiver, unknown_receiver, bad_interchange_date, bad_interchange_time, bad_interchange_control_number, bad_ack_request,
  bad_test_indicator, interchange_truncated, interchange_numbers_differ, group_count_wrong, bad_control_structure,
  stray_content, duplicate_interchange, unsupported_character_set, bad_syntax_version, interchange_too_large,
  // a group
  group_trailer_missing, group_numbers_differ, set_count_wrong, bad_group_control_number, group_not_supported,
  group_version_not_supported, bad_group_header, duplicate_group,
  // a set
  set_trailer_missing, set_numbers_differ, segment_count_wrong, set_not_supported, bad_set_control_number,
  set_number_not_unique, bad_set_id, set_not_in_group, set_too_large, no_guide,
  // a segment
  unrecognized_segment, segment_not_used, segment_not_in_set, unexpected_segment, segment_out_of_sequence, segment_missing, segment_too_often,
  segment_too_seldom, loop_missing, loop_too_often, variant_missing, variant_loop_missing, variant_too_often, variant_loop_too_often,
  variant_not_used, segment_empty, segment_too_long,
  // a data element
  element_missing, element_missing_by_rule, element_excluded, too_many_elements, too_many_components, too_many_repetitions,
  element_not_used, too_short, too_long, invalid_character, not_a_number, code_unknown, code_not_used, bad_date, bad_time,
  pattern_mismatch, trailing_separators,
  // hierarchy and counts
  hierarchy_number_repeated, hierarchy_parent_unknown, hierarchy_parent_wrong, count_wrong, fixed_value_wrong,
};
inline constexpr std::size_t causes = static_cast<std::size_t>(Cause::fixed_value_wrong) + 1;

/// One thing wrong. Positions count from 1; 0: not so deep. `segment` counts within the set (ST or UNH is 1); in the
/// envelope it counts within the interchange.
struct Flaw {
  Cause cause{};
  Severity severity = Severity::error;
  std::uint32_t segment = 0;
  std::uint16_t element = 0, component = 0, repetition = 0;
  std::uint64_t offset = 0;              ///< bytes from the start of what was read
  std::uint32_t length = 0;              ///< bytes
  std::string id;                        ///< segment id
  std::string loop;
  std::string de;                        ///< data element number
  std::string bad;                       ///< the data as it came, UTF-8, at most 99 bytes; empty: missing
  std::string path;                      ///< /TS850/PO1[2]/PO103
  std::string expected, message, fix;
};
using Flaws = std::vector<Flaw>;

/// How acknowledgments say it; empty: they cannot. Code numbers: docs/codes.md. `ak3`/`ak4` 997 (DE 720, 723), `ik3`/`ik4`
/// 999 (DE 620, 621), `ak5`/`ik5` (718, 618), `ak9` (716), `ta1` (I18), `contrl` (0085).
struct Saying {
  std::string_view code;                 ///< E301
  std::string_view ak3, ak4, ik3, ik4, ak5, ik5, ak9, ta1, contrl;
};
const Saying& saying(Cause cause);
/// A segment, loop or use of one that did not come, or too seldom: told where it should have stood.
bool says_missing(Cause cause);

/// The same as acknowledgments have room for it. AK301: two or three characters (`??` where there is no id at all); AK302;
/// AK401 `3`, `4:1`, in a 999 with the repetition `4:1:2`; AK402: a number, which composites do not have.
std::string ak3_id(const Flaw& flaw);
std::string ak3_position(const Flaw& flaw);
std::string ak4_position(const Flaw& flaw, bool implementation);
std::string_view ak4_number(const Flaw& flaw);
/// CONTRL. 0085: some codes came with syntax version 4. 0096: a missing segment has the number of the one before its place.
/// S011: the segment id counts as the first data element. 0013, 0135: the service segment, if it is one.
std::string_view contrl_code(const Flaw& flaw, bool version4);
std::string contrl_segment(const Flaw& flaw);
std::string contrl_position(const Flaw& flaw, bool version4);
std::string_view contrl_place(const Flaw& flaw);

/// Data as a person can read it: at most `most` bytes, whole characters; what is no printable character of UTF-8 as a point.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

/// The finding that reports show: code, path, found, expected, message, fix, and the EDI positions.
Finding to_finding(const Flaw& flaw);

}  // namespace wayleave::edi
