#include "schema/markup.hpp"

#include <algorithm>

namespace wayleave::schema {

namespace {

constexpr std::string_view instance_namespace = "http://www.w3.org/2001/XMLSchema-instance";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// The end of a tag that starts at `at` (behind its '>'), honouring quotes; npos: there is none.
std::size_t tag_end(std::string_view source, std::size_t at) {
  char quote = 0;
  for (; at < source.size(); ++at) {
    const char c = source[at];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at + 1;
    }
  }
  return source.npos;
}

std::size_t past(std::string_view source, std::size_t at, std::string_view what) {
  const auto found = source.find(what, at);
  return found == source.npos ? source.npos : found + what.size();
}

/// Behind a comment, CDATA section or processing instruction that starts at `at`; `at` when none does.
std::size_t skip_other(std::string_view source, std::size_t at) {
  const auto rest = source.substr(at);
  if (rest.starts_with("<!--")) return past(source, at, "-->");
  if (rest.starts_with("<![CDATA[")) return past(source, at, "]]>");
  if (rest.starts_with("<?")) return past(source, at, "?>");
  return at;
}

/// Calls `use(name, value)` for each attribute of the start tag at `at`.
template <class Use>
void each_attribute(std::string_view source, std::size_t at, Use use) {
  const auto end = tag_end(source, at);
  if (at >= source.size() || source[at] != '<' || end == source.npos) return;
  const auto tag = source.substr(at, end - at - 1);
  std::size_t i = 1;
  while (i < tag.size() && !is_blank(tag[i])) ++i;
  while (i < tag.size()) {
    while (i < tag.size() && is_blank(tag[i])) ++i;
    const auto equals = tag.find('=', i);
    if (equals == tag.npos) return;
    const auto open = tag.find_first_of("\"'", equals);
    if (open == tag.npos) return;
    const auto close = tag.find(tag[open], open + 1);
    if (close == tag.npos) return;
    auto name = tag.substr(i, equals - i);
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
    use(name, tag.substr(open + 1, close - open - 1));
    i = close + 1;
  }
}

std::optional<std::string> namespace_at(const Document& document, Document::Index node, std::string_view prefix) {
  std::optional<std::string> found;
  for (; node != Document::none && !found; node = document.parent(node)) {
    each_attribute(document.source(), document.node(node).source, [&](std::string_view name, std::string_view value) {
      if (!name.starts_with("xmlns")) return;
      const auto declared = name.size() > 6 && name[5] == ':' ? name.substr(6) : name.size() == 5 ? std::string_view() : std::string_view("\n");
      if (declared == prefix) found = std::string(value);
    });
  }
  return found;
}

}  // namespace

std::uint32_t attribute_value_offset(const Document& document, const Document::Attribute& attribute) {
  const auto source = document.source();
  const auto equals = source.find('=', attribute.source);
  const auto open = equals == source.npos ? equals : source.find_first_of("\"'", equals);
  return open == source.npos ? attribute.source : static_cast<std::uint32_t>(open + 1);
}

std::uint32_t end_tag_offset(const Document& document, Document::Index node) {
  const auto source = document.source();
  const auto own = document.node(node).source;
  // From the last descendant on there are only end tags.
  Document::Index last = node;
  std::size_t closing = 1;
  while (document.first_child(last) != Document::none) {
    last = document.first_child(last);
    while (document.next(last) != Document::none) last = document.next(last);
    ++closing;
  }
  std::size_t at = document.node(last).source;
  if (at >= source.size() || source[at] != '<') return own;
  at = tag_end(source, at);
  if (at == source.npos) return own;
  if (source[at - 2] == '/' && --closing == 0) return own;
  while (true) {
    at = source.find('<', at);
    if (at == source.npos) return own;
    const auto behind = skip_other(source, at);
    if (behind == source.npos) return own;
    if (behind != at) {
      at = behind;
      continue;
    }
    if (at + 1 >= source.size() || source[at + 1] != '/') return own;
    if (--closing == 0) return static_cast<std::uint32_t>(at);
    ++at;
  }
}

std::uint32_t stray_text_offset(const Document& document, Document::Index node) {
  const auto source = document.source();
  const auto own = document.node(node).source;
  if (own >= source.size() || source[own] != '<') return own;
  std::size_t at = tag_end(source, own);
  std::size_t depth = 0;
  while (at < source.size()) {
    if (source[at] == '<') {
      const bool text = source.substr(at).starts_with("<![CDATA[");
      if (text && depth == 0) return static_cast<std::uint32_t>(at);
      const auto behind = skip_other(source, at);
      if (behind == source.npos) return own;
      if (behind != at) {
        at = behind;
        continue;
      }
      const bool closes = at + 1 < source.size() && source[at + 1] == '/';
      if (closes && depth == 0) return own;
      const auto end = tag_end(source, at);
      if (end == source.npos) return own;
      if (closes) --depth;
      else if (source[end - 2] != '/') ++depth;
      at = end;
    } else if (depth == 0 && !is_blank(source[at])) {
      return static_cast<std::uint32_t>(at);
    } else {
      ++at;
    }
  }
  return own;
}

std::optional<std::pair<std::string, std::string>> declared_type(const Document& document, Document::Index node) {
  std::optional<std::pair<std::string, std::string>> out;
  each_attribute(document.source(), document.node(node).source, [&](std::string_view name, std::string_view value) {
    const auto colon = name.find(':');
    if (colon == name.npos || name.substr(colon + 1) != "type") return;
    if (namespace_at(document, node, name.substr(0, colon)) != instance_namespace) return;
    while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    const auto split = value.find(':');
    const auto prefix = split == value.npos ? std::string_view() : value.substr(0, split);
    out.emplace(namespace_at(document, node, prefix).value_or(""), std::string(split == value.npos ? value : value.substr(split + 1)));
  });
  return out;
}

}  // namespace wayleave::schema
