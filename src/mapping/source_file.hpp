#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "document/document.hpp"

namespace wayleave::mapping {

/// Where something stands in one of the files that a map is made of: byte offsets, `end` excluded.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint16_t file = 0;
};

/// A text that a person wrote, with the way from byte offsets to lines and columns. `line`/`column` say where its first
/// character stands in the file `name`, for texts that are only a part of one.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text, std::uint32_t line = 1, std::uint32_t column = 1);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  Document::Position at(std::uint32_t offset) const;

 private:
  std::string name_;
  std::string text_;
  std::uint32_t line_, column_;
  LineIndex lines_;
};

/// Decoded text (an attribute's value, an element's text) whose every byte knows where it came from.
struct Fragment {
  std::string text;
  std::uint16_t file = 0;
  std::uint32_t start = 0;                ///< offset of the first byte
  std::vector<std::uint32_t> offsets;     ///< one a byte and one for the end; empty: the text stands there verbatim

  std::uint32_t at(std::size_t i) const {
    if (offsets.empty()) return start + static_cast<std::uint32_t>(i);
    return offsets[i < offsets.size() ? i : offsets.size() - 1];
  }
  Span span(std::size_t begin, std::size_t end) const { return {at(begin), at(end), file}; }
  Span whole() const { return span(0, text.size()); }
};

/// The files of one compilation and the findings about them. File 0 is the one that is judged.
class Files {
 public:
  std::uint16_t add(std::string name, std::string text, std::uint32_t line = 1, std::uint32_t column = 1);
  const SourceFile& operator[](std::uint16_t file) const { return *files_[file]; }
  std::size_t size() const { return files_.size(); }

 private:
  std::vector<std::unique_ptr<SourceFile>> files_;
};

/// Collects findings at places of the files; keeps at most a bounded number.
class Reporter {
 public:
  Reporter(const Files& files, Findings& findings) : files_(files), findings_(findings) {}
  /// The reference is good until the next call.
  Finding& error(std::string_view code, Span at, std::string message);
  Finding& warning(std::string_view code, Span at, std::string message);
  const Files& files() const { return files_; }
  /// `order.map.xml:12`, for messages that name a second place.
  std::string name(Span at) const;
  std::size_t errors() const { return errors_; }
  /// Swallows findings while false: for reading something a second time.
  bool loud = true;

 private:
  Finding& add(std::string_view code, Severity severity, Span at, std::string message);
  const Files& files_;
  Findings& findings_;
  Finding dropped_;
  std::size_t errors_ = 0;
};

/// The value of an attribute as it stands in the file: `name_offset` points at the attribute's name.
Fragment attribute_fragment(const SourceFile& file, std::uint16_t id, std::uint32_t name_offset);
/// The text of an element that has no child elements: `tag_offset` points at its '<'. Comments are left out.
Fragment text_fragment(const SourceFile& file, std::uint16_t id, std::uint32_t tag_offset);
/// The name in the start tag at `tag_offset`, as a place to point at.
Span tag_span(const SourceFile& file, std::uint16_t id, std::uint32_t tag_offset);
Span attribute_name_span(const SourceFile& file, std::uint16_t id, std::uint32_t name_offset);
/// The namespace declarations of the start tag at `tag_offset`: prefix (empty: default) and namespace.
std::vector<std::pair<std::string, std::string>> declared_prefixes(const SourceFile& file, std::uint32_t tag_offset);

}  // namespace wayleave::mapping
