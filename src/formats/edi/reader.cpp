#include <algorithm>
#include <cstring>

#include "formats/edi/reader_state.hpp"

namespace wayleave::edi {
namespace {

constexpr std::size_t portion = 256u << 10;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_service(Standard standard, Tag tag) {
  constexpr Tag x12[] = {tag_of("ST"), tag_of("SE"), tag_of("GS"), tag_of("GE"), tag_of("IEA"), tag_of("TA1")};
  constexpr Tag edifact[] = {tag_of("UNH"), tag_of("UNT"), tag_of("UNG"), tag_of("UNE"), tag_of("UNZ")};
  return standard == Standard::x12 ? std::find(std::begin(x12), std::end(x12), tag) != std::end(x12)
                                   : std::find(std::begin(edifact), std::end(edifact), tag) != std::end(edifact);
}

bool any_error(const Flaws& flaws) {
  return std::any_of(flaws.begin(), flaws.end(), [](const Flaw& f) { return f.severity == Severity::error; });
}

/// The separators of an ISA of fixed width, wherever it stands.
bool fixed_isa(std::string_view bytes) {
  if (bytes.size() < 105 || !bytes.starts_with("ISA")) return false;   // its terminator need not be there
  for (const unsigned at : {6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103})
    if (bytes[at] != bytes[3]) return false;
  return true;
}

/// Bytes that could begin an interchange.
bool begins(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const auto id = bytes.substr(0, 3);
  if (id == "ISA" && is_alnum(bytes[3])) return fixed_isa(bytes);       // told by its envelope
  if (id == "ISA" || id == "UNB") return !is_alnum(bytes[3]);
  return id == "UNA" && bytes.size() >= 9;
}

bool is_unb(std::string_view bytes) {
  if (bytes.size() <= 12 || !bytes.starts_with("UNB") || is_alnum(bytes[3])) return false;
  const auto set = bytes.substr(4, 4);
  const bool known = (set.starts_with("UNO") && is_alnum(set[3])) || set == "KECA";
  if (!known || is_alnum(bytes[8]) || bytes[9] < '1' || bytes[9] > '4' || bytes[10] != bytes[3]) return false;
  // S004, behind sender and receiver: date and time, and the reference behind them.
  auto at = std::size_t{10};
  for (int skipped = 0; skipped < 2 && at != bytes.npos; ++skipped) at = bytes.find(bytes[3], at + 1);
  if (at == bytes.npos) return false;
  const auto dated = bytes.substr(at + 1, bytes.find(bytes[3], at + 1) - at - 1);
  const auto colon = dated.find(bytes[8]);
  const auto digits = [](std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }); };
  return (colon == 6 || colon == 8) && dated.size() == colon + 5 && digits(dated.substr(0, colon)) && digits(dated.substr(colon + 1));
}

/// Does an interchange begin here, inside a segment that was never ended? Only what no data can be counts: the separators of
/// an UNB would be released in EDIFACT data, and in X12 a message must follow it.
bool begins_inside(std::string_view here, const Delimiters& around, Standard standard) {
  if (here.starts_with("ISA")) return here.size() > 3 && !is_alnum(here[3]) && fixed_isa(here);
  if (here.starts_with("UNB")) return is_unb(here) && (standard == Standard::edifact ? here[3] == around.element : here.find("UNH") != here.npos);
  return here.size() == 8 && std::none_of(here.begin() + 3, here.end(), is_alnum);   // an UNA whose terminator was that of the segment
}

/// Where one does; npos: nowhere.
std::size_t buried(std::string_view segment, const Delimiters& around, Standard standard) {
  auto first = segment.npos;
  for (const std::string_view mark : {"ISA", "UNB", "UNA"})
    for (auto at = segment.find(mark, 1); at < first; at = segment.find(mark, at + 1))
      if (begins_inside(segment.substr(at), around, standard)) first = at;
  return first;
}

