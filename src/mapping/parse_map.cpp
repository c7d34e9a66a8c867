#include "mapping/parse_map.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/map_parser.hpp"
#include "mapping/parse_expression.hpp"

// Files of the language (schemas/wayleave/map-1.xsd; prefix m for urn:wayleave:map:1):
//
//   m:map       name source target; then head*, one template, rule*
//   m:overlay   name extends partner?; then head*, patch*
//   m:library   name; then head*, of it m:codes, m:def, m:let, m:param
//   head        m:use href · m:codes name href? override? (c from to label? until?)* · m:let name value override?
//               m:param name type default? · m:def name of gives · m:key name match use · m:linked name schema by
//               m:sequence name scope
//   template    a target element, or m:messages (m:message each|group by, as? (m:let|rule)* target element)+, or m:xslt href
//   in it       target elements · m:if test · m:for each sort? as? · m:choose (m:when test)+ m:otherwise? · m:let · rule
//               m:group each by as · m:copy select
//   rule        m:reject test code at? · m:warn test code at?; the text is the message
//   patch       m:replace at · m:before at · m:after at · m:append at, each with template nodes; m:remove at
//               in m:replace m:base stands for what is replaced
//   directives  of target elements, in order of evaluation: m:each m:sort m:as · m:if · m:call m:with; and m:keep m:id m:final m:note
namespace wayleave::mapping {
namespace {

const std::vector<std::string>& elements() {
  static const std::vector<std::string> names{
    "use", "codes", "let", "param", "def", "key", "linked", "sequence", "if", "for", "group", "choose", "when", "otherwise", "copy",
    "messages", "message", "xslt", "reject", "warn", "replace", "before", "after", "append", "remove", "base",
  };
  return names;
}

}  // namespace

bool MapParser::parse(const MapElement& root) {
  using Kind = MapSource::Kind;
  map_.span = root.span();
  if (root.directive() && root.name() == "overlay") map_.kind = Kind::overlay;
  else if (root.directive() && root.name() == "library") map_.kind = Kind::library;
  else if (!root.directive() || root.name() != "map") {
    reporter_.error("M002", root.span(), fmt::format("<{}> is no map", root.tag())).expected =
      fmt::format("<m:map xmlns:m=\"{}\" name source target>, or m:overlay", map_namespace);
    return false;
  }
  if (!read_head(root)) return false;
  const auto children = root.children();
  for (std::size_t i = 0; i < children.size(); ++i) {
    const auto patches = map_.patches.size();
    top(children[i]);
    if (map_.patches.size() == patches) continue;
    // Up to the last character before the next one, or before the end of the file.
    const auto& text = c_.files[map_.span.file].text();
    const auto next = i + 1 < children.size() ? children[i + 1].offset() : text.rfind("</");
    map_.patches.back().end = static_cast<std::uint32_t>(text.find_last_not_of(" \t\r\n", next - 1));
  }
  if (map_.kind == Kind::map && !map_.root) {
    reporter_.error("M003", root.span(), "this map has no template").fix = "write the root element of the target into it";
  }
  return true;
}

bool MapParser::read_head(const MapElement& root) {
  if (map_.kind == MapSource::Kind::map) {
    check_attributes(root, {{"name", true}, {"source", true}, {"target", true}, {"note", false}});
  } else if (map_.kind == MapSource::Kind::overlay) {
    check_attributes(root, {{"name", true}, {"extends", true}, {"partner", false}, {"note", false}});
  } else {
    check_attributes(root, {{"name", true}, {"note", false}});
  }
  map_.name = filled(root, "name");
  map_.source = filled(root, "source");
  map_.target = filled(root, "target");
  map_.extends = filled(root, "extends");
  if (auto value = root.value("partner")) map_.partner = value->text;
  if (auto value = root.value("note")) map_.note = value->text;
  if (root.mixed()) reporter_.error("M018", root.span(), "text stands beside the elements of this file");
  return map_.kind != MapSource::Kind::overlay || !map_.extends.text.empty();
}

// ---- what stands directly in the file

void MapParser::top(const MapElement& element) {
  const bool is_map = map_.kind == MapSource::Kind::map, is_overlay = map_.kind == MapSource::Kind::overlay;
  const auto name = element.name();
  const bool template_here = !element.directive() || name == "messages" || name == "xslt";
  if (template_here && is_map) {
    if (map_.root) {
      reporter_.error("M002", element.span(), fmt::format("a map has one template, and <{}> is a second", element.tag()));
      return;
    }
    map_.root = !element.directive() ? target_element(element) : name == "messages" ? messages(element) : xslt(element);
    return;
  }
  if (!element.directive()) {
    reporter_.error("M002", element.span(), fmt::format("<{}> does not stand directly in an {}", element.tag(), is_overlay ? "overlay" : "library")).fix =
      is_overlay ? "put it into m:replace, m:before, m:after or m:append" : "put it into an m:def";
    return;
  }
  if (is_overlay && (name == "replace" || name == "before" || name == "after" || name == "append" || name == "remove")) {
    patch(element, name == "replace" ? Patch::Kind::replace : name == "before" ? Patch::Kind::before
                   : name == "after" ? Patch::Kind::after : name == "append" ? Patch::Kind::append : Patch::Kind::remove);
    return;
  }
  if (map_.kind != MapSource::Kind::library && (name == "reject" || name == "warn")) {
    map_.rules.push_back(rule(element));
    return;
  }
  if (name == "codes") codes(element);
  else if (name == "let") head_let(element);
  else if (name == "param") parameter(element);
  else if (name == "def") definition(element);
  else if (name == "use") use(element);
  else if (name == "key" && map_.kind != MapSource::Kind::library) key(element);
  else if (name == "linked") linked(element);
  else if (name == "sequence") sequence(element);
  else {
    std::vector<std::string> allowed{"use", "codes", "let", "param", "def", "key", "linked", "sequence"};
    if (is_map) allowed.insert(allowed.end(), {"messages", "xslt", "reject", "warn"});
    if (is_overlay) allowed.insert(allowed.end(), {"replace", "before", "after", "append", "remove", "reject", "warn"});
    unknown(element, std::move(allowed));
    return;
  }
  if (map_.root) reporter_.error("M002", element.span(), fmt::format("<{}> stands before the template, not after it", element.tag()));
}

// Attributes of a directive element: those it knows, and m:id and m:note anywhere.
void MapParser::check_attributes(const MapElement& element, std::initializer_list<Wanted> wanted) {
  std::vector<std::string> meant;   // by attributes that are misspelt
  for (const auto& attribute : element.attributes()) {
    if (attribute.ns == map_namespace && (attribute.name == "id" || attribute.name == "note" || attribute.name == "final")) continue;
    const bool known = attribute.ns.empty() && std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& w) { return w.name == attribute.name; });
    if (known) continue;
    std::vector<std::string> names;
    for (const auto& w : wanted) names.emplace_back(w.name);
    auto& finding = reporter_.error("M002", element.span(attribute), fmt::format("<{}> has no attribute {}", element.tag(), attribute.name));
    if (auto near = nearest(attribute.name, names); !near.empty()) {
      finding.fix = fmt::format("did you mean {}?", near);
      meant.push_back(near);
    }
    finding.expected = names.empty() ? "no attributes" : "here: " + list_of(names);
  }
  for (const auto& w : wanted) {
    if (!w.mandatory || element.value(w.name) || std::find(meant.begin(), meant.end(), w.name) != meant.end()) continue;
    reporter_.error("M003", element.span(), fmt::format("<{}> needs the attribute {}", element.tag(), w.name)).fix =
      fmt::format("add {}=\"…\"", w.name);
  }
}

