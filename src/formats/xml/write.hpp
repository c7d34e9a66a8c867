#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"

namespace wayleave::xml {

/// Appends escaped text. CR, LF and TAB inside attribute values are written as character references; in text only CR
/// is, unless `single_line`, which also writes LF as a reference (event bodies have neither CR nor LF).
void escape_text(std::string& out, std::string_view text, bool single_line = false);
void escape_attribute(std::string& out, std::string_view value);

/// Writes XML front to back into a string: UTF-8, no declaration, no insignificant white space. Names are written as
/// given; the caller declares namespaces. Misuse (end without start) is a bug and asserts.
class Writer {
 public:
  explicit Writer(std::string& out, bool single_line = false) : out_(out), single_line_(single_line) {}
  Writer& start(std::string_view name);
  Writer& attribute(std::string_view name, std::string_view value);
  Writer& text(std::string_view value);
  /// Already serialised XML, inserted as it is.
  Writer& raw(std::string_view xml);
  Writer& end();
  /// start + text + end; nothing when `value` is empty and `skip_empty`.
  Writer& element(std::string_view name, std::string_view value, bool skip_empty = true);

 private:
  void close_tag();
  std::string& out_;
  bool single_line_;
  bool open_ = false;
  std::vector<std::string> names_;
};

/// A (sub)tree as XML on one line, namespaces declared on its top element. The one serialisation of an event body.
std::string serialize(const Document& document, Document::Index from = 0);

/// Canonical comparison form: sorted attributes, resolved namespaces, no insignificant white space; for tests and
/// digests.
std::string canonical(const Document& document, Document::Index from = 0);

}  // namespace wayleave::xml
