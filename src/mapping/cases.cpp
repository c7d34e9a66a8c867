#include "mapping/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "formats/edi/read_documents.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/difference.hpp"
#include "mapping/observer.hpp"

namespace wayleave::mapping {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return std::move(text).str();
}

std::string told(const Findings& findings) {
  std::string list;
  for (const auto& finding : findings) list += fmt::format("  {} {}:{} {} {}\n", finding.code, finding.line, finding.column, finding.path, finding.message);
  return list;
}

struct Case {
  Context context;
  struct Wanted {
    std::string code, path;
    std::uint32_t line = 0;
  };
  std::vector<Wanted> wanted;
  std::map<std::string, std::uint64_t> sequences;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Document>> documents;   // kind and id; linked: "" and name
  std::string problem;
};

// One element of case.xml.
class CaseReader {
 public:
  CaseReader(const Document& document, const fs::path& folder, Case& into) : document_(document), folder_(folder), case_(into) {}

  void read() {
    const auto root = document_.root();
    if (local(root) != "case" || document_.namespace_of(document_.node(root).name) != "urn:wayleave:case:1") {
      case_.problem = "case.xml is no <case xmlns=\"urn:wayleave:case:1\">";
      return;
    }
    if (auto now = attribute(root, "now"); !now.empty()) {
      auto time = parse_iso(now);
      if (time) case_.context.now = *time;
      else case_.problem = "now in case.xml is no time";
    }
    for (auto child = document_.first_child(root); child != Document::none; child = document_.next(child)) element(child);
  }

 private:
  std::string_view local(Document::Index node) const { return document_.local_name(document_.node(node).name); }

  std::string attribute(Document::Index node, std::string_view name) const {
    const auto* first = document_.attributes(node);
    for (std::uint16_t i = 0; i < document_.node(node).attribute_count; ++i) {
      if (document_.local_name(first[i].name) == name) return std::string(document_.text(first[i]));
    }
    return {};
  }

  void element(Document::Index node) {
    const auto name = local(node);
    if (name == "partner") case_.context.partner[attribute(node, "name")] = attribute(node, "value");
    else if (name == "message") case_.context.message[attribute(node, "name")] = attribute(node, "value");
    else if (name == "param") case_.context.parameters[attribute(node, "name")] = attribute(node, "value");
    else if (name == "sequence") case_.sequences[attribute(node, "name")] = std::strtoull(attribute(node, "next").c_str(), nullptr, 10);
    else if (name == "state") load({attribute(node, "kind"), attribute(node, "id")}, attribute(node, "href"));
    else if (name == "linked") load({"", attribute(node, "name")}, attribute(node, "href"));
    else if (name == "finding") {
      case_.wanted.push_back({attribute(node, "code"), attribute(node, "path"), static_cast<std::uint32_t>(std::strtoul(attribute(node, "line").c_str(), nullptr, 10))});
    } else {
      case_.problem = fmt::format("case.xml has an unknown element <{}>", name);
    }
  }

  void load(std::pair<std::string, std::string> key, const std::string& href) {
    auto text = read_file(folder_ / href);
    auto reading = text ? xml::read_wellformed(std::move(*text)) : xml::Reading{};
    if (!reading.document) {
      case_.problem = fmt::format("{} cannot be read", href);
      return;
    }
    case_.documents[std::move(key)] = std::make_shared<const Document>(std::move(*reading.document));
  }

  const Document& document_;
  const fs::path& folder_;
  Case& case_;
};

std::shared_ptr<Case> read_case(const fs::path& folder) {
  auto made = std::make_shared<Case>();
  made->context.now = *parse_iso("2001-01-01T00:00:00Z");
  if (auto text = read_file(folder / "case.xml")) {
    auto reading = xml::read_wellformed(std::move(*text));
    if (reading.valid()) CaseReader(*reading.document, folder, *made).read();
    else made->problem = "case.xml cannot be read:\n" + told(reading.findings);
  }
  made->context.state = [made = made.get()](std::string_view kind, std::string_view id) -> std::shared_ptr<const Document> {
    auto found = made->documents.find({std::string(kind), std::string(id)});
    return found == made->documents.end() ? nullptr : found->second;
  };
  made->context.linked = [made = made.get()](std::string_view name, std::string_view, std::string_view) -> std::shared_ptr<const Document> {
    auto found = made->documents.find({"", std::string(name)});
    return found == made->documents.end() ? nullptr : found->second;
  };
  made->context.sequence = [made = made.get()](std::string_view name) -> std::uint64_t {
    auto found = made->sequences.find(std::string(name));
    return found == made->sequences.end() ? 1 : found->second;
  };
  return made;
}

