// Which encoding a document is in: XML 1.0 (fifth edition) §4.3.3 and appendix F, narrowed to an allow-list.
//   EF BB BF                     UTF-8; the declaration, if it names one, must say UTF-8
//   FE FF, FF FE                 UTF-16; the declaration, if it names one, must say UTF-16
//   no mark                      what the declaration names, UTF-8 if it names none
//   00 00 FE FF, FF FE 00 00, 00 00 00 3C, 3C 00 00 00     UTF-32: refused
//   00 3C 00 3F, 3C 00 3F 00     UTF-16 without its mark: refused
//   4C 6F A7 94                  EBCDIC: refused
// UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
#include "formats/xml/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/utf8.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/utf8.hpp"
#include "formats/xml/characters.hpp"
#include "formats/xml/locate.hpp"

namespace wayleave::xml {
namespace {

enum class Encoding : std::uint8_t { utf8, utf16, utf16_be, utf16_le, ascii, latin1, windows1252, other };

constexpr const char* allowed = "UTF-8, UTF-16 with a byte order mark, US-ASCII, ISO-8859-1 or Windows-1252";

Encoding encoding_of(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  if (upper == "UTF-8") return Encoding::utf8;
  if (upper == "UTF-16") return Encoding::utf16;
  if (upper == "UTF-16BE") return Encoding::utf16_be;
  if (upper == "UTF-16LE") return Encoding::utf16_le;
  if (upper == "US-ASCII" || upper == "ASCII") return Encoding::ascii;
  if (upper == "ISO-8859-1" || upper == "ISO_8859-1" || upper == "LATIN1") return Encoding::latin1;
  if (upper == "WINDOWS-1252" || upper == "CP1252") return Encoding::windows1252;
  return Encoding::other;
}

/// The encoding name in the XML declaration of a text whose ASCII characters are bytes; empty when it names none.
/// Lenient: the scan judges the declaration's form.
std::string_view declared_name(std::string_view text) {
  if (!text.starts_with("<?xml") || text.size() < 6 || !is_space(text[5])) return {};
  text = text.substr(0, std::min(text.find("?>"), std::size_t{1024}));
  std::size_t at = text.find("encoding");
  if (at == std::string_view::npos) return {};
  at += 8;
  auto skip_space = [&] {
    while (at < text.size() && is_space(text[at])) ++at;
  };
  skip_space();
  if (at >= text.size() || text[at] != '=') return {};
  ++at;
  skip_space();
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return {};
  const std::size_t end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(at + 1, end - at - 1);
}

struct Flaw {
  std::size_t at;
  std::size_t length;
  bool forbidden;  ///< a character, but not one that XML allows; else bytes that are no character
};

/// How many bytes from `p` on are plain: ASCII and allowed. May stop early.
std::size_t plain_run(const unsigned char* p, std::size_t left) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i low = _mm_set1_epi8(0x1F), tab = _mm_set1_epi8('\t'), lf = _mm_set1_epi8('\n'),
                cr = _mm_set1_epi8('\r');
  for (; i + 16 <= left; i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, low), block);
    const __m128i space =
        _mm_or_si128(_mm_cmpeq_epi8(block, tab), _mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr)));
    const int odd = _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(space, control), block));
    if (odd != 0) return i + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(odd)));
  }
#endif
  while (i < left && p[i] < 0x80 && is_xml_char(p[i])) ++i;
  return i;
}

std::optional<Flaw> find_flaw(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  for (std::size_t i = 0; i < size;) {
    if (p[i] < 0x80) {
      i += plain_run(p + i, size - i);
      if (i == size) break;
      if (p[i] < 0x80) return Flaw{i, 1, true};
    }
    const std::size_t length = utf8_sequence(text.substr(i));
    if (length == 0) return Flaw{i, 1, false};
    if (length == 3 && p[i] == 0xEF && p[i + 1] == 0xBF && p[i + 2] >= 0xBE) return Flaw{i, 3, true};
    i += length;
  }
  return std::nullopt;
}

