#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/edi.hpp"
#include "config/site.hpp"
#include "formats/edi/guide.hpp"
#include "formats/xml/read.hpp"
#include "gateway/build_site.hpp"
#include "schema/schema.hpp"

namespace wayleave::cli {
namespace {

struct Given {
  std::string file;                      ///< absolute when it exists, else as given: searched in the product
  std::string root;
};

Given split(const std::string& reference) {
  const auto hash = reference.rfind('#');
  Given given{reference.substr(0, hash), hash == std::string::npos ? "" : reference.substr(hash + 1)};
  std::error_code ec;
  if (std::filesystem::exists(given.file, ec)) given.file = std::filesystem::absolute(given.file, ec).lexically_normal().string();
  return given;
}

class Judge {
 public:
  Judge(const std::vector<std::string>& schemas, bool json)
      : library_(gateway::schema_path(config::enclosing_site(std::filesystem::current_path()).value_or(""))), verdicts_(json) {
    for (const auto& each : schemas) given_.push_back(split(each));
  }

  int run(const std::vector<std::string>& documents) {
    bool usable = true;
    for (std::size_t i = 0; i < given_.size(); ++i) usable &= compile(given_[i], documents.empty());
    if (usable)
      for (const auto& document : documents) judge(document);
    return verdicts_.finish();
  }

 private:
  /// A schema alone is judged by compiling it.
  bool compile(const Given& given, bool tell) {
    auto loaded = library_.load(given.root.empty() ? given.file : given.file + "#" + given.root);
    if (loaded.schema && edi::is_guide(*loaded.schema)) {
      auto compiled = edi::compile_guide(loaded.schema);
      if (compiled.guide) guides_.add(compiled.guide);
      auto& findings = compiled.findings;
      std::move(findings.begin(), findings.end(), std::back_inserter(loaded.findings));
    }
    const bool bad = !loaded.schema || has_errors(loaded.findings);
    if (bad || tell) {
      for (auto& finding : loaded.findings)
        if (finding.in == given.file) finding.in.clear();
      verdicts_.add(given.file, bad ? Verdicts::Status::unusable : Verdicts::Status::valid, loaded.findings, read_file(given.file).value_or(""));
    }
    return !bad;
  }

  /// The schema whose root the document has; the first one named when none has.
  schema::SchemaPtr schema_for(const std::string& bytes) {
    const auto root = xml::sniff_root(bytes);
    schema::SchemaPtr fallback;
    for (const auto& given : given_) {
      auto loaded = library_.load(given.root.empty() ? given.file : given.file + "#" + given.root);
      if (!loaded.schema) continue;
      if (!given.root.empty()) {
        if (!fallback) fallback = loaded.schema;
        if (root && names::local(loaded.schema->root_name()) == root->local) return loaded.schema;
        continue;
      }
      std::vector<std::string> roots;
      for (const auto id : loaded.schema->model().roots) roots.emplace_back(names::local(loaded.schema->model().element(id).name));
      const auto close = root ? (std::find(roots.begin(), roots.end(), root->local) != roots.end() ? root->local : nearest(root->local, roots)) : "";
      auto chosen = close.empty() ? loaded : library_.load(given.file + "#" + close);
      if (chosen.schema && root && close == root->local) return chosen.schema;
      if (!fallback) fallback = chosen.schema;
    }
    return fallback;
  }

  void judge(const std::string& file) {
    auto bytes = read_file(file);
    if (!bytes) {
      Finding finding;
      finding.code = "C001";
      finding.message = "cannot open " + file;
      verdicts_.add(file, Verdicts::Status::unusable, {finding}, "");
      return;
    }
    const auto first = bytes->find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (!guides_.empty() && (edi::sniff(*bytes) || (first != std::string::npos && (*bytes)[first] != '<'))) {
      const auto judged = judge_edi(*bytes, guides_);
      verdicts_.add(file, judged.refused || !judged.any ? Verdicts::Status::invalid : Verdicts::Status::valid, judged.findings, *bytes);
      return;
    }
    const auto schema = schema_for(*bytes);
    auto reading = schema ? xml::read(*bytes, *schema) : xml::read_wellformed(*bytes);
    verdicts_.add(file, reading.findings.empty() ? Verdicts::Status::valid : Verdicts::Status::invalid, reading.findings, *bytes);
  }

  schema::Library library_;
  std::vector<Given> given_;
  edi::Guides guides_;
  Verdicts verdicts_;
};

}  // namespace

void add_validate(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("validate", "judge XML documents by a schema, every finding at once");
  auto schemas = std::make_shared<std::vector<std::string>>();
  auto documents = std::make_shared<std::vector<std::string>>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("--schema", *schemas, "S.xsd or S.xsd#Root; may be given several times")->required()->allow_extra_args(false);
  command->add_option("DOC", *documents, "documents; - is stdin; none: the schemas alone are judged");
  add_format(*command, *format);
  command->callback([schemas, documents, format, &outcome] {
    Judge judge(*schemas, *format == "json");
    outcome.code = judge.run(*documents);
  });
}

void add_vet(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("vet-schema", "compile schemas under limits and say whether that went well")->group("");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE", *files)->required();
  command->callback([files, &outcome] { outcome.code = schema::vet_main(*files); });
}

}  // namespace wayleave::cli
