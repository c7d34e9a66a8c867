#include "config/site.hpp"

#include <algorithm>
#include <fstream>

#include "config/site_file.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = 4u << 20;

/// Reads one site: finds its files, judges each by our XSDs, builds the structs, checks them against each other.
class Reader {
 public:
  Reader(fs::path directory, std::shared_ptr<schema::Library> schemas) : directory_(std::move(directory)), schemas_(std::move(schemas)) {
    std::error_code error;
    real_directory_ = fs::weakly_canonical(directory_, error);
  }

  SiteReading read() {
    site_.directory = directory_;
    std::error_code error;
    if (!fs::is_regular_file(directory_ / "gateway.xml", error)) {
      const bool folder = fs::is_directory(directory_, error);
      problems_.error("C100", {"gateway.xml"}, folder ? "this folder has no gateway.xml: it is no site" : "there is no folder " + directory_.string(),
                      "name the folder that has the gateway.xml, or make one from examples/demo");
      return {std::nullopt, problems_.take()};
    }
    read_files();
    if (has_gateway_) check_site(site_, around(), problems_);
    SiteReading reading;
    reading.findings = problems_.take();
    if (!has_errors(reading.findings) && has_gateway_) reading.site = std::move(site_);
    return reading;
  }

 private:
  void read_files() {
    if (const auto file = open("gateway.xml", "gateway-1.xsd#gateway")) {
      site_.gateway = read_gateway(*file, directory_);
      has_gateway_ = true;
    }
    for (const auto& name : files_in("partners"))
      if (const auto file = open(name, "partner-1.xsd#partner")) site_.partners.push_back(read_partner(*file));
    for (const auto& name : files_in("backends"))
      if (const auto file = open(name, "backend-1.xsd#backend")) site_.backends.push_back(read_backend(*file));
      else unreadable_backends_.insert(fs::path(name).stem().string());
    for (const auto& name : files_in("processes"))
      if (const auto file = open(name, "process-1.xsd#process")) site_.processes.push_back(read_process(*file));
      else unreadable_processes_.insert(fs::path(name).stem().string());
    std::sort(site_.partners.begin(), site_.partners.end(), [](const Partner& a, const Partner& b) { return a.id < b.id; });
  }

  /// `folder/name.xml`, sorted. Hidden files and those with another ending (editors' copies) are none of ours.
  std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(directory_ / folder, error), end; !error && it != end; it.increment(error)) {
      const auto name = it->path().filename().string();
      if (name.front() != '.' && it->path().extension() == ".xml") names.push_back(folder + "/" + name);
    }
    if (error && error != std::errc::no_such_file_or_directory)
      problems_.error("C101", {folder}, "the folder " + folder + " cannot be read: " + error.message(), "let the gateway's user read it");
    std::sort(names.begin(), names.end());
    return names;
  }

  /// The file's tree, or nothing when there is none to speak of (reported).
  std::optional<SiteFile> open(const std::string& name, const std::string& schema) {
    const auto path = directory_ / name;
    auto bytes = bytes_of(name, path);
    if (!bytes) return std::nullopt;
    const auto loaded = schemas_->load("./" + schema, product_home() / "schemas" / "wayleave");
    if (!loaded.schema) {
      problems_.add(loaded.findings, name);
      if (loaded.findings.empty())
        problems_.error("C101", {name}, "the product's own schema " + schema + " cannot be used", "is WAYLEAVE_HOME right, and the installation whole?");
      return std::nullopt;
    }
    xml::Limits limits;
    limits.document = largest_file;
    auto reading = xml::read(std::move(*bytes), *loaded.schema, limits);
    problems_.add(reading.findings, name);
    if (!reading.document || reading.document->empty() || reading.document->node(0).name != loaded.schema->root_name()) return std::nullopt;
    return SiteFile(name, path, std::move(*reading.document), reading.findings, problems_);
  }

  std::optional<std::string> bytes_of(const std::string& name, const fs::path& path) {
    std::error_code error;
    const auto real = fs::canonical(path, error);
    if (error) {
      problems_.error("C101", {name}, name + " cannot be read: " + error.message(), "put the file there, or remove the link");
      return std::nullopt;
    }
    if (std::mismatch(real_directory_.begin(), real_directory_.end(), real.begin(), real.end()).first != real_directory_.end()) {
      problems_.error("C104", {name}, name + " is a link that leads out of the site", "put the file itself there");
      return std::nullopt;
    }
    if (!fs::is_regular_file(real, error)) {
      problems_.error("C101", {name}, name + " is not an ordinary file", "put an XML file there, or give it a name that does not end with .xml");
      return std::nullopt;
    }
    std::ifstream in(real, std::ios::binary);
    std::string bytes;
    // One byte more than is allowed is enough for the reader to refuse it.
    bytes.resize(std::min<std::uint64_t>(fs::file_size(real, error), largest_file + 1));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (error || !in) {
      problems_.error("C101", {name}, name + " cannot be read", "let the gateway's user read it");
      return std::nullopt;
    }
    return bytes;
  }

  Surroundings around() const {
    Surroundings around;
    around.schema_roots = schemas_->search_path().roots;
    around.map_roots = {directory_ / "mappings", product_home() / "mappings"};
    around.unreadable_processes = unreadable_processes_;
    around.unreadable_backends = unreadable_backends_;
    return around;
  }

  fs::path directory_, real_directory_;
  std::shared_ptr<schema::Library> schemas_;
  Problems problems_;
  Site site_;
  bool has_gateway_ = false;
  std::set<std::string> unreadable_processes_, unreadable_backends_;
};

}  // namespace

SiteReading read_site(const fs::path& directory, const std::shared_ptr<schema::Library>& schemas) {
  std::error_code error;
  return Reader(fs::absolute(directory, error).lexically_normal(), schemas).read();
}

}  // namespace wayleave::config
