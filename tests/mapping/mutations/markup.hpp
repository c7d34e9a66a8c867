#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// The elements of an XML file as places in its text: what is needed to cut, copy and misspell them.
namespace mutations {

using Offset = std::uint32_t;

struct Range {
  Offset begin = 0, end = 0;
  bool empty() const { return begin == end; }
};

struct Tag {
  std::string_view name;                   ///< as written, with its prefix
  Range whole;                             ///< from `<` to behind the last `>`
  Range start;                             ///< the start tag
  Range content;                           ///< empty: an empty element
  Range opening_name, closing_name;        ///< closing: empty for <a/>
  struct Attribute {
    std::string_view name;
    Range name_at, value_at;               ///< the value without quotes
    Range whole;                           ///< name, =, quotes and the blanks before
  };
  std::vector<Attribute> attributes;
  const Tag* parent = nullptr;
  std::vector<const Tag*> children;

  bool directive() const { return name.starts_with("m:"); }
  const Attribute* attribute(std::string_view wanted) const;
};

/// Of a file that is well-formed and has neither CDATA nor a DTD. The text must outlive it.
class Markup {
 public:
  explicit Markup(std::string_view text);
  const std::deque<Tag>& tags() const { return tags_; }   ///< in document order
  const Tag* at(Offset tag) const;                        ///< the element whose `<` stands there

 private:
  void start_tag(Offset& at, Tag*& open);
  std::string_view text_;
  std::deque<Tag> tags_;
};

std::uint32_t line_of(std::string_view text, Offset offset);
/// As many line ends as the text has, so that what follows keeps its lines.
std::string blank(std::string_view text);
std::string_view slice(std::string_view text, Range range);

}  // namespace mutations