/// Cheaply: nothing ends in an X12 segment before an ISA, or all of an EDIFACT interchange, is in it; an UNB has several
/// elements, an UNA stands at the end where its terminator is the old one.
bool may_swallow(Standard standard, std::string_view segment, std::size_t pieces) {
  if (segment.size() > 8 && segment.substr(segment.size() - 8, 3) == "UNA") return true;
  return standard == Standard::x12 ? segment.size() >= 105 : segment.size() >= 32 && pieces >= 8;
}

}  // namespace

bool SetReading::accepted() const { return !any_error(flaws); }
bool GroupEnd::refused() const { return any_error(flaws); }
bool InterchangeEnd::refused() const { return any_error(flaws); }

std::optional<Standard> sniff(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  while (!bytes.empty() && is_blank(bytes.front())) bytes.remove_prefix(1);
  if (bytes.size() < 4) return std::nullopt;
  const auto id = bytes.substr(0, 3);
  if (id == "GS*" || id == "ST*") return Standard::x12;
  if (!is_alnum(bytes[3])) {
    if (id == "ISA") return Standard::x12;
    if (id == "UNA" || id == "UNB" || id == "UNH") return Standard::edifact;
  }
  // Rubbish before the first interchange takes nothing from it; what begins like XML or JSON is that, whatever it quotes.
  if (bytes.front() == '<' || bytes.front() == '{' || bytes.front() == '[') return std::nullopt;
  constexpr std::size_t looked_at = 64 * 1024;
  const auto head = bytes.substr(0, looked_at);
  for (auto at = head.find_first_of("IU"); at != head.npos; at = head.find_first_of("IU", at + 1)) {
    if (head[at] == 'I' && fixed_isa(bytes.substr(at))) return Standard::x12;
    if (head[at] == 'U' && is_unb(bytes.substr(at))) return Standard::edifact;
  }
  return std::nullopt;
}

Reader::Reader(const Guides& guides, Listener& listener, ReadOptions options) : state_(std::make_unique<State>(guides, listener, options)) {}
Reader::~Reader() = default;

void Reader::feed(std::string_view bytes) { state_->feed(bytes); }

void Reader::finish() { state_->consume(true); }

Reader::State::State(const Guides& g, Listener& l, ReadOptions o) : guides(g), listener(l), options(o), lexer(o.limits.pieces), sets(options) {
  around.other_tags = &guides.tags();
}

void Reader::State::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto taken = std::min(bytes.size(), portion);
    compact();
    if (buffer.size() < size + taken + lexer_padding)
      buffer.resize(std::max(size + taken + lexer_padding, std::min(buffer.size() * 2, buffer.size() + (4u << 20))));
    std::memcpy(buffer.data() + size, bytes.data(), taken);
    size += taken;
    std::memset(buffer.data() + size, 0, lexer_padding);
    lexer.forget();
    bytes.remove_prefix(taken);
    consume(false);
  }
}

/// Moves what is still needed to the front: from the open set on, or from the next segment.
void Reader::State::compact() {
  const std::size_t keep = level == Level::set && set_kept ? static_cast<std::size_t>(set_begin - base) : at;
  if (keep == 0) return;
  std::memmove(buffer.data(), buffer.data() + keep, size - keep);
  size -= keep;
  at -= keep;
  base += keep;
  lexer.forget();
}

void Reader::State::skip_blanks() {
  while (at < size && is_blank(buffer[at])) ++at;
}

