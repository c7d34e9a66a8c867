#include "mapping/parse_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/nearest.hpp"
#include "mapping/parse_expression.hpp"

// A map file (schemas/wayleave/map-1.xsd; prefix m for urn:wayleave:map:1):
//
//   m:map       name source target; then head*, one target element, rule*
//   head        m:codes name href · m:let name value · m:def name of gives · m:sequence name scope
//   template    a target element, or m:if test · m:for each · m:choose (m:when test)+ m:otherwise? · m:let · rule
//   rule        m:reject test code at? · m:warn test code at?; the text is the message
//   directives  of target elements, in order of evaluation: m:each m:sort m:as · m:if · m:call m:with; and m:keep m:id m:final m:note
namespace wayleave::mapping {
namespace {

// Words of the language that this version does not have yet.
constexpr std::array<std::string_view, 11> later_elements{"use", "key", "param", "linked", "group", "messages",
                                                          "message", "copy", "xslt", "overlay", "seg"};

const std::vector<std::string>& elements() {
  static const std::vector<std::string> names{"codes", "let",       "def",    "sequence", "if",  "for",
                                              "choose", "when", "otherwise", "reject", "warn"};
  return names;
}

const std::vector<std::string>& directives() {
  static const std::vector<std::string> names{"each", "sort", "as", "if", "call", "with", "keep", "id", "final", "note"};
  return names;
}

class MapParser {
 public:
  MapParser(Compilation& c, MapSource& map) : c_(c), reporter_(c.reporter), map_(map) {}

  bool parse(const MapElement& root) {
    if (!root.directive() || root.name() != "map") {
      auto& finding = reporter_.error("M002", root.span(), fmt::format("<{}> is no map", root.tag()));
      finding.expected = fmt::format("<m:map xmlns:m=\"{}\" name source target>", map_namespace);
      if (root.directive() && root.name() == "overlay") {
        finding.code = "M090";
        finding.message = "overlays are not available in this version";
      }
      return false;
    }
    map_.span = root.span();
    read_head_attributes(root);
    for (const auto& child : root.children()) top(child);
    if (!map_.root) {
      reporter_.error("M003", root.span(), "this map has no template").fix = "write the root element of the target into it";
    }
    return true;
  }

 private:
  // ---- attributes

  struct Wanted {
    std::string_view name;
    bool mandatory;
  };

  void read_head_attributes(const MapElement& root) {
    check_attributes(root, {{"name", true}, {"source", true}, {"target", true}, {"note", false}});
    if (auto value = root.value("name")) map_.name = *value;
    if (auto value = root.value("source")) map_.source = *value;
    if (auto value = root.value("target")) map_.target = *value;
    if (auto value = root.value("note")) map_.note = value->text;
    if (root.mixed()) reporter_.error("M018", root.span(), "text stands beside the elements of this map");
  }

  // Attributes of a directive element: those it knows, and m:id and m:note anywhere.
  void check_attributes(const MapElement& element, std::initializer_list<Wanted> wanted) {
    for (const auto& attribute : element.attributes()) {
      if (attribute.ns == map_namespace && (attribute.name == "id" || attribute.name == "note" || attribute.name == "final")) continue;
      const bool known = attribute.ns.empty() && std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& w) { return w.name == attribute.name; });
      if (known) continue;
      std::vector<std::string> names;
      for (const auto& w : wanted) names.emplace_back(w.name);
      auto& finding = reporter_.error("M002", element.span(attribute), fmt::format("<{}> has no attribute {}", element.tag(), attribute.name));
      if (auto near = nearest(attribute.name, names); !near.empty()) finding.fix = fmt::format("did you mean {}?", near);
      finding.expected = names.empty() ? "no attributes" : "here: " + list_of(names);
    }
    for (const auto& w : wanted) {
      if (!w.mandatory || element.value(w.name)) continue;
      reporter_.error("M003", element.span(), fmt::format("<{}> needs the attribute {}", element.tag(), w.name)).fix =
        fmt::format("add {}=\"…\"", w.name);
    }
  }

  ExprPtr expression(const MapElement& element, std::string_view attribute) {
    auto value = element.value(attribute);
    return value ? parse_expression(*value, 0, value->text.size(), reporter_) : nullptr;
  }

