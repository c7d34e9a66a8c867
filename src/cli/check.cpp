#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <map>

#include "cli/commands.hpp"
#include "gateway/build_site.hpp"

namespace wayleave::cli {
namespace {

int check(const std::string& site, bool json) {
  auto built = gateway::build_site(site, {});
  std::map<std::string, Findings> by_file;
  for (auto& finding : built.findings) by_file[finding.in].push_back(finding);
  Verdicts verdicts(json);
  for (auto& [file, findings] : by_file) {
    const auto path = std::filesystem::path(site) / file;
    for (auto& finding : findings) finding.in.clear();
    const auto status = has_errors(findings) ? Verdicts::Status::unusable : Verdicts::Status::valid;
    verdicts.add(file.empty() ? site : path.string(), status, findings, read_file(path.string()).value_or(""));
  }
  if (by_file.empty()) verdicts.add(site, Verdicts::Status::valid, {}, "");
  const int code = verdicts.finish();
  return built.site ? code : 2;
}

}  // namespace

void add_check(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("check", "read and compile everything of a site, open nothing, report all problems");
  auto site = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("SITE", *site, "folder with gateway.xml")->required();
  add_format(*command, *format);
  command->callback([site, format, &outcome] { outcome.code = check(*site, *format == "json"); });
}

}  // namespace wayleave::cli
