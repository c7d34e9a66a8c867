#include <algorithm>

#include "formats/edi/reader_state.hpp"
#include "formats/edi/values.hpp"

// ISO 9735 (syntax versions 1 to 3) and ISO 9735-1:2002 (syntax version 4).
//
//   UNA component element decimal release (blank | repetition) terminator      six characters, no separators
//   UNB+S001 0001:0002+S002 0004:0007:0008+S003 0010:0007:0014+S004 0017:0019+0020[+S005+0026+0029+0031+0032+0035]'
//   UNG+0038+S006+S007+S004+0048+0051+S008 0052:0054:0057'   UNE+0060+0048'
//   UNH+0062+S009 0065:0052:0054:0051:0057'                  UNT+0074+0062'   UNZ+0036+0020'
namespace wayleave::edi {
namespace {

constexpr std::size_t longest_header = 4096;   // of UNB

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

Reader::State::Opened Reader::State::open_edifact(bool last) {
  auto bytes = rest();
  if (bytes.size() < 64 && !last) return Opened::wait;
  Delimiters delimiters = edifact_delimiters;
  bool announced = false;
  std::size_t skip = 0;
  if (bytes.starts_with("UNA")) {
    announced = true;
    delimiters = {bytes[8], bytes[4], bytes[3], bytes[7] == ' ' ? '\0' : bytes[7], bytes[6] == ' ' ? '\0' : bytes[6], bytes[5]};
    skip = 9;
    while (skip < bytes.size() && (bytes[skip] == '\r' || bytes[skip] == '\n' || bytes[skip] == ' ' || bytes[skip] == '\t')) ++skip;
    if (skip + 4 > bytes.size() && !last) return Opened::wait;
  } else if (bytes[3] == '\x1d') {
    delimiters = {'\x1c', '\x1d', '\x1f', '\0', '\0', '.'};      // level B without UNA: the separators IS4, IS3, IS1
  }

  const auto una = std::string(bytes.substr(0, std::min<std::size_t>(9, bytes.size())));
  const bool header_there = bytes.substr(skip).starts_with("UNB");
  if (announced && !header_there) {
    // UNA alone makes no interchange: what follows stands without one.
    return Opened::no;
  }
  standard = Standard::edifact;
  level = Level::interchange;
  head = {};
  head.standard = Standard::edifact;
  end = {};
  group = {};
  group_end = {};
  grouped = structure_told = technical = false;
  set_numbers.clear();
  group_numbers.clear();
  end.segments = 1;
  interchange_begin = head.offset = here();
  head.delimiters = delimiters;
  around.delimiters = delimiters;
  around.characters = CharacterSet::unob;
  around.edifact = true;

  bool readable = true;
  const char marks[] = {delimiters.segment, delimiters.element, delimiters.component, delimiters.release, delimiters.repetition};
  for (int i = 0; i < 5 && readable; ++i)
    for (int k = i + 1; k < 5 && readable; ++k)
      if (marks[i] && marks[i] == marks[k]) readable = false;
  for (char c : marks)
    if (c && c == delimiters.decimal) readable = false;
  for (char c : {delimiters.segment, delimiters.element, delimiters.component})
    if (is_alnum(c) || c == ' ' || c == '\0') readable = false;
  if (is_alnum(delimiters.release) || is_alnum(delimiters.repetition)) readable = false;
  if (!readable) {
    tell(Cause::bad_element_separator, "UNA", 0, una.substr(3), "six different characters, such as :+.? '", "UNA gives one character two meanings", "write UNA:+.? '");
    listener.interchange(head);
    at += skip;                          // its UNB must not be taken for that of an interchange without UNA
    drop_interchange();
    return Opened::yes;
  }
  at += skip;
  lexer.use(delimiters, false);
  switch (lexer.next(buffer.data(), size, at)) {
    case Lexer::Outcome::segment:
      if (lexer.end() - at < longest_header) break;
      tell(Cause::bad_terminator, "UNB", 0, "", std::string(1, delimiters.segment), "UNB does not end", "end segments with " + std::string(1, delimiters.segment));
      listener.interchange(head);
      drop_interchange();
      return Opened::yes;
    case Lexer::Outcome::unfinished:
      if (size - at < longest_header) {
        if (!last) {
          at -= skip;
          level = Level::outside;
          return Opened::wait;
        }
        listener.interchange(head);
        at = size;
        truncated();
        return Opened::yes;
      }
      [[fallthrough]];
    default:
      tell(Cause::bad_terminator, "UNB", 0, "", std::string(1, delimiters.segment), "UNB does not end", "end segments with " + std::string(1, delimiters.segment));
      listener.interchange(head);
      drop_interchange();
      return Opened::yes;
  }
  edifact_header(announced);
  return Opened::yes;
}

void Reader::State::edifact_header(bool announced) {
  around.characters = edifact_character_set(service()(1, 1));
  const auto unb = service();            // read by the character set that it announces
  head.syntax = unb(1, 1);
  head.version = unb(1, 2);
  head.sender = {std::string(unb(2, 2)), std::string(unb(2, 1)), std::string(unb(2, 3))};
  head.receiver = {std::string(unb(3, 2)), std::string(unb(3, 1)), std::string(unb(3, 3))};
  head.date = unb(4, 1);
  head.time = unb(4, 2);
  head.control = unb(5);
  head.application = unb(7);
  head.priority = unb(8);
  head.ack_requested = unb(9) == "1" || unb(9) == "2";
  head.agreement = unb(10);
  head.test = !unb(11).empty() && unb(11) != "0";
  if (head.version >= "4" && head.delimiters.repetition == '\0' && !announced) head.delimiters.repetition = '*';
  if (head.version < "4") head.delimiters.repetition = '\0';
  around.delimiters = head.delimiters;
  if (around.characters == CharacterSet::unsupported) {
    tell(Cause::unsupported_character_set, "UNB", 1, head.syntax, "UNOA to UNOK, UNOY or KECA", "the character set " + head.syntax + " is none that we read", "use UNOC or UNOY");
    around.characters = CharacterSet::latin1;
  }
  if (head.version.size() != 1 || head.version < "1" || head.version > "4")
    tell(Cause::bad_syntax_version, "UNB", 1, head.version, "1, 2, 3 or 4", "the syntax version " + head.version + " is none that we read", "use syntax version 3 or 4");
  if (head.sender.id.empty()) tell(Cause::bad_sender, "UNB", 2, "", "your number", "the sender is missing", "write the number that we agreed on");
  if (head.receiver.id.empty()) tell(Cause::bad_receiver, "UNB", 3, "", "our number", "the receiver is missing", "write the number that we agreed on");
  const bool date = head.date.size() == 8 ? is_date(head.date) : measure(Form::date6, head.date, false, true).misfit == Misfit::none;
  if (!date || head.time.size() != 4 || measure(Form::time, head.time, false, true).misfit != Misfit::none) {
    tell(Cause::bad_interchange_date, "UNB", 4, head.date + ":" + head.time, "YYMMDD:HHMM", "the date or time of preparation is none", "write YYMMDD:HHMM");
    end.flaws.back().severity = Severity::warning;
  }
  if (head.control.empty() || head.control.size() > 14)
    tell(Cause::bad_interchange_control_number, "UNB", 5, head.control, "one to fourteen characters", "the interchange control reference is missing or too long", "number your interchanges");
  const bool strict = around.characters == CharacterSet::unoa || around.characters == CharacterSet::unob || around.characters == CharacterSet::keca;
  const auto next = base + lexer.end() + 1;
  lexer.use(head.delimiters, strict);
  listener.interchange(head);
  at = static_cast<std::size_t>(next - base);
}

void Reader::State::edifact_segment(Tag tag) {
  const auto segment = service();
  if (tag == tag_of("UNG")) {
    close_open(true);
    if (end.sets && !end.groups) structure("UNG");
    group = {};
    group.code = segment(1);
    group.sender = {std::string(segment(2, 2)), std::string(segment(2, 1)), {}};
    group.receiver = {std::string(segment(3, 2)), std::string(segment(3, 1)), {}};
    group.date = segment(4, 1);
    group.time = segment(4, 2);
    group.control = segment(5);
    group.agency = segment(6);
    group.version = std::string(segment(7, 1)) + "." + std::string(segment(7, 2));
    group.offset = here();
    begin_group();
    if (group.control.empty())
      group_end.flaws.push_back(envelope_flaw(Cause::bad_group_control_number, "UNG", 5, "", "a number", "the group reference is missing", "number your groups"));
    else if (!group_numbers.add(group.control))
      group_end.flaws.push_back(envelope_flaw(Cause::duplicate_group, "UNG", 5, group.control, "a number that no group before has", "the group reference was used before", "number your groups 1, 2, 3 …"));
  } else if (tag == tag_of("UNH")) {
    close_open(false);
    if (end.groups && !grouped) structure("UNH");
    SetHead from;
    from.control = segment(1);
    from.set = segment(2, 1);
    from.version = std::string(segment(2, 2)) + "." + std::string(segment(2, 3));
    from.agency = segment(2, 4);
    from.association = segment(2, 5);
    if (from.control.empty() || from.control.size() > 14)
      set_flaws.push_back(envelope_flaw(Cause::bad_set_control_number, "UNH", 1, from.control, "one to fourteen characters", "the message reference is missing or too long", "number your messages"));
    if (from.set.empty() || segment(2, 2).empty() || segment(2, 3).empty())
      set_flaws.push_back(envelope_flaw(Cause::bad_set_id, "UNH", 2, from.set, "type, version and release: ORDERS:D:96A:UN", "the message identifier is not complete", "write it like ORDERS:D:96A:UN"));
    begin_set(std::move(from));
  } else if (tag == tag_of("UNT")) {
    if (level == Level::set) end_set(segment(1), segment(2), true);
    else structure("UNT");
  } else if (tag == tag_of("UNE")) {
    close_open(false);
    if (level == Level::group) end_group(segment(1), segment(2), true);
    else structure("UNE");
  } else if (tag == tag_of("UNZ")) {
    close_open(true);
    end_interchange(segment(1), segment(2));
  } else {
    structure(segment(0));
  }
}

}  // namespace wayleave::edi
