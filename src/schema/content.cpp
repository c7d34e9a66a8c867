#include "schema/content.hpp"

#include <algorithm>
#include <optional>

#include "base/nearest.hpp"

namespace wayleave::schema {

namespace {

using Kind = ContentFault::Kind;
using Assigned = ContentDiagnosis::Assigned;

constexpr std::size_t lookahead = 8;        // siblings that a repair is tried against
constexpr std::size_t lookback = 8;         // siblings that may turn out to be the misplaced one
constexpr std::size_t most_inserted = 4;    // elements missing in a row at one place

// What a repair costs before what the siblings after it say. A name that is nearly right explains more than a missing
// element, and that explains as much as one too many.
constexpr double cost_wrong_namespace = 0.5;
constexpr double cost_misspelt = 0.8;
constexpr double cost_missing = 1.0;
constexpr double cost_misplaced = 1.0;
constexpr double cost_superfluous = 1.02;
constexpr double cost_unknown = 1.0;
constexpr double cost_replaced = 1.05;
constexpr double cost_misspelt_misplaced = 1.1;

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

struct Repair {
  double cost = 0;
  Cursor after;
  std::vector<ContentFault> faults;
  Assigned mine;
  std::vector<std::uint32_t> removed;   // other children that stand in the wrong place
  std::vector<ElementId> forgiven;      // inserted: an earlier child was that one, in the wrong place
};

class ContentRepair {
 public:
  ContentRepair(const Model& model, const Type& type, const Document& document, std::span<const Document::Index> children,
                std::size_t limit)
      : limit_(limit), model_(model), type_(type), automaton_(type.automaton), document_(document), children_(children),
        trail_(children.size() + 1), removed_(children.size()), faulty_(children.size()) {
    out_.children.resize(children.size());
  }

  ContentDiagnosis run() {
    for (std::uint32_t i = 0; i < children_.size(); ++i) {
      trail_[i] = cursor_;
      if (out_.faults.size() >= limit_) return std::move(out_);
      if (removed_[i]) continue;
      if (const auto* edge = find(cursor_, i)) accept(i, *edge);
      else repair(i);
    }
    trail_[children_.size()] = cursor_;
    finish();
    place_misplaced();
    return std::move(out_);
  }

 private:
  NameId name(std::uint32_t i) const { return document_.node(children_[i]).name; }
  std::string_view local(std::uint32_t i) const { return document_.local_name(name(i)); }
  NameId name_of(ElementId id) const { return model_.element(id).name; }

  const Automaton::Edge* find(const Cursor& cursor, std::uint32_t i) const {
    return cursor.find(automaton_, name(i), [&] { return document_.namespace_of(name(i)); });
  }
  const Automaton::Edge* find_name(const Cursor& cursor, NameId id) const {
    for (const auto& edge : automaton_.from(cursor.state)) {
      if (edge.name != id || id == no_name) continue;
      if (edge.target == cursor.state ? cursor.run < edge.max : cursor.run >= cursor.run_min) return &edge;
    }
    return nullptr;
  }

  void accept(std::uint32_t i, const Automaton::Edge& edge) {
    cursor_.take(edge);
    out_.children[i] = assigned(edge);
  }
  Assigned assigned(const Automaton::Edge& edge) const {
    if (edge.name != no_name) return {edge.element};
    return {ContentDiagnosis::skip, &automaton_.wildcards[edge.wildcard]};
  }

  const ChildUse* use_of(NameId id) const {
    for (const auto& use : type_.children) {
      if (name_of(use.element) == id) return &use;
    }
    return nullptr;
  }

  /// Elements that have to be put in so that `good` holds: the fewest, or nullopt.
  struct Path {
    std::vector<const Automaton::Edge*> edges;
    Cursor end;
    bool longer_run = false;     // one more of the element before is missing first
  };
  template <class Good>
  std::optional<Path> insert_until(const Cursor& from, Good good) const {
    std::vector<Path> open(1);
    open[0].end = from;
    if (from.run < from.run_min) {
      open[0].longer_run = true;
      open[0].end.run = from.run_min;
      if (good(open[0].end)) return open[0];
    }
    std::vector<bool> seen(automaton_.states.size());
    seen[from.state] = true;
    for (std::size_t at = 0; at < open.size() && open.size() < 4000; ++at) {
      if (open[at].edges.size() == most_inserted) break;
      for (const auto& edge : automaton_.from(open[at].end.state)) {
        if (seen[edge.target]) continue;
        seen[edge.target] = true;
        Path next = open[at];
        next.edges.push_back(&edge);
        next.end.take(edge);
        next.end.run = std::max(next.end.run, next.end.run_min);
        if (good(next.end)) return next;
        open.push_back(std::move(next));
      }
    }
    return std::nullopt;
  }