// A value that is neither an expression nor a name of ours, of which emptiness is told where they are read.
Fragment MapParser::filled(const MapElement& element, std::string_view attribute) {
  auto value = element.value(attribute);
  if (!value) return {};   // told
  if (value->text.find_first_not_of(' ') == std::string::npos) {
    reporter_.error("M003", value->whole(), fmt::format("<{}> needs something in {}", element.tag(), attribute));
  }
  return *value;
}

ExprPtr MapParser::expression(const MapElement& element, std::string_view attribute) {
  auto value = element.value(attribute);
  return value ? parse_expression(*value, 0, value->text.size(), reporter_) : nullptr;
}

// A name that something of ours is called by.
std::string MapParser::own_name(const MapElement& element, std::string_view attribute) {
  auto value = element.value(attribute);
  if (!value) return {};
  if (is_name(value->text)) return value->text;
  reporter_.error("M004", value->whole(), fmt::format("'{}' is no name", value->text)).expected =
    "a letter, then letters, digits, hyphens, points or underscores";
  return {};
}

void MapParser::unknown(const MapElement& element, std::vector<std::string> allowed) {
  const std::string name(element.name());
  const bool exists = std::find(elements().begin(), elements().end(), name) != elements().end();
  auto& finding = reporter_.error(
    "M002", element.span(),
    exists ? fmt::format("<{}> does not stand here", element.tag()) : fmt::format("there is no directive <{}>", element.tag())
  );
  finding.expected = "here: " + list_of(allowed);
  if (exists) return;
  if (auto near = nearest(name, elements()); !near.empty()) finding.fix = fmt::format("did you mean <{}:{}>?", element.prefix(), near);
}