void Reader::State::consume(bool last) {
  if (buffer.empty()) buffer.resize(lexer_padding);
  for (;;) {
    if (level == Level::outside) {
      if (!find_interchange(last)) return;
      const auto opened = rest().starts_with("ISA") ? open_x12(last) : open_edifact(last);
      if (opened == Opened::wait) return;
      if (opened == Opened::no) {
        // It looked like one and is none: stray like what is around it.
        at += 3;
        if (!lost) stray(at - 3);
      }
      continue;
    }
    skip_blanks();
    const auto ahead = rest();
    if (ahead.size() < 4) {
      if (!last) return;
      at = size;
      truncated();
      return;
    }
    if (ahead.size() < 9 && !last && ahead.starts_with("UNA")) return;
    if ((ahead.starts_with("ISA") || ahead.starts_with("UNB") || (ahead.starts_with("UNA") && !is_alnum(ahead[3]))) && begins(ahead)) {
      truncated();
      continue;
    }
    if (standard == Standard::x12 && ahead[0] == 'B' && (ahead.starts_with("BIN") || ahead.starts_with("BDS"))) {
      bool wait = false;
      if (binary_segment(last, wait)) continue;
      if (wait) return;
    }
    switch (lexer.next(buffer.data(), size, at)) {
      case Lexer::Outcome::segment:
        if (lexer.end() - at > options.limits.segment) segment_too_long();
        else if (may_swallow(standard, rest().substr(0, lexer.end() - at), lexer.count()) && swallowed(lexer.end() - at)) truncated();
        else one_segment();
        break;
      case Lexer::Outcome::too_many:
        tell(
            Cause::interchange_too_large, "", 0, {}, "at most " + std::to_string(options.limits.pieces) + " elements and components in a segment",
            "a segment has more than " + std::to_string(options.limits.pieces) + " elements and components (limit pieces)",
            "check the segment terminator"
        );
        drop_interchange();
        break;
      case Lexer::Outcome::unfinished:
        if (size - at > options.limits.segment) {
          segment_too_long();
          break;
        }
        if (!last) return;
        if (!swallowed(size - at)) at = size;
        truncated();
        break;
    }
  }
}

/// A segment that was cut off, with the next interchange behind it: on to that one.
bool Reader::State::swallowed(std::size_t length) {
  const auto inside = buried(rest().substr(0, length), head.delimiters, standard);
  if (inside == std::string_view::npos) return false;
  at += inside;
  return true;
}

void Reader::State::segment_too_long() {
  const auto limit = std::to_string(options.limits.segment);
  tell(
      Cause::interchange_too_large, "", 0, {}, "at most " + limit + " bytes in a segment",
      "a segment is longer than " + limit + " bytes (limit segment)", "check the segment terminator"
  );
  drop_interchange();
}

/// To the next thing that looks like an interchange; false: there is none so far.
bool Reader::State::find_interchange(bool last) {
  if (base + at == 0 && rest().starts_with("\xef\xbb\xbf")) at += 3;
  if (stray_begin == ~0ull) skip_blanks();
  // Of an ISA whose separator is a letter all has to be there to tell it.
  auto too_short = [&] { return !last && (size - at < 9 || (size - at < 106 && rest().starts_with("ISA") && is_alnum(rest()[3]))); };
  if (too_short()) return false;
  const auto begin = at;
  auto found = [&] { return begins(rest()); };
  while (at < size && !found()) {
    const auto* next = static_cast<const char*>(std::memchr(buffer.data() + at + 1, 'I', size - at - 1));
    const auto* other = static_cast<const char*>(std::memchr(buffer.data() + at + 1, 'U', (next ? next - buffer.data() : size) - at - 1));
    const auto* nearest = other ? other : next;
    at = nearest ? static_cast<std::size_t>(nearest - buffer.data()) : size;
    if (too_short()) break;
  }
  if (at > begin && !lost) stray(begin);
  const bool here_it_is = at < size && found();
  if ((here_it_is || (last && at >= size)) && stray_begin != ~0ull) {
    Flaw flaw;
    flaw.cause = here_it_is || !head.control.empty() ? Cause::stray_content : Cause::not_an_interchange;
    if (flaw.cause == Cause::stray_content) flaw.severity = Severity::warning;   // it takes nothing from its neighbours
    flaw.offset = stray_begin;
    flaw.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(here() - stray_begin, 0xffffffffu));
    for (char c : stray_text) flaw.bad += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f ? '.' : c;
    const auto unh = flaw.bad.find("UNH+");
    const bool message = unh != flaw.bad.npos || flaw.bad.starts_with("GS") || flaw.bad.starts_with("ST") || flaw.bad.starts_with("BGM");
    flaw.expected = "an interchange that begins with ISA, UNA or UNB";
    flaw.message = message ? (unh != flaw.bad.npos ? "UNH" : flaw.bad.substr(0, flaw.bad.find_first_of("+*:"))) +
                                 " stands here without the interchange around it"
                           : std::to_string(here() - stray_begin) + " bytes here belong to no interchange";
    flaw.fix = message ? "send the message inside an interchange: UNB … UNZ, or ISA … IEA" : "send nothing but interchanges";
    stray_begin = ~0ull;
    listener.stray(flaw);
  }
  if (here_it_is) lost = false;
  return here_it_is;
}

