#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"
#include "mapping/source_file.hpp"

namespace wayleave::mapping {

inline constexpr std::string_view map_namespace = "urn:wayleave:map:1";

/// One element of a map, overlay or code list file, with its places. Good as long as the MapFile it came from.
class MapElement {
 public:
  MapElement(const Document& document, const SourceFile& file, std::uint16_t id, Document::Index node)
      : document_(&document), file_(&file), id_(id), node_(node) {}
  std::string_view name() const { return document_->local_name(document_->node(node_).name); }
  std::string_view ns() const { return document_->namespace_of(document_->node(node_).name); }
  bool directive() const { return ns() == map_namespace; }
  /// As written, with its prefix.
  std::string_view tag() const;
  std::string_view prefix() const;
  Span span() const { return tag_span(*file_, id_, offset()); }
  std::uint32_t offset() const { return document_->node(node_).source; }

  struct Attribute {
    std::string_view ns, name, prefix;
    std::uint32_t offset;
  };
  std::vector<Attribute> attributes() const;
  Fragment value(const Attribute& attribute) const { return attribute_fragment(*file_, id_, attribute.offset); }
  Span span(const Attribute& attribute) const { return attribute_name_span(*file_, id_, attribute.offset); }
  /// The value of an attribute without namespace.
  std::optional<Fragment> value(std::string_view name) const;

  std::vector<MapElement> children() const;
  bool has_children() const { return document_->first_child(node_) != Document::none; }
  /// Has text beside child elements, which no template can say.
  bool mixed() const { return (document_->node(node_).flags & Document::mixed_text) != 0; }
  Fragment text() const { return text_fragment(*file_, id_, offset()); }

 private:
  const Document* document_;
  const SourceFile* file_;
  std::uint16_t id_;
  Document::Index node_;
};

/// A file read as XML. Absent with M001 findings when it is not well-formed, or is larger than a map can be.
class MapFile {
 public:
  static std::optional<MapFile> read(Reporter& reporter, std::uint16_t file);
  MapElement root() const { return MapElement(*document_, *file_, id_, document_->root()); }
  std::vector<std::pair<std::string, std::string>> prefixes() const {
    return declared_prefixes(*file_, document_->node(0).source);
  }

 private:
  std::unique_ptr<Document> document_;
  const SourceFile* file_ = nullptr;
  std::uint16_t id_ = 0;
};

}  // namespace wayleave::mapping
