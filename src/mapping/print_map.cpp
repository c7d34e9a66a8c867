#include "mapping/print_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <span>

#include "formats/xml/write.hpp"
#include "mapping/dates.hpp"

namespace wayleave::mapping {
namespace {

using Kind = TemplateNode::Kind;

std::string escaped(std::string_view text) {
  std::string out;
  xml::escape_attribute(out, text);
  return out;
}

class Printer {
 public:
  explicit Printer(const Files& files) : files_(files) {}

  void nodes(std::span<const TemplateNodePtr> list, int depth) {
    for (const auto& each : list) node(*each, depth);
  }

  void node(const TemplateNode& node, int depth) {
    origin(node.span, depth);
    indent(depth);
    const auto tag = tag_of(node);
    out_ += "<" + tag + extra_;
    extra_.clear();
    attributes(node);
    const auto as_segment = of_segment(node);
    if (as_segment) out_ += " m:seg=" + quoted(node.segment->span);
    const std::span<const TemplateNodePtr> children = std::span(node.children).subspan(as_segment.value_or(0));
    if (node.text) {
      out_ += ">" + (node.of_segment ? unfolded(*node.text) : raw(node.text->span)) + "</" + tag + ">\n";
    } else if (children.empty()) {
      out_ += "/>\n";
    } else {
      out_ += ">\n";
      nodes(children, depth + 1);
      indent(depth);
      out_ += "</" + tag + ">\n";
    }
  }

  void line(int depth, const std::string& text) {
    indent(depth);
    out_ += text + "\n";
  }

  /// A comment where the file changes.
  void origin(Span at, int depth) {
    if (!follow_ || at.file == current_) return;
    current_ = at.file;
    const auto& file = files_[at.file];
    line(depth, fmt::format("<!-- from {}:{} -->", std::filesystem::path(file.name()).filename().string(), file.at(at.begin).line));
  }

  void follow(std::uint16_t base) { follow_ = true, current_ = base; }
  /// Declarations for the next element.
  void declare(std::string text) { extra_ = std::move(text); }
  std::string raw(Span at) const { return files_[at.file].text().substr(at.begin, at.end - at.begin); }
  std::string quoted(Span at) const {
    auto text = raw(at);
    return text.find('"') == std::string::npos ? "\"" + text + "\"" : "'" + text + "'";
  }
  std::string take() { return std::move(out_); }

 private:
  // How many children are the node's m:seg as it was written; nothing where it has none, or a patch changed some of them.
  static std::optional<std::size_t> of_segment(const TemplateNode& node) {
    if (!node.segment || node.segment->values == 0) return std::nullopt;
    std::size_t count = 0;
    std::uint32_t values = 0;
    const auto made_of_it = [](const TemplateNode& child) { return child.of_segment; };
    while (count < node.children.size() && made_of_it(*node.children[count])) {
      const auto& child = *node.children[count++];
      if (child.text) ++values;
      for (const auto& part : child.children) {
        if (!made_of_it(*part)) return std::nullopt;
        ++values;
      }
    }
    const auto late = std::any_of(node.children.begin() + static_cast<std::ptrdiff_t>(count), node.children.end(), [&](const auto& child) { return made_of_it(*child); });
    return !late && values == node.segment->values ? std::optional(count) : std::nullopt;
  }

  // A piece of m:seg as the text of an element: without the escapes that it needed there.
  std::string unfolded(const TextTemplate& text) const {
    std::string out;
    for (const auto& part : text.parts) {
      if (part.expression) {
        out += raw(part.span);
        continue;
      }
      std::string literal;
      for (char c : part.literal) literal += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
      xml::escape_text(out, literal, true);
    }
    return out;
  }

  static std::string tag_of(const TemplateNode& node) {
    switch (node.kind) {
      case Kind::element: return (node.prefix.empty() ? "" : node.prefix + ":") + node.name;
      case Kind::if_: return "m:if";
      case Kind::for_: return "m:for";
      case Kind::choose: return "m:choose";
      case Kind::when: return "m:when";
      case Kind::otherwise: return "m:otherwise";
      case Kind::let: return node.parameter ? "m:param" : "m:let";
      case Kind::reject: return "m:reject";
      case Kind::warn: return "m:warn";
      case Kind::group: return "m:group";
      case Kind::copy: return "m:copy";
      case Kind::messages: return "m:messages";
      case Kind::message: return "m:message";
      case Kind::xslt: return "m:xslt";
      case Kind::base: return "m:base";
    }
    return {};
  }

  void attributes(const TemplateNode& node) {
    const bool element = node.kind == Kind::element;
    const std::string m = element ? " m:" : " ";
    if (node.kind == Kind::let) add(" name", node.variable);
    if (node.parameter) parameter(*node.parameter);
    add(" value", node.value);
    if (node.each) add(node.kind == Kind::copy ? " select" : node.kind == Kind::message && node.by ? " group" : m + "each", node.each);
    add(" by", node.by);
    if (node.sort) {
      auto text = raw(node.sort->span);
      out_ += m + "sort=" + (text.find('"') == std::string::npos ? "\"" : "'") + text + (node.descending ? " desc" : "") + (text.find('"') == std::string::npos ? "\"" : "'");
    }
    if (!node.as.empty()) add(m + "as", node.as);
    if (node.condition) add(element ? " m:if" : " test", node.condition);
    if (!node.call.empty()) add(" m:call", node.call);
    add(" m:with", node.with);
    if (node.keep) add(" m:keep", "yes");
    if (node.is_final) add(" m:final", "yes");
    if (!node.id.empty()) add(" m:id", node.id);
    if (!node.note.empty()) add(" m:note", node.note);
    if (!node.code.empty()) add(" code", node.code);
    add(" at", node.at);
    if (!node.href.text.empty()) add(" href", node.href.text);
    for (const auto& attribute : node.attributes) {
      out_ += " " + (attribute.prefix.empty() ? "" : attribute.prefix + ":") + attribute.name + "=" + quoted(attribute.value.span);
    }
  }

