#include <algorithm>
#include <cstdio>
#include <tuple>

#include "formats/edi/acknowledge.hpp"
#include "formats/edi/text_lines.hpp"

// Functional Acknowledgment 997:        ST AK1 { AK2 { AK3 { AK4 } } AK5 } AK9 SE
// Implementation Acknowledgment 999:    ST AK1 { AK2 { IK3 { IK4 } } IK5 } AK9 SE
// Interchange Acknowledgment:           TA1*control*date*time*code*note
// Application Advice 824:               ST BGN { OTI REF { TED } } SE
namespace wayleave::edi {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text.substr(0, width));
  out.resize(width, ' ');
  return out;
}

std::string number(std::uint32_t value, int width) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*u", width, value);
  return text;
}

/// Flaws of one segment stand together, in the order of segments, those of its elements last and in their order.
std::vector<const Flaw*> by_segment(const Flaws& flaws) {
  std::vector<const Flaw*> sorted;
  for (const auto& flaw : flaws) sorted.push_back(&flaw);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Flaw* a, const Flaw* b) {
    return std::tie(a->segment, a->element, a->component, a->repetition) < std::tie(b->segment, b->element, b->component, b->repetition);
  });
  return sorted;
}

/// What is echoed must fit where it is echoed, even when it is what was wrong: filled with blanks or cut.
std::string fitted(std::string text, std::size_t least, std::size_t most, std::string_view otherwise) {
  if (text.find_first_not_of(' ') >= std::min(most, text.size())) text = otherwise;
  text.resize(std::clamp(text.size(), least, most), ' ');
  return text;
}

/// A number of that width at most; 0 where it is none.
std::string numeric(std::string_view text, std::size_t most) {
  const bool digits = !text.empty() && text.size() <= most && text.find_first_not_of("0123456789") == text.npos;
  return digits ? std::string(text) : "0";
}

std::string qualifier(std::string_view text) {
  const bool good = text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                    });
  return good ? std::string(text) : "ZZ";
}

}  // namespace

void Acknowledger::x12_set(const SetHead& head, const Flaws& flaws, Fate fate) {
  if (group_.code == "FA") return;       // an acknowledgment is never acknowledged
  const bool advanced = implementation();
  if (count_ == 0) {
    segment(open_, {"ST", advanced ? "999" : "997", number(made_ + 1, 4), advanced ? "005010X231A1" : ""});
    segment(open_, {"AK1", fitted(safe(group_.code), 2, 2, "??"), numeric(group_.control, 9), advanced ? safe(group_.version, 12) : ""});
    count_ = 2;
  }
  segment(
      open_, {"AK2", fitted(safe(head.set), 3, 3, "000"), fitted(safe(head.control), 4, 9, "0000"), advanced ? safe(head.implementation, 35) : ""}
  );
  ++count_;
  std::vector<std::string_view> codes;
  bool noted = false;
  if (!flaws.empty()) [[unlikely]] {
    const auto sorted = by_segment(flaws);
    const Flaw* shown = nullptr;         // the segment that has its AK3 with code 8
    std::uint32_t elements = 0;          // AK4 below it, of which there may be 99
    for (const auto* flaw : sorted) {
      const auto& said = saying(flaw->cause);
      const auto ak3 = advanced ? said.ik3 : said.ak3, ak4 = advanced ? said.ik4 : said.ak4, ak5 = advanced ? said.ik5 : said.ak5;
      if (fate == Fate::rejected && flaw->severity == Severity::error && !ak5.empty() && codes.size() < 5 &&
          std::find(codes.begin(), codes.end(), ak5) == codes.end())
        codes.push_back(ak5);
      if (ak3.empty()) continue;
      noted = true;
      const bool same = shown && shown->segment == flaw->segment && shown->id == flaw->id && !ak4.empty();
      if (!same) {
        segment(open_, {advanced ? "IK3" : "AK3", ak3_id(*flaw), ak3_position(*flaw), safe(flaw->loop, advanced ? 4 : 6), ak3});
        ++count_;
        shown = ak4.empty() ? nullptr : flaw;
        elements = 0;
      }
      if (ak4.empty() || ++elements > 99) continue;
      segment(open_, {advanced ? "IK4" : "AK4", ak4_position(*flaw, advanced), ak4_number(*flaw), ak4, safe(flaw->bad)});
      ++count_;
    }
  }
  codes.resize(5);
  if (fate == Fate::accepted && noted) group_noted_ = true;
  segment(open_, {advanced ? "IK5" : "AK5", fate == Fate::rejected ? "R" : noted ? "E" : "A", codes[0], codes[1], codes[2], codes[3], codes[4]});
  ++count_;
}

