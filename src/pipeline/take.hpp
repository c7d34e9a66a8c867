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

/// Reads all interchanges of a submission by the guides that the partner's agreements name.
Taken take(std::string_view bytes, const edi::Guides& guides, const edi::ReadLimits& limits);

}  // namespace wayleave::pipeline
