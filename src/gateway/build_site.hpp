#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "base/finding.hpp"
#include "pipeline/live_site.hpp"

namespace wayleave::gateway {

/// Reads and compiles a whole site: schemas (vetted in a child process), maps, expressions, processes, adapters. Opens
/// nothing that belongs to its operation. `site` is null when any finding is an error. `executor`: where adapters will
/// run; a null one only checks.
struct BuiltSite {
  std::shared_ptr<pipeline::LiveSite> site;
  Findings findings;                     ///< `in` names the file, relative to the site where it lies inside
};
BuiltSite build_site(const std::filesystem::path& directory, boost::asio::any_io_executor executor);

/// The schemas' search path of a site (empty: the product alone): the site's own folder first.
schema::SearchPath schema_path(const std::filesystem::path& site);
schema::SearchPath mapping_path(const std::filesystem::path& site);
/// The canonical schemas that state() and linked() are typed by.
mapping::States load_states(schema::Library& library, Findings& findings);

}  // namespace wayleave::gateway
