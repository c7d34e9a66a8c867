#include "markup.hpp"

#include <algorithm>

namespace mutations {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

const Tag::Attribute* Tag::attribute(std::string_view wanted) const {
  auto found = std::find_if(attributes.begin(), attributes.end(), [&](const auto& a) { return a.name == wanted; });
  return found == attributes.end() ? nullptr : &*found;
}

Markup::Markup(std::string_view text) : text_(text) {
  Tag* open = nullptr;
  for (Offset at = 0; at < text.size();) {
    if (text[at] != '<') {
      ++at;
    } else if (text.substr(at).starts_with("<?")) {
      at = static_cast<Offset>(text.find("?>", at) + 2);
    } else if (text.substr(at).starts_with("<!--")) {
      at = static_cast<Offset>(text.find("-->", at) + 3);
    } else if (text[at + 1] == '/') {
      open->content.end = at;
      const auto name = at + 2;
      open->closing_name = {name, static_cast<Offset>(text.find_first_of(" >", name))};
      at = open->whole.end = static_cast<Offset>(text.find('>', at) + 1);
      open = const_cast<Tag*>(open->parent);
    } else {
      start_tag(at, open);
    }
  }
}

void Markup::start_tag(Offset& at, Tag*& open) {
  auto& tag = tags_.emplace_back();
  tag.whole.begin = tag.start.begin = at;
  const auto end_of_name = static_cast<Offset>(text_.find_first_of(" \n\t/>", at));
  tag.opening_name = {at + 1, end_of_name};
  tag.name = slice(text_, tag.opening_name);
  tag.parent = open;
  if (open) open->children.push_back(&tag);
  at = end_of_name;
  while (text_[at] != '>' && text_[at] != '/') {
    const auto blanks = at;
    while (is_blank(text_[at])) ++at;
    if (text_[at] == '>' || text_[at] == '/') break;
    Tag::Attribute attribute;
    attribute.name_at = {at, static_cast<Offset>(text_.find_first_of("= \n", at))};
    attribute.name = slice(text_, attribute.name_at);
    const auto quote = static_cast<Offset>(text_.find_first_of("\"'", at));
    attribute.value_at = {quote + 1, static_cast<Offset>(text_.find(text_[quote], quote + 1))};
    at = attribute.value_at.end + 1;
    attribute.whole = {blanks, at};
    tag.attributes.push_back(attribute);
  }
  const bool empty = text_[at] == '/';
  at += empty ? 2 : 1;
  tag.start.end = tag.whole.end = tag.content.begin = tag.content.end = at;
  if (!empty) open = &tag;
}

const Tag* Markup::at(Offset offset) const {
  auto found = std::lower_bound(tags_.begin(), tags_.end(), offset, [](const Tag& tag, Offset at) { return tag.whole.begin < at; });
  return found != tags_.end() && found->whole.begin == offset ? &*found : nullptr;
}

std::uint32_t line_of(std::string_view text, Offset offset) {
  return 1 + static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + std::min<std::size_t>(offset, text.size()), '\n'));
}

std::string blank(std::string_view text) { return std::string(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), '\n'); }

std::string_view slice(std::string_view text, Range range) { return text.substr(range.begin, range.end - range.begin); }

}  // namespace mutations