std::string hex(std::uint32_t value, int digits) {
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += "0123456789ABCDEF"[value >> (4 * i) & 15];
  return text;
}

Finding bad_character(std::string_view valid, std::uint32_t c) {
  Finding finding = locate(
      valid, valid.size(), 0, "X005", "The character U+" + hex(c, 4) + " may not occur in an XML document.",
      "printable characters, tab and line ends", "remove the character"
  );
  finding.found = "U+" + hex(c, 4);
  return finding;
}

Finding bad_bytes(std::string_view valid, std::uint32_t bytes, int digits, const std::string& encoding) {
  Finding finding = locate(
      valid, valid.size(), 0, "X004", "The bytes 0x" + hex(bytes, digits) + " are not a character in " + encoding + ".",
      "text in " + encoding, "write the document in " + encoding + ", or name the encoding it is really in"
  );
  finding.found = "0x" + hex(bytes, digits);
  return finding;
}

Finding bad_encoding(std::string_view text, const std::string& message, std::string_view name = {}) {
  const std::size_t at = name.empty() ? 0 : static_cast<std::size_t>(name.data() - text.data());
  return locate(text, at, name.size(), "X002", message, allowed, "write the document in UTF-8");
}

std::optional<Finding> check_utf8(std::string_view text) {
  const auto flaw = find_flaw(text);
  if (!flaw) return std::nullopt;
  const std::string_view valid = text.substr(0, flaw->at);
  if (!flaw->forbidden) return bad_bytes(valid, static_cast<unsigned char>(text[flaw->at]), 2, "UTF-8");
  const char* p = text.data() + flaw->at;
  return bad_character(valid, next_character(p));
}

/// 0x80–0x9F of Windows-1252; 0: no character.
constexpr std::array<char16_t, 32> windows_1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                   0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::optional<Finding> from_single_bytes(std::string_view bytes, Encoding encoding, std::string& out) {
  out.reserve(bytes.size() + bytes.size() / 8 + padding);
  for (const char byte : bytes) {
    char32_t c = static_cast<unsigned char>(byte);
    if (c >= 0x80 && encoding == Encoding::ascii) return bad_bytes(out, c, 2, "US-ASCII");
    if (c >= 0x80 && c < 0xA0 && encoding == Encoding::windows1252) {
      if (windows_1252[c - 0x80] == 0) return bad_bytes(out, c, 2, "Windows-1252");
      c = windows_1252[c - 0x80];
    }
    if (!is_xml_char(c)) return bad_character(out, c);
    append_utf8(out, c);
  }
  return std::nullopt;
}

std::optional<Finding> from_utf16(std::string_view bytes, bool big_endian, std::string& out) {
  auto unit = [&](std::size_t i) -> char32_t {
    const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
    return big_endian ? a << 8 | b : b << 8 | a;
  };
  out.reserve(bytes.size() / 2 + bytes.size() / 8 + padding);
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    if (i + 1 == bytes.size()) return bad_bytes(out, static_cast<unsigned char>(bytes[i]), 2, "UTF-16");
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xE000) {
      const char32_t low = c < 0xDC00 && i + 3 < bytes.size() ? unit(i + 2) : 0;
      if (low < 0xDC00 || low >= 0xE000) return bad_bytes(out, c, 4, "UTF-16");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    if (!is_xml_char(c)) return bad_character(out, c);
    append_utf8(out, c);
  }
  return std::nullopt;
}

std::optional<Finding> contradiction(std::string_view text, const std::string& truth) {
  const std::string_view name = declared_name(text);
  return locate(
      text, static_cast<std::size_t>(name.data() - text.data()), name.size(), "X003",
      "The XML declaration says " + std::string(name.substr(0, 40)) + " but " + truth + ".",
      "a declaration that names the encoding of the document", "correct or remove the encoding in the declaration"
  );
}

