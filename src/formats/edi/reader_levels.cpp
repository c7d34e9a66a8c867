#include <algorithm>
#include <cstring>

#include "base/utf8.hpp"
#include "formats/edi/reader_state.hpp"

/// Where the reader stands: interchange, group, set; what X12 and EDIFACT have in common there.
namespace wayleave::edi {
namespace {

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
    out.elements.back().emplace_back(utf8_head(*text, 200));
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
  flaw.id = printable(id);
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
  flaw.bad = printable(bad, 99);
  flaw.expected = printable(expected);
  flaw.message = printable(message);
  flaw.fix = printable(fix);
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
  const auto shown = printable(id, 20);
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
  if (end.groups == 0 && end.sets == 0 && !technical)
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
