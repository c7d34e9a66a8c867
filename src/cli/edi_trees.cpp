#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace wayleave::cli {

void add_edi_trees(CLI::App&, Outcome&) {}

}  // namespace wayleave::cli
