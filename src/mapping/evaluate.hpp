#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mapping/context.hpp"
#include "mapping/map.hpp"
#include "mapping/tree.hpp"
#include "mapping/value.hpp"

namespace wayleave::mapping {

struct MapSource;

/// Where an expression is evaluated: the item and its place in the loop.
struct Frame {
  Item item;
  std::uint32_t position = 0, last = 0;
};

/// Memory that a thread keeps from one run to the next.
struct Workspace {
  Arena scratch, kept;
  std::string build;                       ///< a text on its way
  std::vector<Item> items;                 ///< stack of the items of open loops
  std::vector<Value> variables, caches;
  std::vector<std::uint8_t> cached;
  static Workspace& of_thread();
};

/// Evaluates checked expressions over one document. One run; one thread. What goes wrong becomes findings with the place
/// in the document; the value is then absent.
class Evaluator {
 public:
  Evaluator(const Document& document, const Context& context, const Budget& budget, const Files& files, Workspace& workspace,
            std::uint32_t variables, std::uint32_t caches, const MapSource* map = nullptr);
  ~Evaluator();

  Value evaluate(const Expr& expr, const Frame& frame);
  /// The value as text; nullopt when absent. Good until the workspace's scratch memory is released.
  std::optional<std::string_view> text(const Expr& expr, const Frame& frame);
  std::optional<Decimal> number(const Expr& expr, const Frame& frame);
  bool condition(const Expr& expr, const Frame& frame);
  /// Pushes the items of a sequence on the workspace's stack.
  void items(const Expr& expr, const Frame& frame);
  /// A text with braces; nullopt when one is absent, unless `lenient`.
  std::optional<std::string_view> text(const TextTemplate& text, const Frame& frame, bool lenient = false);

  /// A value as a data element writes it; R811 when it cannot be written so.
  std::optional<std::string_view> wire_text(const Expr& expr, const WireForm& form, const Frame& frame);

  /// A value as keys and groups compare it: numbers by value, everything else by text.
  std::optional<std::string_view> key_text(const Expr& expr, const Frame& frame);

  /// White space as a type that collapses it has it. Good as long as the scratch memory.
  std::string_view collapsed(std::string_view text);
  Frame root() const;
  Workspace& workspace() { return workspace_; }
  void set(std::uint32_t slot, Value value) { workspace_.variables[slot] = value; }
  /// A value that outlives the scratch memory.
  Value keep(const Value& value);
  int compare(const Value& a, const Value& b, const Expr& left, const Expr& right);

  /// A finding at a place of the document; `at` is what the map says there.
  Finding& report(std::string code, Severity severity, std::string message, const Item& item, Span at);
  Finding& refuse(std::string code, std::string message, const Item& item, const Expr& expr);
  bool stopped() const { return stopped_; }
  /// Counts work; false when the budget is used up (R801, told once).
  bool count(std::size_t nodes, Span at) {
    evaluated_ += nodes;
    return evaluated_ <= budget_.nodes || exceed(at, "evaluated nodes");
  }
  bool exceed(Span at, std::string_view what);

  /// The node an expression is about, and the names on its path that are not there.
  struct Place {
    Item item;
    std::string missing;
  };
  Place place_of(const Expr& expr, const Frame& frame);

  /// Asks something that is no part of the run, for those who watch it: what `ask` evaluates costs nothing, reports nothing
  /// and leaves nothing behind. Its answer has to own what it holds.
  template <class Ask>
  auto aside(Ask&& ask) {
    const auto reported = findings.size();
    const auto evaluated = evaluated_;
    const auto stopped = stopped_;
    const auto mark = workspace_.scratch.mark();
    auto cached = workspace_.cached;
    auto answer = ask();
    workspace_.cached = std::move(cached);
    workspace_.scratch.release(mark);
    findings.resize(reported);
    origins.resize(reported);
    evaluated_ = evaluated;
    stopped_ = stopped;
    return answer;
  }

  /// Forgets `count` findings from the one with number `from` on.
  void take_back(std::size_t from, std::size_t count);
  Findings findings;
  std::vector<TextAt> origins;             ///< one a finding: the place in the map

