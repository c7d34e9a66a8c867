#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/map_parser.hpp"
#include "mapping/parse_expression.hpp"
#include "mapping/segment.hpp"

namespace wayleave::mapping {
namespace {

const std::vector<std::string>& directives() {
  static const std::vector<std::string> names{"each", "sort", "as", "if", "call", "with", "seg", "keep", "id", "final", "note"};
  return names;
}

bool has(const MapElement& element, std::string_view directive) {
  for (const auto& attribute : element.attributes()) {
    if (attribute.ns == map_namespace && attribute.name == directive) return true;
  }
  return false;
}

}  // namespace

std::vector<TemplateNodePtr> MapParser::nodes(const MapElement& parent) {
  std::vector<TemplateNodePtr> found;
  if ((parent.mixed() && parent.directive()) || (!parent.has_children() && !text_of(parent).empty())) {
    reporter_.error("M018", parent.span(), fmt::format("text stands directly in <{}>; only elements have text", parent.tag()));
  }
  for (const auto& child : parent.children()) {
    if (auto made = node(child)) found.push_back(std::move(made));
  }
  return found;
}

TemplateNodePtr MapParser::node(const MapElement& element) {
  if (!element.directive()) return target_element(element);
  const auto name = element.name();
  if (name == "if") return condition(element, TemplateNode::Kind::if_);
  if (name == "for") return loop(element);
  if (name == "group") return group(element);
  if (name == "copy") return copy(element);
  if (name == "base" && in_replace_) return base(element);
  if (name == "choose") return choose(element);
  if (name == "let") return let(element);
  if (name == "reject" || name == "warn") return rule(element);
  if (name == "base") {
    reporter_.error("M509", element.span(), "m:base stands for what m:replace replaces, and there is none around it");
    return nullptr;
  }
  unknown(element, {"if", "for", "group", "choose", "copy", "let", "reject", "warn"});
  return nullptr;
}

TemplateNodePtr MapParser::start(const MapElement& element, TemplateNode::Kind kind) {
  auto made = std::make_unique<TemplateNode>();
  made->kind = kind;
  made->span = element.span();
  made->tag_offset = element.offset();
  if (!element.directive()) return made;
  for (const auto& attribute : element.attributes()) {
    if (attribute.ns == map_namespace && (attribute.name == "id" || attribute.name == "note" || attribute.name == "final")) {
      directive(element, attribute, *made);
    }
  }
  return made;
}

TemplateNodePtr MapParser::condition(const MapElement& element, TemplateNode::Kind kind) {
  check_attributes(element, {{"test", true}});
  auto made = start(element, kind);
  made->condition = expression(element, "test");
  made->children = nodes(element);
  return made;
}

TemplateNodePtr MapParser::loop(const MapElement& element) {
  check_attributes(element, {{"each", true}, {"sort", false}, {"as", false}});
  auto made = start(element, TemplateNode::Kind::for_);
  made->each = expression(element, "each");
  if (auto value = element.value("sort")) read_sort(*value, *made);
  made->as = own_name(element, "as");
  made->children = nodes(element);
  return made;
}

// m:group each by as: once for every value of `by`, in the order in which they first come.
TemplateNodePtr MapParser::group(const MapElement& element) {
  check_attributes(element, {{"each", true}, {"by", true}, {"as", true}});
  auto made = start(element, TemplateNode::Kind::group);
  made->each = expression(element, "each");
  made->by = expression(element, "by");
  made->as = own_name(element, "as");
  made->children = nodes(element);
  return made;
}

TemplateNodePtr MapParser::copy(const MapElement& element) {
  check_attributes(element, {{"select", true}});
  no_content(element);
  auto made = start(element, TemplateNode::Kind::copy);
  made->each = expression(element, "select");
  made->has_content = true;
  return made;
}

TemplateNodePtr MapParser::messages(const MapElement& element) {
  check_attributes(element, {});
  auto made = start(element, TemplateNode::Kind::messages);
  for (const auto& child : element.children()) {
    if (child.directive() && child.name() == "message") made->children.push_back(message(child));
    else if (!child.directive()) {
      reporter_.error("M202", child.span(), fmt::format("<{}> stands directly in m:messages", child.tag())).fix = "put it into an m:message";
    } else unknown(child, {"message"});
  }
  if (made->children.empty()) reporter_.error("M003", element.span(), "m:messages needs an m:message");
  return made;
}

// m:message, m:message each as?, m:message group by as: one document each.
TemplateNodePtr MapParser::message(const MapElement& element) {
  check_attributes(element, {{"each", false}, {"sort", false}, {"group", false}, {"by", false}, {"as", false}});
  auto made = start(element, TemplateNode::Kind::message);
  const auto each = element.value("each"), group = element.value("group"), by = element.value("by");
  if (each && group) reporter_.error("M002", element.span(), "a message is made for each item or for each group, not both").fix = "leave each or group out";
  if (group && !by) reporter_.error("M003", element.span(), "group needs by: what goes together").fix = "add by=\"…\"";
  if (by && !group) reporter_.error("M003", element.span(), "by belongs to group").fix = "write group=\"…\" for each=\"…\"";
  made->each = expression(element, each ? "each" : "group");
  made->by = expression(element, "by");
  if (auto value = element.value("sort")) read_sort(*value, *made);
  made->as = own_name(element, "as");
  if (group && made->as.empty()) reporter_.error("M003", element.span(), "group needs as: the name of the group").fix = "add as=\"…\"";
  made->children = nodes(element);
  return made;
}

TemplateNodePtr MapParser::xslt(const MapElement& element) {
  check_attributes(element, {{"href", true}});
  no_content(element);
  auto made = start(element, TemplateNode::Kind::xslt);
  if (auto value = element.value("href")) made->href = *value;
  return made;
}

TemplateNodePtr MapParser::base(const MapElement& element) {
  check_attributes(element, {});
  no_content(element);
  return start(element, TemplateNode::Kind::base);
}

TemplateNodePtr MapParser::choose(const MapElement& element) {
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

TemplateNodePtr MapParser::let(const MapElement& element) {
  check_attributes(element, {{"name", true}, {"value", true}, {"override", false}});
  no_content(element);
  auto made = start(element, TemplateNode::Kind::let);
  made->variable = own_name(element, "name");
  if (auto value = element.value("name")) made->span = value->whole();
  made->value = expression(element, "value");
  return made;
}

TemplateNodePtr MapParser::rule(const MapElement& element) {
  check_attributes(element, {{"test", true}, {"code", true}, {"at", false}});
  auto made = start(element, element.name() == "reject" ? TemplateNode::Kind::reject : TemplateNode::Kind::warn);
  made->condition = expression(element, "test");
  made->at = expression(element, "at");
  made->code = filled(element, "code").text;
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
void MapParser::read_sort(const Fragment& value, TemplateNode& into) {
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

TemplateNodePtr MapParser::target_element(const MapElement& element) {
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
  if (made->segment && (made->text || !made->call.empty())) {
    reporter_.error("M018", element.span(), fmt::format("m:seg is the content of <{}>; only elements may follow it", element.tag()));
    made->segment.reset();
  }
  made->has_content = made->text || made->segment || !made->children.empty() || !made->call.empty();
  return made;
}

void MapParser::directive(const MapElement& element, const MapElement::Attribute& attribute, TemplateNode& into) {
  auto value = element.value(attribute);
  auto parse = [&] { return parse_expression(value, 0, value.text.size(), reporter_); };
  auto yes = [&] {
    if (value.text != "yes" && value.text != "no") {
      reporter_.error("M004", value.whole(), fmt::format("m:{} is yes or no", attribute.name)).expected = "yes, no";
    }
    return value.text == "yes";
  };
  const auto name = attribute.name;
  if (name == "each") into.each = parse(), into.broken_loop = !into.each;
  else if (name == "sort") read_sort(value, into);
  else if (name == "if") into.condition = parse();
  else if (name == "with") into.with = parse();
  else if (name == "keep") into.keep = yes();
  else if (name == "final") into.is_final = yes();
  else if (name == "id") {
    into.id = value.text;
    if (!is_name(value.text)) reporter_.error("M004", value.whole(), fmt::format("'{}' is no name", value.text));
  }
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
    into.segment = parse_segment(value, reporter_);
  } else {
    auto& finding = reporter_.error("M002", element.span(attribute), fmt::format("there is no directive m:{}", name));
    if (auto near = nearest(name, directives()); !near.empty()) {
      finding.fix = fmt::format("did you mean m:{}?", near);
      into.broken_loop = into.broken_loop || near == "each";
    }
    finding.expected = "here: " + list_of(directives());
  }
}

void MapParser::check_directives(const MapElement& element, TemplateNode& made) {
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

}  // namespace wayleave::mapping
