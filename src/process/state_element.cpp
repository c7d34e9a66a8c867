#include "process/state_element.hpp"

#include <algorithm>

#include "formats/xml/write.hpp"

namespace wayleave::process {

std::string_view Element::attribute(std::string_view wanted) const {
  for (const auto& [name, value] : attributes)
    if (name == wanted) return value;
  return {};
}

void Element::set_attribute(std::string_view wanted, std::string_view value) {
  const auto place = std::find_if(attributes.begin(), attributes.end(), [&](const auto& a) { return a.first == wanted; });
  if (value.empty()) {
    if (place != attributes.end()) attributes.erase(place);
  } else if (place != attributes.end()) {
    place->second = value;
  } else {
    attributes.emplace_back(wanted, value);
  }
}

const Element* Element::child(std::string_view wanted) const {
  for (const auto& child : children)
    if (child.name == wanted) return &child;
  return nullptr;
}

std::string_view local(const Document& document, Document::Index node) { return document.local_name(document.node(node).name); }

bool is_canonical(const Document& document, Document::Index node) {
  return document.namespace_of(document.node(node).name) == "urn:wayleave:canonical:1";
}

std::string_view attribute(const Document& document, Document::Index node, std::string_view name) {
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    if (document.local_name(attributes[i].name) == name && document.namespace_of(attributes[i].name).empty()) return document.text(attributes[i]);
  return {};
}

std::string collapse(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Element take(const Document& document, Document::Index node) {
  Element element;
  if (!is_canonical(document, node)) {
    element.foreign = xml::serialize(document, node);
    return element;
  }
  element.name = local(document, node);
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    element.attributes.emplace_back(document.local_name(attributes[i].name), document.text(attributes[i]));
  element.text = document.text(node);
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child))
    element.children.push_back(take(document, child));
  return element;
}

void write_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.push_back(' ');
  out.append(name).append("=\"");
  xml::escape_attribute(out, value);
  out.push_back('"');
}

void write_start(std::string& out, const Document& document, Document::Index node) {
  out.push_back('<');
  out.append(local(document, node));
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    write_attribute(out, document.local_name(attributes[i].name), document.text(attributes[i]));
}

void write(std::string& out, const Document& document, Document::Index node) {
  if (!is_canonical(document, node)) {
    out += xml::serialize(document, node);
    return;
  }
  write_start(out, document, node);
  const auto text = document.text(node);
  auto child = document.first_child(node);
  if (text.empty() && child == Document::none) {
    out += "/>";
    return;
  }
  out.push_back('>');
  xml::escape_text(out, text, true);
  for (; child != Document::none; child = document.next(child)) write(out, document, child);
  out.append("</").append(local(document, node)).push_back('>');
}

void write(std::string& out, const Element& element) {
  if (!element.foreign.empty()) {
    out += element.foreign;
    return;
  }
  out.push_back('<');
  out.append(element.name);
  for (const auto& [name, value] : element.attributes) write_attribute(out, name, value);
  if (element.text.empty() && element.children.empty()) {
    out += "/>";
    return;
  }
  out.push_back('>');
  xml::escape_text(out, element.text, true);
  for (const auto& child : element.children) write(out, child);
  out.append("</").append(element.name).push_back('>');
}

}  // namespace wayleave::process
