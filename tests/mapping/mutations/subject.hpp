#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mapping/compiled.hpp"
#include "markup.hpp"

namespace mutations {

/// What an expression of a map stands in.
struct Origin {
  enum class Role { text, attribute, each, sort, condition, with, by, let, at, message, key } role = Role::text;
  const wayleave::mapping::TemplateNode* node = nullptr;               ///< null: of a key
  const wayleave::mapping::TemplateAttribute* attribute = nullptr;
  const wayleave::mapping::TextTemplate* text = nullptr;               ///< set for text, attribute, message
};

/// An expression or a part of one.
struct Use {
  const wayleave::mapping::Expr* expr = nullptr;
  const Use* parent = nullptr;             ///< null: it is the whole expression
  std::size_t argument = 0;                ///< which one of the parent's
  Origin origin;
};

/// A template node and where it stands.
struct Placed {
  const wayleave::mapping::TemplateNode* node = nullptr;
  const wayleave::mapping::TemplateNode* element = nullptr;            ///< the element around it; null: the top of a definition, or of the map
  const wayleave::mapping::Definition* definition = nullptr;
  wayleave::schema::TypeId type = wayleave::schema::none;              ///< of the target, that it is written into; none: the root
  std::vector<const wayleave::mapping::TemplateNode*> around;          ///< directives between the element and it, outermost first
  const std::vector<wayleave::mapping::TemplateNodePtr>* list = nullptr;
  std::size_t index = 0;
};

/// A step of a path, and the element of the source it is taken from; null: not known (in a qualifier).
struct PlacedStep {
  const wayleave::mapping::Step* step = nullptr;
  const wayleave::mapping::StaticNode* from = nullptr;
  const Use* use = nullptr;
  bool last = false;
};

/// A shipped map: checked and clean, with everything in it that can be broken.
class Subject {
 public:
  Subject(std::string name, wayleave::mapping::Map::Impl& map);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  const Markup& markup() const { return markup_; }
  const wayleave::mapping::MapSource& map() const { return *impl_.tree; }
  const wayleave::schema::Model& source() const { return impl_.source->model(); }
  const wayleave::schema::Model& target() const { return impl_.target->model(); }
  /// Files that the map names, by path.
  const std::map<std::string, std::string>& files() const { return files_; }
  const std::string& path() const { return path_; }

  const std::vector<std::unique_ptr<Use>>& uses() const { return uses_; }
  const std::vector<Placed>& nodes() const { return nodes_; }
  const std::vector<PlacedStep>& steps() const { return steps_; }
  std::string_view at(const wayleave::mapping::Span& span) const { return slice(text_, {span.begin, span.end}); }
  const Tag* tag(const wayleave::mapping::TemplateNode& node) const { return markup_.at(node.tag_offset); }
  /// Local names of everything in a schema.
  const std::set<std::string>& source_names() const { return source_names_; }
  const std::set<std::string>& target_names() const { return target_names_; }

 private:
  void place(const std::vector<wayleave::mapping::TemplateNodePtr>& list, Placed around);
  void expressions(const wayleave::mapping::TemplateNode& node);
  void whole(const wayleave::mapping::ExprPtr& expr, Origin origin);
  void text(const wayleave::mapping::TextTemplate& text, Origin origin);
  void take(const wayleave::mapping::Expr& expr, const Use* parent, std::size_t argument, const Origin& origin);
  void take_path(const wayleave::mapping::Expr& expr, const Use& use);

  std::string name_, path_;
  wayleave::mapping::Map::Impl& impl_;
  std::string text_;
  Markup markup_;
  std::map<std::string, std::string> files_;
  std::vector<std::unique_ptr<Use>> uses_;
  std::vector<Placed> nodes_;
  std::vector<PlacedStep> steps_;
  std::set<std::string> source_names_, target_names_;
};

/// The child of a type by name: its declaration and how often it may come there.
const wayleave::schema::ChildUse* child_use(const wayleave::schema::Model& model, wayleave::schema::TypeId type, std::string_view name);

}  // namespace mutations
