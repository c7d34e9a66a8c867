#pragma once

#include <memory>
#include <string>
#include <vector>

namespace wayleave::desk {

/// A page of headings, paragraphs and tables, whatever it is written in. Texts are plain; the page escapes them.
class Page {
 public:
  struct Piece {
    std::string text;
    bool code = false;                     ///< a name or value, to be set apart from prose
    std::string link;                      ///< anchor of this page
  };
  using Cell = std::vector<Piece>;         ///< pieces follow each other on lines of their own
  virtual ~Page() = default;
  /// Level 1 is the page's title. `anchor`: what links lead to.
  virtual void heading(int level, const std::string& text, const std::string& anchor = "") = 0;
  virtual void paragraph(const std::string& text) = 0;
  virtual void table(const std::vector<std::string>& head, const std::vector<std::vector<Cell>>& rows) = 0;
  virtual std::string finish() = 0;
};

std::unique_ptr<Page> markdown_page();
/// Self-contained: its style is in it; no scripts, nothing is loaded.
std::unique_ptr<Page> html_page();

}  // namespace wayleave::desk
