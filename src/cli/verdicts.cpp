#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/commands.hpp"

namespace wayleave::cli {

std::optional<std::string> read_file(const std::string& name) {
  std::ostringstream text;
  if (name == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::error_code ec;
  if (std::filesystem::is_directory(name, ec)) return std::nullopt;
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::nullopt;
  text << file.rdbuf();
  if (file.bad()) return std::nullopt;
  return text.str();
}

void Verdicts::add(const std::string& file, Status status, const Findings& findings, const std::string& source) {
  static constexpr const char* names[] = {"valid", "invalid", "unusable"};
  code_ = std::max(code_, static_cast<int>(status));
  if (json_) {
    array_ += (array_.empty() ? "[" : ",\n ") + findings_json(file, names[static_cast<int>(status)], findings);
    return;
  }
  for (const auto& finding : findings) {
    // A finding in another file shows that file's text.
    const bool elsewhere = !finding.in.empty() && finding.in != file;
    if (elsewhere) {
      auto own = finding;
      own.in.clear();
      std::cerr << render_text(own, finding.in, read_file(finding.in).value_or("")) << '\n';
    } else {
      std::cerr << render_text(finding, file, source) << '\n';
    }
  }
  std::cout << file << ": " << names[static_cast<int>(status)];
  if (!findings.empty()) std::cout << ", " << findings.size() << (findings.size() == 1 ? " finding" : " findings");
  std::cout << '\n';
}

int Verdicts::finish() {
  if (json_) std::cout << (array_.empty() ? "[" : array_) << "]\n";
  return code_;
}

void add_format(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "how findings are told: text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

}  // namespace wayleave::cli
