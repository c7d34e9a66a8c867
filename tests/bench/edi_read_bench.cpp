// Reading EDI: an interchange of 1,000 distinct orders, read, held against the whole guide and acknowledged, beside a loop
// that merely splits the same bytes at their delimiters with memchr; one core.
//   edi_read_bench            the rows
//   edi_read_bench --write N  an interchange of about N MiB on stdout
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "formats/edi/acknowledge.hpp"
#include "formats/edi/interchange.hpp"
#include "schema/schema.hpp"

namespace {

using namespace wayleave;
using namespace wayleave::edi;
using Clock = std::chrono::steady_clock;

double once(const std::function<void()>& work) {
  const auto start = Clock::now();
  int done = 0;
  do {
    work();
    ++done;
  } while (Clock::now() - start < std::chrono::milliseconds(120));
  return std::chrono::duration<double>(Clock::now() - start).count() / done;
}

/// Turn by turn, so that what else the machine does concerns both; medians of nine rounds.
std::pair<double, double> side_by_side(const std::function<void()>& ours, const std::function<void()>& baseline) {
  std::vector<double> a, b;
  ours();
  baseline();
  for (int round = 0; round < 9; ++round) {
    b.push_back(once(baseline));
    a.push_back(once(ours));
  }
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return {a[4], b[4]};
}

std::string number(std::uint64_t value, std::size_t width) {
  auto text = std::to_string(value);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

std::string order_850(std::uint64_t i) {
  const auto control = number(i + 1, 9);
  std::string out;
  unsigned count = 1;
  auto add = [&](const std::string& segment) {
    out += segment + "~\n";
    ++count;
  };
  add("ST*850*" + control);
  add("BEG*00*SA*PO-" + number(i, 7) + "**20251121");
  add("REF*DP*D" + number(i % 90, 2));
  add("DTM*002*2025120" + std::to_string(1 + i % 9));
  add("N1*ST*Distribution centre " + std::to_string(i % 40) + "*92*" + number(i % 4000, 4));
  add("N3*" + std::to_string(i % 900 + 1) + " Dock Road");
  add("N4*Joliet*IL*60431*US");
  add("N1*BT*Accounts Payable*92*9000");
  add("N3*1 Main Street");
  add("N4*Chicago*IL*60601*US");
  const auto lines = 10 + i % 13;
  for (std::uint64_t k = 0; k < lines; ++k) {
    add("PO1*" + std::to_string(k + 1) + "*" + std::to_string((i * 7 + k) % 500 + 1) + "*EA*" + std::to_string(k + 1) + "." + number((i + k) % 100, 2) + "**BP*SKU-" +
        number((i * 31 + k) % 99999, 5) + "*UP*012345678905");
    add("PID*F****Widget number " + std::to_string(k) + " in grey");
  }
  add("CTT*" + std::to_string(lines));
  return out + "SE*" + std::to_string(count) + "*" + control + "~\n";
}

const std::string x12_head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*NORTHWAY       *251121*0912*U*00401*000000905*0*P*>~\nGS*PO*ACME*NORTHWAY*20251121*0912*905*X*004010~\n";
std::string x12_tail(std::uint64_t sets) { return "GE*" + std::to_string(sets) + "*905~\nIEA*1*000000905~\n"; }

std::string orders_message(std::uint64_t i) {
  const auto reference = std::to_string(i + 1);
  std::string out;
  unsigned count = 1;
  auto add = [&](const std::string& segment) {
    out += segment + "'\n";
    ++count;
  };
  add("UNH+" + reference + "+ORDERS:D:96A:UN");
  add("BGM+220+PO-" + number(i, 7) + "+9");
  add("DTM+137:20251121:102");
  add("DTM+2:2025120" + std::to_string(1 + i % 9) + ":102");
  add("RFF+CT:CONTRACT-" + std::to_string(i % 90));
  add("NAD+BY+5412345000176::9");
  add("NAD+DP+5412345000183::9++Distribution centre " + std::to_string(i % 40) + "+" + std::to_string(i % 900 + 1) + " Dock Road+Antwerpen++2000+BE");
  add("CUX+2:EUR:9");
  const auto lines = 10 + i % 13;
  for (std::uint64_t k = 0; k < lines; ++k) {
    add("LIN+" + std::to_string(k + 1) + "++40008621" + number((i * 31 + k) % 99999, 5) + ":EN");
    add("IMD+F++:::Widget number " + std::to_string(k) + " in grey");
    add("QTY+21:" + std::to_string((i * 7 + k) % 500 + 1) + ":PCE");
    add("PRI+AAA:" + std::to_string(k + 1) + "." + number((i + k) % 100, 2));
  }
  add("UNS+S");
  add("CNT+2:" + std::to_string(lines));
  return out + "UNT+" + std::to_string(count) + "+" + reference + "'\n";
}

/// What reading costs at the very least: every delimiter found.
std::uint64_t split(const std::string& bytes, char segment, char element) {
  std::uint64_t pieces = 0;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at < end) {
    const auto* stop = static_cast<const char*>(std::memchr(at, segment, static_cast<std::size_t>(end - at)));
    if (!stop) stop = end;
    while (at < stop) {
      const auto* next = static_cast<const char*>(std::memchr(at, element, static_cast<std::size_t>(stop - at)));
      ++pieces;
      at = next ? next + 1 : stop;
    }
    at = stop + 1;
  }
  return pieces;
}

struct Answer : Listener {
  Acknowledger ack;
  std::uint32_t accepted = 0, refused = 0;
  std::size_t bytes = 0;
  void interchange(const InterchangeHead& head) override { ack.interchange(head); }
  void group(const GroupHead& head) override { ack.group(head); }
  void set(SetReading&& set) override {
    const bool good = set.accepted();
    (good ? accepted : refused) += 1;
    ack.set(set.head, set.flaws, good ? Acknowledger::Fate::accepted : Acknowledger::Fate::rejected);
  }
  void group_end(const GroupEnd& end) override { ack.group_end(end); }
  void interchange_end(const InterchangeEnd& end) override {
    ack.finish(end, {}, [&](std::string_view piece) { bytes += piece.size(); });
  }
};

void row(const char* what, const Guides& guides, const std::string& bytes, std::uint32_t sets, bool trees, char segment, char element) {
  ReadOptions options;
  options.documents = trees;
  Answer last;
  const auto [ours, baseline] = side_by_side(
    [&] {
      last = {};
      Reader reader(guides, last, options);
      reader.feed(bytes);
      reader.finish();
    },
    [&] {
      volatile auto pieces = split(bytes, segment, element);
      (void)pieces;
    }
  );
  const double size = static_cast<double>(bytes.size());
  if (last.accepted != sets || last.refused) std::printf("  %s: %u accepted, %u refused, expected %u accepted\n", what, last.accepted, last.refused, sets);
  std::printf("  %-52s %7.0f MB/s  %6.2f µs a set   memchr split %6.0f MB/s   ratio %.3f\n", what, size / ours / 1e6, ours / sets * 1e6, size / baseline / 1e6, baseline / ours);
}

const Guide* add(Guides& guides, schema::Library& library, const char* name) {
  const auto loaded = library.load(name);
  auto guide = loaded.schema ? compile_guide(loaded.schema).guide : nullptr;
  if (!guide) std::fprintf(stderr, "%s cannot be used\n", name), std::exit(1);
  guides.add(guide);
  return guide.get();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--write") {
    const auto wanted = std::strtoull(argv[2], nullptr, 10) << 20;
    std::fwrite(x12_head.data(), 1, x12_head.size(), stdout);
    std::uint64_t written = 0, sets = 0;
    for (; written < wanted; ++sets) {
      const auto set = order_850(sets);
      written += std::fwrite(set.data(), 1, set.size(), stdout);
    }
    const auto tail = x12_tail(sets);
    std::fwrite(tail.data(), 1, tail.size(), stdout);
    return 0;
  }
  schema::SearchPath path;
  path.roots.push_back(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas");
  schema::Library library(path);
  Guides guides;
  add(guides, library, "x12/004010/850.xsd");
  add(guides, library, "edifact/D96A/orders.xsd");
  constexpr std::uint32_t sets = 1000;
  std::string x12 = x12_head, edifact = "UNB+UNOC:3+5412345000176:14+5412345000190:14+251121:0912+905'\n";
  for (std::uint32_t i = 0; i < sets; ++i) x12 += order_850(i), edifact += orders_message(i);
  x12 += x12_tail(sets);
  edifact += "UNZ+" + std::to_string(sets) + "+905'\n";
  std::printf("EDI in: %u distinct orders, %.1f KB each (X12), %.1f KB (EDIFACT); read, whole guide, acknowledgment; medians of 9 rounds\n", sets,
              static_cast<double>(x12.size()) / sets / 1e3, static_cast<double>(edifact.size()) / sets / 1e3);
  row("X12 850, 997", guides, x12, sets, false, '~', '*');
  row("X12 850, 997, and the trees", guides, x12, sets, true, '~', '*');
  row("EDIFACT ORDERS D.96A, CONTRL", guides, edifact, sets, false, '\'', '+');
  row("EDIFACT ORDERS D.96A, CONTRL, and the trees", guides, edifact, sets, true, '\'', '+');
  const std::string one = x12_head + order_850(0) + x12_tail(1);
  row("one interchange with one 850, reader and all", guides, one, 1, false, '~', '*');
  return 0;
}
