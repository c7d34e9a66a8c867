#include <fmt/format.h>

#include <algorithm>

#include "desk/page.hpp"
#include "desk/table.hpp"

namespace wayleave::desk {
namespace {

using Cell = Page::Cell;

Cell code(const std::string& text) { return {{text, true, ""}}; }
Cell prose(const std::string& text) { return {{text, false, ""}}; }

Cell codes(const std::vector<std::string>& texts) {
  Cell cell;
  for (const auto& text : texts) cell.push_back({text, true, ""});
  return cell;
}

class Printer {
 public:
  Printer(const Table& table, Page& page) : table_(table), page_(page) {}

  std::string print() {
    page_.heading(1, table_.name);
    if (!table_.note.empty()) page_.paragraph(table_.note);
    page_.paragraph(fmt::format("From {} to {}.{}", table_.source, table_.target,
                                table_.sample_of.empty() ? "" : " The samples are from the case " + table_.sample_of + "."));
    rows(table_.rows);
    for (const auto& definition : table_.definitions) {
      page_.heading(2, "Definition " + definition.name, "def-" + definition.name);
      page_.paragraph(fmt::format("What is written into {} of a {}.", definition.gives, definition.of));
      rows(definition.rows);
    }
    variables();
    lists();
    refusals();
    return page_.finish();
  }

 private:
  void rows(const std::vector<Table::Row>& all) {
    const bool samples = std::any_of(all.begin(), all.end(), [](const auto& row) { return !row.sample.empty(); });
    const bool notes = std::any_of(all.begin(), all.end(), [](const auto& row) { return !row.note.empty(); });
    std::vector<std::string> head{"Target", "Occurs", "Source", "Rule", "Code list"};
    if (notes) head.emplace_back("Note");
    if (samples) head.emplace_back("Sample");
    std::vector<std::vector<Cell>> cells;
    for (const auto& row : all) {
      std::vector<Cell> line{code(row.target), prose(row.occurrence), codes(row.sources), rule(row), {}};
      for (const auto& list : row.lists) line.back().push_back({list, false, "codes-" + list});
      if (notes) line.push_back(prose(row.note));
      if (samples) line.push_back(code(row.sample));
      cells.push_back(std::move(line));
    }
    page_.table(head, cells);
  }

  static Cell rule(const Table::Row& row) {
    Cell cell;
    if (!row.definition.empty()) cell.push_back({"definition " + row.definition, false, "def-" + row.definition});
    for (const auto& said : row.rule) cell.push_back({said, false, ""});
    return cell;
  }

  void variables() {
    if (table_.variables.empty()) return;
    page_.heading(2, "Variables");
    std::vector<std::vector<Cell>> cells;
    for (const auto& each : table_.variables) cells.push_back({code(each.name), prose(each.words), codes(each.sources), prose(each.note)});
    page_.table({"Variable", "What it is", "Source", "Note"}, cells);
  }

  void lists() {
    for (const auto& list : table_.lists) {
      page_.heading(2, "Code list " + list.name, "codes-" + list.name);
      std::string what;
      if (!list.from.empty() && !list.to.empty()) what = fmt::format("From {} to {}. ", list.from, list.to);
      page_.paragraph(what + "A code that is not in it " + list.unknown + ".");
      std::vector<std::vector<Cell>> cells;
      for (const auto& row : list.codes) cells.push_back({code(row.from), code(row.to), prose(row.label), prose(row.until)});
      page_.table({"Code", "Becomes", "In words", "Until"}, cells);
    }
  }

  void refusals() {
    if (table_.refusals.empty()) return;
    page_.heading(2, "What is refused, and what is warned of");
    std::vector<std::vector<Cell>> cells;
    for (const auto& each : table_.refusals) cells.push_back({code(each.code), prose(each.warning ? "warning" : "refused"), prose(each.when), prose(each.message)});
    page_.table({"Code", "", "When", "Message"}, cells);
  }

  const Table& table_;
  Page& page_;
};

}  // namespace

std::string render_markdown(const Table& table) { return Printer(table, *markdown_page()).print(); }
std::string render_html(const Table& table) { return Printer(table, *html_page()).print(); }

}  // namespace wayleave::desk
