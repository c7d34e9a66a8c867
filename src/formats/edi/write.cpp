#include "formats/edi/write.hpp"

#include <algorithm>
#include <cassert>

namespace wayleave::edi {
namespace {

CharacterSet characters_of(const InterchangeHead& head, const WritePolicy& policy) {
  if (head.standard == Standard::edifact) return edifact_character_set(head.syntax);
  if (policy.character_set == "basic") return CharacterSet::x12_basic;
  return policy.character_set == "utf8" ? CharacterSet::utf8 : CharacterSet::x12_extended;
}

/// The repetition separator came with version 00402 in ISA11, and with syntax 4 in UNA: before that there is none.
Delimiters delimiters_of(const InterchangeHead& head, const WritePolicy& policy) {
  const bool edifact = head.standard == Standard::edifact;
  auto d = policy.delimiters.value_or(edifact ? edifact_delimiters : x12_delimiters);
  const bool repeats = edifact ? head.version >= "4" : head.version >= "00402";
  if (!repeats) {
    d.repetition = '\0';
  } else if (!policy.delimiters) {
    d.repetition = edifact ? '*' : '^';
  }
  return d;
}

InterchangeHead with_defaults(InterchangeHead head) {
  const bool edifact = head.standard == Standard::edifact;
  if (head.version.empty()) head.version = edifact ? "3" : "00401";
  if (edifact && head.syntax.empty()) head.syntax = "UNOC";
  return head;
}

/// `value` in a field of fixed width.
std::string fixed(std::string_view value, std::size_t width) {
  std::string out(value.substr(0, width));
  out.resize(width, ' ');
  return out;
}

/// A number in a field of fixed width; text that is none stays as it is.
std::string fixed_number(std::string_view value, std::size_t width) {
  const bool digits = value.find_first_not_of("0123456789") == value.npos;
  if (!digits || value.size() >= width) return fixed(value, width);
  std::string out(width - value.size(), '0');
  out += value;
  return out;
}

}  // namespace

Writer::Writer(std::string& out, const InterchangeHead& head, const WritePolicy& policy)
    : out_(out),
      head_(with_defaults(head)),
      policy_(policy),
      delimiters_(delimiters_of(head_, policy)),
      characters_(characters_of(head_, policy)),
      pen_(out, delimiters_, characters_, policy.unfit == WritePolicy::Unfit::blank, policy.newline) {
  const auto mark = open();
  if (head_.standard == Standard::x12) {
    write_isa();
  } else {
    const bool usual =
        delimiters_ == Delimiters{'\'', '+', ':', head_.version >= "4" ? '*' : '\0', '?', delimiters_.decimal} &&
        (delimiters_.decimal == '.' || delimiters_.decimal == ',');
    if (policy.una || !usual) write_una();
    write_unb();
  }
  close(mark);
}

void Writer::put(std::uint32_t element, std::string_view value, std::uint32_t component) {
  pen_.put_fitted(element, component, value);
}

/// `D.96A` as the two components D and 96A.
void Writer::put_dotted(std::uint32_t element, std::string_view version, std::uint32_t component) {
  const auto dot = version.find('.');
  put(element, version.substr(0, dot), component);
  if (dot != version.npos) put(element, version.substr(dot + 1), component + 1);
}

/// X12.5: every element has its fixed width, so that a reader finds the delimiters by position.
void Writer::write_isa() {
  const auto& h = head_;
  const std::string repetition(1, delimiters_.repetition ? delimiters_.repetition : 'U');
  const std::string fields[] = {
      fixed(h.authorization_qualifier, 2),
      fixed(h.authorization, 10),
      fixed(h.security_qualifier, 2),
      fixed(h.security, 10),
      fixed(h.sender.qualifier, 2),
      fixed(h.sender.id, 15),
      fixed(h.receiver.qualifier, 2),
      fixed(h.receiver.id, 15),
      fixed_number(h.date, 6),
      fixed_number(h.time, 4)};
  pen_.begin("ISA");
  for (std::uint32_t i = 0; i < std::size(fields); ++i) {
    // One byte a character here, whatever the character set: the width counts bytes.
    std::string ascii = fields[i];
    for (char& c : ascii)
      if (static_cast<unsigned char>(c) >= 0x80) c = ' ';
    put(i + 1, ascii);
  }
  std::string rest;
  for (const auto& field :
       {repetition, fixed_number(h.version, 5), fixed_number(h.control, 9), std::string(h.ack_requested ? "1" : "0"),
        std::string(h.test ? "T" : "P"), std::string(1, delimiters_.component)}) {
    rest += delimiters_.element;
    rest += field;
  }
  pen_.raw(rest);
  pen_.end();
}

void Writer::write_una() {
  const auto& d = delimiters_;
  const auto shown = [](char c) { return c ? c : ' '; };
  std::string una = "UNA";
  for (const char c : {d.component, d.element, d.decimal, shown(d.release), shown(d.repetition), d.segment}) una += c;
  if (policy_.newline) una += '\n';
  pen_.raw(una);
}

void Writer::write_unb() {
  const auto party = [&](std::uint32_t element, const Identity& who) {
    put(element, who.id);
    put(element, who.qualifier, 1);
    put(element, who.internal, 2);
  };
  pen_.begin("UNB");
  put(1, head_.syntax);
  put(1, head_.version, 1);
  party(2, head_.sender);
  party(3, head_.receiver);
  put(4, head_.date);
  put(4, head_.time, 1);
  put(5, head_.control);
  put(7, head_.application);
  put(8, head_.priority);
  if (head_.ack_requested) put(9, "1");
  put(10, head_.agreement);
  if (head_.test) put(11, "1");
  pen_.end();
}

void Writer::group(const GroupHead& head) {
  assert(!grouped_);
  grouped_ = true;
  ++groups_;
  sets_in_group_ = 0;
  group_ = head;
  const auto mark = open();
  if (head_.standard == Standard::x12) {
    pen_.begin("GS");
    const std::string_view fields[] = {head.code, head.sender.id, head.receiver.id, head.date,
                                       head.time, head.control,   head.agency,      head.version};
    for (std::uint32_t i = 0; i < std::size(fields); ++i) put(i + 1, fields[i]);
  } else {
    pen_.begin("UNG");
    put(1, head.code);
    put(2, head.sender.id);
    put(2, head.sender.qualifier, 1);
    put(3, head.receiver.id);
    put(3, head.receiver.qualifier, 1);
    put(4, head.date);
    put(4, head.time, 1);
    put(5, head.control);
    put(6, head.agency.empty() || head.agency == "X" ? "UN" : head.agency);
    put_dotted(7, head.version, 0);
  }
  pen_.end();
  close(mark);
}

/// ST or UNH.
void Writer::begin(const SetHead& head) {
  set_ = head;
  segments_ = 1;
  if (head_.standard == Standard::x12) {
    pen_.begin("ST");
    put(1, head.set);
    put(2, head.control);
    put(3, head.implementation);
  } else {
    pen_.begin("UNH");
    put(1, head.control);
    put(2, head.set);
    put_dotted(2, head.version, 1);
    put(2, head.agency.empty() ? "UN" : head.agency, 3);
    put(2, head.association, 4);
  }
  pen_.end();
}

/// SE or UNT, which counts itself.
void Writer::finish() {
  pen_.begin(head_.standard == Standard::x12 ? "SE" : "UNT");
  put(1, Digits(segments_ + 1));
  put(2, set_.control);
  pen_.end();
  ++sets_;
  ++sets_in_group_;
}

void Writer::begin_set(const SetHead& head) {
  const auto mark = open();
  begin(head);
  close(mark);
}

void Writer::segment(std::initializer_list<std::string_view> elements) {
  assert(elements.size() > 0);
  const auto mark = open();
  pen_.begin(*elements.begin());
  std::uint32_t at = 0;
  for (const auto value : elements) {
    if (at) pen_.put_fitted(at, 0, value, true);
    ++at;
  }
  pen_.end();
  ++segments_;
  close(mark);
}

void Writer::end_set() {
  const auto mark = open();
  finish();
  close(mark);
}

void Writer::end_group() {
  assert(grouped_);
  grouped_ = false;
  const auto mark = open();
  pen_.begin(head_.standard == Standard::x12 ? "GE" : "UNE");
  put(1, Digits(sets_in_group_));
  put(2, group_.control);
  pen_.end();
  close(mark);
}

void Writer::end() {
  if (grouped_) end_group();
  const auto mark = open();
  const bool x12 = head_.standard == Standard::x12;
  pen_.begin(x12 ? "IEA" : "UNZ");
  put(1, Digits(x12 || groups_ ? groups_ : sets_));
  put(2, x12 ? fixed_number(head_.control, 9) : head_.control);
  pen_.end();
  close(mark);
}

void Writer::close(std::size_t mark) {
  pen_.close();
  if (policy_.wrap) lines(mark);
}

/// Breaks what was written since `mark` into lines; a line break that is there already begins a line.
void Writer::lines(std::size_t mark) {
  const std::string written = out_.substr(mark);
  out_.resize(mark);
  for (const char c : written) {
    if (c == '\n') {
      column_ = 0;
    } else if (column_++ == policy_.wrap) {
      out_ += '\n';
      column_ = 1;
    }
    out_ += c;
  }
}

}  // namespace wayleave::edi
