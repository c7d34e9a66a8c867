#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <random>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax2/Attributes.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "fixture.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "schema/xerces_platform.hpp"

using namespace wayleave;
using schema::from_xerces;

namespace {

/// What Xerces reports of a document, written in the form of xml::canonical.
class Recorder : public xercesc::DefaultHandler {
 public:
  std::string canonical() const { return write(*root_); }

  void startElement(const XMLCh* uri, const XMLCh* local, const XMLCh*, const xercesc::Attributes& attributes) override {
    auto node = std::make_unique<Node>();
    node->name = name(uri, local);
    for (XMLSize_t i = 0; i < attributes.getLength(); ++i) {
      const std::string ns = from_xerces(attributes.getURI(i)), value = from_xerces(attributes.getValue(i));
      if (ns == "http://www.w3.org/2000/xmlns/") continue;
      if (ns == "http://www.w3.org/2001/XMLSchema-instance") {
        if (from_xerces(attributes.getLocalName(i)) == "nil") node->nil = value == "true" || value == "1";
        continue;
      }
      std::string text = " " + name(attributes.getURI(i), attributes.getLocalName(i)) + "=\"";
      xml::escape_attribute(text, value);
      node->attributes.push_back(text + "\"");
    }
    std::sort(node->attributes.begin(), node->attributes.end());
    Node* opened = node.get();
    if (open_.empty()) root_ = std::move(node);
    else open_.back()->children.push_back(std::move(node));
    open_.push_back(opened);
  }
  void endElement(const XMLCh*, const XMLCh*, const XMLCh*) override { open_.pop_back(); }
  void characters(const XMLCh* text, const XMLSize_t length) override { open_.back()->text += from_xerces(text, length); }
  void ignorableWhitespace(const XMLCh* text, const XMLSize_t length) override { characters(text, length); }
  void error(const xercesc::SAXParseException& e) override { throw e; }
  void fatalError(const xercesc::SAXParseException& e) override { throw e; }

 private:
  struct Node {
    std::string name, text;
    bool nil = false;
    std::vector<std::string> attributes;
    std::vector<std::unique_ptr<Node>> children;
  };
  static std::string name(const XMLCh* uri, const XMLCh* local) {
    const std::string ns = from_xerces(uri);
    return (ns.empty() ? "" : "{" + ns + "}") + from_xerces(local);
  }
  static std::string write(const Node& node) {
    std::string out = "<" + node.name;
    for (const auto& attribute : node.attributes) out += attribute;
    out += node.nil ? " nil>" : ">";
    if (node.children.empty()) xml::escape_text(out, node.text);
    for (const auto& child : node.children) out += write(*child);
    return out + "</>";
  }
  std::unique_ptr<Node> root_;
  std::vector<Node*> open_;
};

/// nullopt: not well-formed.
std::optional<std::string> by_xerces(const std::string& xml) {
  schema::ensure_xerces();
  static const std::unique_ptr<xercesc::SAX2XMLReader> parser(xercesc::XMLReaderFactory::createXMLReader());
  parser->setFeature(xercesc::XMLUni::fgSAX2CoreValidation, false);
  parser->setFeature(xercesc::XMLUni::fgXercesSchema, false);
  parser->setFeature(xercesc::XMLUni::fgXercesLoadExternalDTD, false);
  parser->setFeature(xercesc::XMLUni::fgXercesDisableDefaultEntityResolution, true);
  Recorder recorder;
  parser->setContentHandler(&recorder);
  parser->setErrorHandler(&recorder);
  const xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(xml.data()), xml.size(), u"test");
  try {
    parser->parse(source);
  } catch (const xercesc::SAXException&) {
    return std::nullopt;
  } catch (const xercesc::XMLException&) {
    return std::nullopt;
  }
  return recorder.canonical();
}

std::optional<std::string> by_us(const std::string& xml) {
  const auto reading = xml::read_wellformed(xml);
  if (!reading.document) return std::nullopt;
  return xml::canonical(*reading.document);
}

