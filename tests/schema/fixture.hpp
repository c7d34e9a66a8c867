#pragma once

#include <filesystem>
#include <string>

#include "base/finding.hpp"
#include "schema/schema.hpp"

namespace wayleave::test {

/// A folder of schema files that lives as long as the test.
class SchemaFolder {
 public:
  SchemaFolder();
  ~SchemaFolder();
  SchemaFolder(const SchemaFolder&) = delete;
  SchemaFolder& operator=(const SchemaFolder&) = delete;
  /// Writes a file; its absolute path.
  std::string write(const std::string& name, const std::string& text) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `body` inside an xs:schema of namespace urn:test, prefix t.
std::string schema_text(const std::string& body);

/// Compiles `body` and takes its only, or the named, root; fails the test when that does not work.
schema::SchemaPtr compile(const std::string& body, const std::string& root = "");

/// The findings of loading `body`.
Findings refusal(const std::string& body);

/// diagnose() of a document in namespace urn:test (its root gets xmlns).
Findings findings_of(const schema::Schema& schema, const std::string& document);

/// `X110 2:5` and so on, joined with blanks: codes and places in order.
std::string places(const Findings& findings);
std::string codes(const Findings& findings);

/// Xerces' verdict on the same document.
bool xerces_accepts(const schema::Schema& schema, const std::string& document);

/// The same root with xmlns="urn:test".
std::string in_namespace(const std::string& document);

}  // namespace wayleave::test
