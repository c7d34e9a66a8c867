#include "edi_fixture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "formats/xml/read.hpp"

namespace fs = std::filesystem;

namespace fixture {
namespace {
const fs::path source = WAYLEAVE_SOURCE_DIR;
}

wayleave::edi::GuidePtr guide(const std::string& name) {
  using namespace wayleave;
  static schema::Library library(schema::SearchPath{{source / "tests/formats/edi", source / "schemas"}});
  static std::map<std::string, edi::GuidePtr> known;
  auto& guide = known[name];
  if (guide) return guide;
  const auto loaded = library.load(name + ".xsd");
  if (!loaded.schema) FAIL(name << ": " << (loaded.findings.empty() ? "" : loaded.findings[0].message));
  auto compiled = edi::compile_guide(loaded.schema);
  for (const auto& f : compiled.findings)
    if (f.severity == Severity::error) UNSCOPED_INFO(f.code << " " << f.path << " " << f.message);
  if (!compiled.guide) FAIL(name << " is no usable guide");
  return guide = compiled.guide;
}

wayleave::Document tree(const wayleave::edi::Guide& guide, const std::string& content) {
  const auto name = guide.root().name;
  const std::string local(wayleave::names::local(name));
  auto reading = wayleave::xml::read_wellformed(
      "<" + local + " xmlns=\"" + std::string(wayleave::names::ns(name)) + "\">" + content + "</" + local + ">"
  );
  if (!reading.document) FAIL(content << ": " << reading.findings.at(0).message);
  return std::move(*reading.document);
}

std::vector<std::string> shipped_guides() {
  std::vector<std::string> out;
  for (const char* family : {"x12", "edifact"}) {
    if (!fs::exists(source / "schemas" / family)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(source / "schemas" / family)) {
      const auto file = fs::relative(entry.path(), source / "schemas");
      if (file.extension() != ".xsd" || std::distance(file.begin(), file.end()) != 3) continue;
      out.push_back(file.string().substr(0, file.string().size() - 4));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Heard::set(wayleave::edi::SetReading&& set) {
  take(set.flaws);
  auto bytes = std::string(set.bytes);
  sets.push_back({std::move(set), std::move(bytes)});
}

std::string Heard::words() const {
  std::string out;
  for (const auto& f : flaws) {
    out.append(saying(f.cause).code).append(" ").append(f.path).append(" ").append(f.message);
    out.append(" (").append(f.bad).append("; ").append(f.expected).append(")\n");
  }
  return out;
}

void read(const std::string& bytes, const wayleave::edi::Guides& guides, wayleave::edi::Listener& heard) {
  wayleave::edi::Reader reader(guides, heard);
  reader.feed(bytes);
  reader.finish();
}

}  // namespace fixture
