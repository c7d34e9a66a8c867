#include "desk/csv.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "document/document.hpp"

namespace wayleave::desk {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// RFC 4180, section 2, with the line ends and the separator that spreadsheets use.
class Reader {
 public:
  Reader(Csv& csv, Findings& findings) : csv_(csv), text_(csv.source), findings_(findings) {}

  void read() {
    if (!characters_are_good()) return;
    read_separator();
    while (at_ < text_.size()) {
      Csv::Row row;
      do row.push_back(cell());
      while (take_separator());
      const bool blank = std::all_of(row.begin(), row.end(), [](const Csv::Cell& cell) { return cell.text.empty() && !cell.quoted; });
      if (!blank) csv_.rows.push_back(std::move(row));
      take_line_end();
    }
  }

 private:
  void fault(std::size_t offset, std::string message, std::string fix) {
    auto finding = csv_finding(csv_, "M001", static_cast<std::uint32_t>(offset), std::move(message));
    finding.fix = std::move(fix);
    findings_.push_back(std::move(finding));
  }

  bool characters_are_good() {
    for (std::size_t i = 0; i < text_.size();) {
      const auto length = utf8_sequence(text_.substr(i, 4));
      if (length == 0) {
        fault(i, "the file is not UTF-8", "save it as CSV UTF-8");
        return false;
      }
      const auto c = static_cast<unsigned char>(text_[i]);
      if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
        fault(i, "a control character stands here, which no code list can hold", "remove it");
        return false;
      }
      i += length;
    }
    return true;
  }

  void read_separator() {
    if (!text_.starts_with("sep=") || text_.size() < 5) return;
    csv_.separator = text_[4];
    at_ = 5;
    take_line_end();
  }

  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void take_line_end() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
  }

  bool take_separator() {
    if (at_ >= text_.size() || text_[at_] != csv_.separator) return false;
    ++at_;
    return true;
  }

  Csv::Cell cell() {
    Csv::Cell made;
    made.offset = static_cast<std::uint32_t>(at_);
    if (at_ < text_.size() && text_[at_] == '"') return quoted(std::move(made));
    bool told = false;
    while (!at_line_end() && text_[at_] != csv_.separator) {
      if (text_[at_] == '"' && !std::exchange(told, true)) {
        fault(at_, "a quote stands inside a cell that has none around it", "put the cell in quotes and write \"\" for a quote in it");
      }
      made.text += text_[at_++];
    }
    return made;
  }

  Csv::Cell quoted(Csv::Cell made) {
    made.quoted = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '"') made.text += text_[at_];
      else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') made.text += text_[at_++];
      else break;
    }
    if (at_ >= text_.size()) {
      fault(made.offset, "this quote is never closed", "");
      return made;
    }
    ++at_;
    if (at_line_end() || text_[at_] == csv_.separator) return made;
    fault(at_, "text stands behind the closing quote of a cell", "write \"\" for a quote in a cell");
    while (!at_line_end() && text_[at_] != csv_.separator) ++at_;
    return made;
  }

  Csv& csv_;
  std::string_view text_;
  Findings& findings_;
  std::size_t at_ = 0;
};

}  // namespace

Csv read_csv(std::string text, char separator, Findings& findings) {
  Csv csv;
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  csv.source = std::move(text);
  csv.separator = separator;
  Reader(csv, findings).read();
  return csv;
}

Finding csv_finding(const Csv& csv, std::string_view code, std::uint32_t offset, std::string message) {
  const auto position = LineIndex(csv.source).at(offset);
  Finding finding;
  finding.code = code;
  finding.line = position.line;
  finding.column = position.column;
  finding.message = std::move(message);
  return finding;
}

void append_csv(std::string& out, const std::vector<std::string>& cells) {
  // A row of nothing but empty cells is a blank line to its reader, unless it says that it is none.
  const bool blank = std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return cell.empty(); });
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& cell = cells[i];
    if (i > 0) out += ',';
    const bool edges = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
    if (!blank && !edges && cell.find_first_of(",;\t\"\r\n") == std::string::npos) {
      out += cell;
      continue;
    }
    out += '"';
    for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += "\r\n";
}

}  // namespace wayleave::desk