  /// All that could be put in instead of the first missing element with the same effect.
  template <class Good>
  std::vector<ElementId> alternatives(const Cursor& from, const Path& path, Good good) const {
    std::vector<ElementId> out{path.edges.front()->element};
    if (path.edges.size() > 1) return out;
    for (const auto& edge : automaton_.from(from.state)) {
      if (edge.name == no_name || out.front() == none || edge.element == out.front()) continue;
      Cursor cursor = from;
      cursor.take(edge);
      cursor.run = std::max(cursor.run, cursor.run_min);
      if (good(cursor)) out.push_back(edge.element);
    }
    return out;
  }

  std::size_t simulate(Cursor cursor, std::uint32_t from, const std::vector<std::uint32_t>& removed) const {
    std::size_t errors = 0, looked = 0;
    for (std::uint32_t i = from; i < children_.size(); ++i) {
      if (removed_[i] || std::find(removed.begin(), removed.end(), i) != removed.end()) continue;
      if (++looked > lookahead || errors > 3) return errors;
      if (const auto* edge = find(cursor, i)) cursor.take(*edge);
      else ++errors;
    }
    return errors + !cursor.accepts(automaton_);
  }

  void repair(std::uint32_t i) {
    faulty_[i] = true;
    std::vector<Repair> candidates;
    if (use_of(name(i))) known_name(i, candidates);
    else unknown_name(i, candidates);
    const Repair* best = nullptr;
    double least = 0;
    for (const auto& candidate : candidates) {
      const double total = candidate.cost + static_cast<double>(simulate(candidate.after, i + 1, candidate.removed));
      if (best && total >= least - 1e-9) continue;
      best = &candidate;
      least = total;
    }
    apply(i, *best);
  }

  void apply(std::uint32_t i, const Repair& repair) {
    cursor_ = repair.after;
    out_.children[i] = repair.mine;
    out_.faults.insert(out_.faults.end(), repair.faults.begin(), repair.faults.end());
    for (const auto child : repair.removed) {
      removed_[child] = true;
      if (child > i) {
        const auto* use = use_of(name(child));
        out_.children[child] = {use ? use->element : ContentDiagnosis::skip};
      }
    }
    for (const auto id : repair.forgiven) displaced_.erase(std::find(displaced_.begin(), displaced_.end(), id));
    for (const auto& fault : repair.faults) {
      const auto* use = fault.kind == Kind::out_of_order ? use_of(name(fault.child)) : nullptr;
      if (use && fault.child <= i) displaced_.push_back(use->element);
    }
  }

  void known_name(std::uint32_t i, std::vector<Repair>& candidates) {
    const auto good = [&](const Cursor& c) { return find_name(c, name(i)) != nullptr; };
    if (const auto path = insert_until(cursor_, good)) {
      const auto first = path->edges.empty() ? std::vector<ElementId>{} : alternatives(cursor_, *path, good);
      candidates.push_back(inserted(i, *path, first, false));
      candidates.push_back(inserted(i, *path, first, true));
      if (candidates.back().removed.empty()) candidates.pop_back();
    }
    superfluous(i, candidates);
    misplaced_before(i, candidates);
  }

