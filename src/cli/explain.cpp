#include "cli/explain.hpp"

#include <cctype>
#include <ostream>

#include "base/nearest.hpp"

namespace wayleave::cli {

extern const std::string_view codes_page;   // docs/codes.md, put in at build time

namespace {

struct Section {
  std::string_view code;
  std::string_view text;
};

// A section begins with `## CODE title` at the start of a line and ends before the next heading.
const std::vector<Section>& sections() {
  static const std::vector<Section> all = [] {
    std::vector<Section> found;
    for (auto begin = codes_page.find("\n#"); begin != std::string_view::npos;) {
      const auto next = codes_page.find("\n#", begin + 1);
      auto text = codes_page.substr(begin + 1, next == std::string_view::npos ? next : next - begin - 1);
      while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
      if (text.rfind("## ", 0) == 0) found.push_back({text.substr(3, text.find_first_of(" \n", 3) - 3), text});
      begin = next;
    }
    return found;
  }();
  return all;
}

/// `R9xx` covers R910, `M0xx` M012.
bool covers(std::string_view heading, std::string_view code) {
  if (heading.size() != code.size()) return false;
  for (std::size_t i = 0; i < code.size(); ++i)
    if (heading[i] != code[i] && !(heading[i] == 'x' && std::isdigit(static_cast<unsigned char>(code[i])))) return false;
  return true;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::optional<std::string> explanation(std::string_view code) {
  const auto wanted = upper(code);
  for (const auto& section : sections())
    if (upper(section.code) == wanted) return std::string(section.text);
  for (const auto& section : sections())
    if (covers(section.code, wanted)) return std::string(section.text);
  return std::nullopt;
}

std::vector<std::string> explained_codes() {
  std::vector<std::string> codes;
  for (const auto& section : sections()) codes.emplace_back(section.code);
  return codes;
}

int explain(const std::string& code, std::ostream& out, std::ostream& err) {
  if (const auto text = explanation(code)) {
    out << *text << '\n';
    return 0;
  }
  err << "'" << code << "' is no code of ours";
  const auto close = nearest(upper(code), explained_codes());
  if (!close.empty()) err << "; did you mean " << close << "?";
  err << "\nCodes of rules, such as TOO-LATE, are the site's own: look for them in its processes/ and maps.\n";
  return 2;
}

}  // namespace wayleave::cli
