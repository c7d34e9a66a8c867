#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "formats/edi/write.hpp"
#include "schema/schema.hpp"

/// Interchanges as XML (schemas/wayleave/interchange-1.xsd) and back:
///
///   <interchange xmlns="urn:wayleave:interchange:1" standard="X12" sender="ACME" …>
///     <group code="PO" …><message set="850" control="0001"><TS850
///     xmlns="urn:wayleave:x12:004010:850">…</TS850></message></group>
///   </interchange>
///
/// A message without a guide, or one that does not keep to it, stands there as <segment id="BEG"><element
/// n="1">00</element>…
namespace wayleave::edi {

inline constexpr std::string_view interchange_namespace = "urn:wayleave:interchange:1";

/// Tells what a Reader reads as XML, a message at a time, in memory of one message. `sink` is called with pieces of the
/// text. One thread.
class InterchangeXml : public Listener {
 public:
  using Sink = std::function<void(std::string_view)>;
  /// `several`: <interchanges> stands around all of them; else one interchange after the other is a document of its
  /// own.
  explicit InterchangeXml(Sink sink, bool several = false);
  void interchange(const InterchangeHead& head) override;
  void group(const GroupHead& head) override;
  void set(SetReading&& set) override;
  void group_end(const GroupEnd& end) override;
  void interchange_end(const InterchangeEnd& end) override;
  /// After the reader's finish(): what closes the text.
  void finish();

 private:
  void flush();
  void tree(const Guide& guide, const Document& document);
  void loop(const Guide& guide, const Document& document, Document::Index node, std::uint32_t spot, unsigned depth);
  void plain(const SetReading& set);

  Sink sink_;
  bool several_, began_ = false;
  std::string out_;
  InterchangeHead head_;
  unsigned depth_ = 0;  // of the open element
};

/// What `edi write` knows beside the XML.
struct XmlWriteOptions {
  WritePolicy policy;  ///< its delimiters give way to those that the XML names
  Time now{};          ///< where dates and times are missing
};

/// Writes the interchanges of an XML text behind what `out` has. The XML is judged by interchange-1.xsd (which
/// `library` finds as wayleave/interchange-1.xsd), what it says of envelopes by the fields that they have on the wire, each
/// tree by its guide. Findings with errors: `out` is as it was.
Findings write_interchanges(
    std::string xml, schema::Library& library, const Guides& guides, const XmlWriteOptions& options, std::string& out
);

/// `~ * : ^ none .`: segment terminator, element, component and repetition separator, release character, decimal mark;
/// `x1F` for what cannot be shown. Nullopt: none of that form, two the same, or one that cannot separate: a letter, a digit, a
/// blank; of X12 what is not ASCII, of EDIFACT the decimal mark.
std::string delimiters_text(const Delimiters& delimiters);
std::optional<Delimiters> parse_delimiters(std::string_view text, Standard standard);

}  // namespace wayleave::edi
