// What comes before the root. XML 1.0, fifth edition:
//   [22] prolog       ::= XMLDecl? Misc* (doctypedecl Misc*)?
//   [23] XMLDecl      ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>'
//   [24] VersionInfo  ::= S 'version' Eq quoted '1.0'         (other versions are refused)
//   [80] EncodingDecl ::= S 'encoding' Eq quoted EncName      [81] EncName ::= [A-Za-z] ([A-Za-z0-9._] | '-')*
//   [32] SDDecl       ::= S 'standalone' Eq quoted ('yes' | 'no')
//   [28] doctypedecl  ::= '<!DOCTYPE' S Name (S ExternalID)? S? ('[' intSubset ']' S?)? '>'
// A DOCTYPE is refused. Only Limits::internal_dtd lets one pass, for schema files of the administrator's own: then its
// external identifier is read over and never opened, and of the internal subset only general entities with plain text
// ([71] GEDecl, EntityValue without & and <) are kept; parameter entities are not expanded.
#include <algorithm>

#include "formats/xml/scanner.hpp"

namespace wayleave::xml {

bool Scanner::prolog() {
  if (starts_with("<?xml") && is_space(p_[5]) && !declaration()) return false;
  if (!misc()) return false;
  if (starts_with("<!") && left() > 9 &&
      std::equal(p_ + 2, p_ + 9, "doctype", [](char a, char b) { return (a | 32) == b; })) {
    if (!doctype() || !misc()) return false;
  }
  if (*p_ == '<' && p_[1] != '!' && p_[1] != '/') return true;
  if (p_ == end_)
    return fail(p_, 0, "X001", "There is no element in the document.", "an XML document", "send the document itself");
  if (*p_ == '<')
    return fail(p_, 2, "X010", "A document begins with the start tag of its outermost element.", "a start tag");
  return fail(
      p_, 1, "X010", "Text stands before the outermost element.", "a < at the beginning of the document",
      "remove what comes before the first <"
  );
}

bool Scanner::declaration() {
  const char* const from = p_;
  p_ += 5;
  std::string_view version, encoding, standalone;
  if (!pseudo_attribute("version", version)) return false;
  if (version.data() == nullptr)
    return fail(
        from, 5, "X007", "The XML declaration has to begin with the version.", "version=\"1.0\"",
        "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    );
  if (version != "1.0")
    return fail(
        version.data(), version.size(), "X007", "This version of XML is not accepted.", "1.0", "write version=\"1.0\""
    );
  if (!pseudo_attribute("encoding", encoding)) return false;
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  if (encoding.data() &&
      (encoding.empty() || !letter(encoding[0]) || !std::all_of(encoding.begin(), encoding.end(), inner)))
    return fail(
        encoding.data(), encoding.size(), "X007", "This is not the name of an encoding.", "UTF-8",
        "write encoding=\"UTF-8\""
    );
  if (!pseudo_attribute("standalone", standalone)) return false;
  if (standalone.data() && standalone != "yes" && standalone != "no")
    return fail(standalone.data(), standalone.size(), "X007", "standalone is yes or no.", "yes or no", "remove it");
  skip_space();
  if (!starts_with("?>"))
    return fail(
        p_, 1, "X007", "The XML declaration holds version, encoding and standalone, in this order, and ends with ?>.",
        "?>", "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    );
  p_ += 2;
  return true;
}

/// One `name="value"` of the XML declaration with white space before it; none of that name: `value` stays null.
bool Scanner::pseudo_attribute(std::string_view name, std::string_view& value) {
  const char* const before = p_;
  skip_space();
  if (p_ == before || !starts_with(name)) {
    p_ = before;
    return true;
  }
  p_ += name.size();
  skip_space();
  const bool equals = *p_ == '=';
  if (equals) ++p_;
  skip_space();
  const char* const close = equals && (*p_ == '"' || *p_ == '\'') ? std::find(p_ + 1, end_, *p_) : end_;
  if (close == end_)
    return fail(
        p_, 1, "X007", "A value in the XML declaration is not in quotes.", "= and a value in quotes",
        "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    );
  value = {p_ + 1, static_cast<std::size_t>(close - p_ - 1)};
  p_ = close + 1;
  return true;
}

bool Scanner::doctype() {
  if (!limits_.internal_dtd)
    return fail(
        p_, 9, "X006", "A document type declaration (DOCTYPE) is not accepted.", "a document without a DOCTYPE",
        "remove the DOCTYPE"
    );
  p_ += 9;
  while (p_ < end_ && *p_ != '[' && *p_ != '>') {
    if (*p_ == '"' || *p_ == '\'') p_ = std::find(p_ + 1, end_, *p_);
    ++p_;
  }
  if (*p_ == '[' && !internal_subset()) return false;
  skip_space();
  if (p_ >= end_ || *p_ != '>') return unfinished();
  ++p_;
  return true;
}

bool Scanner::internal_subset() {
  for (++p_;; skip_space()) {
    skip_space();
    if (p_ >= end_) return unfinished();
    if (*p_ == ']') {
      ++p_;
      return true;
    }
    const bool good =
        starts_with("<!--")       ? comment()
        : starts_with("<?")       ? instruction()
        : starts_with("<!ENTITY") ? entity()
        : starts_with("<!")
            ? skip_declaration()
            : fail(p_, 1, "X006", "This part of a DOCTYPE is not accepted.", "entities with plain text", "remove it");
    if (!good) return false;
  }
}

bool Scanner::entity() {
  const char* const from = p_;
  constexpr std::size_t most = 1000, longest = 64 * 1024;
  p_ += 8;
  skip_space();
  Token name_token{.kind = Token::text};
  if (*p_ == '%') return skip_declaration();
  if (!name(name_token, "an entity")) return false;
  skip_space();
  if (*p_ != '"' && *p_ != '\'') return skip_declaration();
  const char* const close = std::find(p_ + 1, end_, *p_);
  if (close == end_) return unfinished();
  const std::string_view value(p_ + 1, static_cast<std::size_t>(close - p_ - 1));
  p_ = close + 1;
  if (value.size() > longest || out_.entities.size() >= most)
    return fail(
        from, 8, "X006", "The DOCTYPE declares too many entities or too long ones.", "at most 1000 entities of 64 KiB"
    );
  // The first declaration of an entity is the one that counts (§4.2).
  if (value.find_first_of("&<%") == std::string_view::npos) out_.entities.emplace(raw_name(name_token), value);
  skip_space();
  if (p_ == end_) return unfinished();
  if (*p_ != '>') return fail(p_, 1, "X006", "The declaration of an entity is not closed.", ">");
  ++p_;
  return true;
}

bool Scanner::skip_declaration() {
  while (p_ < end_ && *p_ != '>') {
    if (*p_ == '"' || *p_ == '\'') p_ = std::find(p_ + 1, end_, *p_);
    ++p_;
  }
  if (p_ >= end_) return unfinished();
  ++p_;
  return true;
}

}  // namespace wayleave::xml
