#include "schema/report.hpp"

#include <algorithm>

#include "schema/markup.hpp"

namespace wayleave::schema {

namespace {

constexpr std::size_t longest_found = 200;

std::uint32_t first_character(std::string_view source, std::uint32_t offset) {
  while (offset < source.size() && std::string_view(" \t\r\n").find(source[offset]) != std::string_view::npos) ++offset;
  return offset;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string cut(std::string_view text) {
  auto end = std::min(text.size(), longest_found);
  while (end > 0 && end < text.size() && static_cast<unsigned char>(text[end]) >> 6 == 2) --end;
  return std::string(text.substr(0, end));
}

/// Characters of the qualified name at `offset`, the '<' before it included.
std::uint32_t name_length(std::string_view source, std::uint32_t offset) {
  std::uint32_t length = 0;
  for (std::size_t i = offset; i < source.size(); ++i) {
    const char c = source[i];
    if (i > offset && std::string_view(" \t\r\n/>=").find(c) != std::string_view::npos) break;
    length += static_cast<unsigned char>(c) >> 6 != 2;
  }
  return length;
}

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >> 6 != 2; }));
}

}  // namespace

Finding& Report::add(const char* code, std::uint32_t offset, std::string path, std::string message) {
  auto& finding = entries_.emplace_back(Entry{offset, {}}).finding;
  finding.code = code;
  finding.path = std::move(path);
  finding.message = std::move(message);
  return finding;
}

Finding& Report::at_node(const char* code, Document::Index node, std::string message) {
  const auto& n = document_.node(node);
  auto& finding = add(code, n.source, document_.path(node), std::move(message));
  finding.found = cut(document_.local_name(n.name));
  finding.length = name_length(document_.source(), n.source);
  return finding;
}

Finding& Report::at_offset(const char* code, Document::Index node, std::uint32_t offset, std::string message) {
  return add(code, offset, document_.path(node), std::move(message));
}

Finding& Report::at_attribute_name(const char* code, Document::Index node, const Document::Attribute& attribute, std::string message) {
  const auto local = document_.local_name(attribute.name);
  auto& finding = add(code, attribute.source, document_.path(node) + "/@" + std::string(local), std::move(message));
  finding.found = cut(local);
  finding.length = name_length(document_.source(), attribute.source);
  return finding;
}

Finding& Report::at_text(ValueWords words, Document::Index node, std::string_view text) {
  const auto& n = document_.node(node);
  const auto value = trimmed(text);
  const auto offset = value.empty() || n.source_text == 0 ? n.source : first_character(document_.source(), n.source_text);
  auto& finding = add(words.code.c_str(), offset, document_.path(node), std::move(words.message));
  finding.found = cut(value);
  finding.expected = std::move(words.expected);
  finding.fix = std::move(words.fix);
  finding.length = value.empty() ? name_length(document_.source(), n.source) : characters(value);
  return finding;
}

Finding& Report::at_attribute(ValueWords words, Document::Index node, const Document::Attribute& attribute, std::string_view text) {
  const auto offset = attribute.source == 0 ? document_.node(node).source : attribute_value_offset(document_, attribute);
  auto& finding = add(words.code.c_str(), offset, document_.path(node) + "/@" + std::string(document_.local_name(attribute.name)), std::move(words.message));
  finding.found = cut(text);
  finding.expected = std::move(words.expected);
  finding.fix = std::move(words.fix);
  finding.length = characters(text);
  return finding;
}

Findings Report::finish() {
  std::stable_sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  Findings out;
  if (entries_.empty()) return out;
  const LineIndex lines(document_.source());
  for (auto& [offset, finding] : entries_) {
    if (out.size() >= limit_) break;
    const auto position = lines.at(offset);
    finding.line = position.line;
    finding.column = position.column;
    out.push_back(std::move(finding));
  }
  entries_.clear();
  return out;
}

}  // namespace wayleave::schema
