#include "base/finding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace wayleave {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Characters of an excerpt that are shown before and after the place itself.
constexpr std::size_t shown_before = 70, shown_after = 50;

/// Takes one character off the front of `text`, shown so that it can do no harm on a terminal.
std::string_view take_character(std::string_view& text) {
  auto length = utf8_sequence(text);
  std::string_view taken = text.substr(0, std::max<std::size_t>(length, 1));
  text.remove_prefix(taken.size());
  if (length == 0) return replacement;
  auto first = static_cast<unsigned char>(taken[0]);
  bool control = (first < 0x20 && first != '\t') || first == 0x7f ||
                 (first == 0xC2 && static_cast<unsigned char>(taken[1]) < 0xA0);
  return control ? replacement : taken;
}

std::string clean(std::string_view text) {
  std::string result;
  while (!text.empty()) result += take_character(text);
  return result;
}

/// The line of that number without its end; lines end as in XML 1.0, clause 2.11. Absent lines are empty.
std::string_view line_of(std::string_view source, std::uint32_t number) {
  for (std::uint32_t line = 1; line < number; ++line) {
    auto end = source.find_first_of("\r\n");
    if (end == std::string_view::npos) return {};
    bool pair = source.substr(end, 2) == "\r\n";
    source.remove_prefix(end + (pair ? 2 : 1));
  }
  return source.substr(0, source.find_first_of("\r\n"));
}

/// `24 |   <Date>…` and the line of carets below it.
std::string excerpt(const Finding& finding, std::string_view source) {
  std::string_view line = line_of(source, finding.line);
  if (line.empty()) return {};
  std::string number = std::to_string(finding.line);
  std::string text = number + " | ";
  std::string marks = std::string(number.size(), ' ') + " | ";
  std::size_t first = std::max<std::size_t>(finding.column, 1), past = first + std::max(finding.length, 1u);
  std::size_t from = first > shown_before ? first - shown_before : 1, to = past + shown_after;
  if (from > 1) {
    text += "…";
    marks += ' ';
  }
  for (std::size_t column = 1; column < to; ++column) {
    if (line.empty()) {
      // Something missing at the end of the line stands one past its last character.
      if (column == first) marks += '^';
      break;
    }
    auto character = take_character(line);
    if (column < from) continue;
    text += character;
    if (column < first) marks += character == "\t" ? '\t' : ' ';
    if (column >= first && column < past) marks += '^';
  }
  if (!line.empty()) text += "…";
  text += '\n';
  return finding.column == 0 ? text : text + marks + '\n';
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += fmt::format(",\"{}\":{}", name, json_quoted(value));
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "error";
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::error;
  });
}

std::string render_text(const Finding& finding, const std::string& file, const std::string& source) {
  std::string text = fmt::format("{}[{}]: {}\n", to_string(finding.severity), finding.code, clean(finding.message));
  text += "  --> " + clean(finding.in.empty() ? file : finding.in);
  if (finding.line > 0) text += fmt::format(":{}", finding.line);
  if (finding.line > 0 && finding.column > 0) text += fmt::format(":{}", finding.column);
  if (!finding.path.empty()) text += "  " + clean(finding.path);
  text += '\n';
  if (finding.in.empty() && finding.line > 0) text += excerpt(finding, source);
  if (!finding.ack.empty()) text += "   = acknowledged as " + clean(finding.ack) + '\n';
  if (!finding.expected.empty()) text += "   = expected " + clean(finding.expected) + '\n';
  if (!finding.fix.empty()) text += "   = help: " + clean(finding.fix) + '\n';
  return text;
}

std::string json_quoted(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    auto length = utf8_sequence(text);
    auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      json += replacement;
    } else if (first == '"' || first == '\\') {
      json += '\\';
      json += text.front();
    } else if (first == '\n') {
      json += "\\n";
    } else if (first < 0x20 || first == 0x7f) {
      json += fmt::format("\\u{:04x}", first);
    } else {
      json += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return json + '"';
}

std::string findings_json(std::string_view file, std::string_view status, const Findings& findings) {
  std::string json = fmt::format("{{\"file\":{},\"status\":{},\"findings\":[", json_quoted(file), json_quoted(status));
  bool more = false;
  for (const Finding& finding : findings) {
    if (more) json += ',';
    more = true;
    json += fmt::format(
        "{{\"code\":{},\"severity\":{},\"line\":{},\"column\":{}", json_quoted(finding.code),
        json_quoted(to_string(finding.severity)), finding.line, finding.column
    );
    append_member(json, "path", finding.path);
    append_member(json, "found", finding.found);
    append_member(json, "expected", finding.expected);
    append_member(json, "message", finding.message);
    append_member(json, "fix", finding.fix);
    if (!finding.in.empty()) append_member(json, "in", finding.in);
    if (finding.segment) {
      json += fmt::format(",\"segment\":{},\"element\":{},\"component\":{}", finding.segment, finding.element, finding.component);
      append_member(json, "loop", finding.loop);
    }
    if (finding.segment || !finding.ack.empty()) append_member(json, "ack", finding.ack);
    json += '}';
  }
  return json + "]}";
}

}  // namespace wayleave
