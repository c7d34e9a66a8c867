#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/site_file.hpp"

/// Values that several files of a site have.
namespace wayleave::config {

Identity read_identity(const SiteFile& file, Document::Index node);
/// Reports days that are none, credentials of nothing, and those that have run out.
Credential read_credential(const SiteFile& file, Document::Index node);
/// `fallback` when the attribute is absent or wrong (which is reported).
std::chrono::milliseconds read_duration(
  const SiteFile& file, Document::Index node, std::string_view attribute, std::chrono::milliseconds fallback
);

/// Reports C102 unless the root's `attribute` is the file's name without `.xml`. Returns the attribute.
/// The `<param name value/>` of an element; one name twice is C150.
Parameters read_parameters(const SiteFile& file, Document::Index node);
std::string read_own_name(const SiteFile& file, std::string_view attribute);

std::vector<std::string> split_words(const std::string& text);
bool is_readable_file(const std::string& path);

}  // namespace wayleave::config
