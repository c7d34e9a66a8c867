#include "desk/template_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "desk/shapes.hpp"
#include "formats/xml/write.hpp"
#include "mapping/map_file.hpp"

namespace wayleave::desk {
namespace {

constexpr std::string_view xsd_namespace = "http://www.w3.org/2001/XMLSchema";

/// Lines of XML, two blanks a level.
class Lines {
 public:
  template <class... Args>
  void open(fmt::format_string<Args...> text, Args&&... args) {
    line(fmt::format(text, std::forward<Args>(args)...));
    ++depth_;
  }
  void close(std::string_view tag) {
    --depth_;
    line(fmt::format("</{}>", tag));
  }
  void line(const std::string& text) { out_.append(depth_ * 2, ' ').append(text).append("\n"); }
  /// An element that holds nothing but its documentation.
  void documented(const std::string& tag, const std::string& attributes, const std::string& documentation, const std::string& more = "") {
    if (documentation.empty() && more.empty()) return line(fmt::format("<{} {}/>", tag, attributes));
    std::string text;
    if (!documentation.empty()) {
      text = "<xs:annotation><xs:documentation>";
      xml::escape_text(text, documentation);
      text += "</xs:documentation></xs:annotation>";
    }
    line(fmt::format("<{} {}>{}{}</{}>", tag, attributes, text, more, tag));
  }
  std::string finish() { return std::move(out_); }

 private:
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::size_t depth_ = 0;
};

std::string attribute(std::string_view name, std::string_view value) {
  std::string text = fmt::format(" {}=\"", name);
  xml::escape_attribute(text, value);
  return text + "\"";
}

/// What of the target's namespaces is written with a prefix, where one name stands in two of them.
std::string foreign_namespaces(const Shapes& shapes, const std::string& ns) {
  std::string list;
  for (const auto& each : shapes.namespaces) {
    if (each != ns) list += (list.empty() ? "" : " ") + (each.empty() ? "##local" : each);
  }
  return list;
}

/// The elements of the target, each where it belongs, and all of them once more for directives.
class ElementsSchema {
 public:
  ElementsSchema(const Shapes& shapes, const std::string& ns) : shapes_(shapes), ns_(ns), foreign_(foreign_namespaces(shapes, ns)) {}

  std::string write(const std::string& map_file) {
    const auto own = ns_.empty() ? std::string() : attribute("xmlns", ns_) + attribute("targetNamespace", ns_);
    xsd_.open("<xs:schema xmlns:xs=\"{}\" xmlns:m=\"{}\"{} elementFormDefault=\"qualified\">", xsd_namespace, mapping::map_namespace, own);
    xsd_.line(fmt::format("<xs:import{}{}/>", attribute("namespace", mapping::map_namespace), attribute("schemaLocation", map_file)));
    document();
    fragment();
    for (std::size_t i = 0; i < shapes_.all.size(); ++i) {
      if (i == shapes_.document || i == shapes_.fragment) continue;   // no elements: what they hold is declared above
      type(shapes_.all[i]);
    }
    xsd_.close("xs:schema");
    return xsd_.finish();
  }

 private:
  void document() {
    xsd_.open("<xs:group name=\"document\">");
    xsd_.open("<xs:choice>");
    declare(shapes_.all[shapes_.document]);
    xsd_.close("xs:choice");
    xsd_.close("xs:group");
  }

  void fragment() {
    declare(shapes_.all[shapes_.fragment]);
    xsd_.open("<xs:group name=\"fragment\">");
    xsd_.open("<xs:choice>");
    xsd_.line("<xs:any" + attribute("namespace", ns_.empty() ? "##local" : ns_) + " processContents=\"strict\"/>");
    if (!foreign_.empty()) xsd_.line("<xs:any" + attribute("namespace", foreign_) + " processContents=\"lax\"/>");
    xsd_.close("xs:choice");
    xsd_.close("xs:group");
  }

  void declare(const Shape& of) {
    for (const auto& child : of.children) {
      xsd_.documented("xs:element", fmt::format("name=\"{}\" type=\"{}\"", child.name, shapes_.all[child.shape].name), child.documentation);
    }
  }

