#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "config/site.hpp"
#include "mapping/map.hpp"

namespace wayleave::gateway {

/// Every `*.overlay.xml` below a folder, sorted.
std::vector<std::filesystem::path> overlay_files(const std::filesystem::path& folder);
/// True when an overlay extends that file, directly or through another.
bool lies_on(const mapping::Map& overlay, const std::filesystem::path& file);

/// The overlays of a site that name a partner: every `*.overlay.xml` below its mappings folder. One site's building; one thread.
class Overlays {
 public:
  /// Compiles them all; a broken one, or one for a partner that is not there, is an error of the site.
  Overlays(const std::filesystem::path& site, const config::Site& config, mapping::Maps& maps, Findings& findings);
  /// What takes the place of `base` for each partner that has something. Two that both could are an error (C162).
  std::map<std::string, mapping::MapPtr, std::less<>> of(const mapping::MapPtr& base, Findings& findings);

 private:
  struct Overlay {
    mapping::MapPtr map;
    std::string in;                        ///< file, for findings
  };
  std::vector<Overlay> overlays_;
};

}  // namespace wayleave::gateway
