#pragma once

#include <string_view>

#include "formats/xml/characters.hpp"
#include "formats/xml/scan.hpp"

namespace wayleave::xml {

/// The pass behind scan(): where it is, what is open, and the first thing that is wrong. Every step moves `p_` on and
/// returns true, or leaves its finding and returns false. Its parts: scan.cpp (content), scan_tag.cpp (start tags),
/// scan_prolog.cpp (declaration and DOCTYPE).
class Scanner {
 public:
  Scanner(const std::string& text, const Limits& limits, Scan& out);
  bool document();
  bool root();
  std::optional<Finding> take_finding() { return std::move(finding_); }

 private:
  struct Open {
    const char* name;  // with its prefix
    std::uint32_t length;
    bool has_child;
    std::size_t mark;  // of the namespaces in force outside
  };

  // scan.cpp
  bool content();
  bool text();
  bool end_tag();
  bool wrong_end_tag();
  bool markup();
  bool comment();
  bool cdata();
  bool instruction();
  bool misc();
  bool epilog();
  bool reference(const char*& at);
  bool push(const Token& token);
  bool long_text(const char* from, const char* to);
  bool unfinished();
  bool fail(
      const char* at, std::size_t length, const char* code, std::string message, std::string expected = {},
      std::string fix = {}
  );
  bool exceeds(
      const char* at, std::size_t length, const char* code, const char* what, std::uint64_t limit, const char* unit = ""
  );

  // scan_tag.cpp
  bool start_tag();
  bool attributes(const char* tag, bool& empty);
  bool attribute();
  bool attribute_value(Token& attribute);
  bool name(Token& token, const char* what);
  bool bad_name(const char* begin, const char* what);
  bool resolve(std::size_t first);
  bool declare(std::size_t first);
  bool declare(const Token& declaration);
  bool distinct(std::size_t first, bool expanded);
  std::string_view raw_name(const Token& token) const;
  std::string_view local(const Token& token) const;

  // scan_prolog.cpp
  bool prolog();
  bool declaration();
  bool pseudo_attribute(std::string_view name, std::string_view& value);
  bool doctype();
  bool internal_subset();
  bool entity();
  bool skip_declaration();

  void skip_space() {
    while (is_space(*p_)) ++p_;
  }
  std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }
  std::uint32_t line_of(const char* at) const;
  bool starts_with(std::string_view text) const { return std::string_view(p_, left()).starts_with(text); }

  const char* begin_;
  const char* end_;
  const char* p_;
  const Limits& limits_;
  Scan& out_;
  std::vector<Open> open_;
  std::optional<Finding> finding_;
  std::size_t text_run_ = 0;  // bytes of text since the last tag
  std::size_t expanded_ = 0;  // bytes that entities stand for
  std::uint32_t nodes_ = 0;
  std::uint32_t declarations_ = 0;  // of namespaces, in the tag at hand
};

/// The first of `<`, `&`, `]`, CR, NUL from `p` on; reads up to 15 bytes beyond it.
const char* text_stop(const char* p);
/// The first of `quote`, `<`, `&` and the control characters.
const char* value_stop(const char* p, char quote);

/// The first `first` with `second` behind it, or `end`; reads up to 16 bytes beyond `end`.
const char* pair_stop(const char* p, const char* end, char first, char second);

}  // namespace wayleave::xml
