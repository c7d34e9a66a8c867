// The pre-scan. Extensible Markup Language (XML) 1.0, fifth edition, and Namespaces in XML 1.0, third edition:
//   [1]  document  ::= prolog element Misc*
//   [14] CharData  ::= [^<&]* - ([^<&]* ']]>' [^<&]*)
//   [15] Comment   ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'
//   [16] PI        ::= '<?' PITarget (S (Char* - (Char* '?>' Char*)))? '?>'     PITarget: an NCName, not `xml`
//   [18] CDSect    ::= '<![CDATA[' (Char* - (Char* ']]>' Char*)) ']]>'
//   [27] Misc      ::= Comment | PI | S
//   [39] element   ::= EmptyElemTag | STag content ETag                         WFC: Element Type Match
//   [42] ETag      ::= '</' Name S? '>'
//   [43] content   ::= CharData? ((element | Reference | CDSect | PI | Comment) CharData?)*
// Start tags: scan_tag.cpp. Declaration and document type: scan_prolog.cpp. Char [2] was checked by encoding.cpp.
#include "formats/xml/scan.hpp"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "formats/xml/encoding.hpp"
#include "formats/xml/locate.hpp"
#include "formats/xml/scanner.hpp"

namespace wayleave::xml {

const char* text_stop(const char* p) {
#if defined(__SSE2__)
  const __m128i lt = _mm_set1_epi8('<'), amp = _mm_set1_epi8('&'), bracket = _mm_set1_epi8(']'),
                cr = _mm_set1_epi8('\r'), nul = _mm_setzero_si128();
  for (;; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i markup = _mm_or_si128(_mm_cmpeq_epi8(block, lt), _mm_cmpeq_epi8(block, amp));
    const __m128i others = _mm_or_si128(
        _mm_cmpeq_epi8(block, bracket), _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, nul))
    );
    if (const int mask = _mm_movemask_epi8(_mm_or_si128(markup, others)); mask != 0)
      return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
#else
  while (*p != '<' && *p != '&' && *p != ']' && *p != '\r' && *p != '\0') ++p;
  return p;
#endif
}

const char* value_stop(const char* p, char quote) {
#if defined(__SSE2__)
  const __m128i lt = _mm_set1_epi8('<'), amp = _mm_set1_epi8('&'), end = _mm_set1_epi8(quote),
                low = _mm_set1_epi8(0x1F);
  for (;; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i markup = _mm_or_si128(_mm_cmpeq_epi8(block, lt), _mm_cmpeq_epi8(block, amp));
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(block, end), _mm_cmpeq_epi8(_mm_min_epu8(block, low), block));
    if (const int mask = _mm_movemask_epi8(_mm_or_si128(markup, others)); mask != 0)
      return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
#else
  while (*p != quote && *p != '<' && *p != '&' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
#endif
}

const char* pair_stop(const char* p, const char* end, char first, char second) {
#if defined(__SSE2__)
  const __m128i one = _mm_set1_epi8(first), two = _mm_set1_epi8(second);
  for (; p < end; p += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 1));
    const int mask = _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(here, one), _mm_cmpeq_epi8(next, two)));
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
  return end;
#else
  while (p < end && (p[0] != first || p[1] != second)) ++p;
  return p;
#endif
}

Scanner::Scanner(const std::string& text, const Limits& limits, Scan& out)
    : begin_(text.data()), end_(begin_ + text.size() - padding), p_(begin_), limits_(limits), out_(out) {
  out_.tokens.clear();
  out_.elements = out_.attributes = 0;
  out_.namespaces.clear();
  out_.entities.clear();
}

bool Scanner::document() {
  if (static_cast<std::uint64_t>(end_ - begin_) > limits_.document)
    return exceeds(begin_, 0, "X030", "The document", limits_.document, " bytes");
  if (!prolog() || !start_tag()) return false;
  while (!open_.empty())
    if (!content()) return false;
  return epilog();
}

bool Scanner::root() {
  return prolog() && start_tag();
}

bool Scanner::content() {
  if (*p_ != '<') return text();
  switch (p_[1]) {
    case '/':
      return end_tag();
    case '!':
      return markup();
    case '?':
      return instruction();
    default:
      return start_tag();
  }
}

bool Scanner::text() {
  const char* const from = p_;
  skip_space();
  if (*p_ == '<') {
    // White space before a child, or after one before the end tag, is nobody's text.
    const bool opens = p_[1] != '/' && p_[1] != '!' && p_[1] != '?';
    if (opens || open_.back().has_child) return !long_text(from, p_);
  }
  bool raw = false;
  for (p_ = text_stop(from); *p_ != '<'; p_ = text_stop(p_)) {
    raw = raw || *p_ != ']';
    if (p_ == end_) return unfinished();
    if (*p_ == '&') {
      if (!reference(p_)) return false;
    } else if (starts_with("]]>")) {
      return fail(p_, 3, "X018", "The characters ]]> may not stand in text.", "]]&gt;", "write ]]&gt; instead");
    } else {
      ++p_;
    }
    if (static_cast<std::size_t>(p_ - from) > limits_.text) break;
  }
  if (long_text(from, p_)) return false;
  return push({.kind = Token::text, .raw = raw, .at = offset(from), .length = static_cast<std::uint32_t>(p_ - from)});
}

