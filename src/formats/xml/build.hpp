#pragma once

#include <string>

#include "document/document.hpp"
#include "formats/xml/defaults.hpp"
#include "formats/xml/scan.hpp"

namespace wayleave::xml {

/// The tree of a document that scan() accepted: `text` as scan() saw it (with its padding), `scan` what it left.
/// Text and values are views of the source unless they held references or CR, or came in pieces. xmlns declarations and
/// xsi:* are not attributes: xsi:nil and xsi:type are flags of their element. With `defaults`, attributes that the
/// schema adds stand behind those of the tag, their source 0.
Document build(std::string text, const Scan& scan, const AttributeDefaults* defaults = nullptr);

}  // namespace wayleave::xml
