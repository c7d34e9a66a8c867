#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "desk/compare.hpp"
#include "desk/skeleton.hpp"
#include "desk/table.hpp"
#include "desk/template_schema.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

/// How a map in `folder` names a schema: by its folder of schemas, else beside itself.
std::string reference_from(const fs::path& folder, const schema::Schema& schema, const schema::SearchPath& search) {
  const auto root = "#" + std::string(names::local(schema.root_name()));
  const auto inside = [](const fs::path& path) { return !path.empty() && *path.begin() != ".."; };
  for (const auto& each : search.roots) {
    const auto relative = schema.file().lexically_relative(fs::absolute(each).lexically_normal());
    if (inside(relative)) return relative.generic_string() + root;
  }
  const auto relative = schema.file().lexically_relative(folder);
  if (relative.empty()) return schema.file().generic_string() + root;
  return (inside(relative) ? "./" : "") + relative.generic_string() + root;
}

struct NewArguments {
  std::string from, to, out, name;
};

int make_new(const NewArguments& given) {
  Workbench bench("", given.out.empty() ? "." : given.out);
  const auto source = load_schema(bench, given.from), target = load_schema(bench, given.to);
  if (!source || !target) return 2;
  std::error_code ec;
  if (!given.out.empty() && fs::exists(given.out, ec)) return fail(given.out + " is there already; a skeleton replaces nothing");
  const auto folder = given.out.empty() ? fs::current_path() : fs::absolute(given.out).lexically_normal().parent_path();
  const auto& search = bench.schemas->search_path();
  desk::SkeletonHead head{given.name, reference_from(folder, *source, search), reference_from(folder, *target, search)};
  if (head.name.empty()) head.name = std::string(names::local(source->root_name())) + "-to-" + std::string(names::local(target->root_name()));
  const auto made = desk::skeleton(*source, *target, head);
  const auto code = put(given.out, made.text);
  if (code == 0) std::cerr << made.filled << " values filled in, " << made.todo << " left to do\n";
  return code;
}

int diff(const std::string& before, const std::string& after, const std::string& site, bool json) {
  Workbench bench(site, before);
  const auto a = load_map(bench, before), b = load_map(bench, after);
  if (!a || !b) return 2;
  const auto differences = desk::compare(*a, *b);
  std::cout << (json ? desk::render_json(differences, before, after) : desk::render_text(differences));
  return differences.empty() ? 0 : 1;
}

int doc(const std::string& name, const std::string& site, const std::string& format, const std::string& out) {
  Workbench bench(site, name);
  const auto map = load_map(bench, name);
  if (!map) return 2;
  const auto table = desk::tabulate(*map);
  return put(out, format == "html" ? desk::render_html(table) : desk::render_markdown(table));
}

int make_template_schema(const std::string& reference, std::string out) {
  Workbench bench("", ".");
  const auto target = load_schema(bench, reference), language = load_schema(bench, "wayleave/map-1.xsd#map");
  if (!target || !language) return 2;
  if (out.empty()) out = std::string(names::local(target->root_name())) + ".template.xsd";
  const fs::path map_file(out), elements_file = fs::path(out).replace_extension(".elements.xsd");
  const auto made = desk::template_schema(*target, *language, map_file.filename().string(), elements_file.filename().string());
  if (put(map_file.string(), made.map) != 0 || put(elements_file.string(), made.elements) != 0) return 2;
  std::cerr << "wrote " << map_file.string() << ", which an editor is to be told of, and " << elements_file.string() << " beside it\n";
  return 0;
}

void add_new(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("new", "a map to begin with, from two schemas");
  auto given = std::make_shared<NewArguments>();
  command->add_option("--from", given->from, "what is mapped: A.xsd#Root")->required();
  command->add_option("--to", given->to, "what it becomes: B.xsd#Root")->required();
  command->add_option("--name", given->name, "the map's name; default: Root-to-Root");
  command->add_option("-o", given->out, "write it here instead of stdout; paths in it are relative to there");
  command->callback([given, &outcome] { outcome.code = make_new(*given); });
}

void add_diff(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("diff", "what two maps say differently; exit code 1 when they do");
  auto maps = std::make_shared<std::vector<std::string>>();
  auto site = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("MAPS", *maps, "the map before, and after")->required()->expected(2);
  command->add_option("--site", *site, "the site they belong to; default: the enclosing folder that has a gateway.xml");
  add_format(*command, *format);
  command->callback([maps, site, format, &outcome] { outcome.code = diff((*maps)[0], (*maps)[1], *site, *format == "json"); });
}

void add_doc(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("doc", "a map as a table for those who know the documents");
  struct Given {
    std::string map, site, format = "md", out;
  };
  auto given = std::make_shared<Given>();
  command->add_option("MAP", given->map, "map file")->required();
  command->add_option("--site", given->site, "the site the map belongs to");
  command->add_option("--format", given->format, "md or html")->check(CLI::IsMember({"md", "html"}));
  command->add_option("-o", given->out, "write it here instead of stdout");
  command->callback([given, &outcome] { outcome.code = doc(given->map, given->site, given->format, given->out); });
}

void add_template_schema(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("template-schema", "schemas by which an XML editor completes inside a map");
  auto reference = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  command->add_option("TARGET", *reference, "what maps write: B.xsd#Root")->required();
  command->add_option("-o", *out, "the file to begin with, default Root.template.xsd; the other is called .elements.xsd");
  command->callback([reference, out, &outcome] { outcome.code = make_template_schema(*reference, *out); });
}

}  // namespace

void add_desk(CLI::App& app, Outcome& outcome) {
  add_new(app, outcome);
  add_doc(app, outcome);
  add_diff(app, outcome);
  add_template_schema(app, outcome);
}

}  // namespace wayleave::cli