/// Counts text; true, with the finding, when there is too much of it.
bool Scanner::long_text(const char* from, const char* to) {
  text_run_ += static_cast<std::size_t>(to - from);
  return text_run_ > limits_.text && !exceeds(from, 0, "X036", "A text", limits_.text, " bytes");
}

bool Scanner::reference(const char*& at) {
  const Reference found = parse_reference(std::string_view(at, static_cast<std::size_t>(end_ - at)), out_.entities);
  if (found.length != 0) {
    if (found.entity && (expanded_ += found.entity->size()) > limits_.text)
      return exceeds(at, found.length, "X036", "What the entities stand for", limits_.text, " bytes");
    at += found.length;
    return true;
  }
  std::size_t length = 1;
  while (length < 40 && (in_name(at[length]) || at[length] == '#')) ++length;
  if (length == 1 || at[length] != ';')
    return fail(
        at, 1, "X017", "An & must be followed by the name of a character and a semicolon.", "&amp;",
        "write &amp; where an & is meant"
    );
  const std::string name(at, length + 1);
  if (at[1] == '#')
    return fail(
        at, name.size(), "X017", name + " is not a character that XML allows.",
        "a decimal or, after &#x, hexadecimal number of an allowed character", "remove it or correct the number"
    );
  return fail(
      at, name.size(), "X017", name + " is not known: XML has only &amp; &lt; &gt; &quot; and &apos;.",
      "the character itself", "write the character itself, or its number as in &#160;"
  );
}

bool Scanner::end_tag() {
  const Open& open = open_.back();
  if (open.length + 2 < left() && std::memcmp(p_ + 2, open.name, open.length) == 0) {
    const char* close = p_ + 2 + open.length;
    while (is_space(*close)) ++close;
    if (*close == '>') {
      p_ = close + 1;
      out_.namespaces.rewind(open.mark);
      open_.pop_back();
      text_run_ = 0;
      out_.tokens.push_back({.kind = Token::end});
      return true;
    }
  }
  return wrong_end_tag();
}

bool Scanner::wrong_end_tag() {
  const char* const name = p_ + 2;
  const char* end = name;
  const std::size_t longest = std::min<std::size_t>(limits_.name, 0xffff);
  while ((in_name(*end) || *end == ':') && static_cast<std::size_t>(end - name) <= longest) ++end;
  if (static_cast<std::size_t>(end - name) > longest) return exceeds(name, 40, "X037", "A name", longest, " bytes");
  const std::string_view raw(name, static_cast<std::size_t>(end - name));
  const std::string found = quote(raw, 0, raw.size());
  while (is_space(*end)) ++end;
  if (end >= end_) return unfinished();
  const std::string_view wanted(open_.back().name, open_.back().length);
  const std::string right = "</" + std::string(wanted) + ">";
  if (*end != '>')
    return fail(
        p_, static_cast<std::size_t>(end - p_), "X013", "An end tag holds nothing but the name of its element.", right,
        "write " + right
    );
  const auto length = static_cast<std::size_t>(end + 1 - p_);
  const std::string of_line = " of line " + std::to_string(line_of(open_.back().name));
  // An element further out has this name: then it is the open one whose end tag is missing.
  for (const Open& outer : open_)
    if (std::string_view(outer.name, outer.length) == raw)
      return fail(
          open_.back().name - 1, wanted.size() + 1, "X011",
          "The element " + std::string(wanted) + " is not closed before </" + found + "> on line " +
              std::to_string(line_of(p_)) + ".",
          right + " before </" + found + ">", "add " + right
      );
  return fail(
      p_, length, "X011", "</" + found + "> closes nothing: the open element is " + std::string(wanted) + of_line + ".",
      right, "write " + right
  );
}

bool Scanner::markup() {
  if (starts_with("<!--")) return comment();
  if (starts_with("<![CDATA[")) return cdata();
  return fail(
      p_, 2, "X013", "What begins with <! here is neither a comment nor a CDATA section.", "a tag, a comment or text",
      "write &lt; where a < is meant"
  );
}

bool Scanner::comment() {
  const char* const from = p_;
  p_ = pair_stop(p_ + 4, end_, '-', '-') + 2;
  if (p_ >= end_)
    return fail(from, 4, "X019", "A comment is not closed.", "--> after the comment", "close the comment with -->");
  if (*p_ != '>')
    return fail(p_ - 2, 2, "X019", "Two hyphens may not stand within a comment.", "--> or one hyphen", "write - -");
  ++p_;
  return true;
}

