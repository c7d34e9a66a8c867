#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "document/document.hpp"
#include "mapping/codes.hpp"
#include "mapping/dates.hpp"
#include "mapping/functions.hpp"
#include "mapping/source_file.hpp"
#include "mapping/types.hpp"

namespace re2 {
class RE2;
}

/// The typed tree: what the parsers make, what the checker completes, and what runs. Immutable once checked.
namespace wayleave::mapping {

struct Expr;
struct Key;
struct Linked;
using ExprPtr = std::unique_ptr<Expr>;

/// `name`, `p:name`, `@name` or `.`, with its predicates.
struct Step {
  std::string prefix, name;
  bool attribute = false;
  bool self = false;
  Span span;

  /// `rel = constant` or `rel = $v`; `rel` is `.`, or names down to an element or an attribute.
  struct Condition {
    std::vector<Step> rel;
    bool rel_self = false;
    ExprPtr value;                         ///< a literal or a variable
    Span span;
    std::string constant;                  ///< the literal as text
    Kind kind = Kind::string;              ///< of what is compared
    std::optional<Decimal> number;         ///< the literal, of numbers
    std::optional<Moment> moment;          ///< the literal, of dates and times
    schema::Whitespace whitespace = schema::Whitespace::collapse;
    Wire wire = Wire::none;
  };
  struct Predicate {
    enum class Kind : std::uint8_t { conditions, index, last } kind = Kind::conditions;
    std::vector<Condition> conditions;
    std::uint32_t index = 0;
    Span span;
  };
  std::vector<Predicate> predicates;

  // Filled by the checker.
  NameId id = no_name;
  bool single = false;                     ///< at most one by the schema
  bool may_lack = false;                   ///< what is before it may stand without it
  bool value = false;                      ///< has a value of its own: empty counts as absent
  schema::Whitespace whitespace = schema::Whitespace::collapse;
  Wire wire = Wire::none;
  /// Names after which this one cannot follow any more, as bits of (id & 63); none shared with a name that can come before.
  std::uint64_t stop = 0;
};

struct Path {
  enum class Start : std::uint8_t { current, root, variable, call } start = Start::current;
  std::uint32_t up = 0;                    ///< number of `../`
  ExprPtr head;                            ///< of Start::variable and Start::call
  std::vector<Step> steps;
};

/// A text with `{}`: pieces in order, each literal or an expression.
struct TextTemplate {
  struct Part {
    std::string literal;
    ExprPtr expression;
    Span span;
  };
  std::vector<Part> parts;
  Span span;
  bool has_expressions() const {
    for (const auto& part : parts) {
      if (part.expression) return true;
    }
    return false;
  }
};

struct Expr {
  enum class Op : std::uint8_t {
    string, number, variable, path, call,
    or_, and_, equal, not_equal, less, less_equal, greater, greater_equal,
    add, subtract, multiply, divide, modulo, negate,
  };
  Op op = Op::string;
  Span span;
  std::string text;                        ///< literal, name of variable or function
  Span name_span;
  std::vector<ExprPtr> args;
  Path path;
  std::unique_ptr<TextTemplate> message;   ///< the text of require(): a template in a string literal

