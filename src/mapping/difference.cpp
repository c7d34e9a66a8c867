#include "mapping/difference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::mapping {
namespace {

using Index = Document::Index;

constexpr std::size_t shown = 120;

std::string quoted(std::string_view text) {
  if (text.size() <= shown) return fmt::format("'{}'", text);
  return fmt::format("'{}…'", utf8_head(text, shown));
}

class Comparison {
 public:
  Comparison(const Document& made, const Document& expected, std::size_t limit) : made_(made), expected_(expected), limit_(limit) {}

  std::vector<std::string> run() {
    if (name(made_, 0) != name(expected_, 0)) add(fmt::format("{} is made, {} is expected", name(made_, 0), name(expected_, 0)));
    else elements(0, 0);
    if (left_out_) lines_.push_back(fmt::format("and {} more", left_out_));
    return std::move(lines_);
  }

 private:
  static std::string name(const Document& document, Index node) {
    const auto id = document.node(node).name;
    return fmt::format("{{{}}}{}", document.namespace_of(id), document.local_name(id));
  }
  static std::string_view local(const Document& document, Index node) { return document.local_name(document.node(node).name); }
  static std::vector<Index> children(const Document& document, Index node) {
    std::vector<Index> all;
    for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) all.push_back(child);
    return all;
  }

  void add(std::string line) {
    if (lines_.size() < limit_) lines_.push_back(std::move(line));
    else ++left_out_;
  }

  void elements(Index made, Index expected) {
    attributes(made, expected);
    const auto a = children(made_, made), b = children(expected_, expected);
    const auto text = made_.text(made), wanted = expected_.text(expected);
    if (a.empty() && b.empty() && text != wanted) add(fmt::format("{}: {}, expected {}", made_.path(made), quoted(text), quoted(wanted)));
    const auto nil = made_.node(made).flags & Document::is_nil;
    if (nil != (expected_.node(expected).flags & Document::is_nil)) add(fmt::format("{}: nil is {}expected", made_.path(made), nil ? "not " : ""));
    lists(a, b, made);
  }

  static std::vector<std::pair<std::string, std::string_view>> sorted_attributes(const Document& document, Index node) {
    std::vector<std::pair<std::string, std::string_view>> all;
    const auto* first = document.attributes(node);
    for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i) all.emplace_back(document.local_name(first[i].name), document.text(first[i]));
    std::sort(all.begin(), all.end());
    return all;
  }

  void attributes(Index made, Index expected) {
    const auto a = sorted_attributes(made_, made), b = sorted_attributes(expected_, expected);
    const auto find = [](const auto& list, const std::string& name) {
      return std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.first == name; });
    };
    for (const auto& [name, value] : a) {
      const auto other = find(b, name);
      if (other == b.end()) add(fmt::format("{}/@{}: {} is not expected", made_.path(made), name, quoted(value)));
      else if (other->second != value) add(fmt::format("{}/@{}: {}, expected {}", made_.path(made), name, quoted(value), quoted(other->second)));
    }
    for (const auto& [name, value] : b) {
      if (find(a, name) == a.end()) add(fmt::format("{}/@{} is missing, expected {}", made_.path(made), name, quoted(value)));
    }
  }

  // Elements of one name go together in order; what the one has more of is missing in the other.
  void lists(const std::vector<Index>& a, const std::vector<Index>& b, Index made) {
    std::size_t i = 0, j = 0;
    const auto later = [](const Document& document, const std::vector<Index>& list, std::size_t from, const std::string& wanted) {
      return std::any_of(list.begin() + static_cast<std::ptrdiff_t>(from), list.end(), [&](Index each) { return name(document, each) == wanted; });
    };
    const auto rest = [](const Document& document, const std::vector<Index>& list, std::size_t from, const std::string& wanted) {
      return std::count_if(list.begin() + static_cast<std::ptrdiff_t>(from), list.end(), [&](Index each) { return name(document, each) == wanted; });
    };
    while (i < a.size() || j < b.size()) {
      if (i < a.size() && j < b.size() && name(made_, a[i]) == name(expected_, b[j])) {
        const auto here = name(made_, a[i]);
        // One too many or too few of a repeated element: find the one that is, by its content.
        const auto more = rest(made_, a, i, here), wanted = rest(expected_, b, j, here);
        if (more < wanted && !same(a[i], b[j])) add(fmt::format("{} is missing", expected_.path(b[j++])));
        else if (more > wanted && !same(a[i], b[j])) add(fmt::format("{} is not expected", made_.path(a[i++])));
        else elements(a[i++], b[j++]);
      } else if (j < b.size() && (i == a.size() || !later(made_, a, i, name(expected_, b[j])))) {
        add(fmt::format("{} is missing{}", expected_.path(b[j]), value_of(expected_, b[j])));
        ++j;
      } else if (i < a.size() && (j == b.size() || !later(expected_, b, j, name(made_, a[i])))) {
        add(fmt::format("{} is not expected{}", made_.path(a[i]), value_of(made_, a[i])));
        ++i;
      } else {
        add(fmt::format("{}: {} stands before {}, expected the other way round", made_.path(made), local(made_, a[i]), local(expected_, b[j])));
        return;
      }
    }
  }

  bool same(Index a, Index b) const { return xml::canonical(made_, a) == xml::canonical(expected_, b); }
  static std::string value_of(const Document& document, Index node) {
    return document.first_child(node) == Document::none && !document.text(node).empty() ? ": " + quoted(document.text(node)) : std::string();
  }

  const Document& made_;
  const Document& expected_;
  std::size_t limit_, left_out_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differences(const Document& made, const Document& expected, std::size_t limit) {
  return Comparison(made, expected, limit).run();
}

}  // namespace wayleave::mapping
