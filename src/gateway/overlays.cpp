#include "gateway/overlays.hpp"

#include <algorithm>

#include "base/nearest.hpp"

namespace wayleave::gateway {
namespace fs = std::filesystem;

namespace {

Finding about(const std::string& in, std::string code, std::string message, std::string fix) {
  Finding finding;
  finding.code = std::move(code);
  finding.in = in;
  finding.line = finding.column = 1;
  finding.message = std::move(message);
  finding.fix = std::move(fix);
  return finding;
}

}  // namespace

std::vector<fs::path> overlay_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
    if (at->is_regular_file(ec) && at->path().string().ends_with(".overlay.xml")) files.push_back(at->path().lexically_normal());
  }
  std::ranges::sort(files);
  return files;
}

bool lies_on(const mapping::Map& overlay, const fs::path& file) {
  const auto& chain = overlay.chain();
  return std::any_of(chain.begin() + 1, chain.end(), [&](const auto& each) { return fs::path(each).lexically_normal() == file.lexically_normal(); });
}

Overlays::Overlays(const fs::path& site, const config::Site& config, mapping::Maps& maps, Findings& findings) {
  std::vector<std::string> partners;
  for (const auto& partner : config.partners) partners.push_back(partner.id);
  for (const auto& file : overlay_files(site / "mappings")) {
    const auto name = file.lexically_relative(site).string();
    auto compiled = maps.load(file.string());
    for (auto& finding : compiled.findings) {
      if (finding.in.empty()) finding.in = name;
      findings.push_back(std::move(finding));
    }
    if (!compiled.map || compiled.map->partner().empty()) continue;
    const auto& partner = compiled.map->partner();
    if (std::ranges::find(partners, partner) == partners.end()) {
      const auto near = nearest(partner, partners);
      findings.push_back(about(name, "C161", "this overlay is for partner " + partner + ", and the site has none of that id",
                               near.empty() ? "write a partner's id" : "did you mean " + near + "?"));
      continue;
    }
    overlays_.push_back({compiled.map, name});
  }
}

std::map<std::string, mapping::MapPtr, std::less<>> Overlays::of(const mapping::MapPtr& base, Findings& findings) {
  std::map<std::string, mapping::MapPtr, std::less<>> found;
  if (!base) return found;
  std::map<std::string, std::string> files;
  for (const auto& overlay : overlays_) {
    if (!lies_on(*overlay.map, base->file())) continue;
    const auto& partner = overlay.map->partner();
    auto [place, fresh] = found.emplace(partner, overlay.map);
    if (fresh) {
      files[partner] = overlay.in;
    } else if (lies_on(*overlay.map, place->second->file())) {
      place->second = overlay.map;
      files[partner] = overlay.in;
    } else if (!lies_on(*place->second, overlay.map->file())) {
      findings.push_back(about(overlay.in, "C162", "both this and " + files[partner] + " are laid upon " + base->file().filename().string() + " for partner " + partner,
                               "let one extend the other, or put the patches of both into one"));
    }
  }
  return found;
}

}  // namespace wayleave::gateway
