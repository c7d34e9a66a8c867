#include "schema/grammar.hpp"

#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/framework/XMLGrammarPoolImpl.hpp>
#include <xercesc/parsers/SAX2XMLReaderImpl.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLResourceIdentifier.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "schema/xerces_platform.hpp"

namespace wayleave::schema {

namespace {

using namespace xercesc;

constexpr const char* driver_name = "wayleave:closure";

InputSource* memory_source(const std::string& bytes, const std::string& name) {
  const auto id = to_xerces(name);
  return new MemBufInputSource(reinterpret_cast<const XMLByte*>(bytes.data()), bytes.size(), id.c_str(), false);
}

class ClosureResolver : public XMLEntityResolver {
 public:
  explicit ClosureResolver(const FileSet& files) : files_(files) {}
  InputSource* resolveEntity(XMLResourceIdentifier* resource) override {
    const auto location = from_xerces(resource->getSchemaLocation() ? resource->getSchemaLocation() : resource->getSystemId());
    const auto type = resource->getResourceIdentifierType();
    const bool schema = type == XMLResourceIdentifier::SchemaImport || type == XMLResourceIdentifier::SchemaInclude ||
                        type == XMLResourceIdentifier::SchemaRedefine;
    if (!schema) return DenyEntities().resolveEntity(resource);
    std::string key = location;
    if (const auto from = files_.find(from_xerces(resource->getBaseURI())); from != files_.end()) {
      const auto target = from->second->references.find(location);
      if (target == from->second->references.end()) return nullptr;   // an import without a location
      key = target->second;
    }
    const auto found = files_.find(key);
    if (found == files_.end()) return nullptr;
    return memory_source(found->second->bytes, key);
  }

 private:
  const FileSet& files_;
};

class Collector : public DefaultHandler {
 public:
  explicit Collector(Findings& findings) : findings_(findings) {}
  void error(const SAXParseException& e) override { add(e); }
  void fatalError(const SAXParseException& e) override { add(e); }
  void warning(const SAXParseException&) override {}

 private:
  void add(const SAXParseException& e) {
    if (findings_.size() >= 50) return;
    Finding f;
    f.code = "S908";
    f.in = from_xerces(e.getSystemId());
    f.line = static_cast<std::uint32_t>(e.getLineNumber());
    f.column = static_cast<std::uint32_t>(e.getColumnNumber());
    f.message = "The schema contradicts itself or the rules of XML Schema: " + from_xerces(e.getMessage()) + ".";
    findings_.push_back(std::move(f));
  }
  Findings& findings_;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

/// A schema that imports every root: so one load compiles them all and common files are read once.
std::string driver(const FileSet& files, const std::vector<std::string>& roots) {
  std::string out = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"" + std::string(driver_name) + "\">";
  for (const auto& root : roots) {
    const auto ns = files.at(root)->source.target_namespace();
    out += "<xs:import";
    if (!ns.empty()) out += " namespace=\"" + escaped(ns) + "\"";
    out += " schemaLocation=\"" + escaped(root) + "\"/>";
  }
  return out + "</xs:schema>";
}

void configure(SAX2XMLReaderImpl& reader) {
  const auto set = [&](const XMLCh* feature, bool value) { reader.setFeature(feature, value); };
  set(XMLUni::fgSAX2CoreNameSpaces, true);
  set(XMLUni::fgSAX2CoreValidation, true);
  set(XMLUni::fgXercesDynamic, false);
  set(XMLUni::fgXercesSchema, true);
  set(XMLUni::fgXercesSchemaFullChecking, true);
  set(XMLUni::fgXercesIdentityConstraintChecking, true);
  set(XMLUni::fgXercesLoadExternalDTD, false);
  set(XMLUni::fgXercesSkipDTDValidation, true);
  set(XMLUni::fgXercesDisableDefaultEntityResolution, true);
  set(XMLUni::fgXercesHandleMultipleImports, true);
  set(XMLUni::fgXercesContinueAfterFatalError, false);
  set(XMLUni::fgXercesGenerateSyntheticAnnotations, true);
  set(XMLUni::fgXercesValidateAnnotations, false);
}

Finding failure(std::string message) {
  Finding f;
  f.code = "S908";
  f.message = std::move(message);
  return f;
}

}  // namespace

Grammars load_grammars(const FileSet& files, const std::vector<std::string>& roots) {
  ensure_xerces();
  Grammars out;
  auto pool = std::make_shared<XMLGrammarPoolImpl>(XMLPlatformUtils::fgMemoryManager);
  const auto text = driver(files, roots);
  try {
    SAX2XMLReaderImpl reader(XMLPlatformUtils::fgMemoryManager, pool.get());
    configure(reader);
    ClosureResolver resolver(files);
    Collector collector(out.findings);
    reader.setXMLEntityResolver(&resolver);
    reader.setErrorHandler(&collector);
    const std::unique_ptr<InputSource> source(memory_source(text, driver_name));
    if (!reader.loadGrammar(*source, Grammar::SchemaGrammarType, true) && out.findings.empty()) {
      out.findings.push_back(failure("The schema could not be compiled."));
    }
  } catch (const OutOfMemoryException&) {
    out.findings.push_back(failure("Compiling the schema takes more memory than it may."));
  } catch (const XMLException& e) {
    out.findings.push_back(failure("The schema could not be compiled: " + from_xerces(e.getMessage()) + "."));
  } catch (const SAXException& e) {
    if (out.findings.empty()) out.findings.push_back(failure("The schema could not be compiled: " + from_xerces(e.getMessage()) + "."));
  }
  if (!out.findings.empty()) return out;
  pool->lockPool();
  out.pool = std::move(pool);
  return out;
}

}  // namespace wayleave::schema
