#include "mapping/overlay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/nearest.hpp"
#include "mapping/print_map.hpp"

namespace wayleave::mapping {
namespace {

using Nodes = std::vector<TemplateNodePtr>;

/// A node that an address means: where it stands, and what it was reached through.
struct Match {
  Nodes* list = nullptr;                   ///< null: the root
  std::size_t index = 0;
  TemplateNode* node = nullptr;
  TemplateNode* parent = nullptr;          ///< the element around it; null: the root, or the top of a definition
  TemplateNode* shared_call = nullptr;     ///< the first call on the way whose definition others use too
  bool final = false;
};

bool literal_is(const TextTemplate& text, const std::string& value) {
  if (text.has_expressions()) return false;
  std::string whole;
  for (const auto& part : text.parts) whole += part.literal;
  return whole == value;
}

bool holds_literal(const TemplateNode& node, const std::vector<std::string>& path, std::size_t i, const std::string& value) {
  if (i == path.size()) return node.text && literal_is(*node.text, value);
  return std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) {
    return child->kind == TemplateNode::Kind::element && child->name == path[i] && holds_literal(*child, path, i + 1, value);
  });
}

bool fits(const TemplateNode& node, const Address::Step& step) {
  if (node.name != step.name) return false;
  return std::all_of(step.attributes.begin(), step.attributes.end(), [&](const auto& wanted) {
    return std::any_of(node.attributes.begin(), node.attributes.end(),
                       [&](const auto& a) { return a.name == wanted.first && literal_is(a.value, wanted.second); });
  }) && std::all_of(step.elements.begin(), step.elements.end(), [&](const auto& wanted) { return holds_literal(node, wanted.first, 0, wanted.second); });
}

class Finder {
 public:
  Finder(MapSource& map, const Address& address) : map_(map), address_(address) {}

  std::vector<Match> find() {
    if (!map_.root) return {};
    Match at;
    at.node = map_.root.get();
    visit(at, 0);
    return std::move(found_);
  }

 private:
  void visit(Match at, std::size_t step) {
    auto& node = *at.node;
    at.final = at.final || node.is_final;
    if (!address_.id.empty() && node.id == address_.id) found_.push_back(at);
    std::size_t next = step;
    if (node.kind == TemplateNode::Kind::element) {
      if (address_.id.empty()) {
        if (step >= address_.steps.size() || !fits(node, address_.steps[step])) return;
        next = step + 1;
        if (next == address_.steps.size()) {
          found_.push_back(at);
          return;
        }
      }
      at.parent = &node;
    }
    list(node.children, at, next);
    if (node.call.empty()) return;
    for (auto& definition : map_.definitions) {
      if (definition->name != node.call || std::find(open_.begin(), open_.end(), definition.get()) != open_.end()) continue;
      auto below = at;
      if (!below.shared_call && !definition->own) below.shared_call = &node;
      open_.push_back(definition.get());
      list(definition->body, below, next);
      open_.pop_back();
    }
  }

  void list(Nodes& nodes, const Match& around, std::size_t step) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Match at = around;
      at.list = &nodes;
      at.index = i;
      at.node = nodes[i].get();
      visit(at, step);
    }
  }

  MapSource& map_;
  const Address& address_;
  std::vector<Match> found_;
  std::vector<const Definition*> open_;    ///< a definition that calls itself is told by the check
};

void list_addresses(const MapSource& map, const Nodes& nodes, const std::string& prefix, std::vector<std::string>& found, std::size_t limit,
                    std::size_t depth) {
  for (const auto& node : nodes) {
    if (found.size() >= limit || depth > 60) return;
    auto path = prefix;
    if (node->kind == TemplateNode::Kind::element) {
      path += (path.empty() ? "" : "/") + node->name;
      found.push_back(path);
    }
    list_addresses(map, node->children, path, found, limit, depth + 1);
    if (node->call.empty()) continue;
    for (const auto& definition : map.definitions) {
      if (definition->name == node->call) list_addresses(map, definition->body, path, found, limit, depth + 10);
    }
  }
}

std::string_view name_of(Patch::Kind kind) {
  static constexpr std::string_view names[] = {"m:replace", "m:before", "m:after", "m:append", "m:remove"};
  return names[static_cast<std::size_t>(kind)];
}

