#pragma once

#include <string>
#include <vector>

/// Distinct canonical orders for the benchmarks: one document repeated flatters every engine.
inline std::vector<std::string> bench_orders(int lines) {
  std::vector<std::string> all;
  for (int seed = 0; seed < (lines > 100 ? 40 : 400); ++seed) {
    std::string out = "<Order xmlns=\"urn:wayleave:canonical:1\">\n  <Number>PO-" + std::to_string(100000 + seed) +
                      "</Number>\n  <Type code=\"SA\" list=\"x12-92\">standard</Type>\n  <Date>2025-03-" + std::to_string(10 + seed % 18) +
                      "</Date>\n  <Currency>USD</Currency>\n  <Party role=\"buyer\">\n    <Id scheme=\"duns\">" +
                      std::to_string(123456789 + seed) + "</Id>\n    <Name>Customer &amp; Sons " + std::to_string(seed) +
                      "</Name>\n  </Party>\n";
    for (int line = 1; line <= lines; ++line)
      out += "  <Line>\n    <Number>" + std::to_string(line) + "</Number>\n    <Item>\n      <Id scheme=\"buyer\">SKU-" +
             std::to_string(seed * 7 + line) + "</Id>\n      <Description>Widget, steel, galvanized, " + std::to_string(seed % 90) +
             " mm</Description>\n    </Item>\n    <Quantity unit=\"EA\">" + std::to_string(1 + (seed + line) % 500) +
             "</Quantity>\n    <Price>" + std::to_string(line % 90) + ".95</Price>\n  </Line>\n";
    all.push_back(out + "</Order>\n");
  }
  return all;
}
