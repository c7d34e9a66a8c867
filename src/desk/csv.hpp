#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"

namespace wayleave::desk {

/// A table of texts as RFC 4180 has it: cells in quotes where they hold the separator, a quote or a line end.
struct Csv {
  struct Cell {
    std::string text;
    std::uint32_t offset = 0;              ///< in `source`
    bool quoted = false;
  };
  using Row = std::vector<Cell>;
  std::string source;                      ///< the text without its byte order mark
  char separator = ',';
  std::vector<Row> rows;                   ///< blank lines are left out
};

/// Reads what spreadsheets write: with or without byte order mark, any line ends, a line `sep=;`. Findings M001 (not UTF-8,
/// an open quote, text behind one, characters that XML cannot hold), each at its line and column.
Csv read_csv(std::string text, char separator, Findings& findings);

/// A finding at a byte of the source.
Finding csv_finding(const Csv& csv, std::string_view code, std::uint32_t offset, std::string message);

/// One row with CR LF at its end.
void append_csv(std::string& out, const std::vector<std::string>& cells);

}  // namespace wayleave::desk
