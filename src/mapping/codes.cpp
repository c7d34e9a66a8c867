#include "mapping/codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

#include "base/nearest.hpp"
#include "mapping/dates.hpp"
#include "mapping/map_file.hpp"

namespace wayleave::mapping {
namespace {

void unknown_attribute(Reporter& reporter, const MapElement& element, const MapElement::Attribute& attribute,
                       std::span<const std::string> known) {
  auto& finding = reporter.error(
    "M002", element.span(attribute), fmt::format("<{}> has no attribute {}", element.tag(), attribute.name)
  );
  if (auto near = nearest(attribute.name, known); !near.empty()) finding.fix = "did you mean " + near + "?";
}

void read_head(Reporter& reporter, const MapElement& root, CodeList& list) {
  static const std::array<std::string, 6> known{"name", "from", "to", "unknown", "both-ways", "note"};
  for (const auto& attribute : root.attributes()) {
    auto value = root.value(attribute);
    if (attribute.name == "name") list.name = value.text;
    else if (attribute.name == "from") list.from = value.text;
    else if (attribute.name == "to") list.to = value.text;
    else if (attribute.name == "both-ways" && (value.text == "yes" || value.text == "no")) list.both_ways = value.text == "yes";
    else if (attribute.name == "both-ways") reporter.error("M004", value.whole(), "both-ways is yes or no").expected = "yes, no";
    else if (attribute.name == "unknown") {
      if (value.text == "reject") list.unknown = CodeList::Unknown::reject;
      else if (value.text == "pass") list.unknown = CodeList::Unknown::pass;
      else if (value.text.starts_with("default:")) {
        list.unknown = CodeList::Unknown::fallback;
        list.fallback = value.text.substr(8);
      } else {
        reporter.error("M004", value.whole(), "unknown says what becomes of a code without a row").expected =
          "reject, pass, or default: and a code";
      }
    } else if (attribute.name != "note") {
      unknown_attribute(reporter, root, attribute, known);
    }
  }
  if (list.name.empty()) reporter.error("M003", root.span(), "a code list needs a name").fix = "add name=\"…\"";
}

}  // namespace

// One code twice says two things; a list that goes both ways needs each target once.
void check_code_rows(Reporter& reporter, const CodeList& list) {
  std::unordered_set<std::string_view> from, to;
  for (const auto& row : list.rows) {
    if (!from.insert(row.from).second) {
      reporter.error("M401", row.span, fmt::format("list {} has two rows for '{}'", list.name, row.from)).fix =
        "keep the one that is meant";
    }
    if (!to.insert(row.to).second && list.both_ways) {
      reporter.error("M401", row.span, fmt::format("list {} is to work both ways, but two rows give '{}'", list.name, row.to))
        .fix = "say both-ways=\"no\", or keep one of them";
    }
  }
}

std::optional<CodeList::Row> read_code_row(Reporter& reporter, const MapElement& row) {
  static const std::array<std::string, 5> known{"from", "to", "label", "until", "note"};
  CodeList::Row made;
  made.span = row.span();
  bool has_from = false, has_to = false;
  for (const auto& attribute : row.attributes()) {
    auto value = row.value(attribute);
    if (attribute.name == "from") {
      made.from = value.text;
      made.span = value.whole();
      has_from = true;
    } else if (attribute.name == "to") {
      made.to = value.text;
      has_to = true;
    } else if (attribute.name == "label") {
      made.label = value.text;
    } else if (attribute.name == "until") {
      auto day = Moment::parse_date(value.text);
      if (day) made.until = day->days;
      else reporter.error("M004", value.whole(), "until is the last day a row is good").expected = "a date, as 2026-12-31";
    } else if (attribute.name != "note") {
      unknown_attribute(reporter, row, attribute, known);
    }
  }
  if (!has_from || !has_to) {
    reporter.error("M003", row.span(), fmt::format("a row needs {}", has_from ? "to" : "from")).fix =
      fmt::format("add {}=\"…\"", has_from ? "to" : "from");
    return std::nullopt;
  }
  return made;
}

const CodeList::Row* CodeList::find(std::string_view code, std::int32_t day) const {
  auto found = by_code_.find(code);
  if (found == by_code_.end()) return nullptr;
  const auto& row = rows[found->second];
  return row.until < day ? nullptr : &row;
}

void CodeList::index() {
  by_code_.clear();
  by_code_.reserve(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) by_code_.emplace(rows[i].from, i);
}

std::shared_ptr<const CodeList> read_codes(Reporter& reporter, std::uint16_t file) {
  const auto before = reporter.errors();
  auto read = MapFile::read(reporter, file);
  if (!read) return nullptr;
  auto root = read->root();
  if (root.name() != "codes" || (!root.ns().empty() && !root.directive())) {
    reporter.error("M002", root.span(), fmt::format("<{}> is no code list", root.tag())).expected =
      fmt::format("<codes xmlns=\"{}\" …>", map_namespace);
    return nullptr;
  }
  auto list = std::make_shared<CodeList>();
  read_head(reporter, root, *list);
  for (const auto& row : root.children()) {
    if (row.name() == "c" && row.ns() == root.ns()) {
      if (auto made = read_code_row(reporter, row)) list->rows.push_back(std::move(*made));
    } else {
      reporter.error("M002", row.span(), fmt::format("<{}> stands in a code list", row.tag())).expected = "<c from= to= …/>";
    }
  }
  if (reporter.errors() == before) check_code_rows(reporter, *list);
  if (reporter.errors() != before) return nullptr;
  list->index();
  return list;
}

}  // namespace wayleave::mapping
