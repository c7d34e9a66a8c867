#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "desk/trace.hpp"
#include "desk/why.hpp"
#include "formats/edi/read_documents.hpp"
#include "mapping/cases.hpp"

namespace wayleave::cli {
namespace {

struct Arguments {
  std::string map, document, site, partner, guide, why, format = "text";
};

// 0: mapped; 1: the map refuses the document.
int print_trace(const mapping::Map& map, const Document& document, const mapping::Context& context, const Arguments& given) {
  const auto trace = desk::trace(map, document, context);
  if (given.format == "json") {
    std::cout << desk::render_json(trace, given.document);
  } else {
    std::cout << desk::render(trace, given.document);
    std::cerr << desk::render_findings(trace.mapped, given.document);
  }
  return trace.mapped.ok() ? 0 : 1;
}

// 1: the target has no such path.
int print_why(const mapping::Map& map, const Document& document, const mapping::Context& context, const Arguments& given) {
  const auto why = desk::why(map, document, context, given.why);
  std::cout << (given.format == "json" ? desk::render_json(why, given.document) : desk::render(why, given.document));
  if (given.format != "json") std::cerr << desk::render_findings(why.mapped, given.document);
  return why.known ? 0 : 1;
}

int run_trace(const Arguments& given) {
  Verdicts verdicts(given.format == "json");
  Workbench bench(given.site, given.map);
  schema::SchemaPtr guide;
  if (!load_guide(bench, given.guide, guide)) return 2;
  const auto used = bench.load_used(given.map, guide);
  if (!used.fits) return unfit(given.guide, given.map);
  tell(used);
  const auto& compiled = used.compiled;
  if (!compiled.map || has_errors(compiled.findings)) {
    verdicts.add(given.map, Verdicts::Status::unusable, compiled.findings, read_file(given.map).value_or(""));
    return verdicts.finish();
  }
  auto bytes = read_file(given.document);
  if (!bytes) {
    std::cerr << "wayleave: cannot open " << given.document << '\n';
    return 2;
  }
  const auto source = edi::read_documents(*bytes, compiled.map->source());
  if (source.documents.empty()) {
    verdicts.add(given.document, Verdicts::Status::invalid, source.findings, *bytes);
    return verdicts.finish();
  }
  // The input of a case is traced with what its case.xml says.
  const auto folder = std::filesystem::path(given.document).parent_path();
  auto context = mapping::context_of_case(folder);
  if (!given.partner.empty() || !std::filesystem::exists(folder / "case.xml")) {
    auto asked = context_for(bench, given.partner);
    if (!asked) return 2;
    context = std::make_shared<const mapping::Context>(std::move(*asked));
  }
  int worst = 0;
  for (const auto& document : source.documents)
    worst = std::max(worst, given.why.empty() ? print_trace(*compiled.map, document, *context, given) : print_why(*compiled.map, document, *context, given));
  return worst;
}

}  // namespace

void add_trace(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("trace", "run a map and say which of its lines and which place of the document made each piece of the output");
  auto given = std::make_shared<Arguments>();
  command->add_option("MAP", given->map, "map file")->required();
  command->add_option("DOC", given->document, "document; - is stdin")->required();
  command->add_option("--why", given->why, "say why this of the output is there or missing: Order/Line[2]/Quantity/@unit");
  command->add_option("--partner", given->partner, "whose properties partner() gives");
  add_guide(*command, given->guide);
  command->add_option("--site", given->site, "the site the map belongs to");
  add_format(*command, given->format);
  command->callback([given, &outcome] { outcome.code = run_trace(*given); });
}

}  // namespace wayleave::cli
