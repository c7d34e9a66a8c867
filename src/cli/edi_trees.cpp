#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <unistd.h>

#include "base/clock.hpp"
#include "cli/commands.hpp"
#include "cli/edi.hpp"
#include "cli/workbench.hpp"
#include "formats/edi/interchange_xml.hpp"
#include "formats/edi/report.hpp"
#include "formats/edi/show.hpp"

namespace wayleave::cli {
namespace {

/// Passes everything on, and remembers whether something was refused.
class Watch : public edi::Listener {
 public:
  explicit Watch(edi::Listener& to) : to_(to) {}
  void interchange(const edi::InterchangeHead& head) override {
    any = true;
    head_ = head;
    to_.interchange(head);
  }
  void group(const edi::GroupHead& head) override { to_.group(head); }
  void set(edi::SetReading&& set) override {
    refused |= !set.accepted();
    if (pages && !set.accepted()) std::cerr << edi::set_page(head_, nullptr, set.head, set.flaws, set.bytes, set.head.offset, true);
    to_.set(std::move(set));
  }
  void group_end(const edi::GroupEnd& end) override {
    tell(end.flaws);
    to_.group_end(end);
  }
  void interchange_end(const edi::InterchangeEnd& end) override {
    tell(end.flaws);
    to_.interchange_end(end);
  }
  void stray(const edi::Flaw& flaw) override {
    tell({flaw});
    to_.stray(flaw);
  }
  void technical(const edi::TechnicalAck& ack) override { to_.technical(ack); }

  bool any = false, refused = false, pages = false;

 private:
  void tell(const edi::Flaws& flaws) {
    for (const auto& flaw : flaws) {
      refused |= flaw.severity == Severity::error;
      if (pages) std::cerr << edi::saying(flaw.cause).code << ": " << flaw.message << (flaw.fix.empty() ? "" : "; " + flaw.fix) << '\n';
    }
  }
  edi::Listener& to_;
  edi::InterchangeHead head_;
};

int nothing_there(const std::string& file) {
  std::cerr << "E101: " << file << " has no interchange: nothing begins with ISA, UNA or UNB\n";
  return 1;
}

struct Asked {
  std::string file;
  std::vector<std::string> guides;
  bool several = false;
};

int read_edi(const Asked& asked) {
  GuideShelf shelf;
  for (const auto& guide : asked.guides)
    if (!shelf.add(guide)) return 2;
  const auto bytes = read_file(asked.file);
  if (!bytes) return fail("cannot open " + asked.file);
  if (asked.guides.empty()) shelf.add_all_for(*bytes);
  if (!edi::sniff(*bytes)) return nothing_there(asked.file);
  std::string out;
  std::size_t count = 0;
  {
    // Several interchanges need an element around them.
    struct Count : edi::Listener {
      std::size_t n = 0;
      void interchange(const edi::InterchangeHead&) override { ++n; }
      void set(edi::SetReading&&) override {}
      void interchange_end(const edi::InterchangeEnd&) override {}
    } counter;
    edi::Reader reader(shelf.guides, counter, {.documents = false, .judge = false});
    reader.feed(*bytes);
    reader.finish();
    count = counter.n;
  }
  if (count == 0) return nothing_there(asked.file);
  edi::InterchangeXml xml([](std::string_view piece) { std::cout << piece; }, asked.several || count > 1);
  Watch watch(xml);
  watch.pages = true;
  edi::Reader reader(shelf.guides, watch, {});
  reader.feed(*bytes);
  reader.finish();
  xml.finish();
  return watch.refused ? 1 : 0;
}

int show_edi(const Asked& asked, bool colour) {
  GuideShelf shelf;
  for (const auto& guide : asked.guides)
    if (!shelf.add(guide)) return 2;
  const auto bytes = read_file(asked.file);
  if (!bytes) return fail("cannot open " + asked.file);
  if (asked.guides.empty()) shelf.add_all_for(*bytes);
  edi::Show show([](std::string_view piece) { std::cout << piece; }, colour);
  Watch watch(show);
  edi::Reader reader(shelf.guides, watch, {});
  reader.feed(*bytes);
  reader.finish();
  if (!watch.any) return nothing_there(asked.file);
  return watch.refused ? 1 : 0;
}

int write_edi(const Asked& asked, bool newline) {
  GuideShelf shelf;
  for (const auto& guide : asked.guides)
    if (!shelf.add(guide)) return 2;
  auto text = read_file(asked.file);
  if (!text) return fail("cannot open " + asked.file);
  if (asked.guides.empty()) shelf.add_all_named(*text);
  edi::XmlWriteOptions options;
  options.policy.newline = newline;
  options.now = Clock::system().now();
  std::string out;
  const auto source = *text;
  const auto findings = edi::write_interchanges(std::move(*text), *shelf.schemas, shelf.guides, options, out);
  for (const auto& finding : findings) std::cerr << render_text(finding, asked.file, source) << '\n';
  if (has_errors(findings)) return 1;
  std::cout << out;
  return 0;
}

}  // namespace

void add_edi_trees(CLI::App& edi, Outcome& outcome) {
  auto file = [](CLI::App* command, const std::shared_ptr<Asked>& asked, const char* what) {
    command->add_option("--guide", asked->guides, "guide to read by; may be given several times; those of site and product otherwise")->allow_extra_args(false);
    command->add_option("FILE", asked->file, what)->required();
  };
  auto shown = std::make_shared<Asked>();
  auto colour = std::make_shared<std::string>("auto");
  auto* show = edi.add_subcommand("show", "show interchanges to people: every segment, every element named from the guide");
  file(show, shown, "interchanges; - is stdin");
  show->add_option("--colour,--color", *colour, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}))->capture_default_str();
  show->callback([shown, colour, &outcome] { outcome.code = show_edi(*shown, *colour == "always" || (*colour == "auto" && isatty(STDOUT_FILENO))); });
  auto read = std::make_shared<Asked>();
  auto* reading = edi.add_subcommand("read", "print interchanges as XML, with the guide's tree in each message");
  file(reading, read, "interchanges; - is stdin");
  reading->callback([read, &outcome] { outcome.code = read_edi(*read); });
  auto written = std::make_shared<Asked>();
  auto newline = std::make_shared<bool>(false);
  auto* writing = edi.add_subcommand("write", "write the XML of `edi read` as EDI: counts, numbers of levels and trailers are computed");
  file(writing, written, "the XML; - is stdin");
  writing->add_flag("--newline", *newline, "a line break behind every segment");
  writing->callback([written, newline, &outcome] { outcome.code = write_edi(*written, *newline); });
}

}  // namespace wayleave::cli
