#include "schema/annotation.hpp"

#include <charconv>

#include "schema/source.hpp"

namespace wayleave::schema {

namespace {

constexpr std::string_view edi_namespace = "urn:wayleave:edi:1";
constexpr std::string_view synthetic = "Synthetic_Annotation";

std::string collapsed(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::uint32_t count(std::string_view text, std::uint32_t otherwise) {
  if (text == "unbounded") return unbounded;
  std::uint32_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void text_below(const SourceFile& source, SourceFile::Index i, std::string& out) {
  out += source.node(i).text;
  for (auto c = source.node(i).child; c != SourceFile::none; c = source.node(c).next) {
    out += ' ';
    text_below(source, c, out);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_notes(const SourceFile& source, SourceFile::Index element) {
  std::vector<std::pair<std::string, std::string>> notes;
  for (auto a = source.begin_attributes(element); a != source.end_attributes(element); ++a) {
    const auto colon = a->name.find(':');
    if (colon == a->name.npos || a->name.starts_with("xmlns:")) continue;
    const auto ns = source.namespace_of(element, std::string_view(a->name).substr(0, colon));
    notes.emplace_back("{" + std::string(ns) + "}" + a->name.substr(colon + 1), a->value);
  }
  return notes;
}

std::vector<std::pair<std::string, std::string>> read_labels(const SourceFile& source, SourceFile::Index type) {
  std::vector<std::pair<std::string, std::string>> labels;
  auto restriction = source.node(type).child;
  while (restriction != SourceFile::none && !source.is(restriction, "restriction")) restriction = source.node(restriction).next;
  if (restriction == SourceFile::none) return labels;
  for (auto i = source.node(restriction).child; i != SourceFile::none; i = source.node(i).next) {
    if (!source.is(i, "enumeration") || source.node(i).child == SourceFile::none) continue;
    std::string words;
    text_below(source, source.node(i).child, words);
    words = collapsed(words);
    if (!words.empty()) labels.emplace_back(source.value(i, "value"), std::move(words));
  }
  return labels;
}

Annotation read_annotation(std::string text) {
  Annotation out;
  auto parsed = SourceFile::parse(std::move(text));
  if (!parsed) return out;
  const auto& source = *parsed;
  out.notes = read_notes(source, 0);
  for (SourceFile::Index i = 1; i < source.size(); ++i) {
    const auto& node = source.node(i);
    if (source.is(i, "documentation")) {
      std::string words;
      text_below(source, i, words);
      words = collapsed(words);
      if (words == synthetic || words.empty()) continue;
      if (!out.documentation.empty()) out.documentation += ' ';
      out.documentation += words;
    } else if (node.local == "variant" && node.ns == edi_namespace) {
      const auto value = [&](std::string_view name) { return std::string(source.value(i, name)); };
      out.variants.push_back({value("name"), value("when"), count(value("min"), 0), count(value("max"), unbounded)});
    }
  }
  return out;
}

}  // namespace wayleave::schema
