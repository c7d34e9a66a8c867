#include "fixture.hpp"

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>

#include "formats/xml/read.hpp"
#include "formats/xml/verdict.hpp"

namespace wayleave::test {

namespace fs = std::filesystem;

SchemaFolder::SchemaFolder() {
  static std::atomic<int> count{0};
  path_ = fs::temp_directory_path() / ("wayleave-schema-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  fs::create_directories(path_);
}

SchemaFolder::~SchemaFolder() {
  std::error_code ec;
  fs::remove_all(path_, ec);
}

std::string SchemaFolder::write(const std::string& name, const std::string& text) const {
  const auto file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

std::string schema_text(const std::string& body) {
  return R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:test" xmlns:edi="urn:wayleave:edi:1" targetNamespace="urn:test" elementFormDefault="qualified">)"
         "\n" + body + "\n</xs:schema>\n";
}

schema::SchemaPtr compile(const std::string& body, const std::string& root) {
  const SchemaFolder folder;
  schema::Library library({});
  const auto loaded = library.load(folder.write("a.xsd", schema_text(body)) + (root.empty() ? "" : "#" + root));
  for (const auto& f : loaded.findings) UNSCOPED_INFO(f.code << " " << f.line << ":" << f.column << " " << f.message);
  REQUIRE(loaded.schema);
  return loaded.schema;
}

Findings refusal(const std::string& body) {
  const SchemaFolder folder;
  schema::Library library({});
  const auto loaded = library.load(folder.write("a.xsd", schema_text(body)));
  CHECK_FALSE(loaded.schema);
  return loaded.findings;
}

std::string in_namespace(const std::string& document) {
  std::string out = document;
  return out.insert(out.find_first_of(" />\n", 1), " xmlns=\"urn:test\"");
}

Findings findings_of(const schema::Schema& schema, const std::string& document) {
  return xml::read_own(in_namespace(document), schema).findings;
}

bool xerces_accepts(const schema::Schema& schema, const std::string& document) { return xml::judge(in_namespace(document), schema).valid; }

std::string places(const Findings& findings) {
  std::string out;
  for (const auto& f : findings) out += (out.empty() ? "" : " ") + f.code + " " + std::to_string(f.line) + ":" + std::to_string(f.column);
  return out;
}

std::string codes(const Findings& findings) {
  std::string out;
  for (const auto& f : findings) out += (out.empty() ? "" : " ") + f.code;
  return out;
}

}  // namespace wayleave::test
