#include <algorithm>
#include <catch2/catch.hpp>

#include "sites.hpp"

using namespace wayleave;
using namespace wayleave::config;
using namespace std::chrono_literals;

namespace {

SiteReading read(const ScratchSite& site, const std::string& acme, const std::string& bolt = {}) {
  site.write("gateway.xml", "<gateway xmlns=\"urn:wayleave:gateway:1\"/>");
  site.write("partners/acme.xml", "<partner xmlns=\"urn:wayleave:partner:1\" id=\"acme\">\n" + acme + "</partner>");
  site.write("partners/bolt.xml", "<partner xmlns=\"urn:wayleave:partner:1\" id=\"bolt\">\n" + bolt + "</partner>");
  return read_test_site(site.path());
}

}  // namespace

TEST_CASE("a folder has its values, or what it is by default", "[config]") {
  ScratchSite site;
  const auto reading = read(site, "<drops path=\"inbox/acme\"/>",
                            "<drops path=\"/mnt/bolt\" pattern=\"*.edi  orders-*.xml\" stable=\"10s\" every=\"1m\" "
                            "done=\"/mnt/kept\" failed=\"/mnt/kept\" limit=\"4GiB\" test=\"yes\"/>");
  UNSCOPED_INFO(told(reading.findings));
  REQUIRE(reading.site);
  REQUIRE(reading.site->partners[0].drops.size() == 1);
  const auto& plain = reading.site->partners[0].drops[0];
  CHECK(plain.path.value == "inbox/acme");
  CHECK(plain.done.value == "inbox/acme/done");
  CHECK(plain.failed.value == "inbox/acme/failed");
  CHECK(plain.patterns == std::vector<std::string>{"*.edi", "*.x12", "*.xml"});
  CHECK(plain.stable == 5s);
  CHECK(plain.every == 2s);
  CHECK(plain.limit == 0);
  CHECK_FALSE(plain.test);
  const auto& own = reading.site->partners[1].drops[0];
  CHECK(own.patterns == std::vector<std::string>{"*.edi", "orders-*.xml"});
  CHECK(own.stable == 10s);
  CHECK(own.every == 1min);
  CHECK(own.done.value == "/mnt/kept");
  CHECK(own.limit == 4ull << 30);
  CHECK(own.test);
}

TEST_CASE("values that cannot be meant are reported where they stand", "[config]") {
  ScratchSite site;
  const auto reading = read(site, "<drops path=\"a\" pattern=\"*.edi in/*.xml .x*\" every=\"0s\" limit=\"some\"/>");
  CHECK(told(reading.findings) ==
        "partners/acme.xml:2:26 C181 error no file that is taken matches in/*.xml: names have no slash\n"
        "partners/acme.xml:2:26 C181 error no file that is taken matches .x*: names that begin with a dot are left alone\n"
        "partners/acme.xml:2:53 C181 error a folder cannot be looked at without a pause\n"
        "partners/acme.xml:2:64 C112 error 'some' is no size\n");
}

TEST_CASE("what is taken from a folder is one partner's, and nothing that is put there by us", "[config]") {
  const std::pair<const char*, const char*> wrong[] = {
    {"<drops path=\"in\"/>", "<drops path=\"in/\"/>"},                                    // one folder, two partners
    {"<drops path=\"in\"/>", "<drops path=\"other/../in\"/>"},
    {"<drops path=\"in\"/><drops path=\"in\" test=\"yes\"/>", ""},                         // one folder, twice
    {"<drops path=\"in\" done=\"in\"/>", ""},                                            // taken again for ever
    {"<drops path=\"in\" failed=\"in\"/>", ""},
    {"<drops path=\"in\" done=\"kept\"/>", "<drops path=\"kept\"/>"},
    {"<drops path=\"in\" done=\"kept\"/>", "<drops path=\"inb\" failed=\"kept\"/>"},       // two partners' files together
    {"<drops path=\"out\"/><receives feed=\"acknowledgments\" format=\"x12\" via=\"directory\" path=\"out\"/>", ""},
  };
  for (const auto& [acme, bolt] : wrong) {
    ScratchSite site;
    const auto reading = read(site, acme, bolt);
    INFO(acme << bolt << "\n" << told(reading.findings));
    CHECK(std::ranges::count(reading.findings, "C180", &Finding::code) == 1);
    CHECK_FALSE(reading.site);
  }
  ScratchSite site;
  const auto reading = read(site, "<drops path=\"in/acme\" done=\"kept/acme\" failed=\"kept/acme\"/><drops path=\"in/acme/x\" done=\"kept/acme\"/>",
                            "<drops path=\"in/bolt\"/>");
  UNSCOPED_INFO(told(reading.findings));
  CHECK(reading.site);
}

TEST_CASE("a folder that is reached by a link is still the same folder", "[config]") {
  ScratchSite site;
  std::filesystem::create_directories(site.path() / "real");
  std::filesystem::create_directory_symlink("real", site.path() / "alias");
  const auto reading = read(site, "<drops path=\"real/in\"/>", "<drops path=\"alias/in\"/>");
  CHECK(std::ranges::count(reading.findings, "C180", &Finding::code) == 1);
}
