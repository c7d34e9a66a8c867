// Reading XML: ours (pre-scan, tree, Xerces' verdict) beside Xerces-C++ alone (SAX2, the same features, empty handler, the
// parser reused) and libxml2 (parse, then schema validation), over many distinct documents in rotation.
//   read_bench [UBL_FOLDER]       UBL_FOLDER holds maindoc/, common/ and ../xml/
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "formats/xml/encoding.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/scan.hpp"
#include "schema/impl.hpp"
#include "schema/schema.hpp"
#include "tests/bench/orders.hpp"

namespace {

using namespace wayleave;
using Clock = std::chrono::steady_clock;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Microseconds a document: the median of five rounds over all documents.
double measure(const std::vector<std::string>& documents, const std::function<void(const std::string&)>& work) {
  for (const auto& document : documents) work(document);
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    std::size_t done = 0;
    do {
      for (const auto& document : documents) work(document);
      done += documents.size();
    } while (Clock::now() - start < std::chrono::milliseconds(250));
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / static_cast<double>(done));
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[2];
}

class Xerces {
 public:
  explicit Xerces(const schema::Schema& schema) {
    using namespace xercesc;
    parser_.reset(XMLReaderFactory::createXMLReader(XMLPlatformUtils::fgMemoryManager, schema.impl().pool.get()));
    const std::pair<const XMLCh*, bool> features[] = {
      {XMLUni::fgSAX2CoreNameSpaces, true}, {XMLUni::fgSAX2CoreValidation, true}, {XMLUni::fgXercesDynamic, false},
      {XMLUni::fgXercesSchema, true}, {XMLUni::fgXercesIdentityConstraintChecking, true}, {XMLUni::fgXercesUseCachedGrammarInParse, true},
      {XMLUni::fgXercesLoadSchema, false}, {XMLUni::fgXercesLoadExternalDTD, false}, {XMLUni::fgXercesHandleMultipleImports, true}};
    for (const auto& [name, on] : features) parser_->setFeature(name, on);
    parser_->setContentHandler(&nothing_);
    parser_->setErrorHandler(&nothing_);
  }
  void operator()(const std::string& document) {
    xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(document.data()), document.size(), "d");
    parser_->parse(source);
  }

 private:
  xercesc::DefaultHandler nothing_;
  std::unique_ptr<xercesc::SAX2XMLReader> parser_;
};

class LibXml {
 public:
  explicit LibXml(const std::filesystem::path& xsd) {
    auto* context = xmlSchemaNewParserCtxt(xsd.c_str());
    schema_ = xmlSchemaParse(context);
    xmlSchemaFreeParserCtxt(context);
    if (schema_) valid_ = xmlSchemaNewValidCtxt(schema_);
  }
  bool usable() const { return valid_; }
  void operator()(const std::string& document) {
    auto* tree = xmlReadMemory(document.data(), static_cast<int>(document.size()), "d", nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlSchemaValidateDoc(valid_, tree);
    xmlFreeDoc(tree);
  }

 private:
  xmlSchemaPtr schema_ = nullptr;
  xmlSchemaValidCtxtPtr valid_ = nullptr;
};

void row(const char* name, const schema::SchemaPtr& schema, const std::filesystem::path& xsd, const std::vector<std::string>& documents) {
  double bytes = 0;
  for (const auto& document : documents) bytes += static_cast<double>(document.size());
  bytes /= static_cast<double>(documents.size());
  Xerces xerces(*schema);
  LibXml libxml(xsd);
  const double alone = measure(documents, [&](const std::string& d) { xerces(d); });
  const double ours = measure(documents, [&](const std::string& d) {
    if (!xml::read(d, *schema).valid()) std::fprintf(stderr, "not valid?\n");
  });
  const double own = measure(documents, [&](const std::string& d) { xml::read_own(d, *schema); });
  const double tree = measure(documents, [&](const std::string& d) { xml::read_wellformed(d); });
  std::vector<std::string> ready = documents;
  for (auto& document : ready) xml::to_utf8(document);
  xml::Scan scan;
  const double scanned = measure(ready, [&](const std::string& d) { xml::scan(d, {}, scan); });
  const double other = libxml.usable() ? measure(documents, [&](const std::string& d) { libxml(d); }) : 0;
  std::printf("%-24s %7.1f KB %9.1f µs %7.1f MB/s | Xerces alone %8.1f µs, ratio %.3f | pre-scan %6.1f µs (%.1f %%) | scan+tree %6.1f µs | own automata only %7.1f µs | libxml2 %8.1f µs, ratio %.2f\n",
              name, bytes / 1024, ours, bytes / ours, alone, ours / alone, scanned, 100 * scanned / alone, tree, own, other, other > 0 ? ours / other : 0.0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path root = WAYLEAVE_SOURCE_DIR;
  schema::SearchPath path;
  path.roots.push_back(root / "schemas");
  schema::Library library(path);
  auto order = library.load("canonical/order-1.xsd#Order");
  if (!order.schema) return 1;
  for (const int lines : {5, 50, 500}) {
    const auto name = "order, " + std::to_string(lines) + " lines";
    row(name.c_str(), order.schema, root / "schemas/canonical/order-1.xsd", bench_orders(lines));
  }
  const std::filesystem::path ubl = argc > 1 ? argv[1] : "";
  if (ubl.empty() || !std::filesystem::exists(ubl / "maindoc/UBL-Order-2.4.xsd")) return 0;
  for (const auto* kind : {"Order", "Invoice", "DespatchAdvice", "OrderChange"}) {
    const auto xsd = ubl / "maindoc" / ("UBL-" + std::string(kind) + "-2.4.xsd");
    std::vector<std::string> documents;
    for (const auto& entry : std::filesystem::directory_iterator(ubl / "../xml"))
      if (entry.path().filename().string().starts_with("UBL-" + std::string(kind) + "-")) documents.push_back(read_file(entry.path()));
    auto loaded = library.load(xsd.string() + "#" + kind);
    if (loaded.schema && !documents.empty()) row(("UBL " + std::string(kind)).c_str(), loaded.schema, xsd, documents);
  }
}
