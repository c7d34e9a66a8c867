#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "document/document.hpp"

namespace wayleave::process {

/// A small piece of a canonical document that is taken apart and changed while folding: a party, a reference, a quantity.
struct Element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;
  std::vector<Element> children;
  std::string foreign;                   ///< of another namespace: its XML as it is, nothing else set

  std::string_view attribute(std::string_view name) const;   ///< empty when absent
  void set_attribute(std::string_view name, std::string_view value);   ///< empty removes it
  const Element* child(std::string_view name) const;
};

Element take(const Document& document, Document::Index node);
/// XML on one line; the canonical namespace is the default one already.
void write(std::string& out, const Element& element);
/// The same straight from a tree.
void write(std::string& out, const Document& document, Document::Index node);
void write_start(std::string& out, const Document& document, Document::Index node);   ///< `<Name a="…"`, not closed
void write_attribute(std::string& out, std::string_view name, std::string_view value);

/// A name's local part, and whether it is of the canonical namespace.
std::string_view local(const Document& document, Document::Index node);
bool is_canonical(const Document& document, Document::Index node);
std::string_view attribute(const Document& document, Document::Index node, std::string_view name);
/// As xs:token: outer white space dropped, inner runs made one blank.
std::string collapse(std::string_view text);

}  // namespace wayleave::process
