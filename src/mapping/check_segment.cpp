#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "mapping/check_map.hpp"

/// What a guide says beyond its content models: rules between the elements of a segment, uses told by a qualifier.
namespace wayleave::mapping {

/// What must be there for a value to be there; empty: it always is. Equal needs, equal presence.
using Needs = std::set<std::string>;

/// One way that conditions may turn out, and what is then written.
struct SegmentWorld {
  struct Written {
    Needs needs;
    const TemplateNode* node = nullptr;       ///< null: the writer fills it in
  };
  std::map<std::uint32_t, Written> written;   ///< by position
  bool nothing() const {
    return std::none_of(written.begin(), written.end(), [](const auto& w) { return w.second.node != nullptr; });
  }
  std::map<std::string, bool> assumed;        ///< conditions by their text
  bool by_condition = false;                  ///< of m:if: it is not known whether this comes to pass
};

struct SegmentWorlds {
  std::vector<SegmentWorld> all;
  bool complete = true;                       ///< false: something is written of which nothing is known
};

namespace {

constexpr std::size_t world_limit = 64;

class Gatherer {
 public:
  Gatherer(const Files& files, const schema::Model& model, schema::TypeId type) : files_(files), model_(model), type_(type) {}

  SegmentWorlds gather(const std::vector<TemplateNodePtr>& nodes) {
    SegmentWorlds made;
    SegmentWorld empty;
    if (type_ != schema::none) {
      for (const auto& position : positions(model_, type_)) {
        if (!automatic(model_, type_, position.element).empty()) empty.written[position.number];
      }
    }
    made.all = sequence(nodes, {std::move(empty)}, {});
    made.complete = complete_ && made.all.size() <= world_limit;
    return made;
  }

 private:
  using Worlds = std::vector<SegmentWorld>;

  Worlds sequence(const std::vector<TemplateNodePtr>& nodes, Worlds worlds, const Needs& around) {
    for (const auto& node : nodes) {
      if (worlds.size() > world_limit) return worlds;
      worlds = one(*node, std::move(worlds), around);
    }
    return worlds;
  }

  Worlds one(const TemplateNode& node, Worlds worlds, const Needs& around) {
    switch (node.kind) {
      case TemplateNode::Kind::copy: complete_ = false; return worlds;
      case TemplateNode::Kind::element: {
        const auto number = node.element == schema::none ? 0 : position_of(model_, type_, node.element);
        if (node.element == schema::none) complete_ = false;
        if (!number) return worlds;
        if (!node.condition) return write(node, number, std::move(worlds), around);
        auto [with, without] = split(std::move(worlds), *node.condition, true);
        with = write(node, number, std::move(with), around);
        return together(std::move(with), std::move(without));
      }
      case TemplateNode::Kind::if_: {
        if (!node.condition) return worlds;
        auto [with, without] = split(std::move(worlds), *node.condition, true);
        with = sequence(node.children, std::move(with), around);
        return together(std::move(with), std::move(without));
      }
      case TemplateNode::Kind::choose: {
        Worlds after, left = std::move(worlds);
        for (const auto& branch : node.children) {
          if (!branch->condition) {
            after = together(std::move(after), sequence(branch->children, std::move(left), around));
            left.clear();
            break;
          }
          auto [with, without] = split(std::move(left), *branch->condition, false);
          after = together(std::move(after), sequence(branch->children, std::move(with), around));
          left = std::move(without);
        }
        return together(std::move(after), std::move(left));
      }
      case TemplateNode::Kind::for_:
      case TemplateNode::Kind::group: {
        auto inside = around;
        if (node.each) inside.insert(raw(node.each->span));
        return sequence(node.children, std::move(worlds), inside);
      }
      default: return worlds;
    }
  }

  // Those where the condition holds, and those where it does not.
  std::pair<Worlds, Worlds> split(Worlds worlds, const Expr& condition, bool open) {
    const auto text = raw(condition.span);
    Worlds with, without;
    for (auto& world : worlds) {
      const auto known = world.assumed.find(text);
      if (known != world.assumed.end()) {
        (known->second ? with : without).push_back(std::move(world));
        continue;
      }
      world.by_condition = world.by_condition || open;
      auto other = world;
      world.assumed[text] = true;
      other.assumed[text] = false;
      with.push_back(std::move(world));
      without.push_back(std::move(other));
    }
    return {std::move(with), std::move(without)};
  }

