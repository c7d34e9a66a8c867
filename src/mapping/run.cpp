#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "formats/xml/write.hpp"
#include "mapping/compiled.hpp"
#include "mapping/fill_in.hpp"
#include "mapping/observer.hpp"
#include "mapping/stylesheet.hpp"

namespace wayleave::mapping {
namespace {

constexpr auto special = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 0x20; ++c) table[c] = true;
  for (unsigned char c : {'&', '<', '>', '"', '\''}) table[c] = true;
  return table;
}();

bool is_plain(std::string_view text) {
  for (unsigned char c : text) {
    if (special[c]) return false;
  }
  return true;
}

void append_text(std::string& out, std::string_view text) {
  if (is_plain(text)) out += text;
  else xml::escape_text(out, text, true);
}

void append_attribute(std::string& out, std::string_view text) {
  if (is_plain(text)) out += text;
  else xml::escape_attribute(out, text);
}

bool uses_variable(const Expr& expr) {
  if (expr.op == Expr::Op::variable || (expr.path.head && uses_variable(*expr.path.head))) return true;
  return std::any_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return uses_variable(*arg); });
}

// Writes the target front to back. An element is written at once and taken back when it turns out to hold nothing:
// `strong_` says whether anything was written since that keeps what is around it. `watched` is a parameter of the class, so
// that a run which nobody watches is not even asked.
template <bool watched>
class Runner {
 public:
  Runner(const Map::Impl& map, const Document& document, const Context& context, const Budget& budget, Observer* observer)
      : map_(map), budget_(budget), observer_(observer), evaluator_(document, context, budget, map.compilation->files, Workspace::of_thread(),
                                               map.compilation->slots, map.compilation->caches, map.tree.get()) {}

  Mapped run() {
    Mapped mapped;
    out_.reserve(map_.size_hint.load(std::memory_order_relaxed) + 256);
    const auto root = evaluator_.root();
    if (map_.tree->root->kind == TemplateNode::Kind::messages) messages(*map_.tree->root, root, mapped);
    else if (map_.tree->root->kind == TemplateNode::Kind::xslt) transform(*map_.tree->root, root);
    else visited(*map_.tree->root, root, &Runner::instance);
    nodes(map_.tree->rules, root);
    if constexpr (watched) observer_->finished(evaluator_);
    evaluator_.count(0, map_.tree->span);
    const bool refused = has_errors(evaluator_.findings);
    for (const auto& missing : missing_) {
      if (refused && missing.by_variable) continue;   // the variable's own refusal has said why
      auto& finding = evaluator_.report(
        "R802", Severity::error, fmt::format("{} is mandatory for the receiver, and nothing here gives its value", missing.name), missing.item, missing.at
      );
      finding.path += missing.path;
    }
    mapped.findings = std::move(evaluator_.findings);
    mapped.origins = std::move(evaluator_.origins);
    if (has_errors(mapped.findings)) {
      mapped.messages.clear();
    } else {
      map_.size_hint.store(out_.size(), std::memory_order_relaxed);
      mapped.xml = std::move(out_);
      if (map_.fills_in) fill_in(mapped);
    }
    return mapped;
  }

 private:
  struct Missing {
    std::string name, path;
    Item item;
    Span at;
    bool by_variable = false;
  };

  void fill_in(Mapped& mapped) {
    auto one = [&](std::string& xml, std::size_t number) {
      std::vector<Addition> added;
      xml = mapping::fill_in(*map_.target, std::move(xml), &added);
      if constexpr (watched) observer_->filled(number, added);
    };
    if (!made_) return one(mapped.xml, 0);
    for (std::size_t i = 0; i < mapped.messages.size(); ++i) one(mapped.messages[i], i);
  }

  Watched at(const TemplateNode& node, const Frame& frame) { return {node, frame, evaluator_}; }

  void visited(const TemplateNode& node, const Frame& frame, void (Runner::*visit)(const TemplateNode&, const Frame&)) {
    if constexpr (watched) observer_->enter(at(node, frame));
    (this->*visit)(node, frame);
    if constexpr (watched) observer_->leave(at(node, frame));
  }

  bool holds(const TemplateNode& node, const Frame& frame) {
    const bool holds = evaluator_.condition(*node.condition, frame);
    if constexpr (watched) observer_->judged(at(node, frame), holds);
    return holds;
  }

