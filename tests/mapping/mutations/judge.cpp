#include "judge.hpp"

#include <fstream>
#include <sstream>

namespace mutations {

namespace fs = std::filesystem;
using namespace wayleave;
using namespace wayleave::mapping;

namespace {

std::optional<std::string> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

}  // namespace

class Judge::Resolver : public MapResolver {
 public:
  Resolver(Judge& judge, const std::map<std::string, std::string>& changed) : judge_(judge), changed_(changed) {}

  schema::Library::Loaded schema(const std::string& reference, const std::string& from) override {
    const auto folder = fs::path(from).parent_path();
    auto& known = judge_.loaded_[folder.string() + " " + reference];
    if (!known.schema && known.findings.empty()) known = judge_.schemas_->load(reference, folder);
    return known;
  }

  std::optional<File> file(const std::string& reference, const std::string& from) override {
    auto path = judge_.mappings_.find(reference, fs::path(from).parent_path());
    if (!path) return std::nullopt;
    if (auto found = changed_.find(path->string()); found != changed_.end()) return File{path->string(), found->second};
    auto text = read(*path);
    if (!text) return std::nullopt;
    return File{path->string(), std::move(*text)};
  }

 private:
  Judge& judge_;
  const std::map<std::string, std::string>& changed_;
};

Judge::Judge(const fs::path& schemas, const fs::path& mappings) {
  schema::SearchPath search;
  search.roots.push_back(schemas);
  schemas_ = std::make_shared<schema::Library>(search);
  mappings_.roots.push_back(mappings);
  states_["shipment"] = schemas_->load("canonical/shipment-status-1.xsd#ShipmentStatus").schema;
}

Judge::~Judge() = default;

Judge::Loaded Judge::subject(const std::string& name, const fs::path& file) {
  Loaded loaded;
  const std::map<std::string, std::string> nothing;
  Resolver resolver(*this, nothing);
  auto compiled = compile_map(file.string(), read(file).value_or(""), states_, resolver);
  loaded.findings = std::move(compiled.findings);
  if (!compiled.map) return loaded;
  loaded.subject = std::make_unique<Subject>(name, *compiled.map);
  kept_.push_back(std::move(compiled.map));
  return loaded;
}

Verdict Judge::judge(const Subject& subject, const Mutation& mutation) {
  std::map<std::string, std::string> changed;
  std::map<std::string, Edited> edited;
  for (const auto& [file, edits] : mutation.edits) {
    const auto& text = file.empty() ? subject.text() : subject.files().at(file);
    auto& made = edited.emplace(file, Edited(text, edits)).first->second;
    if (!file.empty()) changed[file] = made.text();
  }
  auto made = edited.find("");
  auto text = made == edited.end() ? subject.text() : made->second.text();
  auto name = subject.path();
  if (!mutation.overlay.empty()) {
    changed[name] = std::move(text);
    name = (fs::path(name).parent_path() / "broken.overlay.xml").string();
    text = mutation.overlay;
  }
  Resolver resolver(*this, changed);
  auto compiled = compile_map(name, text, states_, resolver);

  Verdict verdict;
  verdict.findings = compiled.findings.size();
  for (const auto& place : mutation.places) {
    const auto& in = place.file.empty() ? text : changed[place.file];
    auto edits = mutation.overlay.empty() ? edited.find(place.file) : edited.end();
    auto line = [&](Offset at) { return line_of(in, edits == edited.end() ? at : edits->second.now(at)); };
    const auto first = line(place.range.begin), last = line(place.range.end);
    if (!verdict.line) verdict.line = first;
    for (const auto& finding : compiled.findings) {
      verdict.right_line = verdict.right_line || (finding.in == place.file && finding.line >= first && finding.line <= last);
    }
  }
  for (const auto& finding : compiled.findings) {
    if (verdict.told.size() < 300) verdict.told += finding.code + " " + std::to_string(finding.line) + " " + finding.message + "; ";
  }
  return verdict;
}

}  // namespace mutations
