#include "document/document.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "document/name_hash.hpp"

namespace wayleave {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Characters of valid UTF-8: every byte that does not continue one.
std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Where the line after the one of `from` starts; npos when there is none. CR LF, LF and CR alone end a line.
std::size_t next_line(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_of("\r\n", from);
  if (end == std::string_view::npos) return end;
  return text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? end + 2 : end + 1;
}

}  // namespace

const Document::Attribute* Document::attribute(Index i, NameId name) const {
  const Attribute* first = attributes(i);
  const Attribute* last = first + nodes_[i].attribute_count;
  for (; first != last; ++first)
    if (first->name == name) return first;
  return nullptr;
}

std::string_view Document::local_name(NameId id) const {
  if (id == no_name) return {};
  return id & local_name_bit ? std::string_view(own_names_[id & ~local_name_bit].local) : names::local(id);
}

std::string_view Document::namespace_of(NameId id) const {
  if (id == no_name) return {};
  return id & local_name_bit ? std::string_view(own_names_[id & ~local_name_bit].ns) : names::ns(id);
}

std::string Document::path(Index i) const {
  std::vector<std::string> steps;
  for (; i != none; i = nodes_[i].parent) {
    const std::string_view name = local_name(nodes_[i].name);
    std::string step = "/" + std::string(name);
    if (const Index parent = nodes_[i].parent; parent != none) {
      std::size_t position = 0, count = 0;
      for (Index sibling = first_child(parent); sibling != none; sibling = nodes_[sibling].next) {
        if (nodes_[sibling].name != nodes_[i].name && local_name(nodes_[sibling].name) != name) continue;
        ++count;
        if (sibling == i) position = count;
      }
      if (count > 1) step += "[" + std::to_string(position) + "]";
    }
    steps.push_back(std::move(step));
  }
  std::string path;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) path += *step;
  return path;
}

Document::Position Document::position(std::uint32_t offset) const {
  const std::string_view text = source_;
  const std::size_t at = std::min<std::size_t>(offset, text.size());
  std::size_t start = 0;
  std::uint32_t line = 1;
  for (std::size_t next = next_line(text, start); next <= at; next = next_line(text, start)) {
    start = next;
    ++line;
  }
  const auto column = characters(text.substr(start, at - start)) + 1;
  return {line + begin_.line - 1, line == 1 ? column + begin_.column - 1 : column};
}

LineIndex::LineIndex(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t next = next_line(text, 0); next != std::string_view::npos; next = next_line(text, next))
    starts_.push_back(static_cast<std::uint32_t>(next));
}

Document::Position LineIndex::at(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const std::uint32_t start = *std::prev(after);
  return {static_cast<std::uint32_t>(after - starts_.begin()), characters(text_.substr(start, offset - start)) + 1};
}

DocumentBuilder::DocumentBuilder(std::string source) {
  doc_.source_ = std::move(source);
}

void DocumentBuilder::clear(std::string source) {
  doc_ = Document();
  doc_.source_ = std::move(source);
  open_.clear();
  own_slots_.clear();
}

void DocumentBuilder::reserve(std::size_t nodes, std::size_t attributes) {
  doc_.nodes_.reserve(nodes);
  doc_.attributes_.reserve(attributes);
}

NameId DocumentBuilder::name(std::string_view ns, std::string_view local) {
  return name(namespace_hash(ns), ns, local);
}

NameId DocumentBuilder::name(std::uint64_t ns_hash, std::string_view ns, std::string_view local) {
  const std::uint64_t hash = name_hash(ns_hash, local);
  if (const NameId known = names::find(hash, ns, local); known != no_name) return known;
  return own_name(hash, ns, local);
}

NameId DocumentBuilder::own_name(std::uint64_t hash, std::string_view ns, std::string_view local) {
  if (own_slots_.empty()) own_slots_.assign(2 * max_own_names, 0);
  const std::size_t mask = own_slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; own_slots_[i] != 0; i = (i + 1) & mask) {
    const auto& known = doc_.own_names_[own_slots_[i] - 1];
    if (known.local == local && known.ns == ns) return local_name_bit | (own_slots_[i] - 1u);
  }
  if (doc_.own_names_.size() == max_own_names - 1) doc_.own_names_.push_back({"", "other"});
  if (doc_.own_names_.size() == max_own_names) return local_name_bit | (max_own_names - 1);
  doc_.own_names_.push_back({std::string(ns), std::string(local)});
  own_slots_[i] = static_cast<std::uint16_t>(doc_.own_names_.size());
  return local_name_bit | (own_slots_[i] - 1u);
}