  // Filled by the checker.
  Type type;
  Decimal number;
  Function function = Function::default_;
  std::uint32_t slot = 0;                  ///< of a variable
  std::uint32_t cache = schema::none;      ///< computed once a run and kept there
  bool quiet = false;                      ///< a failure here is handled above it: give absent
  bool refuses = false;                    ///< may refuse the document: a require() is in it
  bool eager = false;                      ///< all arguments are evaluated, for one behind an absent one may refuse
  std::shared_ptr<const CodeList> codes;
  std::shared_ptr<const re2::RE2> regex;
  const Key* key = nullptr;                ///< of key()
  const Linked* linked = nullptr;          ///< of linked()
  struct Pair {
    NameId qualifier = no_name, value = no_name;
    schema::Whitespace whitespace = schema::Whitespace::collapse;
  };
  std::vector<Pair> pairs;                 ///< of paired(): the elements of the segment, in order
};

/// What an element of the target does when it has no value.
enum class WhenAbsent : std::uint8_t { omit, write_empty, reject };

struct TemplateNode;
using TemplateNodePtr = std::unique_ptr<TemplateNode>;

struct TemplateAttribute {
  std::string prefix, name;
  Span name_span;
  TextTemplate value;
  // Filled by the checker.
  std::string opening;                     ///< ` name="`
  WhenAbsent when_absent = WhenAbsent::omit;
  bool collapse = false;                   ///< the target collapses white space, and the value may hold some
  Type target;
};

/// m:seg: the data elements of a segment by position. The target schema says later what they are called; then they become
/// the first children of the segment's node, and `elements` is empty.
struct SegmentText {
  struct Component {
    TextTemplate text;
    Span span;
    bool empty = true;
  };
  struct Element {
    std::vector<std::vector<Component>> repetitions;
    Span span;
  };
  Span span;
  std::vector<Element> elements;
  bool broken = false;                     ///< some of it has no place: told
  std::uint32_t values = 0;                ///< once they are children: how many of them and of what is in them have a text
};

/// m:param: a variable whose value is given where the map is used.
struct Parameter {
  Kind kind = Kind::string;
  std::optional<std::string> fallback;
};

struct Definition;

/// One node of a template: an element of the target or a directive.
struct TemplateNode {
  enum class Kind : std::uint8_t {
    element, if_, for_, choose, when, otherwise, let, reject, warn,
    group,                                 ///< m:group: `each` are the items, `by` says what goes together
    copy,                                  ///< m:copy: `each` is what is copied, `element` as what
    messages, message,                     ///< m:messages instead of a root; a m:message each, with `each` or with `by` too
    xslt,                                  ///< m:xslt instead of a root
    base,                                  ///< m:base of an overlay; merging puts what it stands for in its place
  } kind = Kind::element;
  Span span;                               ///< of the tag's name
  std::uint32_t tag_offset = 0;

  // m:each, m:sort, m:as, m:if, m:call and m:with, m:keep, in order of evaluation.
  ExprPtr each, sort, condition, with, by;
  bool descending = false;
  std::string as;
  std::uint32_t as_slot = schema::none;
  std::string call;
  Span call_span;
  const Definition* definition = nullptr;
  bool keep = false, is_final = false;
  bool broken_loop = false;                ///< its m:each cannot be read: told, and what it loops over is not known
  std::string id, note;

  // An element.
  std::optional<SegmentText> segment;      ///< m:seg
  bool of_segment = false;                 ///< made of its parent's m:seg
  std::string prefix, name;
  std::vector<TemplateAttribute> attributes;
  std::optional<TextTemplate> text;        ///< of an element without child elements; of m:reject and m:warn
  std::vector<TemplateNodePtr> children;
  schema::ElementId element = schema::none;
  schema::TypeId type = schema::none;
  Type target;                             ///< of its text
  WireForm wire;                           ///< of a data element of EDI whose text is one number, date or time
  std::string opening, closing;            ///< `<Name`, `</Name>`
  WhenAbsent when_absent = WhenAbsent::omit;
  bool collapse = false;                   ///< the target collapses white space, and the value may hold some
  bool has_content = false;                ///< a content template: text, children or a call

  // m:let and m:param.
  std::string variable;
  ExprPtr value;                           ///< null: of m:param
  std::optional<Parameter> parameter;
  std::uint32_t slot = 0;

  // m:reject, m:warn.
  std::string code;
  ExprPtr at;

  // m:xslt.
  Fragment href;
};

/// m:def: a typed fragment of the target over a node of the source.
struct Definition {
  std::string name, of, gives;
  Span name_span, of_span, gives_span, span;
  std::vector<TemplateNodePtr> body;
  // Filled by the checker.
  const StaticNode* node = nullptr;
  schema::TypeId type = schema::none;
  bool may_be_empty = true;                ///< its content may come out absent
  const TemplateNode* missing_when_empty = nullptr;
  bool used = false;
  bool own = false;                        ///< a copy that an overlay made for one call
  std::uint8_t mark = 0;                   ///< depth-first search for cycles
};

/// m:key: the elements that `match` selects, found by the value of `use`.
struct Key {
  std::string name;
  Span span;
  ExprPtr match, use;
  // Filled by the checker.
  std::uint32_t index = 0;                 ///< among the keys of the map
  Type type;                               ///< of what key() gives
  bool unique = false;                     ///< the schema says that a value stands for one element
  bool used = false;
};

/// m:linked: an earlier canonical document, found by its business key.
struct Linked {
  std::string name;
  Span span;
  Fragment schema;
  ExprPtr by;
  schema::SchemaPtr loaded;                ///< null: told
  bool used = false;
};

/// As they were parsed; nothing of what a checker fills in.
ExprPtr clone(const Expr& expr);
TextTemplate clone(const TextTemplate& text);
TemplateNodePtr clone(const TemplateNode& node);
std::vector<TemplateNodePtr> clone(const std::vector<TemplateNodePtr>& nodes);

}  // namespace wayleave::mapping