  // A name that something of ours is called by.
  std::string own_name(const MapElement& element, std::string_view attribute) {
    auto value = element.value(attribute);
    if (!value) return {};
    if (is_name(value->text)) return value->text;
    reporter_.error("M004", value->whole(), fmt::format("'{}' is no name", value->text)).expected =
      "a letter, then letters, digits, hyphens, points or underscores";
    return {};
  }

  // ---- the head

  void top(const MapElement& element) {
    if (!element.directive()) {
      if (map_.root) {
        reporter_.error("M002", element.span(), fmt::format("a map has one template, and <{}> is a second", element.tag()));
        return;
      }
      map_.root = node(element);
      return;
    }
    const auto name = element.name();
    if (name == "codes") codes(element);
    else if (name == "let") map_.lets.push_back(let(element));
    else if (name == "def") definition(element);
    else if (name == "sequence") sequence(element);
    else if (name == "reject" || name == "warn") map_.rules.push_back(rule(element));
    else unknown(element, {"codes", "let", "def", "sequence", "reject", "warn"});
    const bool declares = name == "codes" || name == "let" || name == "def" || name == "sequence";
    if (declares && map_.root) {
      reporter_.error("M002", element.span(), fmt::format("<{}> stands before the template, not after it", element.tag()));
    }
  }

  void unknown(const MapElement& element, std::vector<std::string> allowed) {
    const std::string name(element.name());
    if (std::find(later_elements.begin(), later_elements.end(), name) != later_elements.end()) {
      reporter_.error("M090", element.span(), fmt::format("<{}> is not available in this version", element.tag()));
      return;
    }
    const bool exists = std::find(elements().begin(), elements().end(), name) != elements().end();
    auto& finding = reporter_.error(
      "M002", element.span(),
      exists ? fmt::format("<{}> does not stand here", element.tag()) : fmt::format("there is no directive <{}>", element.tag())
    );
    finding.expected = "here: " + list_of(allowed);
    if (exists) return;
    if (auto near = nearest(name, elements()); !near.empty()) finding.fix = fmt::format("did you mean <{}:{}>?", element.prefix(), near);
  }

  void codes(const MapElement& element) {
    check_attributes(element, {{"name", true}, {"href", true}, {"override", false}});
    no_content(element);
    MapSource::Codes codes;
    codes.name = own_name(element, "name");
    codes.span = element.span();
    auto href = element.value("href");
    if (codes.name.empty() || !href) return;
    codes.href = *href;
    map_.codes.push_back(std::move(codes));
  }

  void sequence(const MapElement& element) {
    check_attributes(element, {{"name", true}, {"scope", false}});
    no_content(element);
    auto name = own_name(element, "name");
    if (!name.empty() && !c_.sequences.emplace(name, false).second) {
      reporter_.error("M016", element.span(), fmt::format("there are two sequences '{}'", name));
    }
  }