Document::Index DocumentBuilder::start(NameId name, std::uint32_t source_offset) {
  const auto index = static_cast<Document::Index>(doc_.nodes_.size());
  Document::Index parent = Document::none;
  if (!open_.empty()) {
    Open& open = open_.back();
    parent = open.node;
    if (open.last_child != Document::none) {
      doc_.nodes_[open.last_child].next = index;
    } else {
      drop_text(doc_.nodes_[parent]);
      doc_.nodes_[parent].flags |= Document::has_children;
    }
    open.last_child = index;
  }
  doc_.nodes_.push_back(
      {name, parent, Document::none, 0, 0, static_cast<std::uint32_t>(doc_.attributes_.size()), 0, 0, source_offset, 0}
  );
  open_.push_back({index, Document::none});
  return index;
}

void DocumentBuilder::drop_text(Document::Node& parent) {
  if (parent.text_length != 0 && !is_blank(doc_.view(parent.text, parent.text_length)))
    parent.flags |= Document::mixed_text;
  if (parent.text & Document::decoded_bit) doc_.decoded_.resize(parent.text & ~Document::decoded_bit);
  parent.text = parent.text_length = parent.source_text = 0;
}

void DocumentBuilder::attribute(
    NameId name, std::uint32_t text_offset, std::uint32_t text_length, std::uint32_t source_offset
) {
  auto& node = doc_.nodes_[open_.back().node];
  assert(open_.back().last_child == Document::none && node.attribute_count < 0xffff);
  ++node.attribute_count;
  doc_.attributes_.push_back({name, text_offset, text_length, source_offset});
}

void DocumentBuilder::attribute_decoded(NameId name, std::string_view value, std::uint32_t source_offset) {
  const auto offset = static_cast<std::uint32_t>(doc_.decoded_.size());
  doc_.decoded_.append(value);
  attribute(name, offset | Document::decoded_bit, static_cast<std::uint32_t>(value.size()), source_offset);
}

void DocumentBuilder::text(std::uint32_t offset, std::uint32_t length) {
  if (length == 0) return;
  auto& node = doc_.nodes_[open_.back().node];
  if (node.flags & Document::has_children || node.text_length != 0)
    return text_decoded(std::string_view(doc_.source_).substr(offset, length), offset);
  node.text = offset;
  node.text_length = length;
  node.source_text = offset;
}

void DocumentBuilder::text_decoded(std::string_view value, std::uint32_t source_offset) {
  if (value.empty()) return;
  auto& node = doc_.nodes_[open_.back().node];
  if (node.flags & Document::has_children) {
    if (!is_blank(value)) node.flags |= Document::mixed_text;
    return;
  }
  if (node.text_length == 0) {
    node.text = static_cast<std::uint32_t>(doc_.decoded_.size()) | Document::decoded_bit;
    node.source_text = source_offset;
  } else if (!(node.text & Document::decoded_bit)) {
    const auto offset = static_cast<std::uint32_t>(doc_.decoded_.size());
    doc_.decoded_.append(doc_.source_, node.text, node.text_length);
    node.text = offset | Document::decoded_bit;
  }
  doc_.decoded_.append(value);
  node.text_length += static_cast<std::uint32_t>(value.size());
}

void DocumentBuilder::leaf(NameId name, std::uint32_t offset, std::uint32_t length) {
  start(name, offset);
  auto& node = doc_.nodes_.back();
  node.text = node.source_text = offset;
  node.text_length = length;
  open_.pop_back();
}

void DocumentBuilder::flag(Document::Flag flag) {
  doc_.nodes_[open_.back().node].flags |= flag;
}

void DocumentBuilder::end() {
  open_.pop_back();
}

Document DocumentBuilder::finish() {
  assert(open_.empty());
  own_slots_.clear();
  return std::exchange(doc_, Document());
}

Document DocumentBuilder::finish(std::string source) {
  doc_.source_ = std::move(source);
  return finish();
}

}  // namespace wayleave
