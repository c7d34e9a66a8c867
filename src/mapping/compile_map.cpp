#include <fmt/format.h>

#include <algorithm>

#include "mapping/check_map.hpp"
#include "mapping/compiled.hpp"

namespace wayleave::mapping {
namespace {

schema::SchemaPtr load_schema(Compilation& c, const Fragment& reference, std::string_view side, MapResolver& resolver) {
  if (reference.text.empty()) return nullptr;   // told: the attribute is missing
  auto loaded = resolver.schema(reference.text);
  if (loaded.schema) return loaded.schema;
  auto& finding = c.reporter.error("M020", reference.whole(), fmt::format("the {} schema '{}' cannot be used", side, reference.text));
  if (!loaded.findings.empty()) {
    const auto& first = loaded.findings.front();
    finding.message += ": " + first.message;
    if (!first.in.empty() && first.line) finding.message += fmt::format(" ({}:{}:{})", first.in, first.line, first.column);
    finding.fix = first.fix;
    finding.expected = first.expected;
  }
  return nullptr;
}

void load_codes(Compilation& c, const MapSource& map, MapResolver& resolver) {
  for (const auto& codes : map.codes) {
    if (c.codes.contains(codes.name)) {
      c.reporter.error("M016", codes.span, fmt::format("there are two code lists '{}'", codes.name));
      continue;
    }
    auto& entry = c.codes[codes.name];
    entry.span = codes.span;
    auto file = resolver.codes(codes.href.text);
    if (!file) {
      c.reporter.error("M001", codes.href.whole(), fmt::format("there is no code list file '{}'", codes.href.text)).fix =
        "paths that begin with ./ or ../ are relative to this file, others to the mappings folders";
      continue;
    }
    entry.list = read_codes(c.reporter, c.files.add(file->name, std::move(file->text)));
  }
}

}  // namespace

Compiled compile_map(std::string file, std::string text, const States& states, MapResolver& resolver) {
  auto made = std::make_shared<Map::Impl>();
  made->file = file;
  made->compilation = std::make_unique<Compilation>();
  auto& c = *made->compilation;
  c.is_map = true;
  c.states = states;
  const auto id = c.files.add(file, std::move(text));
  bool checked = false;
  if (auto read = MapFile::read(c.reporter, id)) {
    c.prefixes = read->prefixes();
    made->tree = parse_map(c, *read);
    if (made->tree) {
      made->name = made->tree->name.text;
      made->source = load_schema(c, made->tree->source, "source", resolver);
      made->target = load_schema(c, made->tree->target, "target", resolver);
      load_codes(c, *made->tree, resolver);
      if (made->source && made->target) {
        MapChecker(c, *made->tree, *made->source, *made->target).run();
        checked = true;
      }
    }
  }
  Compiled compiled;
  std::stable_sort(c.findings.begin(), c.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in, a.line, a.column) < std::tie(b.in, b.line, b.column);
  });
  compiled.findings = c.findings;
  for (std::uint16_t i = 0; i < c.files.size(); ++i) compiled.sources.emplace_back(c.files[i].name(), c.files[i].text());
  if (!checked || c.reporter.errors() > 0) return compiled;
  write_tags(*made->tree, made->target->model(), c);
  compiled.map = std::move(made);
  return compiled;
}

}  // namespace wayleave::mapping
