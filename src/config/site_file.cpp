#include "config/site_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace wayleave::config {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (!is_blank(c)) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Finding& push(Findings& findings, Severity severity, std::string code, const Where& where, std::string message, std::string fix) {
  findings.push_back(finding_at(where, std::move(code), std::move(message), std::move(fix)));
  findings.back().severity = severity;
  return findings.back();
}

}  // namespace

Finding finding_at(const Where& where, std::string code, std::string message, std::string fix) {
  Finding finding;
  finding.code = std::move(code);
  finding.in = where.file;
  finding.line = where.line;
  finding.column = where.column;
  finding.message = std::move(message);
  finding.fix = std::move(fix);
  return finding;
}

Finding& Problems::error(std::string code, const Where& where, std::string message, std::string fix) {
  return push(findings_, Severity::error, std::move(code), where, std::move(message), std::move(fix));
}
Finding& Problems::warning(std::string code, const Where& where, std::string message, std::string fix) {
  return push(findings_, Severity::warning, std::move(code), where, std::move(message), std::move(fix));
}
Finding& Problems::info(std::string code, const Where& where, std::string message) {
  return push(findings_, Severity::info, std::move(code), where, std::move(message), {});
}

void Problems::add(Findings findings, const std::string& file) {
  for (auto& finding : findings) {
    if (finding.in.empty()) finding.in = file;
    findings_.push_back(std::move(finding));
  }
}

Findings Problems::take() {
  std::set<std::tuple<std::string, std::uint32_t, std::uint32_t>> said;
  for (const auto& finding : findings_)
    if (finding.code.front() == 'C' && finding.line != 0) said.insert({finding.in, finding.line, finding.column});
  const auto is_repeated = [&](const Finding& finding) {
    const bool of_value = finding.code[0] == 'X' && (finding.code[1] == '2' || finding.code[1] == '3');
    return of_value && said.count({finding.in, finding.line, finding.column}) != 0;
  };
  findings_.erase(std::remove_if(findings_.begin(), findings_.end(), is_repeated), findings_.end());
  for (auto& finding : findings_)
    if (finding.code.front() == 'C' && finding.length == 0) finding.length = characters(finding.found);
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in, a.line, a.column) < std::tie(b.in, b.line, b.column);
  });
  return std::move(findings_);
}

SiteFile::SiteFile(std::string name, std::filesystem::path path, Document document, const Findings& judged, Problems& problems)
    : name_(std::move(name)), path_(std::move(path)), document_(std::move(document)), lines_(document_.source()), problems_(&problems) {
  for (const auto& finding : judged)
    if (finding.code == "X131") unknown_attributes_.insert({finding.line, finding.column});
}

bool SiteFile::is_misspelt(Document::Index node) const {
  if (unknown_attributes_.empty()) return false;
  const auto* attributes = document_.attributes(node);
  for (std::uint16_t i = 0; i < document_.node(node).attribute_count; ++i) {
    const auto place = at(attributes[i].source);
    if (unknown_attributes_.count({place.line, place.column})) return true;
  }
  return false;
}

std::vector<Document::Index> SiteFile::children(Document::Index node, std::string_view local) const {
  std::vector<Document::Index> found;
  if (node == Document::none) return found;
  for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child))
    if (local.empty() || local_name(child) == local) found.push_back(child);
  return found;
}

Document::Index SiteFile::child(Document::Index node, std::string_view local) const {
  const auto found = children(node, local);
  return found.empty() ? Document::none : found.front();
}

const Document::Attribute* SiteFile::find(Document::Index node, std::string_view local) const {
  if (node == Document::none) return nullptr;
  const auto* attributes = document_.attributes(node);
  for (std::uint16_t i = 0; i < document_.node(node).attribute_count; ++i)
    if (document_.local_name(attributes[i].name) == local && document_.namespace_of(attributes[i].name).empty()) return attributes + i;
  return nullptr;
}

