// Mapping: mappings/order_to_erp by us beside the same mapping in XSLT 1.0 by libxslt (order_to_erp.xsl), from the parsed
// tree to serialised bytes, over several distinct orders in rotation. Ends with 1 when the two outputs differ.
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxslt/transform.h>
#include <libxslt/xslt.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/map.hpp"

namespace {

using namespace wayleave;
using Clock = std::chrono::steady_clock;

constexpr std::size_t distinct = 8;

std::string party(const std::string& role, std::size_t seed) {
  const auto n = std::to_string(seed);
  return "<Party role=\"" + role + "\"><Id scheme=\"account\">A" + n + "</Id><Name>Customer " + n + "</Name><Address><Street>" + n +
         " Dock Rd</Street><City>Joliet</City><Region>IL</Region><PostalCode>6043" + std::to_string(seed % 10) + "</PostalCode><Country>US</Country></Address></Party>";
}

std::string order(std::size_t lines, std::size_t seed) {
  static const char* const units[] = {"EA", "XCT", "XPX", "KGM", "MTR"};
  std::string text = "<Order xmlns=\"urn:wayleave:canonical:1\"><Number>PO-" + std::to_string(4000 + seed) +
                     "</Number><Type>rush</Type><Date>2025-03-14</Date><Currency>USD</Currency><RequestedDelivery>2025-04-01</RequestedDelivery>"
                     "<Reference kind=\"department\">D42</Reference>" +
                     party("buyer", seed) + party("ship-to", seed + 1) + party("bill-to", seed + 2) + "<Text>Ring before delivery.</Text>";
  for (std::size_t i = 1; i <= lines; ++i) {
    const auto n = std::to_string(i);
    text += "<Line><Number>" + n + "</Number><Item><Id scheme=\"buyer\">SKU-" + n + "</Id><Id scheme=\"seller\">NW-" + std::to_string(100 + i * seed % 97) +
            "</Id><Description>Widget no. " + n + ", steel</Description></Item><Quantity unit=\"" + units[(i + seed) % 5] + "\">" +
            std::to_string(1 + (i * 7 + seed) % 90) + "</Quantity><Price per=\"1\">" + std::to_string((i + seed) % 50) + ".25</Price>" +
            (i % 3 ? std::string() : std::string("<RequestedDelivery>2025-04-02</RequestedDelivery>")) + "</Line>";
  }
  return text + "</Order>";
}

/// Microseconds a document: the median of five rounds.
double measure(const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < distinct; ++i) work(i);
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    std::size_t done = 0;
    const auto start = Clock::now();
    do {
      for (std::size_t i = 0; i < distinct; ++i) work(i);
      done += distinct;
    } while (Clock::now() - start < std::chrono::milliseconds(200));
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / static_cast<double>(done));
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[2];
}

std::string transform(xsltStylesheetPtr style, xmlDocPtr document) {
  const char* parameters[] = {"account", "'0000104711'", nullptr};
  xmlDocPtr result = xsltApplyStylesheet(style, document, parameters);
  xmlChar* bytes = nullptr;
  int size = 0;
  std::string text;
  if (result && xsltSaveResultToString(&bytes, &size, result, style) == 0 && bytes) text.assign(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  xmlFree(bytes);
  xmlFreeDoc(result);
  return text;
}

std::string canonical(const std::string& text) {
  auto reading = xml::read_wellformed(text);
  return reading.document ? xml::canonical(*reading.document) : "not well-formed: " + text;
}

}  // namespace

int main() {
  const std::string source = WAYLEAVE_SOURCE_DIR;
  schema::SearchPath schemas, mappings;
  schemas.roots.push_back(source + "/schemas");
  mappings.roots.push_back(source + "/mappings");
  mapping::Maps maps(std::make_shared<schema::Library>(schemas), mappings, {});
  auto loaded = maps.load("order_to_erp/base.map.xml");
  xsltStylesheetPtr style = xsltParseStylesheetFile(reinterpret_cast<const xmlChar*>((source + "/tests/bench/order_to_erp.xsl").c_str()));
  if (!loaded.map || !style) {
    std::fprintf(stderr, "the map or the stylesheet does not compile\n");
    return 2;
  }
  mapping::Context context;
  context.partner["erpCustomer"] = "0000104711";

  bool same = true;
  std::printf("%-8s %12s %12s %12s %8s\n", "lines", "bytes out", "ours, us", "libxslt, us", "times");
  for (const std::size_t lines : {std::size_t(5), std::size_t(50), std::size_t(500), std::size_t(20'000)}) {
    std::vector<Document> documents;
    std::vector<xmlDocPtr> trees;
    for (std::size_t i = 0; i < distinct; ++i) {
      const auto text = order(lines, i + 1);
      auto reading = xml::read(text, *loaded.map->source());
      if (!reading.valid()) {
        std::fprintf(stderr, "an order of the benchmark is not valid: %s\n", reading.findings.empty() ? "" : reading.findings[0].message.c_str());
        return 2;
      }
      documents.push_back(std::move(*reading.document));
      trees.push_back(xmlReadMemory(text.data(), static_cast<int>(text.size()), "order.xml", nullptr, XML_PARSE_NONET));
    }
    const auto mine = mapping::run(*loaded.map, documents[0], context);
    if (!mine.ok() || canonical(mine.xml) != canonical(transform(style, trees[0]))) {
      std::fprintf(stderr, "the outputs differ at %zu lines\n", lines);
      same = false;
    }
    std::size_t bytes = 0;
    const double ours = measure([&](std::size_t i) { bytes += mapping::run(*loaded.map, documents[i], context).xml.size(); });
    const double theirs = lines > 500 ? 0 : measure([&](std::size_t i) { bytes += transform(style, trees[i]).size(); });
    std::printf("%-8zu %12zu %12.2f %12.2f %8.1f\n", lines, mine.xml.size(), ours, theirs, theirs / ours);
    if (bytes == 0) same = false;
    for (auto* tree : trees) xmlFreeDoc(tree);
  }
  xsltFreeStylesheet(style);
  xsltCleanupGlobals();
  return same ? 0 : 1;
}
