#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/edi/interchange.hpp"

namespace wayleave::edi {

/// A text that grows in pieces, so that a long one never exists twice.
class Pieces {
 public:
  void append(std::string_view text);
  std::size_t size() const { return size_; }
  template <class Sink>
  void each(Sink sink) const {
    for (const auto& piece : pieces_) sink(std::string_view(piece));
  }
  void clear();
  /// What another holds, which is empty then.
  void take(Pieces& other);
  /// Gives every piece away and forgets it.
  template <class Sink>
  void drain(Sink sink) {
    for (auto& piece : pieces_) {
      sink(std::string_view(piece));
      piece = std::string();
    }
    clear();
  }
  /// The byte behind every `mark` at the start of a line becomes `with`. Precondition: lines were appended whole.
  void replace(std::string_view mark, char with);

 private:
  static constexpr std::size_t piece = 256u << 10;
  std::vector<std::string> pieces_;
  std::size_t size_ = 0;
};

enum class AckKind : std::uint8_t { by_version, f997, f999, contrl };

/// What an acknowledgment is numbered and dated with: the caller's, so that it can be durable.
struct AckNumbers {
  std::string interchange = "000000001";   ///< ISA13 (nine digits) or UNB 0020
  std::string group = "1";                 ///< GS06; further groups count on
  std::string date8 = "20010101", time4 = "0000";
};

/// Collects what became of an interchange and writes the acknowledgment: TA1, 997 or 999 (X12.5, X12.6 annex; X12 231),
/// CONTRL (ISO 9735-4), and 824 or APERAK for what was well-formed but refused by the business. In this order of calls:
/// interchange, then per group: group, sets, group_end (EDIFACT without groups: sets alone), finish. A set is reported as
/// accepted only where the caller says so. Nothing of a Reading is kept.
class Acknowledger {
 public:
  explicit Acknowledger(AckKind kind = AckKind::by_version) : kind_(kind) {}

  void interchange(const InterchangeHead& head);
  void group(const GroupHead& head);
  enum class Fate : std::uint8_t {
    accepted,
    rejected,          ///< by its flaws
  };
  void set(const SetHead& head, const Flaws& flaws, Fate fate);
  /// The set that was told last was accepted as such, but the business refuses it: goes into an 824 or APERAK.
  struct Refusal {
    std::string document;                  ///< the number the sender knows it by, PO-4711
    struct Reason {
      std::string code, text;
    };
    std::vector<Reason> reasons;
  };
  void refused(const SetHead& head, Refusal refusal);
  void group_end(const GroupEnd& end);
  /// True when something must be sent back: always but for an interchange that holds nothing to answer: only
  /// acknowledgments. Those are never acknowledged, or two gateways would answer each other for ever. (X12: groups FA, and no
  /// TA1 is asked for; EDIFACT: only CONTRL, not even one with mistakes.)
  bool due(const InterchangeEnd& end) const;
  /// How much finish() will give, but for envelopes.
  std::size_t size() const { return body_.size() + open_.size(); }
  /// The whole interchange, in pieces. After it everything is forgotten.
  void finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink);

  std::uint32_t accepted() const { return accepted_; }
  std::uint32_t rejected() const { return rejected_; }

 private:
  struct Made;
  // x12/acknowledge.cpp
  void x12_set(const SetHead& head, const Flaws& flaws, Fate fate);
  void x12_group_end(const GroupEnd& end);
  void x12_finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink);
  // edifact/acknowledge.cpp
  void edifact_set(const SetHead& head, const Flaws& flaws, Fate fate);
  void edifact_group_end(const GroupEnd& end);
  void edifact_finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink);
  void segment(Pieces& to, std::initializer_list<std::string_view> elements);
  std::string safe(std::string_view data, std::size_t most = 99) const;
  std::string must(std::string_view data, std::size_t most, std::string_view otherwise) const;
  bool implementation() const;

  AckKind kind_;
  InterchangeHead head_;
  GroupHead group_;
  std::string group_sender_, group_receiver_;   // X12: of the first group that is answered; the answer's group turns them round
  bool grouped_ = false;
  Pieces body_;                            // the sets of the groups so far, complete
  Pieces open_;                            // of the group under way
  std::string line_;
  std::uint32_t count_ = 0;                // segments of the set under way
  std::uint32_t open_count_ = 0;           // EDIFACT: of the group under way
  std::uint32_t made_ = 0;                 // acknowledgment sets
  std::uint32_t accepted_ = 0, rejected_ = 0;
  std::uint32_t group_accepted_ = 0, group_sets_ = 0;
  std::uint32_t sets_ = 0, contrls_ = 0;   // EDIFACT: of the interchange; those that are CONTRL
  bool group_noted_ = false, any_implementation_ = false, any_plain_ = false;
  std::vector<bool> kinds_;                // of each made set: a 999
  struct Refused {
    SetHead head;
    GroupHead group;
    Refusal refusal;
  };
  std::vector<Refused> refused_;
};

}  // namespace wayleave::edi
