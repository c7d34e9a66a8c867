#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"

namespace wayleave::cli {

int run(int argc, char** argv) {
  CLI::App app{"Wayleave: a right of way for XML and EDI documents into your back-end systems, and status out of them", "wayleave"};
  app.set_version_flag("--version", WAYLEAVE_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(38);
  Outcome outcome;
  add_serve(app, outcome);
  add_check(app, outcome);
  add_validate(app, outcome);
  add_map(app, outcome);
  add_lint(app, outcome);
  add_test(app, outcome);
  add_trace(app, outcome);
  add_desk(app, outcome);
  add_codes(app, outcome);
  add_overlays(app, outcome);
  add_explain(app, outcome);
  add_token(app, outcome);
  add_operate(app, outcome);
  add_edi(app, outcome);
  add_vet(app, outcome);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong, std::cerr, std::cerr);
    return 2;
  } catch (const std::exception& failed) {
    std::cerr << "wayleave: " << failed.what() << '\n';
    return 2;
  }
  std::cout.flush();
  return std::cout ? outcome.code : 2;
}

}  // namespace wayleave::cli