std::optional<Finding> transcode_utf16(std::string& bytes, bool big_endian) {
  std::string text;
  if (auto finding = from_utf16(std::string_view(bytes).substr(2), big_endian, text)) return finding;
  bytes = std::move(text);
  const std::string_view name = declared_name(bytes);
  const Encoding encoding = encoding_of(name);
  const bool agrees = encoding == Encoding::utf16 || encoding == (big_endian ? Encoding::utf16_be : Encoding::utf16_le);
  if (!name.empty() && !agrees)
    return contradiction(
        bytes, std::string("the byte order mark says UTF-16, ") + (big_endian ? "big" : "little") + " end first"
    );
  return std::nullopt;
}

/// Encodings that are refused by the look of their first bytes.
std::optional<Finding> check_signature(std::string_view bytes) {
  auto begins = [&](std::initializer_list<int> signature) {
    return bytes.size() >= signature.size() &&
           std::equal(signature.begin(), signature.end(), bytes.begin(), [](int a, char b) {
             return a == static_cast<unsigned char>(b);
           });
  };
  if (begins({0, 0, 0xFE, 0xFF}) || begins({0xFF, 0xFE, 0, 0}) || begins({0, 0, 0, 0x3C}) || begins({0x3C, 0, 0, 0}))
    return bad_encoding({}, "The document is in UTF-32, which is not accepted.");
  if (begins({0, 0x3C, 0}) || begins({0x3C, 0}))
    return bad_encoding({}, "The document is in UTF-16 but has no byte order mark.");
  if (begins({0x4C, 0x6F, 0xA7, 0x94})) return bad_encoding({}, "The document is in EBCDIC, which is not accepted.");
  return std::nullopt;
}

/// Everything but the padding.
std::optional<Finding> decode(std::string& bytes) {
  if (auto finding = check_signature(bytes)) return finding;
  if (bytes.starts_with("\xFE\xFF")) return transcode_utf16(bytes, true);
  if (bytes.starts_with("\xFF\xFE")) return transcode_utf16(bytes, false);
  const bool mark = bytes.starts_with("\xEF\xBB\xBF");
  if (mark) bytes.erase(0, 3);
  const std::string_view name = declared_name(bytes);
  const Encoding encoding = name.empty() ? Encoding::utf8 : encoding_of(name);
  if (find_flaw(name)) return check_utf8(std::string_view(bytes).substr(0, name.data() + name.size() - bytes.data()));
  if (encoding == Encoding::other)
    return bad_encoding(bytes, "The encoding " + std::string(name.substr(0, 40)) + " is not accepted.", name);
  if (encoding == Encoding::utf16 || encoding == Encoding::utf16_be || encoding == Encoding::utf16_le)
    return contradiction(bytes, mark ? "the byte order mark says UTF-8" : "the document has no UTF-16 byte order mark");
  if (encoding == Encoding::utf8) return check_utf8(bytes);
  if (mark) return contradiction(bytes, "the byte order mark says UTF-8");
  std::string text;
  if (auto finding = from_single_bytes(bytes, encoding, text)) return finding;
  bytes = std::move(text);
  return std::nullopt;
}

}  // namespace

std::optional<Finding> to_utf8(std::string& bytes) {
  bytes.reserve(bytes.size() + padding);
  if (auto finding = decode(bytes)) return finding;
  bytes.append(padding, '\0');
  return std::nullopt;
}

std::optional<std::string> head_as_utf8(std::string_view bytes, std::size_t most) {
  std::string head(bytes.substr(0, most));
  if (head.size() < bytes.size()) {
    const bool utf16 = head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE");
    // Up to three bytes can belong to a character that goes on behind the cut.
    for (std::size_t cut = 0; cut < 4; ++cut) {
      std::string shorter = head.substr(0, head.size() - cut);
      if ((!utf16 || shorter.size() % 2 == 0) && !to_utf8(shorter)) return shorter;
    }
    return std::nullopt;
  }
  if (to_utf8(head)) return std::nullopt;
  return head;
}

}  // namespace wayleave::xml