  /// The elements of `path` are missing before child i; with `look_later`, those that stand further on are misplaced.
  Repair inserted(std::uint32_t i, const Path& path, const std::vector<ElementId>& first, bool look_later) const {
    Repair out;
    if (path.longer_run) add_missing(out, i, {previous_element()});
    auto pool = displaced_;
    for (std::size_t k = 0; k < path.edges.size(); ++k) {
      const auto id = path.edges[k]->element;
      if (const auto at = std::find(pool.begin(), pool.end(), id); at != pool.end()) {
        pool.erase(at);
        out.forgiven.push_back(id);
        continue;
      }
      const auto later = look_later && id != none ? later_child(i, name_of(id), out.removed) : std::nullopt;
      if (later) {
        out.removed.push_back(*later);
        out.faults.push_back({Kind::out_of_order, *later, {}, i});
        out.cost += cost_misplaced;
      } else {
        add_missing(out, i, k == 0 ? first : std::vector<ElementId>{id});
      }
    }
    out.after = path.end;
    if (const auto* edge = find_name(out.after, name(i))) {
      out.after.take(*edge);
      out.mine = assigned(*edge);
    }
    return out;
  }

  void add_missing(Repair& out, std::uint32_t before, std::vector<ElementId> what) const {
    out.faults.push_back({Kind::missing, before, std::move(what)});
    out.cost += cost_missing;
  }

  /// The element of the state the walk is in.
  ElementId previous_element() const {
    for (const auto& edge : automaton_.from(cursor_.state)) {
      if (edge.target == cursor_.state && edge.element != none) return edge.element;
    }
    return none;
  }

  std::optional<std::uint32_t> later_child(std::uint32_t after, NameId id, const std::vector<std::uint32_t>& taken) const {
    for (std::uint32_t i = after + 1; i < children_.size(); ++i) {
      if (name(i) == id && !removed_[i] && std::find(taken.begin(), taken.end(), i) == taken.end()) return i;
    }
    return std::nullopt;
  }

  void superfluous(std::uint32_t i, std::vector<Repair>& candidates) const {
    const auto* use = use_of(name(i));
    std::uint32_t before = 0;
    for (std::uint32_t k = 0; k < i; ++k) before += name(k) == name(i);
    Repair out;
    out.cost = cost_superfluous;
    out.after = cursor_;
    out.mine = {use->element};
    const bool run_is_full = cursor_.run > 0 && i > 0 && name(i - 1) == name(i);
    const auto kind = (use->max != unbounded && before >= use->max) || run_is_full ? Kind::too_many : Kind::out_of_order;
    out.faults.push_back({kind, i});
    candidates.push_back(std::move(out));
  }

  /// Child i is right if an earlier one is taken out: that one stands too early.
  void misplaced_before(std::uint32_t i, std::vector<Repair>& candidates) const {
    for (std::uint32_t back = 1; back <= lookback && back <= i; ++back) {
      const std::uint32_t p = i - back;
      if (removed_[p] || faulty_[p] || name(p) == name(i)) continue;
      Cursor cursor = trail_[p];
      bool good = true;
      for (std::uint32_t k = p + 1; good && k <= i; ++k) {
        if (removed_[k] || (faulty_[k] && k != i)) {
          good = k != i && removed_[k];
          continue;
        }
        const auto* edge = find(cursor, k);
        good = edge != nullptr;
        if (edge) cursor.take(*edge);
      }
      if (!good) continue;
      Repair out;
      out.cost = cost_misplaced + 0.03 + 0.02 * back;
      out.after = cursor;
      out.removed = {p};
      out.faults.push_back({Kind::out_of_order, p});
      const auto* use = use_of(name(i));
      out.mine = {use ? use->element : ContentDiagnosis::skip};
      candidates.push_back(std::move(out));
      return;
    }
  }

  void unknown_name(std::uint32_t i, std::vector<Repair>& candidates) {
    wrong_namespace(i, candidates);
    misspelt(i, candidates);
    Repair skipped;
    skipped.cost = cost_unknown;
    skipped.after = cursor_;
    skipped.faults.push_back({Kind::unknown, i, allowed_here()});
    candidates.push_back(std::move(skipped));
    replaced(i, candidates);
  }

  std::vector<ElementId> allowed_here() const {
    std::vector<ElementId> out;
    for (const auto& edge : automaton_.from(cursor_.state)) {
      if (edge.name != no_name) out.push_back(edge.element);
    }
    return out;
  }

