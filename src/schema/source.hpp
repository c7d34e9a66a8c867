#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.hpp"
#include "base/result.hpp"

namespace wayleave::schema {

inline constexpr std::string_view xsd_namespace = "http://www.w3.org/2001/XMLSchema";

/// One XSD file as a small tree with exact positions, which Xerces does not keep. Not a validator: it reads what the
/// policy lint, the walk of includes, the annotations and the identity constraints need. Opens no file but its own.
class SourceFile {
 public:
  using Index = std::uint32_t;
  static constexpr Index none = 0xffffffffu;
  struct Attribute {
    std::string name;        ///< as written, prefix included; xmlns declarations too
    std::string value;
    std::uint32_t offset;    ///< of the value's first character
  };
  struct Node {
    std::string ns;
    std::string local;
    Index parent = none;
    Index next = none;
    Index child = none;
    std::uint32_t first_attribute = 0, attribute_count = 0;
    std::uint32_t offset = 0;   ///< of its '<'
    std::string text;           ///< direct character data, all pieces joined
  };

  /// Parses `bytes` (UTF-8, ISO-8859-1 or UTF-16 with a byte order mark). The problem's position is in `bytes`.
  static Result<SourceFile> parse(std::string bytes);

  bool empty() const { return nodes_.empty(); }
  Index root() const { return 0; }
  Index size() const { return static_cast<Index>(nodes_.size()); }
  const Node& node(Index i) const { return nodes_[i]; }
  bool is(Index i, std::string_view local) const { return nodes_[i].local == local && nodes_[i].ns == xsd_namespace; }
  const Attribute* begin_attributes(Index i) const { return attributes_.data() + nodes_[i].first_attribute; }
  const Attribute* end_attributes(Index i) const { return begin_attributes(i) + nodes_[i].attribute_count; }
  /// An attribute without prefix, or nullptr.
  const Attribute* attribute(Index i, std::string_view name) const;
  std::string_view value(Index i, std::string_view name) const;
  /// The namespace a prefix stands for at node i; empty when it is not declared.
  std::string_view namespace_of(Index i, std::string_view prefix) const;
  /// Line and column of an offset, both from 1, columns in characters.
  std::pair<std::uint32_t, std::uint32_t> position(std::uint32_t offset) const;
  /// The DOCTYPE, or an entity in it, names a file outside: offset of SYSTEM or PUBLIC, or 0.
  std::uint32_t external_dtd() const { return external_dtd_; }
  std::string_view target_namespace() const { return value(0, "targetNamespace"); }

 private:
  friend class SourceReader;
  std::string bytes_;
  std::vector<Node> nodes_;
  std::vector<Attribute> attributes_;
  std::vector<std::uint32_t> lines_;   // where each line starts
  std::uint32_t external_dtd_ = 0;
};

}  // namespace wayleave::schema
