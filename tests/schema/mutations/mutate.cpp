#include "mutate.hpp"

#include <algorithm>
#include <functional>
#include <regex>

namespace wayleave::mutations {

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

struct Attribute {
  std::size_t name, value, end;   // offsets: name, first character of the value, behind the closing quote
  std::string qname;
};

struct Element {
  std::size_t start, inside, close, end;   // '<', behind the start tag, '<' of the end tag, behind everything
  std::string qname;
  std::size_t parent;
  std::vector<std::size_t> children;
  std::vector<Attribute> attributes;
};

/// Reads tags only; the documents are known to be well-formed.
class Tags {
 public:
  explicit Tags(const std::string& text) : text_(text) {
    for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at)) {
      if (text.compare(at, 4, "<!--") == 0) at = text.find("-->", at) + 3;
      else if (text.compare(at, 9, "<![CDATA[") == 0) at = text.find("]]>", at) + 3;
      else if (text[at + 1] == '?') at = text.find("?>", at) + 2;
      else if (text[at + 1] == '/') at = close(at);
      else at = open(at);
    }
  }
  std::vector<Element> elements;

 private:
  std::size_t open(std::size_t at) {
    Element e{at, 0, 0, 0, {}, stack_.empty() ? none : stack_.back(), {}, {}};
    std::size_t i = text_.find_first_of(" \t\r\n/>", at);
    e.qname = text_.substr(at + 1, i - at - 1);
    while (true) {
      i = text_.find_first_not_of(" \t\r\n", i);
      if (text_[i] == '>' || text_[i] == '/') break;
      const auto equals = text_.find('=', i);
      const auto quote = text_.find_first_of("\"'", equals);
      const auto end = text_.find(text_[quote], quote + 1);
      e.attributes.push_back({i, quote + 1, end + 1, text_.substr(i, text_.find_first_of(" =", i) - i)});
      i = end + 1;
    }
    const bool empty = text_[i] == '/';
    e.inside = i + (empty ? 2 : 1);
    if (empty) e.close = e.start, e.end = e.inside;
    if (e.parent != none) elements[e.parent].children.push_back(elements.size());
    if (!empty) stack_.push_back(elements.size());
    elements.push_back(std::move(e));
    return elements.back().inside;
  }
  std::size_t close(std::size_t at) {
    auto& e = elements[stack_.back()];
    stack_.pop_back();
    e.close = at;
    e.end = text_.find('>', at) + 1;
    return e.end;
  }
  const std::string& text_;
  std::vector<std::size_t> stack_;
};

class Mutator {
 public:
  Mutator(const std::string& text, std::size_t each, std::uint32_t seed) : text_(text), each_(each), random_(seed), tags_(text) {}

  std::vector<Mutant> run() {
    const auto& elements = tags_.elements;
    for (const auto e : chosen(inner())) misspell(elements[e]);
    for (const auto e : chosen(inner())) remove(elements[e]);
    for (const auto e : chosen(inner())) duplicate(elements[e]);
    for (const auto e : chosen(inner())) other_namespace(elements[e]);
    for (const auto e : chosen(parents())) add_unknown(elements[e]);
    for (const auto& [a, b] : chosen_pairs()) swap(elements[a], elements[b]);
    value("mistyped date", std::regex("\\d{4}-\\d\\d-\\d\\d(T.*)?"), {"14.03.2025", "2025-02-30", "20250314", "tomorrow"}, {"X201", "X202", "X205", "X209"});
    value("mistyped time", std::regex("\\d\\d:\\d\\d:\\d\\d.*"), {"25:00:00", "9:30"}, {"X202", "X205"});
    value("mistyped number", std::regex("-?\\d+(\\.\\d+)?"), {"twelve", "1,50", "1.2.3"}, {"X203", "X205", "X204", "X310", "X320"});
    value("mistyped boolean", std::regex("true|false"), {"yes", "TRUE"}, {"X206", "X205"});
    value("value not in list", std::regex("[A-Za-z][A-Za-z-]*"), {"zzz-none", "Q"}, {"X310", "X205", "X204", "X206"});
    value("empty value", std::regex("[^<]+"), {""}, {"X201", "X202", "X203", "X204", "X205", "X206", "X209", "X310", "X320"});
    for (const auto e : chosen(all())) add_attribute(elements[e]);
    attributes();
    return std::move(out_);
  }

 private:
  using Indices = std::vector<std::size_t>;

  Indices filter(const std::function<bool(const Element&)>& good) const {
    Indices out;
    for (std::size_t i = 0; i < tags_.elements.size(); ++i) {
      if (good(tags_.elements[i])) out.push_back(i);
    }
    return out;
  }
  Indices all() const { return filter([](const Element&) { return true; }); }
  Indices inner() const { return filter([](const Element& e) { return e.parent != none; }); }
  Indices parents() const { return filter([](const Element& e) { return !e.children.empty(); }); }

  template <class T>
  std::vector<T> chosen(std::vector<T> from) {
    std::shuffle(from.begin(), from.end(), random_);
    if (from.size() > each_) from.resize(each_);
    return from;
  }

  std::vector<std::pair<std::size_t, std::size_t>> chosen_pairs() {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (const auto& e : tags_.elements) {
      for (std::size_t i = 0; i + 1 < e.children.size(); ++i) {
        if (tags_.elements[e.children[i]].qname != tags_.elements[e.children[i + 1]].qname) pairs.emplace_back(e.children[i], e.children[i + 1]);
      }
    }
    return chosen(std::move(pairs));
  }

  std::string replaced(std::size_t from, std::size_t to, const std::string& by) const { return text_.substr(0, from) + by + text_.substr(to); }