  /// Child i taken for the element `id`, with what then is missing before it.
  std::optional<Repair> taken_for(std::uint32_t i, ElementId id) const {
    const auto good = [&](const Cursor& c) { return find_name(c, name_of(id)) != nullptr; };
    Path path;
    path.end = cursor_;
    if (!good(cursor_)) {
      auto longer = insert_until(cursor_, good);
      if (!longer) return std::nullopt;
      path = std::move(*longer);
    }
    Repair out = inserted(i, path, path.edges.empty() ? std::vector<ElementId>{} : alternatives(cursor_, path, good), false);
    const auto* edge = find_name(path.end, name_of(id));
    out.after = path.end;
    out.after.take(*edge);
    out.mine = {edge->element};
    return out;
  }

  void wrong_namespace(std::uint32_t i, std::vector<Repair>& candidates) const {
    for (const auto& use : type_.children) {
      if (names::local(name_of(use.element)) != local(i)) continue;
      auto out = taken_for(i, use.element);
      if (!out) continue;
      out->cost += cost_wrong_namespace;
      out->mine.wrong_namespace = true;
      out->faults.push_back({Kind::wrong_namespace, i, {use.element}});
      candidates.push_back(std::move(*out));
    }
  }

  void misspelt(std::uint32_t i, std::vector<Repair>& candidates) const {
    for (const auto& use : type_.children) {
      std::size_t distance = 0;
      if (!is_misspelling(local(i), names::local(name_of(use.element)), distance)) continue;
      if (auto out = taken_for(i, use.element)) {
        out->cost += cost_misspelt + 0.02 * static_cast<double>(distance);
        out->faults.push_back({Kind::misspelt, i, {use.element}});
        candidates.push_back(std::move(*out));
      } else {
        Repair skipped;
        skipped.cost = cost_misspelt_misplaced + 0.02 * static_cast<double>(distance);
        skipped.after = cursor_;
        skipped.mine = {use.element};
        skipped.faults.push_back({Kind::misspelt, i, {use.element}});
        candidates.push_back(std::move(skipped));
      }
    }
  }

  /// An unknown element where exactly one is missing has been written instead of it.
  void replaced(std::uint32_t i, std::vector<Repair>& candidates) const {
    std::size_t tried = 0;
    for (const auto& edge : automaton_.from(cursor_.state)) {
      if (edge.name == no_name || (edge.target == cursor_.state ? cursor_.run >= edge.max : cursor_.run < cursor_.run_min)) continue;
      if (++tried > 200) return;
      Repair out;
      out.cost = cost_replaced;
      out.after = cursor_;
      out.after.take(edge);
      if (i + 1 < children_.size() ? !find(out.after, i + 1) : !out.after.accepts(automaton_)) continue;
      out.faults.push_back({Kind::unknown, i, {edge.element}});
      candidates.push_back(std::move(out));
    }
  }

  void finish() {
    if (cursor_.accepts(automaton_)) return;
    const auto good = [&](const Cursor& c) { return c.accepts(automaton_); };
    const auto path = insert_until(cursor_, good);
    if (!path) {
      out_.faults.push_back({Kind::missing, static_cast<std::uint32_t>(children_.size()), {none}});
      return;
    }
    const auto first = path->edges.empty() ? std::vector<ElementId>{} : alternatives(cursor_, *path, good);
    const auto all = inserted_at_end(*path, first);
    out_.faults.insert(out_.faults.end(), all.begin(), all.end());
  }

  std::vector<ContentFault> inserted_at_end(const Path& path, const std::vector<ElementId>& first) const {
    Repair out;
    const auto end = static_cast<std::uint32_t>(children_.size());
    if (path.longer_run) add_missing(out, end, {previous_element()});
    auto pool = displaced_;
    for (std::size_t k = 0; k < path.edges.size(); ++k) {
      const auto id = path.edges[k]->element;
      if (const auto at = std::find(pool.begin(), pool.end(), id); at != pool.end()) pool.erase(at);
      else add_missing(out, end, k == 0 ? first : std::vector<ElementId>{id});
    }
    return out.faults;
  }

  /// Tells of every misplaced child the first sibling before which it and that sibling would be right.
  void place_misplaced() {
    for (auto& fault : out_.faults) {
      if (fault.kind != Kind::out_of_order || fault.before != none) continue;
      for (std::uint32_t i = 0; i < children_.size() && i < 1000; ++i) {
        if (i == fault.child || removed_[i] || faulty_[i]) continue;
        Cursor cursor = trail_[i];
        const auto* edge = find_name(cursor, name(fault.child));
        if (!edge) continue;
        cursor.take(*edge);
        if (!find(cursor, i)) continue;
        fault.before = i;
        break;
      }
    }
  }

