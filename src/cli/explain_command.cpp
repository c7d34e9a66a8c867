#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/explain.hpp"

namespace wayleave::cli {

void add_explain(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("explain", "print the page of a finding's code: what, why, an example, how to mend it");
  auto code = std::make_shared<std::string>();
  command->add_option("CODE", *code, "X110, M101, S901 …")->required();
  command->callback([code, &outcome] { outcome.code = explain(*code, std::cout, std::cerr); });
}

}  // namespace wayleave::cli
