#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/edi/guide.hpp"

/// The small languages of edi: attributes. What cannot be read gives nullopt and says why in `problem`: a clause that goes
/// on after "because". Pure functions; any thread.
namespace wayleave::edi::notation {

/// A list separated by white space.
std::vector<std::string> words(std::string_view text);

/// `P0304`, `D50102` or `D5(01,02)`. Rule::all has every position named, the first one included.
std::optional<Rule> read_rule(std::string_view word, std::string& problem);

/// `06-25`: positions from and to.
std::optional<std::pair<unsigned, unsigned>> read_pairs(std::string_view text, std::string& problem);

/// when  ::= test ('and' test)*      test ::= path '=' quoted ('or' path '=' quoted)*, all with one path
/// path  ::= name ('/' name)?        quoted ::= "'" … "'" | '"' … '"'
struct Test {
  std::vector<std::string> path;
  std::vector<std::string> values;       ///< sorted
};
std::optional<std::vector<Test>> read_when(std::string_view text, std::string& problem);

/// count(/a/b)  count(//ID)  sum(/a/b/c)  position()  fixed('x')
struct Call {
  Auto::Kind kind = Auto::Kind::none;
  bool anywhere = false;                 ///< `//`
  std::vector<std::string> path;         ///< from the root on
  std::string value;
};
std::optional<Call> read_auto(std::string_view text, std::string& problem);

bool all_digits(std::string_view text);   ///< and at least one
/// A whole number from 0 to 2^31; nullopt: none.
std::optional<std::uint32_t> read_number(std::string_view text);

/// An id of a segment of this standard: `N1`, `BEG`; EDIFACT: `NAD`.
bool is_segment_id(Standard standard, std::string_view text);

/// `REF_350` → `REF`, `350`.
std::pair<std::string_view, std::string_view> split_suffix(std::string_view name);

}  // namespace wayleave::edi::notation
