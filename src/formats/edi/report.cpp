#include "formats/edi/report.hpp"

#include <algorithm>

namespace wayleave::edi {

std::string ack_text(const Flaw& flaw, Standard standard, bool implementation) {
  const auto& said = saying(flaw.cause);
  std::string out;
  if (flaw.severity != Severity::error && (standard == Standard::edifact || said.ta1.empty())) return out;   // nothing is said of warnings
  if (standard == Standard::edifact) {
    const std::string code(contrl_code(flaw, implementation));
    if (code.empty()) return out;
    if (said.ak3.empty() && flaw.cause != Cause::count_wrong) return "error " + code + (flaw.id.empty() ? "" : " at " + flaw.id);
    out = "UCS+" + contrl_segment(flaw);
    return flaw.element == 0 ? out + "+" + code : out + " UCD+" + code + "+" + contrl_position(flaw, implementation);
  }
  const auto ak3 = implementation ? said.ik3 : said.ak3, ak4 = implementation ? said.ik4 : said.ak4, ak5 = implementation ? said.ik5 : said.ak5;
  auto trimmed = [](std::string text) {
    while (!text.empty() && text.back() == '*') text.pop_back();
    return text;
  };
  const std::string prefix = implementation ? "IK" : "AK";
  if (!ak3.empty()) {
    out = prefix + "3*" + ak3_id(flaw) + "*" + ak3_position(flaw) + "*" + flaw.loop + "*" + std::string(ak3);
    if (!ak4.empty()) out += " " + trimmed(prefix + "4*" + ak4_position(flaw, implementation) + "*" + std::string(ak4_number(flaw)) + "*" + std::string(ak4) + "*" + flaw.bad);
    return out;
  }
  if (!said.ta1.empty()) return "TA1 " + std::string(said.ta1);
  if (!said.ak9.empty()) return "AK9 " + std::string(said.ak9);
  if (!ak5.empty()) return prefix + "5*R*" + std::string(ak5);
  return out;
}

Finding located(const Flaw& flaw, const LineIndex& lines, Standard standard, bool implementation) {
  auto finding = to_finding(flaw);
  const auto at = lines.at(static_cast<std::uint32_t>(std::min<std::uint64_t>(flaw.offset, 0xffffffffu)));
  finding.line = at.line;
  finding.column = at.column;
  finding.ack = ack_text(flaw, standard, implementation);
  return finding;
}

std::string segment_line(std::string_view bytes, std::size_t offset, const Delimiters& delimiters, std::size_t& column, std::size_t& length) {
  offset = std::min(offset, bytes.size());
  std::size_t begin = 0;
  if (offset > 0) {
    const auto before = bytes.substr(0, offset).rfind(delimiters.segment);
    begin = before == bytes.npos ? 0 : before + 1;
  }
  while (begin < offset && static_cast<unsigned char>(bytes[begin]) <= ' ') ++begin;
  auto end = bytes.find(delimiters.segment, offset);
  if (end == bytes.npos) end = bytes.size();
  std::string line;
  // Long segments are cut around the place.
  std::size_t first = begin;
  if (offset - begin > 100) {
    first = offset - 60;
    line = "…";
  }
  column = 0;
  std::size_t shown = line.empty() ? 0 : 1, marked = 0;
  for (auto i = first; i < end && shown < 160; ++i) {
    if (i == offset) column = shown;
    const auto c = static_cast<unsigned char>(bytes[i]);
    if ((c & 0xc0) == 0x80) continue;
    line += c < 0x20 || c >= 0x7f ? '.' : static_cast<char>(c);
    if (i >= offset && i < offset + length) ++marked;
    ++shown;
  }
  if (offset >= end) column = shown;
  length = std::max<std::size_t>(marked, 1);
  return line;
}

std::string set_page(
  const InterchangeHead& head, const GroupHead* group, const SetHead& set, const Flaws& flaws, std::string_view bytes, std::uint64_t begin, bool rejected
) {
  const bool x12 = head.standard == Standard::x12;
  std::string out = set.set + (rejected ? " REJECTED" : flaws.empty() ? " accepted" : " accepted, with notes") + "   ";
  out += (x12 ? "ISA " : "UNB ") + head.control;
  if (group) out += (x12 ? ", GS " : ", UNG ") + group->control;
  out += (x12 ? ", ST " : ", UNH ") + set.control;
  if (!flaws.empty()) out += "   " + std::to_string(flaws.size()) + (flaws.size() == 1 ? " problem" : " problems");
  out += '\n';
  const bool implementation = x12 ? group && group->version.substr(0, 6) >= "005010" : head.version == "4";
  std::size_t number = 0;
  for (const auto& flaw : flaws) {
    out += std::to_string(++number) + "  ";
    out += flaw.segment ? "segment " + std::to_string(flaw.segment) + "  " : std::string();
    const auto place = flaw.path.empty() ? flaw.id : flaw.path.substr(flaw.path.rfind('/') + 1);
    out += (place.empty() ? flaw.id : place) + "  " + (flaw.bad.empty() ? "" : "\"" + flaw.bad + "\"  ") + flaw.message;
    if (!flaw.expected.empty() && flaw.message.find(flaw.expected) == flaw.message.npos) out += "; expected: " + flaw.expected;
    if (const auto ack = ack_text(flaw, head.standard, implementation); !ack.empty()) out += "   [" + ack + "]";
    out += '\n';
    if (flaw.offset >= begin && flaw.offset - begin <= bytes.size() && !bytes.empty()) {
      std::size_t column = 0, length = flaw.length;
      const auto line = segment_line(bytes, static_cast<std::size_t>(flaw.offset - begin), head.delimiters, column, length);
      out += "     " + line + "\n     " + std::string(column, ' ') + std::string(std::min<std::size_t>(length, 80), '^') + "\n";
    }
    if (!flaw.fix.empty()) out += "     " + flaw.fix + "\n";
  }
  return out;
}

}  // namespace wayleave::edi
