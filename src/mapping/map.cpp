#include "mapping/map.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>

#include "mapping/compiled.hpp"

namespace wayleave::mapping {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_limit = 4u << 20;

std::optional<std::string> read_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > file_limit || error) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return std::move(text).str();
}

using Supposed = std::map<std::string, std::string>;   // by path

std::optional<std::string> text_of(const fs::path& path, const Supposed& supposed) {
  auto known = supposed.find(path.lexically_normal().string());
  return known == supposed.end() ? read_file(path) : known->second;
}

class Resolver : public MapResolver {
 public:
  Resolver(schema::Library& schemas, const schema::SearchPath& roots, const Supposed& supposed)
      : schemas_(schemas), roots_(roots), supposed_(supposed) {}

  schema::Library::Loaded schema(const std::string& reference, const std::string& from) override {
    return schemas_.load(reference, fs::path(from).parent_path());
  }

  std::optional<File> file(const std::string& reference, const std::string& from) override {
    auto path = roots_.find(reference, fs::path(from).parent_path());
    auto text = path ? text_of(*path, supposed_) : std::nullopt;
    if (!text) return std::nullopt;
    return File{path->lexically_normal().string(), std::move(*text)};
  }

 private:
  schema::Library& schemas_;
  const schema::SearchPath& roots_;
  const Supposed& supposed_;
};

Finding unreadable(const std::string& reference, std::string message) {
  Finding finding;
  finding.code = "M001";
  finding.found = reference;
  finding.message = std::move(message);
  return finding;
}

}  // namespace

const std::string& Map::name() const { return impl_->name; }
const fs::path& Map::file() const { return impl_->file; }
const schema::SchemaPtr& Map::source() const { return impl_->source; }
const schema::SchemaPtr& Map::target() const { return impl_->target; }

bool Map::splits() const { return impl_->tree->root->kind == TemplateNode::Kind::messages; }
std::vector<Map::NeededParameter> Map::parameters() const {
  std::vector<NeededParameter> all;
  for (const auto& let : impl_->tree->lets) {
    if (let->parameter) all.push_back({let->variable, let->parameter->kind, !let->parameter->fallback.has_value()});
  }
  return all;
}
std::vector<Map::Sequence> Map::sequences() const {
  std::vector<Sequence> all;
  for (const auto& each : impl_->tree->sequences) all.push_back({each.name, each.per_partner});
  return all;
}
std::vector<std::string> Map::needed_properties() const {
  const auto& all = impl_->compilation->needed_properties;
  return {all.begin(), all.end()};
}
const std::string& Map::partner() const { return impl_->partner; }
const std::vector<std::string>& Map::chain() const { return impl_->chain; }

struct Maps::State {
  std::shared_ptr<schema::Library> schemas;
  schema::SearchPath roots;
  States states;
  std::mutex mutex;
  std::map<std::string, Maps::Compiled> compiled;   // by path, and by those of another source and target
  Supposed supposed;
  /// `reference` is how it was asked for.
  Compiled compile(const fs::path& path, const std::string& reference, const Over& over);
};

Maps::Maps(std::shared_ptr<schema::Library> schemas, schema::SearchPath roots, States states) : state_(std::make_shared<State>()) {
  state_->schemas = std::move(schemas);
  state_->roots = std::move(roots);
  state_->states = std::move(states);
}

void Maps::suppose(const fs::path& file, std::string text) {
  std::lock_guard lock(state_->mutex);
  state_->supposed[fs::absolute(file).lexically_normal().string()] = std::move(text);
}

Maps::Compiled Maps::State::compile(const fs::path& path, const std::string& reference, const Over& over) {
  const auto file = [](const schema::SchemaPtr& schema) { return schema ? schema->file().string() : std::string(); };
  const auto key = path.string() + '\n' + file(over.source) + '\n' + file(over.target);
  if (auto known = compiled.find(key); known != compiled.end()) return known->second;
  Compiled result;
  result.file = path;
  auto text = text_of(path, supposed);
  if (!text) {
    result.findings.push_back(unreadable(reference, "the map '" + path.string() + "' cannot be read, or is larger than 4 MiB"));
    return result;
  }
  Resolver resolver(*schemas, roots, supposed);
  auto made = compile_map(path.string(), std::move(*text), states, resolver, over);
  result.findings = std::move(made.findings);
  for (auto& [name, file] : made.sources) result.sources.emplace(std::move(name), std::move(file));
  if (made.map) result.map = std::make_shared<Map>(std::move(made.map));
  compiled.emplace(key, result);
  return result;
}

Maps::Compiled Maps::load(const std::string& reference, const fs::path& from_directory) {
  std::lock_guard lock(state_->mutex);
  auto path = state_->roots.find(reference, from_directory);
  if (path) return state_->compile(*path, reference, {});
  Compiled compiled;
  compiled.findings.push_back(unreadable(reference, "there is no map '" + reference + "'"));
  compiled.findings.back().fix = "paths that begin with ./ or ../ are relative to the file that names them, others to the mappings folders";
  return compiled;
}

Maps::Compiled Maps::load_over(const Map& map, const schema::SchemaPtr& source, const schema::SchemaPtr& target) {
  std::lock_guard lock(state_->mutex);
  const auto file = map.file().string();
  auto over = state_->compile(map.file(), file, {source, target});
  // How a map is written is judged by what it was written for: by a narrower guide much of it is needless.
  const auto of_style = [](const Finding& finding) { return finding.code.starts_with("M7"); };
  std::erase_if(over.findings, of_style);
  const auto own = state_->compile(map.file(), file, {});
  std::ranges::copy_if(own.findings, std::back_inserter(over.findings), of_style);
  return over;
}

}  // namespace wayleave::mapping