// ---- the head

void MapParser::definition(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"of", true}, {"gives", true}});
  auto made = std::make_unique<Definition>();
  made->span = element.span();
  made->name = own_name(element, "name");
  if (auto value = element.value("name")) made->name_span = value->whole();
  const auto of = filled(element, "of"), gives = filled(element, "gives");
  made->of = of.text, made->of_span = of.whole();
  made->gives = gives.text, made->gives_span = gives.whole();
  made->body = nodes(element);
  for (const auto& other : map_.definitions) {
    if (!made->name.empty() && other->name == made->name) {
      reporter_.error("M016", made->name_span, fmt::format("there are two definitions '{}'", made->name)).expected =
        "the other is at " + reporter_.name(other->span);
      return;
    }
  }
  map_.definitions.push_back(std::move(made));
}

void MapParser::no_content(const MapElement& element) {
  if (element.has_children() || !text_of(element).empty()) {
    reporter_.error("M018", element.span(), fmt::format("<{}> has no content", element.tag()));
  }
}

std::string MapParser::text_of(const MapElement& element) {
  if (element.has_children()) return {};
  auto text = element.text().text;
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
}

bool MapParser::is_final(const MapElement& element) {
  for (const auto& attribute : element.attributes()) {
    if (attribute.ns == map_namespace && attribute.name == "final") return element.value(attribute).text == "yes";
  }
  return false;
}

void MapParser::codes(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"href", false}, {"override", false}});
  MapSource::Codes made;
  made.name = own_name(element, "name");
  made.span = element.span();
  made.is_final = is_final(element);
  if (auto href = element.value("href")) made.href = *href;
  if (auto value = element.value("override")) {
    using Override = MapSource::Codes::Override;
    made.override_ = value->text == "merge" ? Override::merge : value->text == "replace" ? Override::replace : Override::none;
    if (made.override_ == Override::none) reporter_.error("M004", value->whole(), "override says merge or replace").expected = "merge, replace";
    else if (map_.kind != MapSource::Kind::overlay) {
      reporter_.error("M002", value->whole(), "only an overlay overrides: a map says its own list").fix = "leave override out";
    }
  }
  if (!text_of(element).empty()) reporter_.error("M018", element.span(), fmt::format("<{}> holds rows and no text", element.tag()));
  for (const auto& child : element.children()) {
    if (child.name() != "c") unknown(child, {"c"});
    else if (auto row = read_code_row(reporter_, child)) made.rows.push_back(std::move(*row));
  }
  if (made.name.empty()) return;
  if (made.href.text.empty() && made.rows.empty()) {
    reporter_.error("M003", element.span(), fmt::format("<{}> needs a file or rows", element.tag())).fix = "add href=\"./codes/….codes.xml\", or rows: <c from=\"…\" to=\"…\"/>";
    return;
  }
  map_.codes.push_back(std::move(made));
}

