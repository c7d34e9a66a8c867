#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "formats/edi/acknowledged.hpp"
#include "formats/edi/interchange.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::pipeline {

/// A set as it was read, before anybody asked what it is for.
struct TakenSet {
  edi::SetHead head;
  std::size_t group = 0;                 ///< index into TakenInterchange::groups
  edi::Flaws flaws;
  std::uint32_t more_flaws = 0;          ///< counted, not kept
  std::optional<Document> document;
  std::uint64_t length = 0;
  bool accepted = false;                 ///< by syntax and guide
  std::vector<edi::Acknowledged> acknowledged;   ///< of a 997, 999, CONTRL
};

struct TakenGroup {
  std::optional<edi::GroupHead> head;    ///< absent: an interchange without groups
  edi::GroupEnd end;
};

/// One interchange, read whole; nothing of it has taken effect.
struct TakenInterchange {
  edi::InterchangeHead head;
  edi::InterchangeEnd end;
  std::vector<TakenGroup> groups;
  std::vector<TakenSet> sets;
  std::vector<edi::TechnicalAck> technical;
};

struct Taken {
  std::vector<TakenInterchange> interchanges;
  edi::Flaws strays;                     ///< bytes that belong to no interchange
};

/// Keeps what a reader tells.
class Gatherer : public edi::Listener {
 public:
  Taken taken;

  void interchange(const edi::InterchangeHead& head) override {
    taken.interchanges.emplace_back().head = head;
    open().groups.emplace_back();
    grouped_ = false;
  }
  void group(const edi::GroupHead& head) override {
    if (grouped_) open().groups.emplace_back();
    open().groups.back().head = head;
    grouped_ = true;
  }
  void set(edi::SetReading&& set) override {
    auto& kept = open().sets.emplace_back();
    kept.group = open().groups.size() - 1;
    kept.accepted = set.accepted();
    kept.length = set.length;
    kept.more_flaws = set.more_flaws;
    if (edi::is_acknowledgment(open().head.standard, set.head.set))
      kept.acknowledged = edi::read_acknowledgment(open().head.standard, set.bytes, open().head.delimiters);
    kept.head = std::move(set.head);
    kept.flaws = std::move(set.flaws);
    kept.document = std::move(set.document);
  }
  void group_end(const edi::GroupEnd& end) override { open().groups.back().end = end; }
  void interchange_end(const edi::InterchangeEnd& end) override { open().end = end; }
  void stray(const edi::Flaw& flaw) override { taken.strays.push_back(flaw); }
  void technical(const edi::TechnicalAck& ack) override { open().technical.push_back(ack); }

  /// The sets gathered since the last call, with the heads and ends of `whole`, which was read before.
  TakenInterchange portion(const TakenInterchange& whole) {
    TakenInterchange part;
    part.head = whole.head;
    part.end = whole.end;
    part.groups = whole.groups;
    if (taken.interchanges.empty()) return part;
    part.sets = std::move(open().sets);
    part.technical = std::move(open().technical);
    open().sets.clear();
    open().technical.clear();
    return part;
  }

 private:
  TakenInterchange& open() { return taken.interchanges.back(); }
  bool grouped_ = false;
};

/// Reads all interchanges of a submission by the guides that the partner's agreements name.
Taken take(std::string_view bytes, const edi::Guides& guides, const edi::ReadLimits& limits);

}  // namespace wayleave::pipeline
