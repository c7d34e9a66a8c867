#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/finding.hpp"
#include "mapping/codes.hpp"
#include "schema/model.hpp"

namespace wayleave::desk {

/// A code list as it stands in a file, remarks included; an attribute that is empty is not there.
struct CodeFile {
  std::vector<std::pair<std::string, std::string>> attributes;   ///< name, from, to, unknown, both-ways, note: in that order
  struct Row {
    std::string from, to, label, until, note;
  };
  std::vector<Row> rows;
};

/// From a code list file; nothing, with findings, when it is none that can be used.
std::optional<CodeFile> read_code_file(const std::string& name, std::string text, Findings& findings);
CodeFile code_file(const mapping::CodeList& list);
std::string write_code_file(const CodeFile& codes);

/// Columns from, to, label, until (and note, where a row has one) below a row of their names; the attributes of the list
/// above it, each a row `#name,unit`. Reading back what was written gives the same list.
std::string to_csv(const CodeFile& codes);
struct FromCsv {
  CodeFile codes;
  std::string source;                      ///< what the findings' lines and columns count in
  Findings findings;                       ///< any error: unusable
};
/// The columns are found by their names, in any order; `,`, `;` or tab between cells. `name`: of a list that says none.
FromCsv from_csv(std::string text, const std::string& name);

/// Which side of a list a type is about.
enum class CodeSide : std::uint8_t { from, to };
/// What of a list and a type do not go together (M401): values of the type without a row, rows that no value of the type
/// uses, results that the type does not have; of a list that goes both ways, values that no row gives.
/// A finding's `path` is the code that it is about.
Findings judge_codes(const mapping::CodeList& list, const schema::Model& model, schema::TypeId type, CodeSide side);

}  // namespace wayleave::desk
