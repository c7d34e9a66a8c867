#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mapping/expression.hpp"
#include "mapping/tree.hpp"

namespace wayleave::mapping {

/// What one compilation (a map, an expression, a template) shares between its parts.
struct Compilation {
  Findings findings;
  Files files;
  Reporter reporter{files, findings};
  Places places;
  States states;
  struct Codes {
    std::shared_ptr<const CodeList> list;  ///< null: already reported
    Span span;
    bool used = false;
  };
  std::map<std::string, Codes, std::less<>> codes;
  std::map<std::string, bool, std::less<>> sequences;                  ///< declared; used
  std::set<std::string> needed_properties;                             ///< of the partner: require(partner('x'), …)
  struct Prefix {
    std::uint16_t file;
    std::string prefix, ns;
  };
  std::vector<Prefix> prefixes;            ///< declared on the root elements of the files
  const std::string* namespace_of(std::string_view prefix, std::uint16_t file) const;
  std::map<std::string, Key*, std::less<>> keys;
  std::map<std::string, Linked*, std::less<>> linked;
  /// What expressions read: element declarations, and attributes of types.
  std::set<std::pair<const schema::Model*, schema::ElementId>> read_elements;
  std::set<std::pair<const schema::Model*, const schema::AttributeUse*>> read_attributes;
  bool is_map = false;                                                 ///< else an expression or template outside one
  std::uint32_t slots = 0;                                             ///< variables
  std::uint32_t caches = 0;                                            ///< values computed once a run
};

struct Variable {
  std::string name;
  Type type;
  Span span;
  std::uint32_t slot = 0;
  std::uint32_t depth = 0;                 ///< number of loops around its declaration
  bool used = false;
};

/// What an expression stands in: the item that paths begin at, the loops around it. Cheap to copy.
struct Scope {
  const StaticNode* root = nullptr;
  const StaticNode* node = nullptr;        ///< null: the item is a text (chunk) and paths cannot begin at it
  Type current;                            ///< the type of `.`
  std::uint32_t depth = 0;                 ///< loops around it
};

/// Types expressions against the schema and completes the tree for running. One a compilation; one thread.
class ExpressionChecker {
 public:
  explicit ExpressionChecker(Compilation& compilation) : c_(compilation), reporter_(compilation.reporter) {}

  /// Any expression.
  const Type& check(Expr& expr, const Scope& scope);
  /// One that must give a single value that can be written: M102, M301 otherwise.
  const Type& value(Expr& expr, const Scope& scope);
  /// One that is asked for true or false; a path that is no boolean is asked whether it is there.
  void condition(Expr& expr, const Scope& scope);
  /// One that m:each or m:for walks over; gives the scope of its body.
  Scope items(Expr& expr, const Scope& scope);
  /// Parts of a text; the result is the type of the whole.
  Type text(TextTemplate& text, const Scope& scope);
  /// The text of a message: absent parts are left out, several values are not.
  void message(TextTemplate& text, const Scope& scope);

  /// What is known to be there where `condition` holds. Undone by forget(mark()).
  void assume(const Expr& condition, const Scope& scope);
  std::size_t mark() const { return facts_.size(); }
  void forget(std::size_t mark) { facts_.resize(mark); }

  /// Those in scope, the innermost last: declare() adds one, resizing forgets.
  std::vector<Variable> variables;
  void declare(Variable variable);
  Variable* find_variable(const std::string& name);

  /// Whether the same was told about before (`what`: a kind and a name): the place is then added to that finding. If not,
  /// the finding that is made next is the one.
  bool told(const std::string& what, Span at);

