#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wayleave::cli {

/// The section of docs/codes.md on a code, with its heading; nullopt when there is none. A section may stand for a range:
/// `R9xx` explains R910. Lower case is taken for upper case.
std::optional<std::string> explanation(std::string_view code);

/// Every code that has a section, as the headings have them, in order.
std::vector<std::string> explained_codes();

/// `wayleave explain CODE`: prints the section on `out` and returns 0, or says on `err` which code is nearest and
/// returns 2.
int explain(const std::string& code, std::ostream& out, std::ostream& err);

}  // namespace wayleave::cli