  void definition(const MapElement& element) {
    check_attributes(element, {{"name", true}, {"of", true}, {"gives", true}});
    auto made = std::make_unique<Definition>();
    made->span = element.span();
    made->name = own_name(element, "name");
    if (auto value = element.value("name")) made->name_span = value->whole();
    if (auto value = element.value("of")) made->of = value->text, made->of_span = value->whole();
    if (auto value = element.value("gives")) made->gives = value->text, made->gives_span = value->whole();
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

  void no_content(const MapElement& element) {
    if (element.has_children() || !text_of(element).empty()) {
      reporter_.error("M018", element.span(), fmt::format("<{}> has no content", element.tag()));
    }
  }

  std::string text_of(const MapElement& element) {
    if (element.has_children()) return {};
    auto text = element.text().text;
    return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
  }

  // ---- templates

  std::vector<TemplateNodePtr> nodes(const MapElement& parent) {
    std::vector<TemplateNodePtr> found;
    if ((parent.mixed() && parent.directive()) || (!parent.has_children() && !text_of(parent).empty())) {
      reporter_.error("M018", parent.span(), fmt::format("text stands directly in <{}>; only elements have text", parent.tag()));
    }
    for (const auto& child : parent.children()) {
      if (auto made = node(child)) found.push_back(std::move(made));
    }
    return found;
  }

  TemplateNodePtr node(const MapElement& element) {
    if (!element.directive()) return target_element(element);
    const auto name = element.name();
    if (name == "if") return condition(element, TemplateNode::Kind::if_);
    if (name == "for") return loop(element);
    if (name == "choose") return choose(element);
    if (name == "let") return let(element);
    if (name == "reject" || name == "warn") return rule(element);
    unknown(element, {"if", "for", "choose", "let", "reject", "warn"});
    return nullptr;
  }

  TemplateNodePtr start(const MapElement& element, TemplateNode::Kind kind) {
    auto made = std::make_unique<TemplateNode>();
    made->kind = kind;
    made->span = element.span();
    made->tag_offset = element.offset();
    return made;
  }

  TemplateNodePtr condition(const MapElement& element, TemplateNode::Kind kind) {
    check_attributes(element, {{"test", true}});
    auto made = start(element, kind);
    made->condition = expression(element, "test");
    made->children = nodes(element);
    return made;
  }

  TemplateNodePtr loop(const MapElement& element) {
    check_attributes(element, {{"each", true}, {"sort", false}, {"as", false}});
    auto made = start(element, TemplateNode::Kind::for_);
    made->each = expression(element, "each");
    if (auto value = element.value("sort")) read_sort(*value, *made);
    made->as = own_name(element, "as");
    made->children = nodes(element);
    return made;
  }

  TemplateNodePtr choose(const MapElement& element) {
    check_attributes(element, {});
    auto made = start(element, TemplateNode::Kind::choose);
    if (element.mixed() || (!element.has_children() && !text_of(element).empty())) {
      reporter_.error("M018", element.span(), "text stands directly in m:choose");
    }
    for (const auto& child : element.children()) {
      const bool after_otherwise = !made->children.empty() && made->children.back()->kind == TemplateNode::Kind::otherwise;
      if (child.directive() && child.name() == "when" && !after_otherwise) {
        made->children.push_back(condition(child, TemplateNode::Kind::when));
      } else if (child.directive() && child.name() == "otherwise" && !after_otherwise) {
        check_attributes(child, {});
        made->children.push_back(start(child, TemplateNode::Kind::otherwise));
        made->children.back()->children = nodes(child);
      } else if (after_otherwise) {
        reporter_.error("M002", child.span(), "m:otherwise is the last branch");
      } else {
        unknown(child, {"when", "otherwise"});
      }
    }
    if (made->children.empty()) reporter_.error("M003", element.span(), "m:choose needs an m:when");
    return made;
  }

  TemplateNodePtr let(const MapElement& element) {
    check_attributes(element, {{"name", true}, {"value", true}, {"override", false}});
    no_content(element);
    auto made = start(element, TemplateNode::Kind::let);
    made->variable = own_name(element, "name");
    if (auto value = element.value("name")) made->span = value->whole();
    made->value = expression(element, "value");
    return made;
  }

  TemplateNodePtr rule(const MapElement& element) {
    check_attributes(element, {{"test", true}, {"code", true}, {"at", false}});
    auto made = start(element, element.name() == "reject" ? TemplateNode::Kind::reject : TemplateNode::Kind::warn);
    made->condition = expression(element, "test");
    made->at = expression(element, "at");
    if (auto value = element.value("code")) made->code = value->text;
    if (element.has_children()) {
      reporter_.error("M018", element.span(), fmt::format("<{}> holds the message, and no elements", element.tag()));
    } else {
      auto text = element.text();
      made->text = parse_template(text, true, reporter_);
      if (made->text->parts.empty()) {
        reporter_.error("M003", element.span(), fmt::format("<{}> needs a message", element.tag())).fix = "write a sentence for the sender into it";
      }
    }
    return made;
  }

  // `key`, `key desc` or `key asc`.
  void read_sort(const Fragment& value, TemplateNode& into) {
    auto end = value.text.find_last_not_of(' ') + 1;
    auto word = value.text.find_last_of(' ', end ? end - 1 : 0);
    if (word != std::string::npos && word + 1 < end) {
      auto last = std::string_view(value.text).substr(word + 1, end - word - 1);
      if (last == "desc" || last == "asc") {
        into.descending = last == "desc";
        end = word;
      }
    }
    into.sort = parse_expression(value, 0, end, reporter_);
  }

  TemplateNodePtr target_element(const MapElement& element) {
    auto made = start(element, TemplateNode::Kind::element);
    made->prefix = element.prefix();
    made->name = element.name();
    for (const auto& attribute : element.attributes()) {
      if (attribute.ns == map_namespace) {
        directive(element, attribute, *made);
        continue;
      }
      TemplateAttribute target;
      target.prefix = attribute.prefix;
      target.name = attribute.name;
      target.name_span = element.span(attribute);
      auto value = element.value(attribute);
      target.value = parse_template(value, false, reporter_);
      made->attributes.push_back(std::move(target));
    }
    check_directives(element, *made);
    if (element.has_children()) {
      if (element.mixed()) {
        reporter_.error("M018", element.span(), fmt::format("<{}> has both text and elements; what is meant?", element.tag())).fix =
          "put the text into an element of its own";
      }
      made->children = nodes(element);
    } else {
      auto text = element.text();
      auto parsed = parse_template(text, true, reporter_);
      if (!parsed.parts.empty() || !text_of(element).empty()) made->text = std::move(parsed);
    }
    made->has_content = made->text || !made->children.empty() || !made->call.empty();
    return made;
  }

  void directive(const MapElement& element, const MapElement::Attribute& attribute, TemplateNode& into) {
    auto value = element.value(attribute);
    auto parse = [&] { return parse_expression(value, 0, value.text.size(), reporter_); };
    auto yes = [&] {
      if (value.text != "yes" && value.text != "no") {
        reporter_.error("M004", value.whole(), fmt::format("m:{} is yes or no", attribute.name)).expected = "yes, no";
      }
      return value.text == "yes";
    };
    const auto name = attribute.name;
    if (name == "each") into.each = parse();
    else if (name == "sort") read_sort(value, into);
    else if (name == "if") into.condition = parse();
    else if (name == "with") into.with = parse();
    else if (name == "keep") into.keep = yes();
    else if (name == "final") into.is_final = yes();
    else if (name == "id") into.id = value.text;
    else if (name == "note") into.note = value.text;
    else if (name == "as" || name == "call") {
      if (!is_name(value.text)) {
        reporter_.error("M004", value.whole(), fmt::format("'{}' is no name", value.text));
      } else if (name == "as") {
        into.as = value.text;
      } else {
        into.call = value.text;
        into.call_span = value.whole();
      }
    } else if (name == "seg") {
      reporter_.error("M090", element.span(attribute), "m:seg writes EDI segments, which is not available in this version");
    } else {
      auto& finding = reporter_.error("M002", element.span(attribute), fmt::format("there is no directive m:{}", name));
      if (auto near = nearest(name, directives()); !near.empty()) finding.fix = fmt::format("did you mean m:{}?", near);
      finding.expected = "here: " + list_of(directives());
    }
  }

  void check_directives(const MapElement& element, TemplateNode& made) {
    auto needs = [&](bool there, std::string_view directive, bool other, std::string_view wanted) {
      if (there && !other) {
        reporter_.error("M003", element.span(), fmt::format("m:{} on <{}> needs m:{} beside it", directive, element.tag(), wanted));
      }
    };
    const bool each = has(element, "each");
    needs(made.sort != nullptr, "sort", each, "each");
    needs(!made.as.empty(), "as", each, "each");
    needs(made.with != nullptr, "with", has(element, "call"), "call");
    if (!made.call.empty() && (element.has_children() || !text_of(element).empty())) {
      reporter_.error("M018", element.span(), fmt::format("the definition '{}' is the content of <{}>; it has no other", made.call, element.tag()));
    }
  }

  static bool has(const MapElement& element, std::string_view directive) {
    for (const auto& attribute : element.attributes()) {
      if (attribute.ns == map_namespace && attribute.name == directive) return true;
    }
    return false;
  }

  Compilation& c_;
  Reporter& reporter_;
  MapSource& map_;
};

}  // namespace

std::unique_ptr<MapSource> parse_map(Compilation& compilation, const MapFile& file) {
  auto map = std::make_unique<MapSource>();
  if (!MapParser(compilation, *map).parse(file.root())) return nullptr;
  return map;
}

}  // namespace wayleave::mapping
