#include "desk/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "desk/phrase.hpp"
#include "mapping/compiled.hpp"

namespace wayleave::desk {

using mapping::Expr;
using mapping::Function;
using mapping::TemplateAttribute;
using mapping::TemplateNode;
using mapping::Watched;
using Kind = TemplateNode::Kind;

namespace {

bool is_rule(const TemplateNode& node) { return node.kind == Kind::reject || node.kind == Kind::warn; }

bool may_be_absent(const mapping::TextTemplate& text) {
  return std::any_of(text.parts.begin(), text.parts.end(), [](const auto& part) { return part.expression && part.expression->type.optional; });
}

}  // namespace

Coverage::Coverage(const mapping::Map& map) : map_(map) {
  const auto& tree = *map.impl().tree;
  for (const auto& let : tree.lets) {
    if (let->value) list(*let->value);
  }
  list(*tree.root);
  for (const auto& definition : tree.definitions) list(definition->body);
  list(tree.rules);
}

// ---- what there is

void Coverage::add(const void* of, Which which, mapping::Span span, std::string what, std::vector<std::string> ways) {
  const auto& files = map_.impl().compilation->files;
  const auto& name = files[span.file].name();
  Branch branch;
  branch.map = fmt::format("{}:{}", name.substr(name.find_last_of('/') + 1), files[span.file].at(span.begin).line);
  branch.what = std::move(what);
  branch.span = span;
  for (auto& way : ways) branch.ways.push_back({std::move(way), 0});
  branches_.emplace(Key{of, which}, std::move(branch));
}

void Coverage::take(const void* of, Which which, std::size_t way) {
  const auto found = branches_.find({of, which});
  if (found != branches_.end() && way < found->second.ways.size()) ++found->second.ways[way].taken;
}

void Coverage::list(const std::vector<mapping::TemplateNodePtr>& nodes) {
  for (const auto& node : nodes) list(*node);
}

void Coverage::list(const TemplateNode& node) {
  if (node.condition) {
    const auto test = written(*node.condition);
    if (node.kind == Kind::when) add(&node, condition, node.span, "m:when " + test, {"taken"});
    else if (is_rule(node)) add(&node, condition, node.span, fmt::format("{} {}", node.kind == Kind::warn ? "m:warn" : "m:reject", node.code), {"fired", "not fired"});
    else add(&node, condition, node.span, "m:if " + test, {"true", "false"});
    list(*node.condition);
  }
  if (node.kind == Kind::otherwise) add(&node, condition, node.span, "m:otherwise", {"taken"});
  if (node.each) {
    const auto what = (node.kind == Kind::copy ? "m:copy " : "m:each ") + written(*node.each);
    auto ways = std::vector<std::string>{"one or more"};
    if (node.each->type.optional) ways.push_back("none");
    add(&node, loop, node.each->span, what, std::move(ways));
    list(*node.each);
  }
  if (node.with && node.with->type.optional) add(&node, call, node.with->span, "m:with " + written(*node.with), {"there", "absent"});
  if (node.with) list(*node.with);
  if (node.value) list(*node.value);
  for (const auto& attribute : node.attributes) list_text(&attribute, attribute.value, attribute.name_span, node.name + "/@" + attribute.name);
  if (node.text && !is_rule(node)) list_text(&node, *node.text, node.span, node.name);
  list(node.children);
}

void Coverage::list_text(const void* of, const mapping::TextTemplate& text, mapping::Span span, const std::string& name) {
  if (may_be_absent(text)) add(of, presence, span, fmt::format("{} {}", name, written(text)), {"with a value", "absent"});
  for (const auto& part : text.parts) {
    if (part.expression) list(*part.expression);
  }
}

void Coverage::list(const Expr& expr) {
  const auto before = branches_.size();
  if (expr.op == Expr::Op::call && expr.function == Function::choose) {
    add(&expr, choice, expr.span, fmt::format("choose({}, …)", written(*expr.args[0])), {"true", "false"});
  }
  if (expr.op == Expr::Op::call && expr.function == Function::default_) {
    std::vector<std::string> ways;
    for (const auto& arg : expr.args) ways.push_back(written(*arg));
    add(&expr, choice, expr.span, "default()", std::move(ways));
  }
  bool inside = branches_.size() > before || expr.op == Expr::Op::variable;
  for (const auto& arg : expr.args) {
    list(*arg);
    inside = inside || branching_[arg.get()];
  }
  if (expr.path.head) {
    list(*expr.path.head);
    inside = inside || branching_[expr.path.head.get()];
  }
  branching_[&expr] = inside;
}

std::vector<Coverage::Branch> Coverage::branches() const {
  std::vector<Branch> all;
  for (const auto& [key, branch] : branches_) all.push_back(branch);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.span.file, a.span.begin, a.what) < std::tie(b.span.file, b.span.begin, b.what);
  });
  return all;
}

