#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wayleave {

enum class Severity : std::uint8_t { error, warning, info };

/// One thing wrong (or doubtful) in one judged text. The fields are those of docs/interfaces: `line`/`column` point at
/// the start of what is wrong and count from 1 (column in characters, 0: unknown); `path` is local names, `[n]` among
/// same-named siblings when there is more than one, `/@name`. `found` is copied verbatim from the document (cut at 200
/// characters), so a finding may hold customer data: never log one.
struct Finding {
  std::string code;  ///< stable: X110, M101, S901 …; `wayleave explain CODE` prints its page
  Severity severity = Severity::error;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string path;
  std::string found;
  std::string expected;      ///< in plain words
  std::string message;       ///< a sentence that stands alone
  std::string fix;           ///< what to write instead; may be empty
  std::string in;            ///< file the finding points into, where it is not the judged one
  std::uint32_t length = 0;  ///< characters to underline from `column` on; 0: one

  /// EDI only; positions count from 1, 0: not so deep. `ack`: how the acknowledgment says it, `AK3*PO1*6**8 AK4*3*355*7*BX`.
  std::uint32_t segment = 0, element = 0, component = 0, repetition = 0;
  std::string loop, ack;
  std::uint64_t offset = 0;  ///< bytes from the start of the judged text
};

using Findings = std::vector<Finding>;

/// True when at least one finding is an error.
bool has_errors(const Findings& findings);

/// "error", "warning", "info".
std::string_view to_string(Severity severity);

/// `lint`'s rendering, lines ended by '\n': code and message, `--> file:line:column`, the excerpt of `source` with what
/// is wrong underlined, expected and fix. `source` is the text of `file`; empty: no excerpt. A finding that points into
/// another file (`in`) shows that file's name and no excerpt. Long lines are cut around the place; control characters
/// and bytes that are not UTF-8 are shown as U+FFFD.
std::string render_text(const Finding& finding, const std::string& file, const std::string& source);

/// The JSON object of one judged file, as `--format json` lists them: file, status (valid, invalid, unusable) and
/// findings. Always valid JSON in UTF-8, whatever bytes the texts hold.
std::string findings_json(std::string_view file, std::string_view status, const Findings& findings);

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace wayleave
