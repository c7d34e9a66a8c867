#include "desk/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "desk/match.hpp"
#include "desk/phrase.hpp"
#include "desk/sample.hpp"
#include "desk/source_paths.hpp"
#include "mapping/dates.hpp"
#include "schema/words.hpp"

namespace wayleave::desk {
namespace {

using mapping::CodeList;
using mapping::Expr;
using mapping::Function;
using mapping::TemplateNode;

constexpr std::size_t sample_length = 60;

std::string times(std::uint32_t min, std::uint32_t max) {
  return fmt::format("{}..{}", min, max == schema::unbounded ? "n" : std::to_string(max));
}

void each_call(const Expr& expr, const std::function<void(const Expr&)>& see) {
  if (expr.op == Expr::Op::call) see(expr);
  for (const auto& arg : expr.args) each_call(*arg, see);
  if (expr.path.head) each_call(*expr.path.head, see);
}

void each_call(const mapping::TextTemplate& text, const std::function<void(const Expr&)>& see) {
  for (const auto& part : text.parts) {
    if (part.expression) each_call(*part.expression, see);
  }
}

bool is_list_function(Function function) {
  return function == Function::code || function == Function::code_or || function == Function::label || function == Function::in_list;
}

void collect_lists(const Expr& call, std::vector<std::string>& lists) {
  if (!is_list_function(call.function) || call.args.size() < 2) return;
  if (std::find(lists.begin(), lists.end(), call.args[1]->text) == lists.end()) lists.push_back(call.args[1]->text);
}

class Tabulator {
 public:
  explicit Tabulator(const mapping::Map& map) : map_(map), tree_(*map.impl().tree), model_(map.target()->model()), outline_(outline(map)) {}

  Table make(bool with_sample) {
    if (with_sample) sample_ = first_sample(map_);
    table_.name = tree_.name.text;
    table_.note = tree_.note;
    table_.source = tree_.source.text;
    table_.target = tree_.target.text;
    if (sample_) table_.sample_of = sample_->name;
    Whereabouts where(std::string(names::local(map_.source()->root_name())));
    for (const auto& let : outline_.lets) variable(let, where);
    for (const auto& each : outline_.others) declaration(each);
    root(where);
    for (const auto& definition : outline_.definitions) define(definition, where);
    for (const auto& entry : outline_.rules) rule(entry);
    for (const auto& [name, codes] : map_.impl().compilation->codes) {
      if (codes.list) list(name, *codes.list);
    }
    return std::move(table_);
  }

 private:
  using Rows = std::vector<Table::Row>;

  void root(const Whereabouts& where) {
    if (outline_.root.what != Entry::What::element) return entries({outline_.root}, "", schema::none, where, Document::none, table_.rows);
    if (outline_.root.name.empty()) return entries(outline_.root.children, "", schema::none, where, Document::none, table_.rows);
    const auto node = sample_ ? sample_->document.root() : Document::none;
    element(outline_.root, outline_.root.name, "1..1", where, node, table_.rows);
  }

  void define(const DefinitionOutline& definition, const Whereabouts& outside) {
    Table::Definition made{definition.name, definition.facts[0].text, definition.facts[1].text, {}};
    auto where = outside;
    where.begin_at(made.of);
    const auto called = called_with_.find(definition.name);
    entries(definition.body.children, made.gives, definition.definition->type, where,
            called == called_with_.end() ? Document::none : called->second, made.rows);
    table_.definitions.push_back(std::move(made));
  }

  /// Facts of directives around: the loops change where paths begin.
  static Whereabouts around(const Entry& entry, const Whereabouts& outside) {
    auto where = outside;
    for (auto fact = entry.facts.begin(); fact != entry.facts.end(); ++fact) {
      if (!fact->around || fact->name != "each" || !fact->expr) continue;
      std::string as;
      for (auto next = fact + 1; next != entry.facts.end() && next->around && next->name != "each"; ++next) {
        if (next->name == "as") as = next->text;
      }
      where = where.inside(*fact->expr, as);
    }
    return where;
  }

