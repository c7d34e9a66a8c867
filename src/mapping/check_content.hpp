#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mapping/source_file.hpp"
#include "mapping/tree.hpp"

namespace wayleave::mapping {

/// What is known of one element of a template before the content around it is judged.
struct Occurrence {
  bool may_be_omitted = false;             ///< its value may be absent, and then it is not written
  bool may_be_missing = false;             ///< the same, but the target demands it
  bool may_be_weak = false;                ///< may be written without anything in it: does not keep its parent
  const TemplateNode* blame = nullptr;         ///< whose value it is that may be missing; of may_be_missing
};

/// Judges what a template writes into one content model: order, number, choices, every branch (M201, M202, M203, M210).
/// The template's children are run through the content's automaton with all their possibilities at once.
class ContentChecker {
 public:
  ContentChecker(Reporter& reporter, const schema::Model& model) : reporter_(reporter), model_(model) {}

  /// What the checker found out about an element; before its parent's content is judged.
  void note(const TemplateNode& node, Occurrence occurrence) { occurrences_[&node] = occurrence; }
  /// Why a value may be absent, for M210: `N104 is 0..1 in …`.
  void explain(const TemplateNode& node, std::string why) { reasons_[&node] = std::move(why); }

  struct Outcome {
    bool may_be_empty = false;             ///< possibly nothing is written that counts as content
    const TemplateNode* missing_when_empty = nullptr;   ///< what the content then lacks, if anything
  };
  /// `omittable`: the element may be left out as a whole when nothing is written into it.
  Outcome check(const std::vector<TemplateNodePtr>& nodes, schema::TypeId type, bool omittable, Span parent, const std::string& name);

 private:
  /// One possibility: where the automaton is, and what became of the elements so far.
  struct State {
    std::uint32_t at = 0;
    NameId last = no_name;                 ///< name of the run going on
    std::uint32_t run = 0;                 ///< how long it is; many: unknown
    std::uint32_t run_max = schema::unbounded;
    bool strong = false;                   ///< something was written that keeps the parent
    const TemplateNode* missing = nullptr;     ///< a mandatory element whose value was absent
    const TemplateNode* skipped = nullptr;     ///< the last element that was left out by a condition or for want of a value
    auto key() const { return std::tuple(at, last, run, strong, missing != nullptr, skipped); }
  };
  using States = std::vector<State>;
  static constexpr std::uint32_t many = 1000;

  States sequence(const std::vector<TemplateNodePtr>& nodes, States states);
  States one(const TemplateNode& node, const States& states);
  States element(const TemplateNode& node, const States& states);
  States once(const TemplateNode& node, const States& states);
  States repeat(const TemplateNode& node, const States& states, bool at_least_once, bool body);
  States advance(const TemplateNode& node, const States& states, bool strong, const TemplateNode* missing);
  bool step(const TemplateNode& node, State& state, bool quiet);
  void stuck(const TemplateNode& node, State& state);
  void finish(const States& states, bool omittable, Span parent, const std::string& name);
  void all_group(const std::vector<TemplateNodePtr>& nodes, Span parent, const std::string& name);
  void gather(const std::vector<TemplateNodePtr>& nodes, bool certain, std::unordered_map<NameId, std::pair<bool, const TemplateNode*>>& found);

  template <class Ends>
  std::vector<NameId> shortest(std::uint32_t from, Ends ends) const;
  std::vector<NameId> path_to(std::uint32_t from, NameId name) const;
  std::vector<NameId> path_to_end(std::uint32_t from) const;
  std::vector<NameId> left_to_write(std::vector<NameId> names) const;
  std::vector<std::string> expected(std::uint32_t state) const;
  bool report_missing(const TemplateNode* skipped, const std::vector<NameId>& names, Span at, const std::string& parent, std::string_view before);
  static bool has_unknown(const std::vector<TemplateNodePtr>& nodes);
  bool writes_one_of(const TemplateNode& node, const std::vector<NameId>& names) const;
  static void add(States& to, const State& state);
  static void add(States& to, const States& states);
  static bool is_repeated(const TemplateNode& node) { return node.each != nullptr; }

  Reporter& reporter_;
  const schema::Model& model_;
  std::unordered_map<const TemplateNode*, Occurrence> occurrences_;
  std::unordered_map<const TemplateNode*, std::string> reasons_;
  std::unordered_set<const TemplateNode*> reported_;
  std::vector<std::vector<NameId>> told_;   ///< what is missing in the content that is being judged
  const schema::Type* type_ = nullptr;
  std::unordered_set<NameId> filled_;      ///< what the writer of EDI adds to the content
  std::string parent_;
  bool has_unknown_ = false;
  std::uint32_t most_ = schema::unbounded;  ///< how often the loop goes at most
  std::uint32_t looping_ = 0;              ///< rounds of loops, of which nobody knows how often they come
};

}  // namespace wayleave::mapping
