#include "desk/outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "desk/phrase.hpp"
#include "mapping/map_file.hpp"

namespace wayleave::desk {
namespace {

using mapping::MapElement;
using mapping::Span;
using mapping::TemplateNode;
using Kind = TemplateNode::Kind;

std::string collapsed(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') made += c;
    else if (!made.empty() && made.back() != ' ') made += ' ';
  }
  if (!made.empty() && made.back() == ' ') made.pop_back();
  return made;
}

/// The files of a map as XML, for what the typed tree does not keep: read once, found again by place.
class Tags {
 public:
  explicit Tags(const mapping::Files& files) : reporter_(files, findings_) {
    for (std::uint16_t i = 0; i < files.size(); ++i) {
      auto read = mapping::MapFile::read(reporter_, i);
      if (!read) continue;
      files_.push_back(std::make_unique<mapping::MapFile>(std::move(*read)));
      const auto root = files_.back()->root();
      if (root.directive() && root.name() != "codes") add(root, i);
    }
  }

  const MapElement* at(std::uint16_t file, std::uint32_t offset) const {
    const auto found = elements_.find(key(file, offset));
    return found == elements_.end() ? nullptr : &found->second;
  }

  /// What stands in the heads of the files.
  std::vector<MapElement> declarations() const {
    std::vector<MapElement> all;
    for (const auto& file : files_) {
      if (!file->root().directive() || file->root().name() == "codes") continue;
      for (const auto& child : file->root().children()) {
        if (child.directive()) all.push_back(child);
      }
    }
    return all;
  }

 private:
  static std::uint64_t key(std::uint16_t file, std::uint32_t offset) { return std::uint64_t{file} << 32 | offset; }
  void add(const MapElement& element, std::uint16_t file) {
    elements_.emplace(key(file, element.offset()), element);
    for (const auto& child : element.children()) add(child, file);
  }

  Findings findings_;
  mapping::Reporter reporter_;
  std::vector<std::unique_ptr<mapping::MapFile>> files_;
  std::unordered_map<std::uint64_t, MapElement> elements_;
};

class Outliner {
 public:
  explicit Outliner(const mapping::Map::Impl& map) : map_(*map.tree), tags_(map.compilation->files) {}

  Outline make() {
    Outline made;
    const auto head = [&](std::string name, const mapping::Fragment& value) { made.head.push_back({std::move(name), value.text, value.whole(), false}); };
    head("name", map_.name);
    head("source", map_.source);
    head("target", map_.target);
    if (!map_.note.empty()) made.head.push_back({"note", map_.note, map_.span, false});
    for (const auto& let : map_.lets) add(*let, {}, made.lets);
    for (const auto& element : tags_.declarations()) declaration(element, made.others);
    for (const auto& definition : map_.definitions) made.definitions.push_back(define(*definition));
    for (const auto& rule : map_.rules) add(*rule, {}, made.rules);
    std::vector<Entry> roots;
    if (map_.root) add(*map_.root, {}, roots);
    if (roots.size() == 1) made.root = std::move(roots[0]);
    else made.root.children = std::move(roots);
    return made;
  }

 private:
  using Facts = std::vector<Fact>;

  DefinitionOutline define(const mapping::Definition& definition) {
    DefinitionOutline made;
    made.name = definition.name;
    made.definition = &definition;
    made.facts = {{"of", definition.of, definition.of_span, false}, {"gives", definition.gives, definition.gives_span, false}};
    made.body.name = definition.name;
    made.body.span = definition.span;
    made.body.arrangement = children(definition.body, {}, made.body.children);
    return made;
  }

  /// What the typed tree has no list for; the rest is told elsewhere.
  void declaration(const MapElement& element, std::vector<Entry>& into) {
    static constexpr std::array<std::string_view, 10> told{"codes", "let", "param", "def", "reject", "warn", "messages", "xslt", "use", "map"};
    if (std::find(told.begin(), told.end(), element.name()) != told.end()) return;
    static constexpr std::array<std::string_view, 5> patches{"replace", "before", "after", "append", "remove"};
    if (std::find(patches.begin(), patches.end(), element.name()) != patches.end()) return;
    Entry made;
    made.what = Entry::What::other;
    made.name = "m:" + std::string(element.name());
    made.span = element.span();
    for (const auto& attribute : element.attributes()) {
      const auto value = element.value(attribute);
      if (attribute.name == "name") made.name += " " + value.text;
      else made.facts.push_back({std::string(attribute.name), collapsed(value.text), value.whole(), false});
    }
    into.push_back(std::move(made));
  }

  std::string children(const std::vector<mapping::TemplateNodePtr>& nodes, const Facts& around, std::vector<Entry>& into) {
    std::string arrangement;
    for (const auto& node : nodes) {
      const auto one = add(*node, around, into);
      arrangement += (arrangement.empty() || one.empty() ? "" : " ") + one;
    }
    return arrangement;
  }

  static void say(Facts& facts, std::string name, const mapping::ExprPtr& expr, bool around = false) {
    if (expr) facts.push_back({std::move(name), written(*expr), expr->span, around, in_words(*expr), expr.get()});
  }

  /// One node; what stands for it in its parent's arrangement, nothing for what may stand anywhere.
  std::string add(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    switch (node.kind) {
      case Kind::element: return element(node, around, into);
      case Kind::let: return let(node, around, into);
      case Kind::reject:
      case Kind::warn: return rule(node, around, into);
      case Kind::choose: return choose(node, around, into);
      case Kind::if_: return wrapper("if", node, around, into);
      case Kind::for_: return wrapper("for", node, around, into);
      case Kind::group: return wrapper("group", node, around, into);
      case Kind::messages: return wrapper("messages", node, around, into);
      case Kind::message: return wrapper("message", node, around, into);
      default: return other(node, around, into);
    }
  }

