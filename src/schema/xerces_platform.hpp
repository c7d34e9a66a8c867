#pragma once

#include <string>
#include <string_view>
#include <xercesc/sax/SAXException.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XercesDefs.hpp>

namespace wayleave::schema {

/// Initialises Xerces once for the process and takes its network accessor away. Call it before any other use of Xerces;
/// any thread; cheap after the first time. Xerces is never terminated: grammar pools may live in static storage.
void ensure_xerces();

/// Xerces' UTF-16 as UTF-8, without its transcoder objects.
std::string from_xerces(const XMLCh* text);
std::string from_xerces(const XMLCh* text, std::size_t length);
/// The other way round; bytes that are not UTF-8 become U+FFFD.
std::u16string to_xerces(std::string_view text);

/// Answers every request for an entity with an empty source: nothing that a document or schema says opens anything.
class DenyEntities : public xercesc::XMLEntityResolver {
 public:
  xercesc::InputSource* resolveEntity(xercesc::XMLResourceIdentifier* resource) override;
};

}  // namespace wayleave::schema
