#include "mapping/map_file.hpp"

#include "formats/xml/read.hpp"

namespace wayleave::mapping {
namespace {

xml::Limits limits() {
  xml::Limits limits;
  limits.document = 4u << 20;
  limits.depth = 100;
  limits.nodes = 200'000;
  return limits;
}

std::string_view prefix_of(std::string_view tag) {
  auto colon = tag.find(':');
  return colon == std::string_view::npos ? std::string_view() : tag.substr(0, colon);
}

}  // namespace

std::string_view MapElement::tag() const {
  auto place = span();
  return std::string_view(file_->text()).substr(place.begin + 1, place.end - place.begin - 1);
}

std::string_view MapElement::prefix() const { return prefix_of(tag()); }

std::vector<MapElement::Attribute> MapElement::attributes() const {
  std::vector<Attribute> found;
  const auto& node = document_->node(node_);
  const auto* first = document_->attributes(node_);
  for (std::uint16_t i = 0; i < node.attribute_count; ++i) {
    auto place = attribute_name_span(*file_, id_, first[i].source);
    auto written = std::string_view(file_->text()).substr(place.begin, place.end - place.begin);
    found.push_back(
      {document_->namespace_of(first[i].name), document_->local_name(first[i].name), prefix_of(written), first[i].source}
    );
  }
  return found;
}

std::optional<Fragment> MapElement::value(std::string_view name) const {
  for (const auto& attribute : attributes()) {
    if (attribute.ns.empty() && attribute.name == name) return value(attribute);
  }
  return std::nullopt;
}

std::vector<MapElement> MapElement::children() const {
  std::vector<MapElement> found;
  for (auto child = document_->first_child(node_); child != Document::none; child = document_->next(child)) {
    found.emplace_back(*document_, *file_, id_, child);
  }
  return found;
}

std::optional<MapFile> MapFile::read(Reporter& reporter, std::uint16_t file) {
  MapFile read;
  read.file_ = &reporter.files()[file];
  read.id_ = file;
  auto reading = xml::read_wellformed(read.file_->text(), limits());
  for (const auto& finding : reading.findings) {
    auto& own = reporter.error("M001", Span{0, 0, file}, "this file cannot be read as XML: " + finding.message);
    own.line = finding.line;
    own.column = finding.column;
    own.length = finding.length;
    own.found = finding.found;
    own.expected = finding.expected;
    own.fix = finding.fix;
  }
  if (!reading.document || !reading.findings.empty() || reading.document->empty()) return std::nullopt;
  // A byte order mark or another encoding would shift every place: our files are UTF-8, and the reader kept them as they were.
  if (reading.document->source() != read.file_->text()) {
    reporter.error("M001", Span{0, 0, file}, "this file is not UTF-8 without byte order mark").fix =
      "save it as UTF-8 without byte order mark";
    return std::nullopt;
  }
  read.document_ = std::make_unique<Document>(std::move(*reading.document));
  return read;
}

}  // namespace wayleave::mapping