void MapParser::sequence(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"scope", false}});
  no_content(element);
  MapSource::Sequence made{own_name(element, "name"), element.span(), true};
  if (auto scope = element.value("scope")) {
    made.per_partner = scope->text == "partner";
    if (!made.per_partner && scope->text != "gateway") {
      reporter_.error("M004", scope->whole(), "scope says whose numbers these are").expected = "partner: each partner's own, gateway: one for all";
    }
  }
  if (!made.name.empty()) map_.sequences.push_back(std::move(made));
}

void MapParser::key(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"match", true}, {"use", true}});
  no_content(element);
  Key made;
  made.name = own_name(element, "name");
  made.span = element.span();
  made.match = expression(element, "match");
  made.use = expression(element, "use");
  if (!made.name.empty() && made.match && made.use) map_.keys.push_back(std::move(made));
}

void MapParser::linked(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"schema", true}, {"by", true}});
  no_content(element);
  Linked made;
  made.name = own_name(element, "name");
  made.span = element.span();
  made.schema = filled(element, "schema");
  made.by = expression(element, "by");
  if (!made.name.empty() && made.by) map_.linked.push_back(std::move(made));
}

void MapParser::use(const MapElement& element) {
  check_attributes(element, {{"href", true}});
  no_content(element);
  if (auto value = element.value("href")) map_.uses.push_back({*value, element.span()});
}

bool MapParser::has_override(const MapElement& element) {
  auto value = element.value("override");
  if (!value) return false;
  if (value->text != "yes" && value->text != "no") {
    reporter_.error("M004", value->whole(), "override is yes or no").expected = "yes, no";
  } else if (map_.kind != MapSource::Kind::overlay && value->text == "yes") {
    reporter_.error("M002", value->whole(), "only an overlay overrides: a map says its own variable").fix = "leave override out";
  }
  return value->text == "yes";
}

void MapParser::head_let(const MapElement& element) {
  auto made = let(element);
  made->is_final = is_final(element);
  if (has_override(element)) map_.overriding.push_back(made->span);
  map_.lets.push_back(std::move(made));
}

void MapParser::parameter(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"type", true}, {"default", false}});
  no_content(element);
  auto made = start(element, TemplateNode::Kind::let);
  made->variable = own_name(element, "name");
  if (auto value = element.value("name")) made->span = value->whole();
  made->parameter.emplace();
  if (auto type = element.value("type")) {
    static const std::vector<std::pair<std::string, Kind>> kinds{{"string", Kind::string}, {"integer", Kind::integer},
                                                                 {"decimal", Kind::decimal}, {"date", Kind::date},
                                                                 {"time", Kind::time}, {"datetime", Kind::datetime},
                                                                 {"boolean", Kind::boolean}};
    auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == type->text; });
    if (found == kinds.end()) {
      reporter_.error("M004", type->whole(), fmt::format("there is no type '{}'", type->text)).expected =
        "string, integer, decimal, date, time, datetime, boolean";
    } else {
      made->parameter->kind = found->second;
    }
  }
  if (auto value = element.value("default")) {
    made->parameter->fallback = value->text;
    if (!reads_as(value->text, made->parameter->kind)) {
      reporter_.error("M301", value->whole(), fmt::format("the default is not {}", words(made->parameter->kind)));
    }
  }
  if (!made->variable.empty()) map_.lets.push_back(std::move(made));
}

std::unique_ptr<MapSource> parse_map(Compilation& compilation, const MapFile& file) {
  auto map = std::make_unique<MapSource>();
  if (!MapParser(compilation, *map).parse(file.root())) return nullptr;
  return map;
}

}  // namespace wayleave::mapping
