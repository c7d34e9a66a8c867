#pragma once

#include <map>
#include <string>
#include <vector>

#include "mapping/tree.hpp"

namespace wayleave::desk {

/// Where the paths of an expression begin: which item of the source is being mapped, and what the variables stand for.
class Whereabouts {
 public:
  /// `root`: the source's root element, or the element that a definition is about.
  explicit Whereabouts(std::string root) : item_{std::move(root)} {}

  /// Inside a loop over `each`; `as`: the loop's variable, if it has one.
  Whereabouts inside(const mapping::Expr& each, const std::string& as) const;
  void declare(const std::string& variable, const mapping::Expr& value);
  /// Somewhere else, with the same variables: the item of a definition.
  void begin_at(const std::string& item) { item_ = {item}, text_.clear(); }

  /// The places of the source that an expression takes its value from, each once, in order: `Order/Line/Quantity`,
  /// `the partner's erpCustomer`.
  std::vector<std::string> of(const mapping::Expr& expr) const;
  std::vector<std::string> of(const mapping::TextTemplate& text) const;

 private:
  using Segments = std::vector<std::string>;
  void gather(const mapping::Expr& expr, std::vector<std::string>& into) const;
  /// The one element that a path stands for; empty: no such.
  Segments resolve(const mapping::Expr& expr) const;

  Segments item_;
  std::vector<std::string> text_;            ///< what the item is made of, where it is a text and no element
  std::map<std::string, Segments> elements_;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace wayleave::desk
