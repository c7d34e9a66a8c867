#include "mapping/stylesheet.hpp"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxslt/documents.h>
#include <libxslt/imports.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace wayleave::mapping {
namespace {

constexpr unsigned long step_limit = 10'000'000;
constexpr int depth_limit = 400;
constexpr int parse_options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;

/// The first complaint; the later ones are its consequences.
struct Complaint {
  std::string message;
  std::string below;                       ///< what libxml2 says, which knows less of what was meant

  std::string said(const char* otherwise) const { return !message.empty() ? message : !below.empty() ? below : otherwise; }
  void add(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (message.empty()) message = std::move(text);
    // libxslt says where in a line of its own before what.
    else if (message.starts_with("compilation error") || message.starts_with("runtime error")) message = std::move(text);
  }
};

void collect(void* to, const char* format, ...) {
  char buffer[1000];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  static_cast<Complaint*>(to)->add(buffer);
}

void swallow(void*, const char*, ...) {}

// libxml2's own complaints (XPath, memory) go here as long as one of these lives; they are the thread's own.
class Listening {
 public:
  explicit Listening(Complaint& complaint) { xmlSetStructuredErrorFunc(&complaint, hear); }
  ~Listening() { xmlSetStructuredErrorFunc(nullptr, nullptr); }

 private:
  static void hear(void* to, xmlErrorPtr error) {
    auto& complaint = *static_cast<Complaint*>(to);
    if (!error || !error->message || !complaint.below.empty()) return;
    complaint.below = error->message;
    while (complaint.below.ends_with('\n')) complaint.below.pop_back();
  }
};

// Nothing but the one stylesheet and the one document is ever loaded: document(), xsl:include and xsl:import end here.
xmlDocPtr load_nothing(const xmlChar*, xmlDictPtr, int, void*, xsltLoadType) { return nullptr; }

struct Library {
  xsltSecurityPrefsPtr denials = xsltNewSecurityPrefs();
  std::mutex compiling;                    ///< libxslt's complaints at compile time go through one global
  Library() {
    xmlInitParser();
    xsltInit();
    xsltSetLoaderFunc(load_nothing);
    xsltSetGenericErrorFunc(nullptr, swallow);   // it would print the templates of a run that went too deep
    for (auto what : {XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY, XSLT_SECPREF_READ_NETWORK,
                      XSLT_SECPREF_WRITE_NETWORK}) {
      xsltSetSecurityPrefs(denials, what, xsltSecurityForbid);
    }
  }
};

Library& library() {
  static Library the;
  return the;
}

struct FreeDocument {
  void operator()(xmlDocPtr document) const { xmlFreeDoc(document); }
};
using DocumentPtr = std::unique_ptr<xmlDoc, FreeDocument>;

Problem stopped(std::string why) { return {Errc::invalid, std::move(why)}; }

struct FreeContext {
  void operator()(xsltTransformContextPtr context) const { xsltFreeTransformContext(context); }
};

}  // namespace

struct Stylesheet::Impl {
  xsltStylesheetPtr sheet = nullptr;
};

Stylesheet::Stylesheet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stylesheet::~Stylesheet() {
  if (impl_->sheet) xsltFreeStylesheet(impl_->sheet);
}

Result<std::unique_ptr<Stylesheet>> Stylesheet::compile(const std::string& text) {
  auto& shared = library();
  std::lock_guard lock(shared.compiling);
  Complaint complaint;
  const Listening listening(complaint);
  DocumentPtr document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", parse_options));
  if (!document) {
    const auto* error = xmlGetLastError();
    return Problem{Errc::unusable, complaint.said("it is not well-formed"), {"", error ? static_cast<std::uint32_t>(error->line) : 0, 0}};
  }
  if (xmlGetIntSubset(document.get())) return Problem{Errc::unusable, "a stylesheet has no DOCTYPE"};
  xsltSetGenericErrorFunc(&complaint, collect);
  auto* sheet = xsltParseStylesheetDoc(document.get());
  xsltSetGenericErrorFunc(nullptr, swallow);
  if (sheet) document.release();           // the stylesheet owns it now
  if (!sheet || sheet->errors != 0 || !complaint.message.empty()) {
    if (sheet) xsltFreeStylesheet(sheet);
    return Problem{Errc::unusable, complaint.said("it is no stylesheet")};
  }
  auto impl = std::make_unique<Impl>();
  impl->sheet = sheet;
  return std::unique_ptr<Stylesheet>(new Stylesheet(std::move(impl)));
}

Result<std::string> Stylesheet::transform(std::string_view xml, std::size_t limit) const {
  Complaint complaint;
  const Listening listening(complaint);
  DocumentPtr source(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8", parse_options));
  if (!source) return stopped("it cannot be read");
  std::unique_ptr<xsltTransformContext, FreeContext> context(xsltNewTransformContext(impl_->sheet, source.get()));
  if (!context) return stopped("there is no memory for it");
  xsltSetTransformErrorFunc(context.get(), &complaint, collect);
  if (xsltSetCtxtSecurityPrefs(library().denials, context.get()) != 0) return stopped("its rights cannot be taken away");
  context->opLimit = step_limit;
  context->maxTemplateDepth = depth_limit;
  context->maxTemplateVars = depth_limit * 20;
  DocumentPtr result(xsltApplyStylesheetUser(impl_->sheet, source.get(), nullptr, nullptr, nullptr, context.get()));
  if (!result || context->state != XSLT_STATE_OK || !complaint.message.empty()) {
    return stopped(complaint.said("it stopped"));
  }
  auto* root = xmlDocGetRootElement(result.get());
  if (!root) return stopped("it made no document");
  std::unique_ptr<xmlBuffer, decltype(&xmlBufferFree)> buffer(xmlBufferCreate(), xmlBufferFree);
  const int written = xmlNodeDump(buffer.get(), result.get(), root, 0, 0);
  if (written < 0 || static_cast<std::size_t>(written) > limit) return stopped("it made more than a document may hold");
  return std::string(reinterpret_cast<const char*>(xmlBufferContent(buffer.get())), static_cast<std::size_t>(written));
}

}  // namespace wayleave::mapping
