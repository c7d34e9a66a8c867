#include <CLI/CLI.hpp>
#include <iostream>
#include <regex>

#include "cli/commands.hpp"
#include "partners/directory.hpp"

namespace wayleave::cli {

void add_token(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("token", "make a credential: the secret, once, and the element for the partner's file");
  auto partner = std::make_shared<std::string>();
  auto expires = std::make_shared<std::string>();
  command->add_option("PARTNER", *partner, "id of the partner or back end, kept as the credential's label")->required();
  command->add_option("--expires", *expires, "last day it is good, YYYY-MM-DD");
  command->callback([partner, expires, &outcome] {
    static const std::regex day("[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])");
    if (!expires->empty() && !std::regex_match(*expires, day)) {
      std::cerr << "wayleave: --expires takes a day such as 2027-12-31\n";
      outcome.code = 2;
      return;
    }
    const auto made = partners::new_token(*partner, *expires);
    std::cout << made.token << '\n' << made.element << '\n';
  });
}

}  // namespace wayleave::cli
