#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "sites.hpp"

using namespace wayleave;
using namespace wayleave::config;

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const char* const gateway = "<gateway xmlns=\"urn:wayleave:gateway:1\"/>";
const char* const partner = "<partner xmlns=\"urn:wayleave:partner:1\" id=\"acme\"/>";

bool has(const Findings& findings, const std::string& code, const std::string& in) {
  for (const auto& finding : findings)
    if (finding.code == code && finding.in == in) return true;
  return false;
}

}  // namespace

// expected.txt of each site holds all its findings. WAYLEAVE_ACCEPT=1 writes them anew: read the difference.
TEST_CASE("all that is wrong with a broken site is reported at once", "[config]") {
  for (const std::string name : {"values", "names", "structure", "files", "listeners", "receives"}) {
    const auto file = test_site(name) / "expected.txt";
    const auto reading = read_test_site(test_site(name));
    const auto actual = told(reading.findings);
    if (std::getenv("WAYLEAVE_ACCEPT")) std::ofstream(file, std::ios::binary) << actual;
    INFO("site " << name);
    CHECK(actual == read_file(file));
    CHECK(reading.site.has_value() == !has_errors(reading.findings));
  }
}

TEST_CASE("every finding of a site has a fix, or is the schema's own", "[config]") {
  for (const std::string name : {"values", "names", "files", "listeners", "receives"})
    for (const auto& finding : read_test_site(test_site(name)).findings) {
      INFO(name << ": " << finding.code << " " << finding.message);
      if (finding.code.front() == 'C' && finding.severity != Severity::info) CHECK_FALSE(finding.fix.empty());
      CHECK_FALSE(finding.in.empty());
    }
}

TEST_CASE("a folder without gateway.xml is no site", "[config]") {
  ScratchSite site;
  auto reading = read_test_site(site.path());
  CHECK_FALSE(reading.site);
  REQUIRE(reading.findings.size() == 1);
  CHECK(reading.findings[0].code == "C100");
  reading = read_test_site(site.path() / "no" / "such" / "folder");
  CHECK(reading.findings.at(0).code == "C100");
}

TEST_CASE("a link out of the site is refused, one within it is followed", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  site.write("partners/.data/acme.xml", partner);
  site.write("../outside.xml", partner);
  fs::create_symlink(".data/acme.xml", site.path() / "partners/acme.xml");
  CHECK(read_test_site(site.path()).findings.empty());
  fs::create_symlink("../../outside.xml", site.path() / "partners/globex.xml");
  fs::create_symlink("/etc/passwd", site.path() / "partners/passwd.xml");
  fs::create_symlink("nowhere", site.path() / "partners/broken.xml");
  fs::create_symlink("loop.xml", site.path() / "partners/loop.xml");
  const auto reading = read_test_site(site.path());
  CHECK_FALSE(reading.site);
  CHECK(has(reading.findings, "C104", "partners/globex.xml"));
  CHECK(has(reading.findings, "C104", "partners/passwd.xml"));
  CHECK(has(reading.findings, "C101", "partners/broken.xml"));
  CHECK(has(reading.findings, "C101", "partners/loop.xml"));
  CHECK(reading.findings.size() == 4);
}

TEST_CASE("what is no ordinary file is not opened", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  fs::create_directories(site.path() / "partners/folder.xml");
  mkfifo((site.path() / "partners/pipe.xml").c_str(), 0600);
  const auto reading = read_test_site(site.path());
  CHECK(has(reading.findings, "C101", "partners/folder.xml"));
  CHECK(has(reading.findings, "C101", "partners/pipe.xml"));
}

TEST_CASE("hidden files and editors' copies are no part of a site", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  site.write("partners/acme.xml", partner);
  for (const char* name : {"partners/.acme.xml.swp", "partners/.#acme.xml", "partners/acme.xml~", "partners/acme.xml.bak", "partners/README", "notes.xml"})
    site.write(name, "nothing that could be read");
  const auto reading = read_test_site(site.path());
  CHECK(told(reading.findings) == "");
  CHECK(reading.site->partners.size() == 1);
}

TEST_CASE("names of files may be hostile", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  for (const std::string name : {"..xml", "a b.xml", "a\nb.xml", "\xff\xfe.xml", "-rf.xml", "${HOME}.xml", "a;b.xml"}) site.write("partners/" + name, partner);
  const auto reading = read_test_site(site.path());
  CHECK_FALSE(reading.site);
  for (const auto& finding : reading.findings) CHECK(finding.code == "C102");
  CHECK(reading.findings.size() == 6);
}

TEST_CASE("a file that is too large is refused without being read", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  site.write("partners/acme.xml", partner);
  fs::resize_file(site.path() / "partners/acme.xml", 1ull << 33);
  const auto reading = read_test_site(site.path());
  CHECK_FALSE(reading.site);
  CHECK(reading.findings.at(0).code == "X030");
}

TEST_CASE("a site cannot bring schemas for its own files", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", gateway);
  site.write("schemas/wayleave/gateway-1.xsd", "this is no schema");
  site.write("gateway-1.xsd", "nor is this");
  CHECK(told(read_test_site(site.path()).findings) == "");
}

TEST_CASE("documents of a site open nothing", "[config]") {
  ScratchSite site;
  site.write("gateway.xml", "<!DOCTYPE gateway SYSTEM \"file:///etc/passwd\"><gateway xmlns=\"urn:wayleave:gateway:1\"/>");
  const auto reading = read_test_site(site.path());
  CHECK_FALSE(reading.site);
  CHECK(reading.findings.at(0).code == "X006");
}
