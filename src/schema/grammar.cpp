#include "schema/grammar.hpp"

#include <new>
#include <set>
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

constexpr const char* schema_start = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";

/// Schemas of ours that make one load of all roots, so that common files are read once: one that imports each namespace,
/// and for a namespace with several roots one that includes them.
class Drivers {
 public:
  Drivers(const FileSet& files, const std::vector<std::string>& roots) : files_(files) {
    std::map<std::string, std::vector<std::string>> by_namespace;
    for (const auto& root : roots) by_namespace[std::string(files.at(root)->source.target_namespace())].push_back(root);
    main_ = std::string(schema_start) + " targetNamespace=\"" + driver_name + "\">";
    for (const auto& [ns, members] : by_namespace) {
      const auto location = members.size() == 1 ? members.front() : including(ns, members);
      main_ += "<xs:import";
      if (!ns.empty()) main_ += " namespace=\"" + escaped(ns) + "\"";
      main_ += " schemaLocation=\"" + escaped(location) + "\"/>";
    }
    main_ += "</xs:schema>";
  }

  const std::string& main() const { return main_; }
  const std::string* find(const std::string& name) const {
    const auto at = including_.find(name);
    return at == including_.end() ? nullptr : &at->second;
  }

 private:
  /// Importing several files of one namespace makes Xerces resolve the key references of the first again, and fail.
  std::string including(const std::string& ns, const std::vector<std::string>& members) {
    const auto name = std::string(driver_name) + ":" + std::to_string(including_.size());
    std::string text = schema_start;
    if (!ns.empty()) text += " targetNamespace=\"" + escaped(ns) + "\"";
    // Xerces reads the paths of identity constraints with the prefixes of the including schema.
    for (const auto& [prefix, uri] : prefixes(ns)) text += " xmlns:" + prefix + "=\"" + escaped(uri) + "\"";
    text += ">";
    for (const auto& member : members) text += "<xs:include schemaLocation=\"" + escaped(member) + "\"/>";
    including_[name] = text + "</xs:schema>";
    return name;
  }

  /// Where two files disagree about a prefix, the constraints' paths of one are read wrongly, so neither gets it: Xerces
  /// then refuses the prefix, and the roots are compiled apart.
  std::map<std::string, std::string> prefixes(const std::string& ns) const {
    std::map<std::string, std::string> out;
    std::set<std::string> disputed{"xs"};
    for (const auto& [path, file] : files_) {
      const auto& source = file->source;
      if (source.target_namespace() != ns) continue;
      for (auto a = source.begin_attributes(0); a != source.end_attributes(0); ++a) {
        if (!a->name.starts_with("xmlns:")) continue;
        const auto [known, fresh] = out.try_emplace(a->name.substr(6), a->value);
        if (!fresh && known->second != a->value) disputed.insert(known->first);
      }
    }
    for (const auto& prefix : disputed) out.erase(prefix);
    return out;
  }

  const FileSet& files_;
  std::string main_;
  std::map<std::string, std::string> including_;
};

class ClosureResolver : public XMLEntityResolver {
 public:
  ClosureResolver(const FileSet& files, const Drivers& drivers) : files_(files), drivers_(drivers) {}
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
    } else if (const auto* driver = drivers_.find(key)) {
      return memory_source(*driver, key);
    }
    const auto found = files_.find(key);
    if (found == files_.end()) return nullptr;
    return memory_source(found->second->bytes, key);
  }

 private:
  const FileSet& files_;
  const Drivers& drivers_;
};

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

Finding failure(std::string message, const char* code = "S908") {
  Finding f;
  f.code = code;
  f.message = std::move(message);
  return f;
}

}  // namespace

Grammars load_grammars(const FileSet& files, const std::vector<std::string>& roots) {
  ensure_xerces();
  Grammars out;
  auto pool = std::make_shared<XMLGrammarPoolImpl>(XMLPlatformUtils::fgMemoryManager);
  const Drivers drivers(files, roots);
  try {
    SAX2XMLReaderImpl reader(XMLPlatformUtils::fgMemoryManager, pool.get());
    configure(reader);
    ClosureResolver resolver(files, drivers);
    Collector collector(out.findings);
    reader.setXMLEntityResolver(&resolver);
    reader.setErrorHandler(&collector);
    const std::unique_ptr<InputSource> source(memory_source(drivers.main(), driver_name));
    if (!reader.loadGrammar(*source, Grammar::SchemaGrammarType, true) && out.findings.empty()) {
      out.findings.push_back(failure("The schema could not be compiled."));
    }
  } catch (const OutOfMemoryException&) {
    out.findings.assign(1, failure("Compiling the schema takes more memory than it may.", "S909"));
  } catch (const std::bad_alloc&) {
    out.findings.assign(1, failure("Compiling the schema takes more memory than it may.", "S909"));
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
