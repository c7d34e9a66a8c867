#pragma once

#include <optional>
#include <string>

#include "base/finding.hpp"

namespace CLI {
class App;
}

namespace wayleave::cli {

/// A command adds itself to the application; when it is chosen it runs and leaves its exit code here: 0 fine, 1 judged
/// and found wanting, 2 no judgement possible.
struct Outcome {
  int code = 0;
};
void add_serve(CLI::App& app, Outcome& outcome);
void add_check(CLI::App& app, Outcome& outcome);
void add_validate(CLI::App& app, Outcome& outcome);
void add_map(CLI::App& app, Outcome& outcome);
void add_lint(CLI::App& app, Outcome& outcome);
void add_test(CLI::App& app, Outcome& outcome);
void add_trace(CLI::App& app, Outcome& outcome);
void add_desk(CLI::App& app, Outcome& outcome);        ///< new doc diff template-schema
void add_codes(CLI::App& app, Outcome& outcome);
void add_overlays(CLI::App& app, Outcome& outcome);    ///< flat impact
void add_explain(CLI::App& app, Outcome& outcome);
void add_token(CLI::App& app, Outcome& outcome);
void add_operate(CLI::App& app, Outcome& outcome);     ///< messages show replay discard park sent subscriptions
void add_edi(CLI::App& app, Outcome& outcome);         ///< edi ack show read write
void add_edi_trees(CLI::App& edi, Outcome& outcome);   ///< the last three
void add_vet(CLI::App& app, Outcome& outcome);         ///< hidden: vet-schema

/// The whole of a file, or of stdin for `-`; nullopt: cannot be opened.
std::optional<std::string> read_file(const std::string& name);

/// Collects what a command says of the files it judges: text on stderr as it comes, or one JSON array on stdout at the
/// end. The highest code wins.
class Verdicts {
 public:
  enum class Status { valid, invalid, unusable };
  explicit Verdicts(bool json) : json_(json) {}
  /// `source`: the file's text for excerpts. `quiet_valid`: say nothing of a valid file without findings.
  void add(const std::string& file, Status status, const Findings& findings, const std::string& source);
  /// Prints the array when JSON was asked for; the exit code.
  int finish();

 private:
  bool json_;
  int code_ = 0;
  std::string array_;
};

/// Adds `--format text|json`.
void add_format(CLI::App& command, std::string& format);

}  // namespace wayleave::cli