  static Worlds together(Worlds a, Worlds b) {
    std::move(b.begin(), b.end(), std::back_inserter(a));
    return a;
  }

  Worlds write(const TemplateNode& node, std::uint32_t number, Worlds worlds, const Needs& around) {
    auto needs = around;
    if (node.each) add(*node.each, needs);
    for (auto& need : of(node)) needs.insert(std::move(need));
    for (auto& world : worlds) {
      auto& written = world.written[number];
      const bool sooner = written.node && written.needs.size() <= needs.size();   // of several the surest
      if (!sooner) written = {needs, &node};
    }
    return worlds;
  }

  Needs of(const TemplateNode& node) {
    // What must be there and is not is refused: the segment is not written without it.
    if (node.keep || node.when_absent == WhenAbsent::reject) return {};
    Needs needs;
    if (node.text) {
      for (const auto& part : node.text->parts) {
        if (part.expression) add(*part.expression, needs);
      }
      return needs;
    }
    if (!node.call.empty()) return {"call " + node.call};
    // A composite is there when one of its components is.
    bool any = false;
    for (const auto& child : node.children) {
      auto own = child->kind == TemplateNode::Kind::element && !child->condition && !child->each
                     ? of(*child)
                     : Needs{fmt::format("{}", child->span.begin)};
      if (own.empty()) return {};
      if (any && own != needs) return {fmt::format("any of {}", node.span.begin)};
      needs = std::move(own);
      any = true;
    }
    return needs;
  }

  std::string raw(Span at) const {
    if (at.file >= files_.size()) return {};
    return files_[at.file].text().substr(at.begin, at.end - at.begin);
  }

  // choose(exists(Batch),'LT','') is there when Batch is.
  static const Expr* asked_for(const Expr& choose) {
    if (choose.args[2]->op != Expr::Op::string || !choose.args[2]->text.empty()) return nullptr;
    const auto& condition = *choose.args[0];
    if (condition.op == Expr::Op::path) return &condition;
    const bool exists = condition.op == Expr::Op::call && condition.function == Function::exists;
    return exists && condition.args[0]->type.kind != Kind::boolean ? condition.args[0].get() : nullptr;
  }

  void add(const Expr& expr, Needs& needs) const {
    switch (expr.op) {
      case Expr::Op::string:
        if (expr.text.empty()) needs.insert("nothing");
        return;
      case Expr::Op::number: return;
      case Expr::Op::variable:
        if (expr.type.optional || expr.type.maybe_empty) needs.insert("$" + expr.text);
        return;
      case Expr::Op::path: add_path(expr, needs); return;
      case Expr::Op::call: add_call(expr, needs); return;
      default:
        if (expr.type.kind == Kind::boolean) return;
        for (const auto& arg : expr.args) add(*arg, needs);
    }
  }

  void add_path(const Expr& expr, Needs& needs) const {
    const auto& path = expr.path;
    std::string key = path.start == Path::Start::root ? "/" : "";
    for (std::uint32_t i = 0; i < path.up; ++i) key += "../";
    if (path.head) {
      add(*path.head, needs);
      key += raw(path.head->span) + "/";
    }
    for (const auto& step : path.steps) {
      key += (key.empty() || key.back() == '/' ? "" : "/") + step_key(step);
      if (step.may_lack) needs.insert(key);
    }
    if (expr.type.maybe_empty) needs.insert(key + " not empty");
  }

  void add_call(const Expr& expr, Needs& needs) const {
    if (expr.type.kind == Kind::boolean) return;
    switch (expr.function) {
      case Function::require:
      case Function::count:
      case Function::sum:
      case Function::position:
      case Function::last:
      case Function::now:
      case Function::seq: return;
      case Function::default_: {
        Needs last;
        add(*expr.args.back(), last);
        if (!last.empty()) needs.insert(raw(expr.span));
        return;
      }
      case Function::choose: {
        if (const auto* there = asked_for(expr)) {
          add(*there, needs);
          return add(*expr.args[1], needs);
        }
        Needs either;
        add(*expr.args[1], either);
        add(*expr.args[2], either);
        if (!either.empty()) needs.insert(raw(expr.span));
        return;
      }
      case Function::extract:
      case Function::before:
      case Function::after:
      case Function::label:
      case Function::partner:
      case Function::message:
      case Function::paired:
      case Function::key:
      case Function::linked:
      case Function::state: needs.insert(raw(expr.span)); break;
      default:
        if (expr.quiet && expr.type.fallible) needs.insert(raw(expr.span));
    }
    for (const auto& arg : expr.args) add(*arg, needs);
  }

