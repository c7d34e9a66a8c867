#include "desk/thinned.hpp"

#include "desk/pretty.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::desk {
namespace {

constexpr unsigned tries = 12;

struct Gap {
  Document::Index element = Document::none;
  const Document::Attribute* attribute = nullptr;      // null: the element as a whole
};

void copy(const Document& document, Document::Index node, const Gap& gap, std::string& out) {
  if (node == gap.element && !gap.attribute) return;
  const auto source = document.source();
  const auto begin = document.node(node).source;
  const auto end = tag_end(source, begin);
  auto tag = std::string(source.substr(begin, end - begin));
  if (node == gap.element) {
    const auto at = gap.attribute->source - begin;
    const auto quote = tag.find_first_of("\"'", at);
    tag.erase(at, tag.find(tag[quote], quote + 1) + 1 - at);
  }
  out += tag;
  if (tag[tag.size() - 2] == '/') return;
  if (document.first_child(node) == Document::none) out += source.substr(end, source.find("</", end) - end);
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) copy(document, child, gap, out);
  out += "</" + tag.substr(1, tag.find_first_of(" />") - 1) + ">";
}

Gap any_gap(const Document& document, Chance& chance) {
  Gap gap;
  gap.element = static_cast<Document::Index>(chance.below(document.size()));
  const auto attributes = document.node(gap.element).attribute_count;
  // Of the root only an attribute can go.
  if (attributes && (gap.element == document.root() || chance.percent(40))) gap.attribute = document.attributes(gap.element) + chance.below(attributes);
  return gap;
}

}  // namespace

std::optional<std::string> thinned(const std::string& xml, const schema::Schema& schema, Chance& chance) {
  const auto whole = xml::read(xml, schema);
  if (!whole.valid()) return std::nullopt;
  auto text = xml::serialize(*whole.document);         // without comments and the like
  bool changed = false;
  const auto gaps = 1 + chance.below(4);
  for (unsigned i = 0, made = 0; i < tries && made < gaps; ++i) {
    const auto reading = xml::read_wellformed(text);
    if (!reading.document) return std::nullopt;
    const auto gap = any_gap(*reading.document, chance);
    if (gap.element == reading.document->root() && !gap.attribute) continue;
    std::string less;
    copy(*reading.document, reading.document->root(), gap, less);
    if (!xml::read(less, schema).valid()) continue;
    text = std::move(less);
    changed = true;
    ++made;
  }
  return changed ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace wayleave::desk