  void nodes(const std::vector<TemplateNodePtr>& list, const Frame& frame) {
    for (const auto& child : list) {
      if (evaluator_.stopped()) return;
      if constexpr (watched) visited(*child, frame, &Runner::node);
      else node(*child, frame);
    }
  }

  void node(const TemplateNode& node, const Frame& frame) {
    switch (node.kind) {
      case TemplateNode::Kind::element:
        if (node.each) loop(node, frame, &Runner::guarded);
        else guarded(node, frame);
        return;
      case TemplateNode::Kind::if_:
      case TemplateNode::Kind::when:
        if (holds(node, frame)) nodes(node.children, frame);
        return;
      case TemplateNode::Kind::for_: loop(node, frame, &Runner::body); return;
      case TemplateNode::Kind::group: groups(node, frame, &Runner::body); return;
      case TemplateNode::Kind::copy: copies(node, frame); return;
      case TemplateNode::Kind::choose: choose(node, frame); return;
      case TemplateNode::Kind::otherwise: nodes(node.children, frame); return;
      case TemplateNode::Kind::let: evaluator_.set(node.slot, evaluator_.evaluate(*node.value, frame)); return;
      case TemplateNode::Kind::reject:
      case TemplateNode::Kind::warn: rule(node, frame); return;
      case TemplateNode::Kind::messages:
      case TemplateNode::Kind::message:
      case TemplateNode::Kind::xslt:
      case TemplateNode::Kind::base: return;   // run() has them; no map that was checked has m:base
    }
  }

  void choose(const TemplateNode& node, const Frame& frame) {
    bool taken = false;
    for (const auto& branch : node.children) {
      if constexpr (watched) observer_->enter(at(*branch, frame));
      taken = branch->kind == TemplateNode::Kind::otherwise || holds(*branch, frame);
      if (taken) nodes(branch->children, frame);
      if constexpr (watched) observer_->leave(at(*branch, frame));
      if (taken) return;
    }
  }

  void body(const TemplateNode& node, const Frame& frame) { nodes(node.children, frame); }

  void guarded(const TemplateNode& node, const Frame& frame) {
    if (node.condition && !holds(node, frame)) return;
    instance(node, frame);
  }

  void loop(const TemplateNode& node, const Frame& frame, void (Runner::*each)(const TemplateNode&, const Frame&)) {
    auto& workspace = evaluator_.workspace();
    const auto base = workspace.items.size();
    const auto outer = workspace.scratch.mark();
    evaluator_.items(*node.each, frame);
    const auto count = workspace.items.size() - base;
    if constexpr (watched) observer_->looped(at(node, frame), count);
    if (node.sort) sort(node, base, count);
    Frame inner;
    inner.last = static_cast<std::uint32_t>(count);
    for (std::size_t i = 0; i < count && !evaluator_.stopped(); ++i) {
      if (!evaluator_.count(1, node.each->span)) break;
      inner.item = workspace.items[base + i];
      inner.position = static_cast<std::uint32_t>(i + 1);
      const auto mark = workspace.scratch.mark();
      if (node.as_slot != schema::none) evaluator_.set(node.as_slot, Value::of(inner.item));
      if constexpr (watched) observer_->turned(at(node, inner));
      (this->*each)(node, inner);
      workspace.scratch.release(mark);
    }
    workspace.items.resize(base);
    workspace.scratch.release(outer);
  }

