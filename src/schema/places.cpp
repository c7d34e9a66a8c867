#include "schema/places.hpp"

#include <filesystem>

#include "document/names.hpp"

// selector ::= path ('|' path)*     field ::= path ('|' path)*
// path     ::= ('.//')? step ('/' step)*
// step     ::= '.' | ('child::')? test | ('@' | 'attribute::') test      test ::= QName | '*' | NCName ':*'

namespace wayleave::schema {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::string without_blanks(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!is_blank(c)) out += c;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  while (true) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

Constraint::Path read_path(std::string_view text, const SourceFile& source, SourceFile::Index node) {
  Constraint::Path path;
  if (text.starts_with(".//")) {
    path.descendants = true;
    text.remove_prefix(3);
  }
  for (auto word : split(text, '/')) {
    Constraint::Step step;
    if (word.starts_with('@')) {
      step.attribute = true;
      word.remove_prefix(1);
    } else if (word.starts_with("attribute::")) {
      step.attribute = true;
      word.remove_prefix(11);
    } else if (word.starts_with("child::")) {
      word.remove_prefix(7);
    }
    if (word == "." || word.empty()) continue;
    const auto colon = word.find(':');
    const auto local = colon == word.npos ? word : word.substr(colon + 1);
    // A name without prefix is in no namespace, whatever the default namespace is.
    const auto ns = colon == word.npos ? std::string_view() : source.namespace_of(node, word.substr(0, colon));
    if (local != "*") step.name = names::intern(ns, local);
    path.steps.push_back(step);
  }
  return path;
}

std::vector<Constraint::Path> read_paths(const SourceFile& source, SourceFile::Index node) {
  const auto text = without_blanks(source.value(node, "xpath"));
  std::vector<Constraint::Path> out;
  for (auto path : split(text, '|')) out.push_back(read_path(path, source, node));
  return out;
}

}  // namespace

std::string Places::Place::text() const {
  if (!source) return {};
  return std::filesystem::path(*file).filename().string() + ":" + std::to_string(source->position(source->node(node).offset).first);
}

Places::Places(const FileSet& files) {
  for (const auto& [path, file] : files) {
    const auto& source = file->source;
    if (source.empty()) continue;
    const std::string ns(source.target_namespace());
    for (auto i = source.node(0).child; i != SourceFile::none; i = source.node(i).next) {
      globals_.try_emplace({source.node(i).local, ns, std::string(source.value(i, "name"))}, Place{&source, i, &path});
    }
    for (SourceFile::Index i = 1; i < source.size(); ++i) {
      if (source.is(i, "key") || source.is(i, "unique") || source.is(i, "keyref")) {
        constraints_.try_emplace({"", ns, std::string(source.value(i, "name"))}, Place{&source, i, &path});
      }
    }
  }
}

Places::Place Places::global(std::string_view kind, std::string_view ns, std::string_view local) const {
  auto found = globals_.find({std::string(kind), std::string(ns), std::string(local)});
  // A file without namespace that is included takes the including file's.
  if (found == globals_.end() && !ns.empty()) found = globals_.find({std::string(kind), "", std::string(local)});
  return found == globals_.end() ? Place{} : found->second;
}

SourceFile::Index Places::find_element(const SourceFile& source, SourceFile::Index under, std::string_view local) const {
  for (auto i = source.node(under).child; i != SourceFile::none; i = source.node(i).next) {
    if (source.is(i, "element")) {
      if (source.value(i, "name") == local) return i;
      continue;
    }
    const auto found = find_element(source, i, local);
    if (found != SourceFile::none) return found;
  }
  return SourceFile::none;
}

Places::Place Places::local_element(const Place& type, std::string_view local) const {
  if (!type) return {};
  const auto node = find_element(*type.source, type.node, local);
  if (node != SourceFile::none) return {type.source, node, type.file};
  // It stands in a group that the type refers to.
  for (const auto& [key, group] : globals_) {
    if (std::get<0>(key) != "group") continue;
    const auto found = find_element(*group.source, group.node, local);
    if (found != SourceFile::none) return {group.source, found, group.file};
  }
  return {};
}

Places::Place Places::anonymous_type(const Place& element) const {
  if (!element) return {};
  for (auto i = element.source->node(element.node).child; i != SourceFile::none; i = element.source->node(i).next) {
    if (element.source->is(i, "complexType") || element.source->is(i, "simpleType")) return {element.source, i, element.file};
  }
  return {};
}

bool Places::constraint_paths(std::string_view ns, std::string_view local, Constraint& out) const {
  auto found = constraints_.find({"", std::string(ns), std::string(local)});
  if (found == constraints_.end()) found = constraints_.find({"", "", std::string(local)});
  if (found == constraints_.end()) return false;
  const auto& [source, node, file] = found->second;
  for (auto i = source->node(node).child; i != SourceFile::none; i = source->node(i).next) {
    if (source->is(i, "selector")) out.selector = read_paths(*source, i);
    else if (source->is(i, "field")) out.fields.push_back(read_paths(*source, i));
  }
  return true;
}

}  // namespace wayleave::schema
