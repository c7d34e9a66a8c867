#include "schema/pattern_syntax.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

// regExp   ::= branch ('|' branch)*            branch ::= piece*         piece ::= atom quantifier?
// quantifier ::= '?' | '*' | '+' | '{' n (',' m?)? '}'
// atom     ::= character | escape | '.' | class | '(' regExp ')'
// class    ::= '[' '^'? (range | escape)+ ('-' class)? ']'
// '^' and '$' are ordinary characters. \i \c: XML name characters; \d \w \s and their complements; \p{X} \P{X}.

namespace wayleave::schema {

namespace {

constexpr std::uint32_t last_character = 0x10FFFF;
using Range = CharacterSet::Range;

constexpr std::array<Range, 16> name_start{{{':', ':'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF},
  {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF},
  {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}}};
constexpr std::array<Range, 5> name_more{{{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}};

struct Block {
  std::string_view name;
  Range range;
};
constexpr std::array<Block, 9> blocks{{{"BasicLatin", {0, 0x7F}}, {"Latin-1Supplement", {0x80, 0xFF}}, {"LatinExtended-A", {0x100, 0x17F}},
  {"LatinExtended-B", {0x180, 0x24F}}, {"Greek", {0x370, 0x3FF}}, {"Cyrillic", {0x400, 0x4FF}}, {"Hebrew", {0x590, 0x5FF}},
  {"Arabic", {0x600, 0x6FF}}, {"CJKUnifiedIdeographs", {0x4E00, 0x9FFF}}}};

std::vector<Range> complement(const std::vector<Range>& ranges) {
  std::vector<Range> out;
  std::uint32_t next = 0;
  for (const auto& [first, last] : ranges) {
    if (first > next) out.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= last_character) out.emplace_back(next, last_character);
  return out;
}

std::vector<Range> intersection(const std::vector<Range>& a, const std::vector<Range>& b) {
  std::vector<Range> out;
  for (const auto& x : a) {
    for (const auto& y : b) {
      const auto first = std::max(x.first, y.first), last = std::min(x.second, y.second);
      if (first <= last) out.emplace_back(first, last);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  std::optional<PatternNode> run() {
    auto node = expression(0);
    if (bad_ || at_ != text_.size()) return std::nullopt;
    return node;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || !more()) return false;
    ++at_;
    return true;
  }

  std::uint32_t code_point() {
    const auto lead = static_cast<unsigned char>(text_[at_++]);
    if (lead < 0x80) return lead;
    const int following = lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : 3;
    std::uint32_t c = lead & (0x3Fu >> following);
    for (int i = 0; i < following && more(); ++i) c = c << 6 | (static_cast<unsigned char>(text_[at_++]) & 0x3F);
    return c;
  }

  PatternNode expression(int depth) {
    PatternNode node{.kind = PatternNode::Kind::choice};
    if (depth > 100) bad_ = true;
    do {
      node.parts.push_back(branch(depth));
    } while (!bad_ && take('|'));
    if (node.parts.size() == 1) return std::move(node.parts.front());
    return node;
  }

  PatternNode branch(int depth) {
    PatternNode node{.kind = PatternNode::Kind::sequence};
    while (!bad_ && more() && peek() != '|' && peek() != ')') node.parts.push_back(piece(depth));
    return node;
  }

  PatternNode piece(int depth) {
    PatternNode inner = atom(depth);
    std::uint32_t min = 1, max = 1;
    if (take('?')) min = 0;
    else if (take('*')) min = 0, max = 0xffffffffu;
    else if (take('+')) max = 0xffffffffu;
    else if (take('{')) counts(min, max);
    else return inner;
    PatternNode repeat{.kind = PatternNode::Kind::repeat};
    repeat.min = min;
    repeat.max = max;
    repeat.parts.push_back(std::move(inner));
    return repeat;
  }

  void counts(std::uint32_t& min, std::uint32_t& max) {
    min = number();
    max = min;
    if (take(',')) max = peek() == '}' ? 0xffffffffu : number();
    if (!take('}') || max < min) bad_ = true;
  }

  std::uint32_t number() {
    std::uint64_t value = 0;
    if (peek() < '0' || peek() > '9') bad_ = true;
    while (peek() >= '0' && peek() <= '9') value = std::min<std::uint64_t>(value * 10 + (text_[at_++] - '0'), 0xfffffffe);
    return static_cast<std::uint32_t>(value);
  }

  PatternNode atom(int depth) {
    PatternNode node{.kind = PatternNode::Kind::set};
    if (take('(')) {
      node = expression(depth + 1);
      if (!take(')')) bad_ = true;
      return node;
    }
    if (take('[')) {
      node.set = char_class(depth);
    } else if (take('.')) {
      node.set.add('\n', '\n');
      node.set.add('\r', '\r');
      node.set.negated = true;
    } else if (take('\\')) {
      escape(node.set);
    } else {
      const char c = peek();
      if (c == '?' || c == '*' || c == '+' || c == ')' || c == '{' || c == '}' || c == ']') bad_ = true;
      if (!bad_) {
        const auto point = code_point();
        node.set.add(point, point);
      }
    }
    node.set.normalise();
    return node;
  }

  /// What follows a backslash, added to `set`. Returns the character when it is a single one.
  std::optional<std::uint32_t> escape(CharacterSet& set) {
    if (!more()) return bad_ = true, std::nullopt;
    const char c = text_[at_++];
    const auto single = [&](std::uint32_t point) {
      set.add(point, point);
      return std::optional(point);
    };
    const auto words = [&](std::initializer_list<const char*> properties) {
      for (const auto* p : properties) set.properties.emplace_back(p);
      return std::optional<std::uint32_t>();
    };
    switch (c) {
      case 'n': return single('\n');
      case 'r': return single('\r');
      case 't': return single('\t');
      case 'd': return words({"\\p{Nd}"});
      case 'D': return words({"\\P{Nd}"});
      case 'w': return words({"\\p{L}", "\\p{M}", "\\p{N}", "\\p{S}"});
      case 'W': return words({"\\p{P}", "\\p{Z}", "\\p{C}"});
      case 's': case 'S': case 'i': case 'I': case 'c': case 'C': return named(c, set), std::nullopt;
      case 'p': case 'P': return property(c, set), std::nullopt;
      default: break;
    }
    if (std::string_view("\\|.?*+(){}-[]^$").find(c) == std::string_view::npos) bad_ = true;
    return single(static_cast<unsigned char>(c));
  }

  static void named(char c, CharacterSet& set) {
    CharacterSet base;
    if (c == 's' || c == 'S') base.ranges = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}};
    else base.ranges.assign(name_start.begin(), name_start.end());
    if (c == 'c' || c == 'C') base.ranges.insert(base.ranges.end(), name_more.begin(), name_more.end());
    base.normalise();
    const bool inverse = c == 'S' || c == 'I' || c == 'C';
    for (const auto& [first, last] : inverse ? complement(base.ranges) : base.ranges) set.add(first, last);
  }

  void property(char kind, CharacterSet& set) {
    if (!take('{')) return void(bad_ = true);
    const auto end = text_.find('}', at_);
    if (end == text_.npos) return void(bad_ = true);
    const auto name = text_.substr(at_, end - at_);
    at_ = end + 1;
    if (!name.starts_with("Is")) {
      set.properties.push_back(std::string("\\") + kind + "{" + std::string(name) + "}");
      return;
    }
    for (const auto& block : blocks) {
      if (block.name != name.substr(2)) continue;
      if (kind == 'p') return set.add(block.range.first, block.range.second);
      for (const auto& [first, last] : complement({block.range})) set.add(first, last);
      return;
    }
    set.exact = false;
    set.add(0, last_character);
  }

  CharacterSet char_class(int depth) {
    CharacterSet set;
    if (depth > 100) bad_ = true;
    set.negated = take('^');
    bool first = true;
    while (!bad_ && more() && (peek() != ']' || first)) {
      if (peek() == '-' && !first && at_ + 1 < text_.size() && text_[at_ + 1] == '[') {
        at_ += 2;
        set.normalise();
        subtract(set, char_class(depth + 1));
        if (!take(']')) bad_ = true;
        return set;
      }
      first = false;
      member(set);
    }
    if (!take(']')) bad_ = true;
    set.normalise();
    return set;
  }

  void member(CharacterSet& set) {
    std::optional<std::uint32_t> from;
    if (take('\\')) {
      from = escape(set);
      if (!from) return;
    } else {
      if (peek() == '[') return void(bad_ = true);
      from = code_point();
      set.add(*from, *from);
    }
    if (peek() != '-' || at_ + 1 >= text_.size() || text_[at_ + 1] == ']' || text_[at_ + 1] == '[') return;
    ++at_;
    CharacterSet end;
    const auto to = take('\\') ? escape(end) : std::optional(code_point());
    if (!to || *to < *from) return void(bad_ = true);
    set.add(*from, *to);
  }

  static void subtract(CharacterSet& from, const CharacterSet& what) {
    if (!from.properties.empty() || !what.properties.empty() || !from.exact || !what.exact) {
      from.exact = false;
      return;
    }
    const auto base = from.negated ? complement(from.ranges) : from.ranges;
    from.ranges = intersection(base, what.negated ? what.ranges : complement(what.ranges));
    from.negated = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

void append_re2(std::string& out, std::uint32_t c) {
  char text[16];
  std::snprintf(text, sizeof text, "\\x{%X}", c);
  out += text;
}

/// Where the non-ASCII characters of a main category stand in the ambiguity check: beyond Unicode, one place each.
Range beyond(char category) {
  const auto at = last_character + 1 + static_cast<std::uint32_t>(std::string_view("LMNPZSC").find(category) & 7);
  return {at, at};
}

void approximate_property(std::string_view property, std::vector<Range>& out) {
  const char category = property.size() > 3 ? property[3] : 'C';
  std::vector<Range> in;
  switch (category) {
    case 'L': in = {{'A', 'Z'}, {'a', 'z'}}; break;
    case 'N': in = {{'0', '9'}}; break;
    case 'Z': in = {{' ', ' '}}; break;
    case 'C': in = {{0, 31}}; break;
    case 'S': in = {{'$', '$'}, {'+', '+'}, {'<', '>'}, {'^', '^'}, {'`', '`'}, {'|', '|'}, {'~', '~'}}; break;
    case 'P': in = {{'!', '#'}, {'%', '*'}, {',', '/'}, {':', ';'}, {'?', '@'}, {'[', ']'}, {'_', '_'}, {'{', '{'}, {'}', '}'}}; break;
    default: break;
  }
  const bool inverse = property.size() > 1 && property[1] == 'P';
  if (inverse) {
    in = intersection(complement(in), {{0, 127}});
    for (char other : std::string_view("LMNPZSC")) {
      if (other != category) in.push_back(beyond(other));
    }
  } else {
    in.push_back(beyond(category));
  }
  out.insert(out.end(), in.begin(), in.end());
}

}  // namespace

void CharacterSet::add(std::uint32_t first, std::uint32_t last) { ranges.emplace_back(first, last); }

void CharacterSet::normalise() {
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range> merged;
  for (const auto& r : ranges) {
    if (!merged.empty() && r.first <= merged.back().second + 1) merged.back().second = std::max(merged.back().second, r.second);
    else merged.push_back(r);
  }
  ranges = std::move(merged);
}

std::string CharacterSet::to_re2() const {
  if (ranges.empty() && properties.empty()) return negated ? "(?s:.)" : "[^\\x{0}-\\x{10FFFF}]";
  std::string out = negated ? "[^" : "[";
  for (const auto& [first, last] : ranges) {
    append_re2(out, first);
    if (last == first) continue;
    out += '-';
    append_re2(out, last);
  }
  for (const auto& p : properties) out += p;
  return out + "]";
}

std::vector<Range> CharacterSet::approximate() const {
  std::vector<Range> out = ranges;
  for (const auto& p : properties) approximate_property(p, out);
  CharacterSet all;
  all.ranges = std::move(out);
  all.normalise();
  if (!negated) return all.ranges;
  auto rest = complement(all.ranges);
  for (char category : std::string_view("LMNPZSC")) {
    const auto place = beyond(category);
    if (intersection(all.ranges, {place}).empty()) rest.push_back(place);
  }
  return rest;
}

std::optional<PatternNode> parse_pattern(std::string_view text) { return Parser(text).run(); }

}  // namespace wayleave::schema
