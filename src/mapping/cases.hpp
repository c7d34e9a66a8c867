#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mapping/map.hpp"

namespace wayleave::mapping {

/// A case beside a map: a folder with `in.xml` (of a map that reads a guide: or `in.edi`, an interchange with one message of
/// it), `expect.xml` unless the document is to be refused, and a `case.xml`
/// (urn:wayleave:case:1) with what the map asks for beside its document:
///   <case now="2025-03-14T10:00:00Z"> <partner name value/> <message name value/> <param name value/>
///     <sequence name next/> <state kind id href/> <linked name href/> <finding code line path/> </case>
/// Nothing said: 2001-01-01T00:00:00Z, every sequence at 1, nothing else.
struct CaseOutcome {
  bool passed = false;
  std::string why;                         ///< what differs, for people; empty when passed
  std::vector<std::string> outputs;        ///< what the map made; empty when it refused
  Findings findings;                       ///< what the map said
  bool ran = false;                        ///< false: the case itself cannot be used
  bool findings_differ = false;            ///< from those of case.xml
};

class Observer;

/// `acme.cases/` beside acme.overlay.xml, or beside acme.map.xml where there is one; else `cases/` beside the map.
std::filesystem::path folder_of_cases(const std::filesystem::path& map_file);
/// The cases of a map file, by name.
std::vector<std::filesystem::path> cases_of(const std::filesystem::path& map_file);
/// `in.xml`, or `in.edi` where only that is there.
std::string name_of_input(const std::filesystem::path& folder);
/// `expect.xml`; of a map that splits `expect.1.xml` and so on.
std::string expected_name(const Map& map, std::size_t index);
/// Reads and validates the input by the map's source schema, runs, validates the output by the target schema, compares with
/// what is expected as canonical XML.
CaseOutcome run_case(const Map& map, const std::filesystem::path& folder, Observer* observer = nullptr);
/// What case.xml says that the map may ask; what there is when there is none.
std::shared_ptr<const Context> context_of_case(const std::filesystem::path& folder);

}  // namespace wayleave::mapping
