#include "mapping/source_file.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace wayleave::mapping {
namespace {

constexpr std::size_t finding_limit = 500;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// `&amp;` and the other four, `&#10;`, `&#xA;`. Appends what it stands for and gives its length; the file is well-formed.
std::size_t decode_reference(std::string_view text, std::string& out) {
  auto end = text.find(';');
  if (end == std::string_view::npos) {
    out += '&';
    return 1;
  }
  auto name = text.substr(1, end - 1);
  if (name == "amp") out += '&';
  else if (name == "lt") out += '<';
  else if (name == "gt") out += '>';
  else if (name == "quot") out += '"';
  else if (name == "apos") out += '\'';
  else if (name.size() > 1 && name[0] == '#') {
    const bool hex = name[1] == 'x';
    std::uint32_t code = 0;
    for (char c : name.substr(hex ? 2 : 1)) {
      std::uint32_t digit = c >= 'a' ? c - 'a' + 10u : c >= 'A' ? c - 'A' + 10u : c - '0' + 0u;
      code = std::min<std::uint32_t>(code * (hex ? 16 : 10) + digit, 0x10FFFF);
    }
    append_utf8(out, code);
  }
  return end + 1;
}

// Builds a Fragment byte by byte; drops the offset table when the text turned out to be verbatim.
class FragmentBuilder {
 public:
  FragmentBuilder(std::uint16_t file, std::uint32_t start) {
    fragment_.file = file;
    fragment_.start = start;
  }
  void add(char c, std::uint32_t offset) {
    verbatim_ = verbatim_ && offset == fragment_.start + fragment_.text.size();
    fragment_.text += c;
    fragment_.offsets.push_back(offset);
  }
  std::size_t reference(std::string_view rest, std::uint32_t offset) {
    verbatim_ = false;
    auto length = decode_reference(rest, fragment_.text);
    fragment_.offsets.resize(fragment_.text.size(), offset);
    return length;
  }
  Fragment finish(std::uint32_t end) {
    if (verbatim_ && end == fragment_.start + fragment_.text.size()) fragment_.offsets.clear();
    else fragment_.offsets.push_back(end);
    return std::move(fragment_);
  }