  void entries(const std::vector<Entry>& list, const std::string& path, schema::TypeId type, Whereabouts where, Document::Index parent, Rows& rows) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& entry = list[i];
      const auto here = around(entry, where);
      switch (entry.what) {
        case Entry::What::let:
          variable(entry, where);
          break;
        case Entry::What::rule: rule(entry); break;
        case Entry::What::other: rows.push_back(other(entry, path, here)); break;
        case Entry::What::element: {
          const auto node = parent == Document::none ? Document::none : written_by(list, i, sample_->document, parent);
          element(entry, path.empty() ? entry.name : path + "/" + entry.name, occurrence(type, entry), here, node, rows);
        }
      }
    }
  }

  std::string occurrence(schema::TypeId parent, const Entry& entry) const {
    if (parent == schema::none || !entry.node || entry.node->element == schema::none) return "";
    const auto name = model_.element(entry.node->element).name;
    for (const auto& use : model_.type(parent).children) {
      if (model_.element(use.element).name == name) return times(use.min, use.max);
    }
    return "";
  }

  Table::Row other(const Entry& entry, const std::string& path, const Whereabouts& where) {
    Table::Row row;
    row.target = path;
    row.rule = conditions(entry);
    row.note = note(entry);
    std::string said = entry.name;
    for (const auto& fact : entry.facts) {
      if (!fact.around && fact.name != "note") said += " " + fact.name + " " + fact.text;
    }
    row.rule.push_back(said);
    if (const auto* select = entry.fact("select"); select && select->expr) row.sources = where.of(*select->expr);
    if (entry.node->element != schema::none) row.target += "/" + std::string(names::local(model_.element(entry.node->element).name));
    return row;
  }

  static std::vector<std::string> conditions(const Entry& entry) {
    std::vector<std::string> said;
    for (const auto& fact : entry.facts) {
      const auto words = fact.words.empty() ? fact.text : fact.words;
      if (fact.name == "each") said.push_back("for each: " + words);
      else if (fact.name == "by") said.push_back("grouped by " + words);
      else if (fact.name == "sort") said.push_back("sorted by " + words);
      else if (fact.name == "if") said.push_back("only if " + words);
      else if (fact.name == "unless") said.push_back("not if " + words);
      else if (fact.around && fact.name.starts_with("m:")) said.push_back("within " + fact.name + (words.empty() ? "" : " " + words));
    }
    return said;
  }

  static std::string note(const Entry& entry) {
    std::string text;
    for (const auto& fact : entry.facts) {
      if (fact.name == "note") text += (text.empty() ? "" : "; ") + fact.text;
    }
    return text;
  }

  void element(const Entry& entry, const std::string& path, const std::string& occurs, const Whereabouts& outside, Document::Index sample, Rows& rows) {
    const auto& node = *entry.node;
    const auto where = node.each ? outside.inside(*node.each, node.as) : outside;
    Table::Row row;
    row.target = path;
    row.occurrence = occurs;
    row.rule = conditions(entry);
    row.note = note(entry);
    if (node.text) value(*node.text, where, row);
    else if (node.each) row.sources = outside.of(*node.each);
    if (node.text && sample != Document::none) row.sample = schema::shortened(sample_->document.text(sample), sample_length);
    if (!node.call.empty()) {
      row.definition = node.call;
      row.rule.push_back(node.with ? "made from " + in_words(*node.with) : "made from the same item");
      if (node.with) row.sources = where.of(*node.with);
      if (sample != Document::none) called_with_.emplace(node.call, sample);
    }
    if (node.keep) row.rule.push_back("written even when it is empty");
    rows.push_back(std::move(row));
    attributes(node, path, where, sample, rows);
    entries(entry.children, path, node.type, where, sample, rows);
  }

