#pragma once

#include <string>
#include <string_view>

#include "formats/edi/interchange.hpp"

namespace wayleave::edi {

/// How an acknowledgment says it, for people and machines: `AK3*BEG*2**8 AK4*5*373*8*20250231`; empty: it cannot.
/// `implementation`: a 999, or the CONTRL of syntax version 4.
std::string ack_text(const Flaw& flaw, Standard standard, bool implementation);

/// The finding with line and column in `text` (what was read, from its first byte) and how the acknowledgment says it.
Finding located(const Flaw& flaw, const LineIndex& lines, Standard standard, bool implementation);

/// The customer's page of one refused (or noted) set:
///   850 REJECTED   ISA 000000905, GS 1, ST 0001                       2 problems
///   1  segment 2  BEG05  "20250231"  not a calendar date …             AK3*BEG*2**8 AK4*5*373*8*20250231
///        BEG*00*SA*PO-4711**20250231
///                           ^^^^^^^^
/// `bytes`: those of the set, `begin`: offset of the first of them in what was read.
std::string set_page(
  const InterchangeHead& head, const GroupHead* group, const SetHead& set, const Flaws& flaws, std::string_view bytes, std::uint64_t begin, bool rejected
);

/// A segment as a line of text: delimiters as they are, control characters as dots; `at` and `length` come back as columns.
std::string segment_line(std::string_view bytes, std::size_t offset, const Delimiters& delimiters, std::size_t& column, std::size_t& length);

}  // namespace wayleave::edi