 private:
  Fragment fragment_;
  bool verbatim_ = true;
};

// The offset just past the '>' of the start tag at `tag`.
std::size_t end_of_tag(std::string_view text, std::size_t tag) {
  char quote = 0;
  for (std::size_t i = tag; i < text.size(); ++i) {
    char c = text[i];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t end_of_name(std::string_view text, std::size_t i) {
  while (i < text.size() && !is_blank(text[i]) && text[i] != '=' && text[i] != '>' && text[i] != '/') ++i;
  return i;
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text, std::uint32_t line, std::uint32_t column)
    : name_(std::move(name)), text_(std::move(text)), line_(line), column_(column), lines_(text_) {}

Document::Position SourceFile::at(std::uint32_t offset) const {
  auto position = lines_.at(std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(text_.size())));
  if (position.line == 1 && column_) position.column += column_ - 1;
  if (line_) position.line += line_ - 1;
  return position;
}

std::uint16_t Files::add(std::string name, std::string text, std::uint32_t line, std::uint32_t column) {
  files_.push_back(std::make_unique<SourceFile>(std::move(name), std::move(text), line, column));
  return static_cast<std::uint16_t>(files_.size() - 1);
}

Finding& Reporter::add(std::string_view code, Severity severity, Span at, std::string message) {
  if (!loud || findings_.size() >= finding_limit) {
    if (loud && severity == Severity::error) ++errors_;
    return dropped_ = {};
  }
  if (severity == Severity::error) ++errors_;
  Finding finding;
  finding.code = code;
  finding.severity = severity;
  finding.message = std::move(message);
  if (at.file < files_.size()) {
    const auto& file = files_[at.file];
    auto position = file.at(at.begin);
    finding.line = position.line;
    finding.column = position.column;
    auto bytes = std::string_view(file.text()).substr(std::min<std::size_t>(at.begin, file.text().size()));
    bytes = bytes.substr(0, at.end > at.begin ? at.end - at.begin : 0);
    bytes = bytes.substr(0, bytes.find('\n'));
    finding.length = static_cast<std::uint32_t>(
      std::count_if(bytes.begin(), bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })
    );
    finding.found = std::string(bytes.substr(0, 200));
    if (at.file != 0) finding.in = file.name();
  }
  findings_.push_back(std::move(finding));
  return findings_.back();
}

Finding& Reporter::error(std::string_view code, Span at, std::string message) {
  return add(code, Severity::error, at, std::move(message));
}

Finding& Reporter::warning(std::string_view code, Span at, std::string message) {
  return add(code, Severity::warning, at, std::move(message));
}

std::string Reporter::name(Span at) const {
  const auto& file = files_[at.file];
  auto slash = file.name().find_last_of('/');
  return file.name().substr(slash == std::string::npos ? 0 : slash + 1) + ":" + std::to_string(file.at(at.begin).line);
}

Fragment attribute_fragment(const SourceFile& file, std::uint16_t id, std::uint32_t name_offset) {
  std::string_view text = file.text();
  auto i = text.find_first_of("\"'", end_of_name(text, name_offset));
  if (i == std::string_view::npos) return {};
  char quote = text[i++];
  FragmentBuilder builder(id, static_cast<std::uint32_t>(i));
  while (i < text.size() && text[i] != quote) {
    auto offset = static_cast<std::uint32_t>(i);
    if (text[i] == '&') {
      i += builder.reference(text.substr(i), offset);
    } else {
      builder.add(is_blank(text[i]) ? ' ' : text[i], offset);
      ++i;
    }
  }
  return builder.finish(static_cast<std::uint32_t>(i));
}

Fragment text_fragment(const SourceFile& file, std::uint16_t id, std::uint32_t tag_offset) {
  std::string_view text = file.text();
  auto i = end_of_tag(text, tag_offset);
  FragmentBuilder builder(id, static_cast<std::uint32_t>(i));
  if (i >= 2 && text[i - 2] == '/') return builder.finish(static_cast<std::uint32_t>(i));
  while (i < text.size()) {
    auto rest = text.substr(i);
    auto offset = static_cast<std::uint32_t>(i);
    if (rest.starts_with("<!--")) {
      i = std::min(text.find("-->", i + 4), text.size() - 3) + 3;
    } else if (rest.starts_with("<?")) {
      i = std::min(text.find("?>", i + 2), text.size() - 2) + 2;
    } else if (rest.starts_with("<![CDATA[")) {
      auto end = std::min(text.find("]]>", i), text.size());
      for (i += 9; i < end; ++i) builder.add(text[i], static_cast<std::uint32_t>(i));
      i = std::min(end + 3, text.size());
    } else if (text[i] == '<') {
      break;
    } else if (text[i] == '&') {
      i += builder.reference(rest, offset);
    } else {
      if (text[i] != '\r') builder.add(text[i], offset);
      ++i;
    }
  }
  return builder.finish(static_cast<std::uint32_t>(i));
}

Span tag_span(const SourceFile& file, std::uint16_t id, std::uint32_t tag_offset) {
  return {tag_offset, static_cast<std::uint32_t>(end_of_name(file.text(), tag_offset + 1)), id};
}

Span attribute_name_span(const SourceFile& file, std::uint16_t id, std::uint32_t name_offset) {
  return {name_offset, static_cast<std::uint32_t>(end_of_name(file.text(), name_offset)), id};
}

std::vector<std::pair<std::string, std::string>> declared_prefixes(const SourceFile& file, std::uint32_t tag_offset) {
  std::vector<std::pair<std::string, std::string>> found;
  std::string_view text = file.text();
  const auto end = end_of_tag(text, tag_offset);
  auto i = end_of_name(text, tag_offset + 1);
  while (i < end) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    if (text[i] == '>' || text[i] == '/') break;
    auto name = text.substr(i, end_of_name(text, i) - i);
    auto value = attribute_fragment(file, 0, static_cast<std::uint32_t>(i));
    if (name == "xmlns") found.emplace_back("", value.text);
    else if (name.starts_with("xmlns:")) found.emplace_back(std::string(name.substr(6)), value.text);
    i = std::max<std::size_t>(value.at(value.text.size()) + 1, i + 1);
  }
  return found;
}

}  // namespace wayleave::mapping
