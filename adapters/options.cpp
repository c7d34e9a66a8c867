#include "adapters/options.hpp"

#include <algorithm>
#include <vector>

#include "base/nearest.hpp"

namespace wayleave::adapter {

namespace {

Finding at(const Where& where, const char* code, std::string message, std::string fix) {
  Finding finding;
  finding.code = code;
  finding.line = where.line;
  finding.column = where.column;
  finding.in = where.file;
  finding.message = std::move(message);
  finding.fix = std::move(fix);
  return finding;
}

bool stands_for(std::string_view documented, std::string_view name) {
  if (!documented.ends_with('*')) return documented == name;
  documented.remove_suffix(1);
  return name.size() > documented.size() && name.starts_with(documented);
}

}  // namespace

void check_names(const AdapterType& type, const Options& options, const Where& step, Findings& findings) {
  std::vector<std::string> known;
  for (const auto& doc : type.options) {
    if (!std::string_view(doc.name).ends_with('*')) known.emplace_back(doc.name);
    if (!doc.required || options.contains(std::string_view(doc.name))) continue;
    findings.push_back(at(
      step, "C147", std::string("adapter ") + type.name + " needs the attribute " + doc.name,
      std::string("add ") + doc.name + "=\"…\": " + doc.text
    ));
  }
  for (const auto& [name, option] : options) {
    const auto is = [&name = name](const auto& doc) { return stands_for(doc.name, name); };
    if (std::ranges::any_of(type.options, is)) continue;
    const auto near = nearest(name, known);
    auto fix = near.empty() ? "remove it" : "write " + near;
    findings.push_back(at(
      option.where, "C148", std::string("adapter ") + type.name + " has no attribute " + name, std::move(fix)
    ));
    findings.back().found = name;
  }
}

void wrong_value(const std::string& name, const Option& option, std::string message, std::string fix, Findings& findings) {
  findings.push_back(at(option.where, "C149", name + ": " + std::move(message), std::move(fix)));
}

std::string value_of(const Options& options, std::string_view name, std::string_view otherwise) {
  const auto found = options.find(name);
  return std::string(found == options.end() ? otherwise : std::string_view(found->second.value));
}

}  // namespace wayleave::adapter