  /// A directive around others: what it says is said of each of them.
  std::string wrapper(const char* name, const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    auto facts = around;
    say(facts, "if", node.condition, true);
    loop(node, facts, true);
    remarks(node, facts, true);
    return std::string(name) + "(" + children(node.children, facts, into) + ")";
  }

  static void loop(const TemplateNode& node, Facts& facts, bool around) {
    say(facts, "each", node.each, around);
    say(facts, "by", node.by, around);
    if (node.sort) {
      facts.push_back({"sort", written(*node.sort) + (node.descending ? " desc" : ""), node.sort->span, around,
                       in_words(*node.sort) + (node.descending ? ", descending" : "")});
    }
    if (!node.as.empty()) facts.push_back({"as", node.as, node.span, around});
  }

  static void remarks(const TemplateNode& node, Facts& facts, bool around) {
    if (!node.id.empty()) facts.push_back({"id", node.id, node.span, around});
    if (node.is_final) facts.push_back({"final", "yes", node.span, around});
    if (!node.note.empty()) facts.push_back({"note", node.note, node.span, around});
  }

  std::string element(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    Entry made;
    made.name = node.name;
    made.span = node.span;
    made.node = &node;
    made.facts = around;
    loop(node, made.facts, false);
    say(made.facts, "if", node.condition);
    if (!node.call.empty()) made.facts.push_back({"call", node.call, node.call_span, false});
    say(made.facts, "with", node.with);
    if (node.keep) made.facts.push_back({"keep", "yes", node.span, false});
    remarks(node, made.facts, false);
    for (const auto& attribute : node.attributes) made.facts.push_back({"@" + attribute.name, written(attribute.value), attribute.name_span, false});
    if (node.text) made.facts.push_back({"value", written(*node.text), node.text->span, false});
    made.arrangement = children(node.children, {}, made.children);
    into.push_back(std::move(made));
    return node.name;
  }

  std::string let(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    Entry made;
    made.what = Entry::What::let;
    made.name = "$" + node.variable;
    made.span = node.span;
    made.node = &node;
    made.facts = around;
    say(made.facts, "value", node.value);
    if (!node.value) raw(node, made.facts, {"name"});
    remarks(node, made.facts, false);
    into.push_back(std::move(made));
    return {};
  }

  std::string rule(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    Entry made;
    made.what = Entry::What::rule;
    made.name = (node.kind == Kind::reject ? "reject " : "warn ") + node.code;
    made.span = node.span;
    made.node = &node;
    made.facts = around;
    say(made.facts, "test", node.condition);
    say(made.facts, "at", node.at);
    if (node.text) made.facts.push_back({"message", written(*node.text), node.text->span, false});
    remarks(node, made.facts, false);
    into.push_back(std::move(made));
    return {};
  }

  // A branch is taken when its condition holds and those before it do not.
  std::string choose(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    std::string arrangement, before, words;
    Span span;
    for (const auto& branch : node.children) {
      auto facts = around;
      if (!before.empty()) facts.push_back({"unless", before, span, true, words});
      if (branch->condition) {
        say(facts, "if", branch->condition, true);
        before += (before.empty() ? "" : " or ") + written(*branch->condition);
        words += (words.empty() ? "" : ", or ") + in_words(*branch->condition);
        span = branch->condition->span;
      }
      remarks(*branch, facts, true);
      arrangement += (arrangement.empty() ? "" : " | ") + children(branch->children, facts, into);
    }
    return "choose(" + arrangement + ")";
  }

  // Directives that are not told apart here: their attributes as they stand in the file.
  std::string other(const TemplateNode& node, const Facts& around, std::vector<Entry>& into) {
    const auto* tag = tags_.at(node.span.file, node.tag_offset);
    const auto name = "m:" + (tag ? std::string(tag->name()) : std::string("directive"));
    auto facts = around;
    if (node.children.empty()) {
      Entry made;
      made.what = Entry::What::other;
      made.name = name;
      made.span = node.span;
      made.node = &node;
      made.facts = std::move(facts);
      if (node.kind == Kind::copy) say(made.facts, "select", node.each);
      raw(node, made.facts, {made.fact("select") ? "select" : ""});
      remarks(node, made.facts, false);
      into.push_back(std::move(made));
      return name;
    }
    std::string said;
    Facts own;
    raw(node, own, {});
    for (const auto& fact : own) said += (said.empty() ? "" : ", ") + fact.name + " " + fact.text;
    facts.push_back({name, said, node.span, true});
    remarks(node, facts, true);
    return name + "(" + children(node.children, facts, into) + ")";
  }

  void raw(const TemplateNode& node, Facts& into, std::initializer_list<std::string_view> but) const {
    const auto* tag = tags_.at(node.span.file, node.tag_offset);
    if (!tag) return;
    for (const auto& attribute : tag->attributes()) {
      const bool told = attribute.ns == mapping::map_namespace;   // by remarks()
      if (told || std::find(but.begin(), but.end(), attribute.name) != but.end()) continue;
      const auto value = tag->value(attribute);
      into.push_back({std::string(attribute.name), collapsed(value.text), value.whole(), false});
    }
  }

  const mapping::MapSource& map_;
  Tags tags_;
};

}  // namespace

const Fact* Entry::fact(std::string_view named) const {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const Fact& f) { return f.name == named && !f.around; });
  return found == facts.end() ? nullptr : &*found;
}

Outline outline(const mapping::Map& map) { return Outliner(map.impl()).make(); }

std::string place(const mapping::Map& map, Span span) {
  const auto& file = map.impl().compilation->files[span.file];
  return fmt::format("{}:{}", file.name(), file.at(span.begin).line);
}

}  // namespace wayleave::desk
