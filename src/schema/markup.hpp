#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "document/document.hpp"

namespace wayleave::schema {

/// Places in the source of a Document that was read from XML and that the tree does not keep, found again by scanning the
/// few tags around a node. Only for findings, and safe for any source: what is not XML gives the node's own offset.

/// Where the value of an attribute starts, behind its quote.
std::uint32_t attribute_value_offset(const Document& document, const Document::Attribute& attribute);

/// The '<' of the node's end tag; its own '<' when it is an empty-element tag.
std::uint32_t end_tag_offset(const Document& document, Document::Index node);

/// The first character of the first text that stands directly in the node; its own '<' when there is none.
std::uint32_t stray_text_offset(const Document& document, Document::Index node);

/// Namespace and local name that the node's xsi:type stands for.
std::optional<std::pair<std::string, std::string>> declared_type(const Document& document, Document::Index node);

}  // namespace wayleave::schema
