#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/nearest.hpp"
#include "desk/code_file.hpp"
#include "desk/csv.hpp"
#include "mapping/dates.hpp"
#include "mapping/parse_expression.hpp"

namespace wayleave::desk {
namespace {

const std::array<std::string, 5> columns{"from", "to", "label", "until", "note"};
const std::array<std::string, 6> attributes{"name", "from", "to", "unknown", "both-ways", "note"};

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t"));
  text.erase(text.find_last_not_of(" \t") + 1);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_attribute(const Csv::Row& row) { return !row.empty() && row[0].text.starts_with('#'); }

/// The row of names: the first that is no attribute.
const Csv::Row* header(const Csv& csv) {
  const auto found = std::find_if(csv.rows.begin(), csv.rows.end(), [](const auto& row) { return !is_attribute(row); });
  return found == csv.rows.end() ? nullptr : &*found;
}

bool names_columns(const Csv& csv) {
  const auto* row = header(csv);
  const auto has = [&](std::string_view name) { return std::any_of(row->begin(), row->end(), [&](const auto& cell) { return trimmed(cell.text) == name; }); };
  return row && has("from") && has("to");
}

class Reader {
 public:
  Reader(const Csv& csv, FromCsv& into) : csv_(csv), into_(into) {}

  void read(const std::string& name) {
    std::size_t i = 0;
    for (; i < csv_.rows.size() && is_attribute(csv_.rows[i]); ++i) attribute(csv_.rows[i]);
    if (i == csv_.rows.size()) {
      fault("M003", 0, "the file has no row of column names").expected = "from, to, label, until";
      return;
    }
    if (!names(csv_.rows[i])) return;
    for (++i; i < csv_.rows.size(); ++i) row(csv_.rows[i]);
    finish(name);
  }

 private:
  Finding& fault(std::string_view code, std::uint32_t offset, std::string message) {
    into_.findings.push_back(csv_finding(csv_, code, offset, std::move(message)));
    return into_.findings.back();
  }

  void attribute(const Csv::Row& row) {
    const auto name = trimmed(row[0].text.substr(1));
    if (std::find(attributes.begin(), attributes.end(), name) == attributes.end()) {
      auto& finding = fault("M002", row[0].offset, fmt::format("a code list has no attribute '{}'", name));
      if (auto near = nearest(name, attributes); !near.empty()) finding.fix = "did you mean #" + near + "?";
      finding.expected = "#name, #from, #to, #unknown, #both-ways, #note";
      return;
    }
    const auto value = row.size() > 1 ? row[1].text : "";
    const auto at = row.size() > 1 ? row[1].offset : row[0].offset;
    if (name == "both-ways" && value != "yes" && value != "no") fault("M004", at, "both-ways is yes or no").expected = "yes, no";
    if (name == "unknown" && value != "reject" && value != "pass" && !value.starts_with("default:")) {
      fault("M004", at, "unknown says what becomes of a code without a row").expected = "reject, pass, or default: and a code";
    }
    if (name == "name" && !mapping::is_name(value)) fault("M004", at, fmt::format("'{}' is no name", value)).expected = "a letter, then letters, digits or hyphens";
    said_[name] = value;
  }

  // Which column is which; false when from or to is not among them.
  bool names(const Csv::Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto name = trimmed(row[i].text);
      const auto known = std::find(columns.begin(), columns.end(), name);
      if (known == columns.end()) {
        if (name.empty()) continue;
        auto& finding = fault("M002", row[i].offset, fmt::format("a code list has no column '{}'", name));
        if (auto near = nearest(name, columns); !near.empty()) finding.fix = "did you mean " + near + "?";
        finding.expected = "from, to, label, until, note";
        continue;
      }
      auto& place = place_[static_cast<std::size_t>(known - columns.begin())];
      if (place) fault("M016", row[i].offset, fmt::format("there are two columns '{}'", name));
      place = i;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (!place_[i]) fault("M003", row[0].offset, fmt::format("there is no column '{}'", columns[i])).expected = "a first row of names: from, to, label, until";
    }
    width_ = row.size();
    return place_[0] && place_[1];
  }

