#include "desk/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/finding.hpp"
#include "desk/match.hpp"
#include "mapping/dates.hpp"

namespace wayleave::desk {
namespace {

using Kind = Difference::Kind;
using mapping::CodeList;

std::string below(const std::string& path, const std::string& step) { return path.empty() ? step : path + "/" + step; }

std::string when_unknown(const CodeList& list) {
  switch (list.unknown) {
    case CodeList::Unknown::reject: return "reject";
    case CodeList::Unknown::pass: return "pass";
    case CodeList::Unknown::fallback: return "default:" + list.fallback;
  }
  return {};
}

std::string row_text(const CodeList::Row& row) {
  std::string text = row.to;
  if (!row.label.empty()) text += " (" + row.label + ")";
  if (row.until != CodeList::no_end) {
    mapping::Moment day;
    day.days = row.until;
    text += " until ";
    day.append_date(text);
  }
  return text;
}

class Comparison {
 public:
  Comparison(const mapping::Map& before, const mapping::Map& after) : a_(before), b_(after) {}

  std::vector<Difference> run() {
    const auto a = outline(a_), b = outline(b_);
    facts("head", "", a.head, b.head);
    unordered("let", a.lets, b.lets);
    unordered("head", a.others, b.others);
    codes();
    definitions(a.definitions, b.definitions);
    lists("target", "", {a.root}, {b.root});
    unordered("rule", a.rules, b.rules);
    return std::move(found_);
  }

 private:
  Difference& tell(Kind kind, std::string of, std::string at) {
    found_.push_back({kind, std::move(of), std::move(at), "", "", "", "", ""});
    return found_.back();
  }

  void only(Kind kind, const std::string& of, const std::string& at, const Entry& entry) {
    auto& difference = tell(kind, of, at);
    std::string text;
    if (const auto* value = entry.fact("value")) text = value->text;
    else if (const auto* call = entry.fact("call")) text = "m:call " + call->text;
    else if (const auto* test = entry.fact("test")) text = test->text;
    if (kind == Kind::added) difference.after = text, difference.after_at = place(b_, entry.span);
    else difference.before = text, difference.before_at = place(a_, entry.span);
  }

  void unordered(const std::string& of, const std::vector<Entry>& a, const std::vector<Entry>& b) { lists(of, "", a, b); }

  /// Two lists of entries below `path`. True when the same entries stand in both, in the same order, under the same directives.
  bool lists(const std::string& of, const std::string& path, const std::vector<Entry>& a, const std::vector<Entry>& b) {
    bool same = true;
    const auto matching = match(a, b);
    const auto names_before = labels(a), names_after = labels(b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!matching.to[i]) {
        only(Kind::removed, of, below(path, names_before[i]), a[i]);
        same = false;
        continue;
      }
      const auto& other = b[*matching.to[i]];
      const auto at = below(path, names_after[*matching.to[i]]);
      if (matching.moved[i] && (of == "target" || !path.empty())) {
        same = false;
        auto& difference = tell(Kind::moved, of, at);
        difference.before_at = place(a_, a[i].span), difference.after_at = place(b_, other.span);
      }
      same = facts(of, at, a[i].facts, other.facts) && same;
      children(of, at, a[i], other);
    }
    for (std::size_t i = 0; i < b.size(); ++i) {
      if (matching.taken[i]) continue;
      only(Kind::added, of, below(path, names_after[i]), b[i]);
      same = false;
    }
    return same;
  }

  /// What directives hold together, and in which order, is told where nothing else says that it is another.
  void children(const std::string& of, const std::string& at, const Entry& a, const Entry& b) {
    if (!lists(of, at, a.children, b.children) || a.arrangement == b.arrangement) return;
    auto& difference = tell(Kind::changed, of, at);
    difference.what = "arrangement", difference.before = a.arrangement, difference.after = b.arrangement;
    difference.before_at = place(a_, a.span), difference.after_at = place(b_, b.span);
  }

  /// Facts by name; several of one name (conditions within conditions) by their order. False: directives around it differ.
  bool facts(const std::string& of, const std::string& at, const std::vector<Fact>& a, const std::vector<Fact>& b) {
    using Key = std::tuple<bool, std::string, std::size_t>;
    const auto keyed = [](const std::vector<Fact>& list) {
      std::vector<std::pair<Key, const Fact*>> made;
      std::map<std::pair<bool, std::string>, std::size_t> seen;
      for (const auto& fact : list) made.push_back({{!fact.around, fact.name, seen[{fact.around, fact.name}]++}, &fact});
      return made;
    };
    const auto from = keyed(a), to = keyed(b);
    const std::map<Key, const Fact*> old(from.begin(), from.end()), now(to.begin(), to.end());
    bool same_around = true;
    const auto told = [&](const Fact* before, const Fact* after) {
      one_fact(of, at, before, after);
      if ((before ? before : after)->around) same_around = false;
    };
    for (const auto& [key, fact] : from) {
      const auto same = now.find(key);
      if (same == now.end()) told(fact, nullptr);
      else if (same->second->text != fact->text) told(fact, same->second);
    }
    for (const auto& [key, fact] : to) {
      if (!old.contains(key)) told(nullptr, fact);
    }
    return same_around;
  }