class Merger {
 public:
  Merger(MapSource& base, MapSource& overlay, Compilation& c) : base_(base), overlay_(overlay), c_(c), reporter_(c.reporter) {}

  void run() {
    lets();
    codes();
    heads();
    std::vector<Match> matches;
    for (auto& patch : overlay_.patches) {
      // A definition that several elements call is copied for the one that is patched; places move with that, so first all of these.
      if (auto match = locate(patch); match) own_definitions(patch);
    }
    for (auto& patch : overlay_.patches) matches.push_back(locate_quietly(patch));
    conflicts(matches);
    for (std::size_t i = 0; i < overlay_.patches.size(); ++i) {
      // Earlier patches moved what stands beside them.
      auto& patch = overlay_.patches[i];
      if (!matches[i].node || dropped_.contains(i)) continue;
      apply(patch, matches[i].node);
    }
    for (auto& rule : overlay_.rules) base_.rules.push_back(std::move(rule));
  }

 private:
  // ---- heads

  void lets() {
    std::vector<TemplateNodePtr> fresh;
    for (auto& let : overlay_.lets) {
      const bool overrides = std::any_of(overlay_.overriding.begin(), overlay_.overriding.end(), [&](Span s) { return s.begin == let->span.begin; });
      auto known = std::find_if(base_.lets.begin(), base_.lets.end(), [&](const auto& l) { return l->variable == let->variable; });
      if (known == base_.lets.end()) {
        if (overrides) missing("variable", let->variable, let->span, names_of_lets());
        fresh.push_back(std::move(let));
        continue;
      }
      if (!overrides) {
        reporter_.error("M506", let->span, fmt::format("{} has a variable ${} already", file_of((*known)->span), let->variable)).fix =
          "say override=\"yes\" to put this in its place, or choose another name";
      } else if ((*known)->is_final) {
        reporter_.error("M503", let->span, fmt::format("${} is final in {}", let->variable, reporter_.name((*known)->span)));
      } else {
        if (let->value && (*known)->value && source(*let->value) == source(*(*known)->value)) {
          reporter_.warning("M505", let->span, fmt::format("${} is the same in {}", let->variable, reporter_.name((*known)->span))).fix = "leave it out";
        }
        note(let->span, Patch::Kind::replace, (*known)->span, base_.span);
        *known = std::move(let);
      }
    }
    for (auto& let : fresh) base_.lets.push_back(std::move(let));
    order_lets();
  }

  // A let of the base may now use one that the overlay adds: each stands behind what it uses.
  void order_lets() {
    std::vector<TemplateNodePtr> ordered;
    std::set<std::string> open;
    auto place = [&](auto& self, std::size_t i) -> void {
      auto& let = base_.lets[i];
      if (!let || !open.insert(let->variable).second) return;
      std::vector<std::string> used;
      if (let->value) variables_of(*let->value, used);
      for (const auto& name : used) {
        for (std::size_t k = 0; k < base_.lets.size(); ++k) {
          if (base_.lets[k] && k != i && base_.lets[k]->variable == name) self(self, k);
        }
      }
      open.erase(let->variable);
      ordered.push_back(std::move(let));
    };
    for (std::size_t i = 0; i < base_.lets.size(); ++i) {
      if (base_.lets[i]) place(place, i);
    }
    base_.lets = std::move(ordered);
  }

  static void variables_of(const Expr& expr, std::vector<std::string>& names) {
    if (expr.op == Expr::Op::variable) names.push_back(expr.text);
    for (const auto& arg : expr.args) variables_of(*arg, names);
    if (expr.path.head) variables_of(*expr.path.head, names);
    for (const auto& step : expr.path.steps) {
      for (const auto& predicate : step.predicates) {
        for (const auto& condition : predicate.conditions) variables_of(*condition.value, names);
      }
    }
    if (expr.message) {
      for (const auto& part : expr.message->parts) {
        if (part.expression) variables_of(*part.expression, names);
      }
    }
  }

  std::vector<std::string> names_of_lets() const {
    std::vector<std::string> names;
    for (const auto& let : base_.lets) names.push_back(let->variable);
    return names;
  }

