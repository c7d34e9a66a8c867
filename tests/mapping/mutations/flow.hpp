#pragma once

#include "subject.hpp"

/// Where a value goes: what the generators that move, narrow and strip values have in common.
namespace mutations {

/// The element or attribute of the target that a text is written into.
struct Destination {
  const wayleave::mapping::TemplateNode* node = nullptr;
  const wayleave::mapping::TemplateAttribute* attribute = nullptr;
  wayleave::schema::TypeId type = wayleave::schema::none;
  const wayleave::mapping::Type* target = nullptr;
  bool mandatory = false;
  bool single = false;                     ///< one expression and nothing else is its text
};

class Flow {
 public:
  explicit Flow(const Subject& subject);
  /// Where the text goes that an expression belongs to; no type: nowhere.
  Destination destination(const Use& use) const;
  /// The value itself arrives there: nothing but default(), choose() and code-or() is between.
  static bool arrives(const Use& use);
  /// Where this is absent, the whole is.
  static bool absence_arrives(const Use& use);
  /// One value is wanted, not several; a variable: in one place where it is used at least.
  bool wants_one(const Use& use) const;
  /// The uses of the variable whose value the expression is.
  std::vector<const Use*> readers(const Use& use) const;
  const Placed* placed(const wayleave::mapping::TemplateNode& node) const;

 private:
  const Subject& subject_;
  std::map<const wayleave::mapping::TemplateNode*, const Placed*> nodes_;
};

/// The expression's text.
Range range_of(const Use& use);

}  // namespace mutations
