#include "formats/edi/show.hpp"

#include <algorithm>

#include "formats/edi/interchange_xml.hpp"
#include "formats/edi/raw_set.hpp"

namespace wayleave::edi {
namespace {

constexpr const char* bold = "\x1b[1m";
constexpr const char* dim = "\x1b[2m";
constexpr const char* red = "\x1b[31m";
constexpr const char* yellow = "\x1b[33m";
constexpr const char* plain = "\x1b[0m";

CharacterSet characters_of(const InterchangeHead& head) {
  return head.standard == Standard::edifact ? edifact_character_set(head.syntax) : CharacterSet::utf8;
}

/// Bytes as they came, as far as they can be shown; `marks`: the columns of [from, to), in characters.
std::string shown(
    std::string_view bytes, std::size_t from, std::size_t to, std::size_t& column, std::size_t& width,
    CharacterSet characters
) {
  const auto text = [&](std::string_view part) {
    std::string out;
    std::size_t bad = 0;
    if (const auto decoded = decode(characters, part, bad))
      out = *decoded;
    else
      for (const char c : part)
        out += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : std::string("\xef\xbf\xbd");
    std::string clean;
    for (const char c : out) {
      if (c == '\r' || c == '\n') continue;
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        clean += "\xef\xbf\xbd";
      else
        clean += c;
    }
    return clean;
  };
  const auto length = [](std::string_view part) {
    return static_cast<std::size_t>(std::count_if(part.begin(), part.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
  };
  const auto before = text(bytes.substr(0, from)), marked = text(bytes.substr(from, to - from));
  column = length(before);
  width = length(marked);
  return before + marked + text(bytes.substr(to));
}

/// The words of the guide; those of edi-types.xsd say nothing about this element.
std::string_view words(const Guide& guide, schema::ElementId declared) {
  if (declared == schema::none) return {};
  const auto& model = guide.schema->model();
  const auto& element = model.element(declared);
  if (!element.documentation.empty()) return element.documentation;
  const auto& type = model.type(element.type);
  if (type.name != no_name && names::ns(type.name) == "urn:wayleave:edi:1") return {};
  return type.documentation;
}

/// What the guide says that a code stands for.
std::string_view label(const Guide& guide, schema::ElementId declared, std::string_view code) {
  if (declared == schema::none) return {};
  const auto& facets = guide.schema->model().type_of(declared).facets;
  for (std::size_t i = 0; i < facets.labels.size(); ++i)
    if (facets.enumeration[i] == code) return facets.labels[i];
  return {};
}

std::string two_digits(std::uint32_t n) {
  return (n < 10 ? "0" : "") + std::to_string(n);
}

std::string party(const Identity& who) {
  auto out = who.qualifier.empty() ? who.id : who.qualifier + " " + who.id;
  if (!who.internal.empty()) out += " (" + who.internal + ")";
  return out.empty() ? "–" : out;
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string out;
  for (const auto& part : parts)
    if (!part.empty()) out += (out.empty() ? "" : "   ") + part;
  return out;
}

}  // namespace

void Show::flush() {
  sink_(out_);
  out_.clear();
}

void Show::line(unsigned indent, std::string_view text, const char* colour) {
  out_.append(2 * indent, ' ');
  if (colour_ && colour) out_ += colour;
  out_ += text;
  if (colour_ && colour) out_ += plain;
  out_ += '\n';
}

void Show::flaw(const Flaw& flaw, unsigned indent) {
  auto text = std::string(saying(flaw.cause).code) + " " + flaw.message;
  if (!flaw.fix.empty()) text += "; " + flaw.fix;
  line(indent, text, flaw.severity == Severity::error ? red : yellow);
}

void Show::interchange(const InterchangeHead& head) {
  head_ = head;
  grouped_ = false;
  const bool x12 = head.standard == Standard::x12;
  line(
      0,
      joined(
          {(x12 ? "X12 interchange " : "EDIFACT interchange ") + head.control,
           party(head.sender) + " → " + party(head.receiver), head.date + " " + head.time,
           "version " + (head.syntax.empty() ? "" : head.syntax + " ") + head.version, head.test ? "test" : "",
           head.ack_requested ? "wants an acknowledgment" : "", "delimiters " + delimiters_text(head.delimiters)}
      ),
      bold
  );
}

void Show::group(const GroupHead& head) {
  grouped_ = true;
  line(
      1,
      joined(
          {"group " + head.control, head.code, party(head.sender) + " → " + party(head.receiver),
           head.date + " " + head.time, head.agency + " " + head.version}
      ),
      bold
  );
}

void Show::places(
    const Guide& guide, const Document& document, Document::Index node, std::uint32_t spot, unsigned depth,
    std::vector<Place>& out
) {
  const auto first = guide.spots[spot].first_child, end = first + guide.spots[spot].child_count;
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) {
    auto at = first;
    while (at < end && guide.spots[at].name != document.node(child).name) ++at;
    if (at == end) continue;  // data of the segment itself
    out.push_back({document.node(child).source, at, depth});
    places(guide, document, child, at, depth + 1, out);
  }
}

void Show::set(SetReading&& set) {
  const unsigned outer = grouped_ ? 2 : 1;
  const auto& guide = set.guide;
  line(
      outer,
      joined(
          {set.head.set + " " + set.head.control, set.head.version, set.head.association, set.head.implementation,
           guide ? "guide " + guide->name : "no guide",
           std::to_string(set.segments) + (set.segments == 1 ? " segment" : " segments"),
           set.accepted() ? "" : "REFUSED"}
      ),
      bold
  );
  std::vector<Place> where;
  if (guide && set.document) places(*guide, *set.document, 0, 0, 0, where);
  std::sort(where.begin(), where.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
  std::vector<const Flaw*> open;
  for (const auto& f : set.flaws) open.push_back(&f);
  RawSet raw(set.bytes, head_.standard, head_.delimiters, characters_of(head_));
  RawSegment at;
  unsigned depth = 0;
  std::uint32_t number = 0;
  while (raw.next(at)) {
    ++number;
    const auto place = std::lower_bound(where.begin(), where.end(), at.begin, [](const Place& p, std::uint32_t offset) {
      return p.begin < offset;
    });
    const Segment* described = nullptr;
    if (place != where.end() && place->begin == at.begin) {
      described = &guide->segments[guide->spots[place->spot].segment];
      depth = place->depth;
    } else if (guide) {
      // Not in the tree: the first use of such a segment says what its elements are.
      const auto same =
          std::find_if(guide->segments.begin(), guide->segments.end(), [&](const Segment& s) { return s.id == at.id; });
      if (same != guide->segments.end()) described = &*same;
    }
    const bool frame = number == 1 || at.id == (head_.standard == Standard::x12 ? "SE" : "UNT");
    std::vector<const Flaw*> mine;
    const auto rest =
        std::stable_partition(open.begin(), open.end(), [&](const Flaw* f) { return f->segment != number; });
    mine.assign(rest, open.end());
    open.erase(rest, open.end());
    segment(raw, at, set, frame ? nullptr : described, outer + 1 + (frame ? 0 : depth), mine);
  }
  if (set.bytes.empty()) line(outer + 1, "its bytes were not kept: it is larger than a message may be");
  for (const auto* f : open) flaw(*f, outer + 1);
  if (set.more_flaws) line(outer + 1, "… and " + std::to_string(set.more_flaws) + " more", red);
  flush();
}

void Show::segment(
    const RawSet& raw, const RawSegment& at, const SetReading& set, const Segment* described, unsigned indent,
    const std::vector<const Flaw*>& flaws
) {
  const auto bytes = raw.raw(at.begin, at.end);
  const auto characters = characters_of(head_);
  std::size_t column = 0, width = 0;
  line(indent, shown(bytes, 0, 0, column, width, characters), flaws.empty() ? bold : red);
  std::vector<const Flaw*> rest = flaws;
  const auto marks = [&](const Flaw& f) -> bool {
    if (f.offset < set.head.offset) return false;
    const auto from = f.offset - set.head.offset;
    if (from < at.begin || from + f.length > at.end || f.length == 0 || (from == at.begin && f.element)) return false;
    shown(bytes, from - at.begin, from - at.begin + f.length, column, width, characters);
    return width > 0;
  };
  for (const auto* f : flaws) {
    if (marks(*f))
      line(indent, std::string(column, ' ') + std::string(width, '^'), f->severity == Severity::error ? red : yellow);
    flaw(*f, indent);
  }
  // ST, SE and what stands in no guide: their positions say nothing that the line does not.
  const bool service = at.begin == 0 || at.id == "SE" || at.id == "UNT";
  if (service) return;
  for (const auto& one : at.values)
    if (one.begin != one.end) value(raw, at, one, set, described, indent + 1);
}

void Show::value(
    const RawSet& raw, const RawSegment& at, const RawValue& value, const SetReading& set, const Segment* described,
    unsigned indent
) {
  const bool x12 = head_.standard == Standard::x12;
  const Element *element = nullptr, *part = nullptr;
  if (described && value.element <= described->element_count) {
    element = &set.guide->elements[described->first_element + value.element - 1];
    if (element->use == Element::Use::unlisted) element = nullptr;
  }
  if (element && element->value == none) {
    // A composite with its first component alone has no separators.
    const auto component = std::max<std::uint32_t>(value.component, 1);
    if (component <= element->component_count) part = &set.guide->elements[element->first_component + component - 1];
    if (part && part->use == Element::Use::unlisted) part = nullptr;
  }
  const bool composite = value.component || (element && element->value == none);
  std::string name;
  if (element && part)
    name = x12 ? std::string(names::local(part->name))
               : std::string(names::local(element->name)) + "/" + std::string(names::local(part->name));
  else if (element && !composite)
    name = names::local(element->name);
  else
    name = std::string(at.id) + two_digits(value.element) +
           (composite ? (x12 ? "" : "/") + two_digits(std::max<std::uint32_t>(value.component, 1)) : "");
  const auto* leaf = part ? part : composite ? nullptr : element;
  std::string text = name;
  if (value.repetition) text += "[" + std::to_string(value.repetition + 1) + "]";
  if (leaf && !leaf->de.empty()) text += " (" + leaf->de + ")";
  const auto content = raw.text(value);
  std::string meaning;
  if (leaf) {
    const auto code = label(*set.guide, leaf->declared, content);
    if (!code.empty()) meaning.append(" = ").append(code);
    const auto what = words(*set.guide, leaf->declared);
    if (!what.empty()) meaning.append(" — ").append(what);
  } else if (described) {
    meaning = " — not used in this guide";
  }
  if (!colour_) return line(indent, text + " " + content + meaning);
  line(indent, dim + text + plain + " " + content + dim + meaning + plain);
}

void Show::group_end(const GroupEnd& end) {
  for (const auto& f : end.flaws) flaw(f, 1);
  grouped_ = false;
  flush();
}

void Show::interchange_end(const InterchangeEnd& end) {
  for (const auto& f : end.flaws) flaw(f, 0);
  if (end.refused()) line(0, "The interchange is refused as a whole.", red);
  flush();
}

void Show::stray(const Flaw& f) {
  flaw(f, 0);
  flush();
}

}  // namespace wayleave::edi