  void codes() {
    using Override = MapSource::Codes::Override;
    for (auto& codes : overlay_.codes) {
      auto known = std::find_if(base_.codes.begin(), base_.codes.end(), [&](const auto& k) { return k.name == codes.name; });
      if (known == base_.codes.end()) {
        std::vector<std::string> names;
        for (const auto& each : base_.codes) names.push_back(each.name);
        if (codes.override_ != Override::none) missing("code list", codes.name, codes.span, names);
        base_.codes.push_back(std::move(codes));
        continue;
      }
      if (codes.override_ == Override::none) {
        reporter_.error("M506", codes.span, fmt::format("{} has a code list '{}' already", file_of(known->span), codes.name)).fix =
          "say override=\"merge\" to add rows to it, override=\"replace\" to put this in its place, or choose another name";
      } else if (known->is_final) {
        reporter_.error("M503", codes.span, fmt::format("the code list '{}' is final in {}", codes.name, reporter_.name(known->span)));
      } else if (codes.override_ == Override::replace) {
        *known = std::move(codes);
      } else {
        if (!codes.href.text.empty()) known->more.push_back(codes.href);
        for (auto& row : codes.rows) {
          std::erase_if(known->rows, [&](const auto& r) { return r.from == row.from; });
          known->rows.push_back(std::move(row));
        }
      }
    }
  }