 private:
  const Type& check_by_kind(Expr& expr, const Scope& scope);
  const Type& check_path(Expr& expr, const Scope& scope);
  const StaticNode* begin_path(Expr& expr, const Scope& scope, Type& type, bool& outer);
  const StaticNode* take_step(Step& step, const StaticNode* node, Type& type, std::string& key, const StaticNode* origin);
  const StaticNode* take_attribute(Step& step, const StaticNode* node, Type& type, const std::string& key,
                                   const StaticNode* origin);
  void apply_predicates(Step& step, const StaticNode* node, std::uint32_t& min, std::uint32_t& max);
  bool resolve_condition(Step::Condition& condition, const StaticNode* node);
  bool read_date(const schema::Model& model, schema::TypeId type);
  bool check_constant(Step::Condition& condition, const Type& type, const schema::Model& model, schema::TypeId simple);
  void unknown_step(const Step& step, const StaticNode* node);
  bool known(const StaticNode* origin, const std::string& key) const;
  void assume_path(const Expr& expr);
  static const StaticNode* origin_of(const Expr& path);
  static std::string list_key(const Expr& call);
  bool known_in_list(const Expr& call) const;

  const Type& check_variable(Expr& expr, const Scope& scope);
  const Type& check_operator(Expr& expr, const Scope& scope);
  const Type& check_comparison(Expr& expr, const Scope& scope);
  const Type& check_arithmetic(Expr& expr, const Scope& scope);

  const Type& check_call(Expr& expr, const Scope& scope);
  void check_presence(Expr& expr, const Scope& scope);
  void check_text_function(Expr& expr, const Scope& scope);
  void check_number_function(Expr& expr, const Scope& scope);
  void check_date_function(Expr& expr, const Scope& scope);
  void check_code_function(Expr& expr, const Scope& scope);
  void check_context_function(Expr& expr, const Scope& scope);
  void check_key(Expr& expr, const Scope& scope);
  void check_paired(Expr& expr, const Scope& scope);
  void check_edifact_date(Expr& expr, const Scope& scope);
  static std::string paired_key(const Expr& call);
  void check_linked(Expr& expr, const Scope& scope);
  void document_type(Expr& expr, const schema::Schema& schema);
  void unknown_name(const Expr& at, std::string_view what, const std::string& name, const std::vector<std::string>& names);
  const Type& sequence(Expr& expr, const Scope& scope, Expr& call);
  const Type& number_argument(Expr& call, std::size_t i, const Scope& scope);
  const Type& text_argument(Expr& call, std::size_t i, const Scope& scope);
  const Type& date_argument(Expr& call, std::size_t i, const Scope& scope, bool with_time);
  const std::string* literal_argument(Expr& call, std::size_t i, const Scope& scope, std::string_view what);
  std::optional<std::uint32_t> length_argument(Expr& call, std::size_t i, const Scope& scope);
  const CodeList* list_argument(Expr& call, std::size_t i, const Scope& scope);
  void read_literal_as(Expr& expr, Kind kind);
  Type join(const Type& a, const Type& b, const Expr& at);
  void may_fail(Expr& call, std::string what);

  Compilation& c_;
  Reporter& reporter_;
  struct Fact {
    const StaticNode* origin;
    std::string key;
  };
  std::vector<Fact> facts_;
  std::unordered_map<std::string, std::vector<std::size_t>> declared_;   ///< by name, indices of `variables`; stale ones among them
  std::map<std::string, std::size_t> told_;   ///< index among the findings
  int picking_ = 0;                        ///< inside what takes one of several, or asks whether there is any
  bool broken_ = false;                    ///< a predicate of the path that is being checked is wrong
};

/// Makes failing calls below give absent: something above says what then.
void handle_failures(Expr& expr);
/// What an edi:variant asks for; empty when it cannot be read.
std::vector<Step::Condition> conditions_of(const schema::Variant& variant);
/// A key for what a path selects, without its beginning: `Party[@role='ship-to']/Id`.
std::string step_key(const Step& step);
/// Names that may stand below an element, attributes with @: for messages.
std::vector<std::string> names_below(const schema::Model& model, schema::TypeId type);
std::string list_of(const std::vector<std::string>& names, std::size_t limit = 14);
/// Bits of the names after which `name` cannot follow any more in a type's content.
std::uint64_t stop_mask(const schema::Model& model, const schema::Type& type, NameId name);

}  // namespace wayleave::mapping