  const Csv::Cell* cell(const Csv::Row& row, std::size_t column) const {
    return place_[column] && *place_[column] < row.size() ? &row[*place_[column]] : nullptr;
  }

  std::string text(const Csv::Row& row, std::size_t column) const {
    const auto* found = cell(row, column);
    return found ? found->text : "";
  }

  void row(const Csv::Row& row) {
    if (!cell(row, 0) || !cell(row, 1)) {
      fault("M003", row.back().offset, fmt::format("this row ends before its column '{}'", cell(row, 0) ? "to" : "from"));
      return;
    }
    for (std::size_t i = width_; i < row.size(); ++i) {
      if (!row[i].text.empty()) fault("M002", row[i].offset, "this row has more cells than there are columns").fix = "put a cell that holds the separator in quotes";
    }
    CodeFile::Row made{text(row, 0), text(row, 1), text(row, 2), text(row, 3), text(row, 4)};
    if (!made.until.empty() && !mapping::Moment::parse_date(made.until)) {
      fault("M004", cell(row, 3)->offset, fmt::format("'{}' is no date; until is the last day a row is good", made.until)).expected = "a date, as 2026-12-31";
    }
    rows_.push_back(&row);
    into_.codes.rows.push_back(std::move(made));
  }

  void finish(const std::string& name) {
    auto& list = said_["name"];
    if (list.empty()) list = name;
    if (list.empty()) fault("M003", 0, "the list has no name").fix = "begin with a row #name and the name";
    for (const auto& attribute : attributes) {
      if (!said_[attribute].empty()) into_.codes.attributes.emplace_back(attribute, said_[attribute]);
    }
    std::unordered_map<std::string, std::size_t> from, to;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto& row = into_.codes.rows[i];
      const auto twice = [&](std::size_t column, std::size_t first, const std::string& message) {
        const auto line = csv_finding(csv_, "", rows_[first]->front().offset, "").line;
        fault("M401", cell(*rows_[i], column)->offset, message).expected = fmt::format("the other is on line {}", line);
      };
      if (const auto [known, fresh] = from.emplace(row.from, i); !fresh) twice(0, known->second, fmt::format("the list has two rows for '{}'", row.from));
      const auto [known, fresh] = to.emplace(row.to, i);
      if (!fresh && said_["both-ways"] == "yes") twice(1, known->second, fmt::format("the list is to work both ways, but two rows give '{}'", row.to));
    }
  }

  const Csv& csv_;
  FromCsv& into_;
  std::unordered_map<std::string, std::string> said_;
  std::array<std::optional<std::size_t>, columns.size()> place_{};
  std::size_t width_ = 0;
  std::vector<const Csv::Row*> rows_;
};

}  // namespace

std::string to_csv(const CodeFile& codes) {
  std::string out;
  for (const auto& [name, value] : codes.attributes) append_csv(out, {"#" + name, value});
  const bool notes = std::any_of(codes.rows.begin(), codes.rows.end(), [](const auto& row) { return !row.note.empty(); });
  std::vector<std::string> head{"from", "to", "label", "until"};
  if (notes) head.emplace_back("note");
  append_csv(out, head);
  for (const auto& row : codes.rows) {
    std::vector<std::string> cells{row.from, row.to, row.label, row.until};
    if (notes) cells.push_back(row.note);
    append_csv(out, cells);
  }
  return out;
}

FromCsv from_csv(std::string text, const std::string& name) {
  FromCsv made;
  Csv csv;
  for (const char separator : {',', ';', '\t'}) {
    made.findings.clear();
    csv = read_csv(text, separator, made.findings);
    if (names_columns(csv)) break;
  }
  if (!names_columns(csv)) {
    made.findings.clear();
    csv = read_csv(std::move(text), ',', made.findings);
  }
  if (made.findings.empty()) Reader(csv, made).read(name);
  std::stable_sort(made.findings.begin(), made.findings.end(), [](const Finding& a, const Finding& b) { return std::tie(a.line, a.column) < std::tie(b.line, b.column); });
  made.source = std::move(csv.source);
  return made;
}

}  // namespace wayleave::desk
