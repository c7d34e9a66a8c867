#include "schema/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "schema/pattern_syntax.hpp"

namespace wayleave::schema {

namespace {

constexpr std::uint32_t no_limit = 0xffffffffu;

/// Appends RE2's form; false: RE2 cannot say it.
bool append(std::string& out, const PatternNode& node) {
  using Kind = PatternNode::Kind;
  switch (node.kind) {
    case Kind::empty: return true;
    case Kind::set:
      out += node.set.to_re2();
      return node.set.exact;
    case Kind::sequence:
      return std::all_of(node.parts.begin(), node.parts.end(), [&](const auto& part) { return append(out, part); });
    case Kind::choice: {
      bool first = true;
      out += "(?:";
      for (const auto& part : node.parts) {
        if (!std::exchange(first, false)) out += '|';
        if (!append(out, part)) return false;
      }
      out += ')';
      return true;
    }
    case Kind::repeat: break;
  }
  out += "(?:";
  if (!append(out, node.parts.front())) return false;
  out += ')';
  if (node.min == 0 && node.max == 1) out += '?';
  else if (node.min <= 1 && node.max == no_limit) out += node.min == 0 ? '*' : '+';
  else if (node.max == no_limit) out += '{' + std::to_string(node.min) + ",}";
  else out += '{' + std::to_string(node.min) + ',' + std::to_string(node.max) + '}';
  return node.min <= 1000 && (node.max <= 1000 || node.max == no_limit);
}

/// The position automaton of an expression with, for each edge, how many repetitions make it: two for one edge are two
/// ways to read the same text.
class Ambiguity {
 public:
  bool check(const PatternNode& root) {
    build(root, 0, contains_big(root));
    return doubled_ || (sets_.size() <= max_positions && exponential());
  }

 private:
  static constexpr std::size_t max_positions = 400;
  static constexpr std::uint32_t big = 20;   // a repetition of up to so many is not what makes a matcher hang

  struct Part {
    bool nullable = true;
    std::vector<std::uint32_t> first, last;
  };

  static bool is_big(const PatternNode& node) { return node.kind == PatternNode::Kind::repeat && node.max > big; }
  static bool contains_big(const PatternNode& node) {
    return is_big(node) || std::any_of(node.parts.begin(), node.parts.end(), contains_big);
  }

  Part build(const PatternNode& node, int big_outside, bool matters) {
    using Kind = PatternNode::Kind;
    Part out;
    switch (node.kind) {
      case Kind::empty: break;
      case Kind::set: {
        const auto position = static_cast<std::uint32_t>(sets_.size());
        sets_.push_back(node.set.approximate());
        next_.emplace_back();
        out = {false, {position}, {position}};
        break;
      }
      case Kind::sequence:
        for (const auto& part : node.parts) {
          const auto right = build(part, big_outside, matters);
          connect(out.last, right.first, false);
          if (out.nullable) add(out.first, right.first);
          if (!right.nullable) out.last.clear();
          add(out.last, right.last);
          out.nullable = out.nullable && right.nullable;
        }
        break;
      case Kind::choice:
        out.nullable = false;
        for (const auto& part : node.parts) {
          const auto branch = build(part, big_outside, matters);
          add(out.first, branch.first);
          add(out.last, branch.last);
          out.nullable = out.nullable || branch.nullable;
        }
        break;
      case Kind::repeat: {
        const bool here_big = is_big(node);
        out = build(node.parts.front(), big_outside + here_big, matters);
        // A short repetition counts only together with a long one inside or outside it.
        if (node.max > 1 && (here_big || big_outside > 0 || contains_big(node.parts.front()))) connect(out.last, out.first, true);
        out.nullable = out.nullable || node.min == 0;
        break;
      }
    }
    return out;
  }

  static void add(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  void connect(const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& to, bool loop) {
    for (auto a : from) {
      for (auto b : to) {
        const bool fresh = next_[a].insert(b).second;
        if (!loop) continue;
        if (!loops_.insert({a, b}).second || !fresh) doubled_ = true;
      }
    }
  }

  bool overlap(std::uint32_t a, std::uint32_t b) const {
    for (const auto& x : sets_[a]) {
      for (const auto& y : sets_[b]) {
        if (std::max(x.first, y.first) <= std::min(x.second, y.second)) return true;
      }
    }
    return false;
  }

  /// Exponential iff some state leads to itself on one text in two ways: search the automaton's product with itself from
  /// every (q, q) for a pair of different states that leads back to (q, q).
  bool exponential() {
    for (std::uint32_t q = 0; q < sets_.size(); ++q) {
      std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
      std::vector<std::pair<std::uint32_t, std::uint32_t>> open{{q, q}};
      bool parted = false;
      while (!open.empty()) {
        const auto [a, b] = open.back();
        open.pop_back();
        for (auto x : next_[a]) {
          for (auto y : next_[b]) {
            if (++steps_ > 2'000'000) return false;
            if (a == b && x == y) continue;   // still the same way
            if (!overlap(x, y)) continue;
            if (x == y) {
              if (x == q || reaches(x, q)) parted = parted || a != b;
              continue;
            }
            if (seen.insert({x, y}).second) open.push_back({x, y});
          }
        }
        if (parted) return true;
        if (a == b) {
          if (!seen.insert({a, b}).second) continue;
        }
      }
    }
    return false;
  }

  bool reaches(std::uint32_t from, std::uint32_t to) const {
    std::set<std::uint32_t> seen{from};
    std::vector<std::uint32_t> open{from};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      for (auto n : next_[at]) {
        if (n == to) return true;
        if (seen.insert(n).second) open.push_back(n);
      }
    }
    return false;
  }

  std::vector<std::vector<CharacterSet::Range>> sets_;
  std::vector<std::set<std::uint32_t>> next_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> loops_;
  bool doubled_ = false;
  std::uint64_t steps_ = 0;
};

}  // namespace

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view value) const {
  return !re || re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *re);
}

std::string translate_pattern(std::string_view xsd) {
  const auto tree = parse_pattern(xsd);
  std::string out;
  if (!tree || !append(out, *tree)) return {};
  return out.empty() ? "(?:)" : out;
}

std::shared_ptr<const Pattern> compile_pattern(const std::vector<std::string>& alternatives) {
  auto pattern = std::make_shared<Pattern>();
  std::string all;
  bool sure = true;
  for (const auto& alternative : alternatives) {
    if (!pattern->text.empty()) pattern->text += '|';
    pattern->text += alternative;
    const auto translated = translate_pattern(alternative);
    sure = sure && !translated.empty();
    all += (all.empty() ? "(?:" : "|(?:") + translated + ")";
  }
  if (!sure) return pattern;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto re = std::make_unique<re2::RE2>(all, options);
  if (re->ok()) pattern->re = std::move(re);
  return pattern;
}

bool is_ambiguous_pattern(std::string_view xsd) {
  const auto tree = parse_pattern(xsd);
  return tree && Ambiguity().check(*tree);
}

}  // namespace wayleave::schema
