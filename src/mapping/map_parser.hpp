#pragma once

#include <initializer_list>

#include "mapping/parse_map.hpp"

namespace wayleave::mapping {

/// Takes one file apart. The head is read in parse_map.cpp, templates in parse_template.cpp, patches in parse_overlay.cpp.
class MapParser {
 public:
  MapParser(Compilation& c, MapSource& map) : c_(c), reporter_(c.reporter), map_(map) {}
  /// False: it is no file of ours.
  bool parse(const MapElement& root);

 private:
  struct Wanted {
    std::string_view name;
    bool mandatory;
  };
  void check_attributes(const MapElement& element, std::initializer_list<Wanted> wanted);
  void unknown(const MapElement& element, std::vector<std::string> allowed);
  void no_content(const MapElement& element);
  ExprPtr expression(const MapElement& element, std::string_view attribute);
  std::string own_name(const MapElement& element, std::string_view attribute);
  static std::string text_of(const MapElement& element);
  static bool is_final(const MapElement& element);
  bool has_override(const MapElement& element);

  Fragment filled(const MapElement& element, std::string_view attribute);
  bool read_head(const MapElement& root);
  void top(const MapElement& element);
  void codes(const MapElement& element);
  void sequence(const MapElement& element);
  void definition(const MapElement& element);
  void key(const MapElement& element);
  void linked(const MapElement& element);
  void use(const MapElement& element);
  void head_let(const MapElement& element);
  void parameter(const MapElement& element);
  void patch(const MapElement& element, Patch::Kind kind);

  std::vector<TemplateNodePtr> nodes(const MapElement& parent);
  TemplateNodePtr node(const MapElement& element);
  TemplateNodePtr start(const MapElement& element, TemplateNode::Kind kind);
  TemplateNodePtr condition(const MapElement& element, TemplateNode::Kind kind);
  TemplateNodePtr loop(const MapElement& element);
  TemplateNodePtr group(const MapElement& element);
  TemplateNodePtr copy(const MapElement& element);
  TemplateNodePtr messages(const MapElement& element);
  TemplateNodePtr message(const MapElement& element);
  TemplateNodePtr xslt(const MapElement& element);
  TemplateNodePtr choose(const MapElement& element);
  TemplateNodePtr let(const MapElement& element);
  TemplateNodePtr rule(const MapElement& element);
  TemplateNodePtr base(const MapElement& element);
  TemplateNodePtr target_element(const MapElement& element);
  void directive(const MapElement& element, const MapElement::Attribute& attribute, TemplateNode& into);
  void check_directives(const MapElement& element, TemplateNode& made);
  void read_sort(const Fragment& value, TemplateNode& into);

  Compilation& c_;
  Reporter& reporter_;
  MapSource& map_;
  bool in_replace_ = false;                ///< the content of m:replace, where m:base may stand
};

}  // namespace wayleave::mapping