/// What stands from `begin` on belongs to no interchange; its first bytes are kept, the window moves on.
void Reader::State::stray(std::size_t begin) {
  if (stray_begin == ~0ull) {
    stray_begin = base + begin;
    stray_text.clear();
  }
  if (stray_text.size() < 40) stray_text.append(buffer.data() + begin, std::min(40 - stray_text.size(), at - begin));
}

/// BIN and BDS (X12.22) carry octets whose number stands before them; delimiters among them are data.
bool Reader::State::binary_segment(bool last, bool& wait) {
  const bool bds = rest().starts_with("BDS");
  const char separator = head.delimiters.element, terminator = head.delimiters.segment;
  if (at + 3 >= size || buffer[at + 3] != separator) return false;
  auto from = at + 4;
  if (bds) {
    while (from < size && buffer[from] != separator && buffer[from] != terminator) ++from;
    if (from < size && buffer[from] == terminator) return false;
    ++from;
  }
  std::uint64_t length = 0;
  auto p = from;
  for (; p < size && p < from + 16 && buffer[p] >= '0' && buffer[p] <= '9'; ++p) length = length * 10 + static_cast<unsigned>(buffer[p] - '0');
  if (p >= size) return wait = !last, false;
  if (buffer[p] != separator || p == from) return false;
  const bool too_long = length > options.limits.set;
  const auto stop = p + 1 + static_cast<std::size_t>(length);
  if (!too_long && stop >= size && !last) return wait = true, false;
  ++end.segments;
  // Where the octets do not end as announced nobody knows where the next segment begins: no guess.
  if (too_long || stop >= size || buffer[stop] != terminator) {
    const auto shown = std::to_string(length);
    tell(
        Cause::bad_control_structure, bds ? "BDS" : "BIN", bds ? 2 : 1, shown, "the number of octets that follow",
        too_long       ? shown + " octets are more than a message may have"
        : stop >= size ? "fewer octets came than are announced"
                       : "the octets that are announced do not end where a segment ends",
        "count the octets between the separator and the terminator"
    );
    if (!end.flaws.empty() && end.flaws.back().cause == Cause::bad_control_structure) end.flaws.back().length = static_cast<std::uint32_t>(p - at);
    drop_interchange();
    return true;
  }
  if (level == Level::set) {
    ++set_segments;
    if (base + stop - set_begin > options.limits.set) set_dropped = true, set_kept = false;
    if (!set_dropped) sets.octets(buffer.data(), base, at, set_segments);
  }
  at = stop + 1;
  return true;
}

void Reader::State::one_segment() {
  ++end.segments;
  const auto& first = lexer.begin()[0];
  const Tag tag = tag_of({buffer.data() + first.begin, first.size()});
  const bool mine = is_service(standard, tag);
  if (level == Level::set && !mine) {
    ++set_segments;
    if (!set_dropped) {
      if (base + lexer.end() - set_begin > options.limits.set) {
        set_dropped = true;
        set_kept = false;
      } else {
        sets.segment(buffer.data(), base, lexer, set_segments);
      }
    }
    at = lexer.end() + 1;
    return;
  }
  const auto next = base + lexer.end() + 1;
  if (standard == Standard::x12) x12_segment(tag);
  else edifact_segment(tag);
  if (level != Level::outside || !lost) at = static_cast<std::size_t>(next - base);
}

}  // namespace wayleave::edi
