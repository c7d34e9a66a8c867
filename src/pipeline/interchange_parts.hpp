#pragma once

#include "formats/edi/acknowledge.hpp"
#include "pipeline/interchange.hpp"

/// What the two ways of taking interchanges (in memory, from a file) share; nobody else's business.
namespace wayleave::pipeline {

/// What becomes of one set.
struct InterchangeFlow::Fate {
  bool acknowledgment = false;         ///< a 997, 999 or CONTRL: nothing to keep but what it says
  bool accepted = false;               ///< by syntax and guide; what a 997 says
  bool refused = false;                ///< accepted as such, refused by the business: 824, APERAK
  bool duplicate = false;              ///< all of it was accepted before
  std::string kind, key, agreement;
  Findings findings;
  std::vector<Canonical> documents;
  const Agreement* admitted = nullptr;
};

/// What becomes of the sets of an interchange that is not refused as a whole.
struct InterchangeFlow::Judged {
  std::vector<Fate> sets;
  edi::AckKind ack = edi::AckKind::by_version;
};

/// What a submission came to, while it is put together.
struct InterchangeFlow::Tally {
  std::vector<JudgedDocument> report;
  std::size_t accepted = 0, rejected = 0, duplicates = 0, findings = 0;
  bool deliver = false;
  static constexpr std::size_t most_findings = 2000;   // of a report; more are counted

  void tell(JudgedDocument document) {
    findings += document.findings.size() + document.more;
    if (findings <= most_findings) report.push_back(std::move(document));
  }
  void add(Tally other) {
    accepted += other.accepted, rejected += other.rejected, duplicates += other.duplicates;
    deliver |= other.deliver;
    const auto counted = findings + other.findings;
    for (auto& each : other.report) tell(std::move(each));
    findings = counted;
  }
  std::string_view status(bool refused) const {
    if (refused || (rejected && !accepted)) return "rejected";
    if (rejected) return "partly";
    return duplicates && duplicates == accepted ? "duplicate" : "accepted";
  }
};

/// Flaws as findings; `lines` of the interchange's bytes, null where nobody has them at hand. `begin`: where it begins.
Findings located(const TakenInterchange& taken, const edi::Flaws& flaws, bool advanced, const LineIndex* lines, std::uint64_t begin);
/// Is the group's acknowledgment a 999?
bool implementation(const TakenInterchange& taken, const TakenSet& set);
/// Is this agreement about such sets? A version may be longer than the agreed one: 004010VICS.
bool speaks(const Agreement& agreement, edi::Standard standard, const edi::SetHead& head);
/// A flaw of the ISA or UNB.
edi::Flaw envelope_flaw(const TakenInterchange& taken, edi::Cause cause, unsigned element, std::string bad, std::string message, std::string fix);
/// The control number was used before for something else.
void add_duplicate(TakenInterchange& taken, const std::string& receipt);

}  // namespace wayleave::pipeline