  const Files& files_;
  const schema::Model& model_;
  schema::TypeId type_;
  bool complete_ = true;
};

enum class Verdict : std::uint8_t { kept, doubtful, broken };

/// Judges one rule in one world.
class Judge {
 public:
  Judge(const SegmentRule& rule, const SegmentWorld& world) : rule_(rule), world_(world) {}
  std::uint32_t present = 0, lacking = 0;  ///< positions to name; lacking 0: none in particular

  Verdict verdict() {
    using Kind = SegmentRule::Kind;
    if (world_.nothing()) return Verdict::kept;
    const auto& all = rule_.positions;
    switch (rule_.kind) {
      case Kind::paired: {
        auto worst = Verdict::kept;
        for (auto a : all) {
          for (auto b : all) worst = std::max(worst, implies(a, b, worst));
        }
        return worst;
      }
      case Kind::if_first_all: {
        auto worst = Verdict::kept;
        for (auto b : all) worst = std::max(worst, implies(all[0], b, worst));
        return worst;
      }
      case Kind::if_first_some: return first_some();
      case Kind::at_least_one: return some();
      case Kind::at_most_one: return one(0);
      case Kind::exactly_one: return std::max(some(), one(0));
      case Kind::first_excludes: {
        if (never(all[0])) return Verdict::kept;
        for (std::size_t i = 1; i < all.size(); ++i) {
          if (never(all[i])) continue;
          present = all[0], lacking = all[i];
          return sure(all[0]) && sure(all[i]) ? Verdict::broken : Verdict::doubtful;
        }
        return Verdict::kept;
      }
    }
    return Verdict::kept;
  }

 private:
  bool never(std::uint32_t p) const { return !world_.written.contains(p); }
  bool sure(std::uint32_t p) const { return !never(p) && world_.written.at(p).needs.empty(); }
  bool follows(std::uint32_t a, std::uint32_t b) const {   // where a is, b is
    if (never(a)) return true;
    if (never(b)) return false;
    const auto &x = world_.written.at(a).needs, &y = world_.written.at(b).needs;
    return std::includes(x.begin(), x.end(), y.begin(), y.end());
  }

  Verdict implies(std::uint32_t a, std::uint32_t b, Verdict so_far) {
    if (a == b || follows(a, b)) return Verdict::kept;
    const auto found = sure(a) && never(b) ? Verdict::broken : Verdict::doubtful;
    if (found > so_far) present = a, lacking = b;
    return found;
  }

  Verdict first_some() {
    const auto first = rule_.positions[0];
    const auto rest = std::vector(rule_.positions.begin() + 1, rule_.positions.end());
    if (std::any_of(rest.begin(), rest.end(), [&](auto p) { return follows(first, p); })) return Verdict::kept;
    present = first;
    return sure(first) && std::all_of(rest.begin(), rest.end(), [&](auto p) { return never(p); }) ? Verdict::broken : Verdict::doubtful;
  }

  // A segment of which nothing else is written is left out as a whole.
  Verdict some() {
    const auto& all = rule_.positions;
    const auto kept = [&](std::uint32_t other) {
      return std::any_of(all.begin(), all.end(), [&](auto p) { return !never(p) && follows(other, p); });
    };
    for (const auto& [other, written] : world_.written) {
      if (kept(other)) continue;
      present = other;
      return std::all_of(all.begin(), all.end(), [&](auto p) { return never(p); }) ? Verdict::broken : Verdict::doubtful;
    }
    return Verdict::kept;
  }

  Verdict one(std::size_t from) {
    auto worst = Verdict::kept;
    const auto& all = rule_.positions;
    for (auto i = from; i < all.size(); ++i) {
      for (auto k = i + 1; k < all.size(); ++k) {
        if (never(all[i]) || never(all[k])) continue;
        const auto found = sure(all[i]) && sure(all[k]) ? Verdict::broken : Verdict::doubtful;
        if (found > worst) present = all[i], lacking = all[k];
        worst = std::max(worst, found);
      }
    }
    return worst;
  }

