#include "desk/page.hpp"

#include <fmt/format.h>

#include "formats/xml/write.hpp"

namespace wayleave::desk {
namespace {

class MarkdownPage : public Page {
 public:
  void heading(int level, const std::string& text, const std::string& anchor) override {
    if (!out_.empty()) out_ += "\n";
    if (!anchor.empty()) out_ += fmt::format("<a id=\"{}\"></a>\n\n", anchor);
    out_ += std::string(static_cast<std::size_t>(level), '#') + " " + escaped(text) + "\n";
  }

  void paragraph(const std::string& text) override { out_ += "\n" + escaped(text) + "\n"; }

  void table(const std::vector<std::string>& head, const std::vector<std::vector<Cell>>& rows) override {
    out_ += "\n|";
    for (const auto& name : head) out_ += " " + escaped(name) + " |";
    out_ += "\n|";
    for (std::size_t i = 0; i < head.size(); ++i) out_ += "---|";
    out_ += "\n";
    for (const auto& row : rows) {
      out_ += "|";
      for (const auto& cell : row) out_ += " " + written(cell) + " |";
      out_ += "\n";
    }
  }

  std::string finish() override { return std::move(out_); }

 private:
  static std::string written(const Cell& cell) {
    std::string text;
    for (const auto& piece : cell) {
      if (piece.text.empty()) continue;
      auto one = piece.code ? code(piece.text) : escaped(piece.text);
      if (!piece.link.empty()) one = "[" + one + "](#" + piece.link + ")";
      text += (text.empty() ? "" : "<br>") + one;
    }
    return text;
  }

  // What Markdown, or the HTML in it, would take for its own.
  static std::string escaped(const std::string& text) {
    std::string made;
    for (const char c : text) {
      if (c == '\n' || c == '\r') made += ' ';
      else if (c == '<') made += "&lt;";
      else if (c == '&') made += "&amp;";
      else if (std::string_view("\\`*_[]|").find(c) != std::string_view::npos) made.append({'\\', c});
      else made += c;
    }
    return made;
  }

  // A code span keeps everything but the bar of a table and its own quotes.
  static std::string code(const std::string& text) {
    if (text.find('`') != std::string::npos) return escaped(text);
    std::string made = "`";
    for (const char c : text) {
      if (c == '\n' || c == '\r') made += ' ';
      else if (c == '|') made += "\\|";
      else made += c;
    }
    return made + "`";
  }

  std::string out_;
};

constexpr std::string_view style =
  "body{font:15px/1.45 sans-serif;margin:2em auto;max-width:90em;padding:0 1em;color:#222}"
  "table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}"
  "th{background:#eee;position:sticky;top:0}tr:nth-child(even) td{background:#f8f8f8}code{font-family:monospace;white-space:pre-wrap}";

class HtmlPage : public Page {
 public:
  void heading(int level, const std::string& text, const std::string& anchor) override {
    if (level == 1) title_ = text;
    out_ += fmt::format("<h{}{}>{}</h{}>\n", level, anchor.empty() ? "" : " id=\"" + attribute(anchor) + "\"", escaped(text), level);
  }

  void paragraph(const std::string& text) override { out_ += "<p>" + escaped(text) + "</p>\n"; }

  void table(const std::vector<std::string>& head, const std::vector<std::vector<Cell>>& rows) override {
    out_ += "<table>\n<thead><tr>";
    for (const auto& name : head) out_ += "<th>" + escaped(name) + "</th>";
    out_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : rows) {
      out_ += "<tr>";
      for (const auto& cell : row) out_ += "<td>" + written(cell) + "</td>";
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table>\n";
  }

  std::string finish() override {
    return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      escaped(title_), style, out_
    );
  }

 private:
  static std::string written(const Cell& cell) {
    std::string text;
    for (const auto& piece : cell) {
      if (piece.text.empty()) continue;
      auto one = piece.code ? "<code>" + escaped(piece.text) + "</code>" : escaped(piece.text);
      if (!piece.link.empty()) one = "<a href=\"#" + attribute(piece.link) + "\">" + one + "</a>";
      text += (text.empty() ? "" : "<br>") + one;
    }
    return text;
  }

  static std::string escaped(const std::string& text) {
    std::string made;
    xml::escape_text(made, text);
    return made;
  }

  static std::string attribute(const std::string& text) {
    std::string made;
    xml::escape_attribute(made, text);
    return made;
  }

  std::string title_, out_;
};

}  // namespace

std::unique_ptr<Page> markdown_page() { return std::make_unique<MarkdownPage>(); }
std::unique_ptr<Page> html_page() { return std::make_unique<HtmlPage>(); }

}  // namespace wayleave::desk