std::size_t Coverage::ways() const {
  std::size_t all = 0;
  for (const auto& [key, branch] : branches_) all += branch.ways.size();
  return all;
}

std::size_t Coverage::taken() const {
  std::size_t all = 0;
  for (const auto& [key, branch] : branches_) {
    all += static_cast<std::size_t>(std::count_if(branch.ways.begin(), branch.ways.end(), [](const auto& way) { return way.taken > 0; }));
  }
  return all;
}

// ---- what a run does

void Coverage::enter(const Watched& at) {
  if (at.node.kind == Kind::otherwise) take(&at.node, condition, 0);
}

void Coverage::leave(const Watched& at) {
  if (at.node.kind == Kind::let && at.node.value) follow(*at.node.value, at);
}

void Coverage::judged(const Watched& at, bool holds) {
  take(&at.node, condition, holds ? 0 : 1);
  follow(*at.node.condition, at);
}

void Coverage::looped(const Watched& at, std::size_t count) {
  take(&at.node, loop, count ? 0 : 1);
  follow(*at.node.each, at);
}

void Coverage::called(const Watched& at, bool there) { take(&at.node, call, there ? 0 : 1); }

void Coverage::wrote(const Watched& at, std::size_t, std::size_t) {
  if (!at.node.text) return;
  const bool empty = at.node.text->has_expressions() && at.evaluator.aside([&] {
    const auto text = at.evaluator.text(*at.node.text, at.frame);
    return !text || text->empty();
  });
  take(&at.node, presence, empty ? 1 : 0);
  follow(*at.node.text, at);
}

void Coverage::wrote(const Watched& at, const TemplateAttribute& attribute, std::size_t, std::size_t) {
  take(&attribute, presence, 0);
  follow(attribute.value, at);
}

void Coverage::left_out(const Watched& at, std::size_t) {
  take(&at.node, presence, 1);
  if (at.node.text) follow(*at.node.text, at);
}

void Coverage::left_out(const Watched& at, const TemplateAttribute& attribute) {
  take(&attribute, presence, 1);
  follow(attribute.value, at);
}

void Coverage::missed(const Watched& at, const TemplateAttribute* attribute) {
  if (attribute) left_out(at, *attribute);
}

void Coverage::follow(const mapping::TextTemplate& text, const Watched& at) {
  for (const auto& part : text.parts) {
    if (part.expression) follow(*part.expression, at);
  }
}

// Evaluates again what branches, to see which way it went; what was not evaluated is not followed.
void Coverage::follow(const Expr& expr, const Watched& at) {
  const auto known = branching_.find(&expr);
  if (known == branching_.end() || !known->second) return;
  const auto& lets = map_.impl().tree->lets;
  if (expr.op == Expr::Op::variable && expr.slot < lets.size() && lets[expr.slot]->value) {
    const auto root = at.evaluator.root();
    return follow(*lets[expr.slot]->value, {*lets[expr.slot], root, at.evaluator});
  }
  const auto holds = [&](const Expr& asked) { return at.evaluator.aside([&] { return at.evaluator.condition(asked, at.frame); }); };
  const auto there = [&](const Expr& asked) {
    return at.evaluator.aside([&] {
      const auto text = at.evaluator.text(asked, at.frame);
      return text.has_value() || (asked.type.kind == mapping::Kind::structure && !at.evaluator.evaluate(asked, at.frame).absent());
    });
  };
  if (expr.path.head) follow(*expr.path.head, at);
  const bool call = expr.op == Expr::Op::call;
  if (call && expr.function == Function::choose) {
    const bool first = holds(*expr.args[0]);
    take(&expr, choice, first ? 0 : 1);
    follow(*expr.args[0], at);
    follow(*expr.args[first ? 1 : 2], at);
    return;
  }
  for (std::size_t i = 0; i < expr.args.size(); ++i) {
    follow(*expr.args[i], at);
    if (call && expr.function == Function::default_ && there(*expr.args[i])) return take(&expr, choice, i);
    if (i == 0 && (expr.op == Expr::Op::and_ || expr.op == Expr::Op::or_) && holds(*expr.args[0]) == (expr.op == Expr::Op::or_)) return;
  }
}

std::string render(const Coverage& coverage) {
  const auto all = coverage.ways(), taken = coverage.taken();
  std::string out = fmt::format("the cases take {} of {} ways ({} %)\n", taken, all, all ? taken * 100 / all : 100);
  for (const auto& branch : coverage.branches()) {
    for (const auto& way : branch.ways) {
      if (!way.taken) out += fmt::format("  {}  {}: never {}\n", branch.map, branch.what, way.name);
    }
  }
  return out;
}

}  // namespace wayleave::desk
