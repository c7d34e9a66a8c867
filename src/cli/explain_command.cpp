#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/explain.hpp"
#include "cli/workbench.hpp"
#include "desk/place_page.hpp"

namespace wayleave::cli {
namespace {

/// `order-1.xsd#Order/Line/Quantity`: what the schema says there.
int explain_place(const std::string& what, const std::string& site) {
  Workbench bench(site, what.substr(0, what.find('#')));
  const auto slash = what.find('/', what.find('#'));
  const auto schema = load_schema(bench, what.substr(0, slash));
  if (!schema) return 2;
  const auto page = desk::place_page(*schema, slash == std::string::npos ? std::string_view() : std::string_view(what).substr(slash + 1));
  if (!page) {
    std::cerr << "wayleave: " << page.error().detail << '\n';
    return 1;
  }
  std::cout << *page;
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("explain", "print the page of a finding's code, or what a schema says of a place");
  auto what = std::make_shared<std::string>(), site = std::make_shared<std::string>();
  command->add_option("CODE|PATH", *what, "X110, M101 …, or canonical/order-1.xsd#Order/Line/Quantity")->required();
  command->add_option("--site", *site, "the site that the schema belongs to");
  command->callback([what, site, &outcome] {
    outcome.code = what->find('#') == std::string::npos ? explain(*what, std::cout, std::cerr) : explain_place(*what, *site);
  });
}

}  // namespace wayleave::cli
