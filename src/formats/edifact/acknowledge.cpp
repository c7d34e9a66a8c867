#include <algorithm>

#include "formats/edi/acknowledge.hpp"

// CONTRL, ISO 9735-4 (syntax version 4: CONTRL 4:1; syntax versions 1 to 3: CONTRL D:3):
//   UNH UCI { UCF { UCM { UCS { UCD } } } } UNT, groups only where the interchange has them.
//   Action codes 0083: 4 this level and all below rejected, 7 acknowledged, what is below too unless said otherwise.
// APERAK D.96A: UNH BGM { ERC FTX { RFF } } UNT.
namespace wayleave::edi {
namespace {

constexpr std::string_view refused_code = "4", taken_code = "7";

}  // namespace

void Acknowledger::edifact_set(const SetHead& head, const Flaws& flaws, Fate fate) {
  if (head.set == "CONTRL") return;
  auto& to = grouped_ ? open_ : body_;
  const bool v4 = head_.version >= "4";
  const auto dot = head.version.find('.');
  auto identifier = safe(head.set) + ":" + safe(head.version.substr(0, dot)) + ":" + safe(dot == head.version.npos ? "" : head.version.substr(dot + 1)) + ":" + safe(head.agency);
  if (!head.association.empty()) identifier += ":" + safe(head.association);
  // What concerns the message as a whole stands in its UCM.
  std::string_view code, where;
  for (const auto& flaw : flaws) {
    if (flaw.severity != Severity::error || !saying(flaw.cause).ak3.empty() || flaw.cause == Cause::count_wrong) continue;
    code = saying(flaw.cause).contrl;
    where = flaw.id;
    break;
  }
  const auto verdict = fate == Fate::accepted ? taken_code : refused_code;
  segment(to, {"UCM", safe(head.control), identifier, verdict, fate == Fate::accepted ? std::string_view() : code, fate == Fate::accepted ? std::string_view() : where});
  ++count_;
  ++made_;
  if (fate == Fate::accepted) return;
  std::vector<const Flaw*> sorted;
  for (const auto& flaw : flaws)
    if (flaw.severity == Severity::error && (!saying(flaw.cause).ak3.empty() || flaw.cause == Cause::count_wrong)) sorted.push_back(&flaw);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Flaw* a, const Flaw* b) { return a->segment < b->segment; });
  const Flaw* shown = nullptr;
  for (const auto* flaw : sorted) {
    const auto contrl = saying(flaw->cause).contrl;
    if (flaw->element == 0) {
      segment(to, {"UCS", std::to_string(flaw->segment), contrl});
      ++count_;
      shown = nullptr;
      continue;
    }
    if (!shown || shown->segment != flaw->segment) {
      segment(to, {"UCS", std::to_string(flaw->segment)});
      ++count_;
      shown = flaw;
    }
    // 0098 counts the segment id as the first data element.
    auto position = std::to_string(flaw->element + 1);
    if (flaw->component || (v4 && flaw->repetition)) position += ":" + (flaw->component ? std::to_string(flaw->component) : std::string());
    if (v4 && flaw->repetition) position += ":" + std::to_string(flaw->repetition);
    segment(to, {"UCD", contrl, position});
    ++count_;
  }
}

void Acknowledger::edifact_group_end(const GroupEnd& end) {
  std::string_view code, where;
  for (const auto& flaw : end.flaws) {
    if (flaw.severity != Severity::error) continue;
    code = saying(flaw.cause).contrl;
    where = flaw.id;
    break;
  }
  auto identity = [&](const Identity& i) { return safe(i.id) + (i.qualifier.empty() ? "" : ":" + safe(i.qualifier)); };
  segment(body_, {"UCF", safe(group_.control), identity(group_.sender), identity(group_.receiver), end.refused() ? refused_code : taken_code, code, where});
  ++count_;
  if (!end.refused()) open_.each([&](std::string_view piece) { body_.append(piece); });
  open_.clear();
}

void Acknowledger::edifact_finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink) {
  const bool whole = !end.refused();
  const bool v4 = head_.version >= "4";
  auto identity = [&](const Identity& i) {
    auto out = safe(i.id);
    if (!i.qualifier.empty() || !i.internal.empty()) out += ":" + safe(i.qualifier);
    if (!i.internal.empty()) out += ":" + safe(i.internal);
    return out;
  };
  std::string_view code, where;
  for (const auto& flaw : end.flaws) {
    if (flaw.severity != Severity::error) continue;
    code = saying(flaw.cause).contrl;
    where = flaw.id;
    break;
  }
  Pieces out;
  const auto control = safe(numbers.interchange);
  const auto date = v4 ? numbers.date8 : numbers.date8.substr(2);
  const std::string syntax = "UNOC:" + std::string(v4 ? "4" : head_.version >= "1" && head_.version <= "3" ? head_.version : "3");
  segment(out, {"UNB", syntax, identity(head_.receiver), identity(head_.sender), date + ":" + numbers.time4, control, "", "", "", "", "", head_.test ? "1" : ""});
  std::uint32_t messages = 1;
  segment(out, {"UNH", "1", v4 ? "CONTRL:4:1:UN" : "CONTRL:D:3:UN"});
  segment(out, {"UCI", safe(head_.control), identity(head_.sender), identity(head_.receiver), whole ? taken_code : refused_code, code, where});
  if (whole) body_.each([&](std::string_view piece) { out.append(piece); });
  segment(out, {"UNT", std::to_string(3 + (whole ? count_ : 0)), "1"});
  if (whole) {
    for (const auto& refused : refused_) {
      const auto reference = std::to_string(++messages);
      std::uint32_t count = 3;
      segment(out, {"UNH", reference, "APERAK:D:96A:UN"});
      segment(out, {"BGM", "963", safe(head_.control).substr(0, 25) + "-" + reference, "27"});
      for (const auto& reason : refused.refusal.reasons) {
        segment(out, {"ERC", safe(reason.code).substr(0, 8) + "::ZZZ"});
        segment(out, {"FTX", "AAO", "", "", safe(reason.text.substr(0, 70))});
        segment(out, {"RFF", "ACW:" + safe(refused.refusal.document.empty() ? refused.head.control : refused.refusal.document).substr(0, 35)});
        count += 3;
      }
      segment(out, {"UNT", std::to_string(count), reference});
    }
  }
  segment(out, {"UNZ", std::to_string(messages), control});
  out.each(sink);
}

}  // namespace wayleave::edi