  void add(std::string kind, const std::string& what, std::string text, std::vector<std::size_t> places, std::vector<std::string> codes,
           std::size_t until = 0) {
    out_.push_back({std::move(kind), what, std::move(text), std::move(places), until, std::move(codes)});
  }

  /// The element under another name.
  std::string renamed(const Element& e, const std::string& name) const {
    std::string out = text_;
    if (e.close != e.start) out.replace(e.close + 2, e.qname.size(), name);
    return out.replace(e.start + 1, e.qname.size(), name);
  }

  void misspell(const Element& e) {
    const auto colon = e.qname.find(':');
    const std::size_t local = colon == e.qname.npos ? 0 : colon + 1;
    auto name = e.qname;
    const auto at = local + random_() % (name.size() - local);
    switch (random_() % 3) {
      case 0: name.insert(at, 1, name[at]); break;
      case 1: at > local && name.size() - local > 3 ? name.erase(at, 1) : name.insert(at, "x"); break;
      default: name[at] = name[at] == 'q' ? 'r' : 'q';
    }
    add("misspelt element", e.qname + " → " + name, renamed(e, name), {e.start}, {"X121"});
  }

  void other_namespace(const Element& e) {
    const auto colon = e.qname.find(':');
    const auto local = colon == e.qname.npos ? e.qname : e.qname.substr(colon + 1);
    auto out = renamed(e, "wrong:" + local);
    out.insert(e.start + 7 + local.size(), " xmlns:wrong=\"urn:wrong\"");
    add("wrong namespace", e.qname, out, {e.start}, {"X122"});
  }

  void remove(const Element& e) {
    const auto& parent = tags_.elements[e.parent];
    const auto out = replaced(e.start, e.end, "");
    const auto removed = e.end - e.start;
    std::vector<std::size_t> places{parent.close == parent.start ? parent.start : parent.close - removed, parent.start};
    const auto next = std::find_if(parent.children.begin(), parent.children.end(), [&](auto c) { return tags_.elements[c].start >= e.end; });
    if (next != parent.children.end()) places.push_back(tags_.elements[*next].start - removed);
    add("dropped element", e.qname, out, places, {"X110", "X320"});
  }

  void duplicate(const Element& e) {
    const auto copy = text_.substr(e.start, e.end - e.start);
    const auto out = replaced(e.end, e.end, "\n" + copy);
    const auto start = e.end + 1;
    // A repeated key is found at the value that repeats it.
    const bool holds_values = !e.children.empty() || !e.attributes.empty();
    add("repeated element", e.qname, out, {start, start + e.inside - e.start}, {"X112", "X320", "X111", "X110"}, holds_values ? start + copy.size() : 0);
  }

  void add_unknown(const Element& e) {
    const auto at = tags_.elements[e.children[random_() % e.children.size()]].start;
    add("added unknown element", "in " + e.qname, replaced(at, at, "<Bogus>1</Bogus>\n"), {at}, {"X120"});
  }

  void swap(const Element& a, const Element& b) {
    const auto first = text_.substr(a.start, a.end - a.start), between = text_.substr(a.end, b.start - a.end), second = text_.substr(b.start, b.end - b.start);
    const auto out = replaced(a.start, b.end, second + between + first);
    add("swapped siblings", a.qname + " and " + b.qname, out, {a.start, a.start + second.size() + between.size()}, {"X111"});
  }

  void value(const std::string& kind, const std::regex& form, const std::vector<std::string>& wrong, const std::vector<std::string>& codes) {
    struct Place { std::size_t from, to; std::string name; std::size_t tag; };
    std::vector<Place> places;
    for (const auto& e : tags_.elements) {
      if (e.children.empty() && e.close != e.start) places.push_back({e.inside, e.close, e.qname, e.start});
      for (const auto& a : e.attributes) {
        if (!a.qname.starts_with("xmlns") && !a.qname.starts_with("xsi:")) places.push_back({a.value, a.end - 1, e.qname + "/@" + a.qname, e.start});
      }
    }
    std::erase_if(places, [&](const Place& p) { return p.from == p.to || !std::regex_match(text_.substr(p.from, p.to - p.from), form); });
    for (const auto& p : chosen(std::move(places))) {
      const auto& by = wrong[random_() % wrong.size()];
      add(kind, p.name + " = \"" + by + "\"", replaced(p.from, p.to, by), by.empty() ? std::vector{p.from, p.tag} : std::vector{p.from}, codes);
    }
  }

  void add_attribute(const Element& e) {
    const auto at = e.start + 1 + e.qname.size();
    add("unknown attribute", e.qname, replaced(at, at, " bogus=\"1\""), {at + 1}, {"X131"});
  }

  void attributes() {
    struct Place { const Element* e; const Attribute* a; };
    std::vector<Place> places;
    for (const auto& e : tags_.elements) {
      for (const auto& a : e.attributes) {
        if (!a.qname.starts_with("xmlns") && !a.qname.starts_with("xsi:")) places.push_back({&e, &a});
      }
    }
    for (const auto& [e, a] : chosen(places)) {
      add("dropped attribute", e->qname + "/@" + a->qname, replaced(a->name, a->end, ""), {e->start}, {"X130", "X320"});
    }
    for (const auto& [e, a] : chosen(places)) {
      const auto at = a->name + a->qname.size() / 2;
      add("misspelt attribute", e->qname + "/@" + a->qname, replaced(at, at, "q"), {a->name}, {"X131"});
    }
  }

  const std::string& text_;
  std::size_t each_;
  std::mt19937 random_;
  Tags tags_;
  std::vector<Mutant> out_;
};

}  // namespace

std::vector<Mutant> mutate(const std::string& text, std::size_t each, std::uint32_t seed) { return Mutator(text, each, seed).run(); }

}  // namespace wayleave::mutations