bool Scanner::cdata() {
  const char* const from = p_ + 9;
  const char* close = pair_stop(from, end_, ']', '>');
  while (close != end_ && (close == from || close[-1] != ']')) close = pair_stop(close + 1, end_, ']', '>');
  if (close == end_)
    return fail(p_, 9, "X019", "A CDATA section is not closed.", "]]> after the text", "close the section with ]]>");
  const auto length = static_cast<std::size_t>(close - 1 - from);
  p_ = close + 2;
  if (long_text(from, from + length)) return false;
  const bool raw = std::memchr(from, '\r', length) != nullptr;
  return push({.kind = Token::cdata, .raw = raw, .at = offset(from), .length = static_cast<std::uint32_t>(length)});
}

bool Scanner::instruction() {
  const char* const from = p_;
  p_ += 2;
  Token target{.kind = Token::text};
  if (!name(target, "a processing instruction")) return false;
  const std::string_view text = raw_name(target);
  if (text.size() == 3 && (text[0] | 32) == 'x' && (text[1] | 32) == 'm' && (text[2] | 32) == 'l')
    return fail(
        from, 5, "X007", "The XML declaration stands only at the very beginning of a document.", "",
        "remove it, or whatever comes before it"
    );
  if (target.prefix != 0)
    return fail(
        from + 2, text.size(), "X014", "The name of a processing instruction has no colon.", "a name without a colon"
    );
  const char* const close = pair_stop(p_, end_, '?', '>');
  if (close == end_)
    return fail(from, 2, "X019", "A processing instruction is not closed.", "?> at its end", "close it with ?>");
  if (close != p_ && !is_space(*p_))
    return fail(
        p_, 1, "X014", "The name of a processing instruction is followed by white space or ?>.", "white space or ?>"
    );
  p_ = close + 2;
  return true;
}

bool Scanner::misc() {
  while (true) {
    skip_space();
    if (starts_with("<!--")) {
      if (!comment()) return false;
    } else if (starts_with("<?")) {
      if (!instruction()) return false;
    } else {
      return true;
    }
  }
}

bool Scanner::epilog() {
  if (!misc()) return false;
  if (p_ == end_) return true;
  if (*p_ == '<' && starts_name(p_[1]))
    return fail(
        p_, 1, "X010", "A document has one outermost element; this is a second one.", "the end of the document",
        "send one document at a time"
    );
  return fail(
      p_, 1, "X010", "Nothing but comments may follow the end of the outermost element.", "the end of the document",
      "remove what follows"
  );
}

bool Scanner::push(const Token& token) {
  if (++nodes_ > limits_.nodes)
    return exceeds(begin_ + token.at, 0, "X038", "The number of elements, attributes and texts", limits_.nodes);
  out_.tokens.push_back(token);
  return true;
}

bool Scanner::unfinished() {
  if (open_.empty())
    return fail(
        end_, 0, "X012", "The document ends in the middle of a tag.", "the rest of the document",
        "send the whole document"
    );
  const std::string name(open_.back().name, open_.back().length);
  return fail(
      end_, 0, "X012",
      "The document ends, but the element " + name + " of line " + std::to_string(line_of(open_.back().name)) +
          " is still open.",
      "</" + name + ">", "send the whole document, or add </" + name + ">"
  );
}

bool Scanner::fail(
    const char* at, std::size_t length, const char* code, std::string message, std::string expected, std::string fix
) {
  finding_ = locate(
      std::string_view(begin_, static_cast<std::size_t>(end_ - begin_)), offset(at), length, code, std::move(message),
      std::move(expected), std::move(fix)
  );
  return false;
}

bool Scanner::exceeds(
    const char* at, std::size_t length, const char* code, const char* what, std::uint64_t limit, const char* unit
) {
  const std::string most = std::to_string(limit) + unit;
  return fail(at, length, code, std::string(what) + " exceeds the limit of " + most + ".", "at most " + most);
}

std::uint32_t Scanner::line_of(const char* at) const {
  return LineIndex(std::string_view(begin_, static_cast<std::size_t>(at - begin_))).at(offset(at)).line;
}

std::optional<Finding> scan(const std::string& text, const Limits& limits, Scan& out) {
  Scanner scanner(text, limits, out);
  if (scanner.document()) return std::nullopt;
  return scanner.take_finding();
}

std::optional<Finding> scan_root(const std::string& text, const Limits& limits, Scan& out) {
  Scanner scanner(text, limits, out);
  if (scanner.root()) return std::nullopt;
  return scanner.take_finding();
}

}  // namespace wayleave::xml
