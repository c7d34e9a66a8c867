#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "desk/code_file.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/compiled.hpp"

namespace wayleave::cli {
namespace {

namespace fs = std::filesystem;

struct CodesArguments {
  std::string file, csv, against, side, list, name, site, out, format = "text";
  bool to_csv = false;
};

bool is_map(const std::string& text) {
  const auto root = xml::sniff_root(text);
  return root && root->local != "codes";
}

/// A code list by itself or one of a map's.
struct Opened {
  std::optional<desk::CodeFile> file;
  std::shared_ptr<const mapping::CodeList> list;
  std::shared_ptr<const void> keeps;             ///< what the list points into
};

std::string listed(const mapping::Compilation& compilation) {
  std::string names;
  for (const auto& [name, codes] : compilation.codes) names += (names.empty() ? "" : ", ") + name;
  return names;
}

std::optional<Opened> open_in_map(Workbench& bench, const CodesArguments& given) {
  auto map = load_map(bench, given.file);
  if (!map) return std::nullopt;
  const auto& compilation = *map->impl().compilation;
  auto found = given.list.empty() && compilation.codes.size() == 1 ? compilation.codes.begin() : compilation.codes.find(given.list);
  if (found == compilation.codes.end() || !found->second.list) {
    fail(compilation.codes.empty() ? "this map has no code list" : "say which list with --list: " + listed(compilation));
    return std::nullopt;
  }
  return Opened{desk::code_file(*found->second.list), found->second.list, map};
}

std::optional<Opened> open_list(const CodesArguments& given, const std::string& text) {
  struct Read {
    Findings findings;
    mapping::Files files;
    mapping::Reporter reporter{files, findings};
  };
  auto read = std::make_shared<Read>();
  auto list = mapping::read_codes(read->reporter, read->files.add(given.file, text));
  auto file = list ? desk::read_code_file(given.file, text, read->findings) : std::nullopt;
  if (file) return Opened{std::move(file), std::move(list), read};
  for (auto& finding : read->findings) {
    finding.in.clear();
    std::cerr << render_text(finding, given.file, text);
  }
  return std::nullopt;
}

std::optional<Opened> open(const CodesArguments& given) {
  const auto text = read_file(given.file);
  if (text && !is_map(*text)) return open_list(given, *text);
  Workbench bench(given.site, given.file);
  return open_in_map(bench, given);
}

int to_csv(const CodesArguments& given) {
  const auto opened = open(given);
  return opened ? put(given.out, desk::to_csv(*opened->file)) : 2;
}

int from_csv(const CodesArguments& given) {
  const auto text = read_file(given.csv);
  if (!text) return fail("cannot open " + given.csv);
  auto name = given.name;
  if (name.empty() && given.csv != "-") name = fs::path(given.csv).stem().string();
  auto made = desk::from_csv(*text, name);
  if (!given.name.empty())
    for (auto& [attribute, value] : made.codes.attributes)
      if (attribute == "name") value = given.name;
  if (has_errors(made.findings)) {
    Verdicts verdicts(given.format == "json");
    verdicts.add(given.csv, Verdicts::Status::invalid, made.findings, made.source);
    return verdicts.finish();
  }
  return put(given.out, desk::write_code_file(made.codes));
}

std::string attribute(std::string_view name, std::string_view value) {
  std::string text = " " + std::string(name) + "=\"";
  xml::escape_attribute(text, value);
  return text + "\"";
}

std::string attribute_of(const Document& document, Document::Index element, std::string_view name) {
  const auto* first = document.attributes(element);
  for (std::uint16_t i = 0; i < document.node(element).attribute_count; ++i)
    if (document.local_name(first[i].name) == name) return std::string(document.text(first[i]));
  return {};
}

/// A file of types alone has no root to be loaded by: one is put before it.
schema::SchemaPtr load_by_wrapper(Workbench& bench, const std::string& path, const std::string& ns) {
  auto folder = (fs::temp_directory_path() / "wayleave-codes-XXXXXX").string();
  if (!::mkdtemp(folder.data())) return nullptr;
  const auto wrapper = fs::path(folder) / "types.xsd";
  std::ofstream(wrapper) << "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"" << (ns.empty() ? "" : attribute("targetNamespace", ns))
                         << "><xs:include" << attribute("schemaLocation", path) << "/><xs:element name=\"wayleave-codes\" type=\"xs:string\"/></xs:schema>";
  auto schema = load_schema(bench, wrapper.string() + "#wayleave-codes");
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return schema;
}

schema::SchemaPtr load_types(Workbench& bench, const std::string& file) {
  const auto path = bench.schemas->search_path().find(located(file), {});
  const auto text = path ? read_file(path->string()) : std::nullopt;
  const auto reading = text ? xml::read_wellformed(*text) : xml::Reading{};
  if (!reading.valid()) {
    fail("there is no schema file " + file);
    return nullptr;
  }
  const auto& document = *reading.document;
  for (auto child = document.first_child(document.root()); child != Document::none; child = document.next(child))
    if (document.local_name(document.node(child).name) == "element") return load_schema(bench, path->string() + "#" + attribute_of(document, child, "name"));
  return load_by_wrapper(bench, path->string(), attribute_of(document, document.root(), "targetNamespace"));
}

/// The side that the list itself says is about the type, as `canon:OrderKind` does.
std::optional<desk::CodeSide> side_of(const mapping::CodeList& list, const std::string& side, const std::string& type) {
  const auto about = [&](const std::string& text) { return text.substr(text.rfind(':') + 1) == type; };
  if (side == "from" || (side.empty() && about(list.from))) return desk::CodeSide::from;
  if (side == "to" || (side.empty() && about(list.to))) return desk::CodeSide::to;
  return std::nullopt;
}

int against(const CodesArguments& given) {
  const auto hash = given.against.rfind('#');
  if (hash == std::string::npos) return fail("--against takes a type: FILE.xsd#Type");
  const auto opened = open(given);
  if (!opened) return 2;
  Workbench bench(given.site, given.file);
  const auto schema = load_types(bench, given.against.substr(0, hash));
  if (!schema) return 2;
  const auto name = given.against.substr(hash + 1);
  const auto type = schema->model().find_type(name);
  if (type == schema::none) {
    std::vector<std::string> names;
    for (const auto& each : schema->model().types)
      if (each.name != no_name) names.emplace_back(wayleave::names::local(each.name));
    const auto near = nearest(name, names);
    return fail("the schema has no type " + name + (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  const auto side = side_of(*opened->list, given.side, name);
  if (!side) return fail("say with --side from or --side to which side of the list has the type " + name);
  const auto findings = desk::judge_codes(*opened->list, schema->model(), type, *side);
  Verdicts verdicts(given.format == "json");
  verdicts.add(given.file, has_errors(findings) ? Verdicts::Status::invalid : Verdicts::Status::valid, findings, "");
  return verdicts.finish();
}

}  // namespace

void add_codes(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("codes", "code lists to and from CSV, and against a type of a schema");
  auto given = std::make_shared<CodesArguments>();
  auto* file = command->add_option("FILE", given->file, "a code list, or a map that has one");
  auto* what = command->add_option_group("what", "one of these");
  what->add_flag("--to-csv", given->to_csv, "write the list as CSV")->needs(file);
  what->add_option("--from-csv", given->csv, "make a list of this CSV file; - is stdin")->excludes(file);
  what->add_option("--against", given->against, "FILE.xsd#Type: has the list a row for every value, and does it give no other?")->needs(file);
  what->require_option(1);
  command->add_option("--list", given->list, "which of the map's lists");
  command->add_option("--name", given->name, "name of the list that is made; default: as the CSV file says, else as it is called");
  command->add_option("--side", given->side, "from or to: the side that has the type; default: as the list says")->check(CLI::IsMember({"from", "to"}));
  command->add_option("--site", given->site, "the site the map belongs to");
  command->add_option("-o", given->out, "write it here instead of stdout");
  add_format(*command, given->format);
  command->callback([given, &outcome] {
    outcome.code = given->to_csv ? to_csv(*given) : !given->csv.empty() ? from_csv(*given) : against(*given);
  });
}

}  // namespace wayleave::cli
