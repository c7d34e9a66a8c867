#pragma once

#include "config/site_file.hpp"

namespace wayleave::config {

/// A partner file's `<drops>`. Reports values that are none: C111 and C112, and C181 patterns.
Drops read_drops(const SiteFile& file, Document::Index node);

/// C180: two that would take one another's files. Relative folders are compared where they lie in the site.
void check_drops(const Site& site, Problems& problems);

}  // namespace wayleave::config