  std::size_t limit_;
  const Model& model_;
  const Type& type_;
  const Automaton& automaton_;
  const Document& document_;
  std::span<const Document::Index> children_;
  Cursor cursor_;
  std::vector<Cursor> trail_;          // where the walk stood before each child
  std::vector<bool> removed_, faulty_;
  std::vector<ElementId> displaced_;   // reported as misplaced: one of them missing later is no second mistake
  ContentDiagnosis out_;
};

/// xs:all: every child at most as often as it may, in any order.
class AllRepair {
 public:
  AllRepair(const Model& model, const Type& type, const Document& document, std::span<const Document::Index> children)
      : model_(model), type_(type), edges_(type.automaton.edges), document_(document), children_(children), seen_(edges_.size()) {
    out_.children.resize(children.size());
  }

  ContentDiagnosis run() {
    std::vector<std::uint32_t> strange;
    for (std::uint32_t i = 0; i < children_.size(); ++i) {
      const auto name = document_.node(children_[i]).name;
      const auto at = std::find_if(edges_.begin(), edges_.end(), [&](const auto& e) { return e.name == name; });
      if (at == edges_.end()) {
        strange.push_back(i);
        continue;
      }
      out_.children[i] = {at->element};
      if (++seen_[static_cast<std::size_t>(at - edges_.begin())] > at->max) out_.faults.push_back({Kind::too_many, i});
    }
    for (const auto i : strange) explain(i);
    const bool absent = children_.empty() && type_.automaton.states[0].accepting;
    for (std::size_t e = 0; !absent && e < edges_.size(); ++e) {
      if (seen_[e] < edges_[e].min) out_.faults.push_back({Kind::missing, static_cast<std::uint32_t>(children_.size()), {edges_[e].element}});
    }
    return std::move(out_);
  }

 private:
  void explain(std::uint32_t i) {
    const auto local = document_.local_name(document_.node(children_[i]).name);
    std::size_t best = 1000, which = edges_.size();
    auto kind = Kind::misspelt;
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      if (seen_[e] >= edges_[e].max) continue;
      const auto right = names::local(edges_[e].name);
      std::size_t distance = 0;
      if (!is_misspelling(local, right, distance) || distance >= best) continue;
      best = distance;
      which = e;
      kind = right == local ? Kind::wrong_namespace : Kind::misspelt;
    }
    if (which == edges_.size()) {
      std::vector<ElementId> open;
      for (std::size_t e = 0; e < edges_.size(); ++e) {
        if (seen_[e] < edges_[e].max) open.push_back(edges_[e].element);
      }
      out_.faults.push_back({Kind::unknown, i, std::move(open)});
      return;
    }
    ++seen_[which];
    out_.children[i] = {edges_[which].element, nullptr, kind == Kind::wrong_namespace};
    out_.faults.push_back({kind, i, {edges_[which].element}});
  }

  const Model& model_;
  const Type& type_;
  const std::vector<Automaton::Edge>& edges_;
  const Document& document_;
  std::span<const Document::Index> children_;
  std::vector<std::uint32_t> seen_;
  ContentDiagnosis out_;
};

}  // namespace

bool is_misspelling(std::string_view wrong, std::string_view right, std::size_t& distance) {
  if (wrong == right) return distance = 0, true;
  if (wrong.size() > 200 || right.size() > 200) return false;
  const auto limit = std::max<std::size_t>(1, std::min(wrong.size(), right.size()) / 3);
  const auto difference = wrong.size() > right.size() ? wrong.size() - right.size() : right.size() - wrong.size();
  if (difference > limit) return false;
  distance = std::min(edit_distance(wrong, right), edit_distance(folded(wrong), folded(right)) + 1);
  return distance <= limit || folded(wrong) == folded(right);
}

ContentDiagnosis diagnose_content(const Model& model, const Type& type, const Document& document,
                                  std::span<const Document::Index> children, std::size_t limit) {
  if (type.automaton.all_group) return AllRepair(model, type, document, children).run();
  return ContentRepair(model, type, document, children, limit).run();
}

}  // namespace wayleave::schema