void Acknowledger::x12_group_end(const GroupEnd& end) {
  if (group_.code == "FA") return;
  const bool advanced = implementation();
  if (count_ == 0) {
    segment(open_, {"ST", advanced ? "999" : "997", number(made_ + 1, 4), advanced ? "005010X231A1" : ""});
    segment(open_, {"AK1", fitted(safe(group_.code), 2, 2, "??"), numeric(group_.control, 9), advanced ? safe(group_.version, 12) : ""});
    count_ = 2;
  }
  std::vector<std::string_view> codes;
  for (const auto& flaw : end.flaws) {
    const auto code = saying(flaw.cause).ak9;
    if (!code.empty() && codes.size() < 5 && std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
  }
  codes.resize(5);
  const auto accepted = end.refused() ? 0 : group_accepted_;
  const auto verdict = end.refused() || (accepted == 0 && group_sets_) ? "R" : accepted < group_sets_ ? "P" : group_noted_ ? "E" : "A";
  auto six = [](std::uint64_t n) { return std::to_string(std::min<std::uint64_t>(n, 999'999)); };
  segment(open_, {"AK9", verdict, six(end.declared_sets), six(end.sets), six(accepted), codes[0], codes[1], codes[2], codes[3], codes[4]});
  segment(open_, {"SE", std::to_string(count_ + 2), number(made_ + 1, 4)});
  // What was taken set by set is not taken after all.
  if (end.refused()) open_.replace(advanced ? "IK5*" : "AK5*", 'R');
  body_.take(open_);
  kinds_.push_back(advanced);
  ++made_;
  (advanced ? any_implementation_ : any_plain_) = true;
}

void Acknowledger::x12_finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink) {
  const bool whole = !end.refused();
  Pieces out;
  const bool digits = head_.version.find_first_not_of("0123456789") == head_.version.npos;
  const std::string version = digits && head_.version.size() == 5 && head_.version >= "00200" && head_.version <= "00801" ? head_.version : "00401";
  const auto date6 = std::string_view(numbers.date8).substr(2);
  // Something must stand there even when the interchange did not say it.
  const auto we = fitted(safe(head_.receiver.id), 2, 15, "UNKNOWN"), they = fitted(safe(head_.sender.id), 2, 15, "UNKNOWN");
  const auto answered = numeric(head_.control, 9);
  out.append(
      "ISA*00*          *00*          *" + qualifier(head_.receiver.qualifier) + "*" + padded(we, 15) + "*" + qualifier(head_.sender.qualifier) +
      "*" + padded(they, 15) + "*" + std::string(date6) + "*" + numbers.time4 + "*" + (version >= "00402" ? "^" : "U") + "*" + version + "*" +
      padded(numbers.interchange, 9) + "*0*" + (head_.test ? "T" : "P") + "*:~\n"
  );
  if (!whole || head_.ack_requested) {
    std::string_view note = "000";
    bool noted = false;
    for (const auto& flaw : end.flaws) {
      if (flaw.severity != Severity::error && noted) continue;
      if (!saying(flaw.cause).ta1.empty()) {
        note = saying(flaw.cause).ta1;
        noted = true;
        if (flaw.severity == Severity::error) break;
      }
    }
    segment(
        out, {"TA1", std::string(9 - answered.size(), '0') + answered, fitted(safe(head_.date), 6, 6, "000000"),
              fitted(safe(head_.time), 4, 4, "0000"), whole ? (noted ? "E" : "A") : "R", note}
    );
  }
  std::uint32_t groups = 0;
  auto begin_group = [&](std::string_view code, std::string_view group_version) {
    const auto control = groups ? std::to_string((4 + groups) * 100'000'000ul + std::stoul(numbers.group) % 100'000'000) : numbers.group;
    ++groups;
    // Addressed back to the application that sent the group, which need not have the interchange's number.
    const auto from = group_receiver_.empty() ? we : fitted(safe(group_receiver_), 2, 15, we),
               to = group_sender_.empty() ? they : fitted(safe(group_sender_), 2, 15, they);
    segment(out, {"GS", code, from, to, numbers.date8, numbers.time4, control, "X", group_version});
    return control;
  };
  if (whole && made_) {
    // One group a kind; the sets were made one behind the other, their kinds rarely differ.
    std::string all;
    const bool both = any_implementation_ && any_plain_;
    if (!both) {
      const auto control = begin_group("FA", any_implementation_ ? "005010X231A1" : "004010");
      out.take(body_);
      segment(out, {"GE", std::to_string(made_), control});
    } else {
      body_.drain([&](std::string_view piece) { all += piece; });
      for (const bool advanced : {false, true}) {
        const auto control = begin_group("FA", advanced ? "005010X231A1" : "004010");
        std::size_t at = 0, sets = 0;
        for (const bool kind : kinds_) {
          const auto trailer = all.find("\nSE*", at);
          const auto stop = all.find('\n', trailer + 1) + 1;
          if (kind == advanced) out.append(std::string_view(all).substr(at, stop - at)), ++sets;
          at = stop;
        }
        segment(out, {"GE", std::to_string(sets), control});
      }
    }
  }
  if (whole && !refused_.empty()) {
    const auto control = begin_group("AG", "004010");
    std::uint32_t made = 0;
    for (const auto& refused : refused_) {
      const auto st = number(++made, 4);
      std::uint32_t count = 5;
      segment(out, {"ST", "824", st});
      segment(out, {"BGN", "00", safe(head_.control) + "-" + st, numbers.date8, numbers.time4});
      const auto& document = refused.refusal.document;
      const auto& set = refused.head.set;
      const auto number_of = document.empty() ? "TN" : set == "850" || set == "860" ? "PO" : set == "204" ? "SI" : "TN";
      segment(
          out, {"OTI", "TR", number_of, safe(document.empty() ? refused.head.control : document).substr(0, 30), "", "", "",
                "", safe(refused.group.control), safe(refused.head.control), safe(set)}
      );
      for (const auto& reason : refused.refusal.reasons) {
        segment(out, {"TED", "ZZZ", text_lines(safe(reason.text, 200), 60, 1)[0]});
        ++count;
        for (const auto& line : text_lines(safe(reason.code + " " + reason.text, 2000), 80, 100)) {
          segment(out, {"NTE", "ERN", line});
          ++count;
        }
      }
      segment(out, {"SE", std::to_string(count - 1), st});
    }
    segment(out, {"GE", std::to_string(made), control});
  }
  segment(out, {"IEA", std::to_string(groups), padded(numbers.interchange, 9)});
  out.drain(sink);
}

}  // namespace wayleave::edi
