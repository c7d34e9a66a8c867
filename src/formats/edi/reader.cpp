#include <algorithm>
#include <cstring>

#include "base/utf8.hpp"
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

/// Bytes that could begin an interchange.
bool begins(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const auto id = bytes.substr(0, 3);
  if (id == "ISA" || id == "UNB") return !is_alnum(bytes[3]);
  return id == "UNA" && bytes.size() >= 9;
}

/// At most `most` bytes, characters whole.
std::string_view cut(std::string_view utf8, std::size_t most) {
  if (utf8.size() <= most) return utf8;
  while (most > 0 && (static_cast<unsigned char>(utf8[most]) & 0xc0) == 0x80) --most;
  return utf8.substr(0, most);
}

/// Bytes of an envelope as a person can read them.
std::string readable(std::string_view bytes) {
  std::string out(bytes);
  for (std::size_t i = 0; i < out.size();) {
    const auto length = utf8_sequence(std::string_view(out).substr(i));
    if (length == 0 || static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7f) out[i] = '.';
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

bool same_number(std::string_view text, std::uint64_t number) {
  if (text.empty() || text.size() > 18) return false;
  std::uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value == number;
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
  if (is_alnum(bytes[3])) return std::nullopt;
  if (id == "ISA" || id == "GS*" || id == "ST*") return Standard::x12;
  if (id == "UNA" || id == "UNB" || id == "UNH") return Standard::edifact;
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
        at = size;
        truncated();
        break;
    }
  }
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
  if (size - at < 9 && !last) return false;
  const auto begin = at;
  auto found = [&] { return begins(rest()); };
  while (at < size && !found()) {
    const auto* next = static_cast<const char*>(std::memchr(buffer.data() + at + 1, 'I', size - at - 1));
    const auto* other = static_cast<const char*>(std::memchr(buffer.data() + at + 1, 'U', (next ? next - buffer.data() : size) - at - 1));
    const auto* nearest = other ? other : next;
    at = nearest ? static_cast<std::size_t>(nearest - buffer.data()) : size;
    if (!last && size - at < 9) break;
  }
  if (at > begin && !lost) stray(begin);
  const bool here_it_is = at < size && found();
  if ((here_it_is || (last && at >= size)) && stray_begin != ~0ull) {
    Flaw flaw;
    flaw.cause = end.whole || stray_begin > 0 ? Cause::stray_content : Cause::not_an_interchange;
    if (!here_it_is && head.control.empty()) flaw.cause = Cause::not_an_interchange;
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

// ------------------------------------------------------------------------------------------------- what both have

ServiceSegment Reader::State::service() const {
  ServiceSegment out;
  out.elements.emplace_back();
  const char release = head.delimiters.release;
  for (std::uint32_t i = 0; i < lexer.count(); ++i) {
    const auto& piece = lexer.begin()[i];
    std::string raw;
    for (auto p = piece.begin; p < piece.end; ++p) {
      if (release && buffer[p] == release && p + 1 < piece.end) ++p;
      else if (buffer[p] == '\r' || buffer[p] == '\n') continue;
      raw += buffer[p];
    }
    while (!raw.empty() && raw.back() == ' ') raw.pop_back();
    std::size_t bad = 0;
    auto text = decode(around.characters, raw, bad);
    if (!text) {
      text.emplace();
      for (char c : raw) *text += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : std::string("\xef\xbf\xbd");
    }
    for (char& c : *text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '.';
    out.elements.back().emplace_back(cut(*text, 200));
    if (piece.closed == Piece::by_element) out.elements.emplace_back();
  }
  return out;
}

Flaw Reader::State::envelope_flaw(
    Cause cause, std::string_view id, unsigned element, std::string bad, std::string expected, std::string message, std::string fix
) const {
  Flaw flaw;
  flaw.cause = cause;
  flaw.segment = end.segments;
  flaw.element = static_cast<std::uint16_t>(element);
  flaw.id = readable(id);
  flaw.offset = here();
  const auto* stop = static_cast<const char*>(std::memchr(buffer.data() + at, head.delimiters.segment, size - at));
  // No more than the window has at any rate, however the bytes came.
  flaw.length = static_cast<std::uint32_t>(
      std::min<std::size_t>({stop ? static_cast<std::size_t>(stop - (buffer.data() + at)) : size - at, 60, options.limits.segment})
  );
  flaw.path =
      id.empty()
          ? "/"
          : "/" + flaw.id +
                (element ? (standard == Standard::x12 ? (element < 10 ? "0" : "") + std::to_string(element) : "/" + std::to_string(element)) : "");
  flaw.bad = cut(readable(bad), 99);
  flaw.expected = readable(expected);
  flaw.message = readable(message);
  flaw.fix = readable(fix);
  return flaw;
}

void Reader::State::tell(
    Cause cause, std::string_view id, unsigned element, std::string bad, std::string expected, std::string message, std::string fix
) {
  if (end.flaws.size() < options.limits.flaws)
    end.flaws.push_back(envelope_flaw(cause, id, element, std::move(bad), std::move(expected), std::move(message), std::move(fix)));
}

/// A segment where none of its kind may stand: the interchange is not built as it must be. Told once.
void Reader::State::structure(std::string_view id) {
  if (structure_told) return;
  structure_told = true;
  const auto shown = readable(cut(id, 20));
  const bool x12 = standard == Standard::x12;
  const bool mixed = id == "ST" || id == "UNH" || id == "UNG";
  tell(
      Cause::bad_control_structure, shown, 0, shown, x12 ? "groups GS … GE with sets ST … SE" : "messages UNH … UNT",
      mixed && !x12 ? shown + " stands here, but messages stand either all in groups or all outside"
                    : shown + " stands outside any " +
                          (mixed ? "group"
                           : x12 ? "transaction set"
                                 : "message"),
      mixed && !x12 ? "send all messages in groups, or none" : "send it inside one"
  );
}

const Guide* Reader::State::guide_for(const SetHead& wanted) {
  if (wanted.set != last_set || wanted.version != last_version || wanted.association != last_association || !last_guide) {
    last_set = wanted.set;
    last_version = wanted.version;
    last_association = wanted.association;
    last_guide = guides.find(standard, wanted.set, wanted.version, wanted.association);
  }
  return last_guide;
}

void Reader::State::begin_group() {
  level = Level::group;
  grouped = true;
  group_end = {};
  set_numbers.clear();
  ++end.groups;
  listener.group(group);
}

void Reader::State::begin_set(SetHead from) {
  set = std::move(from);
  level = Level::set;
  set_begin = here();
  set.offset = set_begin;
  set_segments = 1;
  set_kept = true;
  set_dropped = false;
  ++end.sets;
  const auto* guide = options.judge ? guide_for(set) : nullptr;
  sets.begin(guide, around, set_begin);
  for (auto& flaw : set_flaws) {
    flaw.segment = 1;
    sets.add(std::move(flaw));
  }
  set_flaws.clear();
  const std::string_view header = standard == Standard::x12 ? "ST" : "UNH";
  auto told = [&](Cause cause, unsigned element, const std::string& bad, std::string expected, std::string message, std::string fix) -> Flaw {
    auto flaw = envelope_flaw(cause, header, element, bad, std::move(expected), std::move(message), std::move(fix));
    flaw.segment = 1;
    return flaw;
  };
  const unsigned number = standard == Standard::x12 ? 2 : 1;
  if (!set_numbers.add(set.control))
    sets.add(told(
        Cause::set_number_not_unique, number, set.control, "a number that no message before has",
        "control number " + set.control + " was used before", "number the messages 1, 2, 3 …"
    ));
  if (options.judge && !guide) {
    auto flaw = told(
        Cause::no_guide, standard == Standard::x12 ? 1 : 2, set.set, "",
        set.set + " " + set.version + " has no guide here: only its syntax was checked", ""
    );
    flaw.severity = Severity::warning;
    sets.add(std::move(flaw));
  }
  if (guide && standard == Standard::x12 && !guide->group.empty() && grouped && group.code != guide->group)
    sets.add(told(
        Cause::set_not_in_group, 1, set.set, "group " + guide->group, set.set + " does not belong into a group " + group.code,
        "send it in a group " + guide->group
    ));
}

/// `at` stands at the trailer, or where it is missed.
void Reader::State::end_set(std::string_view count, std::string_view control, bool trailer) {
  if (trailer) ++set_segments;
  const auto number = set_segments;
  sets.end(number, here());
  const std::string_view id = standard == Standard::x12 ? "SE" : "UNT";
  auto told = [&](Cause cause, unsigned element, std::string_view bad, std::string expected, std::string message, std::string fix) {
    auto flaw = envelope_flaw(cause, id, element, std::string(bad), std::move(expected), std::move(message), std::move(fix));
    flaw.segment = number;
    if (!trailer) flaw.length = 0;
    sets.add(std::move(flaw));
  };
  if (!trailer) {
    told(
        Cause::set_trailer_missing, 0, "", std::string(id), "the message " + set.control + " has no " + std::string(id),
        "end every message with " + std::string(id)
    );
  } else {
    if (!same_number(count, set_segments))
      told(
          Cause::segment_count_wrong, 1, count, std::to_string(set_segments),
          std::string(id) + " says " + std::string(count) + " segments, but there are " + std::to_string(set_segments),
          "write " + std::to_string(set_segments)
      );
    if (control != set.control)
      told(
          Cause::set_numbers_differ, 2, control, set.control,
          std::string(id) + " has the control number " + std::string(control) + ", the message began with " + set.control, "write " + set.control
      );
  }
  if (set_dropped)
    told(
        Cause::set_too_large, 0, "", "at most " + std::to_string(options.limits.set) + " bytes",
        "the message is larger than " + std::to_string(options.limits.set) + " bytes (limit set)", "send smaller messages"
    );
  SetReading reading;
  reading.head = std::move(set);
  reading.guide = options.judge ? last_guide : nullptr;
  if (reading.guide && (reading.guide->set != reading.head.set)) reading.guide = nullptr;
  reading.segments = set_segments;
  const auto stop = trailer ? base + lexer.end() + 1 : here();
  reading.length = stop - set_begin;
  if (set_kept) reading.bytes = {buffer.data() + (set_begin - base), static_cast<std::size_t>(reading.length)};
  reading.flaws = std::move(sets.flaws());
  reading.more_flaws = sets.more_flaws();
  if (sets.has_tree() && !set_dropped) reading.document = sets.tree(std::string(reading.bytes));
  level = grouped ? Level::group : Level::interchange;
  ++group_end.sets;
  if (reading.accepted()) ++group_end.accepted;
  listener.set(std::move(reading));
}

void Reader::State::end_group(std::string_view count, std::string_view control, bool trailer) {
  const std::string_view id = standard == Standard::x12 ? "GE" : "UNE";
  auto told = [&](Cause cause, unsigned element, std::string_view bad, std::string expected, std::string message, std::string fix) {
    group_end.flaws.push_back(envelope_flaw(cause, id, element, std::string(bad), std::move(expected), std::move(message), std::move(fix)));
    if (!trailer) group_end.flaws.back().length = 0;
  };
  if (!trailer) {
    told(
        Cause::group_trailer_missing, 0, "", std::string(id), "the group " + group.control + " has no " + std::string(id),
        "end every group with " + std::string(id)
    );
  } else {
    if (!same_number(count, group_end.sets))
      told(
          Cause::set_count_wrong, 1, count, std::to_string(group_end.sets),
          std::string(id) + " says " + std::string(count) + " messages, but there are " + std::to_string(group_end.sets),
          "write " + std::to_string(group_end.sets)
      );
    if (control != group.control)
      told(
          Cause::group_numbers_differ, 2, control, group.control,
          std::string(id) + " has the control number " + std::string(control) + ", the group began with " + group.control, "write " + group.control
      );
  }
  group_end.declared_sets = 0;
  for (char c : count.substr(0, 9))
    group_end.declared_sets = c >= '0' && c <= '9' ? group_end.declared_sets * 10 + static_cast<unsigned>(c - '0') : group_end.declared_sets;
  level = Level::interchange;
  grouped = false;
  listener.group_end(group_end);
}

void Reader::State::end_interchange(std::string_view count, std::string_view control) {
  const std::string_view id = standard == Standard::x12 ? "IEA" : "UNZ";
  const auto counted = standard == Standard::x12 || end.groups ? end.groups : end.sets;
  const std::string what = standard == Standard::x12 || end.groups ? " groups" : " messages";
  if (!same_number(count, counted))
    tell(
        Cause::group_count_wrong, id, 1, std::string(count), std::to_string(counted),
        std::string(id) + " says " + std::string(count) + what + ", but there are " + std::to_string(counted), "write " + std::to_string(counted)
    );
  if (control != head.control)
    tell(
        Cause::interchange_numbers_differ, id, 2, std::string(control), head.control,
        std::string(id) + " has the control number " + std::string(control) + ", the interchange began with " + head.control, "write " + head.control
    );
  if (counted == 0 && standard == Standard::edifact)
    tell(Cause::bad_control_structure, id, 1, "", "at least one message", "the interchange has no message", "send no empty interchange");
  end.whole = true;
  end.length = base + lexer.end() + 1 - interchange_begin;
  level = Level::outside;
  listener.interchange_end(end);
}

void Reader::State::close_open(bool group_too) {
  if (level == Level::set) end_set({}, {}, false);
  if (group_too && level == Level::group) end_group({}, {}, false);
}

/// The interchange ends here without its trailer.
void Reader::State::truncated() {
  close_open(true);
  const std::string_view id = standard == Standard::x12 ? "IEA" : "UNZ";
  tell(
      Cause::interchange_truncated, id, 0, "", std::string(id),
      "the interchange " + head.control + (head.control.empty() ? "" : " ") + "ends without " + std::string(id), "send it again, whole"
  );
  if (!end.flaws.empty() && end.flaws.back().cause == Cause::interchange_truncated) end.flaws.back().length = 0;
  end.length = here() - interchange_begin;
  level = Level::outside;
  listener.interchange_end(end);
}

/// It cannot be read on: what comes until the next interchange belongs to this one.
void Reader::State::drop_interchange() {
  close_open(true);
  end.length = here() - interchange_begin;
  level = Level::outside;
  lost = true;
  at += std::min<std::size_t>(1, size - at);
  listener.interchange_end(end);
}

}  // namespace wayleave::edi
