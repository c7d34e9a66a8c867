#pragma once

#include <set>
#include <tuple>
#include <unordered_map>

#include "mapping/check_content.hpp"
#include "mapping/check_expression.hpp"
#include "mapping/parse_map.hpp"
#include "mapping/segment.hpp"

namespace wayleave::mapping {

struct SegmentWorlds;

/// Checks a map against both schemas and completes its tree for running. One a compilation; one thread.
class MapChecker {
 public:
  MapChecker(Compilation& compilation, MapSource& map, const schema::Schema& source, const schema::Schema& target);
  /// Findings M1xx to M7xx.
  void run();

 private:
  void check_definitions();
  bool order_definitions();
  bool visit_definition(Definition& definition);
  void check_definition(Definition& definition);
  void check_root(TemplateNode& node, const Scope& root);
  void report_unused();

  /// The nodes below a target type, or between directives; variables declared among them end with them.
  void check_nodes(std::vector<TemplateNodePtr>& nodes, const Scope& scope, schema::TypeId parent);
  void check_node(TemplateNode& node, const Scope& scope, schema::TypeId parent);
  void check_element(TemplateNode& node, Scope scope, schema::TypeId parent);
  void check_body(TemplateNode& node, const Scope& scope);
  void check_written(const TemplateNode& node, schema::TypeId parent);
  void check_segment(const std::vector<TemplateNodePtr>& nodes, schema::ElementId element, schema::TypeId type, Span at, const std::string& name);
  void check_rule_of_segment(const SegmentRule& rule, const SegmentWorlds& worlds, schema::TypeId type, Span at, const std::string& name);
  void check_variants(const std::vector<TemplateNodePtr>& nodes, schema::TypeId type, Span at, const std::string& name);
  void check_call(TemplateNode& node, const Scope& scope);
  void check_attributes(TemplateNode& node, const Scope& scope);
  void check_text(TemplateNode& node, const Scope& scope);
  void check_let(TemplateNode& node, const Scope& scope);
  void check_keys(const Scope& root);
  void check_linked(const Scope& root);
  void check_messages(TemplateNode& node, const Scope& root);
  void check_group(TemplateNode& node, const Scope& scope, schema::TypeId parent);
  Scope enter_group(TemplateNode& node, const Scope& scope);
  void check_copy(TemplateNode& node, const Scope& scope, schema::TypeId parent);
  bool same_content(const schema::Model& source, schema::TypeId a, schema::TypeId b, std::set<std::pair<schema::TypeId, schema::TypeId>>& seen);
  bool shown_unique(const Key& key) const;
  void suggest_codes(const Expr& expr);
  void suggest_codes(const TemplateNode& choose);
  void gather_unmapped();
  void check_rule(TemplateNode& node, const Scope& scope);
  Scope enter_loop(TemplateNode& node, const Scope& scope);
  void declare(const std::string& name, Span span, const Type& type, std::uint32_t slot, std::uint32_t depth);

  bool resolve(TemplateNode& node, schema::TypeId parent);
  void unknown_element(const TemplateNode& node, schema::TypeId parent);
  const schema::AttributeUse* find_attribute(const TemplateNode& node, const TemplateAttribute& attribute) const;
  std::optional<std::string> declared_namespace(const std::string& prefix, Span at) const;

  /// What a value of one type does in a target of another: M301, M302, M303, M401. False: it cannot be written at all.
  bool check_fit(const Type& value, const Type& target, schema::TypeId target_type, Span at, const std::string& what);
  void check_form(const Type& value, schema::TypeId target_type, Span at, const std::string& what);
  void check_constants(const Type& value, const Type& target, schema::TypeId target_type, Span at, const std::string& what);

  Compilation& c_;
  Reporter& reporter_;
  ExpressionChecker expressions_;
  MapSource& map_;
  const schema::Schema& source_;
  const schema::Schema& target_;
  const schema::Model& model_;
  ContentChecker content_;
  std::string parent_name_;                ///< of the nodes that are being checked, for messages
  std::set<std::tuple<const CodeList*, schema::TypeId, std::vector<std::string>>> told_rows_;   ///< that do not fit what they are written into
  bool text_optional_ = false, text_maybe_empty_ = false;   ///< of the text checked last
};

/// Gives every element of the templates its tags, and the root its namespace declarations: the target schema says them.
void write_tags(MapSource& map, const schema::Model& target, const Compilation& compilation);

}  // namespace wayleave::mapping