// Every finding that is wanted is there, and every error is wanted.
std::string compare(const std::vector<Case::Wanted>& wanted, const Findings& findings) {
  std::string differences;
  auto fits = [](const Case::Wanted& want, const Finding& finding) {
    return want.code == finding.code && (want.line == 0 || want.line == finding.line) && (want.path.empty() || want.path == finding.path);
  };
  for (const auto& want : wanted) {
    if (std::none_of(findings.begin(), findings.end(), [&](const auto& f) { return fits(want, f); })) {
      differences += fmt::format("the map does not say {}{}{}\n", want.code, want.line ? fmt::format(" at line {}", want.line) : "", want.path.empty() ? "" : " on " + want.path);
    }
  }
  for (const auto& finding : findings) {
    if (finding.severity != Severity::error) continue;
    if (std::none_of(wanted.begin(), wanted.end(), [&](const auto& w) { return fits(w, finding); })) {
      differences += fmt::format("the map says {} at {}:{} ({}): {}\n", finding.code, finding.line, finding.column, finding.path, finding.message);
    }
  }
  return differences;
}

// What differs between one output and its file; empty: nothing.
std::string compare_output(const Map& map, const std::string& output, const fs::path& file) {
  auto made = xml::read(output, *map.target());
  if (!made.valid()) return "what the map made is not valid:\n" + told(made.findings);
  auto expected = read_file(file);
  auto wanted = expected ? xml::read_wellformed(std::move(*expected)) : xml::Reading{};
  if (!wanted.valid()) return fmt::format("there is no {}, or it cannot be read\n", file.filename().string());
  if (xml::canonical(*made.document) == xml::canonical(*wanted.document)) return {};
  std::string lines;
  for (const auto& line : differences(*made.document, *wanted.document)) lines += line + "\n";
  if (!lines.empty()) return lines;
  return fmt::format("made:     {}\nexpected: {}\n", xml::canonical(*made.document), xml::canonical(*wanted.document));
}

}  // namespace

std::string name_of_input(const fs::path& folder) {
  std::error_code error;
  return !fs::exists(folder / "in.xml", error) && fs::exists(folder / "in.edi", error) ? "in.edi" : "in.xml";
}

fs::path folder_of_cases(const fs::path& map_file) {
  auto name = map_file.filename().string();
  for (const auto* ending : {".overlay.xml", ".map.xml"}) {
    if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
  }
  std::error_code error;
  const auto own = map_file.parent_path() / (name + ".cases");
  return map_file.filename().string().ends_with(".overlay.xml") || fs::is_directory(own, error) ? own : map_file.parent_path() / "cases";
}

std::vector<fs::path> cases_of(const fs::path& map_file) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of_cases(map_file), error)) {
    if (entry.is_directory(error)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::string expected_name(const Map& map, std::size_t index) {
  return map.splits() ? fmt::format("expect.{}.xml", index + 1) : "expect.xml";
}

std::shared_ptr<const Context> context_of_case(const fs::path& folder) {
  const auto given = read_case(folder);
  return {given, &given->context};
}

CaseOutcome run_case(const Map& map, const fs::path& folder, Observer* observer) {
  CaseOutcome outcome;
  auto given = read_case(folder);
  outcome.why = given->problem;
  if (!outcome.why.empty()) return outcome;
  const auto name = name_of_input(folder);
  const auto input = read_file(folder / name);
  if (!input) {
    outcome.why = "there is no in.xml";
    return outcome;
  }
  const auto read = edi::read_documents(*input, map.source());
  if (read.documents.size() != 1) {
    if (read.documents.empty()) outcome.why = fmt::format("{} is not valid:\n{}", name, told(read.findings));
    else outcome.why = fmt::format("{} has {} messages, and a case is about one\n", name, read.documents.size());
    return outcome;
  }
  auto mapped = run(map, read.documents.front(), given->context, {}, observer);
  outcome.ran = true;
  outcome.why = compare(given->wanted, mapped.findings);
  outcome.findings_differ = !outcome.why.empty();
  outcome.findings = std::move(mapped.findings);
  if (has_errors(outcome.findings)) {
    outcome.passed = outcome.why.empty();
    return outcome;
  }
  if (map.splits()) outcome.outputs = std::move(mapped.messages);
  else outcome.outputs.push_back(std::move(mapped.xml));
  for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
    outcome.why += compare_output(map, outcome.outputs[i], folder / expected_name(map, i));
  }
  if (fs::exists(folder / expected_name(map, outcome.outputs.size())) && map.splits()) outcome.why += "the map makes fewer messages than are expected\n";
  outcome.passed = outcome.why.empty();
  return outcome;
}

}  // namespace wayleave::mapping
