#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "formats/edi/guide.hpp"

namespace wayleave::edi {

/// Collects what is wrong with a guide, each thing once however many places share the type it stands in. One thread.
class GuideFindings {
 public:
  /// `file`: the guide's own, which is named in full; others by what the model knows of them.
  explicit GuideFindings(std::filesystem::path file) : file_(std::move(file)) {}

  struct Told {
    std::string message, found = {}, expected = {}, fix = {};
  };
  /// `source`: `850.xsd:14`, or empty.
  void error(std::string_view code, const std::string& source, Told told) { add(Severity::error, code, source, std::move(told)); }
  void warning(std::string_view code, const std::string& source, Told told) { add(Severity::warning, code, source, std::move(told)); }
  /// In the order of lines.
  Findings take();

 private:
  void add(Severity severity, std::string_view code, const std::string& source, Told told);
  std::filesystem::path file_;
  std::set<std::tuple<std::string, std::string, std::string>> told_;
  Findings findings_;
};

using Notes = std::vector<std::pair<std::string, std::string>>;
/// The value of an edi: attribute, or nullptr.
const std::string* note(const Notes& notes, std::string_view name);

/// Where an edi: attribute stands.
enum class NotePlace : std::uint8_t { schema, message, segment, segment_type, data_element, composite_type, simple_type };
/// edi: attributes that do not exist, or belong elsewhere.
void lint_notes(const Notes& notes, NotePlace place, const std::string& source, GuideFindings& findings);

/// True when the content is one xs:sequence of elements, each with its own name and bounds. Told otherwise.
bool lint_content(const schema::Model& model, schema::TypeId type, const std::string& name, GuideFindings& findings);

/// What looks unwise in a guide that can be compiled: variants, codes, places that one segment could mean, places that no
/// segment reaches, facts that acknowledgments would miss.
void lint_guide(const Guide& guide, GuideFindings& findings);

}  // namespace wayleave::edi