  void type(const Shape& shape) {
    const bool elements = !shape.children.empty() && !shape.open, value = shape.text && !elements && !shape.open;
    xsd_.open("<xs:complexType name=\"{}\"{}>", shape.name, shape.text && !value ? " mixed=\"true\"" : "");
    if (value) {
      xsd_.open("<xs:simpleContent>");
      xsd_.open("<xs:extension base=\"xs:string\">");
    }
    if (shape.open) xsd_.line("<xs:sequence><xs:any namespace=\"##any\" processContents=\"lax\" minOccurs=\"0\" maxOccurs=\"unbounded\"/></xs:sequence>");
    if (elements) content(shape);
    for (const auto& each : shape.attributes) xsd_.documented("xs:attribute", fmt::format("name=\"{}\" type=\"xs:string\"", each.name), each.documentation);
    xsd_.line("<xs:attributeGroup ref=\"m:directives\"/>");
    if (!foreign_.empty()) xsd_.line("<xs:anyAttribute" + attribute("namespace", foreign_) + " processContents=\"lax\"/>");
    if (value) {
      xsd_.close("xs:extension");
      xsd_.close("xs:simpleContent");
    }
    xsd_.close("xs:complexType");
  }

  void content(const Shape& shape) {
    xsd_.open("<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">");
    declare(shape);
    if (!foreign_.empty()) xsd_.line("<xs:any" + attribute("namespace", foreign_) + " processContents=\"lax\"/>");
    xsd_.line("<xs:group ref=\"m:template\"/>");
    xsd_.close("xs:choice");
  }

  const Shapes& shapes_;
  std::string ns_, foreign_;
  Lines xsd_;
};

/// The words of the language. Directives are the same everywhere: in them stands any element of the target that there is,
/// and whether it belongs there is left to lint. (To say it here would take types for every directive in every element,
/// which go round in circles that not every processor follows.)
class LanguageSchema {
 public:
  LanguageSchema(const schema::Schema& language, std::string ns) : model_(language.model()), ns_(std::move(ns)) {
    const auto any = model_.root("if");
    if (any != schema::none) directives_ = uses(model_.element(any).type);
  }

  std::string write(const std::string& elements_file) {
    xsd_.open("<xs:schema xmlns:xs=\"{0}\" xmlns:m=\"{1}\" targetNamespace=\"{1}\"{2} elementFormDefault=\"qualified\">", xsd_namespace,
              mapping::map_namespace, ns_.empty() ? "" : attribute("xmlns:t", ns_));
    xsd_.line(fmt::format("<xs:import{}{}/>", ns_.empty() ? "" : attribute("namespace", ns_), attribute("schemaLocation", elements_file)));
    for (const auto id : model_.roots) declare(id);
    xsd_.open("<xs:group name=\"template\">");
    xsd_.open("<xs:choice>");
    for (const auto id : directives_) xsd_.line(fmt::format("<xs:element ref=\"m:{}\"/>", local(id)));
    xsd_.close("xs:choice");
    xsd_.close("xs:group");
    global_attributes();
    while (!open_.empty()) {
      const auto next = open_.back();
      open_.pop_back();
      type(next.first, next.second);
    }
    xsd_.close("xs:schema");
    return xsd_.finish();
  }

 private:
  using Elements = std::vector<schema::ElementId>;

  std::string local(schema::ElementId id) const { return std::string(names::local(model_.element(id).name)); }

  /// Elements of the language that may stand in a type, each name once.
  Elements uses(schema::TypeId type) const {
    Elements found;
    for (const auto& use : model_.type(type).children) {
      const auto name = model_.element(use.element).name;
      if (std::none_of(found.begin(), found.end(), [&](auto other) { return model_.element(other).name == name; })) found.push_back(use.element);
    }
    return found;
  }