  void missing(std::string_view what, const std::string& name, Span at, const std::vector<std::string>& names) {
    auto& finding = reporter_.error("M507", at, fmt::format("{} has no {} '{}' to override", file_of(base_.span), what, name));
    if (auto near = nearest(name, names); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
    else finding.fix = "leave override out to add it";
  }

  void heads() {
    for (auto& use : overlay_.uses) base_.uses.push_back(std::move(use));
    for (auto& key : overlay_.keys) base_.keys.push_back(std::move(key));
    for (auto& linked : overlay_.linked) base_.linked.push_back(std::move(linked));
    for (auto& sequence : overlay_.sequences) base_.sequences.push_back(std::move(sequence));
    for (auto& definition : overlay_.definitions) base_.definitions.push_back(std::move(definition));
  }

  // ---- patches

  std::optional<Match> locate(const Patch& patch) {
    auto matches = Finder(base_, patch.at).find();
    const auto where = patch.at.text.whole();
    if (matches.empty()) {
      auto& finding = reporter_.error("M501", where, fmt::format("{} writes nothing at '{}'", file_of(base_.span), patch.at.text.text));
      auto known = addresses(base_);
      if (auto near = nearest_address(patch.at, known); !near.empty()) finding.fix = fmt::format("did you mean {}?", near);
      return std::nullopt;
    }
    if (matches.size() > 1) {
      auto& finding = reporter_.error("M502", where, fmt::format("'{}' is {} elements of {}", patch.at.text.text, matches.size(), file_of(base_.span)));
      for (std::size_t i = 0; i < matches.size() && i < 5; ++i) finding.expected += (i ? ", " : "at ") + reporter_.name(matches[i].node->span);
      finding.fix = "tell them apart by a literal attribute, [@name='text'], or give the one that is meant an m:id and write at=\"#id\"";
      return std::nullopt;
    }
    if (matches[0].final) {
      reporter_.error("M503", where, fmt::format("{} is final: no overlay changes it", reporter_.name(matches[0].node->span)));
      return std::nullopt;
    }
    if (!matches[0].list && patch.kind != Patch::Kind::append) {
      reporter_.error("M509", where, fmt::format("the root element stays; {} works below it", name_of(patch.kind))).fix = "patch the elements in it, or write a map of its own";
      return std::nullopt;
    }
    if (patch.kind == Patch::Kind::append && (matches[0].node->text || !matches[0].node->call.empty())) {
      reporter_.error("M509", where, fmt::format("{} has {} and no elements to append to", matches[0].node->name,
                                                 matches[0].node->text ? "a text" : "a definition as its content")).fix = "use m:replace";
      return std::nullopt;
    }
    located_.insert(&patch);
    return matches[0];
  }

  Match locate_quietly(const Patch& patch) {
    if (!located_.contains(&patch)) return {};
    auto matches = Finder(base_, patch.at).find();
    return matches.size() == 1 ? matches[0] : Match{};
  }

  // The nearest by its last names first: a wrong start is rarer than a wrong end.
  static std::string nearest_address(const Address& at, const std::vector<std::string>& known) {
    std::string wanted;
    for (const auto& step : at.steps) wanted += (wanted.empty() ? "" : "/") + step.name;
    if (auto near = nearest(wanted, known); !near.empty()) return near;
    for (const auto& each : known) {
      if (each.size() > wanted.size() && each.ends_with("/" + wanted)) return each;
    }
    return {};
  }

  void own_definitions(const Patch& patch) {
    for (int guard = 0; guard < 20; ++guard) {
      auto matches = Finder(base_, patch.at).find();
      if (matches.size() != 1 || !matches[0].shared_call) return;
      auto& call = *matches[0].shared_call;
      auto shared = std::find_if(base_.definitions.begin(), base_.definitions.end(), [&](const auto& d) { return d->name == call.call; });
      auto copy = std::make_unique<Definition>();
      copy->name = fresh_name(call.call);
      copy->own = true;
      copy->of = (*shared)->of;
      copy->gives = (*shared)->gives;
      copy->name_span = (*shared)->name_span;
      copy->of_span = (*shared)->of_span;
      copy->gives_span = (*shared)->gives_span;
      copy->span = (*shared)->span;
      copy->body = clone((*shared)->body);
      (*shared)->used = true;              // it was, and need not be any more
      call.call = copy->name;
      base_.definitions.push_back(std::move(copy));
    }
  }

  std::string fresh_name(const std::string& name) const {
    for (int i = 2;; ++i) {
      auto made = fmt::format("{}-{}", name, i);
      if (std::none_of(base_.definitions.begin(), base_.definitions.end(), [&](const auto& d) { return d->name == made; })) return made;
    }
  }

  // Replacing and removing take hold of a node with all in it; the others of a place beside it or at its end.
  void conflicts(const std::vector<Match>& matches) {
    const auto& patches = overlay_.patches;
    auto takes = [](Patch::Kind kind) { return kind == Patch::Kind::replace || kind == Patch::Kind::remove; };
    for (std::size_t i = 0; i < patches.size(); ++i) {
      for (std::size_t k = 0; k < i && matches[i].node; ++k) {
        if (!matches[k].node || dropped_.contains(k)) continue;
        const bool same = matches[i].node == matches[k].node;
        const bool inside = holds(*matches[k].node, *matches[i].node), around = holds(*matches[i].node, *matches[k].node);
        const bool clash = (same && (patches[i].kind == patches[k].kind || takes(patches[i].kind) || takes(patches[k].kind))) ||
                           (inside && takes(patches[k].kind)) || (around && takes(patches[i].kind));
        if (!clash) continue;
        auto& finding = reporter_.error("M504", patches[i].at.text.whole(), fmt::format("this and the {} of {} touch one element", name_of(patches[k].kind), reporter_.name(patches[k].span)));
        finding.fix = "put both into one m:replace";
        dropped_.insert(i);
        break;
      }
    }
  }

  bool holds(const TemplateNode& outer, const TemplateNode& inner) const {
    if (&outer == &inner) return false;
    auto in = [&](const auto& self, const TemplateNode& node) -> bool {
      for (const auto& child : node.children) {
        if (child.get() == &inner || self(self, *child)) return true;
      }
      if (node.call.empty()) return false;
      for (const auto& definition : base_.definitions) {
        if (definition->name != node.call || !definition->own) continue;
        for (const auto& child : definition->body) {
          if (child.get() == &inner || self(self, *child)) return true;
        }
      }
      return false;
    };
    return in(in, outer);
  }

  void apply(Patch& patch, const TemplateNode* target) {
    auto matches = Finder(base_, patch.at).find();
    auto match = std::find_if(matches.begin(), matches.end(), [&](const Match& m) { return m.node == target; });
    if (match == matches.end()) return;
    note(patch.span, patch.kind, match->node->span, match->parent ? match->parent->span : base_.span, patch.end, match->node->name);
    if (patch.kind == Patch::Kind::append) {
      auto& node = *match->node;
      for (auto& each : patch.nodes) node.children.push_back(std::move(each));
      node.has_content = true;
      return;
    }
    auto& list = *match->list;
    const auto at = list.begin() + static_cast<std::ptrdiff_t>(match->index);
    switch (patch.kind) {
      case Patch::Kind::remove: list.erase(at); return;
      case Patch::Kind::before: list.insert(at, std::make_move_iterator(patch.nodes.begin()), std::make_move_iterator(patch.nodes.end())); return;
      case Patch::Kind::after: list.insert(at + 1, std::make_move_iterator(patch.nodes.begin()), std::make_move_iterator(patch.nodes.end())); return;
      default: break;
    }
    if (patch.nodes.size() == 1 && print_nodes(patch.nodes, c_.files) == print_node(**at, c_.files)) {
      reporter_.warning("M505", patch.at.text.whole(), fmt::format("this is what {} writes already", reporter_.name((*at)->span))).fix = "leave it out";
    }
    TemplateNodePtr replaced = std::move(*at);
    bool used = false;
    for (auto& node : patch.nodes) put_base(node, replaced, used);
    list.erase(at);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(match->index), std::make_move_iterator(patch.nodes.begin()), std::make_move_iterator(patch.nodes.end()));
  }