  void one_fact(const std::string& of, const std::string& at, const Fact* before, const Fact* after) {
    const auto& name = (before ? before : after)->name;
    const bool attribute = name.starts_with('@');
    auto kind = Kind::changed;
    if (attribute && !before) kind = Kind::added;
    if (attribute && !after) kind = Kind::removed;
    auto& difference = tell(kind, of, attribute ? below(at, name) : at.empty() ? name : at);
    if (kind == Kind::changed && !at.empty()) difference.what = attribute ? "value" : name;
    if (before) difference.before = before->text, difference.before_at = place(a_, before->span);
    if (after) difference.after = after->text, difference.after_at = place(b_, after->span);
  }

  void definitions(const std::vector<DefinitionOutline>& a, const std::vector<DefinitionOutline>& b) {
    std::vector<Entry> before, after;
    const auto entry = [](const DefinitionOutline& from) {
      auto made = from.body;
      made.facts = from.facts;
      return made;
    };
    for (const auto& each : a) before.push_back(entry(each));
    for (const auto& each : b) after.push_back(entry(each));
    const auto by_name = [](const Entry& x, const Entry& y) { return x.name < y.name; };
    std::sort(before.begin(), before.end(), by_name);
    std::sort(after.begin(), after.end(), by_name);
    lists("def", "", before, after);
  }

  void codes() {
    const auto &a = a_.impl().compilation->codes, &b = b_.impl().compilation->codes;
    for (const auto& [name, codes] : a) {
      const auto other = b.find(name);
      if (other == b.end()) tell(Kind::removed, "codes", name).before_at = place(a_, codes.span);
      else if (codes.list && other->second.list) rows(name, *codes.list, codes.span, *other->second.list, other->second.span);
    }
    for (const auto& [name, codes] : b) {
      if (!a.contains(name)) tell(Kind::added, "codes", name).after_at = place(b_, codes.span);
    }
  }

  void rows(const std::string& name, const CodeList& a, mapping::Span a_at, const CodeList& b, mapping::Span b_at) {
    const auto said = [&](const char* what, std::string before, std::string after) {
      if (before == after) return;
      auto& difference = tell(Kind::changed, "codes", name);
      difference.what = what, difference.before = std::move(before), difference.after = std::move(after);
      difference.before_at = place(a_, a_at), difference.after_at = place(b_, b_at);
    };
    said("unknown", when_unknown(a), when_unknown(b));
    said("both-ways", a.both_ways ? "yes" : "no", b.both_ways ? "yes" : "no");
    std::map<std::string, const CodeList::Row*> old, now;
    for (const auto& row : a.rows) old.emplace(row.from, &row);
    for (const auto& row : b.rows) now.emplace(row.from, &row);
    for (const auto& [from, row] : old) {
      const auto same = now.find(from);
      if (same == now.end()) one_row(Kind::removed, name, row, nullptr);
      else if (row_text(*row) != row_text(*same->second)) one_row(Kind::changed, name, row, same->second);
    }
    for (const auto& [from, row] : now) {
      if (!old.contains(from)) one_row(Kind::added, name, nullptr, row);
    }
  }

  void one_row(Kind kind, const std::string& list, const CodeList::Row* before, const CodeList::Row* after) {
    auto& difference = tell(kind, "codes", list + "/" + (before ? before : after)->from);
    if (before) difference.before = row_text(*before), difference.before_at = place(a_, before->span);
    if (after) difference.after = row_text(*after), difference.after_at = place(b_, after->span);
    if (kind == Kind::changed) difference.what = "row";
  }

  const mapping::Map &a_, &b_;
  std::vector<Difference> found_;
};

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::added: return "added";
    case Kind::removed: return "removed";
    case Kind::changed: return "changed";
    case Kind::moved: return "moved";
  }
  return {};
}

}  // namespace

std::vector<Difference> compare(const mapping::Map& before, const mapping::Map& after) { return Comparison(before, after).run(); }

std::string render_text(const std::vector<Difference>& differences) {
  std::string text;
  for (const auto& each : differences) {
    text += fmt::format("{} {} {}{}\n", name(each.kind), each.of, each.at, each.what.empty() ? "" : ": " + each.what);
    const auto side = [&](char mark, const std::string& said, const std::string& at) {
      if (at.empty() && said.empty()) return;
      text += fmt::format("  {} {}{}{}\n", mark, said, said.empty() || at.empty() ? "" : "    ", at);
    };
    side('-', each.before, each.before_at);
    side('+', each.after, each.after_at);
  }
  return text;
}

std::string render_json(const std::vector<Difference>& differences, std::string_view before, std::string_view after) {
  std::string json = fmt::format("{{\"before\":{},\"after\":{},\"equal\":{},\"differences\":[", json_quoted(before), json_quoted(after), differences.empty());
  bool first = true;
  for (const auto& each : differences) {
    json += fmt::format("{}\n{{\"kind\":{},\"of\":{},\"at\":{}", first ? "" : ",", json_quoted(name(each.kind)), json_quoted(each.of), json_quoted(each.at));
    first = false;
    const auto add = [&](const char* key, const std::string& value) {
      if (!value.empty()) json += fmt::format(",\"{}\":{}", key, json_quoted(value));
    };
    add("what", each.what);
    add("before", each.before);
    add("beforeAt", each.before_at);
    add("after", each.after);
    add("afterAt", each.after_at);
    json += "}";
  }
  return json + "]}\n";
}

}  // namespace wayleave::desk
