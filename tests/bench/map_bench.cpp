// The same mapping by us and by libxslt: from the tree to serialised bytes, the documents parsed beforehand. First the two
// outputs are compared; figures of different results would be worth nothing.
#include <libxml/parser.h>
#include <libxslt/transform.h>
#include <libxslt/xsltutils.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/map.hpp"
#include "tests/bench/orders.hpp"

namespace {

using namespace wayleave;
using Clock = std::chrono::steady_clock;

double measure(std::size_t count, const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < count; ++i) work(i);
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    std::size_t done = 0;
    do {
      for (std::size_t i = 0; i < count; ++i) work(i);
      done += count;
    } while (Clock::now() - start < std::chrono::milliseconds(200));
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / static_cast<double>(done));
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[2];
}

std::string by_xslt(xsltStylesheetPtr style, xmlDocPtr tree) {
  auto* result = xsltApplyStylesheet(style, tree, nullptr);
  xmlChar* text = nullptr;
  int length = 0;
  xsltSaveResultToString(&text, &length, result, style);
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
  xmlFree(text);
  xmlFreeDoc(result);
  return out;
}

std::string canonical(const std::string& xml) {
  auto reading = xml::read_wellformed(xml);
  return reading.document ? xml::canonical(*reading.document) : "not well-formed";
}

}  // namespace

int main() {
  const std::string root = WAYLEAVE_SOURCE_DIR;
  schema::SearchPath path;
  path.roots.push_back(root + "/schemas");
  auto library = std::make_shared<schema::Library>(path);
  mapping::Maps maps(library, path, {});
  auto compiled = maps.load(root + "/tests/bench/maps/order_to_sale.map.xml");
  if (!compiled.map) {
    for (const auto& finding : compiled.findings) std::printf("%s %u %s\n", finding.code.c_str(), finding.line, finding.message.c_str());
    return 1;
  }
  auto* style = xsltParseStylesheetFile(reinterpret_cast<const xmlChar*>((root + "/tests/bench/maps/order_to_sale.xsl").c_str()));
  if (!style) return 1;
  for (const int lines : {5, 50, 500, 5000, 20000}) {
    auto texts = bench_orders(lines);
    if (lines > 500) texts.resize(2);
    std::vector<Document> ours;
    std::vector<xmlDocPtr> theirs;
    for (const auto& text : texts) {
      ours.push_back(std::move(*xml::read_own(text, *compiled.map->source()).document));
      theirs.push_back(xmlReadMemory(text.data(), static_cast<int>(text.size()), "d", nullptr, XML_PARSE_NONET | XML_PARSE_NOBLANKS));
    }
    const auto first = mapping::run(*compiled.map, ours[0], {});
    if (canonical(first.xml) != canonical(by_xslt(style, theirs[0]))) {
      std::printf("the outputs differ\n%.600s\n%.600s\n", first.xml.c_str(), by_xslt(style, theirs[0]).c_str());
      return 1;
    }
    const double us = measure(texts.size(), [&](std::size_t i) { mapping::run(*compiled.map, ours[i], {}); });
    const double them = measure(texts.size(), [&](std::size_t i) { by_xslt(style, theirs[i]); });
    std::printf("%6d lines  ours %10.1f µs (%.3f µs a line)   libxslt %10.1f µs   %5.1f times as fast\n", lines, us, us / lines, them, them / us);
    for (auto* tree : theirs) xmlFreeDoc(tree);
  }
}
