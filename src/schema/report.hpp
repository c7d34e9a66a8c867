#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "document/document.hpp"
#include "schema/words.hpp"

namespace wayleave::schema {

/// Collects the findings of one document and knows where things stand in it. Used by one thread; the references it
/// returns are good until the next finding.
class Report {
 public:
  Report(const Document& document, std::size_t limit) : document_(document), limit_(limit) {}

  bool full() const { return entries_.size() >= limit_; }
  std::size_t size() const { return entries_.size(); }
  std::size_t room() const { return full() ? 0 : limit_ - entries_.size(); }

  /// At an element's start tag; `found` is its name.
  Finding& at_node(const char* code, Document::Index node, std::string message);
  /// At a byte offset of the source, said of an element.
  Finding& at_offset(const char* code, Document::Index node, std::uint32_t offset, std::string message);
  /// At an attribute's name.
  Finding& at_attribute_name(const char* code, Document::Index node, const Document::Attribute& attribute, std::string message);
  /// At the first character of an element's or attribute's value.
  Finding& at_text(ValueWords words, Document::Index node, std::string_view text);
  Finding& at_attribute(ValueWords words, Document::Index node, const Document::Attribute& attribute, std::string_view text);

  /// Line of an offset, for sentences that point elsewhere.
  std::uint32_t line_of(std::uint32_t offset) const { return document_.position(offset).line; }

  /// In document order, at most `limit`. The report is empty afterwards.
  Findings finish();

 private:
  struct Entry {
    std::uint32_t offset;
    Finding finding;
  };
  Finding& add(const char* code, std::uint32_t offset, std::string path, std::string message);
  const Document& document_;
  std::size_t limit_;
  std::vector<Entry> entries_;
};

}  // namespace wayleave::schema
