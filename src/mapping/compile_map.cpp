#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mapping/check_map.hpp"
#include "mapping/compiled.hpp"
#include "mapping/fill_in.hpp"
#include "mapping/overlay.hpp"
#include "mapping/segment.hpp"

namespace wayleave::mapping {
namespace {

schema::SchemaPtr load_schema(Compilation& c, const Fragment& reference, std::string_view side, MapResolver& resolver) {
  if (reference.text.empty()) return nullptr;   // told: the attribute is missing
  auto loaded = resolver.schema(reference.text, c.files[reference.file].name());
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

// Reads the files of one compilation: what the first one names, and what those name.
class Assembly {
 public:
  Assembly(Map::Impl& made, MapResolver& resolver, const schema::SchemaPtr& target)
      : made_(made), c_(*made.compilation), resolver_(resolver), target_(target) {}

  /// The map of file 0, merged with all that it is laid upon; null when that cannot be told.
  std::unique_ptr<MapSource> read() {
    auto source = parse(0);
    if (!source) return nullptr;
    if (source->kind == MapSource::Kind::library) {
      c_.reporter.error("M002", source->span, "a library is no map: maps take it in with m:use");
      return nullptr;
    }
    made_.name = source->name.text;
    made_.partner = source->partner;
    std::vector<std::unique_ptr<MapSource>> overlays;
    made_.chain.push_back(c_.files[0].name());
    while (source->kind == MapSource::Kind::overlay) {
      auto base = extended(*source);
      if (!base) return nullptr;
      overlays.push_back(std::move(source));
      source = std::move(base);
    }
    // Overlays address data elements by name, so what stands in m:seg takes its names first.
    made_.target = target_ ? target_ : load_schema(c_, source->target, "target", resolver_);
    expand(*source);
    for (auto& overlay : overlays) expand(*overlay);
    for (; !overlays.empty(); overlays.pop_back()) merge(*source, *overlays.back(), c_);
    if (!made_.partner.empty()) source->partner = made_.partner;
    libraries(*source);
    return source;
  }

  void stylesheet(const TemplateNode& node) {
    auto id = node.href.text.empty() ? std::nullopt : file(node.href, "stylesheet");
    if (!id) return;
    auto compiled = Stylesheet::compile(c_.files[*id].text());
    if (compiled) {
      made_.stylesheet = std::move(*compiled);
      return;
    }
    auto& finding = c_.reporter.error("M001", Span{0, 0, *id}, "this stylesheet cannot be used: " + compiled.error().detail);
    finding.line = compiled.error().where.line;
    finding.column = 0;
  }

  void codes(const MapSource& map) {
    for (const auto& codes : map.codes) {
      if (c_.codes.contains(codes.name)) {
        c_.reporter.error("M016", codes.span, fmt::format("there are two code lists '{}'", codes.name));
        continue;
      }
      auto& entry = c_.codes[codes.name];
      entry.span = codes.span;
      entry.list = list(codes);
    }
  }

 private:
  static constexpr std::size_t depth_limit = 3;

  std::unique_ptr<MapSource> parse(std::uint16_t file) {
    auto read = MapFile::read(c_.reporter, file);
    if (!read) return nullptr;
    for (auto& [prefix, ns] : read->prefixes()) c_.prefixes.push_back({file, std::move(prefix), std::move(ns)});
    return parse_map(c_, *read);
  }

  std::optional<std::uint16_t> file(const Fragment& reference, std::string_view what) {
    auto found = resolver_.file(reference.text, c_.files[reference.file].name());
    if (found) return c_.files.add(found->name, std::move(found->text));
    c_.reporter.error("M001", reference.whole(), fmt::format("there is no {} '{}'", what, reference.text)).fix =
      "paths that begin with ./ or ../ are relative to this file, others to the mappings folders";
    return std::nullopt;
  }

  void expand(MapSource& map) {
    if (made_.target) expand_segments(map, *made_.target, c_.reporter);
  }

  std::unique_ptr<MapSource> extended(const MapSource& overlay) {
    const auto at = overlay.extends.whole();
    auto id = file(overlay.extends, "map");
    if (!id) return nullptr;
    const auto& name = c_.files[*id].name();
    if (std::find(made_.chain.begin(), made_.chain.end(), name) != made_.chain.end()) {
      c_.reporter.error("M508", at, "this overlay extends itself in the end");
      return nullptr;
    }
    made_.chain.push_back(name);
    if (made_.chain.size() > depth_limit) {
      c_.reporter.error("M508", at, "three files are the most: a base, an overlay, and an overlay of that").fix = "lay the patches of two overlays together";
      return nullptr;
    }
    auto base = parse(*id);
    if (base && base->kind == MapSource::Kind::library) {
      c_.reporter.error("M508", at, "an overlay extends a map or an overlay, and this is a library");
      return nullptr;
    }
    return base;
  }

  // Libraries bring definitions, code lists, variables; a library may take in others.
  void libraries(MapSource& map) {
    std::set<std::string> known;
    for (std::size_t i = 0; i < map.uses.size() && known.size() < 100; ++i) {
      const auto use = map.uses[i];
      auto id = file(use.href, "library");
      if (!id || !known.insert(c_.files[*id].name()).second) continue;
      auto library = parse(*id);
      if (!library) continue;
      if (library->kind != MapSource::Kind::library) {
        c_.reporter.error("M002", use.href.whole(), "only an <m:library> is taken in with m:use");
        continue;
      }
      expand(*library);
      std::move(library->uses.begin(), library->uses.end(), std::back_inserter(map.uses));
      std::move(library->codes.begin(), library->codes.end(), std::back_inserter(map.codes));
      std::move(library->definitions.begin(), library->definitions.end(), std::back_inserter(map.definitions));
      std::move(library->linked.begin(), library->linked.end(), std::back_inserter(map.linked));
      std::move(library->sequences.begin(), library->sequences.end(), std::back_inserter(map.sequences));
      // What a library computes may be used by the map's own variables.
      map.lets.insert(map.lets.begin(), std::make_move_iterator(library->lets.begin()), std::make_move_iterator(library->lets.end()));
      taken_in_.insert(*id);
    }
    definitions_once(map);
  }

  void definitions_once(MapSource& map) {
    std::map<std::string, Span> known;
    std::erase_if(map.definitions, [&](const auto& definition) {
      // A library offers more than one map needs.
      if (taken_in_.contains(definition->span.file)) definition->used = true;
      auto [place, fresh] = known.emplace(definition->name, definition->span);
      if (fresh || definition->name.empty()) return false;
      c_.reporter.error("M016", definition->name_span, fmt::format("there are two definitions '{}'", definition->name)).expected =
        "the other is at " + c_.reporter.name(place->second);
      return true;
    });
  }

  std::shared_ptr<const CodeList> list(const MapSource::Codes& codes) {
    std::shared_ptr<const CodeList> first;
    if (!codes.href.text.empty()) {
      auto id = file(codes.href, "code list file");
      if (!id) return nullptr;
      first = read_codes(c_.reporter, *id);
      if (!first || (codes.rows.empty() && codes.more.empty())) return first;
    }
    auto merged = first ? std::make_shared<CodeList>(*first) : std::make_shared<CodeList>();
    if (!first) merged->name = codes.name;
    for (const auto& more : codes.more) {
      auto id = file(more, "code list file");
      auto next = id ? read_codes(c_.reporter, *id) : nullptr;
      if (!next) return nullptr;
      for (const auto& row : next->rows) put(*merged, row);
    }
    for (const auto& row : codes.rows) put(*merged, row);
    check_code_rows(c_.reporter, *merged);
    merged->index();
    return merged;
  }

  void put(CodeList& list, const CodeList::Row& row) {
    auto known = std::find_if(list.rows.begin(), list.rows.end(), [&](const auto& r) { return r.from == row.from; });
    if (known == list.rows.end()) {
      list.rows.push_back(row);
      return;
    }
    if (known->to == row.to && known->until == row.until && known->span.file != row.span.file) {
      c_.reporter.warning("M505", row.span, fmt::format("{} says the same of '{}'", c_.reporter.name(known->span), row.from)).fix = "leave the row out";
    }
    *known = row;
  }

  Map::Impl& made_;
  Compilation& c_;
  MapResolver& resolver_;
  const schema::SchemaPtr& target_;
  std::set<std::uint16_t> taken_in_;
};

void load_linked(Compilation& c, MapSource& map, MapResolver& resolver) {
  for (auto& linked : map.linked) {
    if (!c.linked.emplace(linked.name, &linked).second) {
      c.reporter.error("M016", linked.span, fmt::format("there are two linked documents '{}'", linked.name));
      continue;
    }
    linked.loaded = load_schema(c, linked.schema, "linked document's", resolver);
  }
}

}  // namespace

Compiled compile_map(std::string file, std::string text, const States& states, MapResolver& resolver, const Over& over) {
  auto made = std::make_shared<Map::Impl>();
  made->file = file;
  made->compilation = std::make_unique<Compilation>();
  auto& c = *made->compilation;
  c.is_map = true;
  c.states = states;
  c.files.add(file, std::move(text));
  bool checked = false;
  Assembly assembly(*made, resolver, over.target);
  made->tree = assembly.read();
  if (made->tree) {
    auto& map = *made->tree;
    made->source = over.source ? over.source : load_schema(c, map.source, "source", resolver);
    load_linked(c, map, resolver);
    assembly.codes(map);
    if (map.root && map.root->kind == TemplateNode::Kind::xslt) assembly.stylesheet(*map.root);
    if (made->source && made->target) {
      MapChecker(c, map, *made->source, *made->target).run();
      checked = true;
    }
    name_both_files(map, c);
  }
  Compiled compiled;
  std::stable_sort(c.findings.begin(), c.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in, a.line, a.column) < std::tie(b.in, b.line, b.column);
  });
  compiled.findings = c.findings;
  for (std::uint16_t i = 0; i < c.files.size(); ++i) compiled.sources.emplace_back(c.files[i].name(), c.files[i].text());
  if (!checked || c.reporter.errors() > 0) return compiled;
  made->fills_in = fills_in(*made->target);
  write_tags(*made->tree, made->target->model(), c);
  compiled.map = std::move(made);
  return compiled;
}

}  // namespace wayleave::mapping