  // Items with one value of `by` together, groups in the order in which they first come; what has no value is a group too.
  void groups(const TemplateNode& node, const Frame& frame, void (Runner::*each)(const TemplateNode&, const Frame&)) {
    auto& workspace = evaluator_.workspace();
    const auto base = workspace.items.size();
    const auto outer = workspace.scratch.mark();
    evaluator_.items(*node.each, frame);
    const auto count = workspace.items.size() - base;
    std::unordered_map<std::string_view, std::size_t> known;
    std::vector<std::vector<Item>> found;
    std::optional<std::size_t> nameless;
    for (std::size_t i = 0; i < count && evaluator_.count(1, node.each->span); ++i) {
      Frame at;
      at.item = workspace.items[base + i];
      at.position = static_cast<std::uint32_t>(i + 1);
      at.last = static_cast<std::uint32_t>(count);
      const auto key = evaluator_.key_text(*node.by, at);
      if (!key && !nameless) nameless = found.size();
      const auto place = key ? known.emplace(*key, found.size()).first->second : *nameless;
      if (place == found.size()) found.emplace_back();
      found[place].push_back(at.item);
    }
    workspace.items.resize(base);
    if constexpr (watched) observer_->looped(at(node, frame), found.size());
    Frame inner;
    inner.last = static_cast<std::uint32_t>(found.size());
    for (std::size_t i = 0; i < found.size() && !evaluator_.stopped(); ++i) {
      inner.item = found[i][0];
      inner.position = static_cast<std::uint32_t>(i + 1);
      const auto mark = workspace.scratch.mark();
      if (node.as_slot != schema::none) {
        evaluator_.set(node.as_slot, found[i].size() == 1 ? Value::of(found[i][0]) : Value::of(found[i].data(), found[i].size()));
      }
      if constexpr (watched) observer_->turned(at(node, inner));
      (this->*each)(node, inner);
      workspace.scratch.release(mark);
    }
    workspace.scratch.release(outer);
  }

  void messages(const TemplateNode& node, const Frame& frame, Mapped& mapped) {
    made_ = &mapped.messages;
    for (const auto& message : node.children) {
      if (message->by) visited(*message, frame, &Runner::message_groups);
      else if (message->each) visited(*message, frame, &Runner::message_items);
      else visited(*message, frame, &Runner::message);
    }
    if (made_->empty() && !has_errors(evaluator_.findings)) {
      evaluator_.report("R802", Severity::error, "nothing in this document makes a message", frame.item, node.span);
    }
  }

  void message_groups(const TemplateNode& node, const Frame& frame) { groups(node, frame, &Runner::message); }
  void message_items(const TemplateNode& node, const Frame& frame) { loop(node, frame, &Runner::message); }

  void message(const TemplateNode& node, const Frame& frame) {
    strong_ = false;
    for (const auto& child : node.children) {
      visited(*child, frame, child->kind == TemplateNode::Kind::element ? &Runner::instance : &Runner::node);
    }
    if constexpr (watched) observer_->message_made();
    written_ += out_.size();
    if (written_ > budget_.output) evaluator_.exceed(node.span, "bytes of output");
    made_->push_back(std::exchange(out_, {}));
  }

  void copies(const TemplateNode& node, const Frame& frame) {
    auto& workspace = evaluator_.workspace();
    const auto base = workspace.items.size();
    evaluator_.items(*node.each, frame);
    const auto count = workspace.items.size() - base;
    if constexpr (watched) observer_->looped(at(node, frame), count);
    for (std::size_t i = 0; i < count && !evaluator_.stopped(); ++i) {
      const auto item = workspace.items[base + i];
      if (item.document) copy(*item.document, item.node, node, frame);
      strong_ = true;
    }
    workspace.items.resize(base);
  }

  // As it stands, in the target's tags: the checker has seen that the target takes all of it.
  void copy(const Document& document, Document::Index index, const TemplateNode& from, const Frame& frame) {
    if (!evaluator_.count(1, from.span)) return;
    const auto begin = out_.size();
    const auto& node = document.node(index);
    const std::string tag = copied_depth_ == 0 ? from.opening.substr(1) : map_.tree->copy_tags.at(node.name);
    ++copied_depth_;
    out_ += "<" + tag;
    const auto* attributes = document.attributes(index);
    for (std::uint16_t i = 0; i < node.attribute_count; ++i) {
      auto known = map_.tree->copy_tags.find(attributes[i].name);
      if (known == map_.tree->copy_tags.end()) continue;   // xsi:… of the source's own
      out_ += " " + known->second + "=\"";
      append_attribute(out_, document.text(attributes[i]));
      out_ += '"';
    }
    if (node.flags & Document::is_nil) out_ += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"";
    const auto content = out_.size();
    out_ += '>';
    if (node.flags & Document::has_children) {
      for (auto child = document.first_child(index); child != Document::none; child = document.next(child)) copy(document, child, from, frame);
    } else {
      append_text(out_, document.text(index));
    }
    if (out_.size() == content + 1) out_.replace(content, 1, "/>");
    else out_ += "</" + tag + ">";
    --copied_depth_;
    if constexpr (watched) observer_->copied(at(from, frame), Item{&document, index, nullptr, {}, {}, false}, begin, out_.size());
    if (out_.size() > budget_.output) evaluator_.exceed(from.span, "bytes of output");
  }

