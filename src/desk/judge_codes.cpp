#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "desk/code_file.hpp"
#include "schema/schema.hpp"

namespace wayleave::desk {
namespace {

using mapping::CodeList;

/// The values that a type names: its own, or those of the members of a union.
void gather(const schema::Model& model, schema::TypeId type, std::vector<std::string>& values) {
  const auto& facets = model.type(type).facets;
  values.insert(values.end(), facets.enumeration.begin(), facets.enumeration.end());
  if (!facets.enumeration.empty()) return;
  for (const auto member : facets.members) gather(model, member, values);
}

class Judge {
 public:
  Judge(const CodeList& list, const schema::Model& model, schema::TypeId type) : list_(list), model_(model), type_(type) {
    gather(model, type, values_);
    name_ = model.type(type).name == no_name ? "the type" : std::string(names::local(model.type(type).name));
  }

  Findings from() {
    const auto severity = list_.unknown == CodeList::Unknown::reject ? Severity::error : Severity::warning;
    for (const auto& value : values_) {
      if (!find([&](const CodeList::Row& row) { return row.from == value; })) tell(severity, value, fmt::format("list {} has no row for '{}' of {}", list_.name, value, name_));
    }
    for (const auto& row : list_.rows) {
      if (!fits(row.from)) tell(Severity::warning, row.from, fmt::format("'{}' is no {}, so this row of list {} is never used", row.from, name_, list_.name)).fix = meant(row.from);
    }
    return std::move(findings_);
  }

  Findings to() {
    for (const auto& row : list_.rows) {
      if (!fits(row.to)) tell(Severity::error, row.to, fmt::format("list {} gives '{}' for '{}', which is no {}", list_.name, row.to, row.from, name_)).fix = meant(row.to);
    }
    if (list_.unknown == CodeList::Unknown::fallback && !fits(list_.fallback)) {
      tell(Severity::error, list_.fallback, fmt::format("list {} gives '{}' where it has no row, which is no {}", list_.name, list_.fallback, name_)).fix = meant(list_.fallback);
    }
    if (!list_.both_ways) return std::move(findings_);
    for (const auto& value : values_) {
      if (!find([&](const CodeList::Row& row) { return row.to == value; })) {
        tell(Severity::error, value, fmt::format("list {} is to work both ways, and no row gives '{}' of {}", list_.name, value, name_));
      }
    }
    return std::move(findings_);
  }

 private:
  template <class Test>
  bool find(Test test) const {
    return std::any_of(list_.rows.begin(), list_.rows.end(), test);
  }
  bool fits(const std::string& text) const { return schema::diagnose_value(model_, type_, text).empty(); }
  std::string meant(const std::string& text) const {
    const auto near = nearest(text, values_);
    return near.empty() ? "" : "did you mean '" + near + "'?";
  }
  Finding& tell(Severity severity, const std::string& code, std::string message) {
    Finding finding;
    finding.code = "M401";
    finding.severity = severity;
    finding.path = code;
    finding.message = std::move(message);
    findings_.push_back(std::move(finding));
    return findings_.back();
  }

  const CodeList& list_;
  const schema::Model& model_;
  schema::TypeId type_;
  std::vector<std::string> values_;
  std::string name_;
  Findings findings_;
};

}  // namespace

Findings judge_codes(const CodeList& list, const schema::Model& model, schema::TypeId type, CodeSide side) {
  Judge judge(list, model, type);
  return side == CodeSide::from ? judge.from() : judge.to();
}

}  // namespace wayleave::desk
