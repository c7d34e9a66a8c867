#include "formats/edi/acknowledged.hpp"

#include <optional>

namespace wayleave::edi {
namespace {

using Segment = std::vector<std::vector<std::string>>;

std::vector<Segment> segments(std::string_view bytes, const Delimiters& d) {
  std::vector<Segment> out;
  Segment segment{{""}};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (d.release && c == d.release && i + 1 < bytes.size()) {
      segment.back().back() += bytes[++i];
    } else if (c == d.segment) {
      out.push_back(std::move(segment));
      segment = {{""}};
      while (i + 1 < bytes.size() && static_cast<unsigned char>(bytes[i + 1]) <= ' ') ++i;
    } else if (c == d.element) {
      segment.push_back({""});
    } else if (d.component && c == d.component) {
      segment.back().push_back("");
    } else {
      segment.back().back() += c;
    }
  }
  return out;
}

std::string at(const Segment& segment, std::size_t element, std::size_t component = 0) {
  return element < segment.size() && component < segment[element].size() ? segment[element][component] : std::string();
}

/// Of a code that is none: nothing, for it proves nothing.
std::optional<Acknowledged::Verdict> x12_verdict(const std::string& code) {
  if (code == "A") return Acknowledged::Verdict::accepted;
  if (code == "E") return Acknowledged::Verdict::accepted_with_errors;
  if (code == "P") return Acknowledged::Verdict::partly;
  if (code == "R" || code == "M" || code == "W" || code == "X") return Acknowledged::Verdict::rejected;
  return std::nullopt;
}

std::optional<Acknowledged::Verdict> edifact_verdict(const std::string& action) {
  if (action == "7") return Acknowledged::Verdict::accepted;
  if (action == "8") return Acknowledged::Verdict::received;
  if (action == "4" || action == "1") return Acknowledged::Verdict::rejected;
  return std::nullopt;
}

}  // namespace

bool is_acknowledgment(Standard standard, std::string_view set) {
  return standard == Standard::x12 ? set == "997" || set == "999" : set == "CONTRL";
}

std::vector<Acknowledged> read_acknowledgment(Standard standard, std::string_view bytes, const Delimiters& delimiters) {
  std::vector<Acknowledged> out;
  Acknowledged::Level level = Acknowledged::Level::group;
  std::string interchange, group;
  Acknowledged set;
  for (const auto& segment : segments(bytes, delimiters)) {
    const auto id = at(segment, 0);
    if (id == "AK1") group = at(segment, 2);
    else if (id == "AK2") set = {}, set.set = at(segment, 1), set.control = at(segment, 2);
    else if (id == "AK5" || id == "IK5") {
      const auto verdict = x12_verdict(at(segment, 1));
      if (!verdict) continue;
      set.group = group;
      set.verdict = *verdict;
      set.code = at(segment, 2);
      out.push_back(set);
    } else if (id == "AK9") {
      if (const auto verdict = x12_verdict(at(segment, 1))) out.push_back({level, {}, group, {}, {}, *verdict, at(segment, 5)});
    } else if (id == "UCI" && standard == Standard::edifact) {
      interchange = at(segment, 1);
      if (const auto verdict = edifact_verdict(at(segment, 4))) out.push_back({Acknowledged::Level::interchange, interchange, {}, {}, {}, *verdict, at(segment, 5)});
    } else if (id == "UCM") {
      if (const auto verdict = edifact_verdict(at(segment, 3)))
        out.push_back({Acknowledged::Level::set, interchange, group, at(segment, 2), at(segment, 1), *verdict, at(segment, 4)});
    } else if (id == "UCF") {
      group = at(segment, 1);
      if (const auto verdict = edifact_verdict(at(segment, 4))) out.push_back({Acknowledged::Level::group, interchange, group, {}, {}, *verdict, at(segment, 5)});
    }
  }
  return out;
}

}  // namespace wayleave::edi
