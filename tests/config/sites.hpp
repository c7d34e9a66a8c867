#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "config/site.hpp"
#include "schema/schema.hpp"

/// What the tests of config share: the sites beside them, and reading one.
namespace wayleave::config {

inline std::filesystem::path test_site(const std::string& name) {
  return std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "tests" / "config" / "sites" / name;
}

inline std::shared_ptr<schema::Library> library_for(const std::filesystem::path& site) {
  schema::SearchPath path;
  path.roots = {site / "schemas", product_home() / "schemas"};
  return std::make_shared<schema::Library>(path);
}

inline SiteReading read_test_site(const std::filesystem::path& site) {
  setenv("WAYLEAVE_TEST_ERP", "http://127.0.0.1:9200", 1);
  unsetenv("WAYLEAVE_TEST_UNSET");
  return read_site(site, library_for(site));
}

/// One line a finding: what an operator would look at first.
inline std::string told(const Findings& findings) {
  std::string out;
  for (const auto& finding : findings) {
    const char* severity = finding.severity == Severity::error ? "error" : finding.severity == Severity::warning ? "warning" : "info";
    out += finding.in + ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.code + " " + severity + " " +
           finding.message + "\n";
  }
  return out;
}

/// A folder of its own for one test, removed with it.
class ScratchSite {
 public:
  ScratchSite() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wayleave-site-XXXXXX").string();
    path_ = std::filesystem::path(mkdtemp(pattern.data())) / "site";
    std::filesystem::create_directories(path_);
  }
  ~ScratchSite() {
    std::error_code error;
    std::filesystem::remove_all(path_.parent_path(), error);
  }
  ScratchSite(const ScratchSite&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace wayleave::config
