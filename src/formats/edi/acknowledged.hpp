#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/edi/interchange.hpp"

namespace wayleave::edi {

/// What somebody says became of something that we sent.
struct Acknowledged {
  enum class Level : std::uint8_t { interchange, group, set } level = Level::set;
  std::string interchange;               ///< its control number, where the acknowledgment names it (TA1, CONTRL)
  std::string group;                     ///< X12: AK102
  std::string set, control;              ///< 850, 0001
  enum class Verdict : std::uint8_t { accepted, accepted_with_errors, partly, rejected, received } verdict = Verdict::accepted;
  std::string code;                      ///< why, as they say it
};

/// Is this set an acknowledgment (997, 999, CONTRL)?
bool is_acknowledgment(Standard standard, std::string_view set);

/// Reads a 997, 999 or CONTRL from its bytes, ST or UNH to SE or UNT. What cannot be understood is left out.
std::vector<Acknowledged> read_acknowledgment(Standard standard, std::string_view bytes, const Delimiters& delimiters);

}  // namespace wayleave::edi
