#include "cli/edi.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <iostream>
#include <map>
#include <optional>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/workbench.hpp"
#include "formats/edi/acknowledge.hpp"
#include "formats/edi/report.hpp"

namespace wayleave::cli {
namespace {

/// Every interchange of the input becomes one acknowledgment; what is wrong goes to stderr as pages.
class Answering : public edi::Listener {
 public:
  Answering(edi::AckKind kind, edi::AckNumbers numbers, bool json) : ack_(kind), numbers_(std::move(numbers)), json_(json) {}
  void interchange(const edi::InterchangeHead& head) override {
    head_ = head;
    group_ = {};
    any = true;
    ack_.interchange(head);
  }
  void group(const edi::GroupHead& head) override {
    group_ = head;
    ack_.group(head);
  }
  void set(edi::SetReading&& set) override {
    const bool accepted = set.accepted();
    if (!accepted) refused = true;
    if (set.flaws.size() == 1 && set.flaws[0].cause == edi::Cause::no_guide) {
      ++unguided_[set.head.set + " " + set.head.version];
      set.flaws.clear();
    }
    if (!set.flaws.empty() && !json_) std::cerr << edi::set_page(head_, group_.control.empty() ? nullptr : &group_, set.head, set.flaws, set.bytes, set.head.offset, !accepted);
    if (!set.flaws.empty() && !json_ && set.more_flaws) std::cerr << "   … and " << set.more_flaws << " more\n";
    ack_.set(set.head, set.flaws, accepted ? edi::Acknowledger::Fate::accepted : edi::Acknowledger::Fate::rejected);
  }
  void group_end(const edi::GroupEnd& end) override {
    tell(end.flaws, "group " + group_.control);
    ack_.group_end(end);
  }
  void interchange_end(const edi::InterchangeEnd& end) override {
    tell(end.flaws, "interchange " + head_.control);
    if (!ack_.due(end)) return;
    auto numbers = numbers_;
    auto next = std::to_string(std::stoul(numbers_.interchange) + made_++);
    numbers.interchange = std::string(9 - std::min<std::size_t>(9, next.size()), '0') + next;
    if (head_.standard == edi::Standard::edifact) numbers.interchange = next;
    numbers.group = next;
    ack_.finish(end, numbers, [](std::string_view piece) { std::cout << piece; });
  }
  void stray(const edi::Flaw& flaw) override {
    if (flaw.severity == Severity::error) refused = true;
    std::cerr << edi::saying(flaw.cause).code << ": at byte " << flaw.offset << ": " << flaw.message << "; " << flaw.fix << '\n';
  }

  void tell_unguided() const {
    for (const auto& [what, count] : unguided_)
      std::cerr << "warning: " << what << " has no guide here: " << (count == 1 ? "it was" : std::to_string(count) + " sets were") << " checked on the syntax level only\n";
  }

  bool any = false, refused = false;

 private:
  void tell(const edi::Flaws& flaws, const std::string& what) {
    for (const auto& flaw : flaws) {
      if (flaw.severity == Severity::error) refused = true;
      const auto ack = edi::ack_text(flaw, head_.standard, false);
      std::cerr << what << (flaw.severity == Severity::error ? " REFUSED: " : ": ") << edi::saying(flaw.cause).code << ": " << flaw.message << (flaw.fix.empty() ? "" : "; " + flaw.fix)
                << (ack.empty() ? "" : "   [" + ack + "]") << '\n';
    }
  }

  edi::Acknowledger ack_;
  edi::AckNumbers numbers_;
  bool json_;
  edi::InterchangeHead head_;
  edi::GroupHead group_;
  std::uint32_t made_ = 0;
  std::map<std::string, std::uint32_t> unguided_;
};

edi::AckNumbers numbers_now(const std::string& control, const std::string& now) {
  edi::AckNumbers numbers;
  numbers.interchange = control;
  if (now.size() == 12) {
    numbers.date8 = now.substr(0, 8);
    numbers.time4 = now.substr(8);
    return numbers;
  }
  const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d%H%M", &parts);
  numbers.date8.assign(text, 8);
  numbers.time4.assign(text + 8, 4);
  return numbers;
}

struct AckAsked {
  std::string as, file, control = "1", now;
  std::vector<std::string> guides;
};

int acknowledge(const AckAsked& asked) {
  GuideShelf shelf;
  for (const auto& guide : asked.guides)
    if (!shelf.add(guide)) return 2;
  // Without --guide the file is read once more, for what is in it; what comes by a pipe is kept meanwhile.
  std::optional<std::string> piped;
  if (asked.guides.empty()) {
    if (asked.file == "-") shelf.add_all_for(piped.emplace(read_file("-").value_or("")));
    else if (!shelf.add_all_for([&](edi::Reader& reader) { return feed_file(asked.file, reader); })) return fail("cannot open " + asked.file);
  }
  const auto kind = asked.as == "997" ? edi::AckKind::f997 : asked.as == "999" ? edi::AckKind::f999 : asked.as == "contrl" ? edi::AckKind::contrl : edi::AckKind::by_version;
  Answering answering(kind, numbers_now(asked.control, asked.now), false);
  edi::Reader reader(shelf.guides, answering, {.documents = false});
  if (piped) reader.feed(*piped);
  else if (!feed_file(asked.file, reader)) return fail("cannot open " + asked.file);
  reader.finish();
  answering.tell_unguided();
  if (!answering.any && !answering.refused) {
    std::cerr << "E101: " << asked.file << " has no interchange: nothing begins with ISA, UNA or UNB\n";
    return 1;
  }
  return answering.refused ? 1 : 0;
}

}  // namespace

void add_edi(CLI::App& app, Outcome& outcome) {
  auto* edi = app.add_subcommand("edi", "read, show, write and acknowledge X12 and EDIFACT without a gateway");
  edi->require_subcommand(1);
  auto* ack = edi->add_subcommand("ack", "print the acknowledgment of every interchange: TA1, 997, 999 or CONTRL");
  auto asked = std::make_shared<AckAsked>();
  ack->add_option("--as", asked->as, "997, 999 or contrl; by the version of each group otherwise")->check(CLI::IsMember({"997", "999", "contrl"}));
  ack->add_option("--guide", asked->guides, "guide to judge by; may be given several times; without, those that site and product have for what is in FILE")->allow_extra_args(false);
  ack->add_option("--control", asked->control, "control number of the first acknowledgment")->check(CLI::Range(1u, 999999999u))->capture_default_str();
  ack->add_option("--at", asked->now, "date and time of the acknowledgment, CCYYMMDDHHMM; now otherwise");
  ack->add_option("FILE", asked->file, "interchanges; - is stdin")->required();
  ack->callback([asked, &outcome] { outcome.code = acknowledge(*asked); });
  add_edi_trees(*edi, outcome);
}

}  // namespace wayleave::cli
