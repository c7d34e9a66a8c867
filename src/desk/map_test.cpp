#include "desk/map_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "desk/pretty.hpp"
#include "desk/specimen.hpp"
#include "desk/thinned.hpp"
#include "formats/edi/interchange.hpp"
#include "formats/edi/read_documents.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/cases.hpp"

namespace wayleave::desk {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t from_cases = 3;    // from this one on every second document is a case's with gaps

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

bool write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return static_cast<bool>(file);
}

bool is_map(const fs::path& path) {
  const auto name = path.filename().string();
  if (!name.ends_with(".map.xml") && !name.ends_with(".overlay.xml")) return false;
  const auto root = xml::sniff_root(read_file(path));
  return !root || root->local != "library";
}

// ---- accepting

bool same_document(const std::string& made, const fs::path& expected) {
  const auto a = xml::read_wellformed(made), b = xml::read_wellformed(read_file(expected));
  return a.document && b.document && xml::canonical(*a.document) == xml::canonical(*b.document);
}

std::string attribute(const std::string& value) {
  std::string text;
  xml::escape_attribute(text, value);
  return text;
}

// case.xml with these findings in place of those it has; everything else stays as it stands.
std::string with_findings(std::string text, const Findings& findings) {
  if (text.empty()) text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<case xmlns=\"urn:wayleave:case:1\">\n</case>\n";
  for (auto at = text.find("<finding"); at != std::string::npos; at = text.find("<finding", at)) {
    auto end = text.find("/>", at);
    if (end == std::string::npos) break;
    const auto line = text.find_last_not_of(" \t\n", at - 1) + 1;
    text.erase(line, end + 2 - line);
    at = line;
  }
  std::string lines;
  for (const auto& finding : findings) {
    if (finding.severity == Severity::info) continue;
    lines += fmt::format("  <finding code=\"{}\" line=\"{}\" path=\"{}\"/>\n", attribute(finding.code), finding.line, attribute(finding.path));
  }
  auto end = text.rfind("</case>");
  if (end == std::string::npos) {
    const auto closed = text.rfind("/>");
    if (closed == std::string::npos) return text;
    text.replace(closed, 2, ">\n</case>");
    end = text.rfind("</case>");
  }
  const auto before = text.find_last_not_of(" \t\n", end - 1) + 1;
  text.replace(before, end - before, "\n" + lines);
  return text;
}

std::vector<std::string> accept_case(const mapping::Map& map, const fs::path& folder, const mapping::CaseOutcome& outcome) {
  std::vector<std::string> wrote;
  const auto put = [&](const std::string& name, const std::string& text) {
    wrote.push_back(write_file(folder / name, text) ? name : name + " (cannot be written)");
  };
  if (outcome.findings_differ) put("case.xml", with_findings(read_file(folder / "case.xml"), outcome.findings));
  for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
    const auto name = mapping::expected_name(map, i);
    if (!same_document(outcome.outputs[i], folder / name)) put(name, pretty(outcome.outputs[i]));
  }
  if (!map.splits() || outcome.outputs.empty()) return wrote;
  // Messages that are no longer made.
  for (auto i = outcome.outputs.size(); fs::exists(folder / mapping::expected_name(map, i)); ++i) {
    const auto name = mapping::expected_name(map, i);
    std::error_code failed;
    fs::remove(folder / name, failed);
    wrote.push_back(name + (failed ? " (cannot be removed)" : " (removed)"));
    if (failed) break;
  }
  return wrote;
}

// ---- generated documents