  void transform(const TemplateNode& node, const Frame& frame) {
    auto made = map_.stylesheet->transform(frame.item.document->source(), budget_.output);
    if (made) {
      out_ = std::move(*made);
      return;
    }
    evaluator_.report("R810", Severity::error, "the stylesheet could not transform this document: " + made.error().detail, frame.item, node.span);
  }

  void sort(const TemplateNode& node, std::size_t base, std::size_t count) {
    auto& items = evaluator_.workspace().items;
    std::vector<std::pair<Value, Item>> keyed;
    keyed.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Frame frame;
      frame.item = items[base + i];
      frame.position = static_cast<std::uint32_t>(i + 1);
      frame.last = static_cast<std::uint32_t>(count);
      keyed.emplace_back(evaluator_.evaluate(*node.sort, frame), frame.item);
    }
    // What has no key comes last, either way.
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
      if (a.first.absent() || b.first.absent()) return !a.first.absent() && b.first.absent();
      const auto order = evaluator_.compare(a.first, b.first, *node.sort, *node.sort);
      return node.descending ? order > 0 : order < 0;
    });
    for (std::size_t i = 0; i < count; ++i) items[base + i] = keyed[i].second;
  }

  // One element, its conditions met.
  void instance(const TemplateNode& node, const Frame& frame) {
    if (!evaluator_.count(1, node.span)) return;
    if (node.text) {
      text_element(node, frame);
    } else {
      structure(node, frame);
    }
    if (out_.size() > budget_.output) evaluator_.exceed(node.span, "bytes of output");
  }

  void text_element(const TemplateNode& node, const Frame& frame) {
    const auto failures = evaluator_.findings.size();
    auto value = node.wire.wire == Wire::none ? evaluator_.text(*node.text, frame)
                                              : evaluator_.wire_text(*node.text->parts[0].expression, node.wire, frame);
    const bool empty = !value || value->empty();
    const auto start = out_.size();
    if (empty && node.when_absent == WhenAbsent::omit && !node.keep) {
      if constexpr (watched) observer_->left_out(at(node, frame), start);
      return;
    }
    if (empty && node.when_absent == WhenAbsent::reject) {
      if (evaluator_.findings.size() == failures) miss(node, frame);
      if constexpr (watched) observer_->missed(at(node, frame), nullptr);
    }
    out_ += node.opening;
    for (const auto& attribute : node.attributes) write(node, attribute, frame);
    if (empty) {
      out_ += "/>";
    } else {
      out_ += '>';
      append_text(out_, node.collapse ? evaluator_.collapsed(*value) : *value);
      out_ += node.closing;
    }
    strong_ = strong_ || node.keep || !empty;
    if constexpr (watched) observer_->wrote(at(node, frame), start, out_.size());
  }

  void structure(const TemplateNode& node, const Frame& frame) {
    const auto start = out_.size();
    const auto lacking = missing_.size();
    const bool around = strong_;
    strong_ = node.keep;
    out_ += node.opening;
    bool expression = false, present = false;
    const auto told = evaluator_.findings.size();
    for (const auto& attribute : node.attributes) {
      const bool computed = attribute.value.has_expressions();
      const bool written = write(node, attribute, frame);
      expression = expression || computed;
      present = present || (computed && written);
    }
    const auto told_by_attributes = evaluator_.findings.size() - told;
    if (!node.has_content) strong_ = strong_ || !expression || present;
    out_ += '>';
    const auto content = out_.size();
    if (node.definition) call(node, frame);
    else nodes(node.children, frame);
    if (!strong_ && node.when_absent == WhenAbsent::omit) {
      out_.resize(start);
      missing_.resize(lacking);
      evaluator_.take_back(told, told_by_attributes);   // what is left out needs no attributes
      if constexpr (watched) observer_->left_out(at(node, frame), start);
    } else if (out_.size() == content) {
      out_.back() = '/';
      out_ += '>';
    } else {
      out_ += node.closing;
    }
    if constexpr (watched) {
      if (out_.size() > start) observer_->wrote(at(node, frame), start, out_.size());
    }
    strong_ = strong_ || around;
  }

  void call(const TemplateNode& node, const Frame& frame) {
    Frame inner;
    inner.item = frame.item;
    if (node.with) {
      auto over = evaluator_.evaluate(*node.with, frame);
      if (over.kind == Value::Kind::items) over = Value::of(over.items.first[0]);
      const bool there = over.kind == Value::Kind::item;
      if constexpr (watched) {
        if (!there) observer_->called(at(node, frame), false);
      }
      if (!there) return;
      inner.item = over.item;
    }
    if constexpr (watched) observer_->called(at(node, inner), true);
    nodes(node.definition->body, inner);
  }

  bool write(const TemplateNode& node, const TemplateAttribute& attribute, const Frame& frame) {
    const auto failures = evaluator_.findings.size();
    auto value = evaluator_.text(attribute.value, frame);
    if (!value || value->empty()) {
      if (attribute.when_absent == WhenAbsent::omit) {
        if constexpr (watched) observer_->left_out(at(node, frame), attribute);
        return false;
      }
      if (attribute.when_absent == WhenAbsent::reject) {
        if (evaluator_.findings.size() == failures) miss("@" + attribute.name, attribute.value, frame);
        if constexpr (watched) observer_->missed(at(node, frame), &attribute);
        return false;
      }
      value = std::string_view();
    }
    const auto begin = out_.size();
    out_ += attribute.opening;
    append_attribute(out_, attribute.collapse ? evaluator_.collapsed(*value) : *value);
    out_ += '"';
    if constexpr (watched) observer_->wrote(at(node, frame), attribute, begin, out_.size());
    return true;
  }

  void miss(const TemplateNode& node, const Frame& frame) { miss(node.name, *node.text, frame); }

  void miss(std::string name, const TextTemplate& text, const Frame& frame) {
    Missing missing{std::move(name), {}, frame.item, text.span};
    for (const auto& part : text.parts) {
      if (!part.expression) continue;
      auto place = evaluator_.place_of(*part.expression, frame);
      missing.item = place.item;
      missing.path = place.missing;
      break;
    }
    for (const auto& part : text.parts) missing.by_variable = missing.by_variable || (part.expression && uses_variable(*part.expression));
    missing_.push_back(std::move(missing));
  }

  void rule(const TemplateNode& node, const Frame& frame) {
    if (!holds(node, frame)) return;
    auto message = evaluator_.text(*node.text, frame, true).value_or("");
    Evaluator::Place place{frame.item, {}};
    if (node.at) place = evaluator_.place_of(*node.at, frame);
    const auto severity = node.kind == TemplateNode::Kind::reject ? Severity::error : Severity::warning;
    auto& finding = evaluator_.report(node.code, severity, std::string(message), place.item, node.span);
    finding.path += place.missing;
    if (node.at && place.missing.empty()) finding.found = std::string(evaluator_.text(*node.at, frame).value_or("").substr(0, 200));
  }

  const Map::Impl& map_;
  const Budget& budget_;
  Observer* observer_;                               ///< null unless `watched`
  Evaluator evaluator_;
  std::string out_;
  bool strong_ = false;
  std::vector<Missing> missing_;
  std::vector<std::string>* made_ = nullptr;         ///< the messages of a map that splits
  std::size_t written_ = 0;                          ///< bytes of them
  std::size_t copied_depth_ = 0;                     ///< elements around the one that is being copied
};

}  // namespace

Mapped run(const Map& map, const Document& document, const Context& context, const Budget& budget) {
  return run(map, document, context, budget, nullptr);
}

Mapped run(const Map& map, const Document& document, const Context& context, const Budget& budget, Observer* observer) {
  if (document.empty()) {
    Mapped mapped;
    mapped.findings.push_back({.code = "R802", .message = "there is no document to map"});
    return mapped;
  }
  if (observer) return Runner<true>(map.impl(), document, context, budget, observer).run();
  return Runner<false>(map.impl(), document, context, budget, nullptr).run();
}

}  // namespace wayleave::mapping