  const SegmentRule& rule_;
  const SegmentWorld& world_;
};

std::string meaning(SegmentRule::Kind kind, const std::string& names, const std::string& first, const std::string& rest) {
  using Kind = SegmentRule::Kind;
  switch (kind) {
    case Kind::paired: return names + " go together";
    case Kind::at_least_one: return "one of " + names + " must be there";
    case Kind::at_most_one: return "only one of " + names + " may be there";
    case Kind::exactly_one: return "exactly one of " + names + " must be there";
    case Kind::if_first_all: return first + " needs " + rest;
    case Kind::if_first_some: return first + " needs one of " + rest;
    case Kind::first_excludes: return first + " goes without " + rest;
  }
  return {};
}

}  // namespace

void MapChecker::check_segment(
    const std::vector<TemplateNodePtr>& nodes, schema::ElementId element, schema::TypeId type, Span at,
    const std::string& name
) {
  check_variants(nodes, type, at, name);
  const auto rules = rules_of(model_, element, type);
  if (rules.empty()) return;
  const auto worlds = Gatherer(c_.files, model_, type).gather(nodes);
  if (!worlds.complete) return;
  for (const auto& rule : rules) check_rule_of_segment(rule, worlds, type, at, name);
}

// M220: told once a rule, for the way that is worst.
void MapChecker::check_rule_of_segment(const SegmentRule& rule, const SegmentWorlds& worlds, schema::TypeId type, Span at, const std::string& name) {
  auto worst = Verdict::kept;
  std::uint32_t present = 0, lacking = 0;
  const SegmentWorld* where = nullptr;
  const bool always = std::all_of(worlds.all.begin(), worlds.all.end(), [&](const auto& world) {
    return world.nothing() || Judge(rule, world).verdict() == Verdict::broken;
  });
  for (const auto& world : worlds.all) {
    Judge judge(rule, world);
    auto verdict = judge.verdict();
    if (verdict == Verdict::broken && world.by_condition && !always) verdict = Verdict::doubtful;
    if (verdict <= worst) continue;
    worst = verdict;
    present = judge.present, lacking = judge.lacking;
    where = &world;
  }
  if (worst == Verdict::kept) return;
  const auto known = positions(model_, type);
  const auto called = [&](std::uint32_t number) {
    const auto position = std::find_if(known.begin(), known.end(), [&](const auto& p) { return p.number == number; });
    return position != known.end() ? element_name(model_, position->element) : fmt::format("position {:02}", number);
  };
  std::string names, rest;
  for (std::size_t i = 0; i < rule.positions.size(); ++i) {
    const auto& join = i == 0 ? "" : i + 1 == rule.positions.size() ? " and " : ", ";
    names += join + called(rule.positions[i]);
    if (i > 0) rest += (i == 1 ? "" : join) + called(rule.positions[i]);
  }
  const auto written = where->written.find(present);
  const auto place = written == where->written.end() || !written->second.node ? at
                     : written->second.node->text                             ? written->second.node->text->span
                                                                              : written->second.node->span;
  auto message = fmt::format("{} of {}: {}", rule.text, name, meaning(rule.kind, names, called(rule.positions[0]), rest));
  const bool excludes = rule.kind == SegmentRule::Kind::at_most_one || rule.kind == SegmentRule::Kind::first_excludes ||
                        (rule.kind == SegmentRule::Kind::exactly_one && lacking);
  const auto other = lacking ? where->written.find(lacking) : where->written.end();
  if (excludes) {
    message += fmt::format(
        ", and {} {} both written", called(present),
        lacking ? "and " + called(lacking) + (worst == Verdict::broken ? " are" : " may be") : "is"
    );
  } else if (lacking && other == where->written.end()) {
    message += fmt::format(", and {} is {} written", called(lacking), where->by_condition && !always ? "not always" : "never");
  } else if (lacking) {
    message += fmt::format(", and {} may be absent where {} is there", called(lacking), called(present));
  } else {
    message += worst == Verdict::broken ? ", and none is written" : ", and all of them may be absent";
  }
  auto& finding = worst == Verdict::broken ? reporter_.error("M220", place, message) : reporter_.warning("M220", place, message);
  finding.fix =
      excludes ? "write one of them only, or choose between them with m:choose"
      : !lacking
          ? "write one of them in every case: default(…, instead), require(…, 'CODE', 'text'), or m:if on the segment"
          : "a qualifier only beside its value: choose(exists(value),'ST',''); else say what then: default(…, "
            "instead), require(…, 'CODE', 'text'), "
            "or m:if on the segment";
}

}  // namespace wayleave::mapping
