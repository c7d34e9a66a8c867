#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "document/document.hpp"
#include "mapping/observer.hpp"

namespace wayleave::desk {

/// Where a value came from: a place of the document, or what was asked beside it (`now()`, `partner('id')`).
struct Origin {
  std::uint32_t line = 0;                  ///< 0: not in the document
  std::string what;                        ///< `/Order/Line[2]/Quantity`
  std::string value;                       ///< its text, where it has one
  bool operator==(const Origin& other) const { return line == other.line && what == other.what; }
};

/// Traces values of one run back, while it runs. Bound to one map and one document; ask it from an Observer only.
class Origins {
 public:
  Origins(const mapping::Map& map, const Document& document);
  /// What the value of an expression was made of: of choose() and default() only what was taken.
  std::vector<Origin> of(const mapping::Expr& expr, const mapping::Watched& at);
  std::vector<Origin> of(const mapping::TextTemplate& text, const mapping::Watched& at);
  Origin of(const mapping::Item& item) const;

  /// Sentences that say why an expression has no value; empty when it has one.
  std::vector<std::string> why_absent(const mapping::Expr& expr, const mapping::Watched& at);
  std::vector<std::string> why_absent(const mapping::TextTemplate& text, const mapping::Watched& at);
  /// The values that a condition saw: `Type is 'standard' (line 3)`.
  std::vector<std::string> seen(const mapping::Expr& condition, const mapping::Watched& at);

  /// A m:let of the template has its value: its uses are traced to what it was made of.
  void remember(const mapping::Watched& let);
  /// `base.map.xml:12`.
  std::string place(mapping::Span span) const;

 private:
  void collect(const mapping::Expr& expr, const mapping::Watched& at, std::vector<Origin>& into);
  void collect_call(const mapping::Expr& expr, const mapping::Watched& at, std::vector<Origin>& into);
  void collect_path(const mapping::Expr& expr, const mapping::Watched& at, std::vector<Origin>& into);
  void absent(const mapping::Expr& expr, const mapping::Watched& at, std::vector<std::string>& into);
  void absent_call(const mapping::Expr& expr, const mapping::Watched& at, std::vector<std::string>& into);
  std::string absent_path(const mapping::Expr& expr, const mapping::Watched& at);
  void operands(const mapping::Expr& expr, const mapping::Watched& at, std::vector<std::string>& into);
  const mapping::TemplateNode* head_let(std::uint32_t slot) const;

  const mapping::Map& map_;
  const Document& document_;
  LineIndex lines_;
  struct Let {
    std::vector<Origin> origins;
    std::vector<std::string> absent;
    std::string place;
  };
  std::unordered_map<std::uint32_t, Let> lets_;
};

}  // namespace wayleave::desk
