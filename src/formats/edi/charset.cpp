#include "formats/edi/charset.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace wayleave::edi {
namespace {

/// The upper halves of ISO 8859, from A0 to FF; U+FFFD where there is no character.
constexpr std::u16string_view latin2 =
    u"\u00a0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00adŽŻ°ą˛ł´ľśˇ¸šşťź˝žż"
    u"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß"
    u"ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";
constexpr std::u16string_view latin3 =
    u"\u00a0Ħ˘£¤\ufffdĤ§¨İŞĞĴ\u00ad\ufffdŻ°ħ²³´µĥ·¸ışğĵ½\ufffdż"
    u"ÀÁÂ\ufffdÄĊĈÇÈÉÊËÌÍÎÏ\ufffdÑÒÓÔĠÖ×ĜÙÚÛÜŬŜß"
    u"àáâ\ufffdäċĉçèéêëìíîï\ufffdñòóôġö÷ĝùúûüŭŝ˙";
constexpr std::u16string_view latin4 =
    u"\u00a0ĄĸŖ¤ĨĻ§¨ŠĒĢŦ\u00adŽ¯°ą˛ŗ´ĩļˇ¸šēģŧŊžŋ"
    u"ĀÁÂÃÄÅÆĮČÉĘËĖÍÎĪĐŅŌĶÔÕÖ×ØŲÚÛÜŨŪß"
    u"āáâãäåæįčéęëėíîīđņōķôõö÷øųúûüũū˙";
constexpr std::u16string_view greek =
    u"\u00a0‘’£€₯¦§¨©ͺ«¬\u00ad\ufffd―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏ"
    u"ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\ufffdΣΤΥΦΧΨΩΪΫάέήί"
    u"ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\ufffd";
static_assert(latin2.size() == 96 && latin3.size() == 96 && latin4.size() == 96 && greek.size() == 96);

constexpr char16_t nothing = 0xfffd;

/// What a byte from A0 on means.
char16_t upper_half(CharacterSet set, unsigned char c) {
  switch (set) {
    case CharacterSet::latin1: return c;
    case CharacterSet::latin2: return latin2[c - 0xa0u];
    case CharacterSet::latin3: return latin3[c - 0xa0u];
    case CharacterSet::latin4: return latin4[c - 0xa0u];
    case CharacterSet::greek: return greek[c - 0xa0u];
    case CharacterSet::cyrillic:
      if (c == 0xa0 || c == 0xad) return c;
      return c == 0xf0 ? u'\u2116' : c == 0xfd ? u'§' : static_cast<char16_t>(0x400 + c - 0xa0);
    case CharacterSet::arabic:
      if (c == 0xa0 || c == 0xa4 || c == 0xad) return c;
      return c == 0xac || c == 0xbb || c == 0xbf || (c >= 0xc1 && c <= 0xda) || (c >= 0xe0 && c <= 0xf2) ? static_cast<char16_t>(0x600 + c - 0xa0)
          : nothing;
    case CharacterSet::hebrew:
      if (c == 0xaa) return u'×';
      if (c == 0xba) return u'÷';
      if (c == 0xdf) return u'\u2017';
      if (c == 0xfd || c == 0xfe) return static_cast<char16_t>(0x200e + c - 0xfd);
      if (c >= 0xe0 && c <= 0xfa) return static_cast<char16_t>(0x5d0 + c - 0xe0);
      return c != 0xa1 && c <= 0xbe ? c : nothing;
    case CharacterSet::latin5: {
      static constexpr std::u16string_view at = u"\u00d0\u00dd\u00de\u00f0\u00fd\u00fe", turkish = u"ĞİŞğış";
      const auto i = at.find(c);
      return i == at.npos ? c : turkish[i];
    }
    default: return nothing;
  }
}

bool is_single_byte(CharacterSet set) { return set >= CharacterSet::latin1 && set <= CharacterSet::latin5; }

void append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// The character at the start of valid UTF-8 of that size.
char32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[i])); };
  switch (sequence.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3: return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default: return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  }
}

