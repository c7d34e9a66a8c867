#include "formats/edi/interchange_xml.hpp"

#include <cctype>
#include <utility>

#include "formats/edi/raw_set.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::edi {
namespace {

using Index = Document::Index;

void attribute(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(" ").append(name).append("=\"");
  xml::escape_attribute(out, value);
  out += '"';
}

void element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  xml::escape_text(out, text);
  out.append("</").append(name).append(">");
}

void line(std::string& out, unsigned depth) {
  out.append(1, '\n').append(2 * depth, ' ');
}

/// A node and what is below it on one line: data elements have no namespaces but their parent's.
void inline_tree(std::string& out, const Document& document, Index node) {
  const auto name = document.local_name(document.node(node).name);
  if (!(document.node(node).flags & Document::has_children)) return element(out, name, document.text(node));
  out.append("<").append(name).append(">");
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child))
    inline_tree(out, document, child);
  out.append("</").append(name).append(">");
}

CharacterSet characters_of(const InterchangeHead& head) {
  // X12 does not say which character set it has; what is UTF-8 is taken as that.
  return head.standard == Standard::edifact ? edifact_character_set(head.syntax) : CharacterSet::utf8;
}

}  // namespace

std::string delimiters_text(const Delimiters& d) {
  std::string out;
  for (const char c : {d.segment, d.element, d.component, d.repetition, d.release, d.decimal}) {
    if (!out.empty()) out += ' ';
    const auto u = static_cast<unsigned char>(c);
    if (u == 0)
      out += "none";
    else if (u > 0x20 && u < 0x7f)
      out += c;
    else
      out.append("x").append(1, "0123456789ABCDEF"[u >> 4]).append(1, "0123456789ABCDEF"[u & 15]);
  }
  return out;
}