// partner(), message() and so on as the cases have them: the first that says something wins.
std::shared_ptr<const mapping::Context> context_of_cases(const mapping::Map& map) {
  struct All {
    mapping::Context context;
    std::vector<std::shared_ptr<const mapping::Context>> cases;
  };
  auto all = std::make_shared<All>();
  all->context.now = *parse_iso("2001-01-01T00:00:00Z");
  for (const auto& folder : mapping::cases_of(map.file())) {
    const auto given = mapping::context_of_case(folder);
    all->context.partner.insert(given->partner.begin(), given->partner.end());
    all->context.message.insert(given->message.begin(), given->message.end());
    all->context.parameters.insert(given->parameters.begin(), given->parameters.end());
    all->cases.push_back(given);
  }
  all->context.state = [all = all.get()](std::string_view kind, std::string_view id) {
    for (const auto& given : all->cases)
      if (auto found = given->state(kind, id)) return found;
    return std::shared_ptr<const Document>();
  };
  all->context.linked = [all = all.get()](std::string_view name, std::string_view root, std::string_view key) {
    for (const auto& given : all->cases)
      if (auto found = given->linked(name, root, key)) return found;
    return std::shared_ptr<const Document>();
  };
  return {all, &all->context};
}

std::vector<std::string> inputs_of_cases(const mapping::Map& map) {
  std::vector<std::string> all;
  for (const auto& folder : mapping::cases_of(map.file())) {
    auto input = read_file(folder / mapping::name_of_input(folder));
    for (const auto& document : edi::read_documents(input, map.source()).documents)
      all.push_back(edi::sniff(input) ? xml::serialize(document) : std::move(input));
  }
  return all;
}

// What is wrong with what the map made; the numbers are those of a map that is at fault.
Findings judge(const mapping::Map& map, const mapping::Mapped& mapped) {
  Findings wrong;
  const auto outputs = map.splits() ? mapped.messages : std::vector<std::string>{mapped.xml};
  for (const auto& output : outputs) {
    for (auto& finding : xml::read(output, *map.target()).findings) {
      finding.code = "R9" + finding.code.substr(std::min<std::size_t>(2, finding.code.size()));
      wrong.push_back(std::move(finding));
    }
  }
  return wrong;
}

}  // namespace

std::vector<fs::path> maps_below(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<fs::path> maps;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error) && is_map(entry->path())) maps.push_back(entry->path());
  }
  std::sort(maps.begin(), maps.end());
  return maps;
}

std::vector<CaseResult> run_cases(const mapping::Map& map, bool accept, mapping::Observer* observer) {
  std::vector<CaseResult> results;
  for (const auto& folder : mapping::cases_of(map.file())) {
    auto outcome = mapping::run_case(map, folder, observer);
    CaseResult result{folder.filename().string(), outcome.passed, outcome.why, {}};
    if (!outcome.passed && accept && outcome.ran) {
      result.wrote = accept_case(map, folder, outcome);
      outcome = mapping::run_case(map, folder);
      result.passed = outcome.passed;
      result.why = outcome.why;
    }
    results.push_back(std::move(result));
  }
  return results;
}

Generated run_generated(const mapping::Map& map, std::uint64_t count, std::uint64_t seed, const fs::path& keep) {
  Generated result;
  const Specimens specimens(map.source());
  const auto context = context_of_cases(map);
  const auto inputs = inputs_of_cases(map);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto own_seed = seed * 1'000'003;
    Chance chance(own_seed + i);
    std::optional<std::string> made;
    if (i >= from_cases && i % 2 && !inputs.empty()) made = thinned(inputs[i / 2 % inputs.size()], *map.source(), chance);
    if (!made) made = specimens.make(i, own_seed);
    if (!made) {
      ++result.unmade;
      continue;
    }
    const auto reading = xml::read(*made, *map.source());
    const auto mapped = mapping::run(map, *reading.document, *context);
    const auto refusal = std::find_if(mapped.findings.begin(), mapped.findings.end(), [](const auto& f) { return f.severity == Severity::error; });
    auto wrong = mapped.ok() ? judge(map, mapped) : Findings{};
    if (refusal != mapped.findings.end()) {
      ++result.refused[refusal->code];
    } else if (wrong.empty()) {
      ++result.mapped;
    } else {
      std::error_code failed;
      fs::create_directories(keep, failed);
      const auto file = keep / fmt::format("{}-seed{}-{}.xml", map.name(), seed, i);
      write_file(file, pretty(*made));
      result.failures.push_back({i, file, std::move(wrong)});
    }
  }
  return result;
}

}  // namespace wayleave::desk
