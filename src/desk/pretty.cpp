#include "desk/pretty.hpp"

#include "formats/xml/read.hpp"

namespace wayleave::desk {
namespace {

void add(const Document& document, Document::Index node, std::size_t depth, std::vector<PrettyLine>& lines) {
  const auto source = document.source();
  const auto begin = document.node(node).source;
  const auto end = tag_end(source, begin);
  const bool nested = document.first_child(node) != Document::none, closed = source[end - 2] == '/';
  const auto indent = std::string(2 * depth, ' ');
  const auto last = nested || closed ? end : tag_end(source, source.find("</", end));
  lines.push_back({indent + std::string(source.substr(begin, last - begin)), node, false});
  if (!nested) return;
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) add(document, child, depth + 1, lines);
  const auto name = source.substr(begin + 1, source.find_first_of(" />", begin) - begin - 1);
  lines.push_back({indent + "</" + std::string(name) + ">", node, true});
}

}  // namespace

std::size_t tag_end(std::string_view source, std::size_t begin) {
  char quote = 0;
  for (auto at = begin; at < source.size(); ++at) {
    const char c = source[at];
    if (quote) quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'') quote = c;
    else if (c == '>') return at + 1;
  }
  return source.size();
}

std::vector<PrettyLine> pretty_lines(const Document& document) {
  std::vector<PrettyLine> lines;
  if (!document.empty()) add(document, document.root(), 0, lines);
  return lines;
}

std::string pretty(const std::string& xml) {
  const auto reading = xml::read_wellformed(xml);
  if (!reading.document) return xml;
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  for (const auto& line : pretty_lines(*reading.document)) text += line.text + "\n";
  return text;
}

}  // namespace wayleave::desk