std::optional<Delimiters> parse_delimiters(std::string_view text, Standard standard) {
  char parts[6]{};
  for (std::size_t i = 0; i < 6; ++i) {
    const auto word = text.substr(0, text.find(' '));
    const auto digit = [&](std::size_t at) -> int {
      const auto found = std::string_view("0123456789ABCDEF").find(word[at]);
      return found == std::string_view::npos ? -1 : static_cast<int>(found);
    };
    if (word.size() == 1)
      parts[i] = word[0];
    else if (word.size() == 3 && word[0] == 'x' && digit(1) >= 0 && digit(2) >= 0)
      parts[i] = static_cast<char>(16 * digit(1) + digit(2));
    else if (word != "none")
      return std::nullopt;
    if (word.size() == text.size() && i < 5) return std::nullopt;
    text.remove_prefix(i < 5 ? word.size() + 1 : word.size());
  }
  if (!text.empty() || !parts[0] || !parts[1] || !parts[2]) return std::nullopt;
  for (int a = 0; a < 5; ++a)
    for (int b = 0; b < a; ++b)
      if (parts[a] && parts[a] == parts[b]) return std::nullopt;
  if (!parts[5]) parts[5] = '.';
  for (int a = 0; a < 5; ++a) {
    const auto byte = static_cast<unsigned char>(parts[a]);
    if (std::isalnum(byte) || byte == ' ') return std::nullopt;
    if (standard == Standard::x12 ? byte >= 0x80 : parts[a] == parts[5]) return std::nullopt;
  }
  return Delimiters{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
}

InterchangeXml::InterchangeXml(Sink sink, bool several) : sink_(std::move(sink)), several_(several) {}

void InterchangeXml::flush() {
  sink_(out_);
  out_.clear();
}

void InterchangeXml::interchange(const InterchangeHead& head) {
  head_ = head;
  if (several_ && !began_) out_.append("<interchanges xmlns=\"").append(interchange_namespace).append("\">\n");
  began_ = true;
  out_ += "<interchange";
  if (!several_) attribute(out_, "xmlns", interchange_namespace);
  const bool x12 = head.standard == Standard::x12;
  attribute(out_, "standard", x12 ? "X12" : "EDIFACT");
  attribute(out_, "sender", head.sender.id);
  attribute(out_, "sender-qualifier", head.sender.qualifier);
  attribute(out_, "sender-internal", head.sender.internal);
  attribute(out_, "receiver", head.receiver.id);
  attribute(out_, "receiver-qualifier", head.receiver.qualifier);
  attribute(out_, "receiver-internal", head.receiver.internal);
  attribute(out_, "control", head.control);
  attribute(out_, "version", head.version);
  attribute(out_, "syntax", head.syntax);
  attribute(out_, "date", head.date);
  attribute(out_, "time", head.time);
  if (x12 && (head.authorization_qualifier != "00" || !head.authorization.empty())) {
    attribute(out_, "authorization-qualifier", head.authorization_qualifier);
    attribute(out_, "authorization", head.authorization);
  }
  if (x12 && (head.security_qualifier != "00" || !head.security.empty())) {
    attribute(out_, "security-qualifier", head.security_qualifier);
    attribute(out_, "security", head.security);
  }
  attribute(out_, "application", head.application);
  attribute(out_, "priority", head.priority);
  attribute(out_, "agreement", head.agreement);
  if (head.test) attribute(out_, "test", "true");
  if (head.ack_requested) attribute(out_, "ack-requested", "true");
  attribute(out_, "delimiters", delimiters_text(head.delimiters));
  out_ += '>';
  depth_ = 1;
}

void InterchangeXml::group(const GroupHead& head) {
  line(out_, depth_++);
  out_ += "<group";
  attribute(out_, "code", head.code);
  attribute(out_, "sender", head.sender.id);
  attribute(out_, "sender-qualifier", head.sender.qualifier);
  attribute(out_, "receiver", head.receiver.id);
  attribute(out_, "receiver-qualifier", head.receiver.qualifier);
  attribute(out_, "date", head.date);
  attribute(out_, "time", head.time);
  attribute(out_, "control", head.control);
  attribute(out_, "agency", head.agency);
  attribute(out_, "version", head.version);
  out_ += '>';
}

void InterchangeXml::set(SetReading&& set) {
  line(out_, depth_++);
  out_ += "<message";
  const auto& head = set.head;
  attribute(out_, "set", head.set);
  attribute(out_, "control", head.control);
  attribute(out_, "version", head.version);
  attribute(out_, "agency", head.agency);
  attribute(out_, "association", head.association);
  attribute(out_, "implementation", head.implementation);
  const bool whole = set.accepted();
  if (!whole) attribute(out_, "accepted", "false");
  out_ += '>';
  // A tree with errors may lack what has no place in it; the segments themselves lack nothing.
  if (whole && set.guide && set.document)
    tree(*set.guide, *set.document);
  else
    plain(set);
  line(out_, --depth_);
  out_ += "</message>";
  flush();
}

void InterchangeXml::tree(const Guide& guide, const Document& document) {
  line(out_, depth_);
  const auto name = document.node(0).name;
  out_.append("<").append(document.local_name(name));
  attribute(out_, "xmlns", document.namespace_of(name));
  out_ += '>';
  loop(guide, document, document.first_child(0), 0, depth_ + 1);
  line(out_, depth_);
  out_.append("</").append(document.local_name(name)).append(">");
}

/// Segments have lines of their own, data elements stand in the line of their segment.
void InterchangeXml::loop(
    const Guide& guide, const Document& document, Index node, std::uint32_t spot, unsigned depth
) {
  const auto first = guide.spots[spot].first_child, end = first + guide.spots[spot].child_count;
  auto at = first;
  for (; node != Document::none; node = document.next(node)) {
    const auto name = document.node(node).name;
    while (at < end && guide.spots[at].name != name) ++at;
    if (at == end) return;
    line(out_, depth);
    const auto local = document.local_name(name);
    out_.append("<").append(local).append(">");
    const auto& segment = guide.segments[guide.spots[at].segment];
    auto child = document.first_child(node);
    for (std::uint32_t i = 0; i < segment.element_count; ++i)
      for (; child != Document::none && document.node(child).name == guide.elements[segment.first_element + i].name;
           child = document.next(child))
        inline_tree(out_, document, child);
    if (child != Document::none) {
      loop(guide, document, child, at, depth + 1);
      line(out_, depth);
    }
    out_.append("</").append(local).append(">");
  }
}

void InterchangeXml::plain(const SetReading& set) {
  RawSet raw(set.bytes, head_.standard, head_.delimiters, characters_of(head_));
  RawSegment segment;
  const bool x12 = head_.standard == Standard::x12;
  bool first = true;
  while (raw.next(segment)) {
    if (std::exchange(first, false) || segment.id == (x12 ? "SE" : "UNT")) continue;
    line(out_, depth_);
    out_ += "<segment";
    attribute(out_, "id", segment.id);
    out_ += '>';
    for (std::size_t i = 0; i < segment.values.size(); ++i) {
      const auto& value = segment.values[i];
      const auto same = [&](std::size_t k) {
        return k < segment.values.size() && segment.values[k].element == value.element &&
               segment.values[k].repetition == value.repetition;
      };
      const auto open = [&] { out_.append("<element n=\"").append(Digits(value.element)).append("\">"); };
      if (!value.component) {
        // An empty repetition keeps the ones behind it in their places.
        if (value.begin == value.end && value.repetition == 0 &&
            (i + 1 == segment.values.size() || segment.values[i + 1].repetition == 0))
          continue;
        open();
        xml::escape_text(out_, raw.text(value));
        out_ += "</element>";
        continue;
      }
      open();
      for (; same(i); ++i) {
        const auto& part = segment.values[i];
        if (part.begin == part.end) continue;
        out_.append("<component n=\"").append(Digits(part.component)).append("\">");
        xml::escape_text(out_, raw.text(part));
        out_ += "</component>";
      }
      --i;
      out_ += "</element>";
    }
    out_ += "</segment>";
  }
}

void InterchangeXml::group_end(const GroupEnd&) {
  line(out_, --depth_);
  out_ += "</group>";
}

void InterchangeXml::interchange_end(const InterchangeEnd&) {
  line(out_, 0);
  out_ += "</interchange>\n";
  flush();
}

void InterchangeXml::finish() {
  if (several_ && began_) out_ += "</interchanges>\n";
  if (!out_.empty()) flush();
}

}  // namespace wayleave::edi
