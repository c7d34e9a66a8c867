#pragma once

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "fixture.hpp"
#include "formats/edi/guide.hpp"

/// Small guides for the tests of this room, written out and compiled.
namespace guides {

using namespace wayleave;
using namespace wayleave::edi;
namespace fs = std::filesystem;

inline const fs::path schemas = fs::path(WAYLEAVE_SOURCE_DIR) / "schemas";

struct Compiled : CompiledGuide {
  std::string xsd;
  const Finding* find(std::string_view code) const {
    for (const auto& each : findings)
      if (each.code == code) return &each;
    return nullptr;
  }
  std::size_t count(std::string_view code) const {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [&](const auto& f) { return f.code == code; }));
  }
  /// The line of the text's first occurrence.
  std::uint32_t line_of(const std::string& text) const {
    const auto at = xsd.find(text);
    REQUIRE(at != xsd.npos);
    return static_cast<std::uint32_t>(std::count(xsd.begin(), xsd.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
  }
  std::string told() const {
    std::string out;
    for (const auto& each : findings) out += each.code + " " + std::to_string(each.line) + " " + each.message + "\n";
    return out;
  }
};

inline Compiled compile(const std::string& xsd) {
  std::string folder = (fs::temp_directory_path() / "wayleave-guide-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()));
  std::ofstream(folder + "/guide.xsd") << xsd;
  fs::copy_file(schemas / "edi-types.xsd", folder + "/edi-types.xsd");
  schema::Library library(schema::SearchPath{{folder}});
  const auto loaded = library.load("guide.xsd");
  fs::remove_all(folder);
  if (!loaded.schema) FAIL((loaded.findings.empty() ? "" : loaded.findings[0].message));
  REQUIRE(is_guide(*loaded.schema));
  Compiled out{compile_guide(loaded.schema), xsd};
  for (const auto& each : out.findings) {
    CHECK(each.message.size() > 10);
    CHECK(fs::path(each.in).filename() == "guide.xsd");
  }
  CHECK((out.guide == nullptr) == has_errors(out.findings));
  return out;
}

inline const std::string x12_head = R"(edi:standard="X12" edi:version="004010" edi:set="850" edi:group="PO")";
inline const std::string edifact_head = R"(edi:standard="EDIFACT" edi:version="D.96A" edi:set="ORDERS")";

/// A guide whose message has `segments`; `more` are global types.
inline std::string guide(const std::string& segments, const std::string& more = {}, const std::string& head = x12_head,
                         const std::string& root = "TS850") {
  return R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:edi="urn:wayleave:edi:1" xmlns="urn:test" targetNamespace="urn:test"
 elementFormDefault="qualified" )" + head + R"(>
<xs:import namespace="urn:wayleave:edi:1" schemaLocation="edi-types.xsd"/>
<xs:element name=")" + root + R"("><xs:complexType><xs:sequence>
)" + segments + R"(
</xs:sequence></xs:complexType></xs:element>
)" + more + R"(
<xs:complexType name="BEG"><xs:sequence>
<xs:element name="BEG01" edi:de="353" type="edi:ID"/>
</xs:sequence></xs:complexType>
<xs:complexType name="REF"><xs:sequence>
<xs:element name="REF01" edi:de="128"><xs:simpleType><xs:restriction base="edi:ID"><xs:enumeration value="CO"/><xs:enumeration value="DP"/>
</xs:restriction></xs:simpleType></xs:element>
<xs:element name="REF02" edi:de="127" type="edi:AN" minOccurs="0"/>
</xs:sequence></xs:complexType>
</xs:schema>)";
}

inline const std::string beg = R"(<xs:element name="BEG" type="BEG" edi:pos="1/020"/>)";

/// One data element more, TST01, with these attributes and this content.
inline Compiled with_element(const std::string& attributes, const std::string& content = {}) {
  return compile(guide(beg + R"(<xs:element name="TST" type="TST" minOccurs="0"/>)",
                       "<xs:complexType name=\"TST\"><xs:sequence>\n<xs:element name=\"TST01\" " + attributes + ">" + content +
                           "</xs:element>\n</xs:sequence></xs:complexType>"));
}

inline std::string restricted(const std::string& base, const std::string& facets, const std::string& attributes = {}) {
  return "<xs:simpleType " + attributes + "><xs:restriction base=\"" + base + "\">" + facets + "</xs:restriction></xs:simpleType>";
}

/// The complexType of the segment TST, three elements, with these attributes.
inline Compiled with_segment_type(const std::string& attributes) {
  return compile(guide(beg + R"(<xs:element name="TST" type="TST" minOccurs="0"/>)", "<xs:complexType name=\"TST\" " + attributes + R"(><xs:sequence>
<xs:element name="TST01" edi:de="1" type="edi:AN" minOccurs="0"/>
<xs:element name="TST02" edi:de="2" type="edi:AN" minOccurs="0"/>
<xs:element name="TST03" edi:de="3" type="edi:R" minOccurs="0"/>
</xs:sequence></xs:complexType>)"));
}

/// REF with these variants, `attributes` on its element.
inline Compiled with_variants(const std::string& variants, const std::string& attributes = "minOccurs=\"0\" maxOccurs=\"9\"") {
  return compile(guide(beg + "\n<xs:element name=\"REF\" type=\"REF\" " + attributes + "><xs:annotation><xs:appinfo>" + variants +
                       "</xs:appinfo></xs:annotation></xs:element>"));
}

inline void only(const Compiled& compiled, std::string_view code, Severity severity, const std::string& at, const std::string& words) {
  INFO(compiled.told());
  REQUIRE(compiled.findings.size() == 1);
  const auto& finding = compiled.findings[0];
  CHECK(finding.code == code);
  CHECK(finding.severity == severity);
  if (!at.empty()) CHECK(finding.line == compiled.line_of(at));
  CHECK_THAT(finding.message + " | " + finding.found + " | " + finding.expected + " | " + finding.fix, Catch::Contains(words));
}

inline const Element& element_at(const Guide& guide, std::uint32_t segment, unsigned position) {
  REQUIRE(position <= guide.segments[segment].element_count);
  return guide.elements[guide.segments[segment].first_element + position - 1];
}

inline std::string name(const Spot& spot) { return std::string(names::local(spot.name)); }

inline constexpr auto error = Severity::error;
inline constexpr auto warning = Severity::warning;

}  // namespace guides