/// Controls and non-characters are no data, and XML could not hold most of them.
bool is_text(char32_t c) { return c >= 0x20 && (c < 0x7f || c > 0x9f) && (c & 0xfffe) != 0xfffe; }

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// The index of the first character that is no text of this set, or npos. `text`: any bytes.
std::size_t first_bad_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto size = utf8_sequence(text.substr(i));
    if (size == 0 || !is_text(code_point(text.substr(i, size)))) return i;
    i += size;
  }
  return std::string_view::npos;
}

std::size_t first_bad_ascii(CharacterSet set, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (const auto c = static_cast<unsigned char>(text[i]); c >= 0x80 || !admits_ascii(set, c)) return i;
  return std::string_view::npos;
}

std::optional<std::string> unless_bad(std::string_view text, std::size_t at, std::size_t& bad) {
  if (at == std::string_view::npos) return std::string(text);
  bad = at;
  return std::nullopt;
}

}  // namespace

CharacterSet edifact_character_set(std::string_view identifier) {
  using enum CharacterSet;
  static constexpr std::pair<std::string_view, CharacterSet> known[] = {
      {"UNOA", unoa}, {"UNOB", unob}, {"UNOC", latin1}, {"UNOD", CharacterSet::latin2}, {"UNOE", cyrillic}, {"UNOF", CharacterSet::greek},
      {"UNOG", CharacterSet::latin3}, {"UNOH", CharacterSet::latin4}, {"UNOI", arabic}, {"UNOJ", hebrew}, {"UNOK", latin5},
      {"UNOY", utf8}, {"UNOW", utf8}, {"KECA", keca}};
  for (const auto& [name, set] : known)
    if (name == identifier) return set;
  return unsupported;
}

bool admits_ascii(CharacterSet set, unsigned char c) {
  if (c < 0x20 || c > 0x7e) return false;
  const bool upper_or_digit = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const bool lower = c >= 'a' && c <= 'z';
  const auto among = [c](std::string_view marks) { return marks.find(static_cast<char>(c)) != marks.npos; };
  switch (set) {
    case CharacterSet::x12_basic: return upper_or_digit || among(" !\"&'()*+,-./:;?=");
    // The apostrophe, plus, colon and question mark are data when they are released.
    case CharacterSet::unoa: return upper_or_digit || among(" .,-()/=!\"%&*;<>'+:?");
    case CharacterSet::unob: return upper_or_digit || lower || among(" .,-()/=!\"%&*;<>'+:?");
    case CharacterSet::unsupported: return false;
    default: return true;
  }
}

std::optional<std::string> decode(CharacterSet set, std::string_view bytes, std::size_t& bad) {
  if (set == CharacterSet::utf8) return unless_bad(bytes, first_bad_utf8(bytes), bad);
  if (!is_single_byte(set) || is_ascii(bytes)) return unless_bad(bytes, first_bad_ascii(set, bytes), bad);
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const char16_t character = c < 0xa0 ? (admits_ascii(set, c) ? c : nothing) : upper_half(set, c);
    if (character == nothing) {
      bad = i;
      return std::nullopt;
    }
    append(out, character);
  }
  return out;
}

std::optional<std::string> encode(CharacterSet set, std::string_view utf8, std::size_t& bad) {
  if (set == CharacterSet::utf8) return unless_bad(utf8, first_bad_utf8(utf8), bad);
  if (!is_single_byte(set) || is_ascii(utf8)) return unless_bad(utf8, first_bad_ascii(set, utf8), bad);
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto size = utf8_sequence(utf8.substr(i));
    const auto character = size == 0 ? char32_t{nothing} : code_point(utf8.substr(i, size));
    unsigned found = character < 0x80 ? (admits_ascii(set, static_cast<unsigned char>(character)) ? static_cast<unsigned>(character) : 0x100u)
        : 0xa0u;
    if (character >= 0x80)
      while (found < 0x100 && (character == nothing || upper_half(set, static_cast<unsigned char>(found)) != character)) ++found;
    if (found == 0x100) {
      bad = i;
      return std::nullopt;
    }
    out += static_cast<char>(found);
    i += size;
  }
  return out;
}

}  // namespace wayleave::edi
