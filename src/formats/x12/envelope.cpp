#include <algorithm>
#include <array>

#include "formats/edi/reader_state.hpp"
#include "formats/edi/values.hpp"

// X12.5 interchange control structures, X12.6 application control structure.
//
//   ISA: fixed width. Widths of ISA01 … ISA16: 2 10 2 10 2 15 2 15 6 4 1 5 9 1 1 1; byte 4 is the element separator,
//   ISA16 (byte 105) the component separator, byte 106 the segment terminator; ISA11 is the repetition separator from
//   version 00402 on ('U' before).
//   GS*code*sender*receiver*date*time*control*agency*version   ST*set*control[*implementation]
//   SE*segments*control   GE*sets*control   IEA*groups*control   TA1*control*date*time*code*note
namespace wayleave::edi {
namespace {

constexpr std::array<unsigned, 16> widths{2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1};
constexpr std::size_t isa_length = 106;
constexpr std::size_t longest_header = 320;      // of an ISA that is not of fixed width

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }); }

bool is_fixed(std::string_view bytes) {
  std::size_t at = 3;
  for (const auto width : widths) {
    if (bytes[at] != bytes[3]) return false;
    at += width + 1;
  }
  return true;
}

/// Without trailing blanks; what is no character of ISA counts as one.
std::string trimmed(std::string_view text) {
  std::string out;
  for (char c : text)
    if (static_cast<unsigned char>(c) >= 0x20) out += static_cast<unsigned char>(c) < 0x7f ? c : ' ';
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

Reader::State::Opened Reader::State::open_x12(bool last) {
  const auto bytes = rest().substr(0, longest_header);
  if (bytes.size() < longest_header && !last) return Opened::wait;
  const char element = bytes[3];
  std::string plain;                     // without the line breaks of wrapped files
  std::size_t used = 0;
  std::vector<std::string> isa;
  char component = 0, terminator = 0;
  bool fixed = bytes.size() >= isa_length && is_fixed(bytes);
  bool wrapped = false;
  if (fixed) {
    plain = bytes.substr(0, isa_length);
    used = isa_length;
  } else {
    for (std::size_t i = 0; i < bytes.size() && i < isa_length + 16 && plain.size() < isa_length; ++i) {
      used = i + 1;
      if (plain.size() < isa_length - 1 && (bytes[i] == '\r' || bytes[i] == '\n')) continue;
      plain += bytes[i];
    }
    wrapped = fixed = plain.size() == isa_length && is_fixed(plain);
  }
  if (fixed) {
    std::size_t p = 4;
    for (const auto width : widths) {
      isa.push_back(plain.substr(p, width));
      p += width + 1;
    }
    component = plain[104];
    terminator = plain[105];
  } else {
    // Not of fixed width: the separators alone tell the elements apart.
    std::size_t p = 3;
    for (int i = 0; i < 15 && p != bytes.npos; ++i) {
      const auto next = bytes.find(element, p + 1);
      if (next == bytes.npos) break;
      isa.emplace_back(bytes.substr(p + 1, next - p - 1));
      p = next;
    }
    if (isa.size() < 15 || p + 2 >= bytes.size()) return Opened::no;
    component = bytes[p + 1];
    terminator = bytes[p + 2];
    isa.emplace_back(1, component);
    used = p + 3;
  }

  standard = Standard::x12;
  level = Level::interchange;
  head = {};
  end = {};
  group = {};
  grouped = structure_told = technical = false;
  group_numbers.clear();
  end.segments = 1;
  interchange_begin = head.offset = here();
  head.version = trimmed(isa[11]);
  head.delimiters = {terminator, element, component, '\0', '\0', '.'};
  if (digits(head.version) && head.version >= "00402") {
    const char repetition = isa[10].empty() ? 'U' : isa[10][0];
    if (!is_alnum(repetition) && repetition != ' ') head.delimiters.repetition = repetition;
  }
  head.authorization_qualifier = trimmed(isa[0]);
  head.authorization = trimmed(isa[1]);
  head.security_qualifier = trimmed(isa[2]);
  head.security = trimmed(isa[3]);
  head.sender = {trimmed(isa[4]), trimmed(isa[5]), {}};
  head.receiver = {trimmed(isa[6]), trimmed(isa[7]), {}};
  head.date = trimmed(isa[8]);
  head.time = trimmed(isa[9]);
  head.control = trimmed(isa[12]);
  head.ack_requested = isa[13] == "1";
  head.test = isa[14] == "T";
  around.delimiters = head.delimiters;
  around.characters = CharacterSet::x12_extended;
  around.edifact = false;

  if (!fixed) {
    std::size_t i = 0;
    while (i < 15 && isa[i].size() == widths[i]) ++i;
    const auto number = static_cast<unsigned>(i + 1);
    tell(Cause::malformed_header, "ISA", number, trimmed(isa[i]).empty() ? std::to_string(isa[i].size()) + " bytes" : trimmed(isa[i]), std::to_string(widths[i]) + " characters",
         "ISA" + std::string(number < 10 ? "0" : "") + std::to_string(number) + " has " + std::to_string(isa[i].size()) + " bytes instead of " + std::to_string(widths[i]) +
           ": ISA is of fixed width, 106 bytes with its terminator",
         "fill the elements of ISA with blanks to their width");
  } else if (wrapped) {
    tell(Cause::malformed_header, "ISA", 0, "a line break", "106 bytes without line breaks", "ISA has a line break inside it; it was read without it", "send ISA on one line");
    end.flaws.back().severity = Severity::warning;
  }
  bool readable = true;
  if (is_alnum(element) || element == ' ' || static_cast<unsigned char>(element) >= 0x80) {
    tell(Cause::bad_element_separator, "ISA", 0, std::string(1, element), "a character that no data has, such as *", "the element separator cannot be a letter, digit or blank", "use *");
    readable = false;
  }
  if (is_alnum(terminator) || terminator == ' ' || terminator == element || terminator == '\0' || static_cast<unsigned char>(terminator) >= 0x80) {
    tell(Cause::bad_terminator, "ISA", 16, trimmed({&terminator, 1}), "a character of its own behind ISA16, such as ~", "the segment terminator behind ISA16 cannot be used", "end ISA with ISA16 and a terminator such as ~");
    readable = false;
  }
  if (is_alnum(component) || component == ' ' || component == element || component == terminator || static_cast<unsigned char>(component) >= 0x80) {
    tell(Cause::bad_component_separator, "ISA", 16, trimmed({&component, 1}), "a character of its own, such as : or >", "the component separator ISA16 cannot be used", "use : or >");
    head.delimiters.component = '\0';   // the rest can be read without it
    around.delimiters = head.delimiters;
  }
  if (const char r = head.delimiters.repetition; r && (r == element || r == component || r == terminator)) {
    tell(Cause::bad_repetition_separator, "ISA", 11, std::string(1, r), "a character of its own, such as ^", "the repetition separator ISA11 is another separator, too", "use ^");
    head.delimiters.repetition = '\0';
    around.delimiters = head.delimiters;
  }
  if (fixed) check_isa(isa);
  lexer.use(head.delimiters, false);
  listener.interchange(head);
  if (!readable) {
    drop_interchange();
    return Opened::yes;
  }
  at += used;
  return Opened::yes;
}

void Reader::State::check_isa(const std::vector<std::string>& isa) {
  auto two = [](std::string_view t) { return t.size() == 2 && is_alnum(t[0]) && is_alnum(t[1]); };
  if (!two(isa[0])) tell(Cause::bad_authorization, "ISA", 1, isa[0], "a code, 00 for none", "ISA01 is no authorization qualifier", "write 00");
  if (!two(isa[2])) tell(Cause::bad_security, "ISA", 3, isa[2], "a code, 00 for none", "ISA03 is no security qualifier", "write 00");
  if (!two(isa[4])) tell(Cause::bad_sender_qualifier, "ISA", 5, isa[4], "a code such as 01 or ZZ", "ISA05 is no qualifier", "write ZZ where both sides agreed on the number");
  if (head.sender.id.empty()) tell(Cause::bad_sender, "ISA", 6, isa[5], "your number", "ISA06 is empty", "write the number that we agreed on");
  if (!two(isa[6])) tell(Cause::bad_receiver_qualifier, "ISA", 7, isa[6], "a code such as 01 or ZZ", "ISA07 is no qualifier", "write ZZ where both sides agreed on the number");
  if (head.receiver.id.empty()) tell(Cause::bad_receiver, "ISA", 8, isa[7], "our number", "ISA08 is empty", "write the number that we agreed on");
  if (measure(Form::date6, head.date, false, false).misfit != Misfit::none) {
    tell(Cause::bad_interchange_date, "ISA", 9, head.date, "a date YYMMDD", "ISA09 is not a calendar date", "write the date as YYMMDD");
    end.flaws.back().severity = Severity::warning;
  }
  if (head.time.size() != 4 || measure(Form::time, head.time, false, false).misfit != Misfit::none) {
    tell(Cause::bad_interchange_time, "ISA", 10, head.time, "a time HHMM", "ISA10 is not a time of day", "write the time as HHMM");
    end.flaws.back().severity = Severity::warning;
  }
  if (!digits(head.version) || head.version.size() != 5 || head.version < "00200" || head.version > "00801")
    tell(Cause::bad_version, "ISA", 12, head.version, "00304 to 00801", "ISA12 is no version that we read", "write 00401 or 00501");
  if (!digits(head.control) || head.control.size() != 9) tell(Cause::bad_interchange_control_number, "ISA", 13, head.control, "nine digits", "ISA13 is no control number", "write nine digits");
  if (isa[13] != "0" && isa[13] != "1") {
    tell(Cause::bad_ack_request, "ISA", 14, isa[13], "0 or 1", "ISA14 is neither 0 nor 1", "write 1 to get a TA1, else 0");
    end.flaws.back().severity = Severity::warning;
  }
  if (isa[14] != "P" && isa[14] != "T") tell(Cause::bad_test_indicator, "ISA", 15, isa[14], "P or T", "ISA15 is neither P nor T", "write P for production, T for test");
}

void Reader::State::x12_segment(Tag tag) {
  const auto segment = service();
  if (tag == tag_of("GS")) {
    close_open(true);
    group = {};
    group.code = segment(1);
    group.sender.id = segment(2);
    group.receiver.id = segment(3);
    group.date = segment(4);
    group.time = segment(5);
    group.control = segment(6);
    group.agency = segment(7);
    group.version = segment(8);
    group.offset = here();
    // A separator that ends every segment is one that the sender takes for the terminator.
    const auto& tail = lexer.begin()[lexer.count() - 1];
    if (tail.size() == 0 && lexer.count() > 1 && lexer.begin()[lexer.count() - 2].closed == Piece::by_component) {
      tell(Cause::bad_component_separator, "ISA", 16, std::string(1, head.delimiters.component), "a component separator, then the terminator",
           "ISA16 is \"" + std::string(1, head.delimiters.component) + "\", and so is the character that ends every segment: ISA has no component separator",
           "write ISA16, such as :, before the terminator " + std::string(1, head.delimiters.component));
      // What the sender meant; the rest is read by it, so that the report is about the rest.
      head.delimiters.segment = head.delimiters.component;
      head.delimiters.component = '\0';
      around.delimiters = head.delimiters;
      lexer.use(head.delimiters, false);
    }
    begin_group();
    auto told = [&](Cause cause, unsigned element, std::string_view bad, std::string expected, std::string message) {
      group_end.flaws.push_back(envelope_flaw(cause, "GS", element, std::string(bad), std::move(expected), std::move(message), "correct it in GS"));
    };
    if (group.code.size() != 2) told(Cause::bad_group_header, 1, group.code, "a code such as PO", "GS01 is no functional group");
    if (!digits(group.control) || group.control.size() > 9) told(Cause::bad_group_control_number, 6, group.control, "one to nine digits", "GS06 is no control number");
    else if (!group_numbers.add(group.control)) told(Cause::duplicate_group, 6, group.control, "a number that no group before has", "GS06 " + group.control + " was used before in this interchange");
    if (group.version.size() < 6 || !digits(std::string_view(group.version).substr(0, 6))) told(Cause::group_version_not_supported, 8, group.version, "a version such as 004010", "GS08 is no version");
  } else if (tag == tag_of("ST")) {
    close_open(false);
    if (!grouped) structure("ST");
    SetHead from;
    from.set = segment(1);
    from.control = segment(2);
    from.implementation = segment(3);
    from.version = from.implementation.empty() ? group.version : from.implementation;
    auto told = [&](Cause cause, unsigned element, std::string_view bad, std::string expected, std::string message) {
      set_flaws.push_back(envelope_flaw(cause, "ST", element, std::string(bad), std::move(expected), std::move(message), ""));
    };
    if (from.set.size() != 3 || !std::all_of(from.set.begin(), from.set.end(), is_alnum)) told(Cause::bad_set_id, 1, from.set, "three digits", "ST01 is no transaction set");
    if (from.control.size() < 4 || from.control.size() > 9) told(Cause::bad_set_control_number, 2, from.control, "four to nine characters", "ST02 is no control number");
    begin_set(std::move(from));
  } else if (tag == tag_of("SE")) {
    if (level == Level::set) end_set(segment(1), segment(2), true);
    else structure("SE");
  } else if (tag == tag_of("GE")) {
    close_open(false);
    if (level == Level::group) end_group(segment(1), segment(2), true);
    else structure("GE");
  } else if (tag == tag_of("IEA")) {
    close_open(true);
    end_interchange(segment(1), segment(2));
  } else if (tag == tag_of("TA1") && level == Level::interchange) {
    technical = true;
    listener.technical({std::string(segment(1)), std::string(segment(2)), std::string(segment(3)), std::string(segment(4)), std::string(segment(5))});
  } else {
    structure(segment(0));
  }
}

}  // namespace wayleave::edi
