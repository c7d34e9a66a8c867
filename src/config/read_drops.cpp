#include "config/read_drops.hpp"

#include <map>

#include "base/units.hpp"
#include "config/values.hpp"

namespace wayleave::config {
namespace {

namespace fs = std::filesystem;

Text folder(const SiteFile& file, Document::Index node, const char* attribute) {
  auto text = file.token(node, attribute);
  text.value = with_environment(text, file.problems());
  return text;
}

void check_patterns(const SiteFile& file, Document::Index node, const Drops& drops) {
  for (const auto& pattern : drops.patterns) {
    const char* why = nullptr;
    if (pattern.find('/') != std::string::npos) why = "names have no slash";
    else if (pattern.front() == '.') why = "names that begin with a dot are left alone";
    else continue;
    auto& finding = file.problems().error(
      "C181", file.token(node, "pattern").where, "no file that is taken matches " + pattern + ": " + why,
      "write patterns of names, such as *.edi *.xml"
    );
    finding.found = pattern;
  }
}

/// A folder as the site means it: links in the way are followed as far as there is something.
std::string real(const Site& site, const std::string& path) {
  const auto full = (site.directory / path).lexically_normal();
  std::error_code error;
  const auto canonical = fs::weakly_canonical(full, error);
  auto text = (error ? full : canonical).string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

/// Who uses a folder for what. Whoever comes second is told.
class Folders {
 public:
  Folders(const Site& site, Problems& problems) : site_(site), problems_(problems) {}

  /// Files that come to lie here would be taken.
  void taken_from(const Partner& partner, const Text& path) { claim({partner.id, "takes files from", true, false, path.where}, path); }
  /// Files lie here for somebody. `implied`: it follows from another folder's name.
  void kept_in(const std::string& owner, const Text& path, const char* what, bool implied = false) {
    claim({owner, what, false, implied, path.where}, path);
  }

 private:
  struct Use {
    std::string owner;
    const char* what;
    bool takes, implied;
    Where where;
  };
  void claim(Use use, const Text& path) {
    if (path.empty()) return;
    auto& uses = uses_[real(site_, path.value)];
    for (const auto& other : uses) {
      // What one partner keeps may lie together; what is taken may not, and nothing of two partners.
      if (!use.takes && !other.takes && other.owner == use.owner) continue;
      if (use.implied && other.implied) continue;      // the folders that imply them are reported
      const auto place = other.where.file + ":" + std::to_string(other.where.line);
      auto& finding = problems_.error(
        "C180", path.where, use.owner + " " + use.what + " " + path.value + ", and " + other.owner + " " + other.what + " it (" + place + ")",
        "give each a folder of its own"
      );
      finding.found = path.value;
      break;
    }
    uses.push_back(std::move(use));
  }

  const Site& site_;
  Problems& problems_;
  std::map<std::string, std::vector<Use>> uses_;
};

}  // namespace

Drops read_drops(const SiteFile& file, Document::Index node) {
  Drops drops;
  drops.where = file.where(node);
  drops.path = folder(file, node, "path");
  drops.done = folder(file, node, "done");
  drops.failed = folder(file, node, "failed");
  const auto below = [&](const char* name) { return Text{(fs::path(drops.path.value) / name).string(), drops.path.where}; };
  if (drops.done.empty() && !drops.path.empty()) drops.done = below("done");
  if (drops.failed.empty() && !drops.path.empty()) drops.failed = below("failed");
  if (const auto patterns = file.words(node, "pattern"); !patterns.empty()) drops.patterns = patterns;
  check_patterns(file, node, drops);
  drops.stable = read_duration(file, node, "stable", drops.stable);
  drops.every = read_duration(file, node, "every", drops.every);
  if (const auto every = file.token(node, "every"); drops.every.count() == 0)
    file.problems().error("C181", every.where, "a folder cannot be looked at without a pause", "write a pause such as 2s").found = every.value;
  const auto limit = file.token(node, "limit");
  if (const auto size = parse_size(limit.value)) drops.limit = *size;
  else if (!limit.empty())
    file.problems().error("C112", limit.where, "'" + limit.value + "' is no size", "write a size such as 64KiB, 50MiB or 4GiB").found = limit.value;
  drops.test = file.token(node, "test").value == "yes";
  return drops;
}

void check_drops(const Site& site, Problems& problems) {
  Folders folders(site, problems);
  for (const auto& partner : site.partners)
    for (const auto& drops : partner.drops) folders.taken_from(partner, drops.path);
  for (const auto& partner : site.partners)
    for (const auto& drops : partner.drops) {
      const auto& path = drops.path.where;
      const auto implied = [&](const Text& place) { return place.where.line == path.line && place.where.column == path.column; };
      folders.kept_in(partner.id, drops.done, "keeps what was done in", implied(drops.done));
      if (drops.failed.value != drops.done.value) folders.kept_in(partner.id, drops.failed, "keeps what failed in", implied(drops.failed));
    }
  // What we write ourselves must not come in again. Two that write into one folder are no concern of ours.
  std::map<std::string, std::pair<std::string, Text>> written;
  for (const auto& process : site.processes)
    for (const auto& step : process.steps)
      if (const auto path = step.options.find("path"); step.adapter == "directory" && path != step.options.end())
        written.try_emplace(real(site, path->second.value), "process " + process.name, path->second);
  for (const auto& partner : site.partners)
    for (const auto& receives : partner.receives)
      if (!receives.path.empty()) written.try_emplace(real(site, receives.path.value), partner.id, receives.path);
  for (const auto& [real_path, user] : written) folders.kept_in(user.first, user.second, "has files written to");
}

}  // namespace wayleave::config
