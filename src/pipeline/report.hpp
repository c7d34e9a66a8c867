#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/finding.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

/// `<receipt xmlns="urn:wayleave:receipt:1" …>` for one accepted document.
std::string receipt_xml(
  std::string_view id, Time received, std::string_view status, std::string_view document, std::string_view kind, std::string_view key,
  store::Status document_status, bool test
);
/// The receipt of what is about to be accepted; `status` as receipts have it.
std::string receipt_xml(const store::Acceptance& unit, std::string_view status = "accepted");
/// Today's receipt of what the store knows.
std::string receipt_xml(const store::ReceiptRecord& receipt);

/// `<report xmlns="urn:wayleave:report:1" …>` with all findings; `canonical`: the mapped documents of a dry run.
std::string report_xml(
  std::string_view id, std::string_view status, std::string_view kind, std::string_view key, const Findings& findings,
  std::string_view canonical = {}
);

/// One document of a submission that has several.
struct JudgedDocument {
  std::string kind, key;
  std::string id;                        ///< empty: not kept
  Findings findings;
  std::string canonical;                 ///< dry run
  std::string status = {};               ///< accepted, rejected; empty: as the report says
  std::size_t more = 0;                  ///< findings beyond those that are listed
};
std::string report_xml(std::string_view id, std::string_view status, const std::vector<JudgedDocument>& documents);

/// The report as a person reads it: numbered, what was found where, excerpt with carets, how to mend it. `report` is a
/// report's XML, `source` the document it judges (may be empty).
std::string report_text(const std::string& report, std::string_view source, Time received);

}  // namespace wayleave::pipeline
