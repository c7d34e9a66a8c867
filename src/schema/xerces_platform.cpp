#include "schema/xerces_platform.hpp"

#include <mutex>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/util/PlatformUtils.hpp>

#include "base/utf8.hpp"

namespace wayleave::schema {

static_assert(sizeof(XMLCh) == sizeof(char16_t));

void ensure_xerces() {
  static std::once_flag once;
  std::call_once(once, [] {
    xercesc::XMLPlatformUtils::Initialize();
    // Debian's build fetches http:// by itself. Deleting the accessor corrupts the heap, so it is only forgotten.
    xercesc::XMLPlatformUtils::fgNetAccessor = nullptr;
  });
}

std::string from_xerces(const XMLCh* text, std::size_t length) {
  std::size_t ascii = 0;
  while (ascii < length && text[ascii] < 0x80) ++ascii;
  std::string out(text, text + ascii);
  if (ascii == length) return out;
  for (std::size_t i = ascii; i < length; ++i) {
    char32_t c = text[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < length && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00);
    }
    append_utf8(out, c);
  }
  return out;
}

std::string from_xerces(const XMLCh* text) {
  if (!text) return {};
  return from_xerces(text, std::char_traits<XMLCh>::length(text));
}

std::u16string to_xerces(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
    bool good = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; good && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      good = next >> 6 == 2;
      c = c << 6 | (next & 0x3F);
    }
    if (!good || c > 0x10FFFF) {
      out += u'\xFFFD';
      ++i;
      continue;
    }
    i += length;
    if (c >= 0x10000) {
      out += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      out += static_cast<char16_t>(c);
    }
  }
  return out;
}

xercesc::InputSource* DenyEntities::resolveEntity(xercesc::XMLResourceIdentifier*) {
  static const XMLByte nothing = 0;
  return new xercesc::MemBufInputSource(&nothing, 0, u"denied", false);
}

}  // namespace wayleave::schema
