#pragma once

#include <string>
#include <vector>

#include "mapping/compiled.hpp"

namespace wayleave::desk {

/// What a map says of one thing: `value`, `m:each`, `@unit`, `if` around it …
struct Fact {
  std::string name;
  std::string text;                        ///< as written(): white space makes no difference
  mapping::Span span = {};
  bool around = false;                     ///< said by a directive around the thing
  std::string words = {};                  ///< the text for those who do not read expressions
  const mapping::Expr* expr = nullptr;     ///< what a loop walks over
};

/// A map as its readers see it: elements of the target and what stands among them. Directives around elements are facts
/// of these elements, so that the outline has the shape of the target.
struct Entry {
  enum class What : std::uint8_t { element, let, rule, other } what = What::element;
  std::string name;                        ///< `Quantity`, `$currency`, `reject ERP-UNIT`, `m:copy`
  std::vector<Fact> facts;
  std::vector<Entry> children;
  mapping::Span span;
  const mapping::TemplateNode* node = nullptr;
  std::string arrangement;                 ///< which children the directives hold together
  const Fact* fact(std::string_view named) const;
};

struct DefinitionOutline {
  std::string name;
  std::vector<Fact> facts;                 ///< of, gives
  Entry body;                              ///< its children are what is written
  const mapping::Definition* definition = nullptr;
};

struct Outline {
  std::vector<Fact> head;                  ///< name, source, target, note
  std::vector<Entry> lets;
  std::vector<Entry> others;               ///< further declarations: m:sequence, m:key …
  std::vector<DefinitionOutline> definitions;
  std::vector<Entry> rules;
  Entry root;
};

/// The map has to stay as long as its outline.
Outline outline(const mapping::Map& map);

/// `base.map.xml:12`.
std::string place(const mapping::Map& map, mapping::Span span);

}  // namespace wayleave::desk
