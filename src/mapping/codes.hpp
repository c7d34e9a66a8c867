#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/finding.hpp"
#include "mapping/source_file.hpp"

namespace wayleave::mapping {

/// A code list file, compiled: what a code becomes. Immutable; shared by all maps that name the file.
class CodeList {
 public:
  enum class Unknown : std::uint8_t { reject, pass, fallback };
  struct Row {
    std::string from, to, label;
    std::int32_t until = no_end;           ///< last day it is good, days since 1970; no_end: for ever
    Span span;
  };
  static constexpr std::int32_t no_end = 0x7fffffff;

  std::string name;
  std::string from, to;                    ///< what the two sides are, for people
  Unknown unknown = Unknown::reject;
  std::string fallback;                    ///< of `default:X`
  bool both_ways = false;
  std::vector<Row> rows;

  /// nullptr when the list has no row for `code` that is good on `day`.
  const Row* find(std::string_view code, std::int32_t day) const;
  void index();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> by_code_;
};

class MapElement;
/// One `<c from to …/>`; nothing, with findings, when it is none.
std::optional<CodeList::Row> read_code_row(Reporter& reporter, const MapElement& row);

/// M401: a code with two rows, or a list that goes both ways and cannot.
void check_code_rows(Reporter& reporter, const CodeList& list);

/// Reads a code list file (schemas/wayleave/codes-1.xsd). `file` is its place in the reporter's files. Null with
/// findings (M0xx, M401) when it is unusable; a list with doubtful rows comes with warnings.
std::shared_ptr<const CodeList> read_codes(Reporter& reporter, std::uint16_t file);

}  // namespace wayleave::mapping
