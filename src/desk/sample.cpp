#include "desk/sample.hpp"

#include "formats/xml/read.hpp"
#include "mapping/cases.hpp"

namespace wayleave::desk {
namespace {

bool has_literals_of(const Entry& entry, const Document& document, Document::Index element) {
  for (const auto& fact : entry.facts) {
    if (!fact.name.starts_with('@') || fact.text.find('{') != std::string::npos) continue;
    if (attribute_of(document, element, std::string_view(fact.name).substr(1)) != fact.text) return false;
  }
  return true;
}

}  // namespace

std::optional<Sample> first_sample(const mapping::Map& map) {
  for (const auto& folder : mapping::cases_of(map.file())) {
    auto outcome = mapping::run_case(map, folder);
    if (outcome.outputs.empty()) continue;
    auto reading = xml::read_wellformed(std::move(outcome.outputs.front()));
    if (reading.valid()) return Sample{folder.filename().string(), std::move(*reading.document)};
  }
  return std::nullopt;
}

Document::Index written_by(const std::vector<Entry>& entries, std::size_t i, const Document& document, Document::Index parent) {
  for (auto child = document.first_child(parent); child != Document::none; child = document.next(child)) {
    if (document.local_name(document.node(child).name) != entries[i].name || !has_literals_of(entries[i], document, child)) continue;
    for (std::size_t other = 0; other < entries.size(); ++other) {
      if (other != i && entries[other].name == entries[i].name && has_literals_of(entries[other], document, child)) return Document::none;
    }
    return child;
  }
  return Document::none;
}

std::string attribute_of(const Document& document, Document::Index element, std::string_view name) {
  const auto* first = document.attributes(element);
  for (std::uint16_t i = 0; i < document.node(element).attribute_count; ++i) {
    if (document.local_name(first[i].name) == name) return std::string(document.text(first[i]));
  }
  return {};
}

}  // namespace wayleave::desk
