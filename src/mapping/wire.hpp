#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "document/document.hpp"
#include "mapping/dates.hpp"
#include "schema/model.hpp"

/// How EDI writes values: the text of a data element is what was on the wire, and edi:as says what value it stands for.
namespace wayleave::mapping {

enum class Wire : std::uint8_t {
  none,           ///< as XML Schema writes it
  date,           ///< CCYYMMDD, or YYMMDD: 00 to 49 is 20xx
  time,           ///< HHMM, HHMMSS, HHMMSSd, HHMMSSdd
  integer,
  real,           ///< may have an exponent
  edifact_date,   ///< a segment with C507, or that composite: 2380 in the form that 2379 says
  implied,        ///< implied + n: n of the digits are decimals
};
constexpr Wire implied(unsigned decimals) { return static_cast<Wire>(static_cast<unsigned>(Wire::implied) + decimals); }
constexpr unsigned implied_decimals(Wire wire) { return static_cast<unsigned>(wire) - static_cast<unsigned>(Wire::implied); }

inline constexpr std::string_view edi_namespace = "urn:wayleave:edi:1";

using Notes = std::vector<std::pair<std::string, std::string>>;
/// The value of `edi:<name>`, or null.
const std::string* edi_note(const Notes& notes, std::string_view name);
/// The same of an element declaration, or else of its type or of what that was derived from.
const std::string* edi_note(const schema::Model& model, schema::ElementId element, std::string_view name);

/// What edi:as says of a type, or of what it was derived from; none where it says nothing or `string`, `code`.
Wire wire_of(const schema::Model& model, schema::TypeId type);
/// The type that says edi:as; none: it and its bases do not.
schema::TypeId says_as(const schema::Model& model, schema::TypeId type);

/// The value of a text of the wire; nothing when it is none.
std::optional<Decimal> read_wire_number(Wire wire, std::string_view text);
std::optional<Moment> read_wire_moment(Wire wire, std::string_view text);
/// Appends the value as XML Schema writes it; false, and nothing appended, when it is none.
bool append_value(std::string& out, Wire wire, std::string_view text);

/// What C507 says: `node` is the composite or the segment it stands in.
struct EdifactDate {
  std::string_view text, format;           ///< 2380, 2379
  bool present() const { return !text.empty(); }
};
EdifactDate edifact_date(const Document& document, Document::Index node);
/// Its moment (of a period the beginning); nothing when the format is not known or the text not of it.
std::optional<Moment> read_edifact_date(const EdifactDate& date);

/// How the values of one data element are written.
struct WireForm {
  Wire wire = Wire::none;
  bool short_date = false;                 ///< YYMMDD
  bool seconds = true;                     ///< a time may have them
  bool always_seconds = false;
  std::uint32_t max_digits = schema::unbounded;
};
WireForm wire_form(const schema::Model& model, schema::ElementId element);
/// Appends what stands for the value; false, and nothing appended, when the element has no way to say it.
bool append_wire(std::string& out, const WireForm& form, const Moment& moment);
bool append_wire(std::string& out, const WireForm& form, const Decimal& number);

}  // namespace wayleave::mapping
