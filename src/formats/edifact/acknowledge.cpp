#include <algorithm>
#include <tuple>

#include "formats/edi/acknowledge.hpp"
#include "formats/edi/text_lines.hpp"

// CONTRL, ISO 9735-4 (syntax version 4: CONTRL 4:1; syntax versions 1 to 3: CONTRL D:3):
//   UNH UCI { UCF { UCM { UCS { UCD } } } } UNT, groups only where the interchange has them.
//   Action codes 0083: 4 this level and all below rejected, 7 acknowledged, what is below too unless said otherwise.
// APERAK D.96A: UNH BGM { ERC FTX { RFF } } UNT.
namespace wayleave::edi {
namespace {

constexpr std::string_view refused_code = "4", taken_code = "7";

}  // namespace

void Acknowledger::edifact_set(const SetHead& head, const Flaws& flaws, Fate fate) {
  ++sets_;
  if (head.set == "CONTRL") {
    ++contrls_;
    return;
  }
  auto& to = grouped_ ? open_ : body_;
  auto& count = grouped_ ? open_count_ : count_;
  const bool v4 = head_.version == "4";
  const auto dot = head.version.find('.');
  auto identifier = must(head.set, 6, "0") + ":" + must(head.version.substr(0, dot), 3, "0") + ":" +
                    must(dot == head.version.npos ? "" : head.version.substr(dot + 1), 3, "0") + ":" + must(head.agency, v4 ? 3 : 2, "UN");
  if (!head.association.empty()) identifier += ":" + safe(head.association, 6);
  // What concerns the message as a whole stands in its UCM.
  std::string_view code, where;
  for (const auto& flaw : flaws) {
    if (flaw.severity != Severity::error || !saying(flaw.cause).ak3.empty() || flaw.cause == Cause::count_wrong) continue;
    code = contrl_code(flaw, v4);
    where = contrl_place(flaw);
    break;
  }
  const auto verdict = fate == Fate::accepted ? taken_code : refused_code;
  segment(
      to, {"UCM", must(head.control, 14, "0"), identifier, verdict, fate == Fate::accepted ? std::string_view() : code,
           fate == Fate::accepted ? std::string_view() : where}
  );
  ++count;
  ++made_;
  if (fate == Fate::accepted) return;
  std::vector<const Flaw*> sorted;
  for (const auto& flaw : flaws)
    if (flaw.severity == Severity::error && (!saying(flaw.cause).ak3.empty() || flaw.cause == Cause::count_wrong)) sorted.push_back(&flaw);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Flaw* a, const Flaw* b) {
    return std::tie(a->segment, a->element, a->component, a->repetition) < std::tie(b->segment, b->element, b->component, b->repetition);
  });
  std::string shown;                     // the segment that has its UCS, for its UCD
  std::uint32_t elements = 0;            // of which there may be 99
  for (const auto* flaw : sorted) {
    const auto contrl = contrl_code(*flaw, v4);
    const auto position = contrl_segment(*flaw);
    if (flaw->element == 0 || shown != position) {
      segment(to, {"UCS", position, flaw->element == 0 ? contrl : std::string_view()});
      ++count;
      shown = position;
      elements = 0;
    }
    if (flaw->element == 0 || ++elements > 99) continue;
    segment(to, {"UCD", contrl, contrl_position(*flaw, v4)});
    ++count;
  }
}

void Acknowledger::edifact_group_end(const GroupEnd& end) {
  std::string_view code, where;
  for (const auto& flaw : end.flaws) {
    if (flaw.severity != Severity::error) continue;
    code = contrl_code(flaw, head_.version == "4");
    where = contrl_place(flaw);
    break;
  }
  auto identity = [&](const Identity& group, const Identity& interchange) {
    const auto& i = group.id.empty() ? interchange : group;
    return must(i.id, 35, "UNKNOWN") + (i.qualifier.empty() ? "" : ":" + safe(i.qualifier, 4));
  };
  segment(
      body_, {"UCF", must(group_.control, 14, "0"), identity(group_.sender, head_.sender), identity(group_.receiver, head_.receiver),
              end.refused() ? refused_code : taken_code, code, where}
  );
  ++count_;
  if (!end.refused()) {
    body_.take(open_);
    count_ += open_count_;
  }
  open_.clear();
}

void Acknowledger::edifact_finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink) {
  const bool whole = !end.refused();
  const bool v4 = head_.version == "4";
  auto identity = [&](const Identity& i) {
    auto out = must(i.id, 35, "UNKNOWN");
    if (!i.qualifier.empty() || !i.internal.empty()) out += ":" + safe(i.qualifier, 4);
    if (!i.internal.empty()) out += ":" + safe(i.internal, v4 ? 35 : 14);
    return out;
  };
  std::string_view code, where;
  for (const auto& flaw : end.flaws) {
    if (flaw.severity != Severity::error) continue;
    code = contrl_code(flaw, v4);
    where = contrl_place(flaw);
    break;
  }
  Pieces out;
  const auto control = safe(numbers.interchange);
  const auto date = v4 ? numbers.date8 : numbers.date8.substr(2);
  // UNOC came with syntax version 3.
  const std::string syntax = std::string(head_.version == "1" || head_.version == "2" ? "UNOB:" : "UNOC:") +
                             std::string(head_.version.size() == 1 && head_.version >= "1" && head_.version <= "4" ? head_.version : "3");
  segment(
      out, {"UNB", syntax, identity(head_.receiver), identity(head_.sender), date + ":" + numbers.time4, control, "", "", "", "", "",
            head_.test ? "1" : ""}
  );
  std::uint32_t messages = 1;
  segment(out, {"UNH", "1", v4 ? "CONTRL:4:1:UN" : "CONTRL:D:3:UN"});
  segment(
      out, {"UCI", must(head_.control, 14, "0"), identity(head_.sender), identity(head_.receiver), whole ? taken_code : refused_code, code, where}
  );
  if (whole) out.take(body_);
  segment(out, {"UNT", std::to_string(3 + (whole ? count_ : 0)), "1"});
  if (whole) {
    for (const auto& refused : refused_) {
      const auto reference = std::to_string(++messages);
      std::uint32_t count = 3;
      segment(out, {"UNH", reference, "APERAK:D:96A:UN"});
      segment(out, {"BGM", "963", safe(head_.control).substr(0, 25) + "-" + reference, "27"});
      for (const auto& reason : refused.refusal.reasons) {
        segment(out, {"ERC", safe(reason.code).substr(0, 8) + "::ZZZ"});
        // Nine characters of a code do not fit there, so the text begins with all of it.
        std::string text;
        for (const auto& line : text_lines(reason.code + ": " + reason.text, 70, 5)) text += (text.empty() ? "" : ":") + safe(line);
        segment(out, {"FTX", "AAO", "", "", text});
        const auto& document = refused.refusal.document;
        const bool order = !document.empty() && refused.head.set.starts_with("ORD");
        segment(out, {"RFF", (order ? "ON:" : "ACW:") + safe(document.empty() ? refused.head.control : document).substr(0, 35)});
        count += 3;
      }
      segment(out, {"UNT", std::to_string(count), reference});
    }
  }
  segment(out, {"UNZ", std::to_string(messages), control});
  out.drain(sink);
}

}  // namespace wayleave::edi