  void parameter(const Parameter& parameter) {
    static constexpr std::pair<mapping::Kind, std::string_view> names[] = {
      {mapping::Kind::string, "string"}, {mapping::Kind::integer, "integer"}, {mapping::Kind::decimal, "decimal"}, {mapping::Kind::date, "date"},
      {mapping::Kind::time, "time"}, {mapping::Kind::datetime, "datetime"}, {mapping::Kind::boolean, "boolean"}};
    for (const auto& [kind, name] : names) {
      if (kind == parameter.kind) add(" type", std::string(name));
    }
    if (parameter.fallback) add(" default", *parameter.fallback);
  }

  void add(const std::string& name, const std::string& value) { out_ += name + "=\"" + escaped(value) + "\""; }
  void add(const std::string& name, const ExprPtr& expr) {
    if (expr) out_ += name + "=" + quoted(expr->span);
  }
  void indent(int depth) { out_.append(static_cast<std::size_t>(depth) * 2, ' '); }

  const Files& files_;
  std::string out_, extra_;
  bool follow_ = false;
  std::uint16_t current_ = 0;
};

std::string date_text(std::int32_t days) {
  Moment moment;
  moment.days = days;
  std::string out;
  moment.append_date(out);
  return out;
}

std::string rows(const std::vector<CodeList::Row>& rows) {
  std::string out;
  for (const auto& row : rows) {
    out += fmt::format("<c from=\"{}\" to=\"{}\"", escaped(row.from), escaped(row.to));
    if (!row.label.empty()) out += " label=\"" + escaped(row.label) + "\"";
    if (row.until != CodeList::no_end) out += " until=\"" + date_text(row.until) + "\"";
    out += "/>";
  }
  return out;
}

}  // namespace

std::string print_node(const TemplateNode& node, const Files& files) {
  Printer printer(files);
  printer.node(node, 0);
  return printer.take();
}

std::string print_nodes(const std::vector<TemplateNodePtr>& nodes, const Files& files) {
  Printer printer(files);
  printer.nodes(nodes, 0);
  return printer.take();
}

std::string print_map(const MapSource& map, const Compilation& c) {
  Printer printer(c.files);
  const auto base = map.span.file;
  const auto folder = std::filesystem::path(c.files[base].name()).parent_path();
  // What another file names relative to itself is named from the base's folder.
  auto href = [&](const Fragment& reference) {
    const auto& text = reference.text;
    if (reference.file == base || (!text.starts_with("./") && !text.starts_with("../"))) return escaped(text);
    auto absolute = (std::filesystem::path(c.files[reference.file].name()).parent_path() / text).lexically_normal();
    auto relative = absolute.lexically_relative(folder).string();
    return escaped(relative.starts_with("..") ? relative : "./" + relative);
  };
  std::string open = fmt::format("<m:map xmlns:m=\"{}\"", map_namespace);
  std::set<std::string> declared{"m"};
  for (const auto& [file, prefix, ns] : c.prefixes) {
    if (ns == map_namespace || !declared.insert(prefix).second) continue;
    open += prefix.empty() ? " xmlns=\"" : " xmlns:" + prefix + "=\"";
    open += escaped(ns) + "\"";
  }
  open += fmt::format(" name=\"{}\"", escaped(map.name.text));
  if (!map.note.empty()) open += fmt::format(" note=\"{}\"", escaped(map.note));
  printer.line(0, open + fmt::format(" source=\"{}\" target=\"{}\">", escaped(map.source.text), escaped(map.target.text)));
  printer.follow(base);
  for (const auto& use : map.uses) {
    if (use.href.file == base) printer.line(1, fmt::format("<m:use href=\"{}\"/>", href(use.href)));
  }
  for (const auto& codes : map.codes) {
    printer.origin(codes.span, 1);
    std::string line = fmt::format("<m:codes name=\"{}\"", codes.name);
    if (!codes.href.text.empty()) line += fmt::format(" href=\"{}\"", href(codes.href));
    printer.line(1, codes.rows.empty() ? line + "/>" : line + ">" + rows(codes.rows) + "</m:codes>");
  }
  for (const auto& let : map.lets) printer.node(*let, 1);
  for (const auto& key : map.keys) {
    printer.line(1, fmt::format("<m:key name=\"{}\" match={} use={}/>", key.name, printer.quoted(key.match->span), printer.quoted(key.use->span)));
  }
  for (const auto& linked : map.linked) {
    printer.line(1, fmt::format("<m:linked name=\"{}\" schema=\"{}\" by={}/>", linked.name, href(linked.schema), printer.quoted(linked.by->span)));
  }
  for (const auto& [name, span, per_partner] : map.sequences) {
    printer.line(1, fmt::format("<m:sequence name=\"{}\" scope=\"{}\"/>", name, per_partner ? "partner" : "gateway"));
  }
  for (const auto& definition : map.definitions) {
    printer.origin(definition->span, 1);
    printer.line(1, fmt::format("<m:def name=\"{}\" of=\"{}\" gives=\"{}\">", escaped(definition->name), escaped(definition->of), escaped(definition->gives)));
    printer.nodes(definition->body, 2);
    printer.line(1, "</m:def>");
  }
  if (map.root) printer.node(*map.root, 1);
  for (const auto& rule : map.rules) printer.node(*rule, 1);
  printer.line(0, "</m:map>");
  return printer.take();
}

}  // namespace wayleave::mapping
