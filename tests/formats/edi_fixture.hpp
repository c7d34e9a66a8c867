#pragma once

#include <string>
#include <vector>

#include "formats/edi/interchange.hpp"
#include "formats/edi/write.hpp"

/// Guides, trees and readings for the EDI tests of this room.
namespace fixture {

/// tests/formats/edi/NAME.xsd or schemas/NAME.xsd, compiled; fails the test when that does not work.
wayleave::edi::GuidePtr guide(const std::string& name);
/// A tree of the guide from the XML of its content, `<BEG>…</BEG><PO1>…`; fails the test when it is not well-formed.
wayleave::Document tree(const wayleave::edi::Guide& guide, const std::string& content);
/// Every guide that is shipped, as names for guide().
std::vector<std::string> shipped_guides();

/// Keeps what a Reader tells.
struct Heard : wayleave::edi::Listener {
  struct Set {
    wayleave::edi::SetReading reading;
    std::string bytes;
  };
  std::vector<wayleave::edi::InterchangeHead> interchanges;
  std::vector<wayleave::edi::GroupHead> groups;
  std::vector<Set> sets;
  wayleave::edi::Flaws flaws;  ///< of everything

  void interchange(const wayleave::edi::InterchangeHead& head) override { interchanges.push_back(head); }
  void group(const wayleave::edi::GroupHead& head) override { groups.push_back(head); }
  void set(wayleave::edi::SetReading&& set) override;
  void group_end(const wayleave::edi::GroupEnd& end) override { take(end.flaws); }
  void interchange_end(const wayleave::edi::InterchangeEnd& end) override { take(end.flaws); }
  void stray(const wayleave::edi::Flaw& flaw) override { flaws.push_back(flaw); }
  /// The flaws in a few words, for messages of tests.
  std::string words() const;

 private:
  void take(const wayleave::edi::Flaws& more) { flaws.insert(flaws.end(), more.begin(), more.end()); }
};
void read(const std::string& bytes, const wayleave::edi::Guides& guides, wayleave::edi::Listener& heard);

}  // namespace fixture
