#include "desk/code_file.hpp"

#include <algorithm>
#include <array>

#include "formats/xml/write.hpp"
#include "mapping/dates.hpp"
#include "mapping/map_file.hpp"

namespace wayleave::desk {
namespace {

using mapping::CodeList;

constexpr std::array<std::string_view, 6> list_attributes{"name", "from", "to", "unknown", "both-ways", "note"};

void add(CodeFile& file, std::string_view name, const std::string& value) {
  if (!value.empty()) file.attributes.emplace_back(name, value);
}

void write_attribute(std::string& out, std::string_view name, const std::string& value) {
  out += ' ';
  out += name;
  out += "=\"";
  xml::escape_attribute(out, value);
  out += '"';
}

std::string value_of(const mapping::MapElement& element, std::string_view name) {
  const auto value = element.value(name);
  return value ? value->text : "";
}

}  // namespace

std::optional<CodeFile> read_code_file(const std::string& name, std::string text, Findings& findings) {
  mapping::Files files;
  mapping::Reporter reporter(files, findings);
  const auto id = files.add(name, std::move(text));
  if (!mapping::read_codes(reporter, id)) return std::nullopt;
  const auto file = mapping::MapFile::read(reporter, id);
  CodeFile made;
  const auto root = file->root();
  for (const auto attribute : list_attributes) add(made, attribute, value_of(root, attribute));
  for (const auto& row : root.children()) {
    made.rows.push_back({value_of(row, "from"), value_of(row, "to"), value_of(row, "label"), value_of(row, "until"), value_of(row, "note")});
  }
  return made;
}

CodeFile code_file(const CodeList& list) {
  CodeFile made;
  add(made, "name", list.name);
  add(made, "from", list.from);
  add(made, "to", list.to);
  switch (list.unknown) {
    case CodeList::Unknown::reject: add(made, "unknown", "reject"); break;
    case CodeList::Unknown::pass: add(made, "unknown", "pass"); break;
    case CodeList::Unknown::fallback: add(made, "unknown", "default:" + list.fallback); break;
  }
  add(made, "both-ways", list.both_ways ? "yes" : "no");
  for (const auto& row : list.rows) {
    std::string until;
    if (row.until != CodeList::no_end) {
      mapping::Moment day;
      day.days = row.until;
      day.append_date(until);
    }
    made.rows.push_back({row.from, row.to, row.label, until, ""});
  }
  return made;
}

std::string write_code_file(const CodeFile& codes) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<codes xmlns=\"" + std::string(mapping::map_namespace) + "\"";
  for (const auto& [name, value] : codes.attributes) write_attribute(out, name, value);
  out += ">\n";
  for (const auto& row : codes.rows) {
    out += "  <c";
    write_attribute(out, "from", row.from);
    write_attribute(out, "to", row.to);
    if (!row.label.empty()) write_attribute(out, "label", row.label);
    if (!row.until.empty()) write_attribute(out, "until", row.until);
    if (!row.note.empty()) write_attribute(out, "note", row.note);
    out += "/>\n";
  }
  return out + "</codes>\n";
}

}  // namespace wayleave::desk
