// Lint: every shipped map together, a map with a thousand output elements, and maps that grow without end, at two sizes
// each: twice the size takes about twice the time. Schemas are loaded before. Ends with 1 when a shipped map is not clean.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mapping/compiled.hpp"

namespace {

namespace fs = std::filesystem;
using namespace wayleave;
using Clock = std::chrono::steady_clock;

/// Milliseconds: the best of several rounds, for whatever else runs only adds to it.
double measure(int rounds, const std::function<void()>& work) {
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return best;
}

class Resolver : public mapping::MapResolver {
 public:
  Resolver(schema::Library& library, fs::path folder) : library_(library), folder_(std::move(folder)) {}
  schema::Library::Loaded schema(const std::string& reference, const std::string&) override { return library_.load(reference, folder_); }
  std::optional<File> file(const std::string&, const std::string&) override { return std::nullopt; }

 private:
  schema::Library& library_;
  fs::path folder_;
};

std::string map(const std::string& head, const std::string& header, const std::string& rest) {
  return "<m:map xmlns:m=\"urn:wayleave:map:1\" xmlns=\"urn:northway:erp:order:1\" name=\"large\" source=\"canonical/order-1.xsd#Order\" "
         "target=\"./erp-order-1.xsd#ErpOrder\">\n" +
         head + "<ErpOrder><Header><OrderNumber>{fits(Number,35)}</OrderNumber><Kind>ZOR</Kind><OrderDate>{Date}</OrderDate>" + header +
         "<Account>0000104711</Account><Delivery>{Date}</Delivery></Header>\n<Partner function=\"AG\"><Name>{truncate(require(partner('name'),'A','x'),70)}</Name></Partner>\n" +
         "<Position m:each=\"Line\" no=\"{format(position()*10,'000000')}\"><CustomerLine>{Number}</CustomerLine><Material>x</Material>"
         "<Quantity unit=\"ST\">{round(Quantity,3)}</Quantity></Position>\n" +
         rest + "</ErpOrder></m:map>\n";
}

std::string repeated(std::size_t times, const std::function<std::string(std::size_t)>& one) {
  std::string all;
  for (std::size_t i = 1; i <= times; ++i) all += one(i) + "\n";
  return all;
}

const std::string currency = "<Currency>{Currency}</Currency>";

std::string elements(std::size_t n) {
  return map("", currency, repeated(n - 9, [](std::size_t i) { return fmt::format("<Note m:if=\"count(Line) &gt; {}\">{{truncate(concat(Number,' {}'),70)}}</Note>", i, i); }));
}

std::string lets(std::size_t n) {
  return map(repeated(n, [](std::size_t i) { return fmt::format("<m:let name=\"v{}\" value=\"{}\"/>", i, i == 1 ? "Number" : fmt::format("upper($v{})", i - 1)); }),
             currency, "");
}

std::string ifs(std::size_t n) {
  std::string opened, closed;
  for (std::size_t i = 1; i <= n; ++i) {
    opened += fmt::format("<m:if test=\"count(Line) &gt; {}\">", i);
    closed += "</m:if>";
  }
  return map("", currency, opened + "<Note>x</Note>" + closed);
}

std::string literal(std::size_t n) { return map("", currency, "<Note>{truncate('" + std::string(n, 'x') + "',70)}</Note>"); }

std::string definitions(std::size_t n) {
  return map(repeated(n, [&](std::size_t i) {
               return fmt::format("<m:def name=\"d{}\" of=\"Line\" gives=\"Position\"><CustomerLine>{{Number}}</CustomerLine><Material>x</Material>"
                                  "<Quantity unit=\"ST\">{{round(Quantity,3)}}</Quantity></m:def>", i);
             }),
             currency, repeated(n, [](std::size_t i) { return fmt::format("<Position m:each=\"Line\" no=\"000001\" m:call=\"d{}\"/>", i); }));
}

std::string branches(std::size_t n) {
  return map("", "<m:choose>" + repeated(n, [](std::size_t i) { return fmt::format("<m:when test=\"Number = '{}'\">{}</m:when>", i, currency); }) +
                   "<m:otherwise>" + currency + "</m:otherwise></m:choose>", "");
}

std::string operators(std::size_t n) {
  std::string sum = "1";
  for (std::size_t i = 0; i < n; ++i) sum += "+count(Line)";
  return map("", currency, "<m:if test=\"" + sum + " &gt; 5\"><Note>x</Note></m:if>");
}

}  // namespace

int main() {
  const fs::path source = WAYLEAVE_SOURCE_DIR;
  schema::SearchPath schemas, mappings;
  schemas.roots.push_back(source / "schemas");
  mappings.roots.push_back(source / "mappings");
  auto library = std::make_shared<schema::Library>(schemas);
  std::vector<std::string> shipped;
  for (const auto& entry : fs::recursive_directory_iterator(source / "mappings")) {
    if (entry.path().string().ends_with(".map.xml")) shipped.push_back(fs::relative(entry.path(), source / "mappings").string());
  }
  bool clean = true;
  std::size_t known = 0;
  auto all = [&] {
    mapping::Maps maps(library, mappings, {});
    known = 0;
    for (const auto& name : shipped) {
      const auto loaded = maps.load(name);
      // Without the OASIS schemas the UBL maps cannot be judged.
      if (!loaded.map && name.find("ubl-") != std::string::npos) continue;
      ++known;
      clean = clean && loaded.map && loaded.findings.empty();
    }
  };
  all();   // reads the schemas
  const auto shipped_ms = measure(5, all);
  std::printf("%-34s %10.1f ms   (goal: under 1,000)\n", fmt::format("{} shipped maps", known).c_str(), shipped_ms);

  Resolver resolver(*library, source / "mappings/order_to_erp");
  std::string told;
  auto lint = [&](const std::string& text) {
    return measure(3, [&] {
      told.clear();
      for (const auto& finding : mapping::compile_map("large.map.xml", text, {}, resolver).findings) told = told.empty() ? finding.code + " " + finding.message : told;
    });
  };
  lint(elements(20));
  const auto thousand = lint(elements(1'000));
  std::printf("%-34s %10.1f ms   (goal: under 200)\n", "a map with 1,000 output elements", thousand);

  struct Growing {
    const char* name;
    std::string (*text)(std::size_t);
    std::size_t n;
  };
  std::printf("%-34s %10s %10s %10s   %s\n", "growing maps", "n", "n, ms", "2n, ms", "what is told of the larger first");
  for (const auto& [name, text, n] : {Growing{"output elements", elements, 1'000}, Growing{"lets", lets, 2'500}, Growing{"ifs in one another", ifs, 50},
                                      Growing{"characters of a literal", literal, 500'000}, Growing{"definitions and calls", definitions, 500},
                                      Growing{"branches of a choice", branches, 1'000}, Growing{"operators of an expression", operators, 40}}) {
    const auto once = lint(text(n)), twice = lint(text(2 * n));
    std::printf("%-34s %10zu %10.2f %10.2f  %s\n", name, n, once, twice, told.substr(0, 70).c_str());
  }
  return clean ? 0 : 1;
}
