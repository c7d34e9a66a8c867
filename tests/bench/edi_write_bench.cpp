// Writing EDI: a large 850 and a large ORDERS from trees that are at hand, beside a baseline that only copies: the same
// bytes, value by value with their separators, by memcpy into a string that is large enough.
//   edi_write_bench
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>

#include "formats/edi/write.hpp"
#include "formats/xml/read.hpp"

namespace {

using namespace wayleave;
using namespace wayleave::edi;
using Clock = std::chrono::steady_clock;

/// Seconds a run: the best of seven rounds, so that what else the machine does counts for little.
double measure(const std::function<void()>& work) {
  work();
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    const auto start = Clock::now();
    int done = 0;
    do {
      work();
      ++done;
    } while (Clock::now() - start < std::chrono::milliseconds(150));
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count() / done);
  }
  return best;
}

std::string order_850(int lines) {
  std::string out =
      "<BEG><BEG01>00</BEG01><BEG02>SA</BEG02><BEG03>PO-4711</BEG03><BEG05>20250314</BEG05></BEG>"
      "<N1><N101>ST</N101><N102>Warehouse 12</N102><N103>92</N103><N104>0012</N104><N3><N301>1 Dock "
      "Road</N301></N3><N4><N401>Joliet</N401><N403>60431</N403></N4></N1>";
  for (int i = 0; i < lines; ++i) {
    const auto n = std::to_string(i);
    out += "<PO1><PO102>" + std::to_string(1 + i % 50) + "</PO102><PO103>EA</PO103><PO104>" + std::to_string(i % 90) +
           ".95</PO104><PO106>BP</PO106><PO107>SKU-" + n +
           "</PO107><PID><PID01>F</PID01><PID05>Widget, green, number " + n + "</PID05></PID></PO1>";
  }
  return out + "<CTT/>";
}

std::string orders(int lines) {
  std::string out =
      "<BGM><C002><E1001>220</E1001></C002><E1004>4711</E1004><E1225>9</E1225></BGM><NAD><E3035>BY</"
      "E3035><C082><E3039>5412345000176</E3039><E3055>9</E3055></C082></NAD>";
  for (int i = 0; i < lines; ++i)
    out += "<LIN><C212><E7140>" + std::to_string(4000862141404 + i) +
           "</E7140><E7143>EN</E7143></C212><QTY><C186><E6063>21</E6063><E6060>" + std::to_string(i % 90) +
           ".5</E6060><E6411>PCE</E6411></C186></QTY></LIN>";
  return out;
}

void row(
    const char* what, schema::Library& library, const std::string& name, const std::string& content,
    const InterchangeHead& head
) {
  const auto loaded = library.load(name);
  const auto guide = loaded.schema ? compile_guide(loaded.schema).guide : nullptr;
  if (!guide) return void(std::fprintf(stderr, "%s cannot be used\n", name.c_str()));
  const std::string local(names::local(guide->root().name));
  const auto reading = xml::read_wellformed(
      "<" + local + " xmlns=\"" + std::string(names::ns(guide->root().name)) + "\">" + content + "</" + local + ">"
  );
  std::string out;
  bool good = true;
  const auto write = [&] {
    out.clear();
    Writer writer(out, head);
    good = good && writer.set({guide->set, "0001", guide->version, "", "", "", 0}, *guide, *reading.document).empty();
    writer.end();
  };
  const double ours = measure(write);
  if (!good) return void(std::fprintf(stderr, "%s was refused\n", name.c_str()));
  // What a writer cannot do without: every value copied from where it lies, with one separator.
  struct Part {
    const char* from;
    std::size_t size;
  };
  const std::string source = out;
  std::vector<Part> parts;
  for (std::size_t at = 0; at < source.size();) {
    auto end = source.find_first_of(head.standard == Standard::x12 ? "*~" : "+:'", at);
    end = end == source.npos ? source.size() : end + 1;
    parts.push_back({source.data() + at, end - at});
    at = end;
  }
  const double copied = measure([&] {
    out.clear();
    for (const auto& part : parts) out.append(part.from, part.size);
  });
  const double bytes = static_cast<double>(source.size());
  std::printf(
      "%-16s %7.0f KB %7.1f MB/s | copied value by value %7.1f MB/s, ratio %.2f\n", what, bytes / 1024,
      bytes / ours / 1e6, bytes / copied / 1e6, ours / copied
  );
}

}  // namespace

int main() {
  const std::filesystem::path root = WAYLEAVE_SOURCE_DIR;
  schema::Library library(schema::SearchPath{{root / "tests/formats/edi", root / "schemas"}});
  InterchangeHead x12, edifact;
  x12.version = "00401";
  edifact.standard = Standard::edifact;
  edifact.syntax = "UNOC";
  for (const int lines : {20, 5'000}) {
    row(lines > 100 ? "850, large" : "850", library, "850.xsd", order_850(lines), x12);
    row(lines > 100 ? "ORDERS, large" : "ORDERS", library, "orders.xsd", orders(lines), edifact);
  }
}