  void attributes(const TemplateNode& node, const std::string& path, const Whereabouts& where, Document::Index sample, Rows& rows) {
    for (const auto& attribute : node.attributes) {
      Table::Row row;
      row.target = path + "/@" + attribute.name;
      const auto* use = node.type == schema::none ? nullptr : model_.attribute(node.type, attribute.name);
      if (use) row.occurrence = use->required ? "1..1" : "0..1";
      value(attribute.value, where, row);
      if (sample != Document::none) row.sample = schema::shortened(attribute_of(sample_->document, sample, attribute.name), sample_length);
      rows.push_back(std::move(row));
    }
  }

  void value(const mapping::TextTemplate& text, const Whereabouts& where, Table::Row& row) {
    row.sources = where.of(text);
    const bool copied = text.parts.size() == 1 && text.parts[0].expression && text.parts[0].expression->op == Expr::Op::path;
    row.rule.push_back(copied ? "as it is" : in_words(text));
    each_call(text, [&](const Expr& call) {
      collect_lists(call, row.lists);
      required(call);
    });
  }

  void variable(const Entry& entry, Whereabouts& where) {
    const auto& node = *entry.node;
    if (!node.value) {
      table_.variables.push_back({entry.name, "given where the map is used", {}, note(entry)});
      return;
    }
    const auto here = around(entry, where);
    table_.variables.push_back({entry.name, in_words(*node.value), here.of(*node.value), note(entry)});
    where.declare(node.variable, *node.value);
    each_call(*node.value, [&](const Expr& call) { required(call); });
  }

  // m:key, m:linked: what functions find by name.
  void declaration(const Entry& entry) {
    std::string said;
    for (const auto& fact : entry.facts) said += (said.empty() ? "" : ", ") + fact.name + " " + fact.text;
    if (!said.empty()) table_.variables.push_back({entry.name, said, {}, note(entry)});
  }

  void rule(const Entry& entry) {
    const auto& node = *entry.node;
    std::string when;
    for (const auto& said : conditions(entry)) when += said + ", ";
    when += node.condition ? "if " + in_words(*node.condition) : "always";
    refuse({node.code, node.kind == TemplateNode::Kind::warn, when, node.text ? written(*node.text) : ""});
  }

  // require() refuses too.
  void required(const Expr& call) {
    if (call.function != Function::require || call.args.size() < 3) return;
    refuse({call.args[1]->text, false, "if " + in_words_together(*call.args[0]) + " is absent", call.args[2]->text});
  }

  void refuse(Table::Refusal refusal) {
    const auto same = std::find_if(table_.refusals.begin(), table_.refusals.end(), [&](const Table::Refusal& r) {
      return r.code == refusal.code && r.when == refusal.when && r.message == refusal.message;
    });
    if (same == table_.refusals.end()) table_.refusals.push_back(std::move(refusal));
  }

  void list(const std::string& name, const CodeList& codes) {
    Table::List made{name, codes.from, codes.to, "is refused", {}};
    if (codes.unknown == CodeList::Unknown::pass) made.unknown = "is taken as it is";
    if (codes.unknown == CodeList::Unknown::fallback) made.unknown = "becomes " + codes.fallback;
    for (const auto& row : codes.rows) made.codes.push_back({row.from, row.to, row.label, until(row)});
    table_.lists.push_back(std::move(made));
  }

  static std::string until(const CodeList::Row& row) {
    std::string text;
    if (row.until == CodeList::no_end) return text;
    mapping::Moment day;
    day.days = row.until;
    day.append_date(text);
    return text;
  }

  const mapping::Map& map_;
  const mapping::MapSource& tree_;
  const schema::Model& model_;
  Outline outline_;
  std::optional<Sample> sample_;
  std::map<std::string, Document::Index> called_with_;   ///< for samples: an element that each definition has filled
  Table table_;
};

}  // namespace

Table tabulate(const mapping::Map& map, bool with_sample) { return Tabulator(map).make(with_sample); }

}  // namespace wayleave::desk
