#include "formats/xml/verdict.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/parsers/SAX2XMLReaderImpl.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "schema/impl.hpp"
#include "schema/xerces_platform.hpp"

namespace wayleave::xml {
namespace {

using xercesc::XMLUni;

/// Thrown out of a parse at its first error: the verdict is then known.
struct Refusal {
  Verdict verdict;
};

/// One parser bound to one grammar pool.
class Validator : private xercesc::DefaultHandler {
 public:
  /// `unqualified`: the root has no namespace.
  Validator(xercesc::XMLGrammarPool* pool, bool unqualified)
      : parser_(xercesc::XMLPlatformUtils::fgMemoryManager, pool), source_(nullptr, 0, u"document", false) {
    const std::pair<const XMLCh*, bool> features[] = {
        {XMLUni::fgSAX2CoreNameSpaces, true},
        {XMLUni::fgSAX2CoreValidation, true},
        {XMLUni::fgXercesDynamic, false},
        {XMLUni::fgXercesSchema, true},
        {XMLUni::fgXercesSchemaFullChecking, false},  // done when the pool was made
        {XMLUni::fgXercesIdentityConstraintChecking, true},
        {XMLUni::fgXercesUseCachedGrammarInParse, true},
        {XMLUni::fgXercesCacheGrammarFromParse, false},
        {XMLUni::fgXercesLoadSchema, false},
        {XMLUni::fgXercesLoadExternalDTD, false},
        {XMLUni::fgXercesSkipDTDValidation, true},
        {XMLUni::fgXercesDisableDefaultEntityResolution, true},
        {XMLUni::fgXercesHandleMultipleImports, false},  // the pool is complete
        {XMLUni::fgXercesContinueAfterFatalError, false}};
    for (const auto& [feature, on] : features) parser_.setFeature(feature, on);
    // A pooled grammar without a namespace is not looked at by itself; naming any place for it makes it be, and as it
    // is in the pool nothing is loaded. (SGXMLScanner would not do even then.)
    if (unqualified)
      parser_.setProperty(XMLUni::fgXercesSchemaExternalNoNameSpaceSchemaLocation, const_cast<XMLCh*>(u"pooled"));
    // No SecurityManager: its limit counts &amp; and &lt; too, and without a DOCTYPE there are no other entities.
    parser_.setErrorHandler(this);
    parser_.setLexicalHandler(this);
    parser_.setXMLEntityResolver(&deny_);
    source_.setCopyBufToStream(false);
    source_.setEncoding(u"UTF-8");
  }

  Verdict judge(std::string_view text) {
    source_.resetMemBufInputSource(reinterpret_cast<const XMLByte*>(text.data()), text.size());
    try {
      parser_.parse(source_);
      return {true};
    } catch (const Refusal& refusal) {
      return refusal.verdict;
    } catch (const xercesc::SAXException&) {
    } catch (const xercesc::XMLException&) {
    } catch (const xercesc::OutOfMemoryException&) {
    }
    return {};
  }

 private:
  [[noreturn]] void refuse(const xercesc::SAXParseException& at) {
    static constexpr XMLCh facet[] = {'e', 'n', 'g', 't', 'h', ' ', 'f', 'a', 'c', 'e', 't', 0};   // length, minLength, maxLength
    const bool length = xercesc::XMLString::patternMatch(at.getMessage(), facet) >= 0;
    throw Refusal{
        {false, static_cast<std::uint32_t>(at.getLineNumber()), static_cast<std::uint32_t>(at.getColumnNumber()), length}};
  }
  void error(const xercesc::SAXParseException& at) override { refuse(at); }
  void fatalError(const xercesc::SAXParseException& at) override { refuse(at); }
  // The scan lets no DOCTYPE through; if one ever came, nothing of it would be looked at.
  void startDTD(const XMLCh*, const XMLCh*, const XMLCh*) override { throw Refusal{}; }

  schema::DenyEntities deny_;
  xercesc::SAX2XMLReaderImpl parser_;
  xercesc::MemBufInputSource source_;
};

/// The parsers of one thread, the one used last in front. A pool outlives its parser because the entry holds it; that
/// its schemas are gone (a reload) shows in the model, which the entry does not hold.
class Validators {
 public:
  Validator& of(const schema::Schema& schema) {
    const auto& impl = schema.impl();
    const bool unqualified = names::ns(schema.root_name()).empty();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->pool != impl.pool || entry->unqualified != unqualified) continue;
      if (entry->model.expired()) entry->model = impl.model;
      entries_.splice(entries_.begin(), entries_, entry);
      return *entries_.front().validator;
    }
    entries_.remove_if([](const Entry& entry) { return entry.model.expired(); });
    if (entries_.size() >= most) entries_.pop_back();
    entries_.push_front({impl.pool, impl.model, unqualified, std::make_unique<Validator>(impl.pool.get(), unqualified)}
    );
    return *entries_.front().validator;
  }

 private:
  static constexpr std::size_t most = 16;
  struct Entry {
    std::shared_ptr<xercesc::XMLGrammarPool> pool;
    std::weak_ptr<const schema::Model> model;
    bool unqualified;
    std::unique_ptr<Validator> validator;
  };
  std::list<Entry> entries_;
};

}  // namespace

Verdict judge(std::string_view text, const schema::Schema& schema) {
  schema::ensure_xerces();
  static thread_local Validators validators;
  return validators.of(schema).judge(text);
}

}  // namespace wayleave::xml
