#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "document/names.hpp"

namespace wayleave {

/// The one in-memory tree: XML, X12 and EDIFACT documents alike. Nodes lie in document order in one arena and are
/// addressed by index; the first child of i, if it has one, is i + 1. Text is a view into the source bytes unless it
/// had to be decoded. Immutable once built, so any thread may read; a view lives until its Document is moved or
/// destroyed.
class Document {
 public:
  using Index = std::uint32_t;
  static constexpr Index none = 0xffffffffu;

  enum Flag : std::uint16_t {
    has_children = 1,   ///< element content; text(i) is then empty
    is_nil = 2,         ///< xsi:nil="true"
    has_type = 4,       ///< carried an xsi:type
    mixed_text = 8,     ///< had non-blank text beside children; that text is not kept
    from_default = 16,  ///< not in the source
  };

  struct Node {
    NameId name;
    Index parent;        ///< none for the root
    Index next;          ///< next sibling, or none
    std::uint32_t text;  ///< offset; high bit: into decoded_, else into source_
    std::uint32_t text_length;
    std::uint32_t first_attribute;
    std::uint16_t attribute_count;  ///< xmlns declarations and xsi:* are not attributes
    std::uint16_t flags;
    std::uint32_t source;       ///< byte offset of what this node was read from (XML: its '<')
    std::uint32_t source_text;  ///< byte offset where its text starts; 0: it has none
  };
  struct Attribute {
    NameId name;
    std::uint32_t text;
    std::uint32_t text_length;
    std::uint32_t source;  ///< byte offset of the attribute's name; 0: not in the source (a schema's default)
  };

  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  bool empty() const { return nodes_.empty(); }
  Index root() const { return 0; }
  Index size() const { return static_cast<Index>(nodes_.size()); }
  const Node& node(Index i) const { return nodes_[i]; }
  Index first_child(Index i) const { return nodes_[i].flags & has_children ? i + 1 : none; }
  Index next(Index i) const { return nodes_[i].next; }
  Index parent(Index i) const { return nodes_[i].parent; }
  std::string_view text(Index i) const { return view(nodes_[i].text, nodes_[i].text_length); }
  const Attribute* attributes(Index i) const { return attributes_.data() + nodes_[i].first_attribute; }
  std::string_view text(const Attribute& a) const { return view(a.text, a.text_length); }
  /// nullptr when the node has no such attribute.
  const Attribute* attribute(Index i, NameId name) const;

  /// Names, whether process-wide or this document's own.
  std::string_view local_name(NameId id) const;
  std::string_view namespace_of(NameId id) const;

  /// The bytes it was read from, UTF-8.
  std::string_view source() const { return source_; }
  /// `/Order/Line[2]/Quantity`, `[n]` where there is more than one of that name.
  std::string path(Index i) const;
  /// Line and column (in characters) of a byte offset of the source. O(offset): use LineIndex for many.
  struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
  };
  Position position(std::uint32_t offset) const;
  /// Where the source begins in what people look at; line 1, column 1 where it is the whole. position() counts from there.
  Position begin() const { return begin_; }
  void begins_at(Position begin) { begin_ = begin; }

 private:
  friend class DocumentBuilder;
  static constexpr std::uint32_t decoded_bit = 0x80000000u;
  std::string_view view(std::uint32_t offset, std::uint32_t length) const {
    return offset & decoded_bit ? std::string_view(decoded_).substr(offset & ~decoded_bit, length)
                                : std::string_view(source_).substr(offset, length);
  }
  std::string source_;
  std::string decoded_;
  std::vector<Node> nodes_;
  std::vector<Attribute> attributes_;
  struct OwnName {
    std::string ns;
    std::string local;
  };
  std::vector<OwnName> own_names_;
  Position begin_{1, 1};
};

/// Finds lines quickly once built: O(log lines) a look-up.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  Document::Position at(std::uint32_t offset) const;

 private:
  std::string_view text_;
  std::vector<std::uint32_t> starts_;
};

/// Builds one Document from events in document order. Owned and used by one thread. Reuse it: clear() keeps the memory.
class DocumentBuilder {
 public:
  /// `source` becomes the document's; views given below as offsets point into it.
  explicit DocumentBuilder(std::string source);
  /// Forgets everything and starts over with another source.
  void clear(std::string source);
  void reserve(std::size_t nodes, std::size_t attributes);
  std::string_view source() const { return doc_.source_; }

  /// A name that is interned, or one of this document's own (bounded: at most 4,096 of them; more share one id).
  NameId name(std::string_view ns, std::string_view local);
  /// The same with namespace_hash(ns) at hand.
  NameId name(std::uint64_t ns_hash, std::string_view ns, std::string_view local);

  Document::Index start(NameId name, std::uint32_t source_offset);
  void attribute(NameId name, std::uint32_t text_offset, std::uint32_t text_length, std::uint32_t source_offset);
  void attribute_decoded(NameId name, std::string_view value, std::uint32_t source_offset);
  /// Text of the open element as a view of the source; a second piece, or decoded text, goes to the side buffer.
  void text(std::uint32_t offset, std::uint32_t length);
  void text_decoded(std::string_view value, std::uint32_t source_offset);
  /// start + text + end of an element that is a view of the source.
  void leaf(NameId name, std::uint32_t offset, std::uint32_t length);
  void flag(Document::Flag flag);
  void end();
  /// Precondition: every start has its end. The builder is empty afterwards.
  Document finish();
  /// The same for who learns the source only at the end; offsets given before are offsets into it.
  Document finish(std::string source);

 private:
  static constexpr std::uint32_t max_own_names = 4096;
  NameId own_name(std::uint64_t hash, std::string_view ns, std::string_view local);
  void drop_text(Document::Node& parent);

  Document doc_;
  struct Open {
    Document::Index node;
    Document::Index last_child;
  };
  std::vector<Open> open_;
  std::vector<std::uint16_t> own_slots_;  // hash table over own_names_: index + 1; 0: free
};

}  // namespace wayleave