  void put_base(TemplateNodePtr& node, TemplateNodePtr& replaced, bool& used) {
    if (node->kind == TemplateNode::Kind::base) {
      if (used) reporter_.error("M509", node->span, "m:base stands here a second time; what is replaced can stand in one place");
      else node = clone(*replaced);
      used = true;
      return;
    }
    for (auto& child : node->children) put_base(child, replaced, used);
  }

  // ---- words

  void note(Span patch, Patch::Kind kind, Span base, Span parent, std::uint32_t end = 0, std::string name = {}) {
    base_.merged.push_back({patch.file, patch.begin, std::max(end, patch.end), kind, base, parent, std::move(name)});
  }
  std::string file_of(Span at) const {
    auto name = c_.files[at.file].name();
    return name.substr(name.find_last_of('/') + 1);
  }
  std::string_view source(const Expr& expr) const {
    return std::string_view(c_.files[expr.span.file].text()).substr(expr.span.begin, expr.span.end - expr.span.begin);
  }

  MapSource& base_;
  MapSource& overlay_;
  Compilation& c_;
  Reporter& reporter_;
  std::set<const Patch*> located_;
  std::set<std::size_t> dropped_;
};

}  // namespace

std::vector<std::string> addresses(const MapSource& map, std::size_t limit) {
  std::vector<std::string> found;
  if (!map.root) return found;
  if (map.root->kind == TemplateNode::Kind::element) found.push_back(map.root->name);
  list_addresses(map, map.root->children, found.empty() ? "" : found[0], found, limit, 0);
  return found;
}

void merge(MapSource& base, MapSource& overlay, Compilation& compilation) { Merger(base, overlay, compilation).run(); }

void name_both_files(const MapSource& map, Compilation& c) {
  auto place = [&](Span at) { return c.reporter.name(at); };
  auto lines = [&](const Finding& finding, const Merged& patch) {
    const auto& file = c.files[patch.file];
    const bool own = finding.in == file.name() || (finding.in.empty() && patch.file == 0);
    return own && finding.line >= file.at(patch.begin).line && finding.line <= file.at(patch.end).line;
  };
  // What is missing because it was taken out is that patch's doing, wherever it shows.
  auto taken_out = [&](const Finding& finding, const Merged& patch) {
    return finding.code == "M201" && patch.kind == Patch::Kind::remove && finding.message.find(" needs " + patch.name + " ") != std::string::npos;
  };
  for (auto& finding : c.findings) {
    if (finding.code.starts_with("M0") || finding.code.starts_with("M5")) continue;   // about the overlay's own text
    auto by = std::find_if(map.merged.begin(), map.merged.end(), [&](const auto& patch) { return taken_out(finding, patch); });
    if (by != map.merged.end()) {
      finding.message += fmt::format(" (taken out by {})", place({by->begin, by->end, by->file}));
      continue;
    }
    by = std::find_if(map.merged.begin(), map.merged.end(), [&](const auto& patch) { return lines(finding, patch); });
    if (by == map.merged.end()) continue;
    const std::string_view how = by->kind == Patch::Kind::replace ? "in place of" : by->kind == Patch::Kind::append ? "at the end of" : "beside";
    finding.message += fmt::format(" ({} {})", how, place(by->base));
  }
}

}  // namespace wayleave::mapping