  std::string type_name(schema::ElementId id) {
    const auto type = model_.element(id).type;
    const auto [known, fresh] = names_.emplace(type, local(id));
    if (fresh) {
      while (!taken_.insert(known->second).second) known->second += "-";
      open_.emplace_back(type, local(id));
    }
    return known->second;
  }

  void declare(schema::ElementId id) {
    xsd_.documented("xs:element", fmt::format("name=\"{}\" type=\"m:{}\"", local(id), type_name(id)), model_.element(id).documentation);
  }

  void global_attributes() {
    std::vector<std::string> names;
    for (const auto& use : model_.global_attributes) {
      if (names::ns(use.name) != mapping::map_namespace) continue;
      names.emplace_back(names::local(use.name));
      attribute_of(fmt::format("name=\"{}\"", names.back()), use);
    }
    std::sort(names.begin(), names.end());
    xsd_.open("<xs:attributeGroup name=\"directives\">");
    for (const auto& name : names) xsd_.line(fmt::format("<xs:attribute ref=\"m:{}\"/>", name));
    xsd_.close("xs:attributeGroup");
  }

  void attribute_of(const std::string& head, const schema::AttributeUse& use) {
    const auto& values = model_.type(use.type).facets.enumeration;
    if (values.empty()) return xsd_.documented("xs:attribute", head + " type=\"xs:string\"", use.documentation);
    std::string type = "<xs:simpleType><xs:restriction base=\"xs:string\">";
    for (const auto& value : values) type += "<xs:enumeration" + attribute("value", value) + "/>";
    xsd_.documented("xs:attribute", head, use.documentation, type + "</xs:restriction></xs:simpleType>");
  }

  void type(schema::TypeId id, const std::string& element) {
    const auto& type = model_.type(id);
    const bool target = !type.automaton.wildcards.empty();
    const bool text = type.content == schema::Content::mixed || type.content == schema::Content::simple;
    xsd_.open("<xs:complexType name=\"{}\"{}>", names_.at(id), text ? " mixed=\"true\"" : "");
    const auto children = uses(id);
    if (target || !children.empty()) {
      xsd_.open("<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">");
      for (const auto child : children) {
        if (model_.root(model_.element(child).name) == child) xsd_.line(fmt::format("<xs:element ref=\"m:{}\"/>", local(child)));
        else declare(child);
      }
      // Rows stand in the map's own namespace, or in the target's where nothing says another.
      if (target && element == "codes") xsd_.line(R"(<xs:any namespace="##other" processContents="skip"/>)");
      else if (target) xsd_.line(fmt::format("<xs:group ref=\"{}{}\"/>", ns_.empty() ? "" : "t:", element == "map" || element == "message" ? "document" : "fragment"));
      xsd_.close("xs:choice");
    }
    for (const auto& use : type.attributes) {
      if (names::ns(use.name).empty()) attribute_of(fmt::format("name=\"{}\"{}", names::local(use.name), use.required ? " use=\"required\"" : ""), use);
    }
    remarks();
    xsd_.close("xs:complexType");
  }

  // What every word of the language may say of itself.
  void remarks() {
    for (const auto& use : model_.global_attributes) {
      const auto name = names::local(use.name);
      if (names::ns(use.name) == mapping::map_namespace && (name == "id" || name == "note" || name == "final")) xsd_.line(fmt::format("<xs:attribute ref=\"m:{}\"/>", name));
    }
  }

  const schema::Model& model_;
  std::string ns_;
  Elements directives_;
  Lines xsd_;
  std::map<schema::TypeId, std::string> names_;
  std::set<std::string> taken_;
  std::vector<std::pair<schema::TypeId, std::string>> open_;
};

}  // namespace

TemplateSchema template_schema(const schema::Schema& target, const schema::Schema& language, const std::string& map_file,
                               const std::string& elements_file) {
  const auto shapes = shapes_of(target);
  const std::string ns(names::ns(target.root_name()));
  TemplateSchema made;
  made.elements = ElementsSchema(shapes, ns).write(map_file);
  made.map = LanguageSchema(language, ns).write(elements_file);
  return made;
}

}  // namespace wayleave::desk