 private:
  Value path(const Expr& expr, const Frame& frame);
  bool begin(const Expr& expr, const Frame& frame, Item& item);
  bool matches(const Step::Predicate& predicate, const Document& document, Document::Index node);
  bool holds(const Step::Condition& condition, const Document& document, Document::Index node);
  bool holds_below(const Step::Condition& condition, std::size_t i, Item item);
  bool equals_variable(const Step::Condition& condition, const Item& item);
  bool all_there(const Expr& expr, const Frame& frame);
  bool walk(const std::vector<Step>& steps, std::size_t i, std::size_t end, Item item, Item& found);
  bool locate(const Expr& expr, const Frame& frame, Item& found);
  void collect(const std::vector<Step>& steps, std::size_t i, const Item& item);
  Value many_from_many(const Expr& expr, const Frame& frame);
  Value take_items(std::size_t base);
  template <class F>
  bool children(const Step& step, const Document& document, Document::Index parent, F&& f);
  template <class F>
  bool counted_children(const Step& step, const Document& document, Document::Index parent, F&& f);
  Value variable(const Expr& expr);
  bool take_attribute(const Step& step, Item& item) const;
  bool present(const Item& item) const;
  std::string_view normalized(const Item& item);
  std::string_view of_wire(const Item& item, std::string_view text);
  void unreadable(const Item& item, std::string_view text, std::string message);
  std::optional<Decimal> number_in(const Item& item);
  std::optional<Moment> moment_in(const Item& item, Kind kind);
  std::optional<std::string_view> date_text(const Item& item);
  std::string_view raw(const Item& item) const;

  Value call(const Expr& expr, const Frame& frame);
  Value dispatch(const Expr& expr, const Frame& frame);
  bool exists(const Expr& path, const Frame& frame);
  bool truth_of_presence(const Value& value) const;
  Value presence(const Expr& expr, const Frame& frame);
  Value text_function(const Expr& expr, const Frame& frame);
  Value join(const Expr& expr, const Frame& frame);
  Value number_function(const Expr& expr, const Frame& frame);
  Value aggregate(const Expr& expr, const Frame& frame);
  Value round(const Expr& expr, const Frame& frame);
  Value date_function(const Expr& expr, const Frame& frame);
  Value workdays(const Expr& expr, const Moment& moment, std::int64_t days);
  Value code_function(const Expr& expr, const Frame& frame);
  Value context_function(const Expr& expr, const Frame& frame);
  Value arithmetic(const Expr& expr, const Frame& frame);
  bool comparison(const Expr& expr, const Frame& frame);
  bool truth(const Value& value, const Expr& expr);
  std::optional<Moment> moment(const Expr& expr, const Frame& frame, Kind kind);
  std::optional<std::string_view> as_text(const Value& value, const Expr& expr);
  std::optional<Decimal> as_number(const Value& value, const Expr& expr);
  std::optional<Moment> as_moment(const Value& value, Kind kind);
  Value fail(const Expr& expr, const Frame& frame, std::string_view code, std::string message, std::string_view found);
  Value built(const Expr& expr);
  std::shared_ptr<const Document> other_document(const Expr& expr, std::string_view id);
  Value parameter(const TemplateNode& node);
  Value look_up(const Expr& expr, const Frame& frame);
  Value paired(const Expr& expr, const Frame& frame);
  Value date_of_edifact(const Expr& expr, const Frame& frame);

  const Document& document_;
  const Context& context_;
  const Budget& budget_;
  const Files& files_;
  Workspace& workspace_;
  const MapSource* map_;                   ///< null outside a map; the slots of its lets count from 0
  std::int32_t today_;
  Finding dropped_;
  std::size_t evaluated_ = 0;
  bool stopped_ = false;
  Span asked_{0, 0, 0xffff};               ///< the expression whose value is being read
  struct Seen {
    bool state;
    std::string kind, id;
    std::shared_ptr<const Document> document;
  };
  struct KeyIndex {
    bool built = false;
    std::unordered_map<std::string_view, std::vector<Item>> items;
  };
  std::vector<KeyIndex> keys_;             ///< of the map's keys, built when first asked
  std::vector<Seen> states_;               ///< state() and linked() give one answer a run
};

/// A literal number among a call's arguments, checked when the map was read.
inline std::uint32_t length_of(const Expr& call, std::size_t i) { return static_cast<std::uint32_t>(call.args[i]->number.mantissa()); }

}  // namespace wayleave::mapping