Text SiteFile::value_of(const Document::Attribute& attribute) const {
  Text text;
  text.value = document_.text(attribute);
  const auto quote = document_.source().find_first_of("\"'", attribute.source);
  text.where = at(quote == std::string_view::npos ? attribute.source : static_cast<std::uint32_t>(quote + 1));
  return text;
}

Text SiteFile::raw(Document::Index node, std::string_view attribute) const {
  const auto* found = find(node, attribute);
  if (found) return value_of(*found);
  Text absent;
  if (node != Document::none) absent.where = where(node);
  return absent;
}

Text SiteFile::token(Document::Index node, std::string_view attribute) const {
  auto text = raw(node, attribute);
  const auto first = std::find_if_not(text.value.begin(), text.value.end(), is_blank);
  text.where.column += static_cast<std::uint32_t>(first - text.value.begin());
  text.value = collapsed(text.value);
  return text;
}

std::vector<std::string> SiteFile::words(Document::Index node, std::string_view attribute) const {
  std::vector<std::string> found;
  const auto text = token(node, attribute).value;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    found.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

std::vector<std::pair<std::string, Text>> SiteFile::others(Document::Index node, const std::set<std::string, std::less<>>& known) const {
  std::vector<std::pair<std::string, Text>> found;
  const auto* attributes = document_.attributes(node);
  for (std::uint16_t i = 0; i < document_.node(node).attribute_count; ++i) {
    const auto local = document_.local_name(attributes[i].name);
    if (document_.namespace_of(attributes[i].name).empty() && known.find(local) == known.end())
      found.emplace_back(std::string(local), value_of(attributes[i]));
  }
  return found;
}

Text SiteFile::text(Document::Index node) const {
  Text text;
  const auto offset = document_.node(node).source_text;
  text.where = offset ? at(offset) : where(node);
  const auto all = document_.text(node);
  const auto first = std::find_if_not(all.begin(), all.end(), is_blank);
  const auto last = std::find_if_not(all.rbegin(), std::make_reverse_iterator(first), is_blank).base();
  text.value.assign(first, last);
  if (offset && first != all.end() && first != all.begin()) {
    // Leading blanks stand in the source as they are, so its position follows from counting them there.
    const auto place = document_.source().find_first_not_of(" \t\r\n", offset);
    if (place != std::string_view::npos) text.where = at(static_cast<std::uint32_t>(place));
  }
  return text;
}

Where SiteFile::where(Document::Index node) const { return at(document_.node(node).source); }

Where SiteFile::at(std::uint32_t offset) const {
  const auto position = lines_.at(offset);
  return {name_, position.line, position.column};
}

// ${NAME}: letters, digits and underscores, not beginning with a digit.
std::string with_environment(const Text& text, Problems& problems) {
  const auto is_name = [](char c, bool first) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
  };
  std::string out;
  for (std::size_t i = 0; i < text.value.size();) {
    if (text.value.compare(i, 2, "${") != 0) {
      out += text.value[i++];
      continue;
    }
    auto where = text.where;
    where.column += characters(std::string_view(text.value).substr(0, i));
    const auto end = text.value.find('}', i);
    const auto name = end == std::string::npos ? std::string() : text.value.substr(i + 2, end - i - 2);
    bool good = !name.empty();
    for (std::size_t k = 0; k < name.size(); ++k) good = good && is_name(name[k], k == 0);
    if (!good) {
      problems.error("C110", where, "this is no variable of the environment", "write ${NAME}, with letters, digits and underscores").found =
        text.value.substr(i, 80);
      return {};
    }
    if (const char* value = std::getenv(name.c_str())) {
      out += value;
    } else {
      problems.error("C110", where, "the environment has no variable " + name, "set " + name + " before the gateway is started").found =
        "${" + name + "}";
    }
    i = end + 1;
  }
  return out;
}

}  // namespace wayleave::config