/// Documents with a little of everything.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string document() {
    std::string out = pick({"", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes' ?>\r\n"});
    out += pick({"", "\n", "<!-- before -->", "<?target text?>"});
    out += element(0);
    out += pick({"", "\n", "<!-- after -->"});
    return out;
  }

  /// One byte or piece put in, taken out or exchanged. The declaration stays: there Xerces lets versions like 1.0x pass.
  std::string mutated(std::string xml) {
    const std::size_t begin = xml.starts_with("<?xml") ? xml.find("?>") + 2 : 0;
    const std::size_t at = begin + number(xml.size() - begin), other = begin + number(xml.size() - begin);
    switch (number(4)) {
      case 0: xml.erase(at, 1 + number(3)); break;
      case 1: xml.insert(at, pick({"<", ">", "&", "\"", "'", "/", "=", "]]>", "--", "<?", "?>", "<!--", ":", " ", "x", "&#", ";", "xmlns",
                                   "\xC3\xA9", "\r", "</a>", "<a>", "&lt;", "<![CDATA[", "0", "\x01"})); break;
      case 2: xml[at] = pick({"<", ">", "&", "\"", "a", "b", "p", ":", "/", " ", "1"})[0]; break;
      default: std::swap(xml[at], xml[other]); break;
    }
    return xml;
  }

 private:
  std::size_t number(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  std::string pick(std::initializer_list<const char*> choices) { return choices.begin()[number(choices.size())]; }

  std::string element(int depth) {
    const std::string name = (depth > 0 && number(4) == 0 ? "p:" : "") + pick({"a", "b", "Order", "l\xC3\xA9", "x-1.y_z"});
    std::string out = "<" + name;
    if (depth == 0) out += " xmlns:p='urn:p' xmlns:q=\"urn:q&amp;1\"";
    if (number(6) == 0) out += pick({" xmlns='urn:d'", " xmlns=''", " xmlns=\"urn:&#x65;\""});
    if (depth > 0 && number(8) == 0) out += " xmlns:p='urn:other'";
    for (const char* attribute : {"c", "p:c", "q:d", "e", "xml:lang"})
      if (number(5) == 0) out += pick({" ", "\n ", "\t"}) + attribute + pick({"=", " = "}) + value();
    if (number(8) == 0) return out + pick({"/>", " />"});
    out += pick({">", " >"});
    const std::size_t pieces = number(5);
    for (std::size_t i = 0; i < pieces; ++i) out += depth < 5 && number(2) == 0 ? element(depth + 1) : text();
    return out + "</" + name + pick({">", " >"});
  }

  std::string value() {
    const std::string quote = pick({"'", "\""});
    return quote + pick({"", "v", " two  words ", "&lt;&amp;", "&#65;&#x20AC;", "line\nline\r\n\ttab", "&#10;", "\xE2\x82\xAC", "]]>", ">"}) + quote;
  }

  std::string text() {
    return pick({"text", " ", "\n  ", "\r\n", "a&lt;b", "&#x1F600;", "<![CDATA[<&]]&gt;]]>", "<!-- c -->", "<?p i?>", "\xC3\xA9t\xC3\xA9", "]]",
                 "a\rb", "<![CDATA[]]>", "&quot;&apos;&gt;"});
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("our tree is the one that Xerces reports, over documents of others", "[formats][xml]") {
  std::vector<std::filesystem::path> files;
  for (const auto& [file, _] : fixture::canonical_instances()) files.push_back(file);
  if (fixture::ubl().empty()) WARN("UBL 2.4 is not there: its examples are not compared");
  else for (const auto& entry : std::filesystem::directory_iterator(fixture::ubl() / "xml")) files.push_back(entry.path());
  for (const auto& file : files) {
    INFO(file.string());
    const std::string xml = fixture::contents(file);
    const auto ours = by_us(xml);
    REQUIRE(ours);
    CHECK(*ours == by_xerces(xml));
    const std::string written = xml::serialize(*xml::read_wellformed(xml).document);
    CHECK(written.find_first_of("\r\n") == std::string::npos);
    CHECK(by_us(written) == ours);
    CHECK(by_xerces(written) == ours);
  }
}

TEST_CASE("our tree is the one that Xerces reports, over documents of every kind", "[formats][xml]") {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const std::string xml = Generator(seed).document();
    const auto ours = by_us(xml);
    if (!ours) FAIL("seed " << seed << ": " << xml::read_wellformed(xml).findings[0].message << "\n" << xml);
    if (*ours != by_xerces(xml)) FAIL("seed " << seed << "\n" << xml << "\n" << *ours << "\n" << by_xerces(xml).value_or("refused"));
    const std::string written = xml::serialize(*xml::read_wellformed(xml).document);
    if (by_us(written) != ours) FAIL("seed " << seed << " is not read back as it was\n" << xml << "\n" << written);
  }
}

TEST_CASE("we refuse what Xerces refuses, and nothing else", "[formats][xml]") {
  std::size_t refused = 0;
  for (unsigned seed = 0; seed < 20000; ++seed) {
    Generator generator(seed);
    const std::string xml = generator.mutated(generator.document());
    const auto ours = by_us(xml), theirs = by_xerces(xml);
    refused += !ours;
    if (ours == theirs) continue;
    FAIL("seed " << seed << "\n" << xml << "\nours: " << ours.value_or(xml::read_wellformed(xml).findings[0].message) << "\nXerces: " << theirs.value_or("refused"));
  }
  CHECK(refused > 5000);
}
